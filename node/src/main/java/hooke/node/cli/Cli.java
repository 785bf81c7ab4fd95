package hooke.node.cli;

import hooke.node.spec.HostNames;
import hooke.node.spec.HostWords;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;

/// The program `hooke`: every command, its help and its exit codes.
///
/// A caller that has more commands (a devnet) hands them over with the group they belong to.
public final class Cli {
  @Command(
      name = "hooke",
      mixinStandardHelpOptions = true,
      version = "hooke 0.1.0",
      commandListHeading = "",
      description = "Elastic compute marketplace: buy and sell computing on an open market.",
      footer = {"", "hooke COMMAND --help tells more about each."})
  private static final class Root implements Callable<Integer> {
    @CommandLine.Spec private CommandLine.Model.@org.jspecify.annotations.Nullable CommandSpec spec;

    @Override
    public Integer call() {
      if (spec != null) {
        spec.commandLine().usage(spec.commandLine().getOut());
      }
      return ExitCode.USAGE.number();
    }
  }

  private final CommandLine line;
  private final Terminal terminal;
  private final Map<String, List<String>> groups = new LinkedHashMap<>();

  /// @param connections how nodes are reached
  public Cli(Terminal terminal, Connector connections) {
    this.terminal = terminal;
    line = new CommandLine(new Root());
    Session.Connections open = connections::of;
    group("Run tasks", "task", new TaskCommand(terminal, open));
    group("Run tasks", "quote", new QuoteCommand(terminal, open));
    group("Look at the market", "market", new MarketCommand(terminal, open));
    group("Look at the market", "provider", new ProviderCommand(terminal, open));
    group("Sell", "node", new NodeCommand(terminal, open));
    group("Sell", "selftest", new SelftestCommand(terminal));
    group("Money and keys", "wallet", new WalletCommand(terminal, open));
  }

  /// Connects to nodes in a consumer's name.
  @FunctionalInterface
  public interface Connector {
    hooke.node.task.ProviderNode.Connector of(
        hooke.node.config.Network network, hooke.chain.wallet.Signer consumer);
  }

  /// Adds a command under a heading of the help.
  public Cli group(String heading, String name, Object command) {
    line.addSubcommand(name, command);
    groups.computeIfAbsent(heading, ignored -> new ArrayList<>()).add(name);
    return this;
  }

  /// Adds a command that the help does not show: a tool for those who build this program.
  public Cli unlisted(String name, Object command) {
    line.addSubcommand(name, command);
    return this;
  }

  /// Runs the command that this process was started with.
  ///
  /// @param given what the JVM made of the words
  /// @return the exit code
  public static int ofProcess(String[] given, Function<Terminal, Cli> commands) {
    try {
      Terminal terminal = Terminal.ofProcess();
      return commands.apply(terminal).run(HostWords.arguments(given));
    } catch (HostWords.NotText e) {
      System.err.println("hooke: " + e.getMessage());
      System.err.println("       words are UTF-8: write it so, or give another name");
      return ExitCode.BAD_INPUT.number();
    }
  }

  /// Runs one command.
  ///
  /// @return the exit code
  public int run(String... args) {
    line.setOut(new PrintWriter(terminal.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(terminal.err(), true, StandardCharsets.UTF_8));
    line.registerConverter(Path.class, HostNames::path);
    line.setUsageHelpAutoWidth(false);
    line.setUsageHelpWidth(100);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setAbbreviatedOptionsAllowed(false);
    line.getHelpSectionMap()
        .put(CommandLine.Model.UsageMessageSpec.SECTION_KEY_COMMAND_LIST, this::commands);
    line.setParameterExceptionHandler((e, args0) -> {
      String command = e.getCommandLine().getCommandSpec().qualifiedName();
      return say(
          new Failures.Failure(
              ExitCode.USAGE, String.valueOf(e.getMessage()), "see: %s --help".formatted(command)));
    });
    line.setExecutionExceptionHandler((e, command, parsed) -> {
      if (terminal.environment().containsKey("HOOKE_TRACE")) {
        e.printStackTrace(terminal.err());
      }
      return say(Failures.of(e));
    });
    return line.execute(args);
  }

  private int say(Failures.Failure failure) {
    terminal.say("hooke: " + failure.message());
    if (!failure.hint().isEmpty()) {
      terminal.say("       " + failure.hint());
    }
    return failure.exit().number();
  }

  private String commands(Help help) {
    if (!help.commandSpec().equals(line.getCommandSpec())) {
      return help.commandList();
    }
    StringBuilder text = new StringBuilder();
    groups.forEach((heading, names) -> {
      text.append('\n').append(heading).append(":\n");
      for (String name : names) {
        Help command = help.subcommands().get(name);
        String[] lines =
            command == null ? new String[0] : command.commandSpec().usageMessage().description();
        text.append(String.format("  %-10s %s%n", name, lines.length == 0 ? "" : lines[0]));
      }
    });
    return text.toString();
  }
}
