package hooke.chain.contract;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Call;
import hooke.chain.Data;
import hooke.chain.Keccak;
import hooke.chain.Signature;
import hooke.chain.Wei;
import hooke.chain.eip712.Domain;
import hooke.chain.rpc.At;
import hooke.chain.rpc.ChainClient;
import hooke.chain.rpc.ExecutionReverted;
import hooke.chain.rpc.LogEntry;
import hooke.chain.wallet.Wallet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The law's contract at one address. Methods that return a [Call] change state when that call is
/// sent (see `hooke.chain.tx`); they ask nobody and cannot fail. The others are views: they ask the
/// newest block and throw [hooke.chain.Reverted] when the law says no. Names and meanings are those
/// of the Solidity interfaces, where units, rounding and reverts are documented. [Leases],
/// [Volumes] and [Mandates] have the parts of the law that go beyond tasks.
public final class HookeContract {
  private static final Abi ABI = Artifact.HOOKE.abi();
  private static final List<Abi.Member> ORDER_ID =
      List.of(
          new Abi.Member("chainId", new Abi.Type.Int(256, false), false),
          new Abi.Member("contract", new Abi.Type.Account(), false),
          new Abi.Member("terms", LawCodec.termsType(), false));
  private static final List<Abi.Member> COMMITMENT =
      List.of(
          new Abi.Member("chainId", new Abi.Type.Int(256, false), false),
          new Abi.Member("contract", new Abi.Type.Account(), false),
          new Abi.Member("order", new Abi.Type.Fixed(32), false),
          new Abi.Member("slot", new Abi.Type.Int(8, false), false),
          new Abi.Member("operatorId", new Abi.Type.Int(32, false), false),
          new Abi.Member("root", new Abi.Type.Fixed(32), false),
          new Abi.Member("fuel", new Abi.Type.Int(64, false), false),
          new Abi.Member("salt", new Abi.Type.Fixed(32), false));

  private final ChainClient client;
  private final Address address;
  private final long chainId;

  /// Asks the chain for its id, nothing else.
  public HookeContract(ChainClient client, Address address) {
    this.client = client;
    this.address = address;
    this.chainId = client.chainId();
  }

  public Address address() {
    return address;
  }

  public long chainId() {
    return chainId;
  }

  /// Where receipts, access tokens and node consents are valid.
  public Domain domain() {
    return Domain.hooke(chainId, address);
  }

  // What needs no question.

  /// The order's id, before it is sent: `keccak256(abi.encode(chainId, contract, terms))`.
  public Bytes32 idOf(Terms terms) {
    return idOf(chainId, address, terms);
  }

  /// The id that these terms have with a contract on a chain.
  public static Bytes32 idOf(long chainId, Address contract, Terms terms) {
    return Keccak.hash(Abi.encode(ORDER_ID, List.of(chainId, contract, LawCodec.values(terms))));
  }

  /// What a provider commits to in QUORUM; `salt` is random and kept until the reveal.
  public Bytes32 commitmentOf(
      Bytes32 order, int slot, int operatorId, Bytes32 root, long fuel, Bytes32 salt) {
    return Keccak.hash(
        Abi.encode(
            COMMITMENT, List.of(chainId, address, order, slot, operatorId, root, fuel, salt)));
  }

  /// Decodes a log of this contract. Never fails: see [LawEvent.Unreadable].
  public LawEvent decode(LogEntry log) {
    return LawCodec.event(log);
  }

  /// Decodes those among `logs` that are this contract's.
  public List<LawEvent> decode(List<LogEntry> logs) {
    return logs.stream().filter(log -> log.address().equals(address)).map(LawCodec::event).toList();
  }

  // Vault.

  public Call deposit(Wei amount) {
    return call("deposit", amount);
  }

  /// Approval and deposit in one transaction.
  ///
  /// @param permit signature of [hooke.chain.eip712.Permit] in the token's domain, with this
  ///   contract as spender
  public Call depositWithPermit(Wei amount, long deadline, Signature permit) {
    return call("depositWithPermit", amount, deadline, permit.v(), permit.r(), permit.s());
  }

  public Call withdraw(Wei amount) {
    return call("withdraw", amount);
  }

  /// Several calls of this contract in one transaction: all or nothing.
  public Call multicall(List<Call> calls) {
    for (Call each : calls) {
      if (!each.to().equals(address) || !each.value().isZero()) {
        throw new IllegalArgumentException(each.what() + " is not a plain call of this contract");
      }
    }
    String what = String.join("+", calls.stream().map(Call::what).toList());
    return Call.of(what, address, ABI.encode("multicall", calls.stream().map(Call::data).toList()));
  }

