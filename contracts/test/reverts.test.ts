import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { before, describe, it, test } from "node:test";
import { getAddress, type Hex } from "viem";

import * as T from "./world.ts";
import { CAP, FUEL, ONE, OTHER_ROOT, QUORUM, ROOT, SALT, ZERO, world, type World } from "./world.ts";

const DAY = 86_400;
/** What a slot keeps of a commitment. */
const short = (hash: Hex) => `${hash.slice(0, 32)}${"0".repeat(34)}` as Hex;

describe("Every refusal of Vault and Providers, by name and arguments", () => {
  let w: World;
  const fails: World["fails"] = (...claim) => w.fails(...claim);
  before(async () => {
    w = await world(2);
  });

  it("deposit, withdraw", async () => {
    const account = w.stranger.account;
    await fails(w.hooke.write.deposit([0n], { account }), "ZeroAmount", []);
    await fails(w.hooke.write.withdraw([0n], { account }), "ZeroAmount", []);
    await fails(w.hooke.write.withdraw([1n], { account }), "InsufficientFree", [getAddress(account.address), 1n, 0n]);
    await fails(w.hooke.write.depositWithPermit([0n, 0n, 27, ZERO, ZERO], { account }), "ZeroAmount", []);
    // No allowance and a permit that is no permit: the token's own word.
    await w.viem.assertions.revertWithCustomErrorWithArgs(
      w.hooke.write.depositWithPermit([5n, 0n, 27, ZERO, ZERO], { account }), w.token, "ERC20InsufficientAllowance",
      [getAddress(w.hooke.address), 0n, 5n],
    );
  });

  it("register", async () => {
    const [other, key] = w.wallets.slice(-2);
    const owner = w.stranger;
    const { account } = owner;
    const profile = w.profileOf(key.account.address);
    const consent = await w.consentOf(key, account.address);
    const refused = [getAddress(account.address), getAddress(key.account.address)];
    const register = (p: typeof profile, c: Hex) => w.hooke.write.register([p, c], { account });
    await fails(register(profile, "0x"), "BadConsent", refused);
    await fails(register(profile, await w.consentOf(other, account.address)), "BadConsent", refused);
    await fails(register(profile, await w.consentOf(key, other.account.address)), "BadConsent", refused);
    await fails(register(profile, consent.slice(0, -2) as Hex), "BadConsent", refused);
    for (const domain of [{ ...w.domain, chainId: 1 }, { ...w.domain, verifyingContract: w.token.address }]) {
      const foreign = await key.signTypedData({
        domain,
        types: { NodeConsent: [{ name: "operator", type: "address" }, { name: "key", type: "address" }] },
        primaryType: "NodeConsent",
        message: { operator: account.address, key: key.account.address },
      });
      await fails(register(profile, foreign), "BadConsent", refused);
    }
    await fails(register({ ...profile, endpoint: "x".repeat(257) }, consent), "TextTooLong", [257n, 256n]);
    await fails(register({ ...profile, attributes: "x".repeat(1025) }, consent), "TextTooLong", [1025n, 1024n]);
    const noEndpoints = [
      "", "x", "x:", "x:0", "x:01", "x:65536", "x:99999", "x:100000", "x:-1", "x:1 ", "x:1/", ":1", "https://:1", "https://x", "http://x:1",
      "https://https://x:1", "user@x:1", "x y:1", "x:1:1", "::1:1", "[]:1", "[::1:1", "[::1]", "[::1]1", "[g::]:1", "x]:1", "\u00fc:1", "x\0:1",
      "\x1b]0;owned\x07:1", "x:\u0663",
    ];
    for (const endpoint of noEndpoints) {
      await fails(register({ ...profile, endpoint }, consent), "BadEndpoint", [endpoint]);
    }
    await register({ ...profile, endpoint: "x".repeat(254) + ":1", attributes: "x".repeat(1024) }, consent);
    assert.deepEqual(await w.hooke.read.nodeOf([key.account.address]), { nodeId: 3, operatorId: 3, active: true });
    assert.equal(await w.hooke.read.operatorIdOf([account.address]), 3);
    assert.deepEqual(await w.hooke.read.counts(), [3, 3]);
    await fails(register(profile, consent), "NodeKeyTaken", [getAddress(key.account.address), 3]);

    const k = getAddress(key.account.address);
    const o = getAddress(other.account.address);
    const stranger = getAddress(w.consumer.account.address);
    await fails(w.hooke.write.update([{ ...profile, endpoint: "x".repeat(257) }], { account }), "TextTooLong", [257n, 256n]);
    await fails(w.hooke.write.update([{ ...profile, endpoint: "x:65536" }], { account }), "BadEndpoint", ["x:65536"]);
    for (const endpoint of ["x:1", "node-1.example_a:65535", "https://127.0.0.1:7601", "[::1]:7601", "https://[2001:DB8::192.0.2.1]:10000"]) {
      await w.hooke.write.update([{ ...profile, endpoint }], { account });
    }
    await fails(w.hooke.write.update([{ ...profile, key: o }], { account }), "UnknownNode", [o]);
    await fails(w.hooke.write.update([profile]), "NotNodeOwner", [k, stranger]);
    await fails(w.hooke.write.retire([o], { account }), "UnknownNode", [o]);
    await fails(w.hooke.write.retire([k]), "NotNodeOwner", [k, stranger]);
    await w.hooke.write.retire([k], { account });
    await fails(w.hooke.write.update([profile], { account }), "NodeNotActive", [k]);
    await fails(w.hooke.write.retire([k], { account }), "NodeNotActive", [k]);
    await fails(register(profile, consent), "NodeKeyTaken", [k, 3]);
  });

  it("stake, unbond, withdrawStake", async () => {
    const nobody = getAddress(w.consumer.account.address);
    const { account } = w.providers[0].owner;
    await fails(w.hooke.write.stake([1n]), "UnknownOperator", [nobody]);
    await fails(w.hooke.write.unbond([1n]), "UnknownOperator", [nobody]);
    await fails(w.hooke.write.withdrawStake(), "UnknownOperator", [nobody]);
    await fails(w.hooke.write.stake([0n], { account }), "ZeroAmount", []);
    await fails(w.hooke.write.unbond([0n], { account }), "ZeroAmount", []);
    await fails(w.hooke.write.stake([11n * ONE], { account }), "InsufficientFree", [getAddress(account.address), 11n * ONE, 10n * ONE]);
    await fails(w.hooke.write.unbond([91n * ONE], { account }), "InsufficientStake", [1, 91n * ONE, 90n * ONE]);
    await fails(w.hooke.write.withdrawStake({ account }), "NothingUnbonding", [1]);
    await w.hooke.write.unbond([ONE], { account });
    const { unbondAt } = await w.hooke.read.operatorOf([1]);
    await w.next(BigInt(unbondAt) - 1n);
    await fails(w.hooke.write.withdrawStake({ account }), "StillUnbonding", [1, BigInt(unbondAt)]);
    await w.next(BigInt(unbondAt));
    await w.hooke.write.withdrawStake({ account });
    await w.fund(account.address, 2n ** 88n);
    await fails(w.hooke.write.stake([2n ** 88n], { account }), "SafeCastOverflowedUintDowncast", [88, 2n ** 88n + 89n * ONE]);
    assert.equal(await w.hooke.read.totalStake(), 179n * ONE);
    assert.equal(await w.owed(), await w.holds());
  });
});

