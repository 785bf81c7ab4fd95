import assert from "node:assert/strict";
import { test } from "node:test";
import { artifacts } from "hardhat";
import { encodeFunctionData, getAddress, stringToHex, toFunctionSelector, type Abi, type Hex } from "viem";

import { ASSIGNED, CAP, CLOSED, FUEL, PARTS, RELEASED, ROOT, world } from "./world.ts";

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
  const endings = await w.viem.getContractAt("Endings", w.parts[1]);
  const t = w.terms();
  await w.order(t);
  await w.viem.assertions.revertWithCustomError(endings.write.cancel([t]), endings, "UnknownOrder");
  assert.equal((await w.hooke.read.orderOf([await w.hooke.read.idOf([t])])).state, 1);
});

test("everyFunctionOfTheInterfaceIsThereAndRoutedToThePartThatHasIt", async () => {
  const w = await world(0);
  const selectors = (abi: Abi) =>
    abi.filter((each) => each.type === "function").map((each) => toFunctionSelector(each)).sort();
  const abiOf = async (name: string) => (await artifacts.readArtifact(name)).abi as Abi;
  const own = selectors(await abiOf("Hooke"));
  const routed = new Map<Hex, Hex>();
  for (const [i, part] of PARTS.entries()) {
    for (const selector of selectors(await abiOf(part))) {
      if (selector !== toFunctionSelector("part()")) routed.set(selector, w.parts[i]);
    }
  }
  for (const selector of selectors(w.hooke.abi as Abi)) {
    if (own.includes(selector)) {
      assert.ok(!routed.has(selector), `${selector} is in Hooke and in a part`);
      continue;
    }
    const part = routed.get(selector);
    assert.ok(part, `no code for ${selector}`);
    assert.equal((await w.hooke.read.partOf([selector])).toLowerCase(), part.toLowerCase(), selector);
    routed.delete(selector);
  }
  assert.deepEqual([...routed.keys()], [], "parts have functions that the interface does not know");
  assert.deepEqual(await w.hooke.read.parts(), w.parts.map((each) => getAddress(each)));
});

test("whatNoPartKnowsIsRefusedByName", async () => {
  const w = await world(0);
  const [{ account }] = w.wallets;
  await w.fails(w.wallets[0].sendTransaction({ account, to: w.hooke.address, data: "0xdeadbeef" }), "NoSuchFunction", ["0xdeadbeef"]);
});

test("aLawIsMadeOnlyOfItsOwnParts", async () => {
  const w = await world(0);
  const make = (parts: Hex[]) => w.viem.deployContract("Hooke", [w.token.address, ...parts] as never);
  const nobody = w.stranger.account.address;
  for (const [i, part] of PARTS.entries()) {
    for (const wrong of [w.parts[(i + 1) % PARTS.length], nobody]) {
      const name = stringToHex(`hooke ${part.toLowerCase()} 1`, { size: 32 });
      await w.fails(make(w.parts.with(i, wrong)), "WrongPart", [getAddress(wrong), name]);
    }
  }
});
