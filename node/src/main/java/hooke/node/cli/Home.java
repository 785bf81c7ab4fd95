package hooke.node.cli;

import hooke.chain.Address;
import hooke.chain.wallet.Keystore;
import hooke.node.config.Network;
import hooke.node.config.Yaml;
import hooke.node.task.ProgramCheck;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The command line's own folder: wallets, and `config.yaml` with the networks it knows.
///
/// @param directory `$HOOKE_HOME`
public record Home(Path directory) {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  /// What `config.yaml` says.
  ///
  /// @param network name of the current one; empty when none was chosen
  /// @param wallet name of the current one; empty when none was chosen
  public record Config(
      Optional<String> network, Optional<String> wallet, Map<String, Network> networks) {
    public Config {
      networks = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(networks));
    }
  }

  /// The buyer's check of a program, which notes here what passed.
  ProgramCheck programCheck(Consumer<String> progress) {
    return new ProgramCheck(Optional.of(directory.resolve("checked")), progress);
  }

  public Path configFile() {
    return directory.resolve("config.yaml");
  }

  /// Reads `config.yaml`; an absent one is empty.
  public Config config() {
    if (!Files.exists(configFile())) {
      return new Config(Optional.empty(), Optional.empty(), Map.of());
    }
    Yaml yaml = Yaml.read(configFile());
    Map<String, Network> networks = new LinkedHashMap<>();
    yaml.list(
        "networks",
        text -> {
          throw new IllegalArgumentException("must be a mapping with a name");
        },
        section -> networks.put(section.text("name"), Network.read(section)));
    Config config =
        new Config(
            Optional.ofNullable(yaml.optionalText("network")),
            Optional.ofNullable(yaml.optionalText("wallet")),
            networks);
    yaml.done();
    return config;
  }

  /// Replaces `config.yaml`, whole or not at all.
  public void write(Config config) {
    StringBuilder text =
        new StringBuilder("# Written by hooke; may be changed by hand. Unknown keys are errors.\n");
    config.network().ifPresent(name -> text.append("network: ").append(name).append('\n'));
    config.wallet().ifPresent(name -> text.append("wallet: ").append(name).append('\n'));
    if (!config.networks().isEmpty()) {
      text.append("networks:\n");
    }
    config
        .networks()
        .forEach((name, network) ->
            text.append("  - name: ").append(name).append('\n').append(network.toYaml("    ")));
    try {
      Files.createDirectories(directory);
      Path fresh = Files.createTempFile(directory, "config", ".tmp");
      Files.writeString(fresh, text, StandardCharsets.UTF_8);
      Files.move(
          fresh, configFile(), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "cannot write %s: %s".formatted(configFile(), e.getMessage()), e);
    }
  }

  /// Adds or replaces a network; it becomes the current one if there is none or `current` says so.
  public void keep(String name, Network network, boolean current) {
    Config before = config();
    Map<String, Network> networks = new LinkedHashMap<>(before.networks());
    networks.put(checked("network", name), network);
    write(
        new Config(
            current || before.network().isEmpty() ? Optional.of(name) : before.network(),
            before.wallet(),
            networks));
  }

  /// Makes a wallet the current one.
  public void choose(String wallet) {
    Config before = config();
    write(new Config(before.network(), Optional.of(wallet), before.networks()));
  }

  static String checked(String what, String name) {
    if (!NAME.matcher(name).matches()) {
      throw new CliException(
          ExitCode.USAGE,
          "'%s' cannot be the name of a %s".formatted(name, what),
          "use letters, digits, points, dashes and underscores, at most 64");
    }
    return name;
  }

  public Path wallets() {
    return directory.resolve("wallets");
  }

  public Path wallet(String name) {
    return wallets().resolve(checked("wallet", name) + ".json");
  }

  /// A password file that lies beside its wallet: a devnet's habit.
  public Path passwordBeside(String name) {
    return wallets().resolve(checked("wallet", name) + ".password");
  }

  /// Names and accounts of all wallets, by name.
  public Map<String, Address> walletAccounts() {
    Map<String, Address> accounts = new TreeMap<>();
    try (Stream<Path> files = Files.list(wallets())) {
      for (Path file : (Iterable<Path>) files::iterator) {
        String name = file.getFileName().toString();
        if (name.endsWith(".json") && !name.startsWith(".")) {
          accounts.put(name.substring(0, name.length() - 5), Keystore.address(file));
        }
      }
    } catch (NoSuchFileException e) {
      return Map.of();
    } catch (IOException e) {
      throw new UncheckedIOException("cannot list %s: %s".formatted(wallets(), e.getMessage()), e);
    }
    return accounts;
  }

  /// The network to use.
  public Network network(Optional<String> chosen) {
    Config config = config();
    String name =
        chosen
            .or(config::network)
            .orElseThrow(() ->
                new CliException(
                    ExitCode.CONFIG,
                    "no network is configured in " + configFile(),
                    "start one of your own: hooke devnet up"));
    Network network = config.networks().get(name);
    if (network == null) {
      throw new CliException(
          ExitCode.CONFIG,
          "there is no network '%s' in %s".formatted(name, configFile()),
          config.networks().isEmpty()
              ? "start one of your own: hooke devnet up"
              : "known are: " + String.join(", ", config.networks().keySet()));
    }
    return network;
  }

  /// The wallet to use: the one named, the current one, or the only one.
  public String walletName(Optional<String> chosen) {
    Map<String, Address> wallets = walletAccounts();
    Optional<String> name = chosen.or(() -> config().wallet());
    if (name.isEmpty() && wallets.size() == 1) {
      return wallets.keySet().iterator().next();
    }
    if (name.isEmpty()) {
      throw new CliException(
          ExitCode.CONFIG,
          wallets.isEmpty() ? "there is no wallet yet" : "there are several wallets",
          wallets.isEmpty()
              ? "make one: hooke wallet new NAME"
              : "choose with --wallet: " + String.join(", ", List.copyOf(wallets.keySet())));
    }
    if (!wallets.containsKey(name.get())) {
      throw new CliException(
          ExitCode.CONFIG,
          "there is no wallet '%s' in %s".formatted(name.get(), wallets()),
          wallets.isEmpty()
              ? "make one: hooke wallet new NAME"
              : "known are: " + String.join(", ", wallets.keySet()));
    }
    return name.get();
  }
}
