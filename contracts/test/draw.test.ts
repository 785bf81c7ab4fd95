import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { encodeAbiParameters, keccak256, numberToHex, type Hex } from "viem";

import { leafHash, published } from "./sumtree.ts";
import { FUEL, ONE, OPTIMISTIC, QUORUM, ROOT, world, type World } from "./world.ts";

const WIDTH = 4n;
const JURY_WIDTH = 1n;
const STEP_SECONDS = 12n;

/** The rule of `bid` in the interface's words: the ticket lies in the lowest WIDTH * stake / total * 2^steps of its range. */
function drawn(seed: Hex, id: Hex, slot: number, operatorId: number, stake: bigint, total: bigint, seconds: bigint, width = WIDTH) {
  const share = stake * width << seconds / STEP_SECONDS;
  const ticket = BigInt(keccak256(encodeAbiParameters(
    ["bytes32", "bytes32", "uint8", "uint32"].map((type) => ({ type })), [seed, id, slot, operatorId],
  ))) >> 128n;
  return share >= total || ticket * total < share << 128n;
}

describe("The draw", () => {
  let w: World;
  before(async () => {
    w = await world(6);
  });

  it("isOnChainExactlyTheRuleItsChanceGrowsWithStakeAndWidensWithTime", async () => {
    // Stakes 90, 80, 60, 45, 20, 5: a sum of 300.
    const stakes = [90n, 80n, 60n, 45n, 20n, 5n].map((each) => each * ONE);
    const total = 300n * ONE;
    for (const [i, stake] of stakes.entries()) {
      if (stake !== 90n * ONE) await w.hooke.write.unbond([90n * ONE - stake], { account: w.providers[i].owner.account });
    }
    assert.equal(await w.hooke.read.totalStake(), total);

    const t = w.terms({ mode: QUORUM, quorum: 8, slots: 15 });
    const id = await w.order(t);
    const { createdBlock, createdAt } = await w.hooke.read.orderOf([id]);
    await w.networkHelpers.mine(2);
    const { hash: seed } = await w.client.getBlock({ blockNumber: BigInt(createdBlock) + 1n });
    let winners = 0;
    for (let slot = 0; slot < 15; slot++) {
      for (const [i, stake] of stakes.entries()) {
        for (const seconds of [0n, 11n, 12n, 36n, 200n]) {
          const expected = drawn(seed!, id, slot, i + 1, stake, total, seconds);
          if (expected) winners++;
          assert.equal(await w.hooke.read.isDrawn([t, slot, i + 1, BigInt(createdAt) + seconds]), expected, `${slot} ${i} ${seconds}`);
        }
      }
    }
    assert.ok(winners > 0 && winners < 15 * 6 * 5);

    // The rule's chances, over fixed seeds: 1,000 tickets for each stake and time.
    const tickets = 1_000;
    for (const [i, stake] of stakes.entries()) {
      for (const steps of [0n, 1n, 2n, 3n]) {
        let hits = 0;
        for (let n = 0; n < tickets; n++) {
          const order = keccak256(numberToHex(n, { size: 32 }));
          if (drawn(keccak256(order), order, n % 15, i + 1, stake, total, steps * STEP_SECONDS)) hits++;
        }
        const chance = Math.min(1, Number((stake * WIDTH << steps) * 10_000n / total) / 10_000);
        const deviation = Math.sqrt(tickets * chance * (1 - chance));
        assert.ok(Math.abs(hits - tickets * chance) <= 4 * deviation, `stake ${stake}, step ${steps}: ${hits} of ${tickets}, expected ${chance}`);
      }
    }
  });

  it("ofAJuryStartsNarrow", async () => {
    const t = w.terms({ mode: OPTIMISTIC, fuelLimit: 1_000_000_000_000n });
    await w.order(t);
    const account = w.providers[0].key.account;
    const leaf = { index: 0, outcome: 0, exitCode: 0, fuel: FUEL, size: 10n, outputRoot: ROOT };
    await w.hooke.write.bid([t, 0, t.maxPrice], { account });
    await w.hooke.write.deliver([t, 0, leafHash(leaf), FUEL, "0x"], { account });
    await w.hooke.write.challenge([t, 0, 0]);
    await w.hooke.write.publish([t, 0, 0, published(leaf), []]);
    const jury = await w.hooke.read.juryTermsOf([t, 0, 0, 1]);
    const id = await w.hooke.read.idOf([jury]);
    const { createdBlock, createdAt } = await w.hooke.read.orderOf([id]);
    await w.networkHelpers.mine(2);
    const { hash: seed } = await w.client.getBlock({ blockNumber: BigInt(createdBlock) + 1n });
    const total = await w.hooke.read.totalStake();
    for (const slot of [0, 1, 2]) {
      for (const { id: operator } of w.providers) {
        const { stake } = await w.hooke.read.operatorOf([operator]);
        for (const seconds of [0n, 12n, 24n, 36n]) {
          const expected = drawn(seed!, id, slot, operator, stake, total, seconds, JURY_WIDTH);
          assert.equal(await w.hooke.read.isDrawn([jury, slot, operator, BigInt(createdAt) + seconds]), expected, `${slot} ${operator} ${seconds}`);
        }
      }
    }
  });

  it("ofAJurySeatsATenthOfAllStakeTooSeldomToPayThoughItAlwaysBidsFirst", () => {
    // Of 100 equal operators ten are one attacker's; each step it takes what it can before the honest do.
    const tries = 1_000;
    let captured = 0;
    for (let n = 0; n < tries; n++) {
      const id = keccak256(numberToHex(n, { size: 32 }));
      const seed = keccak256(id);
      let seats = 0;
      for (const slot of [0, 1, 2]) {
        const isDrawn = (operator: number, step: bigint) => drawn(seed, id, slot, operator, 1n, 100n, step * STEP_SECONDS, JURY_WIDTH);
        const any = (from: number, until: number, step: bigint) => {
          for (let operator = from; operator < until; operator++) if (isDrawn(operator, step)) return true;
          return false;
        };
        let step = 0n;
        while (!any(0, 100, step)) step++;
        if (any(0, 10, step)) seats++;
      }
      if (seats >= 2) captured++;
    }
    // README.md: a try costs 131 caps, and a slot of a thousand tasks is worth a thousand.
    assert.ok(captured > 0 && 131 * tries / captured > 1_000, `${captured} of ${tries} juries captured`);
  });

  it("takesAnyoneWhenTheChainNoLongerKnowsTheSeed", async () => {
    const t = w.terms({ mode: QUORUM, quorum: 8, slots: 15, fuelLimit: 1_000_000_000n });
    const id = await w.order(t);
    const { createdBlock, createdAt } = await w.hooke.read.orderOf([id]);
    const at = BigInt(createdAt);
    await w.networkHelpers.mine(2, { interval: 0 });
    const loser = 6; // the smallest stake: a chance of 1/15 for each slot
    const lost: number[] = [];
    for (let slot = 0; slot < 15; slot++) if (!(await w.hooke.read.isDrawn([t, slot, loser, at]))) lost.push(slot);
    assert.ok(lost.length > 0);
    const bid = () => w.hooke.write.bid([t, lost[0], t.maxPrice], { account: w.providers[loser - 1].key.account });

    // A transaction sees the block that it will be in, one after the last. The seed is known to the 256 blocks after it.
    const last = () => w.client.getBlockNumber({ cacheTime: 0 });
    const seedBlock = BigInt(createdBlock) + 1n;
    await w.networkHelpers.mine(seedBlock + 255n - (await last()), { interval: 0 });
    await w.next(at + 11n);
    await w.fails(bid(), "NotDrawn", [loser, lost[0]]);
    await w.networkHelpers.mine(1, { interval: 0 });
    assert.equal(await last(), seedBlock + 256n);
    await w.next(at + 11n);
    await bid();
    assert.equal((await w.hooke.read.slotOf([id, lost[0]])).operatorId, loser);
    for (const slot of lost) assert.equal(await w.hooke.read.isDrawn([t, slot, loser, at]), true);
  });
});
