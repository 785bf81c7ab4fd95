package hooke.chain.contract;

import hooke.chain.Bytes32;
import hooke.chain.Call;
import hooke.chain.Data;
import hooke.chain.Revert;
import hooke.chain.Reverted;
import hooke.chain.Wei;
import hooke.chain.rpc.ExecutionReverted;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Turns revert data into a name, arguments and a sentence. Knows every custom error of Hooke and
/// of its token.
public final class Reverts {
  private static final Map<Data, Abi.Failure> FAILURES = failures();
  private static final Data ERROR = Data.parse("0x08c379a0");
  private static final Data PANIC = Data.parse("0x4e487b71");
  private static final List<Abi.Member> ERROR_INPUTS =
      List.of(new Abi.Member("message", new Abi.Type.Text(), false));
  private static final List<Abi.Member> PANIC_INPUTS =
      List.of(new Abi.Member("code", new Abi.Type.Int(256, false), false));
  private static final Pattern PLACE = Pattern.compile("\\{(\\w+)(?::(\\w+))?}");
  private static final Pattern HUMP = Pattern.compile("(?<=[a-z0-9])(?=[A-Z])");
  private static final int SHOWN_DIGITS = 12;

  /// Sentences by error name. `{x}` is the argument x, `{x:hke}` an amount of tokens, `{x:time}` a
  /// unix second, `{x:slot}`, `{x:order}`, `{x:mode}`, `{x:lease}` and `{x:challenge}` a name of
  /// [SlotState], [OrderState], [Verification], [LeaseSlotState] or [ChallengeState].
  private static final Map<String, String> SENTENCES =
      Map.ofEntries(
          Map.entry("ZeroAmount", "the amount is zero"),
          Map.entry(
              "InsufficientFree",
              "{account} has {available:hke} free in the vault, {required:hke} are needed: deposit more"),
          Map.entry("LedgerFull", "the vault cannot hold {amount:hke} more"),
          Map.entry("UnknownOperator", "{account} owns no operator: register a node first"),
          Map.entry("UnknownNode", "no node is registered with the key {key}"),
          Map.entry("NotNodeOwner", "the node {key} belongs to another operator than {caller}'s"),
          Map.entry(
              "NodeNotActive", "the node {key} was retired: register a new one with a new key"),
          Map.entry(
              "NodeKeyTaken",
              "the key {key} already belongs to node {nodeId}: a key serves one node only, take a new one"),
          Map.entry("BadConsent", "the node key {key} has not signed that it serves {operator}"),
          Map.entry(
              "BadEndpoint",
              "'{endpoint}' is not host:port or https://host:port, with a port from 1 to 65,535"),
          Map.entry("TextTooLong", "a text of the profile has {length} bytes, {limit} are allowed"),
          Map.entry(
              "InsufficientStake",
              "operator {operatorId} has {available:hke} of stake that is not bonded, {required:hke} are needed: stake more"),
          Map.entry("NothingUnbonding", "operator {operatorId} has no stake that is unbonding"),
          Map.entry(
              "StillUnbonding",
              "the stake of operator {operatorId} is unbonding until {unbondAt:time}"),
          Map.entry("UnsupportedTasks", "an order has 1 to 1,048,576 tasks, not {tasks}"),
          Map.entry(
              "TooMuchFuel",
              "{tasks} tasks of {fuelLimit} fuel each are more than one order may burn: order fewer"),
          Map.entry(
              "BadQuorum",
              "a quorum of {quorum} of {slots} is not possible: ATTENDED and OPTIMISTIC want 1 of at most 128 and no more slots than tasks, QUORUM more than half of at most 15"),
          Map.entry(
              "BadPrices",
              "the start price {startPrice} is above the maximum {maxPrice}, or the maximum is 0"),
          Map.entry("ZeroFuelLimit", "the fuel limit is 0"),
          Map.entry("BadDuration", "{field} is {given} seconds, it must be {minimum} to {maximum}"),
          Map.entry("NotConsumer", "only the consumer {consumer} may do this, not {caller}"),
          Map.entry("OrderExists", "the order {order} was made already"),
          Map.entry("UnknownOrder", "there is no order {order}"),
          Map.entry(
              "ExclusiveKeyHeld",
              "the order {holder} with the same exclusive key is still live: wait or cancel it"),
          Map.entry("NoSuchSlot", "there is no slot {slot}: the order has {slots}"),
          Map.entry("WrongVerification", "an order of mode {mode:mode} has no such step"),
          Map.entry("WrongSlotState", "slot {slot} of order {order} is {state:slot}"),
          Map.entry("OrderNotLive", "the order {order} is {state:order}"),
          Map.entry("TooEarly", "this is possible from {from:time} on, it is {when:time}"),
          Map.entry("TooLate", "this was possible until {until:time}, it is {when:time}"),
          Map.entry(
              "PriceTooHigh",
              "the price {price} is above {acceptable}, the most the order takes now"),
          Map.entry(
              "OperatorNotAllowed", "the order's allow list does not name operator {operatorId}"),
          Map.entry(
              "StakeTooLow",
              "operator {operatorId} has a stake of {available:hke}, the order asks for {required:hke}"),
          Map.entry(
              "OperatorTooNew",
              "operator {operatorId} registered or raised its stake in block {sinceBlock}, not before block {orderBlock}, that of the order, or in a jury of the challenge"),
          Map.entry("OperatorIsConsumer", "operator {operatorId} is the consumer itself"),
          Map.entry(
              "OperatorIsParty",
              "operator {operatorId} bought, sold or challenged what this jury judges"),
          Map.entry("BadPart", "a part has at least 1 and fewer than {tasks} tasks, not {count}"),
          Map.entry(
              "ChallengesPending",
              "{pending} challenges of slot {slot} of order {order} are pending: settlement waits for all"),
          Map.entry(
              "TaskNotInSlot", "task {index} is not in the slot: it has {count} from {first} on"),
          Map.entry(
              "AlreadyChallenged",
              "task {index} in slot {slot} of order {order} was challenged already"),
          Map.entry(
              "WrongChallengeState",
              "the challenge of task {index} in slot {slot} of order {order} is {state:challenge}"),
          Map.entry(
              "BadLeaf",
              "leaf and path of task {index} do not lead to the result of slot {slot} of order {order}"),
          Map.entry("JuryLive", "the jury's order {jury} is still live"),
          Map.entry("NoSuchOperator", "there is no operator {operatorId}"),
          Map.entry(
              "BadVoucher", "the voucher is not {consumer}'s signature for operator {operatorId}"),
          Map.entry(
              "VoucherSpent",
              "the voucher is for {total:hke} in all, {redeemed:hke} were claimed already"),
          Map.entry("TabTooSmall", "the tab holds {available:hke}, {required:hke} are claimed"),
          Map.entry("TabEmpty", "nothing is left on the tab with operator {operatorId}"),
          Map.entry(
              "TabNotClosing", "the tab with operator {operatorId} is not closing: close it first"),
          Map.entry("UnknownMandate", "there is no mandate {mandate}"),
          Map.entry(
              "NotMandateOwner", "only the mandate's owner {owner} may do this, not {caller}"),
          Map.entry("NotAgent", "only the mandate's agent {agent} may do this, not {caller}"),
          Map.entry("MandateOver", "the mandate {mandate} was revoked or is over"),
          Map.entry(
              "BadPeriod",
              "a mandate may end between now and {latest:time} and after its start {from:time}, not {until:time}"),
          Map.entry(
              "NotInMandate", "the template {template} is not one of those of mandate {mandate}"),
          Map.entry(
              "NotOwnersTemplate",
              "the template orders for {consumer}, but the mandate is {owner}'s"),
          Map.entry("WrongNumber", "the template's next order is number {expected}, not {given}"),
          Map.entry(
              "TemplateUsedUp",
              "the template {template} was ordered as often as mandate {mandate} allows: {uses} uses"),
          Map.entry(
              "BudgetTooSmall",
              "mandate {mandate} has {available:hke} left, {required:hke} are needed: fund it"),
          Map.entry("TooManyBindings", "a template binds at most {limit} inputs, not {given}"),
          Map.entry(
              "NoResult",
              "the predecessor's order {order} has no result yet, or not for all of its tasks"),
          Map.entry(
              "NotLastOrder",
              "{given} is not the template's last order under this mandate, which is {last}"),
          Map.entry("OrderStillLive", "the order {order} is still live"),
          Map.entry("AlreadyRecovered", "what the order {order} gave back is in the budget again"),
          Map.entry(
              "BadSlots",
              "slots are at least {minSlots} and at most {maxSlots}: an order has 1 to {limit} in all, a volume one or more from the start"),
          Map.entry(
              "BadControllers",
              "a standby, a takeover time or an hourly limit without a primary controller"),
          Map.entry(
              "BadVolume",
              "a volume wants distinct operators, a quota and a draw; what has no epochs wants none of draw and repair"),
          Map.entry(
              "BondTooSmall",
              "the bond is {bond:hke}: a replica that keeps nothing could earn {required:hke} before it is evicted"),
          Map.entry("ZeroPrice", "a lease costs at least 1 wei per second"),
          Map.entry("LeaseOver", "the lease order {order} was over at {endedAt:time}"),
          Map.entry(
              "LeaseNotOver",
              "the lease order {order} is funded, and its term runs, to {endsAt:time}"),
          Map.entry("WrongLeaseSlot", "slot {slot} of lease order {order} is {state:lease}"),
          Map.entry(
              "Underfunded",
              "the escrow of lease order {order} is {available:hke}, {required:hke} are needed: top it up"),
          Map.entry(
              "NotSeller",
              "{caller} is neither the node of this lease nor the owner of operator {operatorId}"),
          Map.entry(
              "AlreadyNoticed",
              "slot {slot} of lease order {order} may be left from {leaveAt:time} on"),
          Map.entry("NotNoticed", "nobody gave notice for slot {slot} of lease order {order}"),
          Map.entry(
              "BadResize",
              "the change of slot {slot} of lease order {order} is not signed by {side} as it stands now"),
          Map.entry(
              "NotController",
              "{caller} is neither consumer nor controller, and no slot is missing"),
          Map.entry(
              "StaleScale",
              "the step names number {scaleSeq}, the current one is {current}: look again"),
          Map.entry(
              "OverHourlyLimit",
              "the slots could cost {required:hke} an hour, controllers may go to {limit:hke}"),
          Map.entry("BelowMinimum", "{slots} slots would be left, controllers keep {minSlots}"),
          Map.entry(
              "EpochsUndecided",
              "slot {slot} of lease order {order} is decided up to {paidUntil:time} only: claim first"),
          Map.entry(
              "BelowQuota", "{diskMib} MiB are less than the volume's quota of {quotaMib} MiB"),
          Map.entry(
              "NeverProven",
              "the replica in slot {slot} of volume {order} has not proven possession yet"),
          Map.entry("VolumeNotLive", "there is no live volume {volume}"),
          Map.entry(
              "StaleAnchor",
              "the anchor is number {seq}, the next of volume {volume} is {expected}"),
          Map.entry(
              "OverQuota", "{leafCount} leaves are more than a quota of {quotaMib} MiB holds"),
          Map.entry(
              "BadAttestation",
              "who holds slot {slot} of volume {volume} has not signed this anchor"),
          Map.entry("NoMajority", "{signed} replicas of volume {volume} signed, {required} must"),
          Map.entry(
              "BadEndorsement",
              "neither the owner of volume {volume} nor its delegate signed anchor {seq}"),
          Map.entry(
              "ShrinkNotEndorsed",
              "volume {volume} would shrink from {previousCount} leaves to {leafCount}: its owner must endorse that"),
          Map.entry("NothingToDraw", "volume {volume} had no anchor when epoch {epoch} began"),
          Map.entry("AlreadyDrawn", "epoch {epoch} of volume {volume} was drawn already"),
          Map.entry("NotYetDrawn", "epoch {epoch} of volume {volume} was not drawn yet"),
          Map.entry("AlreadySealed", "epoch {epoch} of volume {volume} was sealed already"),
          Map.entry("SeedNotReady", "the seed is known from block {readyBlock} on, it is {when}"),
          Map.entry(
              "SeedLost",
              "nobody sealed the draw of epoch {epoch} of volume {volume} in time: the epoch pays nobody"),
          Map.entry("NoReplica", "nobody holds slot {slot} of volume {volume}"),
          Map.entry(
              "AlreadyProven",
              "the replica in slot {slot} of volume {volume} has proven epoch {epoch} already"),
          Map.entry(
              "BadPossession",
              "the bytes are not the leaves that were drawn for slot {slot} of volume {volume}"),
          Map.entry(
              "NotFailed",
              "the replica in slot {slot} of volume {volume} did not fail in epoch {epoch}"),
          Map.entry("NoSuchFunction", "the contract has no function {selector}"),
          Map.entry("OperatorHoldsSlot", "operator {operatorId} already holds slot {slot}"),
          Map.entry("DrawNotReady", "the draw is known from block {readyBlock} on, it is {when}"),
          Map.entry("NotDrawn", "operator {operatorId} is not drawn for slot {slot} yet"),
          Map.entry("NotAssignee", "the slot belongs to node {nodeId}, not to {caller}"),
          Map.entry("FuelOverLimit", "the fuel {fuel} is above the order's limit {fuelLimit}"),
          Map.entry("ZeroRoot", "the result root is zero"),
          Map.entry("ZeroCommitment", "the commitment is zero"),
          Map.entry(
              "BadReceipt",
              "the receipt is not the consumer's signature for slot {slot} of order {order}"),
          Map.entry("BadReveal", "root, fuel and salt do not give the commitment of slot {slot}"),
          Map.entry("CommitsOpen", "commits of order {order} are still open"),
          Map.entry(
              "TooFewCommitted",
              "{committed} committed to order {order}, {quorum} are needed: settle it"),
          Map.entry("NothingOpen", "no slot of order {order} is open"),
          Map.entry(
              "CancelBreaksQuorum",
              "{taken} providers work on order {order}, {quorum} are needed: it can no longer be cancelled"),
          Map.entry("DemandPending", "a demand on slot {slot} is pending until {deadline:time}"),
          Map.entry("NoDemand", "there is no demand on slot {slot} of order {order}"),
          Map.entry("TooManyDemands", "slot {slot} of order {order} has had all {limit} demands"),
          Map.entry(
              "BadProof", "the proof is not the demanded leaf of slot {slot} of order {order}"),
          Map.entry(
              "TooLittleGasForCallback",
              "the consumer's callback needs {required} gas, {available} are left: send more"),
          Map.entry(
              "ERC20InsufficientBalance",
              "{sender} has {balance:hke}, {needed:hke} are needed: get more tokens"),
          Map.entry(
              "ERC20InsufficientAllowance",
              "{spender} may take {allowance:hke}, {needed:hke} are needed: approve more"),
          Map.entry("ERC2612ExpiredSignature", "the permit expired at {deadline:time}"),
          Map.entry("ERC2612InvalidSigner", "the permit was signed by {signer}, not by {owner}"));

