package hooke.node.cli;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.SlotState;
import hooke.chain.tx.TxResult;
import hooke.chain.wallet.Wallet;
import hooke.node.config.Units;
import hooke.node.market.NodeView;
import hooke.node.market.OrderView;
import hooke.node.market.SlotView;
import hooke.node.runtime.Outcome;
import hooke.node.spec.HostNames;
import hooke.node.spec.ResultLeaf;
import hooke.node.spec.UnitPrice;
import hooke.node.task.ConsumerChain;
import hooke.node.task.InputSource;
import hooke.node.task.PreparedTask;
import hooke.node.task.Proof;
import hooke.node.task.ProviderNode;
import hooke.node.task.Quote;
import hooke.node.task.ResultFolder;
import hooke.node.task.Scratch;
import hooke.node.task.TaskBuyer;
import hooke.node.task.TaskDraft;
import hooke.node.task.TaskException;
import hooke.node.task.TaskFile;
import hooke.node.task.TaskWatch;
import hooke.node.task.Timeouts;
import hooke.node.task.UploadBudget;
import hooke.v1.LogChunk;
import hooke.v1.ReadLogsResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/// `hooke task`: buy computing and get its results.
@Command(
    name = "task",
    description = "Run programs on other people's machines and get their results.",
    mixinStandardHelpOptions = true,
    synopsisSubcommandLabel = "COMMAND")
final class TaskCommand {
  /// How often the output of an array's task is looked for while it is followed.
  private static final Duration FOLLOW_EVERY = Duration.ofSeconds(1);

  @Mixin private final Session session;

  TaskCommand(Terminal terminal, Session.Connections connections) {
    session = new Session(terminal, connections);
  }

  /// Where a result goes.
  static final class Target {
    @Option(
        names = "--out",
        paramLabel = "DIR",
        description = "Directory for the result: stdout, stderr, out/.")
    private @Nullable Path out;

    @Option(names = "--force", description = "Replace a directory that is not empty.")
    private boolean force;

    @Option(
        names = "--raw",
        description =
            "Print the program's output as it is, also on a terminal, which obeys what is in it.")
    private boolean raw;

    boolean force() {
      return force;
    }

    boolean raw() {
      return raw;
    }

    Optional<Path> directory(Session session) {
      return Optional.ofNullable(out).map(session::path);
    }
  }

