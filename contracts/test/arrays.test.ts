import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { concat, getAddress, sha256, type Hex } from "viem";

import { pathTo, treeOf, type Leaf } from "./sumtree.ts";
import * as T from "./world.ts";
import { CAP, FUEL, ONE, OPTIMISTIC, QUORUM, ROOT, SALT, world, type World } from "./world.ts";

const chunk: Hex = `0x${"ab".repeat(700)}`;
const outputRoot = sha256(concat(["0x00", chunk]));
const leavesOf = (first: number, count: number): Leaf[] =>
  Array.from({ length: count }, (_, i) => ({ index: first + i, outcome: 0, exitCode: i, fuel: FUEL + BigInt(i), size: 700n, outputRoot }));

describe("Arrays", () => {
  let w: World;
  const fails: World["fails"] = (...claim) => w.fails(...claim);
  const key = (i: number) => ({ account: w.providers[i].key.account });
  const byStranger = () => ({ account: w.stranger.account });
  const bid = (t: T.Terms, slot: number, i = slot) => w.hooke.write.bid([t, slot, t.maxPrice], key(i));
  const state = async (id: Hex, slot: number) => (await w.hooke.read.slotOf([id, slot])).state;
  const bonded = async (i: number) => (await w.hooke.read.operatorOf([i + 1])).bonded;
  const locked = async () => (await w.hooke.read.accountOf([w.consumer.account.address])).locked;
  const money = async () => assert.equal(await w.owed(), await w.holds());
  before(async () => {
    w = await world(4);
  });

  it("eachSlotOwnsItsShareOfTheTasksAndTogetherTheyOwnAll", async () => {
    for (const [tasks, slots] of [[1, 1], [7, 3], [10, 4], [128, 128], [1000, 4]]) {
      const t = w.terms({ tasks, slots, fuelLimit: 1_000_000_000n });
      await w.order(t);
      assert.equal(await locked(), (BigInt(tasks) * CAP) / 1000n);
      assert.equal(await w.hooke.read.slotsOf([t]), slots);
      let next = 0;
      for (const slot of [...Array(slots).keys()]) {
        const { first, count, bond } = await w.hooke.read.rangeOf([t, slot]);
        assert.equal(first, next);
        assert.ok(count >= 1);
        assert.equal(bond, (BigInt(count) * CAP) / 1000n);
        assert.ok(bond <= (await w.hooke.read.bondOf([t])));
        next += count;
      }
      assert.equal(next, tasks);
      await fails(w.hooke.read.rangeOf([t, slots]), "NoSuchSlot", [slots, slots]);
      await w.hooke.write.cancel([t]);
      assert.equal(await locked(), 0n);
    }
    await money();
  });

  it("takesTheLargestArrayThereMayBe", async () => {
    const t = w.terms({ mode: OPTIMISTIC, tasks: 2 ** 20, slots: 128, fuelLimit: 2n ** 44n - 1n, startPrice: 1n, maxPrice: 1n });
    const id = await w.order(t);
    const { bond } = await w.hooke.read.rangeOf([t, 127]);
    await bid(t, 127, 0);
    assert.equal(await bonded(0), bond);
    await w.hooke.write.deliver([t, 127, ROOT, (2n ** 44n - 1n) * 8192n, "0x"], key(0));
    await w.hooke.write.cancel([t]);
    assert.deepEqual([(await w.hooke.read.orderOf([id])).state, await state(id, 0), await state(id, 127)], [1, T.CLOSED, T.DELIVERED]);
    await w.pass(61);
    await w.hooke.write.settleSlot([t, 127]);
    await w.hooke.write.acknowledge([t, 127, "0x"]);
    assert.equal((await w.hooke.read.orderOf([id])).state, 2);
    assert.equal(await bonded(0), 0n);
    await money();
  });

  it("slotsSettleEachByItselfAndTheLastOneClosesTheOrder", async () => {
    const t = w.terms({ tasks: 10, slots: 3, exclusiveKey: ROOT });
    const id = await w.order(t);
    assert.equal((await w.hooke.read.orderOf([id])).open, 3);
    for (const slot of [0, 1, 2]) await bid(t, slot);
    assert.deepEqual([await bonded(0), await bonded(1), await bonded(2)], [3n * CAP, 3n * CAP, 4n * CAP]);
    const fuel = 3n * FUEL;
    await fails(w.hooke.write.deliver([t, 0, ROOT, 3n * t.fuelLimit + 1n, "0x"], key(0)), "FuelOverLimit", [3n * t.fuelLimit + 1n, 3n * t.fuelLimit]);
    await w.hooke.write.deliver([t, 0, ROOT, fuel, await w.receipt(id, 0, ROOT, fuel)], key(0));
    assert.equal(await state(id, 0), T.RELEASED);
    assert.equal((await w.hooke.read.orderOf([id])).state, 1);
    await w.hooke.write.deliver([t, 1, ROOT, fuel, "0x"], key(1));
    await w.hooke.write.refuse([t, 1]);
    await w.hooke.write.deliver([t, 2, ROOT, fuel, "0x"], key(2));
    await fails(w.hooke.write.settleSlot([t, 3]), "NoSuchSlot", [3, 3]);
    await fails(w.hooke.write.settle([t]), "WrongSlotState", [id, 0, T.RELEASED]);
    const { deadline } = await w.hooke.read.slotOf([id, 2]);
    const at = await w.next(BigInt(deadline));
    await fails(w.hooke.write.settleSlot([t, 2], byStranger()), "TooEarly", [at + 1n, at]);
    assert.notEqual(await w.hooke.read.holderOf([t.consumer, ROOT]), T.ZERO);
    await w.next(at + 1n);
    await w.hooke.write.settleSlot([t, 2], byStranger());
    assert.equal((await w.hooke.read.orderOf([id])).state, 2);
    assert.equal(await w.hooke.read.holderOf([t.consumer, ROOT]), T.ZERO);
    assert.deepEqual(await w.hooke.read.resultOf([id]), [true, ROOT, fuel]);
    await fails(w.hooke.write.settleSlot([t, 2]), "OrderNotLive", [id, 2]);
    await w.pass(3601);
    await w.hooke.write.release([t, 2]);
    assert.equal(await locked(), 0n);
    await money();
  });

  it("aMissedSlotIsOpenAgainWithAllItsTasksAndTheOthersGoOn", async () => {
    const t = w.terms({ tasks: 4, slots: 2, openSeconds: 1000, mode: OPTIMISTIC });
    const id = await w.order(t);
    await bid(t, 0);
    await w.pass(601);
    const burned = await w.hooke.read.burned();
    await w.hooke.write.miss([t, 0], byStranger());
    assert.equal((await w.hooke.read.burned()) - burned, 8n * CAP);
    assert.equal(await state(id, 0), T.OPEN);
    await bid(t, 0, 1);
    await w.pass(601);
    await w.hooke.write.miss([t, 0], byStranger());
    assert.equal(await state(id, 0), T.CLOSED);
    assert.equal((await w.hooke.read.orderOf([id])).state, 1);
    await w.hooke.write.expire([t], byStranger());
    assert.equal(await state(id, 1), T.CLOSED);
    assert.equal((await w.hooke.read.orderOf([id])).state, 2);
    await fails(w.hooke.write.expire([t]), "NothingOpen", [id]);
    assert.equal(await locked(), 0n);
    await money();
  });

  it("anUndeliveredSuffixIsASlotOfItsOwnAndItsPartOfTheBondIsLost", async () => {
    const t = w.terms({ tasks: 10, slots: 2, mode: OPTIMISTIC });
    const id = await w.order(t);
    await bid(t, 1);
    const part = (count: number, root = ROOT, fuel = 2n * FUEL) => w.hooke.write.deliverPart([t, 1, count, root, fuel], key(1));
    await fails(part(0), "BadPart", [0, 5]);
    await fails(part(5), "BadPart", [5, 5]);
    await fails(part(2, T.ZERO), "ZeroRoot", []);
    await fails(part(2, ROOT, 2n * t.fuelLimit + 1n), "FuelOverLimit", [2n * t.fuelLimit + 1n, 2n * t.fuelLimit]);
    await fails(w.hooke.write.deliverPart([t, 1, 2, ROOT, FUEL], key(0)), "NotAssignee", [getAddress(w.providers[0].key.account.address), 2]);
    const burned = await w.hooke.read.burned();
    await part(2);
    assert.equal((await w.hooke.read.burned()) - burned, 3n * CAP);
    assert.equal(await bonded(1), 8n * CAP, "two tasks and a jury's part");
    assert.deepEqual(await w.hooke.read.rangeOf([t, 1]), { first: 5, count: 2, bond: 8n * CAP });
    assert.deepEqual(await w.hooke.read.rangeOf([t, 2]), { first: 7, count: 3, bond: 9n * CAP });
    assert.equal(await w.hooke.read.slotsOf([t]), 3);
    assert.equal(await state(id, 2), T.OPEN);
    await fails(part(1), "WrongSlotState", [id, 1, T.DELIVERED]);

    // The rest is taken, missed, taken again, and parted again.
    await bid(t, 2, 2);
    await w.pass(61);
    await w.hooke.write.settleSlot([t, 1]);
    await w.hooke.write.deliverPart([t, 2, 1, ROOT, FUEL], key(2));
    assert.deepEqual(await w.hooke.read.rangeOf([t, 3]), { first: 8, count: 2, bond: 8n * CAP });
    await bid(t, 3, 3);
    await w.pass(601);
    await w.hooke.write.miss([t, 3]);
    assert.equal(await state(id, 3), T.CLOSED);
    await w.hooke.write.expire([t]);
    await w.hooke.write.settleSlot([t, 2]);
    assert.equal((await w.hooke.read.orderOf([id])).state, 2);
    for (const slot of [1, 2]) await w.hooke.write.acknowledge([t, slot, "0x"]);
    for (const i of [1, 2, 3]) assert.equal(await bonded(i), 0n);
    assert.equal(await locked(), 0n);
    await money();
  });

  it("aSuffixIsNotOpenedWhenTheOrderWasCancelledOrBidsAreOver", async () => {
    for (const cancelled of [true, false]) {
      const t = w.terms({ tasks: 4, slots: 1, openSeconds: 100 });
      const id = await w.order(t);
      await bid(t, 0);
      if (cancelled) await fails(w.hooke.write.cancel([t]), "NothingOpen", [id]);
      await w.pass(101);
      await w.hooke.write.deliverPart([t, 0, 1, ROOT, FUEL], key(0));
      assert.equal(await state(id, 1), T.CLOSED);
      assert.equal(await locked(), CAP);
      await w.hooke.write.acknowledge([t, 0, "0x"]);
      assert.equal((await w.hooke.read.orderOf([id])).state, 2);
    }
    const t = w.terms({ tasks: 4, slots: 2 });
    const id = await w.order(t);
    await bid(t, 0);
    await w.hooke.write.cancel([t]);
    await w.hooke.write.deliverPart([t, 0, 1, ROOT, FUEL], key(0));
    assert.equal(await state(id, 2), T.CLOSED);
    await w.hooke.write.acknowledge([t, 0, "0x"]);
    assert.equal(await locked(), 0n);
    await money();
  });

  it("anOrderThatIsFullOfSlotsGivesTheSuffixBack", async () => {
    const t = w.terms({ tasks: 256, slots: 128, fuelLimit: 1_000_000_000n });
    const id = await w.order(t);
    await bid(t, 5, 0);
    const before = await locked();
    await w.hooke.write.deliverPart([t, 5, 1, ROOT, 1n], key(0));
    assert.equal(before - (await locked()), CAP / 1000n);
    assert.equal(await w.hooke.read.slotsOf([t]), 128);
    assert.deepEqual(await w.hooke.read.rangeOf([t, 5]), { first: 10, count: 1, bond: CAP / 1000n });
    await w.hooke.write.cancel([t]);
    await w.hooke.write.acknowledge([t, 5, "0x"]);
    assert.equal((await w.hooke.read.orderOf([id])).state, 2);
    assert.equal(await locked(), 0n);
    await money();
  });

  it("aDemandNamesOneChunkOfOneTaskAndOnlyItsProofAnswers", async () => {
    const t = w.terms({ tasks: 9, slots: 1 });
    const id = await w.order(t);
    await bid(t, 0);
    const leaves = leavesOf(0, 9);
    const { hash, fuel } = treeOf(leaves);
    await w.hooke.write.deliver([t, 0, hash, fuel, "0x"], key(0));
    await w.pass(61);
    await w.hooke.write.settle([t]);
    for (let i = 0; i < 4; i++) {
      await w.hooke.write.demand([t, 0]);
      const { seed } = await w.hooke.read.demandOf([id, 0]);
      const position = Number((seed >> 96n) % 9n);
      const proofOf = (index: number, change = {}) => {
        const { fuel: _, ...l } = leaves[index];
        return { ...l, chunk, path: [], ...change };
      };
      const answer = (index: number, change = {}, path = pathTo(leaves, index), own = leaves[index].fuel) =>
        w.hooke.write.answerWithin([t, 0, proofOf(index, change), own, path], byStranger());
      await fails(answer((position + 1) % 9), "BadProof", [id, 0]);
      await fails(answer(position, { exitCode: 99 }), "BadProof", [id, 0]);
      await fails(answer(position, {}, []), "BadProof", [id, 0]);
      await fails(answer(position, {}, pathTo(leaves, position), 1n), "BadProof", [id, 0]);
      await fails(answer(position, { chunk: "0x00" }), "BadProof", [id, 0]);
      await fails(w.hooke.write.answer([t, 0, proofOf(position)]), "BadProof", [id, 0]);
      await answer(position);
      await fails(answer(position), "NoDemand", [id, 0]);
    }
    await w.pass(3601);
    await w.hooke.write.release([t, 0]);
    await money();
  });

  it("aQuorumRunsAllTasksOfAnArrayAndIsPaidForAll", async () => {
    const t = w.terms({ mode: QUORUM, quorum: 2, slots: 2, tasks: 5 });
    const id = await w.order(t);
    assert.equal(await locked(), 10n * CAP);
    assert.equal(await w.hooke.read.bondOf([t]), 5n * CAP);
    await w.networkHelpers.mine(2);
    await w.pass(100);
    for (const slot of [0, 1]) await bid(t, slot);
    assert.equal(await bonded(0), 5n * CAP);
    const fuel = 5n * FUEL;
    for (const slot of [0, 1]) await w.hooke.write.commit([t, slot, w.commitment(id, slot, slot + 1, ROOT, fuel, SALT)], key(slot));
    await fails(w.hooke.write.settleSlot([t, 0]), "WrongVerification", [QUORUM]);
    for (const slot of [0, 1]) await w.hooke.write.reveal([t, slot, ROOT, fuel, SALT, await w.receipt(id, slot, ROOT, fuel)]);
    assert.deepEqual(await w.hooke.read.resultOf([id]), [true, ROOT, fuel]);
    assert.equal(await locked(), 0n);
    assert.equal(await bonded(0), 0n);
    await money();
  });

  it("aContractIsToldEachSlotsResult", async () => {
    const buyer = await w.viem.deployContract("Buyer", [w.hooke.address, false]);
    await w.token.write.mint([buyer.address, 2n * ONE]);
    const t = w.terms({ consumer: buyer.address, tasks: 2, slots: 2 });
    await buyer.write.order([t, 2n * ONE]);
    const id = await w.hooke.read.idOf([t]);
    for (const [slot, root] of [[0, ROOT], [1, T.OTHER_ROOT]] as const) {
      await bid(t, slot);
      await buyer.write.sign([await w.hooke.read.receiptDigest([id, slot, root, FUEL])]);
      await w.hooke.write.deliver([t, slot, root, FUEL, "0x01"], key(slot));
      assert.equal(await buyer.read.lastRoot(), root);
    }
  });
});