  private Reverts() {}

  /// Decodes revert data. Never fails: what nobody knows becomes [Revert#UNKNOWN].
  public static Revert decode(Data data) {
    if (data.size() < 4) {
      return unknown(data);
    }
    Data selector = data.slice(0, 4);
    Data arguments = data.slice(4, data.size());
    try {
      if (selector.equals(ERROR)) {
        Fields fields = Abi.decode(ERROR_INPUTS, arguments);
        return new Revert(Revert.TEXT, plain(fields), fields.text("message"));
      }
      if (selector.equals(PANIC)) {
        Fields fields = Abi.decode(PANIC_INPUTS, arguments);
        return new Revert(
            Revert.PANIC,
            plain(fields),
            "the contract panicked with code 0x" + fields.number("code").toString(16));
      }
      Abi.Failure failure = FAILURES.get(selector);
      if (failure == null) {
        return unknown(data);
      }
      Map<String, Object> values = plain(Abi.decode(failure.inputs(), arguments));
      return new Revert(failure.name(), values, sentence(failure.name(), values));
    } catch (Abi.UnreadableException e) {
      return unknown(data);
    }
  }

  /// The typed form of a failed simulation of `call`.
  public static Reverted explain(Call call, ExecutionReverted e) {
    return new Reverted(call.what(), decode(e.data()), e);
  }

