package hooke.node.cli;

import hooke.chain.Address;
import hooke.chain.wallet.Keystore;
import hooke.chain.wallet.Signer;
import hooke.chain.wallet.Wallet;
import hooke.node.config.Network;
import hooke.node.spec.Escaped;
import hooke.node.spec.HostNames;
import hooke.node.task.ConsumerChain;
import hooke.node.task.PreparedTask;
import hooke.node.task.ProviderNode;
import hooke.node.task.Reading;
import hooke.node.task.TaskDraft;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/// The options that most commands share, and what they open.
final class Session {
  /// Connects to nodes in a consumer's name.
  @FunctionalInterface
  interface Connections {
    ProviderNode.Connector of(Network network, Signer consumer);
  }

  private static final int MAX_PASSWORD_BYTES = 4_096;

  private final Terminal terminal;
  private final Connections connections;

  @Option(
      names = "--network",
      scope = ScopeType.INHERIT,
      paramLabel = "NAME",
      description = "Network of config.yaml (default: the current one).")
  private @Nullable String network;

  @Option(
      names = "--wallet",
      scope = ScopeType.INHERIT,
      paramLabel = "NAME",
      description = "Wallet to act with (default: the current one).")
  private @Nullable String wallet;

  @Option(
      names = "--password-file",
      scope = ScopeType.INHERIT,
      paramLabel = "FILE",
      description = "File with the wallet's password (else $HOOKE_PASSWORD_FILE, else a prompt).")
  private @Nullable Path passwordFile;

  Session(Terminal terminal, Connections connections) {
    this.terminal = terminal;
    this.connections = connections;
  }

  Terminal terminal() {
    return terminal;
  }

  PrintStream out() {
    return terminal.out();
  }

  void progress(String line) {
    terminal.say(line);
  }

  /// Reads what a draft names, and says how far it is.
  PreparedTask prepared(TaskDraft draft) {
    return PreparedTask.of(draft, reading(), home().programCheck(this::progress));
  }

  /// The same with other lines of the array.
  PreparedTask prepared(TaskDraft draft, Path lines) {
    return PreparedTask.of(draft, lines, reading(), home().programCheck(this::progress));
  }

  /// A draft's sizes alone, see [PreparedTask#sketch].
  Optional<PreparedTask> sketched(TaskDraft draft) {
    return PreparedTask.sketch(draft, home().programCheck(this::progress));
  }

  private Reading reading() {
    return new Reading(this::progress, System::nanoTime);
  }

  Home home() {
    return new Home(terminal.home());
  }

  /// The file that a user names.
  Path path(String text) {
    try {
      return HostNames.child(terminal.directory(), text);
    } catch (InvalidPathException e) {
      throw new CliException(
          ExitCode.BAD_INPUT,
          "'%s' cannot be a file's name here: %s".formatted(Escaped.name(text), e.getReason()),
          "name another file");
    }
  }

  Path path(Path path) {
    return terminal.directory().resolve(path);
  }

  Network networkSettings() {
    return home().network(Optional.ofNullable(network));
  }

  ConsumerChain chain() {
    return ConsumerChain.open(networkSettings());
  }

  String walletName() {
    return home().walletName(Optional.ofNullable(wallet));
  }

  /// The wallet's account, without its password.
  Address account() {
    return Keystore.address(home().wallet(walletName()));
  }

  boolean walletNamed() {
    return wallet != null;
  }

  /// Opens the wallet.
  Wallet signer() {
    String name = walletName();
    char[] password = password(name, false);
    try {
      return Keystore.read(home().wallet(name), password);
    } finally {
      Arrays.fill(password, '\0');
    }
  }

  /// Whether the wallet can be opened without asking anybody.
  boolean opensUnasked() {
    String named = terminal.environment().get("HOOKE_PASSWORD_FILE");
    return passwordFile != null
        || (named != null && !named.isBlank())
        || Files.exists(home().passwordBeside(walletName()));
  }

  ProviderNode.Connector nodes(Signer consumer) {
    return connections.of(networkSettings(), consumer);
  }

  /// The password of a wallet; a new one is asked twice. The caller wipes it.
  char[] password(String name, boolean fresh) {
    String named = terminal.environment().get("HOOKE_PASSWORD_FILE");
    if (passwordFile != null) {
      return passwordOf(path(passwordFile));
    }
    if (named != null && !named.isBlank()) {
      return passwordOf(path(named));
    }
    if (!fresh && Files.exists(home().passwordBeside(name))) {
      return passwordOf(home().passwordBeside(name));
    }
    char[] password =
        terminal
            .ask()
            .apply(fresh ? "New password for " + name : "Password for " + name)
            .orElseThrow(() ->
                new CliException(
                    ExitCode.USAGE,
                    "the password of '%s' is needed and nobody can be asked".formatted(name),
                    "give --password-file FILE"));
    if (fresh) {
      char[] again = terminal.ask().apply("The same again").orElse(new char[0]);
      boolean same = Arrays.equals(password, again);
      Arrays.fill(again, '\0');
      if (!same) {
        throw new CliException(
            ExitCode.USAGE, "the two passwords differ", "nothing was written; try again");
      }
    }
    if (fresh && password.length == 0) {
      throw new CliException(ExitCode.USAGE, "an empty password protects nothing", "choose one");
    }
    return password;
  }

  private static char[] passwordOf(Path file) {
    try {
      if (Files.size(file) > MAX_PASSWORD_BYTES) {
        throw new CliException(
            ExitCode.BAD_INPUT,
            HostNames.shown(file) + " is too large for a password file",
            "name another file");
      }
      byte[] bytes = Files.readAllBytes(file);
      CharBuffer text = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(bytes));
      int end = text.length();
      while (end > 0 && (text.charAt(end - 1) == '\n' || text.charAt(end - 1) == '\r')) {
        end--;
      }
      char[] password = new char[end];
      text.get(password, 0, end);
      Arrays.fill(bytes, (byte) 0);
      return password;
    } catch (IOException e) {
      throw new CliException(
          ExitCode.NO_INPUT,
          "the password file %s cannot be read".formatted(HostNames.shown(file)),
          "check its path");
    }
  }
}
