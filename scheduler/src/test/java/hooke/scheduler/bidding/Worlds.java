package hooke.scheduler.bidding;

import hooke.scheduler.capacity.CapacityLedger;
import hooke.scheduler.model.Capacity;
import hooke.scheduler.model.Delays;
import hooke.scheduler.model.Limits;
import hooke.scheduler.model.NodePolicy;
import hooke.scheduler.model.PriceRamp;
import hooke.scheduler.model.Resources;
import hooke.scheduler.model.Speed;
import hooke.scheduler.model.Tariff;
import hooke.scheduler.model.TaskKey;
import hooke.scheduler.model.TaskRequest;
import hooke.scheduler.model.Verification;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SplittableRandom;

/// Nodes and orders for tests.
final class Worlds {

  static final Instant T = Instant.parse("2026-01-01T00:00:00Z");
  static final long GIB = 1L << 30;
  static final BigInteger TOKEN = BigInteger.TEN.pow(18);
  static final Speed SPEED = new Speed(100_000_000, 200_000_000);
  static final Tariff TARIFF =
      new Tariff(2_000_000_000L, 200_000_000L, 1_000_000, 1_000_000, 3_000_000, 1_000, 500, 5_000);

  private Worlds() {}

  static NodeState node(long nodeId) {
    return node(nodeId, Optional.empty());
  }

  static NodeState node(long nodeId, Optional<Set<String>> onlyFor) {
    return node(nodeId, onlyFor, Duration.ZERO);
  }

  static NodeState node(long nodeId, Optional<Set<String>> onlyFor, Duration yield) {
    NodePolicy policy =
        new NodePolicy(
            7,
            nodeId,
            Set.of("wasm-det/1"),
            Set.of(Verification.ATTENDED, Verification.QUORUM),
            onlyFor,
            SPEED,
            TARIFF,
            new Limits(Duration.ofHours(1), GIB, 5_000, 10_000, 10_000, 10_000, 16, 8),
            new Delays(
                Duration.ofSeconds(2), Duration.ofSeconds(3), Duration.ofSeconds(30), yield));
    Capacity capacity = new Capacity(new Resources(4_000, 8 * GIB, 100 * GIB), 4);
    OperatorAccount account = new OperatorAccount(TOKEN.multiply(BigInteger.TEN), BigInteger.ZERO);
    return NodeState.of(policy, CapacityLedger.empty(capacity, 1), account);
  }

  /// One core, 1 GiB, ten seconds at the worst rate, a good flat price.
  static TaskRequest.Builder task(String order) {
    return task(order, new Resources(1_000, GIB, GIB), PriceRamp.flat(100_000_000));
  }

  static TaskRequest.Builder task(String order, Resources needs, PriceRamp price) {
    return TaskRequest.builder(new TaskKey(order, 0), "consumer", needs, 1_000_000_000, price)
        .timing(T, Duration.ofSeconds(60), Duration.ofSeconds(120))
        .profile("wasm-det/1");
  }

  static List<TaskRequest> orders(SplittableRandom random, int count) {
    List<TaskRequest> open = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      long start = random.nextLong(20_000_000);
      open.add(
          TaskRequest.builder(
                  new TaskKey("0x" + Long.toHexString(random.nextLong()) + i, 0),
                  "consumer" + random.nextInt(5),
                  new Resources(
                      250L * random.nextInt(1, 9), random.nextLong(4 * GIB), random.nextLong(GIB)),
                  random.nextLong(1, 4_000_000_000L),
                  new PriceRamp(
                      start,
                      start + random.nextLong(50_000_000),
                      Duration.ofSeconds(random.nextInt(120))))
              .timing(
                  T.minusSeconds(random.nextInt(100)),
                  Duration.ofSeconds(random.nextInt(300)),
                  Duration.ofSeconds(random.nextInt(200)))
              .profile(random.nextInt(20) == 0 ? "other/1" : "wasm-det/1")
              .build());
    }
    return open;
  }
}