  private static Revert unknown(Data data) {
    String sentence =
        data.isEmpty()
            ? "the contract gave no reason: it may not be Hooke, or gas ran out"
            : "the contract gave a reason this program does not know: " + data;
    return new Revert(Revert.UNKNOWN, Map.of("data", data), sentence);
  }

  private static Map<String, Object> plain(Fields fields) {
    return Collections.unmodifiableMap(new LinkedHashMap<>(fields.values()));
  }

  private static String sentence(String name, Map<String, Object> values) {
    String template = SENTENCES.get(name);
    if (template == null) {
      String words = HUMP.matcher(name).replaceAll(" ").toLowerCase(Locale.ROOT);
      return values.isEmpty() ? words : words + " " + values;
    }
    Matcher matcher = PLACE.matcher(template);
    StringBuilder text = new StringBuilder();
    while (matcher.find()) {
      Object value = values.get(matcher.group(1));
      String kind = matcher.group(2);
      matcher.appendReplacement(
          text, Matcher.quoteReplacement(shown(String.valueOf(value), value, kind)));
    }
    return matcher.appendTail(text).toString();
  }

  private static String shown(String text, @Nullable Object value, @Nullable String kind) {
    if (value instanceof Bytes32 hash) {
      return hash.prefix(SHOWN_DIGITS);
    }
    if (kind == null || !(value instanceof BigInteger number)) {
      return text;
    }
    return switch (kind) {
      case "hke" -> new Wei(number).format("HKE");
      case "time" -> time(number);
      case "slot" -> constant(SlotState.values(), number);
      case "order" -> constant(OrderState.values(), number);
      case "mode" -> constant(Verification.values(), number);
      case "lease" -> constant(LeaseSlotState.values(), number);
      case "challenge" -> constant(ChallengeState.values(), number);
      default -> text;
    };
  }

  private static String time(BigInteger seconds) {
    try {
      return Instant.ofEpochSecond(seconds.longValueExact()).toString();
    } catch (ArithmeticException | DateTimeException e) {
      return seconds.toString();
    }
  }

  private static String constant(Enum<?>[] constants, BigInteger ordinal) {
    return ordinal.bitLength() < 31 && ordinal.intValue() < constants.length
        ? constants[ordinal.intValue()].name()
        : ordinal.toString();
  }

  /// Names of the errors that have a sentence of their own; for a test.
  static Map<String, String> sentences() {
    return SENTENCES;
  }

  private static Map<Data, Abi.Failure> failures() {
    Map<Data, Abi.Failure> failures = new LinkedHashMap<>(Artifact.TOKEN.abi().failures());
    failures.putAll(Artifact.HOOKE.abi().failures());
    return failures;
  }
}
