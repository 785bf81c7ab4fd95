import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { encodeFunctionData, getAddress, size, type Hex } from "viem";

import { leafHash, published } from "./sumtree.ts";
import { boundBlob, nonceOf, smallBlobId, templateHash, tree, type Binding, type Template } from "./templates.ts";
import * as T from "./world.ts";
import { CAP, FUEL, ONE, OPTIMISTIC, OTHER_ROOT, PAY, QUORUM, ROOT, SALT, ZERO, world, type World } from "./world.ts";

/** A world with an agent, and the short ways to do what owner, agent and sellers do. */
async function away() {
  const w = await world(5);
  const agent = w.wallets.at(-1)!;
  const by = { account: agent.account };
  const byStranger = { account: w.stranger.account };
  const me = getAddress(w.consumer.account.address);
  const agentAddress = getAddress(agent.account.address);
  const template = (change: Partial<T.Terms> = {}, rule: Partial<Omit<Template, "terms">> = {}): Template => ({
    terms: w.terms({ originA: 0, originB: 0, nonce: 0n, ...change }), uses: 1, retries: 0, interval: 0, bindings: [], ...rule,
  });
  const now = async () => Number((await w.client.getBlock()).timestamp);
  /** A mandate over these templates, in force for `seconds`. */
  const give = async (templates: Template[], budget = 10n * CAP, seconds = 100_000) => {
    const { root, proofOf } = tree(templates);
    const from = await now();
    await w.hooke.write.openMandate([agentAddress, root, budget, from, from + seconds]);
    const mandate = await w.hooke.read.mandateCount();
    const order = (t: Template, number = 0, change: { by?: typeof by; proof?: Hex[]; origins?: [number, number] } = {}) =>
      w.hooke.write.orderUnder(
        [mandate, t, change.proof ?? proofOf(t), number, ...(change.origins ?? ([1, 2] as [number, number]))], change.by ?? by,
      );
    /** Orders, and says what was ordered. */
    const ordered = async (t: Template, number = 0) => {
      const [at, terms, blob] = await w.hooke.read.nextOrder([mandate, t, 1, 2]);
      assert.equal(at, number);
      await order(t, number);
      const id = await w.hooke.read.idOf([terms as T.Terms]);
      assert.equal((await w.hooke.read.useOf([mandate, templateHash(t)])).order, id);
      return { terms: terms as T.Terms, id, blob };
    };
    const recover = (t: Template, terms: T.Terms, who = by) => w.hooke.write.recoverBudget([mandate, templateHash(t), terms], who);
    const budgetLeft = async () => (await w.hooke.read.mandateOf([mandate])).budget;
    const use = (t: Template) => w.hooke.read.useOf([mandate, templateHash(t)]);
    return { mandate, root, proofOf, order, ordered, recover, budgetLeft, use, from, until: from + seconds };
  };
  const bid = (t: T.Terms, i = 0, slot = 0) => w.hooke.write.bid([t, slot, t.maxPrice], { account: w.providers[i].key.account });
  const deliver = (t: T.Terms, i = 0, slot = 0, root = ROOT, fuel = FUEL, receipt: Hex = "0x") =>
    w.hooke.write.deliver([t, slot, root, fuel, receipt], { account: w.providers[i].key.account });
  /** Runs one slot until it is settled by silence. */
  const run = async (t: T.Terms, slot = 0, root = ROOT, fuel = FUEL) => {
    await bid(t, 0, slot);
    await deliver(t, 0, slot, root, fuel);
    await w.pass(61);
    await w.hooke.write.settleSlot([t, slot], byStranger);
  };
  /** Lets an order come to nothing: nobody bids. */
  const unfilled = async (t: T.Terms) => {
    await w.pass(601);
    await w.hooke.write.expire([t], byStranger);
  };
  const account = () => w.hooke.read.accountOf([me]);
  const money = async () => assert.equal(await w.owed(), await w.holds());
  return { ...w, agent, by, byStranger, me, agentAddress, template, now, give, bid, deliver, run, unfilled, account, money };
}
type Away = Awaited<ReturnType<typeof away>>;

