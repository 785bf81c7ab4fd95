package hooke.devnet.benchmark;

import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.Verification;
import hooke.chain.rpc.TxReceipt;
import hooke.node.market.OrderView;
import hooke.node.task.Proof;
import hooke.node.task.TaskDraft;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// How long a task takes from order to settlement, what it costs, and how busy many tasks keep the
/// nodes.
final class FirstLight {
  /// What a task may take at most.
  ///
  /// @param blocks from the order's to the settlement's, beyond the work
  /// @param gas of all parties together
  private record Aim(long blocks, long gas) {
    static Aim of(Verification mode) {
      return switch (mode) {
        case ATTENDED -> new Aim(2, 300_000);
        case QUORUM -> new Aim(4, 700_000);
        case OPTIMISTIC -> throw new IllegalArgumentException("no aim is set for " + mode);
      };
    }
  }

  private static final Pattern TRANSACTIONS = Pattern.compile("\"transactions\":\\[([^\\]]*)\\]");

  private final FreshWorld.Access world;
  private final Path examples;
  private final PrintWriter out;

  FirstLight(FreshWorld.Access world, Path examples, PrintWriter out) {
    this.world = world;
    this.examples = examples;
    this.out = out;
  }

  private record Sample(Purchase bought, Trace trace) {}

  /// Buys a short task `repetitions` times, one after the other, after one that warms up.
  ///
  /// @return whether every one settled
  boolean steps(Proof proof, int repetitions) throws InterruptedException {
    List<Sample> samples = new ArrayList<>();
    for (int i = 0; i <= repetitions; i++) {
      Purchase bought = Purchase.of(world, wordcount(proof));
      if (i > 0) {
        samples.add(new Sample(bought, trace(bought)));
      }
    }
    print(proof.mode(), samples);
    return samples.stream().allMatch(sample -> sample.trace().settled());
  }

  private TaskDraft wordcount(Proof proof) {
    Path text = examples.resolve("README.md");
    return TaskDraft.of(examples.resolve("wordcount.wasm"))
        .args(List.of("/in/README.md"))
        .input(new hooke.node.task.InputSource("README.md", text))
        .proof(proof)
        .build();
  }

  private Trace trace(Purchase bought) {
    OrderView order = bought.ended();
    List<LawEvent> events = world.events(order.block(), world.chain().client().latestNumber());
    return Trace.of(order.id(), events, world.receipts(events));
  }

  private void print(Verification mode, List<Sample> samples) {
    Aim aim = Aim.of(mode);
    long perBlock = world.blockTime().toMillis();
    out.println();
    out.printf(
        Locale.ROOT, "%s: a short task, %d times, median of each figure%n", mode, samples.size());
    out.printf(Locale.ROOT, "  %-18s %8s %10s %10s%n", "step", "blocks", "ms", "gas");
    out.printf(
        Locale.ROOT,
        "  %-18s %8s %,10d%n",
        "quote",
        "",
        median(samples, s -> s.bought().quotedIn()));
    out.printf(
        Locale.ROOT,
        "  %-18s %8s %,10d%n",
        "upload",
        "",
        median(samples, s -> s.bought().uploadedIn()));
    Trace.Step before = null;
    for (Trace.Step step : Trace.Step.values()) {
      List<Sample> with = samples.stream().filter(s -> s.trace().times(step) > 0).toList();
      if (with.isEmpty() || step == Trace.Step.RELEASE) {
        continue;
      }
      Trace.Step last = before;
      out.printf(
          Locale.ROOT,
          "  %-18s %8s %,10d %,10d%n",
          word(step),
          last == null ? "" : median(with, s -> blocks(s, step) - blocks(s, last)),
          median(
              with,
              s ->
                  (world.clock().nanos(blocks(s, step))
                          - (last == null
                              ? s.bought().sentAt()
                              : world.clock().nanos(blocks(s, last))))
                      / 1_000_000),
          median(with, s -> s.trace().gas().getOrDefault(step, 0L)));
      if (step == Trace.Step.BID) {
        out.printf(
            Locale.ROOT,
            "  %-18s %8s %,10d%n",
            "  run",
            "",
            median(samples, s -> s.bought().worked()));
      }
      before = step;
    }
    long gas = median(samples, s -> s.trace().gasUsed());
    List<Long> beyond =
        samples.stream().map(s -> s.trace().length() - s.bought().worked() / perBlock).toList();
    out.printf(
        Locale.ROOT,
        "  %-18s %8d %,10d %,10d   (aim: at most %,d)%n",
        "order to settled",
        median(samples, s -> s.trace().length()),
        median(
            samples,
            s ->
                (world.clock().nanos(blocks(s, Trace.Step.SETTLE))
                        - world.clock().nanos(blocks(s, Trace.Step.ORDER)))
                    / 1_000_000),
        gas,
        aim.gas());
    out.printf(
        Locale.ROOT,
        "  beyond the work    %8d blocks; each: %s   (aim: at most %d)%n",
        Figures.median(beyond),
        beyond,
        aim.blocks());
  }

  private static String word(Trace.Step step) {
    return switch (step) {
      case ORDER -> "order";
      case BID -> "bid, assigned";
      case DELIVER -> "deliver";
      case COMMIT -> "commit";
      case REVEAL -> "reveal";
      case SETTLE -> "settle";
      case RELEASE -> "release";
    };
  }

  private static long blocks(Sample sample, Trace.Step step) {
    return sample.trace().blocks().getOrDefault(step, 0L);
  }

