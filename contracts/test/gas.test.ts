import assert from "node:assert/strict";
import { readFileSync, writeFileSync, existsSync } from "node:fs";
import { test } from "node:test";
import hre from "hardhat";

import { FUEL, QUORUM, ROOT, SALT, world } from "./world.ts";

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

  const s = w.terms();
  await w.order(s);
  await w.hooke.write.bid([s, 0, s.maxPrice], { account: a.key.account });
  await spend("attended deliver without receipt", w.hooke.write.deliver([s, 0, ROOT, FUEL, "0x"], { account: a.key.account }));
  await w.pass(61);
  await spend("settle by silence", w.hooke.write.settle([s]));
  await spend("demand", w.hooke.write.demand([s, 0]));
  await spend("acknowledge", w.hooke.write.acknowledge([s, 0, "0x"]));
  const m = w.terms();
  await w.order(m);
  await w.hooke.write.bid([m, 0, m.maxPrice], { account: a.key.account });
  await w.pass(601);
  await spend("miss", w.hooke.write.miss([m, 0]));
  assert.equal(await w.owed(), await w.holds());
  const code = async (address: `0x${string}`) => ((await w.client.getCode({ address }))!.length - 2) / 2;
  measured["code size, Hooke"] = await code(w.hooke.address);

  console.log(`  a whole ATTENDED task: ${attended} gas; iExec PoCo 6.1.0, one worker: 1668761`);
  console.log(`  a whole QUORUM 2 of 3 task: ${quorum} gas; iExec PoCo 6.1.0, two workers: about 2050000`);
  const text = JSON.stringify(measured, null, 2) + "\n";
  if (process.env.UPDATE_SNAPSHOTS || !existsSync(file)) writeFileSync(file, text);
  const kept = JSON.parse(readFileSync(file, "utf8")) as Record<string, number>;
  assert.deepEqual(Object.keys(measured), Object.keys(kept));
  for (const [name, value] of Object.entries(measured)) {
    // Addresses and signatures differ in their zero bytes, so calldata moves by a few hundred gas.
    assert.ok(Math.abs(value - kept[name]) <= 600, `${name}: ${value}, snapshot ${kept[name]}; UPDATE_SNAPSHOTS=1 renews it`);
  }

  assert.ok(attended <= 300_000, `ATTENDED costs ${attended}`);
  assert.ok(quorum <= 700_000, `QUORUM 2 of 3 costs ${quorum}`);
  assert.ok(measured["code size, Hooke"] < 24_576 - 1_500);
});