  // Providers.

  /// Registers a node, and at first its operator.
  ///
  /// @param consent signature of [hooke.chain.eip712.NodeConsent] by the node key
  public Call register(NodeProfile profile, Data consent) {
    return call("register", LawCodec.values(profile), consent);
  }

  public Call update(NodeProfile profile) {
    return call("update", LawCodec.values(profile));
  }

  public Call retire(Address nodeKey) {
    return call("retire", nodeKey);
  }

  public Call stake(Wei amount) {
    return call("stake", amount);
  }

  public Call unbond(Wei amount) {
    return call("unbond", amount);
  }

  public Call withdrawStake() {
    return call("withdrawStake");
  }

  // Tasks.

  public Call order(Terms terms) {
    return call("order", LawCodec.values(terms));
  }

  public Call bid(Terms terms, int slot, long price) {
    return call("bid", LawCodec.values(terms), slot, price);
  }

  /// ATTENDED: delivers a slot's result.
  ///
  /// @param receipt the consumer's signature, or empty
  public Call deliver(Terms terms, int slot, Bytes32 root, long fuel, Data receipt) {
    return call("deliver", LawCodec.values(terms), slot, root, fuel, receipt);
  }

  public Call commit(Terms terms, int slot, Bytes32 commitment) {
    return call("commit", LawCodec.values(terms), slot, commitment);
  }

  /// QUORUM: opens a slot's commitment.
  ///
  /// @param receipt the consumer's signature, or empty
  public Call reveal(Terms terms, int slot, Bytes32 root, long fuel, Bytes32 salt, Data receipt) {
    return call("reveal", LawCodec.values(terms), slot, root, fuel, salt, receipt);
  }

  public Call refuse(Terms terms, int slot) {
    return call("refuse", LawCodec.values(terms), slot);
  }

  public Call settle(Terms terms) {
    return call("settle", LawCodec.values(terms));
  }

  /// Gives the receipt after delivery; anyone who holds one.
  ///
  /// @param receipt the consumer's signature; empty when the consumer itself sends this
  public Call acknowledge(Terms terms, int slot, Data receipt) {
    return call("acknowledge", LawCodec.values(terms), slot, receipt);
  }

  public Call release(Terms terms, int slot) {
    return call("release", LawCodec.values(terms), slot);
  }

  public Call miss(Terms terms, int slot) {
    return call("miss", LawCodec.values(terms), slot);
  }

  /// Gives a slot back before its deadline, at a part of the bond that grows with the time it was
  /// held; its node only.
  public Call giveUp(Terms terms, int slot) {
    return call("giveUp", LawCodec.values(terms), slot);
  }

  public Call cancel(Terms terms) {
    return call("cancel", LawCodec.values(terms));
  }

  public Call expire(Terms terms) {
    return call("expire", LawCodec.values(terms));
  }

  public Call demand(Terms terms, int slot) {
    return call("demand", LawCodec.values(terms), slot);
  }

  public Call answer(Terms terms, int slot, LeafProof proof) {
    return call("answer", LawCodec.values(terms), slot, LawCodec.values(proof));
  }

  public Call forfeit(Terms terms, int slot) {
    return call("forfeit", LawCodec.values(terms), slot);
  }

  // Arrays.

  /// Delivers only the first `count` tasks of a slot; the others become a slot of their own.
  public Call deliverPart(Terms terms, int slot, int count, Bytes32 root, long fuel) {
    return call("deliverPart", LawCodec.values(terms), slot, count, root, fuel);
  }

  /// Settles one slot whose window is over. [#settle] does it for slot 0.
  public Call settleSlot(Terms terms, int slot) {
    return call("settleSlot", LawCodec.values(terms), slot);
  }

  /// Answers a demand on a slot of many tasks.
  ///
  /// @param fuel the demanded task's own
  /// @param path from the task's leaf to the slot's root; see [SumTree]
  public Call answerWithin(
      Terms terms, int slot, LeafProof proof, long fuel, List<SumTree.Sum> path) {
    return call(
        "answerWithin",
        LawCodec.values(terms),
        slot,
        LawCodec.values(proof),
        fuel,
        LawCodec.values(path));
  }

  // Challenges.

  /// OPTIMISTIC: challenges the result of one task, with a bond of [Terms#challengeBond].
  public Call challenge(Terms terms, int slot, int index) {
    return call("challenge", LawCodec.values(terms), slot, index);
  }

