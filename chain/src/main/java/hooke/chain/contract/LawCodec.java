package hooke.chain.contract;

import hooke.chain.rpc.LogEntry;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Between the law's structs and events and their records. Structs are matched by member name, so a
/// struct that is reordered in Solidity stays right here, and one that gains a member fails loudly.
final class LawCodec {
  private static final Abi ABI = Artifact.HOOKE.abi();
  private static final Abi.Type.Struct TERMS = struct("order", 0);
  private static final Abi.Type.Struct PROFILE = struct("register", 0);
  private static final Abi.Type.Struct LEASE = struct("orderLease", 0);
  private static final Abi.Type.Struct RESIZE = struct("resizeLease", 2);
  private static final Abi.Type.Struct PROOF = struct("answer", 2);
  private static final Abi.Type.Struct LEAF = struct("publish", 3);

  private LawCodec() {}

  static Abi.Type.Struct termsType() {
    return TERMS;
  }

  static List<Object> values(Terms terms) {
    Map<String, Object> values = new HashMap<>();
    values.put("consumer", terms.consumer());
    values.put("nonce", unsigned(terms.nonce()));
    values.put("spec", terms.spec());
    values.put("tasks", terms.tasks());
    values.put("cpuMillis", terms.cpuMillis());
    values.put("memoryMib", terms.memoryMib());
    values.put("diskMib", terms.diskMib());
    values.put("startPrice", terms.startPrice());
    values.put("maxPrice", terms.maxPrice());
    values.put("rampSeconds", terms.rampSeconds());
    values.put("fuelLimit", terms.fuelLimit());
    values.put("openSeconds", terms.openSeconds());
    values.put("runSeconds", terms.runSeconds());
    values.put("windowSeconds", terms.windowSeconds());
    values.put("retentionSeconds", terms.retentionSeconds());
    values.put("minStake", terms.minStake());
    values.put("allow", terms.allow());
    values.put("exclusiveKey", terms.exclusiveKey());
    values.put("mode", terms.mode());
    values.put("quorum", terms.quorum());
    values.put("slots", terms.slots());
    values.put("originA", terms.originA());
    values.put("originB", terms.originB());
    return inOrder(TERMS, values);
  }

  static List<Object> values(LeaseTerms terms) {
    Map<String, Object> values = new HashMap<>();
    values.put("consumer", terms.consumer());
    values.put("nonce", unsigned(terms.nonce()));
    values.put("spec", terms.spec());
    values.put("cpuMillis", terms.cpuMillis());
    values.put("memoryMib", terms.memoryMib());
    values.put("diskMib", terms.diskMib());
    values.put("startPrice", terms.startPrice());
    values.put("maxPrice", terms.maxPrice());
    values.put("rampSeconds", terms.rampSeconds());
    values.put("minSlots", terms.minSlots());
    values.put("maxSlots", terms.maxSlots());
    values.put("distinct", terms.distinct());
    values.put("termSeconds", terms.termSeconds());
    values.put("noticeSeconds", terms.noticeSeconds());
    values.put("answerSeconds", terms.answerSeconds());
    values.put("bond", terms.bond());
    values.put("minStake", terms.minStake());
    values.put("allow", terms.allow());
    values.put("exclusiveKey", terms.exclusiveKey());
    values.put("primary", terms.primary());
    values.put("standby", terms.standby());
    values.put("takeoverSeconds", terms.takeoverSeconds());
    values.put("hourlyLimit", terms.hourlyLimit());
    values.put("graceSeconds", terms.graceSeconds());
    values.put("epochSeconds", terms.epochSeconds());
    values.put("drawOneIn", terms.drawOneIn());
    values.put("repairEpochs", terms.repairEpochs());
    values.put("originA", terms.originA());
    values.put("originB", terms.originB());
    return inOrder(LEASE, values);
  }

  static List<Object> values(Resize change) {
    Map<String, Object> values = new HashMap<>();
    values.put("price", change.price());
    values.put("cpuMillis", change.cpuMillis());
    values.put("memoryMib", change.memoryMib());
    values.put("diskMib", change.diskMib());
    values.put("deadline", change.deadline());
    return inOrder(RESIZE, values);
  }

  static List<Object> values(Template template) {
    return List.of(
        values(template.terms()),
        template.uses(),
        template.retries(),
        template.interval(),
        template.bindings().stream()
            .map(binding -> List.<Object>of(binding.input(), binding.partly(), binding.template()))
            .toList());
  }

