import { describe, it, before } from "node:test";
import assert from "node:assert/strict";
import { concat, sha256 } from "viem";

import { leafHash } from "./sumtree.ts";
import * as T from "./world.ts";
import { CAP, FUEL, HELD, ONE, PAY, QUORUM, ROOT, OTHER_ROOT, SALT, ZERO, world, type World } from "./world.ts";

describe("ATTENDED", () => {
  let w: World;
  before(async () => {
    w = await world();
  });
  const fails: World["fails"] = (...claim) => w.fails(...claim);
  const bid = (t: T.Terms, i = 0, slot = 0) =>
    w.hooke.write.bid([t, slot, t.maxPrice], { account: w.providers[i].key.account });
  const free = async (a: `0x${string}`) => (await w.hooke.read.accountOf([a])).free;
  const state = async (id: `0x${string}`, slot = 0) => (await w.hooke.read.slotOf([id, slot])).state;
  const money = async () => assert.equal(await w.owed(), await w.holds());

  it("refusesTermsThatMakeNoSense", async () => {
    await fails(w.hooke.write.order([w.terms({ tasks: 0 })]), "UnsupportedTasks", [0]);
    await fails(w.hooke.write.order([w.terms({ slots: 2 })]), "BadQuorum", [1, 2]);
    await fails(w.hooke.write.order([w.terms({ mode: QUORUM, quorum: 1, slots: 2 })]), "BadQuorum", [1, 2]);
    await fails(w.hooke.write.order([w.terms({ mode: QUORUM, quorum: 9, slots: 16 })]), "BadQuorum", [9, 16]);
    await fails(w.hooke.write.order([w.terms({ startPrice: 2n, maxPrice: 1n })]), "BadPrices", [2n, 1n]);
    await fails(w.hooke.write.order([w.terms({ startPrice: 0n, maxPrice: 0n })]), "BadPrices", [0n, 0n]);
    await fails(w.hooke.write.order([w.terms({ windowSeconds: 9 })]), "BadDuration", ["windowSeconds", 9n, 10n, 604800n]);
    const quorum = { mode: QUORUM, quorum: 1, slots: 1 };
    await fails(w.hooke.write.order([w.terms({ ...quorum, windowSeconds: 59 })]), "BadDuration", ["windowSeconds", 59n, 60n, 604800n]);
    await fails(w.hooke.write.order([w.terms({ openSeconds: 0 })]), "BadDuration", ["openSeconds", 0n, 1n, 2592000n]);
    await fails(w.hooke.write.order([w.terms({ runSeconds: 0 })]), "BadDuration", ["runSeconds", 0n, 1n, 2592000n]);
  });

  it("neverOrdersTwice", async () => {
    const t = w.terms();
    const id = await w.order(t);
    await fails(w.hooke.write.order([t]), "OrderExists", [id]);
    await w.hooke.write.cancel([t]);
    assert.equal((await w.hooke.read.orderOf([id])).state, 2);
    await fails(bid(t), "OrderNotLive", [id, 2]);
    await fails(w.hooke.write.cancel([t]), "NothingOpen", [id]);
  });

  it("holdsAnExclusiveKeyWhileLive", async () => {
    const t = w.terms({ exclusiveKey: ROOT });
    const id = await w.order(t);
    await fails(w.hooke.write.order([w.terms({ exclusiveKey: ROOT })]), "ExclusiveKeyHeld", [ROOT, id]);
    await w.hooke.write.cancel([t]);
    await w.hooke.write.cancel([await (async (x) => (await w.order(x), x))(w.terms({ exclusiveKey: ROOT }))]);
  });

  it("takesABidOnlyFromWhoMayAtAPriceThatTimeAllows", async () => {
    const t = w.terms({ startPrice: 0n, rampSeconds: 1_000_000, openSeconds: 100 });
    const id = await w.order(t);
    await fails(bid(t, 0, 1), "NoSuchSlot", [1, 1]);
    await w.pass(101);
    await w.hooke.write.expire([t], { account: w.stranger.account });
    assert.equal(await state(id), T.CLOSED);
    const a = w.terms({ allow: `0x${"2".padStart(64, "0")}` });
    await w.order(a);
    await fails(bid(a, 0), "OperatorNotAllowed", [1]);
    await bid(a, 1);
    const s = w.terms({ minStake: ONE * 91n });
    await w.order(s);
    await fails(bid(s), "StakeTooLow", [1, ONE * 91n, ONE * 90n]);
    const b = w.terms({ fuelLimit: 91_000_000_000_000n });
    await w.order(b);
    await fails(bid(b), "InsufficientStake", [1, ONE * 91n, ONE * 90n]);
    await w.hooke.write.cancel([b]);
    await money();
  });

  it("paysWholeAtOnceWithAReceipt", async () => {
    const t = w.terms();
    const id = await w.order(t);
    await bid(t);
    const account = w.providers[0].key.account;
    const before = await free(w.providers[0].owner.account.address);
    const forged = await w.receipt(id, 0, ROOT, FUEL, w.stranger);
    await fails(w.hooke.write.deliver([t, 0, ROOT, FUEL, forged], { account }), "BadReceipt", [id, 0]);
    await fails(w.hooke.write.commit([t, 0, ROOT], { account }), "WrongVerification", [0]);
    await w.hooke.write.deliver([t, 0, ROOT, FUEL, await w.receipt(id, 0, ROOT, FUEL)], { account });
    assert.equal(await free(w.providers[0].owner.account.address), before + PAY);
    assert.deepEqual(await w.hooke.read.resultOf([id]), [true, ROOT, FUEL]);
    assert.equal(await state(id), T.RELEASED);
    assert.equal((await w.hooke.read.operatorOf([1])).bonded, 0n);
    await money();
  });

  it("burnsThePayThatIsRefusedAndGivesTheBondBack", async () => {
    const t = w.terms();
    const id = await w.order(t);
    await bid(t, 2);
    await w.hooke.write.deliver([t, 0, ROOT, FUEL, "0x"], { account: w.providers[2].key.account });
    const burned = await w.hooke.read.burned();
    await w.hooke.write.refuse([t, 0]);
    assert.equal((await w.hooke.read.burned()) - burned, PAY);
    assert.equal((await w.hooke.read.operatorOf([3])).bonded, 0n);
    assert.equal(await state(id), T.REFUSED);
    await money();
  });

  it("settlesBySilenceHoldsAPartAndReleasesAfterTheRetention", async () => {
    const t = w.terms();
    const id = await w.order(t);
    await bid(t, 3);
    const owner = w.providers[3].owner.account.address;
    const before = await free(owner);
    await w.hooke.write.deliver([t, 0, ROOT, FUEL, "0x"], { account: w.providers[3].key.account });
    await w.pass(61);
    await w.hooke.write.settle([t], { account: w.stranger.account });
    assert.equal(await free(owner), before + PAY - HELD);
    await fails(w.hooke.write.forfeit([t, 0]), "NoDemand", [id, 0]);
    await w.hooke.write.demand([t, 0]);
    await w.hooke.write.acknowledge([t, 0, await w.receipt(id, 0, ROOT, FUEL)], { account: w.stranger.account });
    assert.equal(await free(owner), before + PAY);
    assert.equal((await w.hooke.read.operatorOf([4])).bonded, 0n);
    const r = w.terms();
    await w.order(r);
    await bid(r, 3);
    await w.hooke.write.deliver([r, 0, ROOT, FUEL, "0x"], { account: w.providers[3].key.account });
    await w.pass(61);
    await w.hooke.write.settle([r]);
    await w.pass(3601);
    await w.hooke.write.release([r, 0], { account: w.stranger.account });
    assert.equal(await free(owner), before + PAY * 2n);
    await money();
  });

  it("burnsHeldPayAndBondWhenADemandIsNotAnswered", async () => {
    const t = w.terms();
    const id = await w.order(t);
    await bid(t);
    await w.hooke.write.deliver([t, 0, ROOT, FUEL, "0x"], { account: w.providers[0].key.account });
    await w.pass(61);
    await w.hooke.write.settle([t]);
    await w.hooke.write.demand([t, 0]);
    const proof = { index: 0, outcome: 0, exitCode: 0, size: 0n, outputRoot: ZERO, chunk: "0x" as const, path: [] };
    await fails(w.hooke.write.answer([t, 0, proof]), "BadProof", [id, 0]);
    await w.pass(601);
    const burned = await w.hooke.read.burned();
    await w.hooke.write.forfeit([t, 0], { account: w.stranger.account });
    assert.equal((await w.hooke.read.burned()) - burned, HELD + CAP);
    assert.equal(await state(id), T.FORFEITED);
    await money();
  });

  it("aDemandCanBeAnsweredForTenMinutesHoweverShortTheWindow", async () => {
    // Else a consumer whose window ends before the next block could burn a bond that is as much larger than the pay as it likes.
    const t = w.terms({ windowSeconds: 10 });
    const id = await w.order(t);
    await bid(t);
    const chunk = "0xab" as const;
    const outputRoot = sha256(concat(["0x00", chunk]));
    const proof = { index: 0, outcome: 0, exitCode: 0, size: 1n, outputRoot, chunk, path: [] };
    const root = leafHash({ ...proof, fuel: 1n });
    await w.hooke.write.deliver([t, 0, root, 1n, "0x"], { account: w.providers[0].key.account });
    await w.pass(12);
    await w.hooke.write.settle([t]);
    const at = await w.next(12);
    await w.hooke.write.demand([t, 0]);
    const { deadline } = await w.hooke.read.demandOf([id, 0]);
    assert.equal(BigInt(deadline), at + 600n);
    await w.next(BigInt(deadline));
    await w.hooke.write.answer([t, 0, proof], { account: w.stranger.account });
    await w.hooke.write.acknowledge([t, 0, "0x"]);
    await money();
  });

  it("burnsTheBondOfANoShowAndOpensTheSlotAgain", async () => {
    const t = w.terms({ openSeconds: 1000 });
    const id = await w.order(t);
    await bid(t);
    await w.pass(601);
    await w.hooke.write.miss([t, 0], { account: w.stranger.account });
    assert.equal(await state(id), T.OPEN);
    await bid(t, 1);
    await w.pass(601);
    await w.hooke.write.miss([t, 0]);
    assert.equal(await state(id), T.CLOSED);
    assert.equal((await w.hooke.read.orderOf([id])).state, 2);
    await money();
  });
});