  /// Publishes the leaf of a challenged task, which calls the jury; anyone.
  ///
  /// @param path from the leaf to the slot's root; see [SumTree]
  public Call publish(
      Terms terms, int slot, int index, PublishedLeaf leaf, List<SumTree.Sum> path) {
    return call(
        "publish",
        LawCodec.values(terms),
        slot,
        index,
        LawCodec.values(leaf),
        LawCodec.values(path));
  }

  /// Ends a challenge whose leaf was not published in time, or whose jury's order has closed;
  /// anyone.
  public Call conclude(Terms terms, int slot, int index) {
    return call("conclude", LawCodec.values(terms), slot, index);
  }

  // Tabs.

  /// Locks more for vouchers to one operator.
  public Call openTab(int operatorId, Wei amount) {
    return call("openTab", operatorId, amount);
  }

  /// Claims a voucher; anyone, the pay goes to the operator's owner.
  ///
  /// @param signature of [hooke.chain.eip712.Voucher] by the consumer
  public Call redeem(Address consumer, int operatorId, Wei total, Data signature) {
    return call("redeem", consumer, operatorId, total, signature);
  }

  public Call closeTab(int operatorId) {
    return call("closeTab", operatorId);
  }

  /// Frees what is left of a tab whose notice is over; anyone.
  public Call reclaimTab(Address consumer, int operatorId) {
    return call("reclaimTab", consumer, operatorId);
  }

  // Views.

  /// Where the code of each of [CreationCode#PARTS] is that this contract runs, in their order.
  public List<Address> parts() {
    Fields f = view("parts");
    return CreationCode.PARTS.stream()
        .map(part -> f.address(part.toLowerCase(Locale.ROOT)))
        .toList();
  }

  /// The token everything is paid in.
  public Address token() {
    return view("token").address("0");
  }

  public Account accountOf(Address account) {
    Fields f = view("accountOf", account).struct("0");
    return new Account(f.wei("free"), f.wei("locked"));
  }

  public Wei burned() {
    return view("burned").wei("0");
  }

  public Wei totalStake() {
    return view("totalStake").wei("0");
  }

  /// Operators ever registered; their ids run from 1 to this.
  public int operatorCount() {
    return view("counts").int32("operators");
  }

  /// Nodes ever registered; their ids run from 1 to this.
  public int nodeCount() {
    return view("counts").int32("nodes");
  }

  /// Id of the operator that `owner` owns; 0 when none.
  public int operatorIdOf(Address owner) {
    return view("operatorIdOf", owner).int32("0");
  }

  public Operator operatorOf(int operatorId) {
    Fields f = view("operatorOf", operatorId).struct("0");
    return new Operator(
        f.address("owner"),
        f.int64("sinceBlock"),
        f.wei("stake"),
        f.wei("bonded"),
        f.wei("unbonding"),
        f.int64("unbondAt"),
        gwei(f, "keptGwei"),
        gwei(f, "brokenGwei"),
        gwei(f, "refusedGwei"));
  }

  public Node nodeOf(Address key) {
    Fields f = view("nodeOf", key).struct("0");
    return new Node(f.int32("nodeId"), f.int32("operatorId"), f.flag("active"));
  }

  /// The order; its state is [OrderState#NONE] when unknown.
  public Order orderOf(Bytes32 order) {
    Fields f = view("orderOf", order).struct("0");
    return new Order(
        f.constant("state", OrderState.class),
        f.int64("createdBlock"),
        f.int64("createdAt"),
        f.int64("commitsClosedAt"),
        f.int32("open"),
        f.int32("assigned"),
        f.int32("committed"),
        f.int32("revealed"),
        f.flag("cancelled"),
        f.flag("callback"),
        f.flag("hasResult"),
        f.int32("resultSlot"));
  }

  public Slot slotOf(Bytes32 order, int slot) {
    Fields f = view("slotOf", order, slot).struct("0");
    return new Slot(
        f.constant("state", SlotState.class),
        f.int32("operatorId"),
        f.int32("nodeId"),
        f.int64("price"),
        f.int64("fuel"),
        f.int64("deadline"),
        f.flag("receipted"),
        f.bytes32("root"));
  }

  public Demand demandOf(Bytes32 order, int slot) {
    Fields f = view("demandOf", order, slot).struct("0");
    return new Demand(f.number("seed"), f.int64("deadline"), f.int32("count"), f.flag("pending"));
  }

  /// The tasks that a slot owns now, and its bond.
  public TaskRange rangeOf(Terms terms, int slot) {
    Fields f = view("rangeOf", LawCodec.values(terms), slot).struct("0");
    return new TaskRange(f.int32("first"), f.int32("count"), f.wei("bond"));
  }

