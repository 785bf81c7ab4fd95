package hooke.node.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.CloseReason;
import hooke.chain.contract.Terms;
import hooke.chain.contract.Verification;
import hooke.node.market.NodeView;
import hooke.node.market.OperatorView;
import hooke.node.market.OrderView;
import hooke.node.market.SlotView;
import hooke.node.spec.ResultLeaf;
import hooke.node.spec.SlotResult;
import hooke.node.task.WireTerms;
import hooke.v1.ArrayResult;
import hooke.v1.Order;
import hooke.v1.Provider;
import hooke.v1.ProviderNode;
import hooke.v1.Resources;
import hooke.v1.Result;
import hooke.v1.Slot;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Locale;

/// The market's views as `hooke.v1` writes them, and what callers send back. Ids and addresses are
/// lower-case hex with `0x`; blob ids and roots 64 digits without.
final class Wire {
  private Wire() {}

  static String address(Address address) {
    return address.toString().toLowerCase(Locale.ROOT);
  }

  static String root(Bytes32 root) {
    return root.toString().substring(2);
  }

  static Order.State state(OrderView order) {
    if (order.closed()) {
      return order.closeReason() == CloseReason.SETTLED ? Order.State.SETTLED : Order.State.CLOSED;
    }
    return order.slots().stream()
            .anyMatch(slot -> slot.state() == hooke.chain.contract.SlotState.OPEN)
        ? Order.State.OPEN
        : Order.State.RUNNING;
  }

  static Order order(OrderView view) {
    Order.Builder order =
        Order.newBuilder()
            .setName("orders/" + view.id())
            .setState(state(view))
            .setTerms(WireTerms.of(view.terms()))
            .setBlock(view.block())
            .setCreateTime(Times.seconds(view.createdAt()));
    view.slots().forEach(slot -> order.addSlots(slot(slot)));
    if (view.closed()) {
      order.setEndTime(Times.seconds(view.changedAt()));
    }
    if (view.closeReason() != null) {
      order.setCloseReason(view.closeReason().name());
    }
    if (!view.resultRoot().isZero()) {
      order.setResultRoot(root(view.resultRoot()));
    }
    return order.build();
  }

  private static Slot slot(SlotView view) {
    Slot.Builder slot =
        Slot.newBuilder()
            .setSlot(view.slot())
            .setState(Slot.State.valueOf(view.state().name()))
            .setNodeId(view.nodeId())
            .setOperatorId(view.operatorId())
            .setPrice(view.price())
            .setFuel(view.fuel())
            .setPaidWei(view.paid().value().toString())
            .setHeldWei(view.held().value().toString());
    if (view.root() != null) {
      slot.setRoot(root(view.root()));
    }
    if (view.bonded() && view.deadline() != 0) {
      slot.setDeadline(Times.seconds(view.deadline()));
    }
    return slot.build();
  }

  static Provider provider(OperatorView view, List<NodeView> nodes) {
    Provider.Builder provider =
        Provider.newBuilder()
            .setName("providers/" + view.id())
            .setOperatorId(view.id())
            .setOperator(address(view.account()))
            .setStakeWei(view.stake().value().toString())
            .setBondedWei(view.bonded().value().toString())
            .setKeptFeesWei(view.keptFees().value().toString())
            .setBrokenFeesWei(view.brokenFees().value().toString())
            .setLeaseBondedWei(view.leaseBonds().value().toString())
            .setLeaseFeesWei(view.leaseFees().value().toString())
            .setRefusedFeesWei(view.refusedFees().value().toString())
            .setCreateTime(Times.seconds(view.registeredAt()));
    for (NodeView node : nodes) {
      if (node.operatorId() == view.id()) {
        provider.addNodes(node(node));
      }
    }
    return provider.build();
  }

  private static ProviderNode node(NodeView view) {
    return ProviderNode.newBuilder()
        .setNodeId(view.id())
        .setNodeKey(address(view.profile().key()))
        .setEndpoint(view.profile().endpoint())
        .setTlsKeyHash(root(view.profile().tlsKeyHash()))
        .setCapacity(
            Resources.newBuilder()
                .setCpuMillis(view.profile().cpuMillis())
                .setMemoryMib(view.profile().memoryMib())
                .setDiskMib(view.profile().diskMib()))
        .setAttributes(view.profile().attributes())
        .setActive(view.active())
        .build();
  }

