import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeEventLog, type Hex } from "viem";

import { chance, seedsOf } from "./chance.ts";
import { BOND, LEASED, RATE, type LeaseTerms } from "./lease.ts";
import { contentOf, picked, proofOf, type Content, type Snapshot } from "./merkle.ts";
import { EPOCH, storing } from "./volume.ts";

/** One replica's time in a slot, as the events tell it. */
type Held = {
  t: LeaseTerms; id: Hex; slot: number; operatorId: number; price: bigint; from: number; firstEpoch: number; leaveAt: number; paid: bigint; proved: Set<number>;
  until?: number; how?: number; anchored?: boolean;
};
const [CLOSED, EVICTED, ORDER_OVER] = [0, 4, 5];

/**
 * Three replicas that keep all bytes and prove whenever they are drawn, one that proves now and then, one that keeps nothing. Strangers draw, seal,
 * claim and evict as they like. At the end each replica's pay is worked out anew from the rule, and compared.
 */
for (const seed of seedsOf(2)) {
  test(`replicas are paid by the rule to the wei, who keeps and proves is never evicted, and all ends, seed ${seed}`, async () => {
    const w = await storing(5);
    const roll = chance(seed * 32452843);
    const volumes: { t: LeaseTerms; id: Hex; createdAt: number }[] = [];
    const held = new Map<string, Held>();
    const past: Held[] = [];
    const known = new Map<Hex, { snapshot: Snapshot; content: Content }>();
    const stakes = await Promise.all([0, 1, 2, 3, 4].map((i) => w.operator(i)));
    let [paid, done, evicted] = [0n, 0, 0];
    const attempt = async (send: () => Promise<Hex>) => {
      let hash: Hex;
      try {
        hash = await send();
      } catch (e) {
        assert.doesNotMatch(String(e), /panic|without a reason|out of gas|Cannot read|unrecognized/i);
        return false;
      }
      done++;
      const receipt = await w.client.getTransactionReceipt({ hash });
      const at = Number((await w.client.getBlock({ blockNumber: receipt.blockNumber })).timestamp);
      for (const log of receipt.logs) {
        const { eventName, args } = decodeEventLog({ abi: w.hooke.abi, ...log }) as {
          eventName: string;
          args: { order: Hex; volume: Hex; slot: number; operatorId: number; price: bigint; paid: bigint; how: number; burned: bigint; leaveAt: bigint; epoch: number };
        };
        const place = `${args.order ?? args.volume}${args.slot}`;
        const h = held.get(place)!;
        if (eventName === "Leased") {
          const v = volumes.find((each) => each.id === args.order)!;
          const { firstEpoch } = await w.hooke.read.replicaOf([v.id, args.slot]);
          assert.equal(firstEpoch, Math.floor((at - v.createdAt) / EPOCH) + 1 + v.t.repairEpochs);
          held.set(place, { t: v.t, id: v.id, slot: args.slot, operatorId: args.operatorId, price: args.price, from: at, firstEpoch, leaveAt: Infinity, paid: 0n, proved: new Set() });
        }
        if (eventName === "Proven") h.proved.add(args.epoch);
        if (eventName === "NoticeGiven") h.leaveAt = Number(args.leaveAt);
        if (eventName === "LeasePaid") {
          h.paid += args.paid;
          paid += args.paid;
        }
        if (eventName === "LeaseEnded") {
          assert.ok(args.burned === 0n || args.operatorId > 3, "who keeps and proves was slashed");
          assert.equal(args.burned, args.how === EVICTED ? BOND : 0n);
          if (args.how === EVICTED) evicted++;
          const { endedAt } = await w.hooke.read.leaseOf([args.order]);
          const { drawableFrom } = await w.hooke.read.volumeOf([args.order]);
          past.push({ ...h, until: endedAt || at, how: args.how, anchored: drawableFrom !== 0 });
          held.delete(place);
        }
      }
      return true;
    };
    /** What the rule gives a replica whose time is over. */
    const earned = async (h: Held) => {
      const v = volumes.find((each) => each.id === h.id)!;
      const { drawableFrom } = await w.hooke.read.volumeOf([h.id]);
      if (h.proved.size === 0) {
        const [first, last] = [h.from, h.until!].map((at) => Math.floor((at - v.createdAt) / EPOCH));
        const early = h.anchored && (h.how === CLOSED || h.how === ORDER_OVER) && (last <= drawableFrom || last <= first + 1);
        return early ? h.price * BigInt(Math.max(0, Math.min(h.until!, h.leaveAt) - h.from)) : 0n;
      }
      let seconds = 0;
      for (let e = Math.floor((h.from - v.createdAt) / EPOCH); v.createdAt + e * EPOCH < h.until!; e++) {
        const end = v.createdAt + (e + 1) * EPOCH;
        const span = Math.min(end, h.until!, h.leaveAt) - Math.max(h.from, end - EPOCH);
        if (span <= 0) continue;
        const sealed = await w.hooke.read.seedOf([h.id, e]);
        const drawn = !/^0x0*$/.test(sealed);
        const running = end > h.until! && h.how !== EVICTED;
        const free = e < drawableFrom || e < h.firstEpoch;
        if (running || free || (drawn && (!picked(sealed, h.slot, h.t.drawOneIn) || h.proved.has(e)))) seconds += span;
      }
      return h.price * BigInt(seconds);
    };
    const check = async (note: string) => {
      let locked = 0n;
      for (const { t, id } of volumes) {
        const o = await w.hooke.read.leaseOf([id]);
        const until = BigInt(o.state === 2 ? o.endedAt : o.syncedAt);
        locked += o.balance;
        for (let slot = 0; slot < t.maxSlots; slot++) {
          const s = await w.slotOf(t, slot);
          if (s.state >= LEASED) locked += s.price * (until - BigInt(s.paidUntil));
          assert.equal((await w.hooke.read.replicaOf([id, slot])).key !== "0x0000000000000000000000000000000000000000", s.state >= LEASED, note);
        }
      }
      assert.equal(await w.locked(), locked, note);
      assert.equal(await w.owed(), await w.holds(), note);
    };
    /** Seals what is drawn, and the honest prove, picked or not; the others as they can and like. */
    const duty = async (id: Hex) => {
      const v = await w.hooke.read.volumeOf([id]);
      const epoch = await w.hooke.read.epochOf([id]);
      if (v.drawnEpoch !== epoch || epoch === 0) return;
      await w.networkHelpers.mine(2, { interval: 0 });
      if (roll(2)) await attempt(() => w.hooke.write.seal([id], w.byStranger));
      const { commit } = await w.hooke.read.epochAnchorOf([id]);
      const { snapshot, content } = known.get(commit)!;
      const sealed = await w.hooke.read.seedOf([id, epoch]);
      const value = /^0x0*$/.test(sealed) ? (await w.client.getBlock({ blockNumber: BigInt(v.seedBlock) })).hash! : sealed;
      for (const h of [...held.values()]) {
        if (h.id !== id || h.proved.has(epoch)) continue;
        if (h.operatorId > 4 || (h.operatorId === 4 && roll(3))) continue;
        const must = h.operatorId <= 3;
        const ok = await attempt(() => w.hooke.write.prove([id, h.slot, proofOf(snapshot, content, value, h.slot)], w.byStranger));
        assert.ok(ok || !must, "a proof of all bytes was refused");
      }
    };
    for (let step = 0; step < 130; step++) {
      const now = await w.now();
      const current = volumes.at(-1);
      if (!current || (now > (await w.hooke.read.leaseEndsAt([current.t])) && volumes.length < 4) || (step > 80 && volumes.length < 2)) {
        const t = w.volume({ maxSlots: 4, drawOneIn: 1 + roll(2), repairEpochs: roll(2), graceSeconds: roll(2) * 300, noticeSeconds: EPOCH });
        await attempt(async () => {
          const hash = await w.hooke.write.orderLease([t, RATE * BigInt(EPOCH * (40 + roll(60)))]);
          const id = await w.hooke.read.leaseIdOf([t]);
          volumes.push({ t, id, createdAt: Number(await w.now()) });
          return hash;
        });
        for (const [slot, i] of [[0, 0], [1, 1], [2, 3 + roll(2)]]) await attempt(() => w.bid(t, i, slot));
        continue;
      }
      const { t, id } = current;
      // More often a slot of those who do not prove.
      const lazy = [...held.values()].filter((each) => each.id === id && each.operatorId > 3).map((each) => each.slot);
      const slot = lazy.length > 0 && roll(2) ? lazy[roll(lazy.length)] : roll(4);
      const h = held.get(`${id}${slot}`);
      const s = await w.slotOf(t, slot);
      const over = (await w.hooke.read.leaseOf([id])).state !== 1;
      const epoch = over ? 0 : await w.hooke.read.epochOf([id]);
      const anchor = async () => {
        const content = contentOf(volumes.length * 50 + roll(20), roll(6));
        const { word, snapshot } = await w.wordFor(id, content);
        known.set(word.commit, { snapshot, content });
        const slots = [...held.values()].filter((each) => each.id === id).map((each) => each.slot).sort();
        const signers = slots.map((i) => w.providers[held.get(`${id}${i}`)!.operatorId - 1].key);
        return w.send(word, ...(await w.attested(word, slots, signers)), await w.sign(w.consumer, word));
      };
      /** What a careful stranger does: it looks which draws the replica did not answer. */
      const evictIfFailed = async () => {
        const failed: number[] = [];
        for (let e = Math.max(1, epoch - 8); h && e < epoch; e++) {
          const sealed = await w.hooke.read.seedOf([id, e]);
          if (!/^0x0*$/.test(sealed) && picked(sealed, slot, t.drawOneIn) && !h.proved.has(e)) failed.push(e);
        }
        return w.hooke.write.evict([t, slot, failed.at(-2) ?? 1, failed.at(-1) ?? 2], w.byStranger);
      };
      const acts: (() => Promise<Hex>)[] = [
        anchor,
        anchor,
        () => w.hooke.write.draw([id], w.byStranger),
        () => w.hooke.write.draw([id], w.byStranger),
        () => w.hooke.write.draw([id], w.byStranger),
        () => w.hooke.write.claimLeases([t, h ? [slot] : [...held.values()].filter((each) => each.id === id).map((each) => each.slot)], w.byStranger),
        () => w.hooke.write.evict([t, slot, Math.max(0, epoch - 1 - roll(5)), epoch - roll(2)], w.byStranger),
        evictIfFailed,
        evictIfFailed,
        () => (h && roll(3) === 0 ? w.hooke.write.giveNotice([t, slot], w.key(h.operatorId - 1)) : w.hooke.write.leaveLease([t, slot], w.byStranger)),
        () => w.hooke.write.topUpLease([t, RATE * BigInt(1 + roll(5000))]),
        () => (s.state === 0 ? w.hooke.write.openSlots([t, [slot], 0]) : roll(8) ? w.bid(t, roll(5), slot) : w.hooke.write.closeSlots([t, [slot], 0, 2])),
        () => w.bid(t, [2, 3, 4, 4][roll(4)], slot),
        () => w.bid(t, [2, 3, 4, 4][roll(4)], slot),
        () => w.hooke.write.lapseLease([t], w.byStranger),
      ];
      const act = over ? () => w.hooke.write.claimLeases([t, [slot]], w.byStranger) : acts[roll(acts.length)];
      await attempt(act);
      if (roll(2)) await attempt(() => w.hooke.write.draw([id], w.byStranger));
      if (!over && (await w.hooke.read.leaseOf([id])).state === 1) await duty(id);
      if (roll(3)) await w.pass(1 + roll(400));
      if (step % 20 === 0) await check(`step ${step}`);
    }
    await w.pass(40 * 86_400);
    for (const { t } of volumes) {
      await attempt(() => w.hooke.write.lapseLease([t], w.byStranger));
      // As often as epochs in bounded steps take.
      for (let round = 0; round < 8; round++) {
        for (let slot = 0; slot < t.maxSlots; slot++) await attempt(() => w.hooke.write.claimLeases([t, [slot]], w.byStranger));
      }
    }
    await check("at the end");
    assert.equal(held.size, 0);
    for (const h of past) assert.equal(h.paid, await earned(h), `slot ${h.slot} of operator ${h.operatorId} from ${h.from} to ${h.until}, ended by ${h.how}`);
    assert.equal(await w.locked(), 0n);
    for (const i of [0, 1, 2, 3, 4]) assert.equal((await w.operator(i)).bonded, 0n);
    for (const i of [0, 1, 2]) assert.equal((await w.operator(i)).stake, stakes[i].stake);
    for (const h of past) assert.ok(h.operatorId !== 5 || h.paid <= h.price * BigInt(2 * EPOCH), "who keeps nothing was paid for what it could have proven");
    console.log(`  seed ${seed}: ${done} calls, ${volumes.length} volumes, ${past.length} replicas, ${evicted} evicted, ${[...past].filter((h) => h.paid > 0n).length} paid`);
    assert.ok(done > 60 && paid > 0n, `only ${done} calls did anything`);
  });
}
