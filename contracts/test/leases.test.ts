import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import hre from "hardhat";
import { encodeFunctionData, getAddress, zeroAddress, type Hex } from "viem";

import { ANSWER, BOND, LEASED, NOTICE, OPEN, RATE, SUMMONED, VACANT, leasing, type Leasing, type LeaseTerms } from "./lease.ts";
import { ONE, ROOT, type World } from "./world.ts";

const DAY = 86_400;
const ENDS = { closed: 0, left: 1, abandoned: 2, defaulted: 3, evicted: 4, over: 5 };

describe("Leases", () => {
  let w: Leasing;
  let me: Hex;
  let stranger: Hex;
  const fails: World["fails"] = (...claim) => w.fails(...claim);
  const money = async () => assert.equal(await w.owed(), await w.holds());
  /** Closes the order and pays it out, so that no bond is left. */
  const finish = async (t: LeaseTerms, slots = [0]) => {
    await w.hooke.write.closeLease([t, 0]);
    await w.hooke.write.claimLeases([t, slots]);
  };
  const ended = async () => {
    const [log] = await w.hooke.getEvents.LeaseEnded();
    return [log.args.how, log.args.reason, log.args.burned];
  };
  before(async () => {
    w = await leasing(4);
    me = getAddress(w.consumer.account.address);
    stranger = getAddress(w.stranger.account.address);
  });

  it("refusesTermsThatMakeNoSense", async () => {
    const order = (change: Partial<LeaseTerms>, amount = 0n) => w.hooke.write.orderLease([w.lease(change), amount]);
    await fails(w.hooke.write.orderLease([w.lease(), 0n], w.byStranger), "NotConsumer", [stranger, me]);
    for (const [minSlots, maxSlots] of [[0, 0], [1, 65], [3, 2]]) await fails(order({ minSlots, maxSlots }), "BadSlots", [minSlots, maxSlots, 64]);
    await fails(order({ startPrice: 2n, maxPrice: 1n }), "BadPrices", [2n, 1n]);
    await fails(order({ startPrice: 0n, maxPrice: 0n }), "BadPrices", [0n, 0n]);
    const durations = {
      termSeconds: [60, 3650 * DAY], noticeSeconds: [0, 365 * DAY], answerSeconds: [60, 30 * DAY], graceSeconds: [0, 365 * DAY],
    };
    for (const [field, [least, most]] of Object.entries(durations)) {
      for (const given of [least - 1, most + 1]) {
        if (given < 0) continue;
        await fails(order({ [field]: given }), "BadDuration", [field, BigInt(given), BigInt(least), BigInt(most)]);
      }
      for (const given of [least, most]) await order({ [field]: given });
    }
    for (const change of [{ standby: stranger }, { takeoverSeconds: 1 }, { hourlyLimit: 1n }]) await fails(order(change), "BadControllers", []);
    for (const change of [{ drawOneIn: 1 }, { repairEpochs: 1 }]) await fails(order(change), "BadVolume", []);
    const { free } = await w.hooke.read.accountOf([me]);
    await fails(order({}, 2000n * ONE), "InsufficientFree", [me, 2000n * ONE, free]);
    await fails(order({}, 2n ** 128n + 5n), "InsufficientFree", [me, 2n ** 128n + 5n, free]);

    const t = w.lease({ exclusiveKey: ROOT });
    const id = await w.orderLease(t, 5n);
    await fails(w.hooke.write.orderLease([t, 5n]), "OrderExists", [id]);
    await fails(order({ exclusiveKey: ROOT }), "ExclusiveKeyHeld", [ROOT, id]);
    // One rule for leases and tasks.
    await fails(w.hooke.write.order([w.terms({ exclusiveKey: ROOT })]), "ExclusiveKeyHeld", [ROOT, id]);
    await w.hooke.write.closeLease([t, 4]);
    await order({ exclusiveKey: ROOT });
    await fails(w.hooke.write.orderLease([t, 5n]), "OrderExists", [id]);
    const limits = await w.hooke.read.leaseLimits();
    assert.deepEqual([limits.maxSlots, limits.maxReplicas, limits.minFundedSeconds, limits.maxEpochs], [64, 15, 60, 64]);
  });

  it("takesTermsInOneEncodingOnly", async () => {
    // The id is the hash of the calldata: a field whose unused bits are not 0 must not make a second order of the same terms.
    const t = w.lease();
    const data = encodeFunctionData({ abi: w.hooke.abi, functionName: "orderLease", args: [t, 1n] });
    const words = Object.keys(t).indexOf("distinct");
    for (const word of [words, words - 1, words + 1, 28, 3]) {
      const place = 2 + 8 + 64 * word;
      const dirty = `${data.slice(0, place)}01${data.slice(place + 2)}` as Hex;
      await assert.rejects(w.consumer.sendTransaction({ to: w.hooke.address, data: dirty }), `word ${word}`);
    }
    await w.consumer.sendTransaction({ to: w.hooke.address, data });
    assert.equal((await w.hooke.read.leaseOf([await w.hooke.read.leaseIdOf([t])])).state, 1);
    await w.hooke.write.closeLease([t, 0]);
  });

  it("knowsNeitherUnknownOrdersNorSlotsThatTheTermsDoNotHave", async () => {
    const t = w.lease();
    const id = await w.hooke.read.leaseIdOf([t]);
    const change = { price: 1n, cpuMillis: 0, memoryMib: 0, diskMib: 0, deadline: 2 ** 39 };
    const all = (slot: number): (() => Promise<unknown>)[] => [
      () => w.slotOf(t, slot),
      () => w.hooke.read.acceptableRate([t, slot, 0n]),
      () => w.bid(t, 0, slot),
      () => w.hooke.write.claimLeases([t, [slot]]),
      () => w.hooke.write.openSlots([t, [slot], 0]),
      () => w.hooke.write.closeSlots([t, [slot], 0, 0]),
      () => w.hooke.write.summon([t, slot]),
      ...(["giveNotice", "leaveLease", "abandonLease", "appear", "defaultLease"] as const).map((name) => () => w.hooke.write[name]([t, slot])),
      () => w.hooke.write.moveLease([t, slot, me]),
      () => w.hooke.write.resizeLease([t, slot, change, "0x", "0x"]),
    ];
    for (const call of all(0)) await fails(call(), "UnknownOrder", [id]);
    for (const call of [
      () => w.hooke.read.leaseEndsAt([t]), () => w.hooke.write.topUpLease([t, 1n]), () => w.hooke.write.closeLease([t, 0]),
      () => w.hooke.write.lapseLease([t]),
    ]) await fails(call(), "UnknownOrder", [id]);
    await w.orderLease(t, 0n);
    for (const call of all(4)) await fails(call(), "NoSuchSlot", [4, 4]);
    assert.deepEqual((await w.hooke.read.leaseOf([ROOT])).state, 0);
  });

  it("takesABidOnlyFromWhoMayAtAPriceThatTimeAllowsAndTheEscrowCovers", async () => {
    const t = w.lease({ startPrice: 0n, maxPrice: 1000n, rampSeconds: 1000, maxSlots: 2, minSlots: 1, distinct: true });
    const id = await w.orderLease(t, 0n);
    const at = await w.now();
    assert.equal(await w.hooke.read.acceptableRate([t, 0, at - 5n]), 0n);
    assert.equal(await w.hooke.read.acceptableRate([t, 0, at + 999n]), 999n);
    assert.equal(await w.hooke.read.acceptableRate([t, 0, at + 10_000n]), 1000n);
    await fails(w.hooke.read.acceptableRate([t, 1, at]), "WrongLeaseSlot", [id, 1, VACANT]);
    await fails(w.hooke.write.bidLease([t, 0, 1n, 0], w.byStranger), "UnknownNode", [stranger]);
    await fails(w.bid(t, 0, 1), "WrongLeaseSlot", [id, 1, VACANT]);
    await fails(w.bid(t, 0, 0, 0n), "ZeroPrice", []);
    await w.next(at + 50n);
    await fails(w.bid(t, 0, 0, 51n), "PriceTooHigh", [51n, 50n]);
    const ahead = BigInt(NOTICE + 60);
    await fails(w.bid(t, 0, 0, 5n), "Underfunded", [id, 5n * ahead, 0n]);
    await w.hooke.write.topUpLease([t, 5n * ahead - 1n]);
    await fails(w.bid(t, 0, 0, 5n), "Underfunded", [id, 5n * ahead, 5n * ahead - 1n]);
    await w.hooke.write.topUpLease([t, 1n]);
    await w.bid(t, 0, 0, 5n);
    await fails(w.bid(t, 1, 0, 5n), "WrongLeaseSlot", [id, 0, LEASED]);
    await w.hooke.write.topUpLease([t, 100_000n]);
    await w.hooke.write.openSlots([t, [1], 0]);
    await w.next(5);
    await fails(w.bid(t, 0, 1, 1n), "OperatorHoldsSlot", [1, 0]);
    await w.bid(t, 1, 1, 1n);
    assert.deepEqual(
      [(await w.hooke.read.leaseOf([id])).rate, (await w.operator(0)).bonded, (await w.operator(1)).bonded],
      [6n, BOND, BOND],
    );
    await w.hooke.write.closeLease([t, 0]);
    await w.hooke.write.claimLeases([t, [0, 1]]);

    const a = w.lease({ allow: `0x${"00000003".padStart(56, "0")}00000002`, minStake: 91n * ONE });
    await w.orderLease(a, ONE);
    await fails(w.bid(a, 0), "OperatorNotAllowed", [1]);
    await fails(w.bid(a, 1), "StakeTooLow", [2, 91n * ONE, 90n * ONE]);
    const b = w.lease({ bond: 91n * ONE });
    await w.orderLease(b, ONE);
    await fails(w.bid(b), "InsufficientStake", [1, 91n * ONE, 90n * ONE]);
    await money();
  });

  it("paysBySecondWholeWeiForWholeSecondsToTheOwnerWhoeverClaims", async () => {
    const { t, id } = await w.leased({ minSlots: 2, startPrice: 7n, maxPrice: 7n }, 1_000_003n);
    await w.bid(t, 1, 1, 3n);
    const since = [(await w.slotOf(t, 0)).paidUntil, (await w.slotOf(t, 1)).paidUntil].map(BigInt);
    const before = [await w.earnings(0), await w.earnings(1)];
    let at = 0n;
    for (const step of [1, 1000, 1]) {
      at = await w.next(step);
      await w.hooke.write.claimLeases([t, [0]], w.byStranger);
    }
    assert.equal((await w.earnings(0)) - before[0], 7n * (at - since[0]));
    // Twice in one call, or in one second, pays nothing twice.
    await w.networkHelpers.time.setNextBlockTimestamp(at);
    await w.hooke.write.claimLeases([t, [0, 0]], w.byStranger);
    assert.equal((await w.earnings(0)) - before[0], 7n * (at - since[0]));
    at = await w.next(100);
    await w.hooke.write.claimLeases([t, [0, 1]]);
    assert.equal((await w.earnings(1)) - before[1], 3n * (at - since[1]));
    assert.equal((await w.earnings(0)) - before[0], 7n * (at - since[0]));
    await fails(w.hooke.write.claimLeases([t, [2]]), "WrongLeaseSlot", [id, 2, VACANT]);
    const { free } = await w.hooke.read.accountOf([me]);
    at = await w.next(11);
    await w.hooke.write.closeLease([t, 3]);
    const spent = 7n * (at - since[0]) + 3n * (at - since[1]);
    assert.equal((await w.hooke.read.accountOf([me])).free - free, 1_000_003n - spent);
    await w.hooke.write.claimLeases([t, [0, 1]], w.byStranger);
    assert.deepEqual(await ended(), [ENDS.over, 0, 0n]);
    assert.equal((await w.operator()).bonded, 0n);
    await fails(w.hooke.write.claimLeases([t, [0]]), "WrongLeaseSlot", [id, 0, VACANT]);
    await money();
  });

  it("lapsesAtTheSecondThatTheEscrowCannotPayWhole", async () => {
    const amount = 7n * 1000n + 6n;
    const { t, id } = await w.leased({ startPrice: 7n, maxPrice: 7n, noticeSeconds: 0 }, amount);
    const start = BigInt((await w.slotOf(t)).paidUntil);
    const end = start + 1000n;
    assert.equal(await w.hooke.read.leaseEndsAt([t]), end);
    const before = await w.earnings();
    await w.next(end);
    await fails(w.hooke.write.lapseLease([t], w.byStranger), "LeaseNotOver", [id, end]);
    // The last funded second belongs to the lease; one later nothing goes on, though nobody has noted it.
    await w.next(end + 1n);
    await fails(w.hooke.write.topUpLease([t, 1n]), "LeaseOver", [id, end]);
    for (const call of [
      () => w.hooke.write.closeLease([t, 0]), () => w.bid(t), () => w.hooke.write.openSlots([t, [1], 0]), () => w.hooke.write.closeSlots([t, [0], 0, 0]),
      () => w.hooke.write.summon([t, 0]), () => w.hooke.write.giveNotice([t, 0], w.key(0)), () => w.hooke.write.leaveLease([t, 0]),
      () => w.hooke.write.abandonLease([t, 0], w.key(0)), () => w.hooke.write.appear([t, 0], w.key(0)), () => w.hooke.write.defaultLease([t, 0]),
      () => w.hooke.write.moveLease([t, 0, me], w.key(0)),
      () => w.hooke.write.resizeLease([t, 0, { price: 1n, cpuMillis: 0, memoryMib: 0, diskMib: 0, deadline: 2 ** 39 }, "0x", "0x"]),
    ]) await fails(call(), "LeaseOver", [id, end]);
    await w.next(end + 500n);
    await w.hooke.write.claimLeases([t, [0]], w.byStranger);
    assert.equal((await w.earnings()) - before, 7000n);
    assert.equal((await w.operator()).bonded, BOND, "until it is noted");
    const { free } = await w.hooke.read.accountOf([me]);
    await w.hooke.write.lapseLease([t], w.byStranger);
    const [over] = await w.hooke.getEvents.LeaseOrderOver();
    assert.deepEqual([over.args.reason, over.args.refund, over.args.endedAt], [1, 6n, end]);
    assert.equal((await w.hooke.read.accountOf([me])).free - free, 6n, "less than a second's pay");
    await fails(w.hooke.write.lapseLease([t]), "LeaseOver", [id, end]);
    await w.hooke.write.claimLeases([t, [0]], w.byStranger);
    assert.equal((await w.earnings()) - before, 7000n);
    assert.equal((await w.operator()).bonded, 0n);
    await money();
  });

  it("hasNoPanicWhereNothingIsLeasedNorTimePassed", async () => {
    // No rate: only the term ends it (akash #368 divided by it). Nor is the time between two steps of one second a trouble.
    const t = w.lease({ termSeconds: 1000 });
    const id = await w.orderLease(t, 10n * ONE);
    const at = await w.now();
    const end = at + 1000n;
    assert.equal(await w.hooke.read.leaseEndsAt([t]), end);
    const same = () => w.networkHelpers.time.setNextBlockTimestamp(at);
    for (const step of [
      () => w.bid(t), () => w.hooke.write.claimLeases([t, [0]]), () => w.hooke.write.topUpLease([t, 1n]), () => w.hooke.write.closeSlots([t, [0], 0, 0]),
      () => w.hooke.write.openSlots([t, [0], 0]), () => w.bid(t, 1), () => w.hooke.write.closeSlots([t, [0], 0, 0]),
    ]) {
      await same();
      await step();
    }
    assert.equal((await w.hooke.read.leaseOf([id])).balance, 10n * ONE + 1n);
    await w.next(end + 1n);
    await w.hooke.write.lapseLease([t], w.byStranger);
    const [over] = await w.hooke.getEvents.LeaseOrderOver();
    assert.deepEqual([over.args.reason, over.args.refund], [2, 10n * ONE + 1n]);
    await money();
  });

  it("letsAnyoneTopUpAndGivesWhatIsLeftToTheConsumer", async () => {
    const { t, id } = await w.leased({ startPrice: 10n, maxPrice: 10n }, 10_000n);
    await w.fund(stranger, 1000n);
    await fails(w.hooke.write.topUpLease([t, 0n]), "ZeroAmount", []);
    await fails(w.hooke.write.topUpLease([t, 1001n], w.byStranger), "InsufficientFree", [stranger, 1001n, 1000n]);
    const before = await w.hooke.read.leaseEndsAt([t]);
    await w.hooke.write.topUpLease([t, 1000n], w.byStranger);
    assert.equal((await w.hooke.read.leaseEndsAt([t])) - before, 100n);
    await fails(w.hooke.write.closeLease([t, 0], w.byStranger), "NotConsumer", [stranger, me]);
    await w.hooke.write.closeLease([t, 9]);
    const [over] = await w.hooke.getEvents.LeaseOrderOver();
    assert.deepEqual([over.args.reason, over.args.code], [0, 9]);
    await w.hooke.write.claimLeases([t, [0]]);
    assert.equal((await w.hooke.read.leaseOf([id])).state, 2);
    assert.equal((await w.hooke.read.accountOf([stranger])).free, 0n);
    await money();
  });

  it("lastsNoLongerThanItsTerm", async () => {
    const { t } = await w.leased({ termSeconds: 1000 }, 10n * ONE);
    const { createdAt } = await w.hooke.read.leaseOf([await w.hooke.read.leaseIdOf([t])]);
    const end = BigInt(createdAt) + 1000n;
    const before = await w.earnings();
    const { paidUntil } = await w.slotOf(t);
    await w.next(end + 5000n);
    await w.hooke.write.lapseLease([t], w.byStranger);
    await w.hooke.write.claimLeases([t, [0]], w.byStranger);
    assert.equal((await w.earnings()) - before, RATE * (end - BigInt(paidUntil)));
    await money();
  });

  it("letsASellerLeaveAfterNoticeWhichIsNoStandingOption", async () => {
    const { t, id } = await w.leased();
    await fails(w.hooke.write.leaveLease([t, 0]), "NotNoticed", [id, 0]);
    await fails(w.hooke.write.giveNotice([t, 0], w.byStranger), "NotSeller", [stranger, 1]);
    await fails(w.hooke.write.giveNotice([t, 1], w.key(0)), "WrongLeaseSlot", [id, 1, VACANT]);
    const at = await w.next(10);
    await w.hooke.write.giveNotice([t, 0], w.owner(0));
    const leaveAt = at + BigInt(NOTICE);
    assert.equal(BigInt((await w.slotOf(t)).switchAt), leaveAt);
    await fails(w.hooke.write.giveNotice([t, 0], w.key(0)), "AlreadyNoticed", [id, 0, leaveAt]);
    await w.next(leaveAt - 1n);
    await fails(w.hooke.write.leaveLease([t, 0], w.key(0)), "TooEarly", [leaveAt, leaveAt - 1n]);
    const before = await w.earnings();
    const { paidUntil } = await w.slotOf(t);
    await w.next(leaveAt + 50n);
    await w.hooke.write.claimLeases([t, [0]], w.byStranger);
    assert.equal((await w.earnings()) - before, RATE * (leaveAt - BigInt(paidUntil)), "who stays is paid no further");
    await w.next(leaveAt + 70n);
    await fails(w.hooke.write.summon([t, 0]), "TooLate", [leaveAt - 1n, leaveAt + 70n]);
    await fails(w.hooke.write.abandonLease([t, 0], w.owner(0)), "AlreadyNoticed", [id, 0, leaveAt]);
    const { free } = await w.hooke.read.accountOf([me]);
    await w.next(leaveAt + 100n);
    await w.hooke.write.leaveLease([t, 0], w.byStranger);
    assert.deepEqual(await ended(), [ENDS.left, 0, 0n]);
    assert.equal((await w.hooke.read.accountOf([me])).free - free, RATE * 100n, "what nobody earned is the consumer's");
    assert.deepEqual([(await w.operator()).bonded, (await w.slotOf(t)).state], [0n, OPEN]);
    await money();
  });

  it("burnsTheBondOfWhoLeavesWithoutNotice", async () => {
    const { t, id } = await w.leased();
    await fails(w.hooke.write.abandonLease([t, 0]), "NotSeller", [me, 1]);
    await fails(w.hooke.write.abandonLease([t, 0], w.key(0)), "NotSeller", [getAddress(w.providers[0].key.account.address), 1]);
    const { stake } = await w.operator();
    const before = [await w.earnings(), await w.hooke.read.burned()];
    const { paidUntil } = await w.slotOf(t);
    const at = await w.next(50);
    await w.hooke.write.abandonLease([t, 0], w.owner(0));
    assert.deepEqual(await ended(), [ENDS.abandoned, 0, BOND]);
    assert.equal((await w.earnings()) - before[0], RATE * (at - BigInt(paidUntil)));
    assert.equal((await w.hooke.read.burned()) - before[1], BOND);
    assert.equal(stake - (await w.operator()).stake, BOND);
    await fails(w.hooke.write.abandonLease([t, 0], w.owner(0)), "WrongLeaseSlot", [id, 0, OPEN]);
    await money();
  });

  it("paysNothingFromASummonsOnAndBurnsTheBondOfWhoDoesNotAppear", async () => {
    const { t, id } = await w.leased();
    await fails(w.hooke.write.summon([t, 0], w.byStranger), "NotConsumer", [stranger, me]);
    await fails(w.hooke.write.summon([t, 1]), "WrongLeaseSlot", [id, 1, VACANT]);
    await fails(w.hooke.write.appear([t, 0], w.key(0)), "WrongLeaseSlot", [id, 0, LEASED]);
    await fails(w.hooke.write.defaultLease([t, 0]), "WrongLeaseSlot", [id, 0, LEASED]);
    const { paidUntil } = await w.slotOf(t);
    const before = await w.earnings();
    const called = await w.next(100);
    await w.hooke.write.summon([t, 0]);
    const deadline = called + BigInt(ANSWER);
    await fails(w.hooke.write.summon([t, 0]), "WrongLeaseSlot", [id, 0, SUMMONED]);
    await fails(w.hooke.write.abandonLease([t, 0], w.key(0)), "WrongLeaseSlot", [id, 0, SUMMONED]);
    await w.pass(100);
    await w.hooke.write.claimLeases([t, [0]]);
    assert.equal((await w.earnings()) - before, RATE * (called - BigInt(paidUntil)));
    await fails(w.hooke.write.appear([t, 0], w.byStranger), "NotSeller", [stranger, 1]);
    await w.next(deadline);
    await w.hooke.write.appear([t, 0], w.key(0));
    const at = await w.next(10);
    await w.hooke.write.claimLeases([t, [0]]);
    assert.equal((await w.earnings()) - before, RATE * (at - BigInt(paidUntil)), "as if there had been none");
    const again = deadline + BigInt(ANSWER) + 1n;
    await w.next(again - 1n);
    await fails(w.hooke.write.summon([t, 0]), "TooEarly", [again, again - 1n]);

    await w.next(again);
    await w.hooke.write.summon([t, 0]);
    const last = again + BigInt(ANSWER);
    await w.next(last);
    await fails(w.hooke.write.defaultLease([t, 0], w.byStranger), "TooEarly", [last + 1n, last]);
    await w.next(last + 1n);
    await fails(w.hooke.write.appear([t, 0], w.owner(0)), "TooLate", [last, last + 1n]);
    const burned = await w.hooke.read.burned();
    const { free } = await w.hooke.read.accountOf([me]);
    await w.next(last + 100n);
    await w.hooke.write.defaultLease([t, 0], w.byStranger);
    assert.deepEqual(await ended(), [ENDS.defaulted, 0, BOND]);
    assert.equal((await w.hooke.read.burned()) - burned, BOND);
    assert.equal((await w.earnings()) - before, RATE * (again - BigInt(paidUntil)));
    assert.equal((await w.hooke.read.accountOf([me])).free - free, RATE * (last + 100n - again));
    assert.equal((await w.slotOf(t)).state, OPEN, "one is missing to minSlots");
    await money();
  });

  it("slashesNobodyWhoseNoticeWasOverBeforeItHadToAppear", async () => {
    const { t, id } = await w.leased({ noticeSeconds: 100 });
    await w.hooke.write.giveNotice([t, 0], w.key(0));
    const { switchAt } = await w.slotOf(t);
    const called = await w.next(10);
    await w.hooke.write.summon([t, 0]);
    await w.pass(ANSWER + 10);
    await fails(w.hooke.write.defaultLease([t, 0]), "AlreadyNoticed", [id, 0, BigInt(switchAt)]);
    const { paidUntil } = await w.slotOf(t);
    const before = await w.earnings();
    await w.hooke.write.leaveLease([t, 0], w.byStranger);
    assert.equal((await w.earnings()) - before, RATE * (called - BigInt(paidUntil)), "it never appeared");
    assert.equal((await w.operator()).bonded, 0n);
    await money();
  });

  it("endsNoLeaseByItsNoticeWhileTheSellerMayStillAppear", async () => {
    const { t } = await w.leased({ noticeSeconds: 100 });
    await w.hooke.write.giveNotice([t, 0], w.key(0));
    const { switchAt, paidUntil } = await w.slotOf(t);
    const before = await w.earnings();
    const deadline = (await w.next(10)) + BigInt(ANSWER);
    await w.hooke.write.summon([t, 0]);
    // Else the consumer, faster than the seller, would have back what was earned since the summons.
    await w.next(BigInt(switchAt));
    await fails(w.hooke.write.leaveLease([t, 0]), "TooEarly", [deadline + 1n, BigInt(switchAt)]);
    await w.next(deadline);
    await fails(w.hooke.write.leaveLease([t, 0], w.key(0)), "TooEarly", [deadline + 1n, deadline]);
    await w.next(deadline);
    await w.hooke.write.appear([t, 0], w.key(0));
    await w.hooke.write.leaveLease([t, 0], w.byStranger);
    assert.deepEqual(await ended(), [ENDS.left, 0, 0n]);
    assert.equal((await w.earnings()) - before, RATE * BigInt(switchAt - paidUntil));
    assert.equal((await w.operator()).bonded, 0n);
    await money();
  });

  it("paysADesertersNoticeByNoWay", async () => {
    for (const [wait, unpaid] of [[150, false], [ANSWER + 10, true]] as const) {
      for (const way of ["closeLease", "closeSlots"] as const) {
        const { t } = await w.leased({ noticeSeconds: 100 });
        await w.hooke.write.giveNotice([t, 0], w.key(0));
        const { switchAt, paidUntil } = await w.slotOf(t);
        const called = await w.next(10);
        await w.hooke.write.summon([t, 0]);
        const before = await w.earnings();
        await w.next(wait);
        if (way === "closeSlots") await w.hooke.write.closeSlots([t, [0], 0, 1]);
        else await finish(t);
        // As `leaveLease` would: it had its time to appear, though the notice was over in between.
        assert.equal((await w.earnings()) - before, RATE * ((unpaid ? called : BigInt(switchAt)) - BigInt(paidUntil)), `${way} after ${wait}`);
        assert.equal((await w.operator()).bonded, 0n);
      }
    }
    await money();
  });

  it("voidsASummonsThatTheOrderDoesNotOutlastAndPaysNoDeserter", async () => {
    for (const [wait, unpaid] of [[10, false], [ANSWER + 10, true]] as const) {
      for (const way of ["closeLease", "closeSlots"] as const) {
        const { t } = await w.leased();
        const called = await w.next(20);
        await w.hooke.write.summon([t, 0]);
        const { paidUntil } = await w.slotOf(t);
        const before = await w.earnings();
        const at = await w.next(wait);
        if (way === "closeLease") {
          await w.hooke.write.closeLease([t, 1]);
          await w.hooke.write.claimLeases([t, [0]]);
        } else {
          await w.hooke.write.closeSlots([t, [0], 0, 1]);
          assert.deepEqual(await ended(), [ENDS.closed, 1, 0n]);
        }
        assert.equal((await w.earnings()) - before, RATE * ((unpaid ? called : at) - BigInt(paidUntil)));
        assert.equal((await w.operator()).bonded, 0n, "nothing was proven");
      }
    }
    await money();
  });

  it("movesALeaseWithinOneOperatorAndFencesTheOldNode", async () => {
    const { t, id } = await w.leased();
    const spare = w.stranger;
    const account = w.providers[0].owner.account;
    await fails(w.hooke.write.moveLease([t, 0, stranger], w.key(0)), "UnknownNode", [stranger]);
    await w.hooke.write.register([w.profileOf(spare.account.address), await w.consentOf(spare, account.address)], { account });
    await fails(w.hooke.write.moveLease([t, 0, stranger], w.byStranger), "NotSeller", [stranger, 1]);
    const foreign = getAddress(w.providers[1].key.account.address);
    await fails(w.hooke.write.moveLease([t, 0, foreign], w.key(0)), "NotNodeOwner", [foreign, getAddress(w.providers[0].key.account.address)]);
    await fails(w.hooke.write.moveLease([t, 1, stranger], w.key(0)), "WrongLeaseSlot", [id, 1, VACANT]);
    await w.hooke.write.moveLease([t, 0, stranger], w.key(0));
    const { nodeId, version } = await w.slotOf(t);
    assert.deepEqual([nodeId, version], [5, 2]);
    await fails(w.hooke.write.giveNotice([t, 0], w.key(0)), "NotSeller", [getAddress(w.providers[0].key.account.address), 1]);
    // A retired node keeps what it holds, and gets nothing new.
    await w.hooke.write.retire([stranger], { account });
    await w.hooke.write.giveNotice([t, 0], w.byStranger);
    await fails(w.hooke.write.moveLease([t, 0, stranger], { account }), "NodeNotActive", [stranger]);
    await fails(w.hooke.write.bidLease([t, 1, RATE, 0], w.byStranger), "NodeNotActive", [stranger]);
    await w.hooke.write.moveLease([t, 0, w.providers[0].key.account.address], { account });
    await finish(t);
    await money();
  });

  it("resizesByBothSidesWordFromThatSecondOn", async () => {
    const { t, id } = await w.leased({}, ONE / 100n);
    const seller = w.providers[0];
    const deadline = Number(await w.now()) + 1000;
    const change = { price: 2n * RATE, cpuMillis: 2000, memoryMib: 512, diskMib: 2048, deadline };
    assert.equal(await w.hooke.read.resizeDigest([id, 0, 1, change]), w.resizeDigest(id, 0, 1, change));
    const [mine, theirs] = [await w.signResize(w.consumer, id, 0, 1, change), await w.signResize(seller.key, id, 0, 1, change)];
    const resize = (c = change, a: Hex = mine, b: Hex = theirs, from = w.stranger) =>
      w.hooke.write.resizeLease([t, 0, c, a, b], { account: from.account });
    const forged: [Hex, Hex, Hex][] = [
      [await w.signResize(w.stranger, id, 0, 1, change), theirs, me],
      [await w.signResize(w.consumer, id, 0, 2, change), theirs, me],
      [await w.signResize(w.consumer, id, 1, 1, change), theirs, me],
      [await w.signResize(w.consumer, ROOT, 0, 1, change), theirs, me],
      [await w.signResize(w.consumer, id, 0, 1, change, { ...w.domain, chainId: 1 }), theirs, me],
      [await w.signResize(w.consumer, id, 0, 1, change, { ...w.domain, verifyingContract: w.token.address }), theirs, me],
      [mine.slice(0, -2) as Hex, theirs, me],
      ["0x", theirs, me],
      [mine, theirs.slice(0, -2) as Hex, zeroAddress],
      [mine, "0x", stranger],
      [mine, await w.signResize(w.providers[1].key, id, 0, 1, change), getAddress(w.providers[1].key.account.address)],
    ];
    for (const [a, b, side] of forged) await fails(resize(change, a, b), "BadResize", [id, 0, side]);
    await fails(resize({ ...change, price: 1n }), "BadResize", [id, 0, me]);
    await fails(resize({ ...change, price: 0n }), "ZeroPrice", []);
    await fails(w.hooke.write.resizeLease([t, 1, change, mine, theirs]), "WrongLeaseSlot", [id, 1, VACANT]);

    const { paidUntil } = await w.slotOf(t);
    const before = await w.earnings();
    const at = await w.next(100);
    await resize();
    assert.equal((await w.earnings()) - before, RATE * (at - BigInt(paidUntil)), "the old is settled first");
    assert.equal((await w.hooke.read.leaseOf([id])).rate, 2n * RATE);
    await fails(resize(), "BadResize", [id, 0, me]);
    const later = await w.next(10);
    await w.hooke.write.claimLeases([t, [0]]);
    assert.equal((await w.earnings()) - before, RATE * (at - BigInt(paidUntil)) + 2n * RATE * (later - at));

    // Each side may call with the other's word alone; the owner's is the seller's, too.
    const cheaper = { ...change, price: RATE / 2n };
    await w.hooke.write.resizeLease([t, 0, cheaper, "0x", await w.signResize(seller.owner, id, 0, 2, cheaper)]);
    const dearer = { ...change, price: 20n * RATE };
    const signed = await w.signResize(w.consumer, id, 0, 3, dearer);
    const { balance, syncedAt } = await w.hooke.read.leaseOf([id]);
    const when = await w.next(5);
    await fails(w.hooke.write.resizeLease([t, 0, dearer, signed, "0x"], w.key(0)), "Underfunded", [
      id, 20n * RATE * BigInt(NOTICE + 60), balance - (RATE / 2n) * (when - BigInt(syncedAt)),
    ]);
    await w.hooke.write.topUpLease([t, ONE]);
    await w.hooke.write.resizeLease([t, 0, dearer, signed, "0x"], w.key(0));
    const late = await w.next(BigInt(deadline) + 1n);
    await fails(w.hooke.write.resizeLease([t, 0, dearer, signed, "0x"], w.key(0)), "TooLate", [BigInt(deadline), late]);
    await finish(t);
    await money();
  });

  it("takesAContractsWordForAResize", async () => {
    const buyer = await w.viem.deployContract("Buyer", [w.hooke.address, false]);
    await w.networkHelpers.impersonateAccount(buyer.address);
    await w.networkHelpers.setBalance(buyer.address, ONE);
    await w.fund(stranger, ONE);
    const t = w.lease({ consumer: buyer.address });
    await w.hooke.write.orderLease([t, 0n], { account: buyer.address });
    await w.hooke.write.topUpLease([t, ONE], w.byStranger);
    const id = await w.hooke.read.leaseIdOf([t]);
    await w.bid(t);
    const change = { price: RATE / 2n, cpuMillis: 1, memoryMib: 1, diskMib: 1, deadline: 2 ** 39 };
    const send = () => w.hooke.write.resizeLease([t, 0, change, "0x01", "0x"], w.key(0));
    await fails(send(), "BadResize", [id, 0, getAddress(buyer.address)]);
    await buyer.write.sign([await w.hooke.read.resizeDigest([id, 0, 1, change])]);
    await send();
    assert.equal((await w.slotOf(t)).price, RATE / 2n);
    await w.hooke.write.closeLease([t, 0], { account: buyer.address });
    const { free } = await w.hooke.read.accountOf([buyer.address]);
    assert.ok(free > 0n);
    // Its money is no wallet's: the sum of wallets must go without it.
    await w.hooke.write.claimLeases([t, [0]]);
    await w.hooke.write.withdraw([free], { account: buyer.address });
    await money();
  });
});