/**
 * giveUp
 *  - not by the slot's node, not in state Assigned, after the deadline: reverts.test.ts
 *  - in the bid's own second: a sixteenth of the bond is burned
 *  - halfway: 17 of 32; in the last second: all of it
 *  - while bids are taken: open again, for another and for the same
 *  - later, or cancelled: closed, and the order with its last slot
 *  - an array's slot: the bond of its own tasks; OPTIMISTIC: with the jury's part
 *  - QUORUM: the others go on; when a quorum has become impossible the order ends and honest bonds come back
 */
describe("giveUp", () => {
  let w: World;
  before(async () => {
    w = await world(5);
  });
  const key = (i: number) => ({ account: w.providers[i].key.account });
  const seller = (i: number) => w.hooke.read.operatorOf([i + 1]);
  const slotOf = (id: `0x${string}`, slot = 0) => w.hooke.read.slotOf([id, slot]);
  const money = async () => assert.equal(await w.owed(), await w.holds());
  /** Gives the slot back so many seconds after the bid; returns what was burned. */
  const givenUp = async (t: T.Terms, seconds: number, i = 0, slot = 0) => {
    await w.hooke.write.bid([t, slot, t.maxPrice], key(i));
    await w.next((await w.client.getBlock()).timestamp + BigInt(seconds));
    const [stake, burned] = [(await seller(i)).stake, await w.hooke.read.burned()];
    await w.hooke.write.giveUp([t, slot], key(i));
    assert.equal((await seller(i)).bonded, 0n, "what is not burned is free");
    assert.equal(stake - (await seller(i)).stake, (await w.hooke.read.burned()) - burned);
    await money();
    return stake - (await seller(i)).stake;
  };
  const burnedOf = (bond: bigint, seconds: bigint, run: bigint) => (bond * (run + 15n * seconds) + 16n * run - 1n) / (16n * run);

  it("burnsLittleAtOnceAndAllAtTheDeadline", async () => {
    // A bond of 7 wei: every part rounds up.
    for (const [seconds, wei] of [[1, 1n], [300, 4n], [599, 7n], [600, 7n]] as const) {
      const t = w.terms({ fuelLimit: 7n, startPrice: 1_000_000n, maxPrice: 1_000_000n });
      await w.order(t);
      assert.equal(await givenUp(t, seconds), wei, `after ${seconds} s`);
    }
    const t = w.terms({ runSeconds: 601 });
    await w.order(t);
    assert.equal(await givenUp(t, 1), burnedOf(CAP, 1n, 601n));
    assert.equal(await givenUp(t, 200, 1), burnedOf(CAP, 200n, 601n));
  });

  it("opensTheSlotForOthersWhileBidsAreTakenAndClosesItLater", async () => {
    const t = w.terms({ openSeconds: 1000, runSeconds: 600 });
    const id = await w.order(t);
    await givenUp(t, 10);
    assert.deepEqual(await slotOf(id), { ...(await slotOf(id)), state: T.OPEN, operatorId: 0, nodeId: 0, deadline: 0 });
    await givenUp(t, 10);
    await w.hooke.write.bid([t, 0, t.maxPrice], key(1));
    await w.hooke.write.deliver([t, 0, ROOT, FUEL, await w.receipt(id, 0, ROOT, FUEL)], key(1));
    assert.equal((await slotOf(id)).state, T.RELEASED);
    const late = w.terms({ openSeconds: 20 });
    const lateId = await w.order(late);
    const locked = (await w.hooke.read.accountOf([w.consumer.account.address])).locked;
    await givenUp(late, 100);
    assert.equal((await slotOf(lateId)).state, T.CLOSED);
    assert.equal((await w.hooke.read.orderOf([lateId])).state, 2);
    assert.equal(locked - (await w.hooke.read.accountOf([w.consumer.account.address])).locked, CAP, "the consumer has its escrow back");
  });

  it("closesASlotOfACancelledArrayAndTheOthersGoOn", async () => {
    const t = w.terms({ mode: T.OPTIMISTIC, tasks: 5, slots: 2, fuelLimit: 10_000_000_000n });
    const cap = CAP / 100n;
    const id = await w.order(t);
    await w.hooke.write.bid([t, 0, t.maxPrice], key(1));
    // 3 tasks, and 6 more caps for juries.
    assert.equal(await givenUp(t, 60, 0, 1), burnedOf(9n * cap, 60n, 600n));
    assert.equal((await slotOf(id, 1)).state, T.OPEN);
    await w.hooke.write.bid([t, 1, t.maxPrice], key(2));
    await w.hooke.write.deliverPart([t, 1, 1, ROOT, 5n], key(2));
    assert.equal(await givenUp(t, 60, 3, 2), burnedOf(8n * cap, 60n, 600n));
    await w.hooke.write.cancel([t]);
    await w.hooke.write.giveUp([t, 0], key(1));
    assert.deepEqual([(await slotOf(id, 0)).state, (await slotOf(id, 1)).state, (await slotOf(id, 2)).state], [T.CLOSED, T.DELIVERED, T.CLOSED]);
    assert.equal((await w.hooke.read.orderOf([id])).state, 1);
    await w.pass(61);
    await w.hooke.write.settleSlot([t, 1]);
    assert.equal((await w.hooke.read.orderOf([id])).state, 2);
    await money();
  });

  it("letsAQuorumGoOnWithoutTheOneOrEndWithHonestBondsBack", async () => {
    const quorum = async (openSeconds: number) => {
      const t = w.terms({ mode: QUORUM, quorum: 2, slots: 2, openSeconds });
      const id = await w.order(t);
      await w.networkHelpers.mine(2);
      await w.pass(150);
      for (const i of [0, 1]) await w.hooke.write.bid([t, i, t.maxPrice], key(i));
      await w.hooke.write.commit([t, 0, w.commitment(id, 0, 1, ROOT, FUEL, SALT)], key(0));
      return { t, id };
    };
    const { t, id } = await quorum(1000);
    await w.hooke.write.giveUp([t, 1], key(1));
    assert.equal((await slotOf(id, 1)).state, T.OPEN);
    await w.hooke.write.bid([t, 1, t.maxPrice], key(2));
    await w.hooke.write.commit([t, 1, w.commitment(id, 1, 3, ROOT, FUEL, SALT)], key(2));
    await w.fails(w.hooke.write.giveUp([t, 1], key(2)), "WrongSlotState", [id, 1, T.COMMITTED]);
    await w.hooke.write.reveal([t, 0, ROOT, FUEL, SALT, "0x"], key(0));
    await w.hooke.write.reveal([t, 1, ROOT, FUEL, SALT, "0x"], key(2));
    assert.deepEqual(await w.hooke.read.resultOf([id]), [true, ROOT, FUEL]);
    const over = await quorum(200);
    await w.pass(100);
    const stake = (await seller(0)).stake;
    await w.hooke.write.giveUp([over.t, 1], key(1));
    assert.deepEqual([(await slotOf(over.id, 0)).state, (await slotOf(over.id, 1)).state], [T.VOID, T.CLOSED]);
    assert.equal((await w.hooke.read.orderOf([over.id])).state, 2);
    assert.equal((await seller(0)).stake, stake);
    await money();
  });
});