  @Command(
      name = "run",
      description = "Run a program: quote, order, wait, verify, fetch.",
      footer = {
        "",
        "--in book.txt is /in/book.txt, --in data is the tree /in/data, --in NAME=PATH is"
            + " /in/NAME,",
        "and --in .=data makes the tree /in itself. Exits with the program's own exit code.",
        "",
        "--array FILE makes one order of many tasks; --out DIR then gets a directory for each, named by",
        "its index from 0, and results.jsonl. Exits with 0 if all exited with 0, with 81 if some did not,",
        "and with 79 if some have no result, after those were ordered again.",
        "",
        "A program's exit code above 255 does not fit a shell's: then hooke exits with 255."
      },
      mixinStandardHelpOptions = true)
  int run(
      @Parameters(index = "0", paramLabel = "PROGRAM.wasm") String program,
      @Parameters(
              index = "1..*",
              paramLabel = "ARGS",
              arity = "0..*",
              description = "After --: arguments of the program.")
          @Nullable List<String> args,
      @Option(
              names = "--argv0",
              paramLabel = "NAME",
              description = "The program's own name, which some go by (default: task).")
          @Nullable String argv0,
      @Option(names = "--in", paramLabel = "FILE|DIR", description = "Input; may be repeated.")
          @Nullable List<String> in,
      @Option(
              names = "--array",
              paramLabel = "FILE",
              description =
                  "A task for each line of it: the line takes the place of {} in ARGS, or comes"
                      + " after them.")
          @Nullable String array,
      @Option(
              names = "--slots",
              paramLabel = "N",
              description = "Cut the array into so many parts (default: two for each node).")
          @Nullable Integer slots,
      @Option(names = "--stdin", paramLabel = "FILE|-", description = "Standard input.")
          @Nullable String stdin,
      @Option(names = "--env", paramLabel = "K=V", description = "Variable; may be repeated.")
          @Nullable List<String> env,
      @Option(
              names = "--max-price",
              paramLabel = "P",
              description = "Highest price in HKE per Gfuel (default: from the offers).")
          @Nullable String maxPrice,
      @Option(
              names = "--start-price",
              paramLabel = "P",
              description =
                  "Price at the beginning of the ramp (default: what the cheapest take; with"
                      + " --max-price: that).")
          @Nullable String startPrice,
      @Option(
              names = "--ramp",
              paramLabel = "D",
              description =
                  "How long the price rises (default: a few blocks; with --max-price: 0 s).")
          @Nullable String ramp,
      @Option(
              names = "--upload-budget",
              paramLabel = "HKE",
              description =
                  "Most to pay for keeping the files at their origins, where they keep no more at"
                      + " no price (default: 0).")
          @Nullable String uploadBudget,
      @Option(
              names = "--verify",
              paramLabel = "HOW",
              defaultValue = "attended",
              description = "attended, optimistic or quorum:Q/K (default: attended).")
          String verify,
      @Option(
              names = "--real-time",
              description =
                  "The host's clock, timers that wait and secure random numbers: attended only,"
                      + " since no two runs are alike.")
          boolean realTime,
      @Option(
              names = "--fuel",
              paramLabel = "N",
              description = "Most fuel it may burn (default: 10G).")
          @Nullable String fuel,
      @Option(names = "--memory", paramLabel = "M", description = "Memory limit (default: 64 MiB).")
          @Nullable String memory,
      @Option(
              names = "--output-limit",
              paramLabel = "B",
              description = "Limit of the result, all files together (default: 1 MiB).")
          @Nullable String outputLimit,
      @Option(
              names = "--run-duration",
              paramLabel = "D",
              description = "From bid to delivery (default: 20 m).")
          @Nullable String runDuration,
      @Option(names = "--detach", description = "Order and return.") boolean detach,
      @Mixin Target target)
      throws InterruptedException {
    target.directory(session).ifPresent(out -> ResultFolder.check(out, target.force));
    Path spooled = null;
    try {
      TaskDraft.Builder draft = TaskDraft.of(session.path(program));
      draft.args(args == null ? List.of() : args);
      for (String input : in == null ? List.<String>of() : in) {
        draft.input(InputSource.parse(input, session.terminal().directory()));
      }
      for (String variable : env == null ? List.<String>of() : env) {
        int equals = variable.indexOf('=');
        if (equals < 1) {
          throw new CliException(ExitCode.USAGE, "--env " + variable + " is not K=V", "");
        }
        draft.env(variable.substring(0, equals), variable.substring(equals + 1));
      }
      if (array != null) {
        draft.array(session.path(array));
      }
      if (slots != null) {
        draft.slots(slots);
      }
      if (stdin != null) {
        Path file = session.path(stdin);
        if (stdin.equals("-")) {
          spooled = Scratch.file("hooke-stdin");
          Files.copy(session.terminal().in(), spooled, StandardCopyOption.REPLACE_EXISTING);
          file = spooled;
        }
        draft.stdin(file);
      }
      option("--argv0", argv0, draft::argv0);
      draft.realTime(realTime);
      option("--max-price", maxPrice, text -> draft.maxPrice(UnitPrice.parse(text)));
      option("--start-price", startPrice, text -> draft.startPrice(UnitPrice.parse(text)));
      option("--ramp", ramp, text -> draft.ramp(Units.duration(text)));
      option("--upload-budget", uploadBudget, text -> draft.uploadBudget(Wei.parse(text)));
      option("--verify", verify, text -> draft.proof(Proof.parse(text)));
      option("--fuel", fuel, text -> draft.fuel(Units.fuel(text)));
      option("--memory", memory, text -> draft.memory(Units.bytes(text)));
      option("--output-limit", outputLimit, text -> draft.output(Units.bytes(text)));
      option("--run-duration", runDuration, text -> draft.run(Units.duration(text)));
      return buy(draft.build(), detach, target);
    } catch (IOException e) {
      throw new UncheckedIOException("standard input cannot be kept: " + e.getMessage(), e);
    } finally {
      if (spooled != null) {
        Scratch.remove(spooled);
      }
    }
  }

  @FunctionalInterface
  private interface Use {
    void of(String text);
  }

