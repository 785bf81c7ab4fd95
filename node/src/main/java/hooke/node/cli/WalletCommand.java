package hooke.node.cli;

import hooke.chain.Address;
import hooke.chain.Call;
import hooke.chain.Wei;
import hooke.chain.contract.Account;
import hooke.chain.contract.Tab;
import hooke.chain.tx.TxResult;
import hooke.chain.wallet.Keystore;
import hooke.chain.wallet.Mnemonic;
import hooke.chain.wallet.Wallet;
import hooke.node.task.ConsumerChain;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `hooke wallet`: keys in encrypted files, and the money of their accounts.
@Command(
    name = "wallet",
    description = "Keys in encrypted files, and the money they own.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class WalletCommand {
  @Mixin private final Session session;

  WalletCommand(Terminal terminal, Session.Connections connections) {
    session = new Session(terminal, connections);
  }

  @Command(
      name = "new",
      description = "Make a wallet; its twelve words are shown once.",
      mixinStandardHelpOptions = true)
  int create(@Parameters(paramLabel = "NAME") String name) {
    refuseExisting(name);
    char[] password = session.password(name, true);
    Mnemonic mnemonic = Mnemonic.random();
    Wallet wallet = mnemonic.wallet(0);
    write(name, wallet, password);
    session.progress(
        "These twelve words are the wallet. Write them down; they are not shown again:");
    session.progress("");
    session.progress("  " + mnemonic.words());
    session.progress("");
    session.out().println(wallet.address());
    return 0;
  }

  private void refuseExisting(String name) {
    if (Files.exists(session.home().wallet(name))) {
      throw new CliException(
          ExitCode.CANNOT_CREATE,
          "there is a wallet '%s' already".formatted(name),
          "it is never overwritten; take another name");
    }
  }

  private void write(String name, Wallet wallet, char[] password) {
    try {
      Keystore.write(session.home().wallet(name), wallet, password, Keystore.Strength.STANDARD);
    } finally {
      Arrays.fill(password, '\0');
    }
    if (session.home().config().wallet().isEmpty()) {
      session.home().choose(name);
    }
    session.progress("wrote " + session.home().wallet(name));
  }

  @Command(
      name = "import",
      description = "Take a key from a keystore file, a mnemonic or a private key.",
      footer =
          "The secret is read from FILE, or from standard input when FILE is -; never from"
              + " options.",
      mixinStandardHelpOptions = true)
  int importKey(
      @Parameters(paramLabel = "NAME") String name,
      @Parameters(paramLabel = "FILE") String file,
      @Option(
              names = "--index",
              paramLabel = "N",
              description = "Account of the mnemonic (default: 0).",
              defaultValue = "0")
          int index)
      throws IOException {
    refuseExisting(name);
    if (index < 0) {
      throw new CliException(ExitCode.USAGE, "--index must be at least 0", "");
    }
    String text = secret(file);
    Wallet wallet;
    char[] password;
    if (text.startsWith("{")) {
      password = session.password(name, false);
      wallet = Keystore.read(session.path(file), password);
    } else {
      wallet = text.contains(" ") ? Mnemonic.parse(text).wallet(index) : Wallet.parse(text);
      password = session.password(name, true);
    }
    write(name, wallet, password);
    session.out().println(wallet.address());
    return 0;
  }

  private String secret(String file) throws IOException {
    if (file.equals("-")) {
      return new String(session.terminal().in().readNBytes(65_536), StandardCharsets.UTF_8).strip();
    }
    if (!Files.isRegularFile(session.path(file))) {
      throw new CliException(ExitCode.NO_INPUT, "there is no file " + file, "check its path");
    }
    try (var in = Files.newInputStream(session.path(file))) {
      return new String(in.readNBytes(65_536), StandardCharsets.UTF_8).strip();
    }
  }

  @Command(
      name = "use",
      description = "Make a wallet the current one.",
      mixinStandardHelpOptions = true)
  int use(@Parameters(paramLabel = "NAME") String name) {
    session.home().walletName(Optional.of(name));
    session.home().choose(name);
    return 0;
  }

  @Command(name = "list", description = "Wallets of this machine.", mixinStandardHelpOptions = true)
  int list(@Mixin Output output) {
    Home home = session.home();
    Map<String, Address> wallets = home.walletAccounts();
    String current = home.config().wallet().orElse("");
    if (output.json()) {
      List<Object> list = new ArrayList<>();
      wallets.forEach((name, account) ->
          list.add(
              new LinkedHashMap<>(
                  Map.of(
                      "name", name,
                      "account", account,
                      "current", name.equals(current)))));
      session.out().println(Json.write(list));
      return 0;
    }
    Table table = new Table("", "NAME", "ACCOUNT", "");
    wallets.forEach((name, account) ->
        table.row(
            name.equals(current) ? "*" : "",
            name,
            account,
            Files.exists(home.passwordBeside(name)) ? "password beside it: devnet only" : ""));
    session.out().println(table);
    return 0;
  }

  @Command(
      name = "balance",
      description = "What an account has in the wallet, in the vault, and for gas.",
      mixinStandardHelpOptions = true)
  int balance(@Mixin Output output) {
    Address account = session.account();
    try (ConsumerChain chain = session.chain()) {
      Account vault = chain.account(account);
      Wei tokens = chain.token().balanceOf(account);
      Wei coin = chain.client().balance(account);
      if (output.json()) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("account", account);
        json.put("wallet", tokens);
        json.put("vault_free", vault.free());
        json.put("vault_locked", vault.locked());
        json.put("gas_coin", coin);
        session.out().println(Json.write(json));
      } else {
        session
            .out()
            .println(
                new Table("ACCOUNT", account.toString(), "")
                    .row("wallet", tokens + " HKE", "deposit to use it")
                    .row("vault free", vault.free() + " HKE", "pays for orders")
                    .row("vault locked", vault.locked() + " HKE", "escrow of live orders, and tabs")
                    .row("gas", coin + " ETH", ""));
      }
    }
    return 0;
  }

  @Command(
      name = "deposit",
      description = "Move tokens from the wallet into the vault (one transaction).",
      mixinStandardHelpOptions = true)
  int deposit(@Parameters(paramLabel = "AMOUNT") String amount) throws InterruptedException {
    Wei wei = positive(amount);
    try (ConsumerChain chain = session.chain()) {
      enough(chain.token().balanceOf(session.account()), wei, "the wallet");
      TxResult sent = chain.deposit(wei, session.signer());
      done("deposited %s HKE".formatted(wei), sent);
    }
    return 0;
  }

  @Command(
      name = "withdraw",
      description = "Move free tokens from the vault back into the wallet.",
      mixinStandardHelpOptions = true)
  int withdraw(@Parameters(paramLabel = "AMOUNT") String amount) throws InterruptedException {
    Wei wei = positive(amount);
    try (ConsumerChain chain = session.chain()) {
      enough(chain.account(session.account()).free(), wei, "the vault");
      TxResult sent = chain.send(chain.contract().withdraw(wei), session.signer());
      done("withdrew %s HKE".formatted(wei), sent);
    }
    return 0;
  }

  @Command(
      name = "send",
      description =
          "Send tokens of the wallet to an account, or the chain's coin, which pays for gas.",
      mixinStandardHelpOptions = true)
  int send(
      @Parameters(paramLabel = "AMOUNT") String amount,
      @Parameters(paramLabel = "TO", description = "Wallet name or account.") String to,
      @Option(names = "--coin", description = "Send the chain's own coin (ETH), not tokens.")
          boolean coin)
      throws InterruptedException {
    Wei wei = positive(amount);
    Address target =
        session.home().walletAccounts().containsKey(to)
            ? session.home().walletAccounts().get(to)
            : Address.parse(to);
    try (ConsumerChain chain = session.chain()) {
      if (!coin) {
        enough(chain.token().balanceOf(session.account()), wei, "the wallet");
      }
      Call call = coin ? Call.transfer(target, wei) : chain.token().transfer(target, wei);
      TxResult sent = chain.send(call, session.signer());
      done("sent %s %s to %s".formatted(wei, coin ? "ETH" : "HKE", target), sent);
    }
    return 0;
  }

  @Command(
      name = "tabs",
      description = "What is locked for keeping uploads, by provider, and what they claimed of it.",
      mixinStandardHelpOptions = true)
  int tabs(@Mixin Output output) throws InterruptedException {
    try (ConsumerChain chain = session.chain()) {
      chain.sync();
      SortedMap<Integer, Tab> tabs = chain.market().tabs(session.account());
      if (output.json()) {
        List<Object> list = new ArrayList<>();
        tabs.forEach((operator, tab) -> {
          Map<String, Object> json = new LinkedHashMap<>();
          json.put("operator_id", operator);
          json.put("balance", tab.balance());
          json.put("redeemed", tab.redeemed());
          if (tab.closesAt() != 0) {
            json.put("closes_at", Instant.ofEpochSecond(tab.closesAt()));
          }
          list.add(json);
        });
        session.out().println(Json.write(list));
        return 0;
      }
      Table table = new Table("PROVIDER", "LOCKED", "CLAIMED", "");
      tabs.forEach((operator, tab) ->
          table.row(
              operator,
              tab.balance() + " HKE",
              tab.redeemed() + " HKE",
              tab.closesAt() == 0 ? "" : "closes " + Instant.ofEpochSecond(tab.closesAt())));
      session.out().println(table);
    }
    return 0;
  }

  @Command(
      name = "close-tab",
      description = "Take back what is locked for a provider's uploads and not claimed.",
      footer =
          "The first call gives notice: for a day the provider may still claim what it was"
              + " promised. After that the same command frees the rest.",
      mixinStandardHelpOptions = true)
  int closeTab(@Parameters(paramLabel = "PROVIDER", description = "Its number.") int operator)
      throws InterruptedException {
    try (ConsumerChain chain = session.chain()) {
      long now = chain.sync().timestamp();
      Tab tab = chain.contract().tabOf(session.account(), operator);
      if (tab.balance().isZero()) {
        throw new CliException(
            ExitCode.USAGE,
            "nothing is locked for provider %d".formatted(operator),
            "see: hooke wallet tabs");
      }
      if (tab.closesAt() == 0) {
        TxResult sent = chain.send(chain.contract().closeTab(operator), session.signer());
        tab = chain.contract().tabOf(session.account(), operator);
        done(
            "gave notice: from %s on `hooke wallet close-tab %d` takes back what is left of %s HKE"
                .formatted(Instant.ofEpochSecond(tab.closesAt()), operator, tab.balance()),
            sent);
      } else if (now < tab.closesAt()) {
        throw new CliException(
            ExitCode.TEMPORARY,
            "notice was given; what is left of %s HKE can be taken back from %s on"
                .formatted(tab.balance(), Instant.ofEpochSecond(tab.closesAt())),
            "try again then");
      } else {
        TxResult sent =
            chain.send(chain.contract().reclaimTab(session.account(), operator), session.signer());
        done("took back %s HKE".formatted(tab.balance()), sent);
      }
    }
    return 0;
  }

  static Wei positive(String amount) {
    Wei wei = Wei.parse(amount);
    if (wei.isZero()) {
      throw new CliException(ExitCode.USAGE, "the amount must be more than 0", "");
    }
    return wei;
  }

  static void enough(Wei has, Wei wanted, String where) {
    if (has.compareTo(wanted) < 0) {
      throw new CliException(
          ExitCode.NOT_ENOUGH_FUNDS,
          "%s has %s HKE, %s HKE are wanted".formatted(where, has, wanted),
          "nothing was sent");
    }
  }

  private void done(String what, TxResult sent) {
    session
        .out()
        .println(
            "%s (block %d, %,d gas, %s)"
                .formatted(what, sent.block(), sent.gasUsed(), sent.transaction()));
  }
}
