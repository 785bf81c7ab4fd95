import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { encodeFunctionData, getAddress, keccak256, encodeAbiParameters, type Hex } from "viem";

import { leafHash, pathTo, published, treeOf, type Leaf } from "./sumtree.ts";
import * as T from "./world.ts";
import { CAP, FUEL, ONE, OPTIMISTIC, OTHER_ROOT, PAY, ROOT, SALT, ZERO, world, type World } from "./world.ts";

const [JUDGING, FAILED, UPHELD, VOIDED] = [2, 3, 4, 5];
/** Of a challenge: twice a jury's escrow. */
const STAKED = 6n * CAP;
const leaf = (index: number, change: Partial<Leaf> = {}): Leaf => ({
  index, outcome: 0, exitCode: 0, fuel: FUEL + BigInt(index), size: 10n, outputRoot: ROOT, ...change,
});
const leavesOf = (first: number, count: number) => Array.from({ length: count }, (_, i) => leaf(first + i));

/** A world in which provider 0 sells and providers 1 to 5 judge; provider 6 challenges. */
async function court() {
  const w = await world(7);
  const [seller, ...others] = w.providers;
  const jurors = others.slice(0, 5);
  const challenger = w.providers[6];
  await w.fund(challenger.owner.account.address, 1000n * ONE);
  await w.fund(seller.owner.account.address, 1000n * ONE);
  await w.hooke.write.stake([1000n * ONE], { account: seller.owner.account });
  const by = { account: challenger.owner.account };
  const byStranger = { account: w.stranger.account };
  const unavailable = await w.hooke.read.UNAVAILABLE();

  /** An order of `count` tasks in one slot, delivered with these leaves' root. */
  const delivered = async (count: number, leaves = leavesOf(0, count), change: Partial<T.Terms> = {}) => {
    const t = w.terms({ mode: OPTIMISTIC, tasks: count, runSeconds: 60, ...change });
    const id = await w.order(t);
    await w.hooke.write.bid([t, 0, t.maxPrice], { account: seller.key.account });
    const { hash, fuel } = treeOf(leaves);
    await w.hooke.write.deliver([t, 0, hash, fuel, "0x"], { account: seller.key.account });
    return { t, id, leaves };
  };
  const challenge = (t: T.Terms, index: number, slot = 0) => w.hooke.write.challenge([t, slot, index], by);
  const publish = (t: T.Terms, leaves: Leaf[], index: number, slot = 0) => {
    const position = index - leaves[0].index;
    return w.hooke.write.publish([t, slot, index, published(leaves[position]), pathTo(leaves, position)], byStranger);
  };
  const conclude = (t: T.Terms, index: number, slot = 0) => w.hooke.write.conclude([t, slot, index], byStranger);
  const juryOf = async (t: T.Terms, index: number, attempt = 1, slot = 0) => {
    const terms = (await w.hooke.read.juryTermsOf([t, slot, index, attempt])) as T.Terms;
    return { terms, id: await w.hooke.read.idOf([terms]) };
  };
  /** Jurors say these roots, in order; undefined commits and never reveals. */
  const judge = async (jury: { terms: T.Terms; id: Hex }, roots: (Hex | undefined)[], fuels: bigint[] = []) => {
    await w.networkHelpers.mine(2);
    await w.pass(72);
    const fuelOf = (i: number) => fuels[i] ?? (roots[i] === unavailable ? 0n : FUEL);
    for (const [i] of roots.entries()) {
      await w.hooke.write.bid([jury.terms, i, jury.terms.maxPrice], { account: jurors[i].key.account });
    }
    for (const [i, root] of roots.entries()) {
      const commitment = w.commitment(jury.id, i, jurors[i].id, root ?? ROOT, fuelOf(i), SALT);
      await w.hooke.write.commit([jury.terms, i, commitment], { account: jurors[i].key.account });
    }
    if (roots.length < 3) await w.pass(900);
    for (const [i, root] of roots.entries()) {
      if (root) await w.hooke.write.reveal([jury.terms, i, root, fuelOf(i), SALT, "0x"], { account: jurors[i].key.account });
    }
    if (roots.some((root) => !root)) {
      await w.pass(700);
      await w.hooke.write.settle([jury.terms], byStranger);
    }
  };
  const free = async (a: Hex) => (await w.hooke.read.accountOf([a])).free;
  const wealth = async (a: Hex) => {
    const { free, locked } = await w.hooke.read.accountOf([a]);
    return free + locked;
  };
  const state = async (id: Hex, slot = 0) => (await w.hooke.read.slotOf([id, slot])).state;
  const challengeState = async (id: Hex, index: number, slot = 0) => (await w.hooke.read.challengeOf([id, slot, index])).state;
  const money = async () => {
    assert.equal(await w.owed(), await w.holds());
    // Nothing stays behind in the contract's own account.
    assert.deepEqual(await w.hooke.read.accountOf([w.hooke.address]), { free: 0n, locked: 0n });
  };
  return {
    ...w, seller, jurors, challenger, by, byStranger, unavailable, delivered, challenge, publish, conclude, juryOf, judge, free, wealth, state,
    challengeState, money,
  };
}
type Court = Awaited<ReturnType<typeof court>>;

