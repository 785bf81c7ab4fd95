package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.chain.contract.Terms;
import hooke.node.spec.Specs;
import hooke.scheduler.model.Pace;
import hooke.scheduler.model.PriceRamp;
import hooke.scheduler.model.Resources;
import hooke.scheduler.model.TaskKey;
import hooke.scheduler.model.TaskRequest;
import hooke.scheduler.model.Verification;
import hooke.v1.TaskSpec;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Says in the scheduler's words what an order says in the law's.
public final class TaskRequests {
  private static final long MIB = 1L << 20;

  private TaskRequests() {}

  public static TaskKey key(Bytes32 order, int slot) {
    return new TaskKey(order.toString(), slot);
  }

  public static Bytes32 order(TaskKey key) {
    return Bytes32.parse(key.order());
  }

  /// What names the program that a task runs: its hash.
  static String program(TaskSpec spec) {
    return Specs.id(spec.getProgram()).toString();
  }

  /// One slot of an order.
  ///
  /// @param count its tasks, which run one after the other
  /// @param pace how its program runs here, as far as that is known
  /// @param spec null while it has not been read; then no decision may lead to a bid
  /// @throws IllegalArgumentException if the terms ask for what no order may ask for
  public static TaskRequest of(
      Bytes32 order,
      int slot,
      int count,
      Terms terms,
      long createdAt,
      Pace pace,
      @Nullable TaskSpec spec) {
    TaskRequest.Builder request =
        TaskRequest.builder(
                key(order, slot),
                terms.consumer().toString(),
                new Resources(
                    terms.cpuMillis(),
                    Math.multiplyExact(terms.memoryMib(), MIB),
                    Math.multiplyExact(terms.diskMib(), MIB)),
                Math.multiplyExact(terms.fuelLimit(), count),
                new PriceRamp(
                    terms.startPrice(), terms.maxPrice(), Duration.ofSeconds(terms.rampSeconds())))
            .timing(
                Instant.ofEpochSecond(createdAt),
                Duration.ofSeconds(terms.openSeconds()),
                Duration.ofSeconds(terms.runSeconds()))
            .tasks(count)
            .mode(Verification.valueOf(terms.mode().name()))
            .pace(pace)
            .bond(terms.bond(count).value())
            .minStake(terms.minStake().value());
    ByteBuffer allowed = ByteBuffer.wrap(terms.allow().bytes());
    while (allowed.hasRemaining()) {
      long operator = Integer.toUnsignedLong(allowed.getInt());
      if (operator != 0) {
        request.allow(operator);
      }
    }
    if (!terms.exclusiveKey().isZero()) {
      request.exclusiveKey(terms.consumer() + "/" + terms.exclusiveKey());
    }
    if (spec != null) {
      request
          .profile(spec.getProfile())
          .program(program(spec))
          .transfer(Specs.inputBytes(spec), Math.multiplyExact(Specs.outputLimit(spec), count));
    }
    return request.build();
  }
}