  /// How many slots the order has, those that partial deliveries added too.
  public int slotsOf(Terms terms) {
    return view("slotsOf", LawCodec.values(terms)).int32("0");
  }

  /// The challenge of one task; its state is [ChallengeState#NONE] when there is none.
  public Challenge challengeOf(Bytes32 order, int slot, int index) {
    Fields f = view("challengeOf", order, slot, index).struct("0");
    return new Challenge(
        f.address("challenger"),
        f.constant("state", ChallengeState.class),
        f.int64("deadline"),
        f.int32("attempt"),
        f.bytes32("leaf"));
  }

  public Dispute disputeOf(Bytes32 order, int slot) {
    Fields f = view("disputeOf", order, slot).struct("0");
    return new Dispute(f.int32("pending"), f.flag("voided"), f.wei("pot"));
  }

  /// The terms of the jury of a challenge.
  ///
  /// @param attempt 1 or 2
  public Terms juryTermsOf(Terms terms, int slot, int index, int attempt) {
    return LawCodec.terms(
        view("juryTermsOf", LawCodec.values(terms), slot, index, attempt).struct("0"));
  }

  /// The root that a juror reveals, with fuel 0, when it cannot fetch program or inputs.
  public Bytes32 unavailable() {
    return view("UNAVAILABLE").bytes32("0");
  }

  public Tab tabOf(Address consumer, int operatorId) {
    Fields f = view("tabOf", consumer, operatorId).struct("0");
    return new Tab(f.wei("balance"), f.wei("redeemed"), f.int64("closesAt"));
  }

  /// Empty while the order is not settled with a result. Of an order of several ranges: the one
  /// that settled last.
  public Optional<Result> resultOf(Bytes32 order) {
    Fields f = view("resultOf", order);
    return f.flag("settled")
        ? Optional.of(new Result(f.bytes32("root"), f.int64("fuel")))
        : Optional.empty();
  }

  /// The live order that holds the consumer's exclusive key.
  public Optional<Bytes32> holderOf(Address consumer, Bytes32 exclusiveKey) {
    Bytes32 order = (Bytes32) view("holderOf", consumer, exclusiveKey).first();
    return order.isZero() ? Optional.empty() : Optional.of(order);
  }

  /// Highest price that a bid at unix second `at` may have.
  public long acceptablePrice(Terms terms, long at) {
    return view("acceptablePrice", LawCodec.values(terms), at).int64("0");
  }

  /// Whether the operator would pass the draw at unix second `at`, in the block being built: the
  /// first one whose bids see the seed.
  public boolean isDrawn(Terms terms, int slot, int operatorId, long at) {
    return view(At.PENDING, "isDrawn", LawCodec.values(terms), slot, operatorId, at).flag("0");
  }

  /// Whether the law would take `signature` over `digest` as the account's: the signature of its
  /// own key, which nobody is asked about, or one that the contract at its address stands by
  /// (ERC-1271). What a contract says may change from block to block.
  public boolean isSignedBy(Address account, Bytes32 digest, Data signature) {
    return isSignedByKey(account, digest, signature)
        || ContractSignature.isValid(client, account, digest, signature);
  }

  /// Whether `signature` is that of the account's own key, in the form that the law takes. Such a
  /// one stays good for ever, which the word of a contract need not.
  public static boolean isSignedByKey(Address account, Bytes32 digest, Data signature) {
    // The law's recovery knows 27 and 28 alone.
    boolean asTheLawReads = signature.size() == Signature.SIZE && signature.bytes()[64] >= 27;
    return asTheLawReads && Wallet.recover(digest, signature).filter(account::equals).isPresent();
  }

  /// One of the constants that this deployment was compiled with, which cannot change.
  ///
  /// @param name as on the interfaces, e.g. `UNBOND_SECONDS`
  public long constant(String name) {
    return view(name).int64("0");
  }

  Call call(String function, Object... arguments) {
    return Call.of(function, address, ABI.encode(function, arguments));
  }

  Fields view(String function, Object... arguments) {
    return view(At.LATEST, function, arguments);
  }

  private Fields view(At at, String function, Object... arguments) {
    Call call = call(function, arguments);
    try {
      return ABI.result(function, client.call(call, Address.ZERO, at));
    } catch (ExecutionReverted e) {
      throw Reverts.explain(call, e);
    } catch (Abi.UnreadableException e) {
      throw Views.notThere(client, address, function, e);
    }
  }

  private static Wei gwei(Fields fields, String name) {
    return fields.wei(name).times(1_000_000_000L);
  }
}