  private static void option(String name, @Nullable String text, Use use) {
    if (text == null) {
      return;
    }
    try {
      use.of(text);
    } catch (IllegalArgumentException | hooke.node.config.ConfigException e) {
      throw new CliException(ExitCode.USAGE, name + ": " + e.getMessage(), "");
    }
  }

  @Command(
      name = "submit",
      description = "Order what a task file says, and return.",
      mixinStandardHelpOptions = true)
  int submit(@Parameters(paramLabel = "TASK.yaml") String file) throws InterruptedException {
    return buy(TaskFile.read(session.path(file)), true, new Target());
  }

  private int buy(TaskDraft draft, boolean detach, Target target) throws InterruptedException {
    refuseUnread(draft);
    try (PreparedTask whole = session.prepared(draft);
        ConsumerChain chain = session.chain();
        ArrayTask array = new ArrayTask(session)) {
      Wallet signer = session.signer();
      ProviderNode.Connector nodes = session.nodes(signer);
      UploadBudget uploads =
          new UploadBudget(
              draft.uploadBudget(),
              new VoucherNotes(session.terminal().home(), chain.network(), signer.address()));
      closeOverdue(chain, signer.address());
      PreparedTask task = whole;
      Repricing repricing = new Repricing(draft.maxPrice().isEmpty());
      for (int round = 1; ; round++) {
        AtomicReference<@Nullable Bytes32> sending = new AtomicReference<>();
        try (Interruption _ = new Interruption(session.terminal(), sending::get)) {
          Bytes32 id = place(task, chain, nodes, signer, uploads, repricing.idle, sending::set);
          if (detach) {
            session.out().println(id);
            session.progress("come back with: hooke task wait " + id.prefix(12));
            return 0;
          }
          TaskWatch watch =
              new TaskWatch(chain, nodes, signer, session::progress, repricing.isLeft());
          if (draft.array().isEmpty()) {
            try (watch) {
              OrderView ended = watch.await(id);
              if (!ended.resultRoot().isZero() || !repricing.isDue(watch)) {
                return finish(watch, ended, target, true);
              }
            }
            continue;
          }
          OrderView ended = watch.await(id);
          array.take(watch, ended);
          TaskWatch.GivenUp why = watch.givenUp().orElse(null);
          if (why != null && !repricing.isDue(watch)) {
            if (array.isEmpty()) {
              throw givenUp(ended, why);
            }
            session.progress("the rest is not ordered again: no node would take it");
            return array.deliver(target, true);
          }
          if (array.isEmpty() && why != null) {
            continue;
          }
        } catch (TaskException e) {
          if (round == 1 || draft.array().isEmpty()) {
            throw e;
          }
          array.gaveUp(e);
          return array.deliver(target, true);
        }
        if (!array.goesOn(round)) {
          return array.deliver(target, true);
        }
        task = array.rest(draft);
      }
    }
  }

  /// Orders that nobody took at the price that was made for them are made again at what is asked
  /// then; a price that the user named is his to change.
  private final class Repricing {
    private static final int MOST = 3;

    /// Operators that said they would bid, and did not.
    private final Set<Integer> idle = new HashSet<>();

    private final boolean allowed;
    private int times;

    Repricing(boolean allowed) {
      this.allowed = allowed;
    }

    boolean isLeft() {
      return allowed && times < MOST;
    }

    /// Whether a watched order ended for its price, to be ordered again.
    boolean isDue(TaskWatch watch) {
      TaskWatch.GivenUp why = watch.givenUp().filter(TaskWatch.GivenUp::dear).orElse(null);
      if (why == null || !isLeft()) {
        return false;
      }
      times++;
      idle.addAll(why.idle());
      session.progress("ordered again at what is asked now");
      return true;
    }
  }

  /// Refuses what nobody would take before gigabytes of it are read.
  private void refuseUnread(TaskDraft draft) throws InterruptedException {
    Optional<PreparedTask> sketch = session.sketched(draft);
    if (sketch.isPresent()) {
      try (PreparedTask unread = sketch.get();
          ConsumerChain chain = session.chain()) {
        Wallet stranger = Wallet.random();
        TaskBuyer.requireFilled(
            new TaskBuyer(chain, session.nodes(stranger), stranger.address(), session::progress)
                .quote(unread));
      }
    }
  }

