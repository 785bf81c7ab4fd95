import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeEventLog, type Hex } from "viem";

import { leafHash, pathTo, published, treeOf, type Leaf } from "./sumtree.ts";
import { chance, seedsOf } from "./chance.ts";
import * as T from "./world.ts";
import { FUEL, ONE, OPTIMISTIC, OTHER_ROOT, ROOT, SALT, world } from "./world.ts";

type Live = {
  t: T.Terms; id: Hex; byCheat: boolean;
  /** By slot: what was delivered there, and whether every leaf is right. */
  leaves: Map<number, Leaf[]>; honest: Map<number, boolean>; challenged: Set<string>;
};

/**
 * A consumer and an honest seller who keep the rules, honest jurors who come or stay away, a cheat who sells, buys and challenges under
 * several names, and strangers who call whatever they like.
 */
for (const seed of seedsOf(2)) {
  test(`who keeps the rules loses nothing, who cheats on both sides gains nothing, and nothing stays locked, seed ${seed}`, async () => {
    const w = await world(7);
    const roll = chance(seed * 104729);
    const [honest, cheat, ...jurors] = w.providers;
    const sybil = w.stranger;
    const fullStake = 90n * ONE;
    await w.fund(sybil.account.address, 2000n * ONE);
    await w.fund(cheat.owner.account.address, 1000n * ONE);
    await w.hooke.write.stake([1000n * ONE], { account: cheat.owner.account });
    const wealthOf = async (accounts: Hex[], operatorId: number) => {
      let sum = 0n;
      for (const a of accounts) {
        const { free, locked } = await w.hooke.read.accountOf([a]);
        sum += free + locked;
      }
      const o = await w.hooke.read.operatorOf([operatorId]);
      return sum + o.stake + o.unbonding;
    };
    const cheatWealth = () =>
      wealthOf([cheat.owner.account.address, cheat.key.account.address, sybil.account.address], cheat.id);
    const honestWealth = () => wealthOf([honest.owner.account.address], honest.id);
    const start = { cheat: await cheatWealth(), honest: await honestWealth() };
    let earnedRightly = 0n;
    let done = 0;
    const verdicts = { failed: 0, upheld: 0, voided: 0 };
    const live: Live[] = [];

    /** Sends; what is refused must be refused by name. Sums up what the cheat is paid by others for right results. */
    const attempt = async (send: () => Promise<Hex>) => {
      let hash: Hex;
      try {
        hash = await send();
      } catch (e) {
        assert.doesNotMatch(String(e), /panic|without a reason|out of gas|Cannot read|unrecognized/i);
        return false;
      }
      done++;
      const { logs } = await w.client.getTransactionReceipt({ hash });
      for (const log of logs) {
        if (log.address.toLowerCase() !== w.hooke.address.toLowerCase()) continue;
        const event = decodeEventLog({ abi: w.hooke.abi, data: log.data, topics: log.topics });
        if (event.eventName === "Settled" && event.args.operatorId === cheat.id) {
          const order = live.find((each) => each.id === event.args.order);
          if (order && !order.byCheat) {
            // To others a wrong result was never sold unchallenged.
            if (order.honest.get(event.args.slot)) earnedRightly += event.args.paid;
            else assert.fail(`seed ${seed}: the cheat was paid for a wrong result`);
          }
        }
        if (event.eventName === "ChallengeFailed") verdicts.failed++;
        if (event.eventName === "ChallengeUpheld") verdicts.upheld++;
        if (event.eventName === "ChallengeVoided") verdicts.voided++;
      }
      return true;
    };
    const right = (index: number): Leaf => ({ index, outcome: 0, exitCode: 0, fuel: FUEL + BigInt(index), size: 10n, outputRoot: ROOT });
    const wrong = (index: number): Leaf => ({ ...right(index), outputRoot: OTHER_ROOT });
    const slotsOf = async (l: Live) => w.hooke.read.slotsOf([l.t]);
    const slot = (l: Live, s: number) => w.hooke.read.slotOf([l.id, s]);
    const settle = (l: Live, s: number, account = w.consumer.account) => w.hooke.write.settleSlot([l.t, s], { account });

    const deliver = async (l: Live, s: number, seller: typeof honest, lie: boolean, part: boolean) => {
      const { first, count } = await w.hooke.read.rangeOf([l.t, s]);
      const shown = part && count > 1 ? 1 + roll(count - 1) : count;
      const bad = lie ? roll(shown) : -1;
      const leaves = Array.from({ length: shown }, (_, i) => (i === bad ? wrong(first + i) : right(first + i)));
      const { hash, fuel } = treeOf(leaves);
      const account = seller.key.account;
      const sent = await attempt(() =>
        shown < count
          ? w.hooke.write.deliverPart([l.t, s, shown, hash, fuel], { account })
          : w.hooke.write.deliver([l.t, s, hash, fuel, "0x"], { account }),
      );
      if (!sent) return;
      l.leaves.set(s, leaves);
      l.honest.set(s, !lie);
      // A watchful consumer reruns everything, and challenges what is wrong.
      if (lie && !l.byCheat) await challenge(l, s, first + bad, w.consumer.account);
    };
    const challenge = async (l: Live, s: number, index: number, account: typeof w.consumer.account) => {
      if (await attempt(() => w.hooke.write.challenge([l.t, s, index], { account }))) l.challenged.add(`${s} ${index}`);
    };
    const publish = (l: Live, s: number, index: number) => {
      const leaves = l.leaves.get(s)!;
      const position = index - leaves[0].index;
      return attempt(() => w.hooke.write.publish([l.t, s, index, published(leaves[position]), pathTo(leaves, position)]));
    };
    /** Honest jurors find the truth; `come` of them are there. */
    const judge = async (l: Live, s: number, index: number, come: number) => {
      const c = await w.hooke.read.challengeOf([l.id, s, index]);
      if (c.state !== 2) return;
      const jury = (await w.hooke.read.juryTermsOf([l.t, s, index, c.attempt])) as T.Terms;
      const id = await w.hooke.read.idOf([jury]);
      const truth = leafHash(right(index));
      const fuel = right(index).fuel;
      const there: { seat: number; p: (typeof jurors)[number] }[] = [];
      for (const p of jurors) {
        if (there.length === come) break;
        const seat = there.length;
        if (await attempt(() => w.hooke.write.bid([jury, seat, jury.maxPrice], { account: p.key.account }))) there.push({ seat, p });
      }
      for (const { seat, p } of there) {
        await attempt(() => w.hooke.write.commit([jury, seat, w.commitment(id, seat, p.id, truth, fuel, SALT)], { account: p.key.account }));
      }
      if (there.length < 3) {
        await duties();
        await w.pass(700);
        await attempt(() => w.hooke.write.expire([jury]));
      }
      for (const { seat } of there) await attempt(() => w.hooke.write.reveal([jury, seat, truth, fuel, SALT, "0x"]));
      await attempt(() => w.hooke.write.conclude([l.t, s, index]));
    };
    /** What the honest seller does before time passes: it delivers what it took, and publishes what is asked of it. */
    const duties = async () => {
      for (const l of live) {
        if ((await w.hooke.read.orderOf([l.id])).state !== 1) continue;
        for (let s = 0; s < (await slotsOf(l)); s++) {
          const now = await slot(l, s);
          if (now.operatorId !== honest.id) continue;
          if (now.state === T.ASSIGNED) await deliver(l, s, honest, false, false);
          for (const key of l.challenged) {
            const [at, index] = key.split(" ").map(Number);
            if (at === s && (await w.hooke.read.challengeOf([l.id, s, index])).state === 1) assert.ok(await publish(l, s, index), "published");
          }
        }
      }
    };

    const steps = 200;
    for (let step = 0; step < steps; step++) {
      if (live.length < 2 || roll(12) === 0) {
        const byCheat = roll(3) === 0;
        const tasks = 1 + roll(5);
        const buyer = byCheat ? sybil : w.consumer;
        const t = w.terms({
          consumer: buyer.account.address, mode: OPTIMISTIC, tasks, slots: 1 + roll(Math.min(tasks, 2)), openSeconds: 2000, runSeconds: 300,
          windowSeconds: 120, retentionSeconds: roll(2) ? 0 : 600,
        });
        await attempt(async () => {
          const hash = await w.hooke.write.order([t], { account: buyer.account });
          live.push({ t, id: await w.hooke.read.idOf([t]), byCheat, leaves: new Map(), honest: new Map(), challenged: new Set() });
          return hash;
        });
        continue;
      }
      // The newest orders get most of the attention.
      const l = live[live.length - 1 - roll(Math.min(live.length, 3))];
      const s = roll(await slotsOf(l));
      const now = await slot(l, s);
      const leaves = l.leaves.get(s);
      const index = leaves ? leaves[roll(leaves.length)].index : roll(l.t.tasks);
      const known = [...l.challenged].map((key) => key.split(" ").map(Number));
      const seller = roll(2) ? honest : cheat;
      const here = known.filter(([at]) => at === s);
      const take = () => attempt(() => w.hooke.write.bid([l.t, s, l.t.maxPrice], { account: seller.key.account }));
      const finish = () => (now.operatorId === cheat.id ? deliver(l, s, cheat, roll(2) === 0, roll(3) === 0) : deliver(l, s, honest, false, false));
      const time = async () => {
        await duties();
        await w.pass(1 + roll(200));
      };
      // The cheat challenges itself, or an honest seller, or blocks others; the consumer may be wrong, too.
      const doubt = () => challenge(l, s, index, [sybil, cheat.owner, w.consumer][roll(3)].account);
      const show = async () => {
        for (const [at, i] of here) if ((await w.hooke.read.challengeOf([l.id, at, i])).state === 1) await publish(l, at, i);
      };
      const court = async () => {
        for (const [at, i] of here) await judge(l, at, i, roll(3) ? 3 : roll(3));
      };
      const end = async () => {
        for (const [at, i] of here) await attempt(() => w.hooke.write.conclude([l.t, at, i], { account: sybil.account }));
      };
      // As a consumer the cheat gives receipts; for others' orders it tries to.
      const receipt = async () =>
        attempt(async () =>
          w.hooke.write.acknowledge([l.t, s, roll(2) ? "0x" : await w.receipt(l.id, s, now.root, now.fuel, sybil)], { account: sybil.account }),
        );
      const close = () => attempt(() => settle(l, s, sybil.account));
      const cancel = () => attempt(() => w.hooke.write.cancel([l.t], { account: sybil.account }));
      const miss = () => attempt(() => w.hooke.write.miss([l.t, s]));
      const release = () => attempt(() => w.hooke.write.release([l.t, s]));
      const disputed = here.length !== 0;
      const likely: Record<number, (() => Promise<unknown>)[]> = {
        [T.OPEN]: [take, take, take, take, cancel],
        [T.ASSIGNED]: [finish, finish, finish, finish, time, miss],
        [T.DELIVERED]: disputed ? [doubt, show, show, court, court, end, receipt, time] : [doubt, doubt, doubt, receipt, time, close],
        [T.SETTLED]: [release, receipt, time],
      };
      const usual = likely[now.state];
      const any = [take, finish, doubt, show, court, end, receipt, close, cancel, miss, release, time, () => w.networkHelpers.mine(2)];
      const acts = usual && roll(8) ? usual : any;
      await acts[roll(acts.length)]();
      if (step % 10 === 0) {
        assert.equal(await w.owed(), await w.holds(), `seed ${seed}, step ${step}`);
        assert.ok((await w.hooke.read.operatorOf([honest.id])).stake === fullStake, `seed ${seed}, step ${step}: an honest stake was touched`);
      }
    }

    // Time passes; strangers alone bring everything to its end.
    for (let round = 0; round < 9; round++) {
      await duties();
      await w.pass(1300);
      for (const l of live) {
        if ((await w.hooke.read.orderOf([l.id])).open !== 0) await attempt(() => w.hooke.write.expire([l.t]));
        for (const key of l.challenged) {
          const [s, index] = key.split(" ").map(Number);
          const { state, attempt: nth } = await w.hooke.read.challengeOf([l.id, s, index]);
          if (state === 2) {
            const jury = (await w.hooke.read.juryTermsOf([l.t, s, index, nth])) as T.Terms;
            const order = await w.hooke.read.orderOf([await w.hooke.read.idOf([jury])]);
            if (order.open !== 0) await attempt(() => w.hooke.write.expire([jury]));
            else if (order.state === 1) await attempt(() => w.hooke.write.settle([jury]));
          }
          if (state === 1 || state === 2) await attempt(() => w.hooke.write.conclude([l.t, s, index]));
        }
        for (let s = 0; s < (await slotsOf(l)); s++) {
          const { state } = await slot(l, s);
          if (state === T.ASSIGNED) await attempt(() => w.hooke.write.miss([l.t, s]));
          if (state === T.DELIVERED) await attempt(() => settle(l, s));
          if (state === T.SETTLED) await attempt(() => w.hooke.write.release([l.t, s]));
        }
      }
      if ((await Promise.all(live.map((l) => w.hooke.read.orderOf([l.id])))).every((o) => o.state === 2) && round > 6) break;
    }
    for (const l of live) assert.equal((await w.hooke.read.orderOf([l.id])).state, 2, `seed ${seed}: order ${l.id} is stuck`);
    for (const p of w.providers) assert.equal((await w.hooke.read.operatorOf([p.id])).bonded, 0n, `seed ${seed}: a bond is stuck`);
    for (const a of [w.hooke.address, ...w.wallets.map((x) => x.account.address)]) {
      assert.equal((await w.hooke.read.accountOf([a])).locked, 0n, `seed ${seed}: money of ${a} is stuck`);
    }
    assert.equal((await w.hooke.read.accountOf([w.hooke.address])).free, 0n, "no jury's money stays behind");
    assert.equal(await w.owed(), await w.holds());
    assert.equal((await w.hooke.read.operatorOf([honest.id])).stake, fullStake, `seed ${seed}: an honest stake was touched`);
    assert.ok((await honestWealth()) >= start.honest, `seed ${seed}: an honest seller lost`);
    const gain = (await cheatWealth()) - start.cheat;
    assert.ok(gain <= earnedRightly, `seed ${seed}: the cheat gained ${gain}, its right results earned ${earnedRightly}`);
    assert.ok(done > 100, `only ${done} calls did anything`);
    console.log(`  seed ${seed}: ${done} calls, ${live.length} orders, challenges failed ${verdicts.failed}, upheld ${verdicts.upheld}, voided ${verdicts.voided}`);
  });
}
