package hooke.chain.wallet;

import hooke.chain.ChainException;
import java.nio.file.Path;

/// The password does not open this wallet.
public final class WrongPassword extends ChainException {
  private static final long serialVersionUID = 1L;

  WrongPassword(Path file) {
    super(Code.WRONG_PASSWORD, "wrong password for " + file);
  }
}
