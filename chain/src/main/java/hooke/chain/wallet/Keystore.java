package hooke.chain.wallet;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.ChainException;
import hooke.chain.ChainException.Code;
import hooke.chain.Data;
import hooke.chain.Keccak;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.UUID;
import javax.crypto.Cipher;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.generators.SCrypt;
import org.bouncycastle.crypto.params.KeyParameter;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// One key in one encrypted file: Web3 Secret Storage version 3, as geth and every Ethereum wallet
/// read and write it.
///
/// Written by hand rather than with web3j's: the password stays a `char[]` that the caller can
/// wipe, and a hostile file cannot ask for gigabytes of scrypt memory.
public final class Keystore {
  /// Most memory that scrypt may take for a file (128 * N * r bytes); geth's standard needs 256
  /// MiB.
  private static final long MEMORY_LIMIT = 512L << 20;

  private static final int FILE_LIMIT = 64 << 10;
  private static final int PBKDF2_LIMIT = 10_000_000;
  private static final int KEY_BYTES = 32;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private Keystore() {}

  /// How hard guessing the password is made.
  public enum Strength {
    /// geth's standard: 256 MiB and about a second per guess.
    STANDARD(1 << 18, 1),
    /// geth's light: for devnets and tests.
    LIGHT(1 << 12, 6);

    private final int n;
    private final int p;

    Strength(int n, int p) {
      this.n = n;
      this.p = p;
    }
  }

