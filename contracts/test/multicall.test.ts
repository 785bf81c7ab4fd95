import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeFunctionData, type Hex } from "viem";

import { ASSIGNED, CAP, CLOSED, FUEL, RELEASED, ROOT, world } from "./world.ts";

test("aBatchIsAllOrNothingKeepsTheCallerAndReachesWhatIsDelegated", async () => {
  const w = await world(1);
  const { abi } = w.hooke;
  const { account } = w.providers[0].key;
  const batch = (calls: Hex[], from = w.consumer.account) => w.hooke.write.multicall([calls], { account: from });
  const locked = async () => (await w.hooke.read.accountOf([w.consumer.account.address])).locked;
  const [a, b, c] = [w.terms(), w.terms(), w.terms()];
  const order = (t: typeof a) => encodeFunctionData({ abi, functionName: "order", args: [t] });
  const ids = await Promise.all([a, b, c].map((t) => w.hooke.read.idOf([t])));
  const states = () => Promise.all(ids.map(async (id) => (await w.hooke.read.slotOf([id, 0])).state));

  await w.fails(batch([order(a), order(b), order(a)]), "OrderExists", [ids[0]]);
  assert.equal(await locked(), 0n, "nothing of a batch that failed");
  await batch([order(a), order(b), order(c)]);
  assert.equal(await locked(), 3n * CAP);

  await batch([a, b].map((t) => encodeFunctionData({ abi, functionName: "bid", args: [t, 0, t.maxPrice] })), account);
  assert.deepEqual(await states(), [ASSIGNED, ASSIGNED, 0]);
  const deliveries = await Promise.all(
    [a, b].map(async (t, i) =>
      encodeFunctionData({ abi, functionName: "deliver", args: [t, 0, ROOT, FUEL, i === 0 ? await w.receipt(ids[0], 0, ROOT, FUEL) : "0x"] }),
    ),
  );
  await batch(deliveries, account);
  // Both of these live in Endings.
  await batch([
    encodeFunctionData({ abi, functionName: "acknowledge", args: [b, 0, "0x"] }),
    encodeFunctionData({ abi, functionName: "cancel", args: [c] }),
  ]);
  assert.deepEqual(await states(), [RELEASED, RELEASED, CLOSED]);
  assert.equal(await locked(), 0n);
  assert.equal(await w.owed(), await w.holds());
});

test("whatIsDelegatedFindsNothingWhenCalledOnItsOwn", async () => {
  const w = await world(1);
  const endings = await w.viem.deployContract("Endings");
  const t = w.terms();
  await w.order(t);
  await w.viem.assertions.revertWithCustomErrorWithArgs(
    endings.write.cancel([t]), endings, "UnknownOrder", [await endings.read.idOf([t])],
  );
});
