import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, decodeEventLog, sha256, type Hex } from "viem";

import { leafHash, pathTo, published, treeOf, type Leaf } from "./sumtree.ts";
import { chance, seedsOf } from "./chance.ts";
import { templateHash, tree, type Template } from "./templates.ts";
import * as T from "./world.ts";
import { CAP, FUEL, ONE, OPTIMISTIC, OTHER_ROOT, QUORUM, ROOT, SALT, world } from "./world.ts";

/** The result archive of every right result: one chunk. */
const CHUNK: Hex = "0x00112233445566778899";
const ARCHIVE = sha256(concat(["0x00", CHUNK]));

/** What an event says is burned; of a disproved slot's bond all but what is repaid later. */
function burnedBy({ eventName, args }: { eventName: string; args: Record<string, bigint> }): bigint {
  switch (eventName) {
    case "Missed": case "GivenUp": case "Parted": case "Outvoted": case "Unrevealed": case "Disproved": return args.bond;
    case "Refused": case "Voided": case "ChallengeFailed": case "ChallengeVoided": return args.burned;
    case "Forfeited": return args.held + args.bond;
    case "ChallengeUpheld": return -args.repaid;
    default: return 0n;
  }
}

type Live = {
  t: T.Terms; id: Hex; byCheat: boolean;
  /** By slot: what was delivered there, and whether every leaf is right. */
  leaves: Map<number, Leaf[]>; honest: Map<number, boolean>; challenged: Set<string>;
};

/**
 * A consumer and an honest seller who keep the rules, honest jurors who come or stay away, a cheat who sells, buys and challenges under
 * several names, is the consumer's agent by a mandate and has a tab of it, and strangers who call whatever they like. With every third seed the cheat
 * also owns two of the jurors, a captured jury: then it may win what is not right, and must not gain more by it than what others' orders and juries paid it.
 */
