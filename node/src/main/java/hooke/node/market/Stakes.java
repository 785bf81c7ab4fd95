package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.node.spec.Specs;
import hooke.scheduler.bidding.AtRisk;
import hooke.storage.BlobId;
import hooke.storage.BlobStore;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// What an operator may lose by the slots that it has, and lost lately, read from the chain: so a
/// restart forgets none of it, and nodes of one operator see each other's. Any thread.
final class Stakes {
  /// For so long a bond that broke counts as if it were still at risk.
  static final Duration REMEMBERED = Duration.ofHours(1);

  private static final int PROGRAMS = 1_000;

  private final MarketState state;
  private final BlobStore store;

  /// The programs of specs, as far as they are known; read anew when there are too many.
  private final Map<Bytes32, String> programs = new ConcurrentHashMap<>();

  /// @param store has the specs of what this node bid for
  Stakes(MarketState state, BlobStore store) {
    this.state = state;
    this.store = store;
  }

  /// In a block of this time.
  AtRisk of(int operatorId, long time) {
    Sum sum = new Sum();
    for (OrderView order : state.liveOrders()) {
      for (SlotView slot : order.slots()) {
        if (slot.operatorId() == operatorId && slot.isUnsettled()) {
          sum.add(order, order.terms().bond(slot.count()));
        }
      }
    }
    for (Loss loss : state.losses()) {
      if (loss.operatorId() == operatorId && loss.time() > time - REMEMBERED.toSeconds()) {
        state.order(loss.order()).ifPresent(order -> sum.add(order, loss.bond()));
      }
    }
    return new AtRisk(sum.all, sum.ofConsumers, sum.ofPrograms);
  }

  private final class Sum {
    private BigInteger all = BigInteger.ZERO;
    private final Map<String, BigInteger> ofConsumers = new HashMap<>();
    private final Map<String, BigInteger> ofPrograms = new HashMap<>();

    void add(OrderView order, Wei bond) {
      all = all.add(bond.value());
      ofConsumers.merge(order.terms().consumer().toString(), bond.value(), BigInteger::add);
      program(order.terms().spec())
          .ifPresent(program -> ofPrograms.merge(program, bond.value(), BigInteger::add));
    }
  }

  /// Empty where the spec is not here: another node of the operator has the slot.
  private Optional<String> program(Bytes32 spec) {
    Optional<String> known = Optional.ofNullable(programs.get(spec)).or(() -> read(spec));
    known.ifPresent(program -> {
      if (programs.size() >= PROGRAMS) {
        programs.clear();
      }
      programs.put(spec, program);
    });
    return known;
  }

  private Optional<String> read(Bytes32 spec) {
    try (InputStream content =
        store.read(BlobId.fromBytes(spec.bytes()), 0).map(InputStream.class::cast).orElse(null)) {
      return content == null
          ? Optional.empty()
          : Optional.of(TaskRequests.program(Specs.decode(content.readNBytes(Specs.MAX_BYTES))));
    } catch (IOException | Specs.BadSpec e) {
      return Optional.empty();
    }
  }
}