describe("Services", () => {
  let w: Leasing;
  let stranger: Hex;
  const fails: World["fails"] = (...claim) => w.fails(...claim);
  const TAKEOVER = 120;
  let primary: { account: Leasing["stranger"]["account"] };
  let standby: { account: Leasing["stranger"]["account"] };
  const service = (change: Partial<LeaseTerms> = {}) =>
    w.lease({
      minSlots: 1, maxSlots: 6, primary: primary.account.address, standby: standby.account.address, takeoverSeconds: TAKEOVER,
      hourlyLimit: 3n * RATE * 3600n, ...change,
    });
  before(async () => {
    w = await leasing(4);
    stranger = getAddress(w.stranger.account.address);
    primary = w.key(2);
    standby = w.key(3);
  });

  it("letsControllersScaleBetweenMinAndMaxWithinTheHourlyLimitAndNothingElse", async () => {
    const t = service();
    const id = await w.orderLease(t, ONE);
    await w.bid(t);
    await fails(w.hooke.write.openSlots([t, [1], 0], w.byStranger), "NotController", [stranger]);
    await fails(w.hooke.write.closeSlots([t, [0], 0, 4], w.byStranger), "NotController", [stranger]);
    await w.hooke.write.openSlots([t, [1, 4], 0], primary);
    const [scaled] = await w.hooke.getEvents.Scaled();
    assert.deepEqual([scaled.args.by, scaled.args.scaleSeq], [getAddress(primary.account.address), 1]);
    // Three slots at the maximum price are the limit, leased or only open.
    const hourly = 4n * RATE * 3600n;
    await fails(w.hooke.write.openSlots([t, [2], 1], primary), "OverHourlyLimit", [hourly, t.hourlyLimit]);
    await w.bid(t, 1, 1, RATE / 2n);
    await fails(w.hooke.write.openSlots([t, [2], 1], primary), "OverHourlyLimit", [hourly - (RATE / 2n) * 3600n, t.hourlyLimit]);
    await fails(w.hooke.write.openSlots([t, [1], 1], primary), "WrongLeaseSlot", [id, 1, LEASED]);
    await fails(w.hooke.write.openSlots([t, [4], 1], primary), "WrongLeaseSlot", [id, 4, OPEN]);
    await fails(w.hooke.write.openSlots([t, [6], 1], primary), "NoSuchSlot", [6, 6]);
    await w.hooke.write.closeSlots([t, [4, 1], 1, 4], primary);
    assert.deepEqual([(await w.slotOf(t, 1)).state, (await w.slotOf(t, 4)).state], [VACANT, VACANT]);
    await fails(w.hooke.write.closeSlots([t, [0], 2, 4], primary), "BelowMinimum", [0n, 1]);
    await fails(w.hooke.write.closeSlots([t, [5], 2, 4], primary), "WrongLeaseSlot", [id, 5, VACANT]);
    // A consumer is bound by none of this.
    await w.hooke.write.openSlots([t, [1, 2, 3, 4, 5], 99]);
    await w.hooke.write.closeSlots([t, [0, 1, 2, 3, 4, 5], 99, 4]);
    assert.deepEqual([(await w.hooke.read.leaseOf([id])).open, (await w.hooke.read.leaseOf([id])).scaleSeq], [0, 4]);
    // Controllers cannot touch escrow, terms or bonds.
    for (const by of [primary, standby]) {
      const who = getAddress(by.account.address);
      const refused = [who, getAddress(t.consumer)];
      await fails(w.hooke.write.closeLease([t, 0], by), "NotConsumer", refused);
      await fails(w.hooke.write.summon([t, 0], by), "NotConsumer", refused);
    }
    assert.equal(await w.owed(), await w.holds());
  });

  it("fencesByANumberAndHoldsTheStandbyBackWhileThePrimaryActs", async () => {
    const t = service();
    const id = await w.orderLease(t, ONE);
    const created = await w.now();
    await w.next(created + BigInt(TAKEOVER) - 1n);
    await fails(w.hooke.write.openSlots([t, [1], 0], standby), "TooEarly", [created + BigInt(TAKEOVER), created + BigInt(TAKEOVER) - 1n]);
    await w.next(created + BigInt(TAKEOVER));
    await w.hooke.write.openSlots([t, [1], 0], standby);
    // The primary decided upon what it had seen before: refused, so that one need is not met twice.
    await fails(w.hooke.write.openSlots([t, [2], 0], primary), "StaleScale", [0, 1]);
    await w.hooke.write.openSlots([t, [2], 1], primary);
    const acted = await w.now();
    await fails(w.hooke.write.closeSlots([t, [2], 2, 4], standby), "TooEarly", [acted + BigInt(TAKEOVER), (when: bigint) => when >= acted]);
    await w.next(acted + BigInt(TAKEOVER));
    // Nothing to do, but alive.
    await w.hooke.write.openSlots([t, [], 2], primary);
    await fails(w.hooke.write.closeSlots([t, [2], 3, 4], standby), "TooEarly", [
      acted + 2n * BigInt(TAKEOVER), (when: bigint) => when >= acted,
    ]);
    assert.equal(BigInt((await w.hooke.read.leaseOf([id])).primaryAt), acted + BigInt(TAKEOVER));
    // A consumer's step counts, too; it needs no number.
    await w.hooke.write.closeSlots([t, [2], 0, 4]);
    await fails(w.hooke.write.openSlots([t, [2], 3], primary), "StaleScale", [3, 4]);
  });

  it("opensWhatIsMissingForAnyoneAndLeavesControllersNumberAlone", async () => {
    const t = service({ minSlots: 3, hourlyLimit: 0n });
    const id = await w.orderLease(t, ONE);
    await w.bid(t, 0, 0);
    await w.hooke.write.closeSlots([t, [0, 1], 0, 2]);
    await w.hooke.write.openSlots([t, [5], 77], w.byStranger);
    await fails(w.hooke.write.openSlots([t, [1, 0], 0], w.byStranger), "NotController", [stranger]);
    await w.hooke.write.openSlots([t, [], 0], w.byStranger);
    assert.equal((await w.hooke.read.leaseOf([id])).scaleSeq, 1, "strangers cannot make a controller's call stale");
    // What the consumer wants at least is no matter of the controllers' limit.
    await w.hooke.write.openSlots([t, [0], 1], primary);
    await fails(w.hooke.write.openSlots([t, [1], 2], primary), "OverHourlyLimit", [4n * RATE * 3600n, 0n]);
    assert.equal((await w.hooke.read.leaseOf([id])).open, 3);
    assert.equal(await w.owed(), await w.holds());
  });

  it("scalesToZeroAndHoldsManyReplicasOfOneOperator", async () => {
    const before = await Promise.all([0, 1, 2, 3].map((i) => w.operator(i)));
    const t = service({ minSlots: 0, maxSlots: 64, hourlyLimit: 64n * RATE * 3600n });
    const locked = await w.locked();
    const id = await w.orderLease(t, 50n * ONE);
    assert.deepEqual([(await w.slotOf(t, 0)).state, (await w.hooke.read.leaseOf([id])).open], [VACANT, 0]);
    const all = [...Array(64).keys()];
    await w.hooke.write.openSlots([t, all, 0], primary);
    for (const slot of all) await w.bid(t, slot % 4, slot);
    const { rate, leased } = await w.hooke.read.leaseOf([id]);
    assert.deepEqual([rate, leased], [64n * RATE, 64]);
    await w.pass(1000);
    const claim = await w.gas(w.hooke.write.claimLeases([t, all]));
    const close = await w.gas(w.hooke.write.closeLease([t, 4]));
    // Coverage counts by instructions of its own, which cost gas.
    if (!hre.globalOptions.coverage) assert.ok(claim < 2_500_000n && close < 120_000n, `${claim}, and ${close}, which is constant, however many`);
    await w.hooke.write.claimLeases([t, all]);
    for (const i of [0, 1, 2, 3]) assert.equal((await w.operator(i)).bonded, before[i].bonded);
    assert.equal(await w.locked(), locked);
    assert.equal(await w.owed(), await w.holds());
  });
});
