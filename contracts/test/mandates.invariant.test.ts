import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeEventLog, type Hex } from "viem";

import { templateHash, tree, type Template } from "./templates.ts";
import { chance, seedsOf } from "./chance.ts";
import * as T from "./world.ts";
import { CAP, FUEL, ONE, OPTIMISTIC, OTHER_ROOT, QUORUM, ROOT, SALT, world } from "./world.ts";

type Given = { mandate: number; templates: Template[]; proofOf: (t: Template) => Hex[]; given: bigint; until: number };
type Made = { terms: T.Terms; id: Hex; of: Given; template: Template; paid: bigint };

/**
 * An owner who gives mandates, funds, revokes, refuses, cancels and takes money away as it likes; an agent who tries everything, with an accomplice
 * who sells; honest sellers; strangers.
 */
for (const seed of seedsOf(2)) {
  test(`a thieving agent gets no more than its templates allow, and every budget has a way out, seed ${seed}`, async () => {
    const w = await world(4);
    const roll = chance(seed * 15485863);
    const agent = w.wallets.at(-1)!;
    const me = w.consumer.account.address;
    const by = { account: agent.account };
    const [accomplice, ...honest] = w.providers;
    const mandates: Given[] = [];
    const made: Made[] = [];
    let done = 0;
    let thieving = 0;
    const wealth = async (accounts: Hex[], operatorId?: number) => {
      let sum = 0n;
      for (const each of accounts) {
        const { free, locked } = await w.hooke.read.accountOf([each]);
        sum += free + locked;
      }
      if (operatorId === undefined) return sum;
      const { stake, unbonding } = await w.hooke.read.operatorOf([operatorId]);
      return sum + stake + unbonding;
    };
    const gang = () => wealth([agent.account.address, accomplice.owner.account.address, accomplice.key.account.address], accomplice.id);

    const attempt = async (send: () => Promise<Hex>) => {
      let hash: Hex;
      try {
        hash = await send();
      } catch (e) {
        assert.doesNotMatch(String(e), /panic|without a reason|out of gas|Cannot read|unrecognized/i);
        return false;
      }
      done++;
      for (const log of (await w.client.getTransactionReceipt({ hash })).logs) {
        if (log.address.toLowerCase() !== w.hooke.address.toLowerCase()) continue;
        const event = decodeEventLog({ abi: w.hooke.abi, data: log.data, topics: log.topics });
        if (event.eventName === "Settled") {
          const order = made.find((each) => each.id === event.args.order);
          if (order) order.paid += event.args.paid;
        }
      }
      return true;
    };

    // The agent gives itself a mandate over orders of the owner's, which would end by unlocking the owner's money.
    const bait: Template = { terms: w.terms({ nonce: 0n }), uses: 9, retries: 0, interval: 0, bindings: [] };
    await w.fund(agent.account.address, CAP);
    const { timestamp: now } = await w.client.getBlock();
    await w.hooke.write.openMandate([agent.account.address, tree([bait]).root, CAP, 0, Number(now) + 9_000], by);
    const start = await gang();

    let spec = 0;
    const template = (change: Partial<T.Terms>, rule: Partial<Template> = {}): Template => ({
      terms: w.terms({ nonce: 0n, originA: 0, originB: 0, memoryMib: ++spec, openSeconds: 300, runSeconds: 200, windowSeconds: 60, retentionSeconds: 200, ...change }),
      uses: 1, retries: roll(3), interval: 0, bindings: [], ...rule,
    });
    const give = async () => {
      const a = template({ exclusiveKey: roll(2) ? ROOT : T.ZERO });
      const b = template({ mode: OPTIMISTIC, tasks: 3, slots: 2 }, { bindings: [{ input: 0, partly: false, template: templateHash(a) }] });
      const c = template({}, { bindings: [{ input: 0, partly: roll(2) === 0, template: templateHash(b) }, { input: 1, partly: false, template: templateHash(a) }] });
      const cron = template({}, { uses: 1 + roll(3), interval: roll(2) * 400 });
      const q = template({ mode: QUORUM, quorum: 1, slots: 1 });
      const templates = [a, b, c, cron, q];
      const { root, proofOf } = tree(templates);
      const { timestamp } = await w.client.getBlock();
      const until = Number(timestamp) + 2000 + roll(6000);
      const given = BigInt(4 + roll(12)) * CAP;
      const sent = await attempt(() => w.hooke.write.openMandate([agent.account.address, root, given, 0, until]));
      if (sent) mandates.push({ mandate: await w.hooke.read.mandateCount(), templates, proofOf, given, until });
    };
    const order = async (m: Given, t: Template, number: number) => {
      if (!(await attempt(() => w.hooke.write.orderUnder([m.mandate, t, m.proofOf(t), number, 1, 2], by)))) return;
      const { order: id } = await w.hooke.read.useOf([m.mandate, templateHash(t)]);
      const [ordered] = await w.hooke.getEvents.Ordered({ order: id });
      made.push({ terms: ordered.args.terms as T.Terms, id, of: m, template: t, paid: 0n });
    };
    /** What the agent is not meant to do; none of it may ever work. */
    const steal = async (m: Given, t: Template, number: number) => {
      const other = mandates[roll(mandates.length)];
      const lies: (() => Promise<Hex>)[] = [
        () => w.hooke.write.orderUnder([m.mandate, { ...t, terms: { ...t.terms, maxPrice: t.terms.maxPrice * 2n } }, m.proofOf(t), number, 1, 2], by),
        () => w.hooke.write.orderUnder([m.mandate, { ...t, terms: { ...t.terms, consumer: agent.account.address } }, m.proofOf(t), number, 1, 2], by),
        () => w.hooke.write.orderUnder([m.mandate, { ...t, uses: 1000 }, m.proofOf(t), number, 1, 2], by),
        () => w.hooke.write.orderUnder([m.mandate, { ...t, bindings: [], uses: t.uses + 1 }, m.proofOf(t), number, 1, 2], by),
        () => w.hooke.write.orderUnder([m.mandate, t, m.proofOf(t), number + 1, 1, 2], by),
        () => w.hooke.write.orderUnder([m.mandate, t, m.proofOf(t), number, 1, 2], { account: accomplice.key.account }),
        () => w.hooke.write.orderUnder([1, bait, [], 0, 1, 2], by),
        () => w.hooke.write.revokeMandate([m.mandate], by),
        () => w.hooke.write.fundMandate([m.mandate, 1n], by),
        () => w.hooke.write.order([{ ...t.terms, nonce: 77n }], by),
        ...(other.mandate === m.mandate ? [] : [() => w.hooke.write.orderUnder([other.mandate, t, m.proofOf(t), 0, 1, 2], by)]),
      ];
      for (const lie of lies) {
        thieving++;
        assert.equal(await attempt(lie), false, `seed ${seed}: the agent did what it must not`);
      }
    };
    /** What the owner's orders hold, by their slots. */
    const escrowed = async () => {
      let sum = 0n;
      for (const { terms, id } of made) {
        if ((await w.hooke.read.orderOf([id])).state !== 1) continue;
        for (let s = 0; s < (await w.hooke.read.slotsOf([terms])); s++) {
          const { state } = await w.hooke.read.slotOf([id, s]);
          if (![T.OPEN, T.ASSIGNED, T.DELIVERED, T.COMMITTED, T.REVEALED].includes(state)) continue;
          sum += CAP * BigInt((await w.hooke.read.rangeOf([terms, s])).count);
        }
      }
      return sum;
    };
    const check = async (when: string) => {
      assert.equal(await w.owed(), await w.holds(), when);
      let budgets = 0n;
      for (const m of mandates) {
        const { budget } = await w.hooke.read.mandateOf([m.mandate]);
        budgets += budget;
        const paid = made.filter((each) => each.of === m).reduce((sum, each) => sum + each.paid, 0n);
        assert.ok(paid + budget <= m.given, `${when}: mandate ${m.mandate} was given ${m.given}, paid ${paid}, has ${budget}`);
        for (const t of m.templates) {
          const mine = made.filter((each) => each.of === m && each.template === t);
          const use = await w.hooke.read.useOf([m.mandate, templateHash(t)]);
          assert.equal(use.orders, mine.length, when);
          assert.ok(use.uses <= t.uses && use.orders <= t.uses * (1 + t.retries), when);
          const results = (await Promise.all(mine.map((each) => w.hooke.read.orderOf([each.id])))).filter((o) => o.state === 1 || o.hasResult);
          assert.ok(results.length <= t.uses, `${when}: ${results.length} orders of ${t.uses} uses`);
        }
      }
      assert.equal((await w.hooke.read.accountOf([me])).locked, budgets + (await escrowed()), `${when}: the owner's lock`);
    };

    for (let step = 0; step < 240; step++) {
      if (mandates.length === 0 || roll(45) === 0) {
        await give();
        continue;
      }
      const m = mandates[mandates.length - 1 - roll(Math.min(mandates.length, 2))];
      const t = m.templates[roll(m.templates.length)];
      const { orders } = await w.hooke.read.useOf([m.mandate, templateHash(t)]);
      const use = () => order(m, t, orders);
      if (step % 20 === 7) await steal(m, t, orders);
      const mine = made.filter((each) => each.of === m);
      const states = await Promise.all(mine.map(async (each) => (await w.hooke.read.orderOf([each.id])).state));
      const live = mine.filter((_, i) => states[i] === 1);
      if (mine.length === 0 || roll(4) === 0 || (live.length === 0 && roll(2) === 0)) {
        // What waits for a predecessor may be possible by now.
        for (const each of m.templates) {
          const made = await w.hooke.read.useOf([m.mandate, templateHash(each)]);
          if (roll(2)) await order(m, each, made.orders);
        }
        continue;
      }
      const among = live.length !== 0 && roll(5) ? live : mine;
      const { terms, id } = among[among.length - 1 - roll(Math.min(among.length, 4))];
      const s = roll(await w.hooke.read.slotsOf([terms]));
      const now = await w.hooke.read.slotOf([id, s]);
      const seller = roll(2) ? accomplice : honest[roll(honest.length)];
      const holder = w.providers.find((each) => each.id === now.operatorId) ?? seller;
      const account = holder.key.account;
      const root = holder === accomplice ? OTHER_ROOT : ROOT;
      const quorum = terms.mode === QUORUM;
      const count = BigInt((await w.hooke.read.rangeOf([terms, s])).count);
      const take = async () => {
        if (quorum) await w.networkHelpers.mine(2);
        await attempt(() => w.hooke.write.bid([terms, s, terms.maxPrice], { account: seller.key.account }));
      };
      const finish = async () => {
        // The accomplice always claims what it can.
        const fuel = (holder === accomplice ? terms.fuelLimit : FUEL) * count;
        if (quorum) {
          await attempt(() => w.hooke.write.commit([terms, s, w.commitment(id, s, holder.id, root, fuel, SALT)], { account }));
          await attempt(() => w.hooke.write.reveal([terms, s, root, fuel, SALT, "0x"], { account }));
        } else if (count > 1n && roll(3) === 0) {
          await attempt(() => w.hooke.write.deliverPart([terms, s, 1, root, fuel / count], { account }));
        } else {
          await attempt(() => w.hooke.write.deliver([terms, s, root, fuel, "0x"], { account }));
        }
      };
      const settle = async () => {
        await w.pass(61);
        await attempt(() => (quorum ? w.hooke.write.settle([terms], by) : w.hooke.write.settleSlot([terms, s], by)));
      };
      const refuse = () => attempt(() => w.hooke.write.refuse([terms, s]));
      const receipt = () => attempt(() => w.hooke.write.acknowledge([terms, s, "0x"]));
      const forged = async () => {
        const signed = await w.receipt(id, s, now.root, now.fuel, agent);
        assert.equal(await attempt(() => w.hooke.write.acknowledge([terms, s, signed], by)), false, "the agent's receipt");
      };
      const recover = () => attempt(() => w.hooke.write.recoverBudget([m.mandate, templateHash(t), terms], by));
      const recoverAll = async () => {
        for (const each of mine) await attempt(() => w.hooke.write.recoverBudget([m.mandate, templateHash(each.template), each.terms], by));
      };
      const fund = async () => {
        const amount = BigInt(roll(5)) * CAP;
        if (await attempt(() => w.hooke.write.fundMandate([m.mandate, amount]))) m.given += amount;
      };
      const revoke = () => attempt(() => w.hooke.write.revokeMandate([m.mandate]));
      const end = () => attempt(() => w.hooke.write.endMandate([m.mandate], { account: w.stranger.account }));
      const cancel = () => attempt(() => w.hooke.write.cancel([terms]));
      const expire = () => attempt(() => w.hooke.write.expire([terms], by));
      const miss = () => attempt(() => w.hooke.write.miss([terms, s], by));
      const time = () => w.pass(1 + roll(350));
      const spend = () => attempt(() => w.hooke.write.withdraw([ONE * BigInt(1 + roll(20))]));
      const likely: Record<number, (() => Promise<unknown>)[]> = {
        [T.OPEN]: [take, take, take, take, expire, cancel, time],
        [T.ASSIGNED]: [finish, finish, finish, finish, miss],
        [T.DELIVERED]: [settle, settle, settle, refuse, receipt, forged],
      };
      const any = [take, finish, settle, refuse, receipt, forged, recover, recoverAll, fund, end, cancel, expire, miss, time, spend, use];
      const usual = likely[now.state];
      const acts = usual && roll(5) ? usual : roll(20) ? any : [revoke];
      await acts[roll(acts.length)]();
      if (step % 20 === 0) await check(`seed ${seed}, step ${step}`);
    }
    await check(`seed ${seed}, the end`);
    const most = mandates.reduce((sum, m) => {
      const uses = m.templates.reduce((each, t) => each + BigInt(t.uses * t.terms.tasks) * CAP, 0n);
      return sum + (uses < m.given ? uses : m.given);
    }, 0n);

    // Strangers alone bring everything to its end.
    const account = w.stranger.account;
    for (let round = 0; round < 4; round++) {
      await w.pass(5000);
      for (const { terms } of made) {
        const ends = [() => w.hooke.write.expire([terms], { account }), () => w.hooke.write.settle([terms], { account })];
        for (let s = 0; s < (await w.hooke.read.slotsOf([terms])); s++) {
          ends.push(() => w.hooke.write.miss([terms, s], { account }));
          if (terms.mode !== QUORUM) ends.push(() => w.hooke.write.settleSlot([terms, s], { account }));
          ends.push(() => w.hooke.write.release([terms, s], { account }));
        }
        const { state } = await w.hooke.read.orderOf([await w.hooke.read.idOf([terms])]);
        for (const end of state === 1 ? ends : ends.filter((_, i) => i > 1)) await attempt(end);
      }
      for (const mandate of [1, ...mandates.map((m) => m.mandate)]) await attempt(() => w.hooke.write.endMandate([mandate], { account }));
      const { locked } = await w.hooke.read.accountOf([me]);
      if (locked === 0n && round > 0) break;
    }
    for (const each of w.wallets) assert.equal((await w.hooke.read.accountOf([each.account.address])).locked, 0n, `seed ${seed}: money is stuck`);
    for (const p of w.providers) assert.equal((await w.hooke.read.operatorOf([p.id])).bonded, 0n, `seed ${seed}: a bond is stuck`);
    assert.equal(await w.owed(), await w.holds());
    const gain = (await gang()) - start;
    const paid = made.reduce((sum, each) => sum + each.paid, 0n);
    assert.ok(gain <= paid && paid <= most, `seed ${seed}: the gang gained ${gain}, ${paid} was paid, ${most} was allowed`);
    assert.ok(done > 50 && made.length > 9, `only ${done} calls and ${made.length} orders`);
    console.log(`  seed ${seed}: ${done} calls, ${mandates.length} mandates, ${made.length} orders, ${thieving} thefts refused, gang gained ${gain / CAP} caps of ${most / CAP}`);
  });
}