  static Result result(ResultLeaf leaf) {
    return Result.newBuilder()
        .setOutcome(Result.Outcome.valueOf(leaf.outcome().name()))
        .setExitCode(leaf.exitCode())
        .setFuel(leaf.fuel())
        .setSizeBytes(leaf.size())
        .setArchive(leaf.archive().toString())
        .setRoot(root(leaf.root()))
        .setLeaf(ByteString.copyFrom(leaf.bytes()))
        .build();
  }

  static ArrayResult arrayResult(SlotResult result) {
    return ArrayResult.newBuilder()
        .setFirstIndex(result.first())
        .setCount(result.count())
        .setRoot(root(result.root()))
        .setFuel(result.fuel())
        .setTableBytes(result.size())
        .build();
  }

  /// The law's terms of a caller's; what it left out is zero.
  ///
  /// @throws RpcException if a field cannot be in any order
  static Terms terms(hooke.v1.Terms from) {
    try {
      return new Terms(
          from.getConsumer().isEmpty() ? Address.ZERO : Address.parse(from.getConsumer()),
          from.getNonce(),
          from.getSpec().isEmpty() ? Bytes32.ZERO : Bytes32.parse(from.getSpec()),
          from.getTasks(),
          from.getResources().getCpuMillis(),
          from.getResources().getMemoryMib(),
          from.getResources().getDiskMib(),
          from.getStartPrice(),
          from.getMaxPrice(),
          seconds("ramp", from.getRamp()),
          from.getFuelLimit(),
          seconds("open_duration", from.getOpenDuration()),
          seconds("run_duration", from.getRunDuration()),
          seconds("window", from.getWindow()),
          seconds("retention", from.getRetention()),
          from.getMinStakeWei().isEmpty()
              ? Wei.ZERO
              : new Wei(new BigInteger(shortNumber(from.getMinStakeWei()))),
          allowed(from.getAllowedOperatorIdsList()),
          from.getExclusiveKey().isEmpty() ? Bytes32.ZERO : Bytes32.parse(from.getExclusiveKey()),
          verification(from.getVerification()),
          from.getQuorum(),
          from.getSlots(),
          origin(from, 0),
          origin(from, 1));
    } catch (IllegalArgumentException e) {
      throw new RpcException(
          ErrorCode.INVALID_ARGUMENT, "the terms cannot be in an order: " + e.getMessage());
    }
  }

  private static Verification verification(hooke.v1.Verification from) {
    return switch (from) {
      case ATTENDED -> Verification.ATTENDED;
      case OPTIMISTIC -> Verification.OPTIMISTIC;
      case QUORUM -> Verification.QUORUM;
      case VERIFICATION_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalArgumentException("verification must be named");
    };
  }

  private static int origin(hooke.v1.Terms from, int index) {
    return from.getOriginNodeIdsCount() > index ? from.getOriginNodeIds(index) : 0;
  }

  private static Bytes32 allowed(List<Integer> operators) {
    if (operators.size() > 8) {
      throw new IllegalArgumentException("at most 8 operators can be allowed");
    }
    ByteBuffer word = ByteBuffer.allocate(Bytes32.SIZE);
    for (int i = 0; i < operators.size(); i++) {
      word.putInt(28 - 4 * i, operators.get(i));
    }
    return Bytes32.of(word.array());
  }

  private static int seconds(String field, Duration duration) {
    if (duration.getNanos() != 0
        || duration.getSeconds() < 0
        || duration.getSeconds() > Integer.MAX_VALUE) {
      throw new IllegalArgumentException(field + " must be whole seconds, from 0");
    }
    return (int) duration.getSeconds();
  }

  private static String shortNumber(String text) {
    if (text.length() > 39) {
      throw new IllegalArgumentException("an amount has at most 39 digits");
    }
    return text;
  }
}