  private Bytes32 place(
      PreparedTask task,
      ConsumerChain chain,
      ProviderNode.Connector nodes,
      Wallet signer,
      UploadBudget uploads,
      Set<Integer> idle,
      java.util.function.Consumer<Bytes32> onSending)
      throws InterruptedException {
    TaskBuyer buyer = new TaskBuyer(chain, nodes, signer.address(), session::progress);
    buyer.disregard(idle);
    Quote quote = buyer.quote(task);
    TaskBuyer.requireFilled(quote);
    buyer.requireFunds(quote, true);
    session.progress(
        "%s would take it%s; %s, locks %s HKE"
            .formatted(
                quote.operators() == 1 ? "1 provider" : quote.operators() + " providers",
                task.spec().hasArray()
                    ? ", %d tasks in %d slots"
                        .formatted(quote.terms().tasks(), quote.terms().slots())
                    : "",
                quote.price(),
                quote.escrow()));
    Wei missing = buyer.missing(quote);
    if (!missing.isZero()) {
      TxResult sent = chain.deposit(missing, signer);
      session.progress(
          "deposited %s HKE from the wallet into the vault (block %d)"
              .formatted(missing, sent.block()));
    }
    TaskBuyer.Placed placed = buyer.place(task, quote, signer, uploads, onSending);
    session.progress(
        "ordered %s (block %d, %,d gas)"
            .formatted(placed.id().prefix(12), placed.block(), placed.gasUsed()));
    return placed.id();
  }

  private static CliException givenUp(OrderView order, TaskWatch.GivenUp why) {
    return new CliException(
        why.task() ? ExitCode.BAD_INPUT : ExitCode.MARKET_SAID_NO,
        "order %s was cancelled, since no node will ever take it: %s; %s HKE came back"
            .formatted(order.id().prefix(12), why.reasons(), order.refund()),
        "nothing is locked any more; change what the reasons name, and order it again");
  }

  private int finish(TaskWatch watch, OrderView order, Target target, boolean print) {
    if (watch.isArray(order)) {
      return array(watch, order, target, print);
    }
    if (order.resultRoot().isZero() && watch.givenUp().isPresent()) {
      throw givenUp(order, watch.givenUp().get());
    }
    if (order.resultRoot().isZero()) {
      throw new CliException(
          ExitCode.MARKET_SAID_NO,
          "order %s ended without a result: %s; %s HKE came back"
              .formatted(order.id().prefix(12), Orders.state(order), order.refund()),
          "nothing is locked any more; order it again, perhaps at a higher price");
    }
    return deliver(order, watch.collect(order), target, print);
  }

  private int array(TaskWatch watch, OrderView order, Target target, boolean print) {
    try (ArrayTask array = new ArrayTask(session)) {
      array.take(watch, order);
      return array.deliver(target, print);
    }
  }

  /// Puts the result where it belongs and says what it cost.
  private int deliver(OrderView order, TaskWatch.Fetched result, Target target, boolean print) {
    Optional<Path> out = target.directory(session);
    String unheld =
        out.map(directory -> ResultFolder.unpack(result.archive(), directory, target.force))
            .orElse("");
    if (!unheld.isEmpty()) {
      session.progress("warning: " + unheld);
    }
    if (print && out.isEmpty()) {
      printStreams(result, target.raw);
    }
    ResultLeaf leaf = result.leaf();
    List<String> nodes = new ArrayList<>();
    for (SlotView slot : order.slots()) {
      if (Objects.equals(leaf.root(), slot.root())) {
        nodes.add(Integer.toString(slot.nodeId()));
      }
    }
    session.progress(
        "%s on node %s: %s fuel, paid %s HKE, blocks %d to %d (%d s)%s"
            .formatted(
                switch (leaf.outcome()) {
                  case EXITED -> "exit code " + Integer.toUnsignedString(leaf.exitCode());
                  case TRAPPED -> "trapped";
                  case OUT_OF_FUEL -> "out of fuel";
                  case OUTPUT_LIMIT -> "output over its limit";
                },
                String.join(", ", nodes),
                Units.showFuel(leaf.fuel()),
                Orders.paid(order),
                order.block(),
                order.changedBlock(),
                order.changedAt() - order.createdAt(),
                out.map(directory -> "; result in " + HostNames.shown(directory)).orElse("")));
    return leaf.outcome() == Outcome.EXITED
        ? ExitCode.of(leaf.exitCode())
        : ExitCode.PROGRAM_FAILED.number();
  }

