import assert from "node:assert/strict";
import { test } from "node:test";

import { chance, seedsOf } from "./chance.ts";
import * as T from "./world.ts";
import { FUEL, ONE, OTHER_ROOT, QUORUM, ROOT, SALT, world } from "./world.ts";

for (const seed of seedsOf(3)) {
  test(`money is conserved, bonds are accounted for, and no order stays stuck, seed ${seed}`, async () => {
    const w = await world(4);
    const roll = chance(seed * 7919);
    const live: { t: T.Terms; id: `0x${string}` }[] = [];
    const claims = new Map<string, `0x${string}`>();
    let done = 0;
    const attempt = async (act: () => Promise<unknown>) => {
      try {
        await act();
        done++;
      } catch (e) {
        // Whatever is refused must be refused by name; a panic or an unnamed revert is a fault of the contract.
        assert.doesNotMatch(String(e), /panic|without a reason|out of gas|Cannot read/i);
      }
    };
    for (let step = 0; step < 250; step++) {
      const p = w.providers[roll(4)];
      const by = { account: p.key.account };
      if (live.length === 0 || roll(8) === 0) {
        const quorum = roll(2) === 0;
        const t = w.terms(quorum ? { mode: QUORUM, quorum: 2, slots: 2 + roll(2) } : {});
        await attempt(async () => live.push({ t, id: await w.order(t) }));
        continue;
      }
      const { t, id } = live[roll(live.length)];
      const slot = roll(t.slots);
      const root = roll(4) === 0 ? OTHER_ROOT : ROOT;
      const claim = `${id}${slot}`;
      const now = await w.hooke.read.slotOf([id, slot]);
      const holder = w.providers.find((x) => x.id === now.operatorId) ?? p;
      const own = { account: (roll(5) === 0 ? p : holder).key.account };
      const receipt = roll(2) ? await w.receipt(id, slot, now.root, now.fuel, roll(4) ? w.consumer : w.stranger) : "0x";
      const acts: (() => Promise<unknown>)[] = [
        () => w.hooke.write.bid([t, slot, t.maxPrice - BigInt(roll(5))], by),
        () => w.hooke.write.bid([t, slot, t.maxPrice], by),
        () => w.hooke.write.deliver([t, slot, root, FUEL - BigInt(roll(2)), "0x"], own),
        () => {
          claims.set(claim, root);
          return w.hooke.write.commit([t, slot, w.commitment(id, slot, holder.id, root, FUEL, SALT)], own);
        },
        () => w.hooke.write.reveal([t, slot, claims.get(claim) ?? root, FUEL, SALT, "0x"], own),
        () => w.hooke.write.refuse([t, slot]),
        () => w.hooke.write.settle([t]),
        () => w.hooke.write.acknowledge([t, slot, receipt], { account: roll(2) ? w.consumer.account : w.stranger.account }),
        () => w.hooke.write.release([t, slot]),
        () => w.hooke.write.miss([t, slot]),
        () => w.hooke.write.giveUp([t, slot], own),
        () => w.hooke.write.cancel([t], { account: roll(3) ? w.stranger.account : w.consumer.account }),
        () => w.hooke.write.expire([t]),
        () => w.hooke.write.demand([t, slot]),
        () => w.hooke.write.forfeit([t, slot]),
        () => w.pass(1 + roll(400)),
        () => w.networkHelpers.mine(2),
        () => w.hooke.write.unbond([ONE * BigInt(1 + roll(5))], { account: p.owner.account }),
        () => w.hooke.write.withdrawStake({ account: p.owner.account }),
        () => w.hooke.write.withdraw([ONE], { account: p.owner.account }),
      ];
      await attempt(acts[roll(acts.length)]);
      if (step % 10 === 0) assert.equal(await w.owed(), await w.holds(), `step ${step}`);
    }
    // Time passes; strangers alone bring everything to its end.
    const account = w.stranger.account;
    for (let round = 0; round < 6; round++) {
      await w.pass(4000);
      for (const { t } of live) {
        const ends = [() => w.hooke.write.expire([t], { account }), () => w.hooke.write.settle([t], { account })];
        for (let slot = 0; slot < t.slots; slot++) {
          ends.push(() => w.hooke.write.miss([t, slot], { account }));
          ends.push(() => w.hooke.write.release([t, slot], { account }));
          ends.push(() => w.hooke.write.forfeit([t, slot], { account }));
        }
        for (const end of ends) await attempt(end);
      }
      if (round >= 3) break;
    }
    for (const { id } of live) assert.equal((await w.hooke.read.orderOf([id])).state, 2, `order ${id} is stuck`);
    for (const p of w.providers) assert.equal((await w.hooke.read.operatorOf([p.id])).bonded, 0n);
    for (const x of w.wallets) assert.equal((await w.hooke.read.accountOf([x.account.address])).locked, 0n);
    let stake = 0n;
    for (const p of w.providers) stake += (await w.hooke.read.operatorOf([p.id])).stake;
    assert.equal(stake, await w.hooke.read.totalStake());
    assert.equal(await w.owed(), await w.holds());
    assert.ok(done > 60, `only ${done} calls did anything`);
  });
}
