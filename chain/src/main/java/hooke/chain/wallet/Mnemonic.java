package hooke.chain.wallet;

import hooke.chain.ChainException;
import java.security.SecureRandom;
import java.text.Normalizer;
import java.util.Locale;
import org.web3j.crypto.Bip32ECKeyPair;
import org.web3j.crypto.MnemonicUtils;

/// BIP-39 words and the BIP-44 keys under them (`m/44'/60'/0'/0/index`), as every Ethereum wallet
/// derives them.
public final class Mnemonic {
  private static final int HARDENED = Bip32ECKeyPair.HARDENED_BIT;
  private static final int ENTROPY_BYTES = 16;

  private final String words;

  private Mnemonic(String words) {
    this.words = words;
  }

  /// Twelve fresh words.
  public static Mnemonic random() {
    byte[] entropy = new byte[ENTROPY_BYTES];
    new SecureRandom().nextBytes(entropy);
    return new Mnemonic(MnemonicUtils.generateMnemonic(entropy));
  }

  /// Reads 12 to 24 English words.
  ///
  /// @throws ChainException `WALLET_INVALID` if a word or the checksum is wrong; the words are not
  ///   repeated
  public static Mnemonic parse(String text) {
    String words =
        Normalizer.normalize(text, Normalizer.Form.NFKD)
            .strip()
            .toLowerCase(Locale.ROOT)
            .replaceAll("\\s+", " ");
    boolean valid;
    try {
      valid = MnemonicUtils.validateMnemonic(words);
    } catch (RuntimeException e) {
      valid = false;
    }
    if (!valid) {
      throw new ChainException(
          ChainException.Code.WALLET_INVALID,
          "this is not a BIP-39 mnemonic: give 12, 15, 18, 21 or 24 English words in their order");
    }
    return new Mnemonic(words);
  }

  /// The key of account `index`.
  public Wallet wallet(int index) {
    if (index < 0) {
      throw new IllegalArgumentException("an account's index is at least 0, not " + index);
    }
    byte[] seed = MnemonicUtils.generateSeed(words, "");
    int[] path = {44 | HARDENED, 60 | HARDENED, HARDENED, 0, index};
    return Wallet.of(Bip32ECKeyPair.deriveKeyPair(Bip32ECKeyPair.generateKeyPair(seed), path));
  }

  /// The words. For showing them once to their owner.
  public String words() {
    return words;
  }

  @Override
  public String toString() {
    return "Mnemonic of " + words.split(" ", -1).length + " words";
  }
}
