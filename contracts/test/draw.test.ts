import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { encodeAbiParameters, keccak256, numberToHex, type Hex } from "viem";

import { ONE, QUORUM, world, type World } from "./world.ts";

const WIDTH = 4n;
const STEP_SECONDS = 12n;

/** The rule of `bid` in the interface's words: the ticket lies in the lowest WIDTH * stake / total * 2^steps of its range. */
function drawn(seed: Hex, id: Hex, slot: number, operatorId: number, stake: bigint, total: bigint, seconds: bigint) {
  const share = stake * WIDTH << seconds / STEP_SECONDS;
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
