package hooke.node;

import hooke.chain.Address;
import hooke.chain.Data;
import hooke.chain.contract.NodeProfile;
import hooke.chain.eip712.Domain;
import hooke.chain.eip712.NodeConsent;
import hooke.chain.wallet.Keystore;
import hooke.chain.wallet.Wallet;
import hooke.node.config.ConfigException;
import hooke.node.config.Network;
import hooke.node.config.NodeConfig;
import hooke.node.rpc.TlsIdentity;
import hooke.node.spec.HostNames;
import hooke.scheduler.model.Resources;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.Set;

/// All that makes a machine a node before it runs: configuration, node key, TLS key. The node key
/// must be usable without a person, so its password lies beside it, for its owner's eyes alone; it
/// can bid and report and can never move the operator's money.
///
/// @param config `node.yaml`
/// @param key node key
/// @param tls certificate and key of the API
public record NodeDirectory(NodeConfig config, Wallet key, TlsIdentity tls) {
  private static final int PASSWORD_BYTES = 24;
  private static final long MIB = 1L << 20;

  /// Makes a new node's directory, or completes one that was cut off. What is there stays.
  ///
  /// @param listen `host:port`
  /// @param endpoint URL under which others reach it
  /// @param workers tasks at once
  public static NodeDirectory create(
      Path directory, Network network, String listen, URI endpoint, int workers)
      throws IOException {
    requireSayable(directory);
    Files.createDirectories(directory);
    Path config = directory.resolve(NodeConfig.FILE);
    if (!Files.exists(config)) {
      Files.writeString(config, NodeConfig.template(network, listen, endpoint, workers));
    }
    NodeConfig read = NodeConfig.read(directory);
    if (!Files.exists(read.keystore())) {
      byte[] bytes = new byte[PASSWORD_BYTES];
      new SecureRandom().nextBytes(bytes);
      String password = HexFormat.of().formatHex(bytes);
      writePrivate(read.keyPassword(), password);
      // A random password needs no stretching, and a node should start at once.
      Keystore.write(
          read.keystore(), Wallet.random(), password.toCharArray(), Keystore.Strength.LIGHT);
    }
    return open(directory);
  }

  /// Reads the directory of an existing node.
  ///
  /// @throws ConfigException if there is none
  public static NodeDirectory open(Path directory) throws IOException {
    requireSayable(directory);
    if (!Files.exists(directory.resolve(NodeConfig.FILE))) {
      throw new ConfigException(
          "%1$s holds no node; make one with: hooke node init %1$s"
              .formatted(HostNames.shown(directory)));
    }
    NodeConfig config = NodeConfig.read(directory);
    char[] password = Files.readString(config.keyPassword()).strip().toCharArray();
    return new NodeDirectory(
        config,
        Keystore.read(config.keystore(), password),
        TlsIdentity.in(directory, config.endpoint().getHost()));
  }

  /// A node hands its paths to RocksDB and to its workers' sandbox, in words.
  private static void requireSayable(Path directory) {
    if (!HostNames.isSayable(directory)) {
      throw new ConfigException(
          "a node cannot live in %s under this locale, whose character set lacks that name; set LC_ALL=C.UTF-8"
              .formatted(HostNames.shown(directory)));
    }
  }

  private static void writePrivate(Path file, String text) throws IOException {
    Files.deleteIfExists(file);
    boolean posix =
        Files.getFileStore(file.toAbsolutePath().getParent()).supportsFileAttributeView("posix");
    if (posix) {
      Set<PosixFilePermission> owner = PosixFilePermissions.fromString("rw-------");
      Files.createFile(file, PosixFilePermissions.asFileAttribute(owner));
    }
    Files.writeString(file, text + "\n");
    if (posix && Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS).size() != 2) {
      throw new IOException(file + " is readable for others");
    }
  }

  /// What the operator registers on chain.
  public NodeProfile profile() {
    Resources total = config.capacity().total();
    return new NodeProfile(
        key.address(),
        config.endpoint().toString(),
        tls.keyHash(),
        Math.toIntExact(total.cpuMillis()),
        Math.toIntExact(total.memoryBytes() / MIB),
        Math.toIntExact(total.diskBytes() / MIB),
        "");
  }

  /// The node key's word that `operator` may register it.
  public Data consent(Address operator) {
    Domain domain = Domain.hooke(config.network().chainId(), config.network().contract());
    return new NodeConsent(operator, key.address()).sign(domain, key).data();
  }

  /// Not the key.
  @Override
  public String toString() {
    return "NodeDirectory[" + config.directory() + ", " + key.address() + "]";
  }
}
