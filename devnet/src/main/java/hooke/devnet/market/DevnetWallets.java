package hooke.devnet.market;

import hooke.chain.wallet.Keystore;
import hooke.chain.wallet.Wallet;
import hooke.devnet.DevnetException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Set;

/// The wallets of a devnet: ordinary keystores, encrypted by scrypt with its light parameters, each
/// with its random password in a file beside it that only the owner can read. Convenient, and good
/// for nothing but a devnet.
public final class DevnetWallets {
  /// The consumer.
  public static final String CONSUMER = "alice";

  private static final int PASSWORD_BYTES = 18;
  private static final int MAX_PASSWORD_BYTES = 1_024;

  private final Path directory;

  public DevnetWallets(Path directory) {
    this.directory = directory;
  }

  public Path keystore(String name) {
    return directory.resolve(name + ".json");
  }

  public Path passwordFile(String name) {
    return directory.resolve(name + ".password");
  }

  /// Opens the wallet; makes it if it is not there.
  ///
  /// @throws DevnetException if there is one of that name which the devnet did not make
  public Wallet open(String name) {
    Path keystore = keystore(name);
    Path password = passwordFile(name);
    try {
      if (Files.exists(keystore)) {
        if (!Files.exists(password)) {
          throw new DevnetException(
              "%s is a wallet of your own (there is no %s beside it): the devnet does not touch it. Set HOOKE_HOME to another directory for the devnet"
                  .formatted(keystore, password.getFileName()),
              DevnetException.Code.USAGE);
        }
        return Keystore.read(keystore, read(password));
      }
      // The password first: a wallet without one would be lost, a password without a wallet is not
      // missed.
      Files.createDirectories(directory);
      Files.deleteIfExists(password);
      char[] secret = random();
      writePrivately(password, secret);
      Wallet wallet = Wallet.random();
      Keystore.write(keystore, wallet, secret, Keystore.Strength.LIGHT);
      return wallet;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make the wallet " + keystore, e);
    }
  }

  /// The password in a file, without the newline at its end.
  public static char[] read(Path passwordFile) throws IOException {
    if (Files.size(passwordFile) > MAX_PASSWORD_BYTES) {
      throw new IOException(passwordFile + " is too long for a password");
    }
    return Files.readString(passwordFile).strip().toCharArray();
  }

  private static char[] random() {
    byte[] bytes = new byte[PASSWORD_BYTES];
    new SecureRandom().nextBytes(bytes);
    return Base64.getUrlEncoder().encodeToString(bytes).toCharArray();
  }

  private static void writePrivately(Path file, char[] text) throws IOException {
    boolean posix = file.getFileSystem().supportedFileAttributeViews().contains("posix");
    FileAttribute<?>[] ownerOnly =
        posix
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    try (var channel =
        Files.newByteChannel(
            file, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), ownerOnly)) {
      channel.write(ByteBuffer.wrap((new String(text) + "\n").getBytes(StandardCharsets.US_ASCII)));
    }
  }
}