  static List<Object> values(NodeProfile profile) {
    Map<String, Object> values = new HashMap<>();
    values.put("key", profile.key());
    values.put("endpoint", profile.endpoint());
    values.put("tlsKeyHash", profile.tlsKeyHash());
    values.put("cpuMillis", profile.cpuMillis());
    values.put("memoryMib", profile.memoryMib());
    values.put("diskMib", profile.diskMib());
    values.put("attributes", profile.attributes());
    return inOrder(PROFILE, values);
  }

  static List<Object> values(LeafProof proof) {
    Map<String, Object> values = new HashMap<>();
    values.put("index", proof.index());
    values.put("outcome", proof.outcome());
    values.put("exitCode", Integer.toUnsignedLong(proof.exitCode()));
    values.put("size", proof.size());
    values.put("outputRoot", proof.outputRoot());
    values.put("chunk", proof.chunk());
    values.put("path", proof.path());
    return inOrder(PROOF, values);
  }

  static List<Object> values(PublishedLeaf leaf) {
    Map<String, Object> values = new HashMap<>();
    values.put("outcome", leaf.outcome());
    values.put("exitCode", Integer.toUnsignedLong(leaf.exitCode()));
    values.put("fuel", leaf.fuel());
    values.put("size", leaf.size());
    values.put("outputRoot", leaf.outputRoot());
    return inOrder(LEAF, values);
  }

  static List<List<Object>> values(List<SumTree.Sum> path) {
    return path.stream().map(step -> List.<Object>of(step.hash(), unsigned(step.fuel()))).toList();
  }

  private static BigInteger unsigned(long number) {
    return new BigInteger(Long.toUnsignedString(number));
  }

  private static PublishedLeaf leaf(Fields f) {
    return new PublishedLeaf(
        f.int32("outcome"),
        f.number("exitCode").intValue(),
        f.int64("fuel"),
        f.int64("size"),
        f.bytes32("outputRoot"));
  }

  static Terms terms(Fields f) {
    return new Terms(
        f.address("consumer"),
        f.bits64("nonce"),
        f.bytes32("spec"),
        f.int32("tasks"),
        f.int32("cpuMillis"),
        f.int32("memoryMib"),
        f.int32("diskMib"),
        f.int64("startPrice"),
        f.int64("maxPrice"),
        f.int32("rampSeconds"),
        f.int64("fuelLimit"),
        f.int32("openSeconds"),
        f.int32("runSeconds"),
        f.int32("windowSeconds"),
        f.int32("retentionSeconds"),
        f.wei("minStake"),
        f.bytes32("allow"),
        f.bytes32("exclusiveKey"),
        f.constant("mode", Verification.class),
        f.int32("quorum"),
        f.int32("slots"),
        f.int32("originA"),
        f.int32("originB"));
  }

  private static LeaseTerms leaseTerms(Fields f) {
    return new LeaseTerms(
        f.address("consumer"),
        f.bits64("nonce"),
        f.bytes32("spec"),
        f.int32("cpuMillis"),
        f.int32("memoryMib"),
        f.int32("diskMib"),
        f.int64("startPrice"),
        f.int64("maxPrice"),
        f.int32("rampSeconds"),
        f.int32("minSlots"),
        f.int32("maxSlots"),
        f.flag("distinct"),
        f.int32("termSeconds"),
        f.int32("noticeSeconds"),
        f.int32("answerSeconds"),
        f.wei("bond"),
        f.wei("minStake"),
        f.bytes32("allow"),
        f.bytes32("exclusiveKey"),
        f.address("primary"),
        f.address("standby"),
        f.int32("takeoverSeconds"),
        f.wei("hourlyLimit"),
        f.int32("graceSeconds"),
        f.int32("epochSeconds"),
        f.int32("drawOneIn"),
        f.int32("repairEpochs"),
        f.int32("originA"),
        f.int32("originB"));
  }

  private static Resize resize(Fields f) {
    return new Resize(
        f.int64("price"),
        f.int32("cpuMillis"),
        f.int32("memoryMib"),
        f.int32("diskMib"),
        f.int64("deadline"));
  }

  private static NodeProfile profile(Fields f) {
    return new NodeProfile(
        f.address("key"),
        f.text("endpoint"),
        f.bytes32("tlsKeyHash"),
        f.int32("cpuMillis"),
        f.int32("memoryMib"),
        f.int32("diskMib"),
        f.text("attributes"));
  }