  private static long median(List<Sample> samples, java.util.function.ToLongFunction<Sample> of) {
    return Figures.median(samples.stream().map(of::applyAsLong).toList());
  }

  /// Buys `count` tasks of about a second at once.
  ///
  /// @param workers slots of one node
  /// @return whether all settled and none counted twice
  boolean crowd(int count, int nodes, int workers) throws InterruptedException {
    out.println();
    out.printf(
        Locale.ROOT,
        "%d tasks of about 1 s, ordered at once, on %d nodes with %d slots each%n",
        count,
        nodes,
        workers);
    Wei before = world.chain().account(world.consumer().address()).free();
    long first = world.chain().sync().number() + 1;
    List<Purchase> bought = new ArrayList<>();
    int failed = 0;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Purchase>> calls = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        TaskDraft draft =
            TaskDraft.of(examples.resolve("primes.wasm"))
                .args(List.of(Integer.toString(5_000_000 + i)))
                .open(Duration.ofMinutes(30))
                .build();
        calls.add(() -> Purchase.of(world, draft));
      }
      for (Future<Purchase> each : threads.invokeAll(calls)) {
        try {
          bought.add(each.get());
        } catch (ExecutionException e) {
          failed++;
          out.printf(Locale.ROOT, "  failed: %s%n", String.valueOf(e.getCause()));
        }
      }
    }
    long last = world.chain().sync().number();
    List<LawEvent> events = world.events(first, last);
    List<TxReceipt> receipts = world.receipts(events);
    int settled = 0;
    int twice = 0;
    Wei paid = Wei.ZERO;
    List<Long> gas = new ArrayList<>();
    long firstOrder = Long.MAX_VALUE;
    long lastOrder = 0;
    long lastSettled = 0;
    for (Purchase each : bought) {
      Trace trace = Trace.of(each.order(), events, receipts);
      settled += trace.settled() ? 1 : 0;
      twice += trace.times(Trace.Step.DELIVER) > 1 || trace.times(Trace.Step.SETTLE) > 1 ? 1 : 0;
      paid = paid.plus(each.ended().slot(0).paid());
      gas.add(trace.gasUsed());
      firstOrder = Math.min(firstOrder, blockOf(trace, Trace.Step.ORDER));
      lastOrder = Math.max(lastOrder, blockOf(trace, Trace.Step.ORDER));
      lastSettled = Math.max(lastSettled, blockOf(trace, Trace.Step.SETTLE));
    }
    boolean balanced =
        before.minus(world.chain().account(world.consumer().address()).free()).equals(paid);
    List<Purchase.Run> runs = bought.stream().flatMap(each -> each.runs().stream()).toList();
    out.printf(Locale.ROOT, "  settled            %d of %d, %d failed%n", settled, count, failed);
    out.printf(
        Locale.ROOT,
        "  counted twice      %d; the consumer paid %s HKE, %s%n",
        twice,
        paid,
        balanced ? "which is what its account lacks" : "WHICH ITS ACCOUNT DOES NOT LACK");
    out.printf(
        Locale.ROOT,
        "  blocks             orders in %d to %d, the last settlement in %d%n",
        firstOrder,
        lastOrder,
        lastSettled);
    out.printf(Locale.ROOT, "  gas of one         %,d (median)%n", Figures.median(gas));
    reverted(first, last);
    Map<Integer, Integer> share = new java.util.TreeMap<>();
    runs.forEach(run -> share.merge(run.node(), 1, Integer::sum));
    out.printf(Locale.ROOT, "  runs by node       %s%n", share);
    long start = runs.stream().mapToLong(Purchase.Run::start).min().orElse(0);
    long end = runs.stream().mapToLong(Purchase.Run::end).max().orElse(0);
    Utilisation use = Utilisation.of(runs, nodes * workers, start);
    out.printf(
        Locale.ROOT,
        "  run                %,d ms (median); all in %.1f s%n",
        Figures.median(runs.stream().map(Purchase.Run::millis).toList()),
        (end - start) / 1e3);
    out.printf(
        Locale.ROOT,
        "  slots busy         %.1f of %.1f slot seconds: %.0f %%%n",
        use.busy() / 1e3,
        use.available() / 1e3,
        100 * use.share());
    return settled == count && twice == 0 && balanced;
  }

  private static long blockOf(Trace trace, Trace.Step step) {
    return trace.blocks().getOrDefault(step, 0L);
  }

  /// Transactions that were mined and failed: bids that another node's was faster than.
  private void reverted(long from, long to) {
    List<Bytes32> all = new ArrayList<>();
    for (long block = from; block <= to; block++) {
      String json =
          world.chain().client().raw("eth_getBlockByNumber", "0x" + Long.toHexString(block), false);
      Matcher list = TRANSACTIONS.matcher(json);
      if (list.find()) {
        for (String hash : list.group(1).split(",", -1)) {
          if (!hash.isBlank()) {
            all.add(Bytes32.parse(hash.replace("\"", "").strip()));
          }
        }
      }
    }
    List<TxReceipt> lost =
        world.chain().client().receipts(all).stream().filter(tx -> !tx.succeeded()).toList();
    out.printf(
        Locale.ROOT,
        "  transactions       %,d, of which %d failed and cost %,d gas%n",
        all.size(),
        lost.size(),
        lost.stream().mapToLong(TxReceipt::gasUsed).sum());
  }
}