for (const seed of seedsOf(3)) {
  const captured = seed % 3 === 0;
  const claim = captured
    ? "who captures juries gains what others' orders paid him and no more"
    : "who keeps the rules loses nothing, who cheats on both sides gains nothing";
  test(`${claim}, and nothing stays locked, seed ${seed}`, async () => {
    const w = await world(7);
    const roll = chance(seed * 104729);
    const [honest, cheat, ...jurors] = w.providers;
    const sybil = w.stranger;
    const bought = captured ? jurors.slice(3) : [];
    const fair = captured ? jurors.slice(0, 3) : jurors;
    const gang = [cheat, ...bought];
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
    const cheatWealth = async () => {
      let sum = await wealthOf([cheat.owner.account.address, cheat.key.account.address, sybil.account.address], cheat.id);
      for (const p of bought) sum += await wealthOf([p.owner.account.address], p.id);
      return sum;
    };
    const honestWealth = () => wealthOf([honest.owner.account.address], honest.id);
    const start = { cheat: await cheatWealth(), honest: await honestWealth() };
    let earnedRightly = 0n;
    let done = 0;
    const verdicts = { failed: 0, upheld: 0, voided: 0, forfeited: 0, agreed: 0, redeemed: 0, byAgent: 0 };
    const live: Live[] = [];
    const quorums = new Set<Hex>();
    let burnedByEvents = 0n;

    // The consumer is away at times: the cheat is its agent, and may order two kinds of arrays a few times each.
    const rule = { retries: 1, interval: 0, bindings: [] };
    const kind = (tasks: number): Template => ({
      ...rule, uses: 4,
      terms: w.terms({
        nonce: 0n, mode: OPTIMISTIC, tasks, slots: 1, openSeconds: 2000, runSeconds: 300, windowSeconds: 120, retentionSeconds: 600,
      }),
    });
    const kinds = [kind(1), kind(3)];
    const { root, proofOf } = tree(kinds);
    const { timestamp } = await w.client.getBlock();
    await w.hooke.write.openMandate([sybil.account.address, root, 12n * CAP, 0, Number(timestamp) + 40_000]);
    const underMandate = async () => {
      const template = kinds[roll(2)];
      const { orders } = await w.hooke.read.useOf([1, templateHash(template)]);
      const sent = await attempt(() =>
        w.hooke.write.orderUnder([1, template, proofOf(template), orders, 1, 2], { account: sybil.account }),
      );
      if (!sent) return;
      verdicts.byAgent++;
      const { order: id } = await w.hooke.read.useOf([1, templateHash(template)]);
      const [ordered] = await w.hooke.getEvents.Ordered({ order: id });
      live.push({ t: ordered.args.terms as T.Terms, id, byCheat: false, leaves: new Map(), honest: new Map(), challenged: new Set() });
    };

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
        if (event.eventName === "Settled" && gang.some((p) => p.id === event.args.operatorId)) {
          const order = live.find((each) => each.id === event.args.order);
          if (!order?.byCheat) {
            // To others a wrong result was never sold unchallenged.
            const right = order ? order.honest.get(event.args.slot) : quorums.has(event.args.order) && event.args.root === ROOT;
            if (right || captured) earnedRightly += event.args.paid;
            else assert.fail(`seed ${seed}: the cheat was paid for a wrong result`);
          }
        }
        burnedByEvents += burnedBy(event as { eventName: string; args: Record<string, bigint> });
        if (event.eventName === "VoucherRedeemed") {
          verdicts.redeemed++;
          if (event.args.operatorId === cheat.id) earnedRightly += event.args.amount;
        }
        if (event.eventName === "Forfeited") verdicts.forfeited++;
        if (event.eventName === "ChallengeFailed") verdicts.failed++;
        if (event.eventName === "ChallengeUpheld") verdicts.upheld++;
        if (event.eventName === "ChallengeVoided") verdicts.voided++;
      }
      return true;
    };
    const right = (index: number): Leaf => ({ index, outcome: 0, exitCode: 0, fuel: FUEL + BigInt(index), size: 10n, outputRoot: ARCHIVE });
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
    /** Honest jurors find the truth, bought ones what is good for the cheat; `come` of them are there. */
    const judge = async (l: Live, s: number, index: number, come: number) => {
      const c = await w.hooke.read.challengeOf([l.id, s, index]);
      if (c.state !== 2) return;
      const jury = (await w.hooke.read.juryTermsOf([l.t, s, index, c.attempt])) as T.Terms;
      const id = await w.hooke.read.idOf([jury]);
      const truth = leafHash(right(index));
      const fuel = right(index).fuel;
      const { operatorId } = await slot(l, s);
      // For its own result the cheat says that it is right, against another's that it is wrong, or that it could not be fetched.
      const lie = operatorId === cheat.id ? c.leaf : roll(2) ? OTHER_ROOT : await w.hooke.read.UNAVAILABLE();
      const says = (p: (typeof jurors)[number]) => (bought.includes(p) ? lie : truth);
      const spent = (p: (typeof jurors)[number]) => (bought.includes(p) && lie !== c.leaf && lie !== OTHER_ROOT ? 0n : fuel);
      const there: { seat: number; p: (typeof jurors)[number] }[] = [];
      for (const p of [...bought, ...fair]) {
        if (there.length === come) break;
        const seat = there.length;
        if (await attempt(() => w.hooke.write.bid([jury, seat, jury.maxPrice], { account: p.key.account }))) there.push({ seat, p });
      }
      for (const { seat, p } of there) {
        await attempt(() => w.hooke.write.commit([jury, seat, w.commitment(id, seat, p.id, says(p), spent(p), SALT)], { account: p.key.account }));
      }
      if (there.length < 3) {
        await duties();
        await w.pass(700);
        await attempt(() => w.hooke.write.expire([jury]));
      }
      for (const { seat, p } of there) await attempt(() => w.hooke.write.reveal([jury, seat, says(p), spent(p), SALT, "0x"]));
      await attempt(() => w.hooke.write.conclude([l.t, s, index]));
    };
    /** A QUORUM order of the consumer's, from order to end: two or three honest ones, or two and the cheat, who lies, keeps silent, or works. */
    const quorum = async () => {
      const t = w.terms({ mode: QUORUM, quorum: 2, slots: 3, openSeconds: 300, runSeconds: 300, windowSeconds: 120, retentionSeconds: roll(2) ? 0 : 300 });
      let id: Hex = ROOT;
      await attempt(async () => {
        const hash = await w.hooke.write.order([t]);
        id = await w.hooke.read.idOf([t]);
        quorums.add(id);
        return hash;
      });
      await w.networkHelpers.mine(2);
      await duties();
      await w.pass(100);
      const seated: { p: (typeof jurors)[number]; root: Hex; silent: boolean }[] = [];
      const cheating = roll(2) === 0;
      const way = roll(3);
      for (const p of cheating ? [fair[0], cheat, fair[1]] : fair.slice(0, 2 + roll(2))) {
        const mine = { p, root: p === cheat && way === 0 ? OTHER_ROOT : ROOT, silent: p === cheat && way === 1 };
        if (await attempt(() => w.hooke.write.bid([t, seated.length, t.maxPrice], { account: p.key.account }))) seated.push(mine);
      }
      const noShow = cheating && roll(4) === 0;
      for (const [seat, { p, root }] of seated.entries()) {
        if (p === cheat && noShow) continue;
        await attempt(() => w.hooke.write.commit([t, seat, w.commitment(id, seat, p.id, root, FUEL, SALT)], { account: p.key.account }));
      }
      await duties();
      if (noShow || seated.length < 3) await w.pass(601);
      for (const [seat, { root, silent }] of seated.entries()) {
        if (!silent) await attempt(() => w.hooke.write.reveal([t, seat, root, FUEL, SALT, "0x"], { account: sybil.account }));
      }
      await duties();
      await w.pass(121);
      await attempt(() => w.hooke.write.settle([t], { account: sybil.account }));
      if ((await w.hooke.read.resultOf([id]))[0]) verdicts.agreed++;
      await duties();
      await w.pass(301);
      for (let seat = 0; seat < 3; seat++) await attempt(() => w.hooke.write.release([t, seat]));
    };
    /** The cheat's tab: it claims what the consumer signed, and more. */
    const tab = async () => {
      const [me, by] = [w.consumer.account.address, { account: sybil.account }];
      const signed = (total: bigint, signer: typeof w.consumer) =>
        signer.signTypedData({
          domain: w.domain,
          types: { Voucher: [{ name: "consumer", type: "address" }, { name: "operatorId", type: "uint32" }, { name: "total", type: "uint128" }] },
          primaryType: "Voucher",
          message: { consumer: me, operatorId: cheat.id, total },
        });
      const { redeemed } = await w.hooke.read.tabOf([me, cheat.id]);
      const total = redeemed + BigInt(1 + roll(5)) * (CAP / 10n);
      const good = await signed(total, w.consumer);
      const forged = await signed(total + CAP, sybil);
      const acts = [
        () => w.hooke.write.openTab([cheat.id, CAP]),
        () => w.hooke.write.redeem([me, cheat.id, total, good], by),
        () => w.hooke.write.closeTab([cheat.id]),
        () => w.hooke.write.reclaimTab([me, cheat.id], by),
      ];
      await attempt(acts[roll(acts.length)]);
      assert.equal(await attempt(() => w.hooke.write.redeem([me, cheat.id, total + CAP, good], by)), false);
      assert.equal(await attempt(() => w.hooke.write.redeem([me, cheat.id, total + CAP, forged], by)), false);
    };
    /** Answers the pending demand on a slot, if the result is right. */
    const answer = async (l: Live, s: number) => {
      const { pending, seed: wanted } = await w.hooke.read.demandOf([l.id, s]);
      const leaves = l.leaves.get(s);
      if (!pending || !leaves) return;
      const position = Number((wanted >> 96n) % BigInt(leaves.length));
      const { index, outcome, exitCode, size, outputRoot, fuel } = leaves[position];
      const proof = { index, outcome, exitCode, size, outputRoot, chunk: CHUNK, path: [] };
      await attempt(() => w.hooke.write.answerWithin([l.t, s, proof, fuel, pathTo(leaves, position)]));
    };
    /** What the honest seller does before time passes: it delivers what it took, publishes what is challenged, and shows what is demanded. */
    const duties = async () => {
      for (const l of live) {
        for (let s = 0; s < (await slotsOf(l)); s++) {
          const now = await slot(l, s);
          if (now.operatorId !== honest.id || now.state >= T.RELEASED) continue;
          if (now.state === T.ASSIGNED) await deliver(l, s, honest, false, false);
          if (now.state === T.SETTLED) await answer(l, s);
          for (const key of l.challenged) {
            const [at, index] = key.split(" ").map(Number);
            if (at === s && (await w.hooke.read.challengeOf([l.id, s, index])).state === 1) assert.ok(await publish(l, s, index), "published");
          }
        }
      }
    };

    const steps = 180;
    for (let step = 0; step < steps; step++) {
      const other = roll(30);
      if (other < 4) {
        await [quorum, tab, tab, underMandate][other]();
        continue;
      }
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
      const desert = () => attempt(() => w.hooke.write.giveUp([l.t, s], { account: cheat.key.account }));
      const release = () => attempt(() => w.hooke.write.release([l.t, s]));
      const demand = () => attempt(() => w.hooke.write.demand([l.t, s], { account: l.byCheat ? sybil.account : w.consumer.account }));
      const forfeit = () => attempt(() => w.hooke.write.forfeit([l.t, s], { account: sybil.account }));
      // Of its own the cheat answers only for others' eyes, and not always.
      const respond = () => (roll(2) ? answer(l, s) : Promise.resolve());
      const disputed = here.length !== 0;
      const likely: Record<number, (() => Promise<unknown>)[]> = {
        [T.OPEN]: [take, take, take, take, cancel],
        [T.ASSIGNED]: [finish, finish, finish, finish, time, miss, desert],
        [T.DELIVERED]: disputed ? [doubt, show, show, court, court, end, receipt, time] : [doubt, doubt, doubt, receipt, time, close],
        [T.SETTLED]: [release, receipt, demand, demand, respond, forfeit, time],
      };
      const usual = likely[now.state];
      const any = [take, finish, doubt, show, court, end, receipt, close, cancel, miss, release, demand, forfeit, time, () => w.networkHelpers.mine(2)];
      const acts = usual && roll(8) ? usual : any;
      await acts[roll(acts.length)]();
      if (step % 10 === 0) {
        assert.equal(await w.owed(), await w.holds(), `seed ${seed}, step ${step}`);
        // A captured jury takes the honest seller's bond, too: nothing but stake keeps it from that.
        for (const p of captured ? [] : [honest, ...fair]) {
          assert.equal((await w.hooke.read.operatorOf([p.id])).stake, fullStake, `seed ${seed}, step ${step}: an honest stake was touched`);
        }
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
          if (state === T.SETTLED) {
            await attempt(() => w.hooke.write.forfeit([l.t, s]));
            await attempt(() => w.hooke.write.release([l.t, s]));
          }
        }
      }
      if ((await Promise.all(live.map((l) => w.hooke.read.orderOf([l.id])))).every((o) => o.state === 2) && round > 6) break;
    }
    await attempt(() => w.hooke.write.closeTab([cheat.id]));
    await w.pass(86_400);
    await attempt(() => w.hooke.write.reclaimTab([w.consumer.account.address, cheat.id]));
    await attempt(() => w.hooke.write.endMandate([1], { account: sybil.account }));
    for (const l of live) assert.equal((await w.hooke.read.orderOf([l.id])).state, 2, `seed ${seed}: order ${l.id} is stuck`);
    for (const p of w.providers) assert.equal((await w.hooke.read.operatorOf([p.id])).bonded, 0n, `seed ${seed}: a bond is stuck`);
    for (const a of [w.hooke.address, ...w.wallets.map((x) => x.account.address)]) {
      assert.equal((await w.hooke.read.accountOf([a])).locked, 0n, `seed ${seed}: money of ${a} is stuck`);
    }
    assert.equal((await w.hooke.read.accountOf([w.hooke.address])).free, 0n, "no jury's money stays behind");
    assert.equal(await w.owed(), await w.holds());
    if (!captured) {
      for (const p of [honest, ...fair]) {
        assert.equal((await w.hooke.read.operatorOf([p.id])).stake, fullStake, `seed ${seed}: an honest stake was touched`);
      }
      assert.ok((await honestWealth()) >= start.honest, `seed ${seed}: an honest seller lost`);
    }
    assert.equal(burnedByEvents, await w.hooke.read.burned(), `seed ${seed}: the events tell all that is burned`);
    const gain = (await cheatWealth()) - start.cheat;
    assert.ok(gain <= earnedRightly, `seed ${seed}: the cheat gained ${gain}, its right results, or those of captured juries, earned ${earnedRightly}`);
    assert.ok(done > 100, `only ${done} calls did anything`);
    console.log(`  seed ${seed}: ${done} calls, ${live.length} orders${captured ? ", captured juries" : ""}, ${JSON.stringify(verdicts).replace(/[{}"]/g, "")}`);
  });
}