describe("Mandates", () => {
  let w: Away;
  const fails: World["fails"] = (...claim) => w.fails(...claim);
  before(async () => {
    w = await away();
  });

  it("locksTheBudgetAndGivesItBackAtOnceWhenRevokedByTheOwnerAlone", async () => {
    const start = await w.account();
    const t = w.template();
    const m = await w.give([t], 3n * CAP);
    assert.deepEqual(await w.hooke.read.mandateOf([m.mandate]), {
      owner: w.me, from: m.from, until: m.until, ended: false, agent: w.agentAddress, budget: 3n * CAP, root: m.root,
    });
    await w.hooke.write.fundMandate([m.mandate, CAP]);
    assert.deepEqual(await w.account(), { free: start.free - 4n * CAP, locked: start.locked + 4n * CAP });
    await fails(w.hooke.write.fundMandate([m.mandate, 1n], w.by), "NotMandateOwner", [w.agentAddress, w.me]);
    await fails(w.hooke.write.fundMandate([m.mandate, 0n]), "ZeroAmount", []);
    await fails(w.hooke.write.revokeMandate([m.mandate], w.by), "NotMandateOwner", [w.agentAddress, w.me]);
    await w.hooke.write.revokeMandate([m.mandate]);
    assert.deepEqual(await w.account(), start);
    assert.deepEqual(await w.hooke.read.mandateOf([m.mandate]), {
      owner: w.me, from: m.from, until: m.until, ended: true, agent: w.agentAddress, budget: 0n, root: m.root,
    });
    for (const call of [
      () => w.hooke.write.revokeMandate([m.mandate]), () => w.hooke.write.endMandate([m.mandate]),
      () => w.hooke.write.fundMandate([m.mandate, 1n]), () => m.order(t), () => m.recover(t, t.terms),
    ]) await fails(call(), "MandateOver", [m.mandate]);
    await w.money();
  });

  it("isOpenedOnlyForATimeThatEnds", async () => {
    const at = await w.next(5);
    const latest = at + (await w.hooke.read.MAX_MANDATE_SECONDS());
    const open = (from: number, until: number, budget = 0n) =>
      w.hooke.write.openMandate([w.agentAddress, ROOT, budget, from, until]);
    await fails(open(0, Number(at) - 1), "BadPeriod", [0n, at - 1n, latest]);
    const when = await w.next(1);
    await fails(open(Number(when) + 2, Number(when) + 1), "BadPeriod", [when + 2n, when + 1n, when + latest - at]);
    const later = await w.next(1);
    const end = later + latest - at;
    await fails(open(0, Number(end) + 1), "BadPeriod", [0n, end + 1n, end]);
    const last = await w.next(1);
    await open(0, Number(last + latest - at));
    const { free } = await w.account();
    await fails(open(0, Number(last) + 100, free + 1n), "InsufficientFree", [w.me, free + 1n, free]);
    await fails(open(0, Number(last) + 100, 2n ** 96n), "SafeCastOverflowedUintDowncast", [96, 2n ** 96n]);
    const mandate = await w.hooke.read.mandateCount();
    await w.hooke.write.fundMandate([mandate, 1n]);
    await fails(w.hooke.write.fundMandate([mandate, 2n ** 96n]), "SafeCastOverflowedUintDowncast", [96, 2n ** 96n + 1n]);
    await w.hooke.write.revokeMandate([mandate]);
    for (const unknown of [0, mandate + 1]) {
      const t = w.template();
      for (const call of [
        () => w.hooke.write.fundMandate([unknown, 1n]), () => w.hooke.write.revokeMandate([unknown]),
        () => w.hooke.write.endMandate([unknown]), () => w.hooke.write.orderUnder([unknown, t, [], 0, 0, 0], w.by),
        () => w.hooke.write.recoverBudget([unknown, ROOT, t.terms], w.by), () => w.hooke.read.nextOrder([unknown, t, 0, 0]),
      ]) await fails(call(), "UnknownMandate", [unknown]);
    }
  });

  it("lastsFromItsFirstSecondToItsLastThenAnyoneEndsIt", async () => {
    const [t, u] = [w.template(), w.template()];
    const { root, proofOf } = tree([t, u]);
    const from = (await w.now()) + 100;
    await w.hooke.write.openMandate([w.agentAddress, root, 2n * CAP, from, from + 50]);
    const mandate = await w.hooke.read.mandateCount();
    const order = (each: Template) => w.hooke.write.orderUnder([mandate, each, proofOf(each), 0, 1, 2], w.by);
    await w.next(BigInt(from) - 1n);
    await fails(order(t), "TooEarly", [BigInt(from), BigInt(from) - 1n]);
    await w.next(BigInt(from) - 1n);
    await fails(w.hooke.write.recoverBudget([mandate, ROOT, t.terms], w.by), "TooEarly", [BigInt(from), BigInt(from) - 1n]);
    await w.next(BigInt(from));
    await order(t);
    await w.next(BigInt(from) + 50n);
    await fails(w.hooke.write.endMandate([mandate], w.byStranger), "TooEarly", [BigInt(from) + 51n, BigInt(from) + 50n]);
    await w.next(BigInt(from) + 51n);
    await fails(order(u), "TooLate", [BigInt(from) + 50n, BigInt(from) + 51n]);
    await w.next(BigInt(from) + 51n);
    await fails(w.hooke.write.recoverBudget([mandate, ROOT, t.terms], w.by), "TooLate", [BigInt(from) + 50n, BigInt(from) + 51n]);
    const { locked } = await w.account();
    await w.hooke.write.endMandate([mandate], w.byStranger);
    assert.equal((await w.account()).locked, locked - CAP, "the order that is live keeps its escrow");
    await fails(w.hooke.write.endMandate([mandate]), "MandateOver", [mandate]);
    await w.money();
  });

  it("theOrderIsTheOwnersWhoeverSentIt", async () => {
    const t = w.template();
    const m = await w.give([t], 2n * CAP);
    const before = await w.account();
    const { terms, id } = await m.ordered(t);
    assert.deepEqual(await w.account(), before, "the budget's lock became the order's");
    assert.equal(await m.budgetLeft(), CAP);
    assert.deepEqual(terms, { ...t.terms, consumer: w.me, nonce: nonceOf(m.mandate, t, 0), originA: 1, originB: 2 });
    await fails(w.hooke.write.cancel([terms], w.by), "NotConsumer", [w.agentAddress, w.me]);
    await w.bid(terms);
    const forged = await w.receipt(id, 0, ROOT, FUEL, w.agent);
    await fails(w.deliver(terms, 0, 0, ROOT, FUEL, forged), "BadReceipt", [id, 0]);
    await w.deliver(terms);
    await fails(w.hooke.write.refuse([terms, 0], w.by), "NotConsumer", [w.agentAddress, w.me]);
    await fails(w.hooke.write.acknowledge([terms, 0, "0x"], w.by), "NotConsumer", [w.agentAddress, w.me]);
    await w.hooke.write.acknowledge([terms, 0, await w.receipt(id, 0, ROOT, FUEL)], w.byStranger);
    assert.deepEqual(await w.account(), { free: before.free + CAP - PAY, locked: before.locked - CAP }, "what is left is the owner's");
    await w.hooke.write.revokeMandate([m.mandate]);
    await w.money();
  });

  it("takesOnlyItsAgentsOrdersFromItsOwnTemplates", async () => {
    const [t, u] = [w.template(), w.template({}, { uses: 5 })];
    const m = await w.give([t, u, w.template({ memoryMib: 77 })], 2n * CAP);
    await fails(m.order(t, 0, { by: w.byStranger }), "NotAgent", [getAddress(w.stranger.account.address), w.agentAddress]);
    await fails(m.order(t, 0, { by: { account: w.consumer.account } }), "NotAgent", [w.me, w.agentAddress]);
    await fails(m.recover(t, t.terms, w.byStranger), "NotAgent", [getAddress(w.stranger.account.address), w.agentAddress]);
    const proof = m.proofOf(t);
    const changed: Template[] = [
      { ...t, uses: 2 }, { ...t, retries: 1 }, { ...t, interval: 1 }, { ...t, bindings: [{ input: 0, partly: false, template: ZERO }] },
      { ...t, terms: { ...t.terms, maxPrice: t.terms.maxPrice + 1n } }, { ...t, terms: { ...t.terms, nonce: 1n } },
      { ...t, terms: { ...t.terms, mode: OPTIMISTIC } }, { ...t, terms: { ...t.terms, spec: OTHER_ROOT } },
    ];
    for (const each of changed) await fails(m.order(each, 0, { proof }), "NotInMandate", [m.mandate, templateHash(each)]);
    for (const forged of [[], proof.slice(1), proof.slice(0, -1), [...proof, ROOT], m.proofOf(u)]) {
      await fails(m.order(t, 0, { proof: forged }), "NotInMandate", [m.mandate, templateHash(t)]);
    }
    // Whoever gives a mandate gives his own orders: else another's lock would end with them.
    const theirs = w.template({ consumer: w.stranger.account.address });
    const n = await w.give([theirs], 2n * CAP);
    await fails(n.order(theirs), "NotOwnersTemplate", [getAddress(w.stranger.account.address), w.me]);
    await fails(m.order(t, 1), "WrongNumber", [1, 0]);
    const dear = w.template({ tasks: 3 });
    const p = await w.give([dear], 3n * CAP - 1n);
    await fails(p.order(dear), "BudgetTooSmall", [p.mandate, 3n * CAP, 3n * CAP - 1n]);
    await w.hooke.write.fundMandate([p.mandate, 1n]);
    await p.order(dear);
    assert.equal(await p.budgetLeft(), 0n);
    for (const each of [m, n, p]) await w.hooke.write.revokeMandate([each.mandate]);
    await w.money();
  });

  it("refusesTheTermsThatAnOrderWouldAndHoldsTheOwnersExclusiveKeys", async () => {
    const bad = w.template({ windowSeconds: 9 });
    const keyed = w.template({ exclusiveKey: ROOT }, { uses: 2 });
    const m = await w.give([bad, keyed]);
    await fails(m.order(bad), "BadDuration", ["windowSeconds", 9n, 10n, 604_800n]);
    const { id, terms } = await m.ordered(keyed);
    assert.equal(await w.hooke.read.holderOf([w.me, ROOT]), id);
    await fails(m.order(keyed, 1), "ExclusiveKeyHeld", [ROOT, id]);
    await fails(w.hooke.write.order([w.terms({ exclusiveKey: ROOT })]), "ExclusiveKeyHeld", [ROOT, id]);
    await w.hooke.write.cancel([terms]);
    // The next one the owner has ordered himself.
    const [, next] = await w.hooke.read.nextOrder([m.mandate, keyed, 1, 2]);
    const own = await w.order(next as T.Terms);
    await w.hooke.write.cancel([next as T.Terms]);
    await fails(m.order(keyed, 1), "OrderExists", [own]);
    await w.hooke.write.revokeMandate([m.mandate]);
  });

  it("aUseIsOnceARetryOnlyOfWhatCameToNothing", async () => {
    const t = w.template({}, { retries: 2 });
    const m = await w.give([t]);
    const first = await m.ordered(t);
    await fails(m.order(t, 0), "WrongNumber", [0, 1]);
    await fails(m.order(t, 1), "TemplateUsedUp", [m.mandate, templateHash(t), 1]);
    await w.unfilled(first.terms);
    const second = await m.ordered(t, 1);
    assert.notEqual(second.id, first.id);
    const { usedAt, ...used } = await m.use(t);
    assert.deepEqual(used, { orders: 2, uses: 1, retries: 1, recovered: false, order: second.id });
    assert.ok(usedAt > 0);
    await w.unfilled(second.terms);
    const third = await m.ordered(t, 2);
    await w.unfilled(third.terms);
    await fails(m.order(t, 3), "TemplateUsedUp", [m.mandate, templateHash(t), 1]);
    // What its owner refused has no result either; what has one is never a retry.
    const u = w.template({}, { retries: 1 });
    const n = await w.give([u]);
    const done = await n.ordered(u);
    await w.bid(done.terms);
    await w.deliver(done.terms);
    await w.hooke.write.refuse([done.terms, 0]);
    const again = await n.ordered(u, 1);
    await w.run(again.terms);
    await fails(n.order(u, 2), "TemplateUsedUp", [n.mandate, templateHash(u), 1]);
    for (const each of [m, n]) await w.hooke.write.revokeMandate([each.mandate]);
    await w.money();
  });

  it("aCronRunsOncePerIntervalSoManyTimesAndAFailureStopsItNot", async () => {
    const job = w.template({}, { uses: 3, retries: 1, interval: 3600 });
    const m = await w.give([job]);
    const first = await m.ordered(job);
    const { usedAt } = await m.use(job);
    const due = BigInt(usedAt) + 3600n;
    await w.run(first.terms);
    await w.next(due - 1n);
    await fails(m.order(job, 1), "TooEarly", [due, due - 1n]);
    await w.next(due);
    const second = await m.ordered(job, 1);
    // It fails twice: the retry comes at once, and when there is none left, the next use in its time.
    await w.unfilled(second.terms);
    await w.unfilled((await m.ordered(job, 2)).terms);
    const { usedAt: again } = await m.use(job);
    assert.equal(BigInt(again), due, "a retry does not move the next use");
    await w.next(due + 3599n);
    await fails(m.order(job, 3), "TooEarly", [due + 3600n, due + 3599n]);
    await w.next(due + 3600n);
    await m.order(job, 3);
    // The last one is still live when its time comes, and there is no further use.
    await w.next(due + 7200n);
    await fails(m.order(job, 4), "TemplateUsedUp", [m.mandate, templateHash(job), 3]);
    await w.hooke.write.revokeMandate([m.mandate]);
    await w.money();
  });

  it("putsWhatAClosedOrderGaveBackIntoTheBudgetOnce", async () => {
    const t = w.template({}, { uses: 2 });
    const m = await w.give([t], CAP);
    await fails(m.recover(t, t.terms), "UnknownOrder", [await w.hooke.read.idOf([t.terms])]);
    const first = await m.ordered(t);
    await fails(m.recover(t, first.terms), "OrderStillLive", [first.id]);
    await w.run(first.terms);
    const before = await w.account();
    await m.recover(t, first.terms);
    assert.equal(await m.budgetLeft(), CAP - PAY);
    assert.deepEqual(await w.account(), { free: before.free - (CAP - PAY), locked: before.locked + CAP - PAY });
    await fails(m.recover(t, first.terms), "AlreadyRecovered", [first.id]);
    await w.hooke.write.fundMandate([m.mandate, PAY]);
    const second = await m.ordered(t, 1);
    await fails(m.recover(t, first.terms), "NotLastOrder", [templateHash(t), first.id, second.id]);
    const other = w.template({ memoryMib: 3 });
    await fails(m.recover(other, second.terms), "NotLastOrder", [templateHash(other), second.id, ZERO]);
    // Money that the owner has taken away is not asked for again.
    await w.unfilled(second.terms);
    const { free } = await w.account();
    await w.hooke.write.withdraw([free - 1n]);
    await fails(m.recover(t, second.terms), "InsufficientFree", [w.me, CAP, 1n]);
    await w.fund(w.me, free - 1n);
    await m.recover(t, second.terms);
    assert.equal(await m.budgetLeft(), CAP, "an order without a result cost nothing");
    await w.hooke.write.revokeMandate([m.mandate]);
    await w.money();
  });

  it("recoversExactlyWhatArraysQuorumsAndRefusalsLeft", async () => {
    const array = w.template({ mode: OPTIMISTIC, tasks: 4, slots: 2 });
    const quorum = w.template({ mode: QUORUM, quorum: 2, slots: 3 });
    const refused = w.template();
    const m = await w.give([array, quorum, refused], 8n * CAP);
    const a = await m.ordered(array);
    await w.run(a.terms, 0, ROOT, 2n * FUEL);
    await fails(m.recover(array, a.terms), "OrderStillLive", [a.id]);
    await w.unfilled(a.terms);
    const q = await m.ordered(quorum);
    await w.networkHelpers.mine(2);
    await w.pass(150);
    for (const i of [0, 1, 2]) await w.bid(q.terms, i, i);
    const roots = [ROOT, ROOT, OTHER_ROOT];
    for (const i of [0, 1, 2]) {
      await w.hooke.write.commit([q.terms, i, w.commitment(q.id, i, i + 1, roots[i], FUEL, SALT)], { account: w.providers[i].key.account });
    }
    for (const i of [0, 1, 2]) await w.hooke.write.reveal([q.terms, i, roots[i], FUEL, SALT, "0x"]);
    const r = await m.ordered(refused);
    await w.bid(r.terms);
    await w.deliver(r.terms);
    await w.hooke.write.refuse([r.terms, 0]);
    assert.equal(await m.budgetLeft(), 0n);
    await m.recover(array, a.terms);
    assert.equal(await m.budgetLeft(), 4n * CAP - 2n * PAY);
    await m.recover(quorum, q.terms);
    assert.equal(await m.budgetLeft(), 7n * CAP - 4n * PAY);
    await m.recover(refused, r.terms);
    assert.equal(await m.budgetLeft(), 8n * CAP - 5n * PAY);
    await w.hooke.write.revokeMandate([m.mandate]);
    await w.money();
  });

  it("doesNotRecoverPayThatWasBurnedBecauseNoJuryCouldJudge", async () => {
    const t = w.template({ mode: OPTIMISTIC, runSeconds: 60 });
    const m = await w.give([t], CAP);
    const { terms } = await m.ordered(t);
    await w.bid(terms);
    const leaf = { index: 0, outcome: 0, exitCode: 0, fuel: FUEL, size: 1n, outputRoot: ROOT };
    await w.deliver(terms, 0, 0, leafHash(leaf));
    await w.hooke.write.challenge([terms, 0, 0]);
    await w.hooke.write.publish([terms, 0, 0, published(leaf), []]);
    for (const attempt of [1, 2]) {
      await w.unfilled((await w.hooke.read.juryTermsOf([terms, 0, 0, attempt])) as T.Terms);
      await w.hooke.write.conclude([terms, 0, 0]);
    }
    await m.recover(t, terms);
    assert.equal(await m.budgetLeft(), CAP - PAY);
    await w.hooke.write.revokeMandate([m.mandate]);
    await w.money();
  });

  const bindTo = (t: Template, change: Partial<Binding> = {}): Binding => ({ input: 0, partly: false, template: templateHash(t), ...change });

  it("aDagRunsOnTheResultsOfItsPredecessorsAndNothingElse", async () => {
    const leaf = { index: 0, outcome: 0, exitCode: 0, fuel: FUEL, size: 9n, outputRoot: OTHER_ROOT };
    const root = leafHash(leaf);
    const a = w.template();
    const b = w.template({ mode: QUORUM, quorum: 2, slots: 3 });
    const c = w.template({ memoryMib: 1 }, { bindings: [bindTo(a, { input: 258 }), bindTo(b, { input: 3 })] });
    const d = w.template({ memoryMib: 2 }, { bindings: [bindTo(c)] });
    const m = await w.give([a, b, c, d], 9n * CAP);
    await fails(m.order(c), "NoResult", [templateHash(a), ZERO]);
    await fails(w.hooke.read.nextOrder([m.mandate, c, 1, 2]), "NoResult", [templateHash(a), ZERO]);
    const first = await m.ordered(a);
    await fails(m.order(c), "NoResult", [templateHash(a), first.id]);
    await w.bid(first.terms);
    await w.deliver(first.terms, 0, 0, root);
    await fails(m.order(c), "NoResult", [templateHash(a), first.id]);
    await w.pass(61);
    await w.hooke.write.settle([first.terms]);
    const second = await m.ordered(b);
    await fails(m.order(c), "NoResult", [templateHash(b), second.id]);
    await w.networkHelpers.mine(2);
    await w.pass(150);
    for (const i of [0, 1, 2]) await w.bid(second.terms, i, i);
    for (const i of [0, 1, 2]) {
      await w.hooke.write.commit([second.terms, i, w.commitment(second.id, i, i + 1, ROOT, FUEL, SALT)], { account: w.providers[i].key.account });
    }
    for (const i of [0, 1, 2]) await w.hooke.write.reveal([second.terms, i, ROOT, FUEL, SALT, "0x"]);
    const third = await m.ordered(c);
    // The spec is the id of the blob, and the leaf's record a blob whose id is the result root.
    const blob = boundBlob(c.terms.spec, [[258, 0, root], [3, 0, ROOT]]);
    assert.equal(third.blob, blob);
    assert.equal(third.terms.spec, smallBlobId(blob));
    const bound = await w.hooke.getEvents.SpecBound({ order: third.id });
    assert.equal(bound[0].args.blob, blob);
    const told = await w.hooke.getEvents.OrderedUnder({ order: third.id });
    assert.deepEqual(told[0].args, { mandate: m.mandate, template: templateHash(c), order: third.id, number: 0, retry: false, escrow: CAP });
    // A forged result of a predecessor's cannot be bound: there is no argument to say it with.
    await w.run(third.terms, 0, OTHER_ROOT);
    const last = await m.ordered(d);
    assert.equal(last.terms.spec, smallBlobId(boundBlob(d.terms.spec, [[0, 0, OTHER_ROOT]])));
    await w.hooke.write.revokeMandate([m.mandate]);
    await w.money();
  });

  it("resultsOfAnotherMandateOrOfAnOrderOfOnesOwnAreNotBound", async () => {
    const a = w.template();
    const c = w.template({}, { bindings: [bindTo(a)] });
    const [m, n] = [await w.give([a, c]), await w.give([a, c])];
    await w.run((await m.ordered(a)).terms);
    await w.order(a.terms);
    await w.run(a.terms);
    await fails(n.order(c), "NoResult", [templateHash(a), ZERO]);
    await m.ordered(c);
    for (const each of [m, n]) await w.hooke.write.revokeMandate([each.mandate]);
  });

  it("anArrayIsBoundAsAWholeWhenAllOfItIsPaidOrPartlyWhereThatIsEnough", async () => {
    const a = w.template({ mode: OPTIMISTIC, tasks: 4, slots: 2 }, { uses: 3 });
    const all = w.template({ memoryMib: 1 }, { uses: 9, bindings: [bindTo(a)] });
    const some = w.template({ memoryMib: 2 }, { uses: 9, bindings: [bindTo(a, { partly: true })] });
    const m = await w.give([a, all, some], 40n * CAP);
    const first = await m.ordered(a);
    await w.run(first.terms, 0);
    for (const t of [all, some]) await fails(m.order(t), "NoResult", [templateHash(a), first.id]);
    await w.unfilled(first.terms);
    await fails(m.order(all), "NoResult", [templateHash(a), first.id]);
    assert.equal((await m.ordered(some)).blob, boundBlob(some.terms.spec, [[0, 1, first.id]]));
    // One slot delivers a part only: the rest is a slot of its own, and belongs to the whole, too.
    const second = await m.ordered(a, 1);
    await w.bid(second.terms, 0, 0);
    await w.hooke.write.deliverPart([second.terms, 0, 1, ROOT, FUEL], { account: w.providers[0].key.account });
    await w.pass(61);
    await w.hooke.write.settle([second.terms]);
    await w.run(second.terms, 1);
    await fails(m.order(all), "NoResult", [templateHash(a), second.id]);
    await w.run(second.terms, 2);
    assert.equal((await m.ordered(all)).blob, boundBlob(all.terms.spec, [[0, 1, second.id]]));
    // What was paid but not served on demand is still a result; what did not come to one is not.
    const third = await m.ordered(a, 2);
    await w.unfilled(third.terms);
    for (const t of [all, some]) await fails(m.order(t, 1), "NoResult", [templateHash(a), third.id]);
    await w.hooke.write.demand([second.terms, 0]);
    await w.pass(601);
    await w.hooke.write.forfeit([second.terms, 0]);
    await w.hooke.write.revokeMandate([m.mandate]);
    await w.money();
  });

  it("anArrayThatIsFullOfSlotsIsBoundOnlyWhenNoneWasCutInTwo", async () => {
    const change = { mode: OPTIMISTIC, tasks: 129, slots: 128, fuelLimit: 1_000_000_000n };
    const a = w.template(change, { uses: 2 });
    const c = w.template({}, { bindings: [bindTo(a)] });
    const m = await w.give([a, c]);
    const whole = async (terms: T.Terms, cut: boolean) => {
      const { account } = w.providers[0].key;
      const call = (functionName: string, each: (slot: number) => unknown[]) =>
        Array.from({ length: 128 }, (_, slot) => encodeFunctionData({ abi: w.hooke.abi, functionName, args: [terms, ...each(slot)] } as never));
      const batches = async (calls: Hex[], from = account) => {
        for (let i = 0; i < 128; i += 64) await w.hooke.write.multicall([calls.slice(i, i + 64)], { account: from });
      };
      await batches(call("bid", (slot) => [slot, terms.maxPrice]));
      const deliveries = call("deliver", (slot) => [slot, ROOT, 1000n, "0x"]);
      // The last slot has two tasks.
      if (cut) deliveries[127] = encodeFunctionData({ abi: w.hooke.abi, functionName: "deliverPart", args: [terms, 127, 1, ROOT, 1000n] });
      await batches(deliveries);
      await w.pass(61);
      await batches(call("settleSlot", (slot) => [slot]));
    };
    const first = await m.ordered(a);
    await whole(first.terms, true);
    await fails(m.order(c), "NoResult", [templateHash(a), first.id]);
    const second = await m.ordered(a, 1);
    await whole(second.terms, false);
    assert.equal((await m.ordered(c)).blob, boundBlob(c.terms.spec, [[0, 1, second.id]]));
    await w.hooke.write.revokeMandate([m.mandate]);
  });

  it("templatesWithTheSameTermsMakeOrdersOfTheirOwn", async () => {
    const a = w.template();
    const b: Template = { ...a, retries: 1 };
    const m = await w.give([a, b]);
    const [first, second] = [await m.ordered(a), await m.ordered(b)];
    assert.notEqual(first.id, second.id);
    await w.run(first.terms);
    await w.run(second.terms);
    await w.hooke.write.revokeMandate([m.mandate]);
    await w.money();
  });

  it("takesSixteenBindingsWhoseBlobStaysOneChunk", async () => {
    const a = w.template();
    const bindings = (count: number) => Array.from({ length: count }, (_, input) => bindTo(a, { input }));
    const most = w.template({}, { bindings: bindings(16) });
    const more = w.template({}, { bindings: bindings(17) });
    const m = await w.give([a, most, more]);
    await w.run((await m.ordered(a)).terms);
    await fails(m.order(more), "TooManyBindings", [17n, 16n]);
    const { blob } = await m.ordered(most);
    assert.ok(size(blob) <= 1024, "one chunk, so that its id is one hash");
    await w.hooke.write.revokeMandate([m.mandate]);
  });

  it("manyTemplatesAreOrderedInOneBatch", async () => {
    const [a, b] = [w.template({ memoryMib: 1 }), w.template({ memoryMib: 2 })];
    const m = await w.give([a, b]);
    const calls = [a, b].map((t) =>
      encodeFunctionData({ abi: w.hooke.abi, functionName: "orderUnder", args: [m.mandate, t, m.proofOf(t), 0, 1, 2] }),
    );
    await w.hooke.write.multicall([calls], w.by);
    for (const t of [a, b]) assert.equal((await m.use(t)).orders, 1);
    assert.equal(await w.hooke.read.templateHash([a]), templateHash(a));
    await w.hooke.write.revokeMandate([m.mandate]);
  });

  it("anOwnerThatIsAContractIsToldTheResult", async () => {
    const buyer = await w.viem.deployContract("Delegator", [w.hooke.address]);
    await w.token.write.mint([buyer.address, 2n * ONE]);
    const t = w.template({ consumer: buyer.address });
    const { root, proofOf } = tree([t]);
    const until = (await w.now()) + 10_000;
    await buyer.write.give([w.agentAddress, root, 2n * ONE, until]);
    const mandate = await w.hooke.read.mandateCount();
    await w.hooke.write.orderUnder([mandate, t, proofOf(t), 0, 1, 2], w.by);
    const { order } = await w.hooke.read.useOf([mandate, templateHash(t)]);
    assert.equal((await w.hooke.read.orderOf([order])).callback, true);
    const terms = { ...t.terms, nonce: nonceOf(mandate, t, 0), originA: 1, originB: 2 };
    await w.run(terms);
    assert.equal(await buyer.read.lastOrder(), order);
  });
});
