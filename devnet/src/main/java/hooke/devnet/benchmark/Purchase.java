package hooke.devnet.benchmark;

import com.google.protobuf.Timestamp;
import hooke.chain.Bytes32;
import hooke.chain.contract.SlotState;
import hooke.node.market.NodeView;
import hooke.node.market.OrderView;
import hooke.node.market.SlotView;
import hooke.node.task.PreparedTask;
import hooke.node.task.ProviderNode;
import hooke.node.task.Quote;
import hooke.node.task.TaskBuyer;
import hooke.node.task.TaskDraft;
import hooke.node.task.TaskWatch;
import hooke.v1.Task;
import java.util.ArrayList;
import java.util.List;

/// One task, bought the way `hooke task run` buys it.
///
/// @param quotedIn milliseconds from the question to the last node's answer
/// @param uploadedIn milliseconds from there until the order was about to be sent
/// @param sentAt `System.nanoTime` of that moment
/// @param runs when each slot's run began and ended, by the nodes' clocks
record Purchase(
    Bytes32 order, long quotedIn, long uploadedIn, long sentAt, OrderView ended, List<Run> runs) {

  /// Unix milliseconds.
  record Run(int node, long start, long end) {
    long millis() {
      return end - start;
    }
  }

  /// Buys, follows it to its end, and collects the result.
  static Purchase of(FreshWorld.Access world, TaskDraft draft) throws InterruptedException {
    try (PreparedTask task = PreparedTask.of(draft);
        TaskWatch watch =
            new TaskWatch(world.chain(), world.nodes(), world.consumer(), line -> {})) {
      TaskBuyer buyer =
          new TaskBuyer(world.chain(), world.nodes(), world.consumer().address(), line -> {});
      long began = System.nanoTime();
      Quote quote = buyer.quote(task);
      TaskBuyer.requireFilled(quote);
      buyer.requireFunds(quote, false);
      long quoted = System.nanoTime();
      long[] sentAt = new long[1];
      TaskBuyer.Placed placed =
          buyer.place(task, quote, world.consumer(), id -> sentAt[0] = System.nanoTime());
      OrderView ended = watch.await(placed.id());
      if (!ended.resultRoot().isZero()) {
        watch.collect(ended);
      }
      return new Purchase(
          placed.id(),
          (quoted - began) / 1_000_000,
          (sentAt[0] - quoted) / 1_000_000,
          sentAt[0],
          ended,
          runs(world, ended));
    }
  }

  private static List<Run> runs(FreshWorld.Access world, OrderView order) {
    List<Run> runs = new ArrayList<>();
    for (SlotView slot : order.slots()) {
      if (slot.state() != SlotState.SETTLED && slot.state() != SlotState.RELEASED) {
        continue;
      }
      NodeView node = world.chain().market().node(slot.nodeId()).orElseThrow();
      try (ProviderNode provider = world.nodes().connect(node)) {
        Task task = provider.task(order.id(), slot.slot());
        runs.add(new Run(node.id(), millis(task.getStartTime()), millis(task.getEndTime())));
      }
    }
    return runs;
  }

  private static long millis(Timestamp time) {
    return time.getSeconds() * 1_000 + time.getNanos() / 1_000_000;
  }

  /// From the first run's start to the last one's end.
  long worked() {
    return runs.stream().mapToLong(Run::end).max().orElse(0)
        - runs.stream().mapToLong(Run::start).min().orElse(0);
  }
}