  /// Writes `wallet` to `file`, readable by its owner only; all of it or nothing. Folders are made
  /// as needed.
  ///
  /// @throws ChainException `WALLET_EXISTS` if the file is there: a key is never overwritten
  public static void write(Path file, Wallet wallet, char[] password, Strength strength) {
    if (Files.exists(file)) {
      throw exists(file);
    }
    byte[] text =
        JSON.writerWithDefaultPrettyPrinter()
            .writeValueAsBytes(encrypt(wallet, password, strength));
    try {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Path temporary = Files.createTempFile(folder, ".wallet", ".tmp", ownerOnly());
      try {
        try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
          ByteBuffer buffer = ByteBuffer.wrap(text);
          while (buffer.hasRemaining()) {
            channel.write(buffer);
          }
          channel.force(true);
        }
        Files.createLink(
            file, temporary); // Unlike a move, it fails if another has written the file meanwhile.
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (FileAlreadyExistsException e) {
      throw exists(file);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the wallet " + file + ": " + e.getMessage(), e);
    }
  }

  /// Decrypts `file`.
  ///
  /// @throws WrongPassword if the password is not the file's
  /// @throws ChainException `WALLET_INVALID` if it is not a version 3 keystore, or not there
  public static Wallet read(Path file, char[] password) {
    return decrypt(file, load(file), password);
  }

  /// The account of `file`, without a password. It is what the file claims; [#read] checks it.
  public static Address address(Path file) {
    JsonNode address = load(file).get("address");
    if (address == null) {
      throw invalid(file, "it names no address");
    }
    try {
      return Address.parse(address.asString());
    } catch (IllegalArgumentException | JacksonException e) {
      throw invalid(file, "its address is malformed");
    }
  }

  private static ObjectNode encrypt(Wallet wallet, char[] password, Strength strength) {
    SecureRandom random = new SecureRandom();
    byte[] salt = new byte[32];
    byte[] iv = new byte[16];
    random.nextBytes(salt);
    random.nextBytes(iv);
    byte[] secret = utf8(password);
    byte[] key = SCrypt.generate(secret, salt, strength.n, 8, strength.p, KEY_BYTES);
    Arrays.fill(secret, (byte) 0);
    byte[] plain = wallet.exportKey().bytes();
    byte[] encrypted = aes(Cipher.ENCRYPT_MODE, key, iv, plain);
    Arrays.fill(plain, (byte) 0);

    ObjectNode root = JSON.createObjectNode();
    root.put("address", hex(wallet.address().bytes()));
    root.put("id", UUID.randomUUID().toString());
    root.put("version", 3);
    ObjectNode crypto = root.putObject("crypto");
    crypto.put("cipher", "aes-128-ctr");
    crypto.put("ciphertext", hex(encrypted));
    crypto.putObject("cipherparams").put("iv", hex(iv));
    crypto.put("kdf", "scrypt");
    ObjectNode parameters = crypto.putObject("kdfparams");
    parameters.put("dklen", KEY_BYTES);
    parameters.put("n", strength.n);
    parameters.put("p", strength.p);
    parameters.put("r", 8);
    parameters.put("salt", hex(salt));
    crypto.put("mac", hex(mac(key, encrypted)));
    return root;
  }

  private static Wallet decrypt(Path file, JsonNode root, char[] password) {
    byte[] key;
    byte[] encrypted;
    byte[] iv;
    byte[] expected;
    try {
      if (root.path("version").asInt() != 3) {
        throw invalid(file, "it is not version 3");
      }
      JsonNode crypto = root.has("crypto") ? root.path("crypto") : root.path("Crypto");
      if (!"aes-128-ctr".equals(crypto.path("cipher").asString())) {
        throw invalid(file, "its cipher is not aes-128-ctr");
      }
      encrypted = bytes(crypto.path("ciphertext"));
      iv = bytes(crypto.path("cipherparams").path("iv"));
      expected = bytes(crypto.path("mac"));
      if (encrypted.length != Bytes32.SIZE || iv.length != 16) {
        throw invalid(file, "its key or iv has the wrong length");
      }
      key = derive(file, crypto, password);
    } catch (JacksonException | IllegalArgumentException e) {
      throw invalid(file, "a field is missing or malformed");
    }
    if (!MessageDigest.isEqual(mac(key, encrypted), expected)) {
      throw new WrongPassword(file);
    }
    Wallet wallet = Wallet.of(Bytes32.of(aes(Cipher.DECRYPT_MODE, key, iv, encrypted)));
    if (root.has("address") && !address(file).equals(wallet.address())) {
      throw invalid(file, "the address it names is not its key's");
    }
    return wallet;
  }

  private static byte[] derive(Path file, JsonNode crypto, char[] password) {
    JsonNode parameters = crypto.path("kdfparams");
    byte[] salt = bytes(parameters.path("salt"));
    int length = parameters.path("dklen").asInt();
    if (length != KEY_BYTES) {
      throw invalid(file, "its derived key is not 32 bytes long");
    }
    byte[] secret = utf8(password);
    try {
      return switch (crypto.path("kdf").asString()) {
        case "scrypt" -> scrypt(file, parameters, secret, salt);
        case "pbkdf2" -> pbkdf2(file, parameters, secret, salt);
        default -> throw invalid(file, "its key derivation is neither scrypt nor pbkdf2");
      };
    } finally {
      Arrays.fill(secret, (byte) 0);
    }
  }

  private static byte[] scrypt(Path file, JsonNode parameters, byte[] secret, byte[] salt) {
    int n = parameters.path("n").asInt();
    int r = parameters.path("r").asInt();
    int p = parameters.path("p").asInt();
    if (n < 2 || r < 1 || p < 1 || p > 16 || 128L * n * r > MEMORY_LIMIT) {
      throw invalid(file, "its scrypt parameters are out of range");
    }
    return SCrypt.generate(secret, salt, n, r, p, KEY_BYTES);
  }

  private static byte[] pbkdf2(Path file, JsonNode parameters, byte[] secret, byte[] salt) {
    int count = parameters.path("c").asInt();
    if (!"hmac-sha256".equals(parameters.path("prf").asString())
        || count < 1
        || count > PBKDF2_LIMIT) {
      throw invalid(file, "its pbkdf2 parameters are out of range");
    }
    var generator = new PKCS5S2ParametersGenerator(new SHA256Digest());
    generator.init(secret, salt, count);
    return ((KeyParameter) generator.generateDerivedParameters(KEY_BYTES * 8)).getKey();
  }

  private static JsonNode load(Path file) {
    try {
      if (Files.size(file) > FILE_LIMIT) {
        throw invalid(file, "it is larger than 64 KiB");
      }
      JsonNode root = JSON.readTree(Files.readAllBytes(file));
      if (!root.isObject()) {
        throw invalid(file, "it is not a JSON object");
      }
      return root;
    } catch (NoSuchFileException e) {
      throw new ChainException(Code.WALLET_INVALID, "there is no wallet at " + file, e);
    } catch (JacksonException e) {
      throw invalid(file, "it is not JSON");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the wallet " + file + ": " + e.getMessage(), e);
    }
  }

  private static byte[] aes(int mode, byte[] key, byte[] iv, byte[] input) {
    try {
      Cipher cipher = Cipher.getInstance("AES/CTR/NoPadding");
      cipher.init(mode, new SecretKeySpec(key, 0, 16, "AES"), new IvParameterSpec(iv));
      return cipher.doFinal(input);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("this Java has no AES in counter mode", e);
    }
  }

  private static byte[] mac(byte[] key, byte[] encrypted) {
    return Keccak.hash(Arrays.copyOfRange(key, 16, 32), encrypted).bytes();
  }

  private static byte[] utf8(char[] password) {
    ByteBuffer buffer = StandardCharsets.UTF_8.encode(CharBuffer.wrap(password));
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes).clear();
    buffer.put(new byte[buffer.remaining()]);
    return bytes;
  }

  private static FileAttribute<?>[] ownerOnly() {
    return FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
        }
        : new FileAttribute<?>[0];
  }

  private static String hex(byte[] bytes) {
    return Data.of(bytes).hex().substring(2);
  }

  private static byte[] bytes(JsonNode node) {
    return Data.parse(node.asString()).bytes();
  }

  private static ChainException invalid(Path file, String why) {
    return new ChainException(Code.WALLET_INVALID, "%s is not a wallet: %s".formatted(file, why));
  }

  private static ChainException exists(Path file) {
    return new ChainException(
        Code.WALLET_EXISTS,
        "there is a wallet at %s already: it is not overwritten; take another name"
            .formatted(file));
  }
}
