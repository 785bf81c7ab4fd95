import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeEventLog, type Hex } from "viem";

import { chance, seedsOf } from "./chance.ts";
import { ANSWER, BOND, LEASED, NOTICE, RATE, SUMMONED, leasing, type LeaseTerms } from "./lease.ts";

/**
 * A consumer, controllers, three sellers who do what they like and one, the last, who keeps its word: it appears when summoned and leaves
 * only after notice. Strangers call what they can.
 */
for (const seed of seedsOf(2)) {
  test(`what leases lock is what they owe to the wei, who keeps its word is never slashed, and all ends, seed ${seed}`, async () => {
    const w = await leasing(4);
    const roll = chance(seed * 15485863);
    const honest = w.providers[3];
    const start = await w.hooke.read.operatorOf([honest.id]);
    const wallets = w.wallets.map((x) => x.account.address);
    const live: { t: LeaseTerms; id: Hex }[] = [];
    const wealth = async (accounts: Hex[]) => {
      let sum = 0n;
      for (const a of accounts) {
        const { free, locked } = await w.hooke.read.accountOf([a]);
        sum += free + locked;
      }
      return sum;
    };
    const sellers = w.providers.map((p) => p.owner.account.address);
    const stakes = () => w.hooke.read.totalStake();
    const before = { consumer: await wealth([wallets[0]]), sellers: (await wealth(sellers)) + (await stakes()) };
    let [paid, burned, done] = [0n, 0n, 0];
    /** By order and slot: who holds it, what was earned at prices before the present one, which runs since `since`, and what was paid. */
    const held = new Map<string, { since: bigint; price: bigint; earned: bigint; paid: bigint; leaveAt: bigint; summonedAt?: bigint }>();
    /** What the rule gives a lease whose time is over, however and by whomever it was ended: not beyond a notice, nor a summons that had its time. */
    const due = (h: { since: bigint; price: bigint; earned: bigint; leaveAt: bigint; summonedAt?: bigint }, until: bigint) => {
      const missed = h.summonedAt !== undefined && h.summonedAt + BigInt(ANSWER) < until ? h.summonedAt : until;
      const end = [until, h.leaveAt, missed].reduce((a, b) => (a < b ? a : b));
      return h.earned + (end > h.since ? h.price * (end - h.since) : 0n);
    };
    /** Orders whose slots cost what they do not by controllers alone: the consumer opened some, or agreed to a higher price. */
    const loose = new Set<Hex>();
    /** Slots of who keeps its word that are summoned. */
    let summoned: [LeaseTerms, number][] = [];
    const attempt = async (send: () => Promise<Hex>) => {
      let hash: Hex;
      try {
        hash = await send();
      } catch (e) {
        // Whatever is refused must be refused by name; a panic or an unnamed revert is a fault of the contract.
        assert.doesNotMatch(String(e), /panic|without a reason|out of gas|Cannot read|unrecognized/i);
        return;
      }
      done++;
      const receipt = await w.client.getTransactionReceipt({ hash });
      const { timestamp } = await w.client.getBlock({ blockNumber: receipt.blockNumber });
      let opened = false;
      for (const log of receipt.logs) {
        const { eventName, args } = decodeEventLog({ abi: w.hooke.abi, ...log }) as {
          eventName: string;
          args: { order: Hex; by: Hex; slot: number; price: bigint; paid: bigint; operatorId: number; how: number; burned: bigint; leaveAt: bigint; resize: { price: bigint } };
        };
        const lease = `${args.order}${args.slot}`;
        const h = held.get(lease)!;
        if (eventName === "Leased") held.set(lease, { since: timestamp, price: args.price, earned: 0n, paid: 0n, leaveAt: 1n << 40n });
        if (eventName === "LeasePaid") {
          paid += args.paid;
          h.paid += args.paid;
          assert.ok(h.paid <= due({ ...h, summonedAt: undefined }, timestamp), "paid for more than its time");
        }
        if (eventName === "NoticeGiven") h.leaveAt = args.leaveAt;
        if (eventName === "Summoned") h.summonedAt = timestamp;
        if (eventName === "Appeared") h.summonedAt = undefined;
        if (eventName === "SlotOpened") opened = true;
        if (eventName === "Scaled" && opened && BigInt(args.by) === BigInt(wallets[0])) loose.add(args.order);
        if (eventName === "LeaseResized" && args.resize.price > h.price) loose.add(args.order);
        if (eventName === "LeaseResized") [h.earned, h.since, h.price] = [due(h, timestamp), timestamp, args.resize.price];
        if (eventName === "LeaseEnded") {
          const { endedAt } = await w.hooke.read.leaseOf([args.order]);
          assert.equal(h.paid, due(h, BigInt(endedAt) || timestamp), `lease ended by ${args.how}`);
          held.delete(lease);
          assert.ok(args.burned === 0n || args.operatorId !== honest.id, "a kept promise was slashed");
          assert.equal(args.burned, [2, 3].includes(args.how) ? BOND : 0n);
          burned += args.burned;
        }
      }
    };
    /** Every wei that is locked, every bond that is held, from the orders alone. */
    const check = async (note: string) => {
      let locked = 0n;
      const bonded = new Map<number, bigint>();
      for (const { t, id } of live) {
        const o = await w.hooke.read.leaseOf([id]);
        const until = BigInt(o.state === 2 ? o.endedAt : o.syncedAt);
        let [rate, leased, open] = [0n, 0, 0];
        locked += o.balance;
        for (let slot = 0; slot < t.maxSlots; slot++) {
          const s = await w.slotOf(t, slot);
          if (s.state === 1) open++;
          if (s.state !== LEASED && s.state !== SUMMONED) continue;
          leased++;
          rate += s.price;
          locked += s.price * (until - BigInt(s.paidUntil));
          bonded.set(s.operatorId, (bonded.get(s.operatorId) ?? 0n) + BOND);
        }
        if (o.state === 1) assert.deepEqual([o.rate, o.leased, o.open], [rate, leased, open], note);
        // The least that its terms want is within the limit, too.
        if (t.hourlyLimit !== 0n && !loose.has(id)) assert.ok(o.rate * 3600n <= t.hourlyLimit, `${note}: controllers went beyond the limit`);
      }
      assert.equal(await w.locked(), locked, note);
      for (const p of w.providers) assert.equal((await w.hooke.read.operatorOf([p.id])).bonded, bonded.get(p.id) ?? 0n, note);
      assert.equal(await w.owed(), await w.holds(), note);
    };
    for (let step = 0; step < 160; step++) {
      for (const [t, slot] of summoned) await attempt(() => w.hooke.write.appear([t, slot], w.key(3)));
      summoned = [];
      const running: typeof live = [];
      for (const each of live.slice(-3)) if ((await w.now()) <= (await w.hooke.read.leaseEndsAt([each.t]))) running.push(each);
      if (running.length < 2 || (live.length < 12 && roll(40) === 0)) {
        const service = roll(2) === 0;
        const minSlots = roll(3);
        const t = w.lease({
          minSlots, maxSlots: 3, distinct: roll(3) === 0, noticeSeconds: roll(2) ? NOTICE : 100, graceSeconds: roll(2) * 300, rampSeconds: roll(2) * 500, startPrice: 1n,
          ...(service && { primary: w.key(0).account.address, standby: w.key(1).account.address, takeoverSeconds: 100, hourlyLimit: BigInt(Math.max(1, minSlots)) * RATE * 3600n }),
        });
        await attempt(async () => {
          const hash = await w.hooke.write.orderLease([t, RATE * BigInt(1500 + roll(9000))]);
          live.push({ t, id: await w.hooke.read.leaseIdOf([t]) });
          return hash;
        });
        continue;
      }
      const { t, id } = roll(4) ? running[roll(running.length)] : live[roll(live.length)];
      const i = roll(4);
      const slot = roll(3);
      const s = await w.slotOf(t, slot);
      const o = await w.hooke.read.leaseOf([id]);
      const holder = s.operatorId ? s.operatorId - 1 : i;
      const by = [{ account: w.consumer.account }, w.key(0), w.key(1), w.byStranger][roll(4)];
      const seq = roll(5) ? o.scaleSeq : roll(4);
      const price = roll(3) ? RATE / BigInt(1 + roll(5)) : RATE;
      const change = { price, cpuMillis: 1, memoryMib: 1, diskMib: 1, deadline: 2 ** 39 };
      const summon = async () => {
        const hash = await w.hooke.write.summon([t, slot]);
        if (s.operatorId === honest.id) summoned.push([t, slot]);
        return hash;
      };
      const taken = s.state >= LEASED;
      const acts: (() => Promise<Hex>)[] = [
        ...(s.state === 0 ? [1, 2, 3, 4, 5].map((n) => () => w.hooke.write.openSlots([t, [slot], seq], n < 3 ? { account: w.consumer.account } : w.key(0))) : []),
        ...(s.state === 1 ? [0, i, 3, 3, 3].map((by) => () => w.bid(t, by, slot, price)) : []),
        ...(taken ? [summon, () => w.hooke.write.giveNotice([t, slot], w.key(holder)), () => w.hooke.write.leaveLease([t, slot], w.byStranger)] : []),
        // A summons whose deadline and a notice's end cross.
        ...(s.state === LEASED && s.switchAt ? [summon, summon, summon, summon] : []),
        ...(s.state === SUMMONED && s.switchAt ? [1, 2, 3].map(() => () => w.hooke.write.leaveLease([t, slot], w.byStranger)) : []),
        () => w.hooke.write.claimLeases([t, roll(2) ? [slot] : [0, 1, 2]], w.byStranger),
        () => w.hooke.write.claimLeases([t, [slot]], w.byStranger),
        () => w.hooke.write.topUpLease([t, RATE * BigInt(1 + roll(3000))]),
        () => w.hooke.write.openSlots([t, [slot], seq], by),
        () => w.hooke.write.openSlots([t, [slot, roll(3)], seq], by),
        () => w.hooke.write.closeSlots([t, [slot], seq, 4], by),
        summon,
        () => w.hooke.write.appear([t, slot], w.key(holder)),
        () => w.hooke.write.defaultLease([t, slot], w.byStranger),
        () => w.hooke.write.giveNotice([t, slot], w.key(holder)),
        () => w.hooke.write.leaveLease([t, slot], w.byStranger),
        () => (s.operatorId === honest.id ? w.hooke.write.claimLeases([t, [slot]]) : w.hooke.write.abandonLease([t, slot], w.owner(holder))),
        async () =>
          w.hooke.write.resizeLease([t, slot, change, await w.signResize(w.consumer, id, slot, s.version, change), "0x"], w.key(holder)),
        () => w.hooke.write.lapseLease([t], w.byStranger),
        () => (roll(12) ? w.hooke.write.topUpLease([t, 1n]) : w.hooke.write.closeLease([t, 2])),
      ];
      await attempt(acts[roll(acts.length)]);
      if (roll(3) === 0) await w.pass(1 + roll(ANSWER - 50));
      if (step % 15 === 0) await check(`step ${step}`);
    }
    // Time passes; strangers alone bring everything to its end.
    await w.pass(40 * 86_400);
    for (const { t } of live) {
      await attempt(() => w.hooke.write.lapseLease([t], w.byStranger));
      for (let slot = 0; slot < t.maxSlots; slot++) await attempt(() => w.hooke.write.claimLeases([t, [slot]], w.byStranger));
    }
    await check("at the end");
    for (const { id } of live) assert.equal((await w.hooke.read.leaseOf([id])).state, 2, `order ${id} is stuck`);
    for (const address of wallets) assert.equal((await w.hooke.read.accountOf([address])).locked, 0n);
    for (const p of w.providers) assert.equal((await w.hooke.read.operatorOf([p.id])).bonded, 0n);
    assert.equal((await w.hooke.read.operatorOf([honest.id])).stake, start.stake);
    assert.equal(await wealth([wallets[0]]), before.consumer - paid);
    assert.equal((await wealth(sellers)) + (await stakes()), before.sellers + paid - burned);
    assert.ok(NOTICE > ANSWER && done > 50, `only ${done} calls did anything`);
  });
}