describe("Every refusal of Tasks, by name and arguments", () => {
  let w: World;
  const fails: World["fails"] = (...claim) => w.fails(...claim);
  const key = (i: number) => ({ account: w.providers[i].key.account });
  const bid = (t: T.Terms, i = 0, slot = 0, price = t.maxPrice) => w.hooke.write.bid([t, slot, price], key(i));
  const deliver = (t: T.Terms, i = 0, root = ROOT, fuel = FUEL, receipt: Hex = "0x") =>
    w.hooke.write.deliver([t, 0, root, fuel, receipt], key(i));
  const deadline = async (id: Hex, slot = 0) => BigInt((await w.hooke.read.slotOf([id, slot])).deadline);
  const createdAt = async (id: Hex) => BigInt((await w.hooke.read.orderOf([id])).createdAt);
  let consumer: Hex;
  let stranger: Hex;
  const byStranger = () => ({ account: w.stranger.account });
  before(async () => {
    w = await world(9);
    consumer = getAddress(w.consumer.account.address);
    stranger = getAddress(w.stranger.account.address);
  });

  it("order", async () => {
    const order = (change: Partial<T.Terms>) => w.hooke.write.order([w.terms(change)]);
    await fails(w.hooke.write.order([w.terms()], byStranger()), "NotConsumer", [stranger, consumer]);
    await fails(order({ tasks: 0 }), "UnsupportedTasks", [0]);
    await fails(order({ tasks: 2 ** 20 + 1 }), "UnsupportedTasks", [2 ** 20 + 1]);
    await fails(order({ tasks: 2 ** 20, fuelLimit: 2n ** 44n }), "TooMuchFuel", [2 ** 20, 2n ** 44n]);
    for (const mode of [T.ATTENDED, T.OPTIMISTIC]) {
      for (const [quorum, slots, tasks] of [[1, 0, 9], [2, 2, 9], [1, 10, 9], [1, 129, 1000]]) {
        await fails(order({ mode, quorum, slots, tasks }), "BadQuorum", [quorum, slots]);
      }
    }
    for (const [quorum, slots] of [[0, 1], [2, 1], [1, 0], [1, 2]]) await fails(order({ quorum, slots }), "BadQuorum", [quorum, slots]);
    for (const [quorum, slots] of [[0, 0], [1, 2], [2, 4], [4, 3], [9, 16]]) {
      await fails(order({ mode: QUORUM, quorum, slots }), "BadQuorum", [quorum, slots]);
    }
    await fails(order({ startPrice: 2n, maxPrice: 1n }), "BadPrices", [2n, 1n]);
    await fails(order({ startPrice: 0n, maxPrice: 0n }), "BadPrices", [0n, 0n]);
    await fails(order({ fuelLimit: 0n }), "ZeroFuelLimit", []);
    const durations = { openSeconds: [1, 30 * DAY], runSeconds: [1, 30 * DAY], windowSeconds: [10, 7 * DAY], retentionSeconds: [0, 365 * DAY] };
    for (const [field, [least, most]] of Object.entries(durations)) {
      for (const given of [least - 1, most + 1]) {
        if (given < 0) continue;
        await fails(order({ [field]: given }), "BadDuration", [field, BigInt(given), BigInt(least), BigInt(most)]);
      }
      for (const given of [least, most]) {
        const t = w.terms({ [field]: given });
        await w.order(t);
        await w.hooke.write.cancel([t]);
      }
    }
    const { free } = await w.hooke.read.accountOf([consumer]);
    await fails(order({ fuelLimit: 10n ** 16n }), "InsufficientFree", [consumer, 10_000n * ONE, free]);
    const t = w.terms({ exclusiveKey: ROOT });
    const id = await w.order(t);
    await fails(w.hooke.write.order([t]), "OrderExists", [id]);
    await fails(order({ exclusiveKey: ROOT }), "ExclusiveKeyHeld", [ROOT, id]);
    await w.hooke.write.cancel([t]);
    await fails(w.hooke.write.order([t]), "OrderExists", [id]);
  });

  it("UnknownOrder and NoSuchSlot, in every function that takes terms", async () => {
    const t = w.terms();
    const unknown = await w.hooke.read.idOf([t]);
    const proof = { index: 0, outcome: 0, exitCode: 0, size: 0n, outputRoot: ZERO, chunk: "0x" as const, path: [] };
    const all = (slot: number): [string, () => Promise<unknown>][] => [
      ["acceptablePrice", () => w.hooke.read.acceptablePrice([t, 0n])],
      ["isDrawn", () => w.hooke.read.isDrawn([t, slot, 1, 0n])],
      ["bid", () => bid(t, 0, slot)],
      ["deliver", () => w.hooke.write.deliver([t, slot, ROOT, FUEL, "0x"], key(0))],
      ["refuse", () => w.hooke.write.refuse([t, slot])],
      ["acknowledge", () => w.hooke.write.acknowledge([t, slot, "0x"])],
      ["release", () => w.hooke.write.release([t, slot])],
      ["miss", () => w.hooke.write.miss([t, slot])],
      ["giveUp", () => w.hooke.write.giveUp([t, slot], key(0))],
      ["demand", () => w.hooke.write.demand([t, slot])],
      ["answer", () => w.hooke.write.answer([t, slot, proof])],
      ["forfeit", () => w.hooke.write.forfeit([t, slot])],
    ];
    for (const [, call] of all(0)) await fails(call(), "UnknownOrder", [unknown]);
    await fails(w.hooke.write.commit([t, 0, ROOT], key(0)), "UnknownOrder", [unknown]);
    await fails(w.hooke.write.reveal([t, 0, ROOT, FUEL, SALT, "0x"], key(0)), "UnknownOrder", [unknown]);
    for (const end of ["settle", "cancel", "expire"] as const) await fails(w.hooke.write[end]([t]), "UnknownOrder", [unknown]);
    await w.order(t);
    for (const [name, call] of all(1)) if (name !== "acceptablePrice") await fails(call(), "NoSuchSlot", [1, 1]);
    await w.hooke.write.cancel([t]);
    const q = w.terms({ mode: QUORUM, quorum: 1, slots: 1 });
    await w.order(q);
    await fails(w.hooke.write.commit([q, 1, ROOT], key(0)), "NoSuchSlot", [1, 1]);
    await fails(w.hooke.write.reveal([q, 1, ROOT, FUEL, SALT, "0x"], key(0)), "NoSuchSlot", [1, 1]);
    await w.hooke.write.cancel([q]);
    assert.equal(await w.hooke.read.bondOf([q]), CAP);
  });

  it("bid", async () => {
    const t = w.terms({ startPrice: 0n, maxPrice: 1000n, rampSeconds: 1000, openSeconds: 100 });
    const id = await w.order(t);
    const at = await createdAt(id);
    await fails(w.hooke.write.bid([t, 0, 0n], byStranger()), "UnknownNode", [stranger]);
    await w.next(at + 50n);
    await fails(bid(t, 0, 0, 51n), "PriceTooHigh", [51n, 50n]);
    const late = await w.next(at + 101n);
    await fails(bid(t), "TooLate", [at + 100n, late]);
    await w.hooke.write.cancel([t]);
    await fails(bid(t), "OrderNotLive", [id, 2]);

    const a = w.terms({ allow: `0x${"00000003".padStart(56, "0")}00000002`, minStake: 91n * ONE });
    const aid = await w.order(a);
    await fails(bid(a, 0), "OperatorNotAllowed", [1]);
    await fails(bid(a, 1), "StakeTooLow", [2, 91n * ONE, 90n * ONE]);
    await w.hooke.write.stake([ONE], { account: w.providers[1].owner.account });
    await bid(a, 1);
    await fails(bid(a, 1), "WrongSlotState", [aid, 0, T.ASSIGNED]);
    await deliver(a, 1, ROOT, FUEL, await w.receipt(aid, 0, ROOT, FUEL));
    const b = w.terms({ fuelLimit: 91_000_000_000_000n });
    await w.order(b);
    await fails(bid(b), "InsufficientStake", [1, 91n * ONE, 90n * ONE]);
    await w.hooke.write.cancel([b]);

    // The last provider's second node: retired keys take nothing.
    const spare = w.stranger;
    const { account } = w.providers[8].owner;
    await w.hooke.write.register([w.profileOf(spare.account.address), await w.consentOf(spare, account.address)], { account });
    await w.hooke.write.retire([spare.account.address], { account });
    const r = w.terms();
    await w.order(r);
    await fails(w.hooke.write.bid([r, 0, r.maxPrice], byStranger()), "NodeNotActive", [stranger]);
    await w.hooke.write.cancel([r]);
  });

  it("bid, where slots are drawn", async () => {
    const t = w.terms({ mode: QUORUM, quorum: 8, slots: 15, fuelLimit: 1_000_000_000n });
    const id = await w.order(t);
    const { createdBlock } = await w.hooke.read.orderOf([id]);
    const ready = BigInt(createdBlock) + 2n;
    await fails(bid(t), "DrawNotReady", [ready, ready - 1n]);
    await w.networkHelpers.mine(2, { interval: 0 });
    const at = await createdAt(id);
    let found: [number, number] | undefined;
    for (let slot = 0; slot < 15 && !found; slot++) {
      for (const p of w.providers) if (!(await w.hooke.read.isDrawn([t, slot, p.id, at]))) found = [slot, p.id];
    }
    assert.ok(found, "of 135 tickets with a chance of 4/9 each, one loses");
    await w.next(at + 11n);
    await fails(bid(t, found[1] - 1, found[0]), "NotDrawn", [found[1], found[0]]);
    await w.next(at + 200n);
    await bid(t, 0, 3);
    await fails(bid(t, 0, 4), "OperatorHoldsSlot", [1, 3]);
    await w.hooke.write.stake([ONE], { account: w.providers[3].owner.account });
    const { sinceBlock } = await w.hooke.read.operatorOf([4]);
    await fails(bid(t, 3, 4), "OperatorTooNew", [4, BigInt(sinceBlock), BigInt(createdBlock)]);

    // Neither as the operator's owner nor as its node's key may a consumer sit in its own quorum.
    for (const party of [w.providers[0].owner, w.providers[0].key]) {
      const q = w.terms({ consumer: party.account.address, mode: QUORUM, quorum: 1, slots: 1, fuelLimit: 1_000_000_000n });
      await w.fund(party.account.address, ONE);
      await w.hooke.write.order([q], { account: party.account });
      await w.networkHelpers.mine(2);
      await w.pass(200);
      await fails(bid(q), "OperatorIsConsumer", [1]);
      await bid(q, 1);
    }
  });

  it("deliver", async () => {
    const t = w.terms();
    const id = await w.order(t);
    await fails(deliver(t), "WrongSlotState", [id, 0, T.OPEN]);
    await bid(t);
    await fails(w.hooke.write.commit([t, 0, ROOT], key(0)), "WrongVerification", [T.ATTENDED]);
    await fails(w.hooke.write.reveal([t, 0, ROOT, FUEL, SALT, "0x"], key(0)), "WrongVerification", [T.ATTENDED]);
    await fails(deliver(t, 1), "NotAssignee", [getAddress(w.providers[1].key.account.address), 1]);
    await fails(deliver(t, 0, ZERO), "ZeroRoot", []);
    await fails(deliver(t, 0, ROOT, t.fuelLimit + 1n), "FuelOverLimit", [t.fuelLimit + 1n, t.fuelLimit]);
    const good = await w.receipt(id, 0, ROOT, FUEL);
    const forgeries = [
      await w.receipt(id, 0, ROOT, FUEL, w.stranger),
      await w.receipt(id, 1, ROOT, FUEL),
      await w.receipt(id, 0, OTHER_ROOT, FUEL),
      await w.receipt(id, 0, ROOT, FUEL - 1n),
      await w.receipt(await w.hooke.read.idOf([w.terms()]), 0, ROOT, FUEL),
      await w.receipt(id, 0, ROOT, FUEL, w.consumer, { ...w.domain, chainId: 1 }),
      await w.receipt(id, 0, ROOT, FUEL, w.consumer, { ...w.domain, verifyingContract: w.token.address }),
      good.slice(0, -2) as Hex,
      `${good}00` as Hex,
    ];
    for (const forged of forgeries) await fails(deliver(t, 0, ROOT, FUEL, forged), "BadReceipt", [id, 0]);
    const until = await deadline(id);
    const late = await w.next(until + 1n);
    await fails(deliver(t), "TooLate", [until, late]);
    await w.next(until);
    await deliver(t, 0, ROOT, FUEL, good);
    await fails(deliver(t), "WrongSlotState", [id, 0, T.RELEASED]);
    await fails(w.hooke.write.settle([t]), "OrderNotLive", [id, 2]);
  });

  it("refuse, settle, acknowledge, release, demand, answer, forfeit", async () => {
    const t = w.terms();
    const id = await w.order(t);
    const proof = { index: 0, outcome: 0, exitCode: 0, size: 0n, outputRoot: ZERO, chunk: "0x" as const, path: [] };
    const answer = () => w.hooke.write.answer([t, 0, proof], key(0));
    await bid(t);
    for (const call of [
      () => w.hooke.write.refuse([t, 0]), () => w.hooke.write.settle([t]), () => w.hooke.write.acknowledge([t, 0, "0x"]),
      () => w.hooke.write.release([t, 0]), () => w.hooke.write.demand([t, 0]), answer, () => w.hooke.write.forfeit([t, 0]),
    ]) await fails(call(), "WrongSlotState", [id, 0, T.ASSIGNED]);
    await deliver(t);
    await fails(w.hooke.write.refuse([t, 0], byStranger()), "NotConsumer", [stranger, consumer]);
    await fails(w.hooke.write.acknowledge([t, 0, "0x"], byStranger()), "NotConsumer", [stranger, consumer]);
    const forged = await w.receipt(id, 0, OTHER_ROOT, FUEL);
    await fails(w.hooke.write.acknowledge([t, 0, forged], byStranger()), "BadReceipt", [id, 0]);
    const until = await deadline(id);
    await w.next(until);
    await fails(w.hooke.write.settle([t]), "TooEarly", [until + 1n, until]);
    const late = await w.next(until + 1n);
    await fails(w.hooke.write.refuse([t, 0]), "TooLate", [until, late]);
    await w.hooke.write.settle([t]);
    await fails(w.hooke.write.refuse([t, 0]), "WrongSlotState", [id, 0, T.SETTLED]);

    await fails(w.hooke.write.demand([t, 0], byStranger()), "NotConsumer", [stranger, consumer]);
    await fails(answer(), "NoDemand", [id, 0]);
    await fails(w.hooke.write.forfeit([t, 0]), "NoDemand", [id, 0]);
    const retention = await deadline(id);
    await w.next(retention);
    await fails(w.hooke.write.release([t, 0]), "TooEarly", [retention + 1n, retention]);
    await w.next(retention);
    await w.hooke.write.demand([t, 0]);
    const demanded = await w.hooke.read.demandOf([id, 0]);
    const answerUntil = BigInt(demanded.deadline);
    assert.equal(answerUntil, retention + 600n);
    const later = await w.next(retention + 1n);
    await fails(w.hooke.write.demand([t, 0]), "TooLate", [retention, later]);
    await fails(w.hooke.write.release([t, 0]), "DemandPending", [id, 0, answerUntil]);
    await fails(answer(), "BadProof", [id, 0]);
    await w.next(answerUntil);
    await fails(w.hooke.write.forfeit([t, 0]), "TooEarly", [answerUntil + 1n, answerUntil]);
    const tooLate = await w.next(answerUntil + 1n);
    await fails(answer(), "TooLate", [answerUntil, tooLate]);
    await w.hooke.write.forfeit([t, 0], byStranger());

    const again = w.terms();
    const aid = await w.order(again);
    await bid(again);
    await deliver(again);
    await w.pass(61);
    await w.hooke.write.settle([again]);
    await w.hooke.write.demand([again, 0]);
    const { deadline: pending } = await w.hooke.read.demandOf([aid, 0]);
    await fails(w.hooke.write.demand([again, 0]), "DemandPending", [aid, 0, BigInt(pending)]);
    await w.hooke.write.acknowledge([again, 0, "0x"]);
    await fails(w.hooke.write.release([again, 0]), "WrongSlotState", [aid, 0, T.RELEASED]);
  });

  it("miss, cancel, expire", async () => {
    const t = w.terms({ openSeconds: 5 });
    const id = await w.order(t);
    const openUntil = (await createdAt(id)) + 5n;
    await fails(w.hooke.write.miss([t, 0]), "WrongSlotState", [id, 0, T.OPEN]);
    await fails(w.hooke.write.cancel([t], byStranger()), "NotConsumer", [stranger, consumer]);
    await w.next(openUntil);
    await fails(w.hooke.write.expire([t]), "TooEarly", [openUntil + 1n, openUntil]);
    await w.next(openUntil);
    await bid(t);
    await fails(w.hooke.write.cancel([t]), "NothingOpen", [id]);
    await w.next(openUntil + 1n);
    await fails(w.hooke.write.expire([t]), "NothingOpen", [id]);
    const until = await deadline(id);
    await w.next(until);
    await fails(w.hooke.write.miss([t, 0]), "TooEarly", [until + 1n, until]);
    await w.next(until + 1n);
    await w.hooke.write.miss([t, 0]);
    await fails(w.hooke.write.miss([t, 0]), "WrongSlotState", [id, 0, T.CLOSED]);
  });

  it("giveUp", async () => {
    const t = w.terms();
    const id = await w.order(t);
    await fails(w.hooke.write.giveUp([t, 0], key(0)), "WrongSlotState", [id, 0, T.OPEN]);
    await bid(t);
    await fails(w.hooke.write.giveUp([t, 0], byStranger()), "NotAssignee", [stranger, 1]);
    await fails(w.hooke.write.giveUp([t, 0], key(1)), "NotAssignee", [getAddress(w.providers[1].key.account.address), 1]);
    const until = await deadline(id);
    await w.next(until + 1n);
    await fails(w.hooke.write.giveUp([t, 0], key(0)), "TooLate", [until, until + 1n]);
    await w.hooke.write.miss([t, 0]);
    await fails(w.hooke.write.giveUp([t, 0], key(0)), "WrongSlotState", [id, 0, T.CLOSED]);
  });

  it("commit, reveal, settle of a quorum", async () => {
    const change = { mode: QUORUM, quorum: 2, slots: 3 };
    const t = w.terms(change);
    const id = await w.order(t);
    await w.networkHelpers.mine(2);
    await w.pass(150);
    const commit = (slot: number, i: number, commitment: Hex) => w.hooke.write.commit([t, slot, commitment], key(i));
    const reveal = (slot: number, i: number, root = ROOT, fuel = FUEL, receipt: Hex = "0x") =>
      w.hooke.write.reveal([t, slot, root, fuel, SALT, receipt], key(i));
    const opening = (slot: number, i: number, root = ROOT, fuel = FUEL) => w.commitment(id, slot, i + 1, root, fuel, SALT);
    await bid(t, 0, 0);
    await fails(w.hooke.write.deliver([t, 0, ROOT, FUEL, "0x"], key(0)), "WrongVerification", [QUORUM]);
    await fails(w.hooke.write.refuse([t, 0]), "WrongVerification", [QUORUM]);
    await fails(commit(1, 0, ROOT), "WrongSlotState", [id, 1, T.OPEN]);
    await fails(commit(0, 1, ROOT), "NotAssignee", [getAddress(w.providers[1].key.account.address), 1]);
    await fails(commit(0, 0, ZERO), "ZeroCommitment", []);
    await fails(commit(0, 0, `0x${"00".repeat(15)}${"11".repeat(17)}`), "ZeroCommitment", []);
    await fails(w.hooke.write.cancel([t]), "CancelBreaksQuorum", [id, 1, 2]);
    await commit(0, 0, opening(0, 0));
    await fails(w.hooke.write.acknowledge([t, 0, "0x"]), "WrongSlotState", [id, 0, T.COMMITTED]);
    await fails(reveal(0, 0), "CommitsOpen", [id]);
    await bid(t, 1, 1);
    await fails(reveal(1, 1), "WrongSlotState", [id, 1, T.ASSIGNED]);
    const last = await deadline(id, 1);
    const late = await w.next(last + 1n);
    await fails(commit(1, 1, ROOT), "TooLate", [last, late]);
    const commitsUntil = (await createdAt(id)) + 900n;
    await w.next(commitsUntil);
    await fails(w.hooke.write.settle([t]), "TooEarly", [commitsUntil + 1n, commitsUntil]);
    await w.next(commitsUntil + 1n);
    await fails(reveal(0, 0), "TooFewCommitted", [id, 1, 2]);
    await w.hooke.write.settle([t]);
    assert.equal((await w.hooke.read.slotOf([id, 0])).state, T.VOID);

    const q = w.terms(change);
    const qid = await w.order(q);
    await w.networkHelpers.mine(2);
    await w.pass(150);
    const lies: [Hex, bigint][] = [[ZERO, FUEL], [ROOT, q.fuelLimit + 1n], [ROOT, FUEL]];
    const sealed = lies.map(([root, fuel], i) => w.commitment(qid, i, i + 1, root, fuel, SALT));
    for (const i of [0, 1, 2]) await bid(q, i, i);
    for (const i of [0, 1, 2]) await w.hooke.write.commit([q, i, sealed[i]], key(i));
    const open = (slot: number, root: Hex, fuel: bigint, salt = SALT, receipt: Hex = "0x") =>
      w.hooke.write.reveal([q, slot, root, fuel, salt, receipt], byStranger());
    await fails(open(0, ZERO, FUEL), "ZeroRoot", []);
    await fails(open(1, ROOT, q.fuelLimit + 1n), "FuelOverLimit", [q.fuelLimit + 1n, q.fuelLimit]);
    await fails(open(2, OTHER_ROOT, FUEL), "BadReveal", [qid, 2, short(sealed[2])]);
    await fails(open(2, ROOT, FUEL - 1n), "BadReveal", [qid, 2, short(sealed[2])]);
    await fails(open(2, ROOT, FUEL, ZERO), "BadReveal", [qid, 2, short(sealed[2])]);
    await fails(open(2, ROOT, FUEL, SALT, await w.receipt(qid, 1, ROOT, FUEL)), "BadReceipt", [qid, 2]);
    const { commitsClosedAt } = await w.hooke.read.orderOf([qid]);
    const window = BigInt(commitsClosedAt) + 60n;
    await w.next(window);
    await fails(w.hooke.write.settle([q]), "TooEarly", [window + 1n, window]);
    const over = await w.next(window + 1n);
    await fails(open(2, ROOT, FUEL), "TooLate", [window, over]);
    await w.hooke.write.settle([q], byStranger());
    assert.deepEqual(await w.hooke.read.resultOf([qid]), [false, ZERO, 0n]);
    for (const i of [0, 1, 2]) assert.equal((await w.hooke.read.slotOf([qid, i])).state, T.UNREVEALED);
    assert.equal(await w.owed(), await w.holds());
  });
});

test("each error of the interface is claimed somewhere with its arguments", () => {
  const folder = new URL(".", import.meta.url);
  const artifact = new URL("../artifacts/src/interfaces/IHooke.sol/IHooke.json", import.meta.url);
  const { abi } = JSON.parse(readFileSync(artifact, "utf8")) as { abi: { type: string; name: string }[] };
  const texts = readdirSync(folder).filter((name) => name.endsWith(".test.ts")).map((name) => readFileSync(new URL(name, folder), "utf8"));
  const errors = abi.filter((each) => each.type === "error").map((each) => each.name);
  assert.ok(errors.length > 40);
  const silent = errors.filter((name) => !texts.some((text) => new RegExp(`"${name}",\\s*(\\[|refused)`).test(text)));
  assert.deepEqual(silent, []);
});
