import assert from "node:assert/strict";
import { readFileSync, writeFileSync, existsSync } from "node:fs";
import { test } from "node:test";
import hre from "hardhat";
import { encodeFunctionData, hexToBytes, sha256, type Hex } from "viem";

import { NOTICE, RATE, leasingIn } from "./lease.ts";
import { proofOf, tebibyte } from "./merkle.ts";
import { pathTo, published, treeOf } from "./sumtree.ts";
import { templateHash, tree, type Template } from "./templates.ts";
import { storingIn } from "./volume.ts";
import { FUEL, ONE, OPTIMISTIC, PARTS, QUORUM, ROOT, SALT, world } from "./world.ts";

const file = new URL("../snapshots/gas.json", import.meta.url);

// Coverage counts by instructions of its own, which cost gas.
const skip = hre.globalOptions.coverage;
test("gas of each step stays what the snapshot says", { skip }, async () => {
  const w = await world(6);
  const [a, b, c] = w.providers;
  const measured: Record<string, number> = {};
  const spend = async (name: string, sent: Promise<`0x${string}`>) => {
    measured[name] = Number(await w.gas(sent));
    return measured[name];
  };
  // Warm the accounts as in a running market: each operator has earned once.
  for (const p of w.providers) {
    const t = w.terms();
    const id = await w.order(t);
    await w.hooke.write.bid([t, 0, t.maxPrice], { account: p.key.account });
    await w.hooke.write.deliver([t, 0, ROOT, FUEL, await w.receipt(id, 0, ROOT, FUEL)], { account: p.key.account });
  }

  await w.token.write.mint([w.stranger.account.address, FUEL]);
  await spend(
    "first deposit with permit",
    w.hooke.write.depositWithPermit(await w.permitted(w.stranger, FUEL), { account: w.stranger.account }),
  );

  const t = w.terms();
  let attended = await spend("attended order", w.hooke.write.order([t]));
  const id = await w.hooke.read.idOf([t]);
  attended += await spend("attended bid", w.hooke.write.bid([t, 0, t.maxPrice], { account: a.key.account }));
  attended += await spend(
    "attended deliver with receipt",
    w.hooke.write.deliver([t, 0, ROOT, FUEL, await w.receipt(id, 0, ROOT, FUEL)], { account: a.key.account }),
  );
  measured["attended whole"] = attended;

  const q = w.terms({ mode: QUORUM, quorum: 2, slots: 3 });
  let quorum = await spend("quorum order", w.hooke.write.order([q]));
  const qid = await w.hooke.read.idOf([q]);
  await w.networkHelpers.mine(2);
  await w.pass(100);
  const trio = [a, b, c];
  for (const [i, p] of trio.entries()) {
    quorum += await spend(`quorum bid ${i + 1}`, w.hooke.write.bid([q, i, q.maxPrice], { account: p.key.account }));
  }
  for (const [i, p] of trio.entries()) {
    const commitment = w.commitment(qid, i, p.id, ROOT, FUEL, SALT);
    quorum += await spend(`quorum commit ${i + 1}`, w.hooke.write.commit([q, i, commitment], { account: p.key.account }));
  }
  for (const [i, p] of trio.entries()) {
    const signed = await w.receipt(qid, i, ROOT, FUEL);
    quorum += await spend(
      `quorum reveal ${i + 1} with receipt`,
      w.hooke.write.reveal([q, i, ROOT, FUEL, SALT, signed], { account: p.key.account }),
    );
  }
  measured["quorum 2 of 3 whole"] = quorum;
  assert.equal((await w.hooke.read.resultOf([qid]))[0], true);

  // OPTIMISTIC, settled by silence: nobody needs to do anything but the consumer once and the provider.
  const op = w.terms({ mode: OPTIMISTIC });
  let optimistic = await spend("optimistic order", w.hooke.write.order([op]));
  optimistic += await spend("optimistic bid", w.hooke.write.bid([op, 0, op.maxPrice], { account: a.key.account }));
  optimistic += await spend("optimistic deliver", w.hooke.write.deliver([op, 0, ROOT, FUEL, "0x"], { account: a.key.account }));
  await w.pass(61);
  optimistic += await spend("optimistic settle by silence", w.hooke.write.settle([op]));
  measured["optimistic whole"] = optimistic;
  await w.pass(3601);
  measured["optimistic whole, with release"] = optimistic + (await spend("release", w.hooke.write.release([op, 0])));

  // An array of 1,000 in four slots, settled by silence and released.
  const many = w.terms({ mode: OPTIMISTIC, tasks: 1000, slots: 4, fuelLimit: 10_000_000_000n });
  const fuelOfSlot = 250n * 5_000_000_000n;
  let array = Number(await w.gas(w.hooke.write.order([many])));
  const four = w.providers.slice(0, 4);
  for (const [i, p] of four.entries()) array += Number(await w.gas(w.hooke.write.bid([many, i, many.maxPrice], { account: p.key.account })));
  for (const [i, p] of four.entries()) {
    array += Number(await w.gas(w.hooke.write.deliver([many, i, ROOT, fuelOfSlot, "0x"], { account: p.key.account })));
  }
  await w.pass(61);
  for (const i of [0, 1, 2, 3]) array += Number(await w.gas(w.hooke.write.settleSlot([many, i])));
  measured["array of 1,000 in four slots, whole"] = array;
  await w.pass(3601);
  // Anyone may release, all at once.
  const releases = [0, 1, 2, 3].map((slot) => encodeFunctionData({ abi: w.hooke.abi, functionName: "release", args: [many, slot] }));
  array += Number(await w.gas(w.hooke.write.multicall([releases])));
  measured["array of 1,000 in four slots, with releases"] = array;

  const s = w.terms();
  await w.order(s);
  await w.hooke.write.bid([s, 0, s.maxPrice], { account: a.key.account });
  await spend("attended deliver without receipt", w.hooke.write.deliver([s, 0, ROOT, FUEL, "0x"], { account: a.key.account }));
  await w.pass(61);
  await spend("settle by silence", w.hooke.write.settle([s]));
  await spend("demand", w.hooke.write.demand([s, 0]));
  await spend("acknowledge", w.hooke.write.acknowledge([s, 0, "0x"]));
  // A challenge of one task of four, and its jury.
  const leaves = [0, 1, 2, 3].map((index) => ({ index, outcome: 0, exitCode: 0, fuel: FUEL, size: 10n, outputRoot: ROOT }));
  const top = treeOf(leaves);
  const d = w.terms({ mode: OPTIMISTIC, tasks: 4 });
  await w.order(d);
  await w.hooke.write.bid([d, 0, d.maxPrice], { account: a.key.account });
  await w.hooke.write.deliver([d, 0, top.hash, top.fuel, "0x"], { account: a.key.account });
  await spend("challenge", w.hooke.write.challenge([d, 0, 2]));
  await spend("publish", w.hooke.write.publish([d, 0, 2, published(leaves[2]), pathTo(leaves, 2)]));
  const jury = (await w.hooke.read.juryTermsOf([d, 0, 2, 1])) as typeof d;
  await w.pass(601);
  await w.hooke.write.expire([jury]);
  await spend("conclude, and call the second jury", w.hooke.write.conclude([d, 0, 2]));
  const second = (await w.hooke.read.juryTermsOf([d, 0, 2, 2])) as typeof d;
  await w.pass(601);
  await w.hooke.write.expire([second]);
  await spend("conclude a challenge", w.hooke.write.conclude([d, 0, 2]));
  const m = w.terms();
  await w.order(m);
  await w.hooke.write.bid([m, 0, m.maxPrice], { account: a.key.account });
  await w.pass(601);
  await spend("miss", w.hooke.write.miss([m, 0]));
  const g = w.terms();
  await w.order(g);
  await w.hooke.write.bid([g, 0, g.maxPrice], { account: a.key.account });
  await spend("give up", w.hooke.write.giveUp([g, 0], { account: a.key.account }));
  // A mandate over a DAG of sixteen nodes, of which the second runs on the first one's result.
  const agent = { account: w.stranger.account };
  const node = (memoryMib: number, bindings: Template["bindings"] = []): Template => ({
    terms: w.terms({ memoryMib, nonce: 0n }), uses: 1, retries: 1, interval: 0, bindings,
  });
  const head = node(1);
  const tail = node(2, [{ input: 0, partly: false, template: templateHash(head) }]);
  const dag = tree([head, tail, ...Array.from({ length: 14 }, (_, i) => node(3 + i))]);
  const { timestamp } = await w.client.getBlock();
  await spend(
    "open a mandate",
    w.hooke.write.openMandate([agent.account.address, dag.root, 16n * t.maxPrice * 1_000_000n, 0, Number(timestamp) + 100_000]),
  );
  const under = (each: Template) => w.hooke.write.orderUnder([1, each, dag.proofOf(each), 0, 1, 2], agent);
  const [, headTerms] = await w.hooke.read.nextOrder([1, head, 1, 2]);
  await spend("order under a mandate", under(head));
  await w.hooke.write.bid([headTerms as typeof t, 0, t.maxPrice], { account: a.key.account });
  await w.hooke.write.deliver([headTerms as typeof t, 0, ROOT, FUEL, "0x"], { account: a.key.account });
  await w.pass(61);
  await w.hooke.write.settle([headTerms as typeof t]);
  await spend("order under a mandate, with a bound input", under(tail));
  await spend("recover budget", w.hooke.write.recoverBudget([1, templateHash(head), headTerms as typeof t], agent));
  await spend("revoke a mandate", w.hooke.write.revokeMandate([1]));

  // What a node does often, for eight orders in one batch: what each costs. A function for many could spare no more than the
  // terms' second reading, and for different orders not even that.
  const batch = async (name: string, calls: readonly (readonly [functionName: string, ...args: unknown[]])[], account = w.consumer.account) => {
    const data = calls.map(([functionName, ...args]) => encodeFunctionData({ abi: w.hooke.abi, functionName, args } as never));
    measured[`${name}, one of ${calls.length} in a batch`] = Math.round(Number(await w.gas(w.hooke.write.multicall([data], { account }))) / calls.length);
  };
  const small = { fuelLimit: 1_000_000_000n };
  const eight = Array.from({ length: 8 }, () => w.terms(small));
  await batch("attended order", eight.map((each) => ["order", each]));
  await batch("attended bid", eight.map((each) => ["bid", each, 0, each.maxPrice]), a.key.account);
  await batch("attended deliver without receipt", eight.map((each) => ["deliver", each, 0, ROOT, 1_000_000n, "0x"]), a.key.account);
  await w.pass(61);
  await batch("settle by silence", eight.map((each) => ["settle", each]));
  await w.pass(3601);
  await batch("release", eight.map((each) => ["release", each, 0]));
  const juries = Array.from({ length: 8 }, () => w.terms({ ...small, mode: QUORUM, quorum: 1, slots: 1 }));
  for (const each of juries) await w.hooke.write.order([each]);
  await w.networkHelpers.mine(2);
  await w.pass(150);
  await batch("quorum bid", juries.map((each) => ["bid", each, 0, each.maxPrice]), a.key.account);
  const ids = await Promise.all(juries.map((each) => w.hooke.read.idOf([each])));
  await batch("quorum commit", juries.map((each, i) => ["commit", each, 0, w.commitment(ids[i], 0, a.id, ROOT, 1_000_000n, SALT)]), a.key.account);
  await batch("quorum reveal, 1 of 1", juries.map((each) => ["reveal", each, 0, ROOT, 1_000_000n, SALT, "0x"]), a.key.account);

  // The longest loops there are.
  const wide = w.terms({ ...small, tasks: 128, slots: 128 });
  await w.hooke.write.order([wide]);
  await spend("cancel 128 open slots", w.hooke.write.cancel([wide]));
  const widest = await world(9);
  const court = widest.terms({ ...small, mode: QUORUM, quorum: 5, slots: 9 });
  const courtId = await widest.order(court);
  await widest.networkHelpers.mine(2);
  await widest.pass(200);
  for (const [i, p] of widest.providers.entries()) await widest.hooke.write.bid([court, i, court.maxPrice], { account: p.key.account });
  for (const [i, p] of widest.providers.entries()) {
    // No two agree but the last five, so that the search for a quorum looks at all pairs that it can.
    const root = i < 4 ? sha256(`0x${i.toString().padStart(2, "0")}`) : ROOT;
    await widest.hooke.write.commit([court, i, widest.commitment(courtId, i, p.id, root, 1000n, SALT)], { account: p.key.account });
  }
  for (const i of widest.providers.keys()) {
    const root = i < 4 ? sha256(`0x${i.toString().padStart(2, "0")}`) : ROOT;
    const sent = widest.hooke.write.reveal([court, i, root, 1000n, SALT, "0x"]);
    if (i === 8) measured["the last reveal of 5 of 9"] = Number(await widest.gas(sent));
    else await sent;
  }
  assert.equal((await widest.hooke.read.resultOf([courtId]))[1], ROOT);
  // Leases: as in a running market, slot 0 was held before.
  const l = leasingIn(w);
  const service = l.lease({ maxSlots: 8, minSlots: 1, primary: b.key.account.address, hourlyLimit: ONE });
  await spend("lease order", w.hooke.write.orderLease([service, ONE]));
  await spend("lease first bid for a slot", l.bid(service, 0));
  await w.pass(100);
  await spend("lease claim of one", w.hooke.write.claimLeases([service, [0]], l.key(0)));
  await spend("lease top up", w.hooke.write.topUpLease([service, ONE]));
  await spend("controller opens three slots", w.hooke.write.openSlots([service, [1, 2, 3], 0], l.key(1)));
  for (const slot of [1, 2, 3]) await l.bid(service, 0, slot);
  await w.pass(100);
  await spend("lease claim of four", w.hooke.write.claimLeases([service, [0, 1, 2, 3]], l.key(0)));
  await spend("controller closes two slots", w.hooke.write.closeSlots([service, [2, 3], 1, 4], l.key(1)));
  await spend("lease summon", w.hooke.write.summon([service, 0]));
  await spend("lease appear", w.hooke.write.appear([service, 0], l.key(0)));
  await spend("lease notice", w.hooke.write.giveNotice([service, 1], l.key(0)));
  await w.pass(NOTICE);
  await spend("lease leave", w.hooke.write.leaveLease([service, 1], l.key(0)));
  await w.hooke.write.openSlots([service, [1], 2], l.key(1));
  await spend("lease bid", l.bid(service, 0, 1));
  const change = { price: RATE / 2n, cpuMillis: 1, memoryMib: 1, diskMib: 1, deadline: 2 ** 39 };
  const serviceId = await w.hooke.read.leaseIdOf([service]);
  const { version } = await l.slotOf(service, 1);
  const word = await l.signResize(w.consumer, serviceId, 1, version, change);
  await spend("lease resize", w.hooke.write.resizeLease([service, 1, change, word, "0x"], l.key(0)));
  await spend("lease close", w.hooke.write.closeLease([service, 0]));
  await spend("lease last claim of two", w.hooke.write.claimLeases([service, [0, 1]], l.key(0)));
  // Volumes: an anchor as it is made most of the time, and a proof at 1 TiB.
  const v = storingIn(w);
  const big = tebibyte();
  const { t: five, id: volume } = await v.stored({ minSlots: 5, maxSlots: 5, diskMib: 2 ** 20, repairEpochs: 0 }, 5);
  const signed = async (slots: number[], endorsed = false) => {
    const { word, snapshot } = await v.wordFor(volume, big);
    const [mask, signatures] = await v.attested(word, slots);
    return { snapshot, send: v.send(word, mask, signatures, endorsed ? await v.sign(w.consumer, word) : "0x") };
  };
  await spend("first anchor, 3 signatures", (await signed([0, 1, 2])).send);
  let made = await signed([0, 1, 2]);
  const update = await spend("anchor, 3 signatures", made.send);
  await v.nextEpoch(five);
  made = await signed([0, 1, 2]);
  await spend("anchor, 3 signatures, first in the second epoch", made.send);
  made = await signed([0, 1, 2]);
  await made.send;
  await v.nextEpoch(five);
  await spend("anchor, 3 signatures, first in an epoch", (await signed([0, 1, 2])).send);
  await spend("anchor, 3 signatures and the owner's", (await signed([0, 1, 2], true)).send);
  await spend("draw", w.hooke.write.draw([volume]));
  await w.networkHelpers.mine(2, { interval: 0 });
  await spend("seal", w.hooke.write.seal([volume]));
  const seed = await w.hooke.read.seedOf([volume, await w.hooke.read.epochOf([volume])]);
  const proofs = [0, 1, 2, 3].map((slot) =>
    encodeFunctionData({ abi: w.hooke.abi, functionName: "prove", args: [volume, slot, proofOf(made.snapshot, big, seed, slot)] }),
  );
  // The test's chain knows no EIP-7623, by which such calldata sets the price.
  const spendData = async (name: string, data: Hex) => {
    const sent = await w.gas(w.consumer.sendTransaction({ to: w.hooke.address, data }));
    const floor = hexToBytes(data).reduce((sum, byte) => sum + (byte === 0 ? 10 : 40), 21_000);
    measured[`${name}, before EIP-7623`] = Number(sent);
    measured[name] = Math.max(Number(sent), floor);
    return measured[name];
  };
  const possession = await spendData("proof of 5 leaves at 1 TiB", proofs[0]);
  await spendData("three such proofs in one batch", encodeFunctionData({ abi: w.hooke.abi, functionName: "multicall", args: [proofs.slice(1)] }));
  await v.nextEpoch(five);
  await spend("replica claims an epoch", w.hooke.write.claimLeases([five, [0]]));
  await w.hooke.write.closeLease([five, 0]);
  await w.hooke.write.claimLeases([five, [0, 1, 2, 3, 4]]);
  assert.equal(await w.owed(), await w.holds());
  const code = async (address: `0x${string}`) => ((await w.client.getCode({ address }))!.length - 2) / 2;
  measured["code size, Hooke"] = await code(w.hooke.address);
  for (const [i, name] of PARTS.entries()) measured[`code size, ${name}`] = await code(w.parts[i]);

  console.log(`  a whole ATTENDED task: ${attended} gas; iExec PoCo 6.1.0, one worker: 1668761`);
  console.log(`  a whole QUORUM 2 of 3 task: ${quorum} gas; iExec PoCo 6.1.0, two workers: about 2050000`);
  const text = JSON.stringify(measured, null, 2) + "\n";
  if (process.env.UPDATE_SNAPSHOTS || !existsSync(file)) writeFileSync(file, text);
  const kept = JSON.parse(readFileSync(file, "utf8")) as Record<string, number>;
  assert.deepEqual(Object.keys(measured), Object.keys(kept));
  for (const [name, value] of Object.entries(measured)) {
    // Addresses, signatures and drawn leaves differ in their zero bytes and in the sides of their paths, so gas moves by a few hundred,
    // and by more where a call has thirty kilobytes of them.
    assert.ok(Math.abs(value - kept[name]) <= Math.max(600, kept[name] / 500), `${name}: ${value}, snapshot ${kept[name]}; UPDATE_SNAPSHOTS=1 renews it`);
  }

  assert.ok(attended <= 300_000, `ATTENDED costs ${attended}`);
  assert.ok(quorum <= 650_000, `QUORUM 2 of 3 costs ${quorum}`);
  assert.ok(optimistic <= 250_000, `OPTIMISTIC costs ${optimistic}`);
  assert.ok(update <= 65_000, `an anchor with 3 signatures costs ${update}`);
  assert.ok(possession <= 430_000, `a proof of 5 leaves at 1 TiB costs ${possession}`);
  assert.ok(array <= 1_000_000, `an array of 1,000 costs ${array}`);
  for (const [name, size] of Object.entries(measured)) {
    if (name.startsWith("code size")) assert.ok(size < 24_576 - 2_000, `${name}: ${size}`);
  }
});