describe("QUORUM", () => {
  let w: World;
  before(async () => {
    w = await world(5);
  });
  const fails: World["fails"] = (...claim) => w.fails(...claim);
  const key = (i: number) => ({ account: w.providers[i].key.account });
  const state = async (id: `0x${string}`, slot: number) => (await w.hooke.read.slotOf([id, slot])).state;
  const money = async () => assert.equal(await w.owed(), await w.holds());
  const filled = async (who = [0, 1, 2], change: Partial<T.Terms> = {}) => {
    const t = w.terms({ mode: QUORUM, quorum: 2, slots: 3, ...change });
    const id = await w.order(t);
    await w.networkHelpers.mine(2);
    await w.pass(100);
    for (const [slot, i] of who.entries()) await w.hooke.write.bid([t, slot, t.maxPrice], key(i));
    return { t, id };
  };
  const commit = (t: T.Terms, id: `0x${string}`, slot: number, i: number, root = ROOT) =>
    w.hooke.write.commit([t, slot, w.commitment(id, slot, i + 1, root, FUEL, SALT)], key(i));
  const reveal = (t: T.Terms, slot: number, i: number, root = ROOT) =>
    w.hooke.write.reveal([t, slot, root, FUEL, SALT, "0x"], key(i));

  it("drawsOnlyAfterTheSeedOneSlotEachAndNoNewcomer", async () => {
    const t = w.terms({ mode: QUORUM, quorum: 2, slots: 3 });
    const id = await w.order(t);
    await w.networkHelpers.mine(2);
    await w.pass(100);
    await w.hooke.write.bid([t, 0, t.maxPrice], key(0));
    await fails(w.hooke.write.bid([t, 1, t.maxPrice], key(0)), "OperatorHoldsSlot", [1, 0]);
    await fails(w.hooke.write.cancel([t]), "CancelBreaksQuorum", [id, 1, 2]);
    await w.hooke.write.stake([ONE], { account: w.providers[3].owner.account });
    await w.pass(300);
    await w.hooke.write.expire([t]);
    assert.equal(await state(id, 0), T.VOID);
    assert.equal((await w.hooke.read.operatorOf([1])).bonded, 0n);
    assert.equal((await w.hooke.read.orderOf([id])).state, 2);
    await money();
  });

  it("opensAMissedSlotAgainWhileBidsAreTaken", async () => {
    const { t, id } = await filled([0, 1, 4], { runSeconds: 60, openSeconds: 3000 });
    for (const [slot, i] of [[0, 0], [1, 1]]) await commit(t, id, slot, i);
    await w.pass(61);
    await w.hooke.write.miss([t, 2]);
    assert.equal(await state(id, 2), T.OPEN);
    await fails(reveal(t, 0, 0), "CommitsOpen", [id]);
    await w.hooke.write.bid([t, 2, t.maxPrice], key(2));
    await commit(t, id, 2, 2);
    for (const [slot, i] of [[0, 0], [1, 1], [2, 2]]) await reveal(t, slot, i);
    assert.deepEqual(await w.hooke.read.resultOf([id]), [true, ROOT, FUEL]);
    assert.equal((await w.hooke.read.operatorOf([5])).stake, 90n * ONE - CAP, "the one that missed lost its bond");
    await money();
  });

  it("widensTheDrawWithTimeUntilAllAreIn", async () => {
    const t = w.terms({ mode: QUORUM, quorum: 2, slots: 3 });
    const id = await w.order(t);
    await w.networkHelpers.mine(2);
    const { createdAt } = await w.hooke.read.orderOf([id]);
    assert.equal(await w.hooke.read.isDrawn([t, 0, 1, BigInt(createdAt) + 1000n]), true);
    assert.equal(await w.hooke.read.isDrawn([t, 0, 99, BigInt(createdAt) + 1000n]), false);
  });

  it("paysEqualRevealsAndBurnsTheLiarsBond", async () => {
    const { t, id } = await filled();
    await commit(t, id, 0, 0);
    await fails(reveal(t, 0, 0), "CommitsOpen", [id]);
    await commit(t, id, 1, 1);
    await commit(t, id, 2, 2, OTHER_ROOT);
    await reveal(t, 0, 0);
    await reveal(t, 2, 2, OTHER_ROOT);
    const burned = await w.hooke.read.burned();
    await reveal(t, 1, 1);
    assert.deepEqual([await state(id, 0), await state(id, 1), await state(id, 2)], [T.SETTLED, T.SETTLED, T.OUTVOTED]);
    assert.equal((await w.hooke.read.burned()) - burned, CAP);
    assert.deepEqual(await w.hooke.read.resultOf([id]), [true, ROOT, FUEL]);
    await w.pass(3601);
    await w.hooke.write.release([t, 0]);
    await w.hooke.write.release([t, 1]);
    await money();
  });

  it("burnsTheBondOfWhoDoesNotReveal", async () => {
    const { t, id } = await filled([0, 1, 4]);
    await commit(t, id, 0, 0);
    await commit(t, id, 1, 1);
    await commit(t, id, 2, 4);
    await reveal(t, 0, 0);
    await w.hooke.write.acknowledge([t, 0, "0x"]);
    await reveal(t, 1, 1);
    await w.pass(61);
    await w.hooke.write.settle([t], { account: w.stranger.account });
    assert.deepEqual([await state(id, 0), await state(id, 1), await state(id, 2)], [T.RELEASED, T.SETTLED, T.UNREVEALED]);
    await money();
  });

  it("givesEverythingBackWhenRevealsDoNotAgree", async () => {
    const { t, id } = await filled([0, 1], { quorum: 2, slots: 2 });
    await commit(t, id, 0, 0);
    await commit(t, id, 1, 1, OTHER_ROOT);
    await reveal(t, 0, 0);
    const before = (await w.hooke.read.accountOf([w.consumer.account.address])).free;
    await reveal(t, 1, 1, OTHER_ROOT);
    assert.equal((await w.hooke.read.accountOf([w.consumer.account.address])).free, before + 2n * CAP);
    assert.deepEqual([await state(id, 0), await state(id, 1)], [T.VOID, T.VOID]);
    await money();
  });

  it("closesCommitsByTimeWithANoShow", async () => {
    const { t, id } = await filled([0, 1, 4]);
    await commit(t, id, 0, 0);
    await commit(t, id, 1, 1);
    await w.pass(800);
    await reveal(t, 0, 0);
    await reveal(t, 1, 1);
    assert.equal(await state(id, 2), T.CLOSED);
    assert.equal((await w.hooke.read.resultOf([id]))[0], true);
    await money();
  });

  it("endsWhenTooFewCommit", async () => {
    const { t, id } = await filled([0, 1, 4]);
    await commit(t, id, 0, 0);
    await w.pass(901);
    await fails(reveal(t, 0, 0), "TooFewCommitted", [id, 1, 2]);
    await w.hooke.write.settle([t]);
    assert.deepEqual([await state(id, 0), await state(id, 1), await state(id, 2)], [T.VOID, T.CLOSED, T.CLOSED]);
    assert.equal((await w.hooke.read.orderOf([id])).state, 2);
    await money();
  });

  it("letsTheConsumerCloseTheRestOnceAQuorumIsIn", async () => {
    const { t, id } = await filled([0, 1]);
    await commit(t, id, 0, 0);
    await commit(t, id, 1, 1);
    await w.hooke.write.cancel([t]);
    await reveal(t, 0, 0);
    await reveal(t, 1, 1);
    assert.equal((await w.hooke.read.resultOf([id]))[0], true);
    await money();
  });
});