  /// The event of a log of the Hooke contract. Never fails: see [LawEvent.Unreadable].
  static LawEvent event(LogEntry log) {
    LogPosition at = new LogPosition(log.block(), log.blockHash(), log.transaction(), log.index());
    if (log.topics().isEmpty()) {
      return new LawEvent.Unreadable(at, "a log without a topic");
    }
    Abi.Event event = ABI.events().get(log.topics().getFirst());
    if (event == null) {
      return new LawEvent.Unreadable(at, "an event the law does not know");
    }
    try {
      return event(event.name(), at, Abi.decode(event, log.topics(), log.data()));
    } catch (Abi.UnreadableException e) {
      return new LawEvent.Unreadable(at, event.name() + ": " + e.getMessage());
    }
  }

  private static LawEvent event(String name, LogPosition at, Fields f) {
    return switch (name) {
      case "Deposited" -> new LawEvent.Deposited(at, f.address("account"), f.wei("amount"));
      case "Withdrawn" -> new LawEvent.Withdrawn(at, f.address("account"), f.wei("amount"));
      case "Burned" -> new LawEvent.Burned(at, f.wei("amount"));
      case "OperatorRegistered" ->
          new LawEvent.OperatorRegistered(at, f.int32("operatorId"), f.address("owner"));
      case "NodeRegistered" ->
          new LawEvent.NodeRegistered(
              at, f.int32("nodeId"), f.int32("operatorId"), profile(f.struct("profile")));
      case "NodeUpdated" ->
          new LawEvent.NodeUpdated(
              at, f.int32("nodeId"), f.int32("operatorId"), profile(f.struct("profile")));
      case "NodeRetired" -> new LawEvent.NodeRetired(at, f.int32("nodeId"), f.int32("operatorId"));
      case "Staked" -> new LawEvent.Staked(at, f.int32("operatorId"), f.wei("amount"));
      case "Unbonding" ->
          new LawEvent.Unbonding(at, f.int32("operatorId"), f.wei("amount"), f.int64("unbondAt"));
      case "StakeWithdrawn" ->
          new LawEvent.StakeWithdrawn(at, f.int32("operatorId"), f.wei("amount"));
      case "Ordered" ->
          new LawEvent.Ordered(
              at, f.bytes32("order"), f.address("consumer"), terms(f.struct("terms")));
      case "Assigned" ->
          new LawEvent.Assigned(
              at,
              f.bytes32("order"),
              f.int32("slot"),
              f.int32("operatorId"),
              f.int32("nodeId"),
              f.int64("price"),
              f.int64("deadline"));
      case "Delivered" ->
          new LawEvent.Delivered(
              at,
              f.bytes32("order"),
              f.int32("slot"),
              f.bytes32("root"),
              f.int64("fuel"),
              f.int64("deadline"));
      case "Committed" ->
          new LawEvent.Committed(at, f.bytes32("order"), f.int32("slot"), f.bytes32("commitment"));
      case "CommitsClosed" ->
          new LawEvent.CommitsClosed(at, f.bytes32("order"), f.int64("revealDeadline"));
      case "Revealed" ->
          new LawEvent.Revealed(
              at, f.bytes32("order"), f.int32("slot"), f.bytes32("root"), f.int64("fuel"));
      case "Settled" ->
          new LawEvent.Settled(
              at,
              f.bytes32("order"),
              f.int32("slot"),
              f.int32("operatorId"),
              f.wei("paid"),
              f.wei("held"),
              f.bytes32("root"),
              f.int64("fuel"),
              f.int64("retainUntil"));
      case "Released" ->
          new LawEvent.Released(at, f.bytes32("order"), f.int32("slot"), f.wei("held"));
      case "Receipted" -> new LawEvent.Receipted(at, f.bytes32("order"), f.int32("slot"));
      case "Refused" ->
          new LawEvent.Refused(at, f.bytes32("order"), f.int32("slot"), f.wei("burned"));
      case "Missed" ->
          new LawEvent.Missed(
              at,
              f.bytes32("order"),
              f.int32("slot"),
              f.int32("operatorId"),
              f.int32("nodeId"),
              f.wei("bond"));
      case "GivenUp" ->
          new LawEvent.GivenUp(
              at,
              f.bytes32("order"),
              f.int32("slot"),
              f.int32("operatorId"),
              f.int32("nodeId"),
              f.wei("bond"));
      case "SlotClosed" -> new LawEvent.SlotClosed(at, f.bytes32("order"), f.int32("slot"));
      case "Outvoted" ->
          new LawEvent.Outvoted(at, f.bytes32("order"), f.int32("slot"), f.wei("bond"));
      case "Unrevealed" ->
          new LawEvent.Unrevealed(at, f.bytes32("order"), f.int32("slot"), f.wei("bond"));
      case "Voided" ->
          new LawEvent.Voided(at, f.bytes32("order"), f.int32("slot"), f.wei("burned"));
      case "OrderClosed" ->
          new LawEvent.OrderClosed(
              at, f.bytes32("order"), f.wei("refund"), f.constant("reason", CloseReason.class));
      case "Demanded" ->
          new LawEvent.Demanded(
              at, f.bytes32("order"), f.int32("slot"), f.number("seed"), f.int64("deadline"));
      case "Answered" ->
          new LawEvent.Answered(at, f.bytes32("order"), f.int32("slot"), f.int64("leaf"));
      case "Forfeited" ->
          new LawEvent.Forfeited(
              at, f.bytes32("order"), f.int32("slot"), f.wei("held"), f.wei("bond"));
      case "Parted" ->
          new LawEvent.Parted(
              at,
              f.bytes32("order"),
              f.int32("slot"),
              f.int32("count"),
              f.int32("rest"),
              f.int32("first"),
              f.wei("bond"));
      case "Disproved" ->
          new LawEvent.Disproved(
              at,
              f.bytes32("order"),
              f.int32("slot"),
              f.int32("operatorId"),
              f.wei("bond"),
              f.wei("kept"));
      case "Challenged" ->
          new LawEvent.Challenged(
              at,
              f.bytes32("order"),
              f.int32("slot"),
              f.int32("index"),
              f.address("challenger"),
              f.wei("bond"),
              f.int64("deadline"));
      case "Published" ->
          new LawEvent.Published(
              at,
              f.bytes32("order"),
              f.int32("slot"),
              f.int32("index"),
              f.bytes32("hash"),
              leaf(f.struct("leaf")));
      case "JuryCalled" ->
          new LawEvent.JuryCalled(
              at,
              f.bytes32("order"),
              f.int32("slot"),
              f.int32("index"),
              f.bytes32("jury"),
              f.int32("attempt"));
      case "ChallengeFailed" ->
          new LawEvent.ChallengeFailed(
              at, f.bytes32("order"), f.int32("slot"), f.int32("index"), f.wei("burned"));
      case "ChallengeUpheld" ->
          new LawEvent.ChallengeUpheld(
              at,
              f.bytes32("order"),
              f.int32("slot"),
              f.int32("index"),
              f.wei("paid"),
              f.wei("repaid"));
      case "ChallengeVoided" ->
          new LawEvent.ChallengeVoided(
              at, f.bytes32("order"), f.int32("slot"), f.int32("index"), f.wei("burned"));
      case "TabOpened" ->
          new LawEvent.TabOpened(at, f.address("consumer"), f.int32("operatorId"), f.wei("amount"));
      case "VoucherRedeemed" ->
          new LawEvent.VoucherRedeemed(
              at, f.address("consumer"), f.int32("operatorId"), f.wei("amount"), f.wei("total"));
      case "TabClosing" ->
          new LawEvent.TabClosing(
              at, f.address("consumer"), f.int32("operatorId"), f.int64("closesAt"));
      case "TabClosed" ->
          new LawEvent.TabClosed(at, f.address("consumer"), f.int32("operatorId"), f.wei("amount"));
      case "MandateOpened" ->
          new LawEvent.MandateOpened(
              at,
              f.int32("mandate"),
              f.address("owner"),
              f.address("agent"),
              f.bytes32("root"),
              f.wei("budget"),
              f.int64("from"),
              f.int64("until"));
      case "MandateFunded" -> new LawEvent.MandateFunded(at, f.int32("mandate"), f.wei("amount"));
      case "MandateEnded" -> new LawEvent.MandateEnded(at, f.int32("mandate"), f.wei("amount"));
      case "OrderedUnder" ->
          new LawEvent.OrderedUnder(
              at,
              f.int32("mandate"),
              f.bytes32("template"),
              f.bytes32("order"),
              f.int32("number"),
              f.flag("retry"),
              f.wei("escrow"));
      case "BudgetRecovered" ->
          new LawEvent.BudgetRecovered(at, f.int32("mandate"), f.bytes32("order"), f.wei("amount"));
      case "SpecBound" -> new LawEvent.SpecBound(at, f.bytes32("order"), f.data("blob"));
      case "LeaseOrdered" ->
          new LawEvent.LeaseOrdered(
              at,
              f.bytes32("order"),
              f.address("consumer"),
              leaseTerms(f.struct("terms")),
              f.wei("amount"));
      case "LeaseToppedUp" ->
          new LawEvent.LeaseToppedUp(at, f.bytes32("order"), f.address("payer"), f.wei("amount"));
      case "Scaled" ->
          new LawEvent.Scaled(at, f.bytes32("order"), f.address("by"), f.int32("scaleSeq"));
      case "LeaseOrderOver" ->
          new LawEvent.LeaseOrderOver(
              at,
              f.bytes32("order"),
              f.constant("reason", LeaseOverReason.class),
              f.int32("code"),
              f.wei("refund"),
              f.int64("endedAt"));
      case "SlotOpened" -> new LawEvent.SlotOpened(at, f.bytes32("order"), f.int32("slot"));
      case "SlotWithdrawn" -> new LawEvent.SlotWithdrawn(at, f.bytes32("order"), f.int32("slot"));
      case "Leased" ->
          new LawEvent.Leased(
              at,
              f.bytes32("order"),
              f.int32("slot"),
              f.int32("operatorId"),
              f.int32("nodeId"),
              f.int64("price"),
              f.int32("version"));
      case "LeasePaid" ->
          new LawEvent.LeasePaid(
              at,
              f.bytes32("order"),
              f.int32("slot"),
              f.int32("operatorId"),
              f.wei("paid"),
              f.wei("refunded"),
              f.int64("paidUntil"));
      case "NoticeGiven" ->
          new LawEvent.NoticeGiven(at, f.bytes32("order"), f.int32("slot"), f.int64("leaveAt"));
      case "Summoned" ->
          new LawEvent.Summoned(at, f.bytes32("order"), f.int32("slot"), f.int64("deadline"));
      case "Appeared" -> new LawEvent.Appeared(at, f.bytes32("order"), f.int32("slot"));
      case "LeaseResized" ->
          new LawEvent.LeaseResized(
              at,
              f.bytes32("order"),
              f.int32("slot"),
              resize(f.struct("resize")),
              f.int32("version"));
      case "LeaseMoved" ->
          new LawEvent.LeaseMoved(
              at, f.bytes32("order"), f.int32("slot"), f.int32("nodeId"), f.int32("version"));
      case "LeaseEnded" ->
          new LawEvent.LeaseEnded(
              at,
              f.bytes32("order"),
              f.int32("slot"),
              f.int32("operatorId"),
              f.constant("how", LeaseEnd.class),
              f.int32("reason"),
              f.wei("burned"));
      case "Anchored" ->
          new LawEvent.Anchored(
              at,
              f.bytes32("volume"),
              f.int64("seq"),
              f.bytes32("commit"),
              f.int64("leafCount"),
              f.flag("endorsed"),
              f.number("signers"));
      case "Endorsed" -> new LawEvent.Endorsed(at, f.bytes32("volume"), f.int64("seq"));
      case "DelegateSet" ->
          new LawEvent.DelegateSet(at, f.bytes32("volume"), f.address("delegate"));
      case "QuotaSet" -> new LawEvent.QuotaSet(at, f.bytes32("volume"), f.int32("quotaMib"));
      case "Drawn" ->
          new LawEvent.Drawn(at, f.bytes32("volume"), f.int64("epoch"), f.int64("seedBlock"));
      case "Sealed" ->
          new LawEvent.Sealed(at, f.bytes32("volume"), f.int64("epoch"), f.bytes32("seed"));
      case "Proven" ->
          new LawEvent.Proven(at, f.bytes32("volume"), f.int32("slot"), f.int64("epoch"));
      default -> new LawEvent.Unreadable(at, "this version has no record for " + name);
    };
  }

  private static List<Object> inOrder(Abi.Type.Struct type, Map<String, Object> values) {
    if (type.members().size() != values.size()) {
      throw new IllegalStateException(
          "the law's struct has %d members, this program knows %d"
              .formatted(type.members().size(), values.size()));
    }
    return type.members().stream()
        .map(member -> {
          Object value = values.get(member.name());
          if (value == null) {
            throw new IllegalStateException("this program has no value for " + member.name());
          }
          return value;
        })
        .toList();
  }

  private static Abi.Type.Struct struct(String function, int input) {
    if (ABI.function(function).inputs().get(input).type() instanceof Abi.Type.Struct type) {
      return type;
    }
    throw new IllegalStateException("%s takes no struct as input %d".formatted(function, input));
  }
}