describe("OPTIMISTIC", () => {
  let w: Court;
  const fails: World["fails"] = (...claim) => w.fails(...claim);
  before(async () => {
    w = await court();
  });
  const operator = () => w.hooke.read.operatorOf([w.seller.id]);
  const owner = () => w.seller.owner.account.address;
  const challengerAddress = () => w.challenger.owner.account.address;

  it("settlesBySilenceAndFreesTheBondWithTheRest", async () => {
    const { t, id } = await w.delivered(1);
    assert.equal((await operator()).bonded, 7n * CAP, "the task's cap and twice a jury's escrow");
    assert.equal(await w.hooke.read.bondOf([t]), 7n * CAP);
    assert.equal(await w.hooke.read.challengeBondOf([t]), STAKED);
    await fails(w.hooke.write.refuse([t, 0]), "WrongVerification", [OPTIMISTIC]);
    const { deadline } = await w.hooke.read.slotOf([id, 0]);
    const at = await w.next(BigInt(deadline));
    await fails(w.hooke.write.settle([t], w.byStranger), "TooEarly", [at + 1n, at]);
    await w.next(at + 1n);
    await w.hooke.write.settle([t], w.byStranger);
    assert.equal(await w.state(id), T.SETTLED);
    await w.pass(3601);
    await w.hooke.write.release([t, 0], w.byStranger);
    assert.equal((await operator()).bonded, 0n);
    await w.money();
  });

  it("aReceiptIsTheConsumersWordThatItNeedsNoChallenge", async () => {
    const { t, id } = await w.delivered(1);
    const { root, fuel } = await w.hooke.read.slotOf([id, 0]);
    await w.hooke.write.acknowledge([t, 0, await w.receipt(id, 0, root, fuel)], w.byStranger);
    assert.equal(await w.state(id), T.RELEASED);
    await fails(w.challenge(t, 0), "WrongSlotState", [id, 0, T.RELEASED]);
    assert.deepEqual(await w.hooke.read.resultOf([id]), [true, root, fuel]);
    assert.equal((await operator()).bonded, 0n);
  });

  it("takesAChallengeOnlyInTimeOfATaskThatIsThereOnceByWhoCanBondIt", async () => {
    const { t, id, leaves } = await w.delivered(5);
    await fails(w.challenge(t, 5), "TaskNotInSlot", [5, 0, 5]);
    await fails(w.challenge(t, 0, 1), "NoSuchSlot", [1, 1]);
    const poor = getAddress(w.stranger.account.address);
    await fails(w.hooke.write.challenge([t, 0, 0], w.byStranger), "InsufficientFree", [poor, STAKED, 0n]);
    const before = await w.hooke.read.accountOf([challengerAddress()]);
    await w.challenge(t, 4);
    const after = await w.hooke.read.accountOf([challengerAddress()]);
    assert.deepEqual([before.free - after.free, after.locked - before.locked], [STAKED, STAKED]);
    await fails(w.challenge(t, 4), "AlreadyChallenged", [id, 0, 4]);
    assert.deepEqual(await w.hooke.read.disputeOf([id, 0]), { pending: 1, voided: false, pot: 0n });
    assert.equal((await w.hooke.read.challengeOf([id, 0, 4])).challenger, getAddress(challengerAddress()));

    const { deadline } = await w.hooke.read.slotOf([id, 0]);
    const late = await w.next(BigInt(deadline) + 1n);
    await fails(w.challenge(t, 3), "TooLate", [BigInt(deadline), late]);
    await fails(w.hooke.write.settle([t]), "ChallengesPending", [id, 0, 1]);
    await fails(w.conclude(t, 3), "WrongChallengeState", [id, 0, 3, 0]);
    await w.pass(601);
    await w.conclude(t, 4);

    const a = w.terms();
    await w.order(a);
    await fails(w.challenge(a, 0), "WrongVerification", [T.ATTENDED]);
    const b = w.terms({ mode: OPTIMISTIC });
    const bid = await w.order(b);
    await fails(w.challenge(b, 0), "WrongSlotState", [bid, 0, T.OPEN]);
    await w.hooke.write.cancel([a]);
    await w.hooke.write.cancel([b]);
    const u = w.terms({ mode: OPTIMISTIC });
    const unknown = await w.hooke.read.idOf([u]);
    await fails(w.challenge(u, 0), "UnknownOrder", [unknown]);
    await fails(w.publish(u, leaves, 0), "UnknownOrder", [unknown]);
    await fails(w.conclude(u, 0), "UnknownOrder", [unknown]);
  });

  it("losesPayAndBondWhenTheLeafIsNotPublishedInTime", async () => {
    const { t, id } = await w.delivered(3);
    await w.challenge(t, 1);
    const { deadline } = await w.hooke.read.challengeOf([id, 0, 1]);
    const { timestamp } = await w.client.getBlock();
    assert.equal(BigInt(deadline), timestamp + 600n, "as long as a jury has, although the order's window is shorter");
    const consumer = await w.wealth(t.consumer);
    const seller = await operator();
    const burned = await w.hooke.read.burned();
    const challenger = await w.free(challengerAddress());
    const at = await w.next(BigInt(deadline));
    await fails(w.conclude(t, 1), "TooEarly", [at + 1n, at]);
    await w.next(at + 1n);
    await w.conclude(t, 1);
    assert.equal(await w.state(id), T.DISPROVED);
    assert.equal(await w.challengeState(id, 1), UPHELD);
    assert.equal(await w.wealth(t.consumer), consumer, "the escrow is the consumer's again");
    assert.equal(seller.stake - (await operator()).stake, 9n * CAP, "three tasks and the jury's part");
    assert.equal((await w.hooke.read.burned()) - burned, 9n * CAP);
    assert.equal((await w.free(challengerAddress())) - challenger, STAKED);
    assert.equal((await w.hooke.read.orderOf([id])).state, 2);
    await fails(w.conclude(t, 1), "WrongChallengeState", [id, 0, 1, UPHELD]);
    await w.money();
  });

  it("takesOnlyTheLeafThatIsInTheTree", async () => {
    const { t, id, leaves } = await w.delivered(4);
    await fails(w.publish(t, leaves, 2), "WrongChallengeState", [id, 0, 2, 0]);
    await w.challenge(t, 2);
    const publish = (l: Leaf, path = pathTo(leaves, 2)) => w.hooke.write.publish([t, 0, 2, published(l), path]);
    for (const change of [{ fuel: FUEL }, { outcome: 1 }, { exitCode: 1 }, { size: 11n }, { outputRoot: OTHER_ROOT }]) {
      await fails(publish({ ...leaves[2], ...change }), "BadLeaf", [id, 0, 2]);
    }
    await fails(publish(leaves[1], pathTo(leaves, 1)), "BadLeaf", [id, 0, 2]);
    await fails(publish(leaves[2], []), "BadLeaf", [id, 0, 2]);
    await fails(w.hooke.write.publish([t, 1, 2, published(leaves[2]), []]), "NoSuchSlot", [1, 1]);
    await w.publish(t, leaves, 2);
    await fails(w.publish(t, leaves, 2), "WrongChallengeState", [id, 0, 2, JUDGING]);
    const jury = await w.juryOf(t, 2);
    await fails(w.conclude(t, 2), "JuryLive", [jury.id]);
    await w.judge(jury, [leafHash(leaves[2]), leafHash(leaves[2]), leafHash(leaves[2])]);
    await w.conclude(t, 2);
    await w.pass(100);
    await w.hooke.write.settle([t]);
    await w.hooke.write.acknowledge([t, 0, "0x"]);
    await w.money();
  });

  it("aLeafWithMoreFuelThanOneTaskMayHaveCannotBePublishedNorALateOne", async () => {
    const greedy = [leaf(0, { fuel: 10n }), leaf(1, { fuel: 1_500_000_000_000n })];
    const { t, id } = await w.delivered(2, greedy);
    await w.challenge(t, 1);
    await fails(w.publish(t, greedy, 1), "BadLeaf", [id, 0, 1]);
    const { deadline } = await w.hooke.read.challengeOf([id, 0, 1]);
    const late = await w.next(BigInt(deadline) + 1n);
    await fails(w.publish(t, greedy, 1), "TooLate", [BigInt(deadline), late]);
    await w.conclude(t, 1);
    assert.equal(await w.state(id), T.DISPROVED);
  });

  it("aWrongChallengePaysTheJuryAndLosesTheRest", async () => {
    const { t, id, leaves } = await w.delivered(4, leavesOf(0, 4), { minStake: ONE });
    const challenger = await w.wealth(challengerAddress());
    await w.challenge(t, 3);
    await w.publish(t, leaves, 3);
    const jury = await w.juryOf(t, 3);
    const { terms } = jury;
    assert.deepEqual(
      [terms.runSeconds, terms.windowSeconds, terms.minStake, terms.consumer, terms.tasks, terms.nonce, terms.mode, terms.quorum, terms.slots, terms.startPrice, terms.maxPrice, terms.originA],
      [600, 600, 0n, getAddress(w.hooke.address), 1, 256n * 3n + 1n, T.QUORUM, 2, 3, t.maxPrice, t.maxPrice, w.seller.id],
    );
    assert.equal(
      terms.exclusiveKey,
      keccak256(encodeAbiParameters([{ type: "bytes32" }, { type: "uint8" }, { type: "uint32" }], [id, 0, 3])),
    );
    assert.equal(await w.hooke.read.holderOf([w.hooke.address, terms.exclusiveKey]), jury.id);
    const burned = await w.hooke.read.burned();
    const juror = await w.free(w.jurors[0].owner.account.address);
    const hash = leafHash(leaves[3]);
    await w.judge(jury, [hash, hash, OTHER_ROOT]);
    const pay = (FUEL * terms.maxPrice) / 1_000_000n;
    assert.equal((await w.free(w.jurors[0].owner.account.address)) - juror, pay, "a juror is paid whole at once");
    await w.conclude(t, 3);
    assert.equal(await w.challengeState(id, 3), FAILED);
    assert.equal(challenger - (await w.wealth(challengerAddress())), STAKED);
    // The rest of the challenger's bond, and the bond of the juror who lied.
    assert.equal((await w.hooke.read.burned()) - burned, STAKED - 2n * pay + CAP);
    assert.equal(await w.state(id), T.DELIVERED);
    await w.pass(100);
    await w.hooke.write.settle([t], w.byStranger);
    assert.equal(await w.state(id), T.SETTLED);
    await w.hooke.write.acknowledge([t, 0, "0x"]);
    await w.money();
  });

  it("aLieCostsPayAndBondAndTheJuryIsRepaidFromLessThanHalf", async () => {
    const { t, id, leaves } = await w.delivered(1);
    const burned = await w.hooke.read.burned();
    const stake = (await operator()).stake;
    const challenger = await w.wealth(challengerAddress());
    const consumer = await w.wealth(t.consumer);
    // The challenger knows the path: challenge and publication in one batch.
    const { abi } = w.hooke;
    await w.hooke.write.multicall([[
      encodeFunctionData({ abi, functionName: "challenge", args: [t, 0, 0] }),
      encodeFunctionData({ abi, functionName: "publish", args: [t, 0, 0, published(leaves[0]), []] }),
    ]], w.by);
    const truth = leafHash(leaf(0, { exitCode: 1 }));
    await w.judge(await w.juryOf(t, 0), [truth, truth, truth]);
    await w.conclude(t, 0);
    const pay = (FUEL * t.maxPrice) / 1_000_000n;
    assert.equal(await w.state(id), T.DISPROVED);
    assert.equal(await w.wealth(challengerAddress()), challenger, "neither richer nor poorer");
    assert.equal(stake - (await operator()).stake, 7n * CAP);
    assert.equal((await w.hooke.read.burned()) - burned, 7n * CAP - 3n * pay);
    assert.equal(await w.wealth(t.consumer), consumer);
    assert.equal((await w.hooke.read.resultOf([id]))[0], false);
    await fails(w.hooke.write.settle([t]), "OrderNotLive", [id, 2]);
    await w.money();
  });

  it("parallelChallengesGoOnAfterOneHasWonAndSettlementWaitsForAll", async () => {
    const { t, id, leaves } = await w.delivered(10);
    const wealth = await w.wealth(challengerAddress());
    for (const index of [0, 1, 2]) await w.challenge(t, index);
    for (const index of [0, 1, 2]) await w.publish(t, leaves, index);
    const truth = (index: number, lied: boolean) => leafHash(lied ? leaf(index, { size: 1n }) : leaves[index]);
    const burned = await w.hooke.read.burned();
    const pay = (FUEL * t.maxPrice) / 1_000_000n;
    for (const [index, lied] of [[0, true], [1, false], [2, true]] as const) {
      const v = truth(index, lied);
      await w.judge(await w.juryOf(t, index), [v, v, v]);
    }
    await w.conclude(t, 0);
    assert.equal(await w.state(id), T.DISPROVED);
    const kept = (16n * CAP) / 2n - 3n * pay;
    assert.deepEqual(await w.hooke.read.disputeOf([id, 0]), { pending: 2, voided: false, pot: kept });
    await fails(w.challenge(t, 5), "WrongSlotState", [id, 0, T.DISPROVED]);
    await w.conclude(t, 1);
    await w.conclude(t, 2);
    // Ten tasks are worth a cap more.
    const staked = STAKED + CAP;
    assert.equal(wealth - (await w.wealth(challengerAddress())), staked, "two were right, one was wrong");
    assert.equal((await w.hooke.read.burned()) - burned, 16n * CAP - 6n * pay + staked - 3n * pay);
    assert.deepEqual(await w.hooke.read.disputeOf([id, 0]), { pending: 0, voided: false, pot: 0n });
    await w.money();
  });

  it("theLastPendingChallengeBurnsWhatIsLeftAlsoWhenItNeverNeededAJury", async () => {
    const { t, id } = await w.delivered(4);
    for (const index of [0, 1]) await w.challenge(t, index);
    await w.pass(601);
    const burned = await w.hooke.read.burned();
    await w.conclude(t, 0);
    assert.equal((await w.hooke.read.disputeOf([id, 0])).pot, 5n * CAP);
    await w.conclude(t, 1);
    assert.equal((await w.hooke.read.burned()) - burned, 10n * CAP);
    await w.money();
  });

  /** Two juries that cannot fetch, one after the other. */
  const cannotTell = async (t: T.Terms, index: number) => {
    for (const attempt of [1, 2]) {
      await w.judge(await w.juryOf(t, index, attempt), [w.unavailable, w.unavailable, w.unavailable]);
      await w.conclude(t, index);
    }
  };

  it("twoJuriesThatCannotFetchVoidTheSlotAndNobodyGainsNorIsOutvotedForIt", async () => {
    const { t, id, leaves } = await w.delivered(2);
    const pay = 2n * PAY + 1_000_000n;
    const purses = async () => [await w.wealth(challengerAddress()), await w.wealth(t.consumer), await w.hooke.read.burned()];
    const [challenger, consumer, burned] = await purses();
    const { stake } = await operator();
    await w.challenge(t, 1);
    await w.publish(t, leaves, 1);
    const jury = await w.juryOf(t, 1);
    await w.judge(jury, [w.unavailable, w.unavailable, leafHash(leaves[1])]);
    assert.equal((await w.hooke.read.slotOf([jury.id, 2])).state, T.VOID);
    await w.conclude(t, 1);
    assert.equal(await w.challengeState(id, 1), JUDGING);
    await w.judge(await w.juryOf(t, 1, 2), [w.unavailable, w.unavailable, leafHash(leaves[1])]);
    await w.conclude(t, 1);
    assert.equal(await w.challengeState(id, 1), VOIDED);
    assert.equal(await w.state(id), T.VOID);
    assert.deepEqual(await purses(), [challenger - STAKED / 2n, consumer - pay, burned + STAKED / 2n + pay]);
    assert.equal((await operator()).stake, stake);
    assert.equal((await operator()).bonded, 0n);
    assert.equal((await w.hooke.read.orderOf([id])).state, 2);
    await w.money();
  });

  it("aConsumerWhoseChallengeIsVoidLosesThePayAlone", async () => {
    const { t, id, leaves } = await w.delivered(1);
    const before = await w.wealth(t.consumer);
    await w.hooke.write.challenge([t, 0, 0]);
    await w.publish(t, leaves, 0);
    await cannotTell(t, 0);
    assert.equal(await w.state(id), T.VOID);
    assert.equal(before - (await w.wealth(t.consumer)), PAY);
    await w.money();
  });

  it("aReceiptSettlesWhatNoJuryCanJudge", async () => {
    const { t, id, leaves } = await w.delivered(1);
    await w.challenge(t, 0);
    await w.publish(t, leaves, 0);
    const { root, fuel } = await w.hooke.read.slotOf([id, 0]);
    await w.hooke.write.acknowledge([t, 0, await w.receipt(id, 0, root, fuel)], w.byStranger);
    await cannotTell(t, 0);
    assert.equal(await w.challengeState(id, 0), VOIDED);
    assert.equal(await w.state(id), T.DELIVERED);
    const before = await w.wealth(owner());
    await w.hooke.write.settle([t], w.byStranger);
    assert.equal(await w.state(id), T.RELEASED);
    assert.equal((await w.wealth(owner())) - before, PAY);
    assert.equal((await operator()).bonded, 0n);
    await w.money();
  });

  it("aChallengePutsUpMoreTheLargerTheSlotIs", async () => {
    const small = w.terms({ mode: OPTIMISTIC, tasks: 63, slots: 8 });
    const large = w.terms({ mode: OPTIMISTIC, tasks: 65, slots: 8 });
    assert.deepEqual([await w.hooke.read.challengeBondOf([small]), await w.hooke.read.challengeBondOf([large])], [7n * CAP, 7n * CAP]);
    assert.equal(await w.hooke.read.challengeBondOf([w.terms({ mode: OPTIMISTIC, tasks: 7 })]), STAKED);
    const { t, id, leaves } = await w.delivered(16);
    const bond = await w.hooke.read.challengeBondOf([t]);
    assert.equal(bond, 8n * CAP);
    const before = await w.wealth(challengerAddress());
    for (const index of [0, 1, 2]) await w.challenge(t, index);
    assert.equal((await w.hooke.read.accountOf([challengerAddress()])).locked, 3n * bond);
    // One fails: all of its bond is gone. One is void: half of it. One wins: none.
    await w.publish(t, leaves, 0);
    const hash = leafHash(leaves[0]);
    await w.judge(await w.juryOf(t, 0), [hash, hash, hash]);
    await w.conclude(t, 0);
    assert.equal(before - (await w.wealth(challengerAddress())), bond);
    await w.publish(t, leaves, 1);
    await cannotTell(t, 1);
    assert.equal(before - (await w.wealth(challengerAddress())), bond + bond / 2n);
    await w.pass(601);
    await w.conclude(t, 2);
    assert.equal(before - (await w.wealth(challengerAddress())), bond + bond / 2n);
    assert.equal(await w.state(id), T.DISPROVED);
    assert.equal((await w.hooke.read.accountOf([challengerAddress()])).locked, 0n);
    await w.money();
  });

  it("whoCouldNotFetchIsNotOutvotedEitherAndIsPaidNothing", async () => {
    const { t, leaves } = await w.delivered(1);
    await w.challenge(t, 0);
    await w.publish(t, leaves, 0);
    const jury = await w.juryOf(t, 0);
    await w.networkHelpers.mine(2);
    await w.pass(200);
    const roots = [w.unavailable, leafHash(leaves[0]), leafHash(leaves[0])];
    const fuels = [7n, FUEL, FUEL];
    for (const i of [0, 1, 2]) await w.hooke.write.bid([jury.terms, i, t.maxPrice], { account: w.jurors[i].key.account });
    for (const i of [0, 1, 2]) {
      await w.hooke.write.commit([jury.terms, i, w.commitment(jury.id, i, w.jurors[i].id, roots[i], fuels[i], SALT)], {
        account: w.jurors[i].key.account,
      });
    }
    const reveal = (i: number) => w.hooke.write.reveal([jury.terms, i, roots[i], fuels[i], SALT, "0x"]);
    await fails(reveal(0), "FuelOverLimit", [7n, 0n]);
    await reveal(1);
    await reveal(2);
    await w.pass(601);
    await w.hooke.write.settle([jury.terms]);
    assert.equal((await w.hooke.read.slotOf([jury.id, 0])).state, T.UNREVEALED);
    await w.conclude(t, 0);
    await w.hooke.write.settle([t]);
    await w.hooke.write.acknowledge([t, 0, "0x"]);

    const second = await w.delivered(1);
    await w.challenge(second.t, 0);
    await w.publish(second.t, second.leaves, 0);
    const j = await w.juryOf(second.t, 0);
    const hash = leafHash(second.leaves[0]);
    await w.judge(j, [w.unavailable, hash, hash]);
    assert.equal((await w.hooke.read.slotOf([j.id, 0])).state, T.VOID);
    await w.conclude(second.t, 0);
    assert.equal(await w.challengeState(second.id, 0), FAILED);
    await w.pass(100);
    await w.hooke.write.settle([second.t]);
    await w.hooke.write.acknowledge([second.t, 0, "0x"]);
    await w.money();
  });

  it("twoJuriesWithoutAQuorumVoidTheSlotButOneAloneDoesNot", async () => {
    const { t, id, leaves } = await w.delivered(1);
    const challenger = await w.wealth(challengerAddress());
    await w.challenge(t, 0);
    await w.publish(t, leaves, 0);
    const first = await w.juryOf(t, 0);
    await w.judge(first, [ROOT, OTHER_ROOT, undefined]);
    await w.conclude(t, 0);
    assert.equal(await w.challengeState(id, 0), JUDGING);
    assert.equal((await w.hooke.read.challengeOf([id, 0, 0])).attempt, 2);
    const second = await w.juryOf(t, 0, 2);
    assert.notEqual(second.id, first.id);
    await fails(w.conclude(t, 0), "JuryLive", [second.id]);
    // Nobody bids for the second one.
    await w.pass(601);
    await w.hooke.write.expire([second.terms], w.byStranger);
    await w.conclude(t, 0);
    assert.equal(await w.challengeState(id, 0), VOIDED);
    assert.equal(await w.state(id), T.VOID);
    assert.equal(challenger - (await w.wealth(challengerAddress())), STAKED / 2n);
    await w.money();
  });

  it("aSecondJuryMayStillDecide", async () => {
    const { t, id, leaves } = await w.delivered(1);
    await w.challenge(t, 0);
    await w.publish(t, leaves, 0);
    await w.pass(601);
    await w.hooke.write.expire([(await w.juryOf(t, 0)).terms], w.byStranger);
    await w.conclude(t, 0);
    await w.judge(await w.juryOf(t, 0, 2), [ROOT, ROOT, ROOT]);
    await w.conclude(t, 0);
    assert.equal(await w.state(id), T.DISPROVED);
    await w.money();
  });

  it("aVoidedChallengeDoesNotSaveWhoIsDisprovedByAnother", async () => {
    const { t, id, leaves } = await w.delivered(2);
    for (const index of [0, 1]) await w.challenge(t, index);
    for (const index of [0, 1]) await w.publish(t, leaves, index);
    await w.judge(await w.juryOf(t, 1), [ROOT, ROOT, ROOT]);
    await cannotTell(t, 0);
    assert.equal(await w.state(id), T.DELIVERED);
    assert.deepEqual(await w.hooke.read.disputeOf([id, 0]), { pending: 1, voided: true, pot: 0n });
    await fails(w.hooke.write.settle([t]), "ChallengesPending", [id, 0, 1]);
    await w.conclude(t, 1);
    assert.equal(await w.state(id), T.DISPROVED);
    await w.money();

    // And one that fails leaves the slot void.
    const again = await w.delivered(2);
    for (const index of [0, 1]) await w.challenge(again.t, index);
    for (const index of [0, 1]) await w.publish(again.t, again.leaves, index);
    const hash = leafHash(again.leaves[1]);
    await w.judge(await w.juryOf(again.t, 1), [hash, hash, hash]);
    await cannotTell(again.t, 0);
    await w.conclude(again.t, 1);
    assert.equal(await w.state(again.id), T.VOID);
    await w.money();
  });

  it("aReceiptDuringAChallengeOnlyFreesWhatWouldBeHeld", async () => {
    const { t, id, leaves } = await w.delivered(1);
    await w.challenge(t, 0);
    const { root, fuel } = await w.hooke.read.slotOf([id, 0]);
    await w.hooke.write.acknowledge([t, 0, await w.receipt(id, 0, root, fuel)], w.byStranger);
    assert.equal(await w.state(id), T.DELIVERED);
    assert.equal((await w.hooke.read.slotOf([id, 0])).receipted, true);
    await w.publish(t, leaves, 0);
    const hash = leafHash(leaves[0]);
    await w.judge(await w.juryOf(t, 0), [hash, hash, hash]);
    await w.conclude(t, 0);
    // The window is over by now; but a receipt would settle at once, too.
    await w.hooke.write.settle([t], w.byStranger);
    assert.equal(await w.state(id), T.RELEASED);
    assert.equal((await operator()).bonded, 0n);
    await w.money();
  });

  it("noPartySitsOnTheJuryNorAnyoneWhoCameAfterTheChallenge", async () => {
    const { t, id, leaves } = await w.delivered(1);
    await w.challenge(t, 0);
    await w.hooke.write.stake([ONE], { account: w.jurors[4].owner.account });
    const { sinceBlock } = await w.hooke.read.operatorOf([w.jurors[4].id]);
    const { madeBlock } = await w.hooke.read.challengeOf([id, 0, 0]);
    await w.publish(t, leaves, 0);
    const jury = await w.juryOf(t, 0);
    await w.networkHelpers.mine(2);
    await w.pass(200);
    const bid = (p: Court["seller"]) => w.hooke.write.bid([jury.terms, 0, t.maxPrice], { account: p.key.account });
    await fails(bid(w.seller), "OperatorIsParty", [w.seller.id]);
    await fails(bid(w.challenger), "OperatorIsParty", [w.challenger.id]);
    await fails(bid(w.jurors[4]), "OperatorTooNew", [w.jurors[4].id, BigInt(sinceBlock), BigInt(madeBlock)]);
    await fails(w.hooke.write.cancel([jury.terms]), "NotConsumer", [getAddress(w.consumer.account.address), getAddress(w.hooke.address)]);
    await fails(w.hooke.write.acknowledge([jury.terms, 0, "0x"]), "WrongSlotState", [jury.id, 0, T.OPEN]);
    const hash = leafHash(leaves[0]);
    await w.judge(jury, [hash, hash, hash]);
    await w.conclude(t, 0);
    await w.hooke.write.acknowledge([t, 0, "0x"]);

    // A consumer that sells, too, cannot judge its own order.
    const own = w.jurors[3];
    await w.fund(own.owner.account.address, 10n * ONE);
    const o = w.terms({ consumer: own.owner.account.address, mode: OPTIMISTIC, runSeconds: 60 });
    await w.hooke.write.order([o], { account: own.owner.account });
    await w.hooke.write.bid([o, 0, o.maxPrice], { account: w.seller.key.account });
    const leaf0 = leavesOf(0, 1);
    const { hash: root, fuel } = treeOf(leaf0);
    await w.hooke.write.deliver([o, 0, root, fuel, "0x"], { account: w.seller.key.account });
    await w.challenge(o, 0);
    await w.publish(o, leaf0, 0);
    await w.networkHelpers.mine(2);
    await w.pass(200);
    const { terms } = await w.juryOf(o, 0);
    await fails(w.hooke.write.bid([terms, 0, t.maxPrice], { account: own.key.account }), "OperatorIsParty", [own.id]);
    await w.pass(601);
    await w.hooke.write.expire([terms]);
    await w.conclude(o, 0);
    await w.pass(601);
    await w.hooke.write.expire([(await w.juryOf(o, 0, 2)).terms]);
    await w.conclude(o, 0);
    await w.money();
  });

  it("anOldOrderIsNotLeftToBeJudgedByTheFewWhoHaveNotStakedSince", async () => {
    // A consumer could order early, at a price that nobody takes for weeks, and keep two operators that never touch their stake.
    const t = w.terms({ mode: OPTIMISTIC, runSeconds: 60, openSeconds: 30 * 86_400 });
    const id = await w.order(t);
    for (const juror of w.jurors.slice(0, 3)) await w.hooke.write.stake([ONE], { account: juror.owner.account });
    await w.pass(29 * 86_400);
    await w.hooke.write.bid([t, 0, t.maxPrice], { account: w.seller.key.account });
    const leaves = leavesOf(0, 1);
    const { hash, fuel } = treeOf(leaves);
    await w.hooke.write.deliver([t, 0, hash, fuel, "0x"], { account: w.seller.key.account });
    await w.challenge(t, 0);
    await w.publish(t, leaves, 0);
    await w.judge(await w.juryOf(t, 0), [hash, hash, hash]);
    await w.conclude(t, 0);
    assert.equal(await w.challengeState(id, 0), FAILED);
    await w.hooke.write.acknowledge([t, 0, "0x"]);
    await w.money();
  });

  it("whoChallengesHimselfIsPoorerByAtLeastHalfOfWhatHeLoses", async () => {
    // The cheat sells, and challenges its own wrong leaf so that nobody else may; or its own right leaf, to win time.
    const { t, id, leaves } = await w.delivered(1);
    const purse = async () => (await w.wealth(owner())) + (await w.wealth(challengerAddress())) + (await operator()).stake;
    const before = await purse();
    await w.challenge(t, 0);
    await w.publish(t, leaves, 0);
    await w.judge(await w.juryOf(t, 0), [ROOT, ROOT, ROOT]);
    await w.conclude(t, 0);
    assert.equal(await w.state(id), T.DISPROVED);
    assert.ok(before - (await purse()) >= (7n * CAP) / 2n);
    assert.equal(await w.hooke.read.holderOf([w.hooke.address, ZERO]), ZERO);
  });
});
