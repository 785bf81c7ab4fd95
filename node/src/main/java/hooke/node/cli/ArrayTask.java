package hooke.node.cli;

import hooke.chain.Wei;
import hooke.node.config.Units;
import hooke.node.market.OrderView;
import hooke.node.runtime.Outcome;
import hooke.node.spec.HostNames;
import hooke.node.spec.ResultLeaf;
import hooke.node.task.PreparedTask;
import hooke.node.task.ResultFolder;
import hooke.node.task.Scratch;
import hooke.node.task.TaskDraft;
import hooke.node.task.TaskException;
import hooke.node.task.TaskWatch;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;

/// An array that is bought: what its tasks gave, by index, over as many orders as that takes. Tasks
/// whose provider gave no result are ordered again; a program that ran to its end is not run again,
/// since it would do the same.
final class ArrayTask implements AutoCloseable {
  /// Orders for one array at most.
  static final int ROUNDS = 3;

  private static final int SHOWN = 10;

  private record Given(ResultLeaf leaf, Path archive) {}

  private final Session session;
  private final SortedMap<Integer, Given> given = new TreeMap<>();
  private final List<TaskWatch> watches = new ArrayList<>();
  private final List<Path> files = new ArrayList<>();
  private final List<PreparedTask> orders = new ArrayList<>();
  private List<Integer> asked = List.of();
  private int count;
  private Wei paid = Wei.ZERO;

  ArrayTask(Session session) {
    this.session = session;
  }

  /// Takes in what an order of all tasks gave.
  ///
  /// @param watch whose files are read until this is closed; closed then, too
  void take(TaskWatch watch, OrderView order) {
    watches.add(watch);
    if (asked.isEmpty()) {
      count = order.terms().tasks();
      asked = IntStream.range(0, count).boxed().toList();
    }
    TaskWatch.Collected collected = watch.collectArray(order);
    collected
        .leaves()
        .forEach(
            (index, leaf) -> given.put(asked.get(index), new Given(leaf, watch.archive(leaf))));
    collected.missing().forEach(why -> session.progress("no result: " + why));
    paid = paid.plus(Orders.paid(order));
  }

  /// Whether no task has a result.
  boolean isEmpty() {
    return given.isEmpty();
  }

  /// Whether every task has a result.
  boolean complete() {
    return given.size() == count;
  }

  /// The tasks that have none, to be ordered again; closed with this.
  ///
  /// @param all the draft of the whole array
  PreparedTask rest(TaskDraft all) {
    Path lines = all.array().orElseThrow();
    try {
      List<String> every = Files.readAllLines(lines, StandardCharsets.UTF_8);
      asked = IntStream.range(0, count).filter(index -> !given.containsKey(index)).boxed().toList();
      Path rest = Scratch.file("hooke-array");
      files.add(rest);
      Files.write(rest, asked.stream().map(every::get).toList());
      session.progress(
          "%d of %d tasks have no result and are ordered again".formatted(asked.size(), count));
      PreparedTask again = session.prepared(all, rest);
      orders.add(again);
      return again;
    } catch (IOException e) {
      throw new UncheckedIOException("the array cannot be cut: " + e.getMessage(), e);
    }
  }

  /// Puts the results where they belong, each in a directory named by its index, and says what they
  /// cost.
  int deliver(TaskCommand.Target target, boolean print) {
    if (given.isEmpty()) {
      throw new CliException(
          ExitCode.MARKET_SAID_NO,
          "the array ended without a result",
          "nothing is locked any more; order it again, perhaps at a higher price");
    }
    target
        .directory(session)
        .ifPresent(directory ->
            ResultFolder.place(
                directory,
                target.force(),
                fresh -> {
                  for (Map.Entry<Integer, Given> each : given.entrySet()) {
                    String unheld =
                        ResultFolder.fill(
                            each.getValue().archive(), fresh.resolve(each.getKey().toString()));
                    if (!unheld.isEmpty()) {
                      session.progress("warning: task %d: %s".formatted(each.getKey(), unheld));
                    }
                  }
                  Files.writeString(fresh.resolve("results.jsonl"), index());
                }));
    if (print && target.directory(session).isEmpty()) {
      given.values().forEach(each -> print(each.archive(), target.raw()));
    }
    long well = given.values().stream().filter(each -> isWell(each.leaf())).count();
    List<Integer> ill =
        given.entrySet().stream()
            .filter(each -> !isWell(each.getValue().leaf()))
            .map(Map.Entry::getKey)
            .toList();
    session.progress(
        "%d of %d tasks exited with 0%s%s: %s fuel, paid %s HKE%s"
            .formatted(
                well,
                count,
                ill.isEmpty() ? "" : ", others did not: " + shown(ill),
                complete() ? "" : ", %d have no result".formatted(count - given.size()),
                Units.showFuel(given.values().stream().mapToLong(each -> each.leaf().fuel()).sum()),
                paid,
                target
                    .directory(session)
                    .map(directory -> "; results in " + HostNames.shown(directory))
                    .orElse("")));
    if (!complete()) {
      return ExitCode.MARKET_SAID_NO.number();
    }
    return ill.isEmpty() ? 0 : ExitCode.PROGRAM_FAILED.number();
  }

  private static boolean isWell(ResultLeaf leaf) {
    return leaf.outcome() == Outcome.EXITED && leaf.exitCode() == 0;
  }

  private static String shown(List<Integer> indexes) {
    String some = String.join(", ", indexes.stream().limit(SHOWN).map(String::valueOf).toList());
    return indexes.size() > SHOWN ? some + " and %d more".formatted(indexes.size() - SHOWN) : some;
  }

  /// A JSON object for each task, each on a line of its own.
  private String index() {
    StringBuilder lines = new StringBuilder();
    given.forEach((index, each) -> {
      Map<String, Object> line = new LinkedHashMap<>();
      line.put("index", index);
      line.put("outcome", each.leaf().outcome());
      line.put("exit_code", new Json.Unsigned(each.leaf().exitCode()));
      line.put("fuel", Long.toString(each.leaf().fuel()));
      line.put("archive", each.leaf().archive().toString());
      lines.append(Json.line(line)).append('\n');
    });
    return lines.toString();
  }

  private void print(Path archive, boolean raw) {
    Path folder = null;
    try {
      folder = Scratch.folder("hooke-print");
      ResultFolder.fill(archive, folder.resolve("result"));
      try (OutputStream out = session.terminal().programOut(raw)) {
        Files.copy(folder.resolve("result/stdout"), out);
      }
      try (OutputStream err = session.terminal().programErr(raw)) {
        Files.copy(folder.resolve("result/stderr"), err);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("the output cannot be printed: " + e.getMessage(), e);
    } finally {
      if (folder != null) {
        Scratch.remove(folder);
      }
    }
  }

  /// Whether a further order may be placed; says what kept it from it when it was not.
  boolean goesOn(int round) {
    return !complete() && round < ROUNDS;
  }

  /// Says why the rest could not be ordered again; what there is is delivered all the same.
  void gaveUp(TaskException why) {
    session.progress("the rest was not ordered again: " + why.getMessage());
  }

  @Override
  public void close() {
    watches.forEach(TaskWatch::close);
    orders.forEach(PreparedTask::close);
    files.forEach(Scratch::remove);
  }
}