  private void printStreams(TaskWatch.Fetched result, boolean raw) {
    Path folder = null;
    try {
      folder = Scratch.folder("hooke-print");
      Path unpacked = folder.resolve("result");
      ResultFolder.unpack(result.archive(), unpacked, false);
      try (OutputStream out = session.terminal().programOut(raw)) {
        Files.copy(unpacked.resolve("stdout"), out);
      }
      try (OutputStream err = session.terminal().programErr(raw)) {
        Files.copy(unpacked.resolve("stderr"), err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the output cannot be printed: " + e.getMessage(), e);
    } finally {
      if (folder != null) {
        Scratch.remove(folder);
      }
    }
  }

  @Command(
      name = "list",
      description = "Tasks of the wallet, the newest first.",
      mixinStandardHelpOptions = true)
  int list(@Mixin Output output) throws InterruptedException {
    Address account = session.account();
    try (ConsumerChain chain = session.chain()) {
      closeOverdue(chain, account);
      List<OrderView> own =
          chain.market().orders().stream()
              .filter(order -> order.terms().consumer().equals(account))
              .toList();
      session
          .out()
          .println(
              output.json()
                  ? Json.write(own.stream().map(Orders::json).toList())
                  : Orders.table(own));
    }
    return 0;
  }

  @Command(name = "show", description = "One task, whole.", mixinStandardHelpOptions = true)
  int show(@Parameters(paramLabel = "ID") String id, @Mixin Output output)
      throws InterruptedException {
    try (ConsumerChain chain = session.chain()) {
      closeOverdue(chain, session.account());
      OrderView order = chain.order(id, session.account());
      session.out().println(output.json() ? Json.write(Orders.json(order)) : Orders.shown(order));
    }
    return 0;
  }

  @Command(
      name = "wait",
      description = "Follow a task to its end.",
      mixinStandardHelpOptions = true)
  int await(@Parameters(paramLabel = "ID") String id, @Mixin Target target)
      throws InterruptedException {
    target.directory(session).ifPresent(out -> ResultFolder.check(out, target.force));
    try (ConsumerChain chain = session.chain()) {
      chain.sync();
      OrderView order = chain.order(id, session.account());
      Wallet signer = session.signer();
      try (Interruption _ = new Interruption(session.terminal(), order::id);
          TaskWatch watch =
              new TaskWatch(chain, session.nodes(signer), signer, session::progress)) {
        return finish(watch, watch.await(order.id()), target, false);
      }
    }
  }

  @Command(
      name = "result",
      description = "Fetch the verified result of a settled task.",
      mixinStandardHelpOptions = true)
  int result(@Parameters(paramLabel = "ID") String id, @Mixin Target target)
      throws InterruptedException {
    target.directory(session).ifPresent(out -> ResultFolder.check(out, target.force));
    try (ConsumerChain chain = session.chain()) {
      chain.sync();
      OrderView order = chain.order(id, session.account());
      Wallet signer = session.signer();
      try (TaskWatch watch =
          new TaskWatch(chain, session.nodes(signer), signer, session::progress)) {
        return watch.isArray(order)
            ? array(watch, order, target, true)
            : deliver(order, watch.collect(order), target, true);
      }
    }
  }

  @Command(
      name = "logs",
      description = "Output of a task as its provider has it; not verified until settled.",
      mixinStandardHelpOptions = true)
  int logs(
      @Parameters(paramLabel = "ID") String id,
      @Option(
              names = "--index",
              paramLabel = "I",
              description = "Of an array: which of its tasks, by its line from 0.")
          @Nullable Integer index,
      @Option(
              names = {"-f", "--follow"},
              description = "Go on until the task ends.")
          boolean follow,
      @Option(
              names = "--raw",
              description = "Print it as it is, also on a terminal, which obeys what is in it.")
          boolean raw)
      throws InterruptedException {
    try (ConsumerChain chain = session.chain()) {
      chain.sync();
      OrderView order = chain.order(id, session.account());
      SlotView slot = slotWithOutput(order, index);
      NodeView node = chain.market().node(slot.nodeId()).orElseThrow();
      try (ProviderNode provider = session.nodes(session.signer()).connect(node);
          Prints prints = new Prints(raw, (long) order.terms().diskMib() << 20)) {
        if (index != null) {
          TaskOutput output =
              new TaskOutput(provider, order.id(), slot.slot(), OptionalInt.of(index), prints);
          while (!output.print() && follow) {
            Thread.sleep(FOLLOW_EVERY);
          }
        } else if (follow) {
          provider.watch(order.id(), slot.slot(), true, task -> {}, prints::take);
        } else {
          new TaskOutput(provider, order.id(), slot.slot(), OptionalInt.empty(), prints).print();
        }
      }
    }
    return 0;
  }

  /// The slot whose provider has a task's output.
  private static SlotView slotWithOutput(OrderView order, @Nullable Integer index) {
    int tasks = order.terms().tasks();
    if (index == null && tasks > 1) {
      throw new CliException(
          ExitCode.USAGE,
          "order %s is an array of %d tasks, and each has output of its own"
              .formatted(order.id().prefix(12), tasks),
          "say which: --index 0 to --index " + (tasks - 1));
    }
    if (index != null && (index < 0 || index >= tasks)) {
      throw new CliException(
          ExitCode.USAGE,
          "order %s has no task %d".formatted(order.id().prefix(12), index),
          tasks == 1 ? "it has task 0 only" : "its tasks are 0 to " + (tasks - 1));
    }
    return order.slots().stream()
        .filter(slot -> slot.nodeId() != 0)
        .filter(
            slot -> index == null || (index >= slot.first() && index < slot.first() + slot.count()))
        .findFirst()
        .orElseThrow(() ->
            new CliException(
                ExitCode.TEMPORARY, "nobody has taken this task yet", "try again later"));
  }

  /// Standard output and error of one task, as far as they were printed.
  private static final class TaskOutput {
    private final Prints prints;
    private final ProviderNode provider;
    private final Bytes32 order;
    private final int slot;
    private final OptionalInt index;
    private final Map<LogChunk.Stream, Long> printed = new EnumMap<>(LogChunk.Stream.class);

    TaskOutput(ProviderNode provider, Bytes32 order, int slot, OptionalInt index, Prints prints) {
      this.prints = prints;
      this.provider = provider;
      this.order = order;
      this.slot = slot;
      this.index = index;
    }

    /// Prints what there is now.
    ///
    /// @return whether there will be no more
    boolean print() {
      boolean over = true;
      for (LogChunk.Stream stream : List.of(LogChunk.Stream.STDOUT, LogChunk.Stream.STDERR)) {
        over &= print(stream);
      }
      return over;
    }

    private boolean print(LogChunk.Stream stream) {
      while (true) {
        long offset = printed.getOrDefault(stream, 0L);
        ReadLogsResponse piece = provider.logs(order, slot, index, stream, offset);
        if (!piece.getLog().getData().isEmpty()) {
          prints.take(piece.getLog());
          printed.put(stream, offset + piece.getLog().getData().size());
        }
        if (piece.getEnd() || piece.getLog().getData().isEmpty()) {
          return piece.getEnd();
        }
      }
    }
  }

  /// A task's output as it comes from its provider, whose word it is: no more than the order has
  /// room for.
  private final class Prints implements AutoCloseable {
    private final OutputStream out;
    private final OutputStream err;
    private final long most;
    private long printed;

    Prints(boolean raw, long most) {
      out = session.terminal().programOut(raw);
      err = session.terminal().programErr(raw);
      this.most = most;
    }

    void take(LogChunk chunk) {
      printed += chunk.getData().size();
      if (printed > most) {
        throw new TaskException(
            TaskException.Code.BAD_RESULT,
            "its provider sends more output than the %,d bytes that the order has room for"
                .formatted(most),
            "what was printed is not verified: hooke task result");
      }
      try {
        OutputStream to = chunk.getStream() == LogChunk.Stream.STDERR ? err : out;
        chunk.getData().writeTo(to);
        to.flush();
      } catch (IOException e) {
        throw new UncheckedIOException("the output cannot be printed: " + e.getMessage(), e);
      }
    }

    @Override
    public void close() {
      try {
        out.close();
        err.close();
      } catch (IOException e) {
        throw new UncheckedIOException("the output cannot be printed: " + e.getMessage(), e);
      }
    }
  }

  /// Takes in the chain, and closes what is over of an account's orders and still holds its money.
  /// Nobody is asked for a password for it.
  private void closeOverdue(ConsumerChain chain, Address account) throws InterruptedException {
    long now = chain.sync().timestamp();
    List<OrderView> overdue = Timeouts.overdue(chain, account, now);
    if (overdue.isEmpty()) {
      return;
    }
    if (session.opensUnasked()) {
      new Timeouts(chain, session.signer(), session::progress).close(overdue, now);
      chain.sync();
    } else {
      overdue.forEach(order ->
          session.progress(
              "order %s is over and still holds money; close it with: hooke task wait %s"
                  .formatted(order.id().prefix(12), order.id().prefix(12))));
    }
  }

  @FunctionalInterface
  private interface Act {
    hooke.chain.Call on(ConsumerChain chain, OrderView order);
  }

  private int act(String id, String done, Act act) throws InterruptedException {
    try (ConsumerChain chain = session.chain()) {
      chain.sync();
      OrderView order = chain.order(id, session.account());
      TxResult sent = chain.send(act.on(chain, order), session.signer());
      session
          .out()
          .println(
              "%s %s (block %d, %,d gas)"
                  .formatted(done, order.id().prefix(12), sent.block(), sent.gasUsed()));
    }
    return 0;
  }

  @Command(
      name = "cancel",
      description = "Close the slots that nobody has taken; what runs is still paid.",
      mixinStandardHelpOptions = true)
  int cancel(@Parameters(paramLabel = "ID") String id) throws InterruptedException {
    return act(id, "cancelled", (chain, order) -> chain.contract().cancel(order.terms()));
  }

  @Command(
      name = "refuse",
      description = "Refuse a delivered result: the pay is burned, the provider's bond goes back.",
      mixinStandardHelpOptions = true)
  int refuse(
      @Parameters(paramLabel = "ID") String id,
      @Option(
              names = "--slot",
              paramLabel = "N",
              description = "Of several: which (default: the first that is delivered).")
          @Nullable Integer slot)
      throws InterruptedException {
    return act(
        id,
        "refused",
        (chain, order) ->
            chain
                .contract()
                .refuse(order.terms(), slot != null ? slot : slot(order, SlotState.DELIVERED)));
  }

  @Command(
      name = "demand",
      description = "Demand a piece of a settled result on chain, when its provider withholds it.",
      mixinStandardHelpOptions = true)
  int demand(@Parameters(paramLabel = "ID") String id) throws InterruptedException {
    return act(
        id,
        "demanded a leaf of",
        (chain, order) -> chain.contract().demand(order.terms(), slot(order, SlotState.SETTLED)));
  }

  private static int slot(OrderView order, SlotState state) {
    return order.slots().stream()
        .filter(slot -> slot.state() == state)
        .mapToInt(SlotView::slot)
        .findFirst()
        .orElseThrow(() ->
            new CliException(
                ExitCode.MARKET_SAID_NO,
                "no slot of %s is %s"
                    .formatted(
                        order.id().prefix(12), state.name().toLowerCase(java.util.Locale.ROOT)),
                "see: hooke task show " + order.id().prefix(12)));
  }

  /// Tells who leaves with ^C that the order goes on without him.
  static final class Interruption implements AutoCloseable {
    private final Thread hook;

    Interruption(Terminal terminal, java.util.function.Supplier<@Nullable Bytes32> order) {
      hook =
          new Thread(
              () -> {
                Bytes32 id = order.get();
                if (id != null) {
                  terminal
                      .err()
                      .println(
                          "\nleft it running on the market; come back with: hooke task wait "
                              + id.prefix(12));
                  terminal.err().flush();
                }
              },
              "goodbye");
      Runtime.getRuntime().addShutdownHook(hook);
    }

    @Override
    public void close() {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        // The JVM is already ending: the hook says its word.
      }
    }
  }
}
