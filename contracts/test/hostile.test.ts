import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, encodeFunctionData, encodeErrorResult, getAddress, toFunctionSelector, type AbiFunction, type Hex } from "viem";

import * as T from "./world.ts";
import { CAP, FUEL, ONE, OPTIMISTIC, PAY, QUORUM, ROOT, SALT, world } from "./world.ts";

const [FALSE, FEE, REENTER, REVERT, SILENT, HOOK] = [1, 2, 3, 4, 5, 6];

async function hostile() {
  const w = await world(0);
  const token = await w.viem.deployContract("HostileToken");
  const { address } = await w.viem.deployContract("Hooke", [token.address, ...w.parts] as never);
  const hooke = await w.viem.getContractAt("IHooke", address);
  const me = w.consumer.account.address;
  await token.write.mint([me, 10n * ONE]);
  const free = async (account: `0x${string}` = me) => (await hooke.read.accountOf([account])).free;
  return { ...w, token, hooke, me, free };
}

test("aTokenThatSaysNoChangesNothing", async () => {
  const w = await hostile();
  await w.hooke.write.deposit([ONE]);
  await w.token.write.set([FALSE]);
  const refused = [getAddress(w.token.address)];
  const fails = (sent: Promise<unknown>) =>
    w.viem.assertions.revertWithCustomErrorWithArgs(sent as Promise<`0x${string}`>, w.hooke, "SafeERC20FailedOperation", refused as never);
  await fails(w.hooke.write.deposit([ONE]));
  await fails(w.hooke.write.withdraw([ONE]));
  await w.fails(w.hooke.write.withdraw([2n * ONE]), "InsufficientFree", [getAddress(w.me), 2n * ONE, ONE]);
  assert.equal(await w.free(), ONE);
});

test("aTokenThatTakesAFeeBreaksOnlyItsOwnPromise", async () => {
  // The interface names the assumption; what happens without it: the last to withdraw finds too little, nobody gets more than his own.
  const w = await hostile();
  await w.token.write.set([FEE]);
  await w.hooke.write.deposit([ONE]);
  assert.equal(await w.free(), ONE);
  assert.equal(await w.token.read.balanceOf([w.hooke.address]), ONE - ONE / 10n);
  await assert.rejects(w.hooke.write.withdraw([ONE]));
  assert.equal(await w.free(), ONE);
});

test("aTokenThatCallsBackFindsItsBalanceAlreadyTaken", async () => {
  const w = await hostile();
  await w.hooke.write.deposit([5n * ONE]);
  await w.token.write.depositHere([w.hooke.address, ONE]);
  await w.token.write.set([REENTER]);
  await w.token.write.withdrawHere([w.hooke.address, ONE]);
  assert.equal(await w.token.read.reentered(), true);
  assert.equal(
    await w.token.read.lastAnswer(),
    encodeErrorResult({ abi: w.hooke.abi, errorName: "InsufficientFree", args: [getAddress(w.token.address), ONE, 0n] }),
  );
  assert.equal(await w.free(w.token.address), 0n);
  assert.equal(await w.free(), 5n * ONE);
  assert.equal(await w.token.read.balanceOf([w.hooke.address]), 5n * ONE);
});

test("aTokenThatRevertsIsHeardAndOneThatSaysNothingIsBelieved", async () => {
  const w = await hostile();
  await w.hooke.write.deposit([2n * ONE]);
  await w.token.write.set([REVERT]);
  await w.viem.assertions.revertWithCustomError(w.hooke.write.deposit([ONE]), w.token, "Refused");
  await w.viem.assertions.revertWithCustomError(w.hooke.write.withdraw([ONE]), w.token, "Refused");
  assert.equal(await w.free(), 2n * ONE);
  await w.token.write.set([SILENT]);
  await w.hooke.write.withdraw([ONE]);
  await w.hooke.write.deposit([ONE / 2n]);
  assert.equal(await w.free(), ONE + ONE / 2n);
  assert.equal(await w.token.read.balanceOf([w.hooke.address]), ONE + ONE / 2n);
});

test("aPermitThatEatsItsGasLeavesEnoughForADepositWithAnAllowance", async () => {
  const w = await hostile();
  await w.hooke.write.depositWithPermit([ONE, 0n, 27, T.ZERO, T.ZERO], { gas: 10_000_000n });
  assert.equal(await w.free(), ONE);
});

test("aTokenThatTellsThePayerFirstLetsNobodyTakeMoreThanHePutsIn", async () => {
  const w = await hostile();
  await w.hooke.write.deposit([5n * ONE]);
  const thief = await w.viem.deployContract("EarlyPayer", [w.hooke.address]);
  await w.token.write.mint([thief.address, ONE]);
  await w.token.write.set([HOOK]);
  await thief.write.deposit([ONE]);
  assert.deepEqual([await w.free(thief.address), await w.token.read.balanceOf([thief.address])], [0n, ONE], "paid in, and taken out before");
  // More than it has is a loan that ends with the call.
  await thief.write.deposit([5n * ONE]);
  assert.deepEqual([await w.free(thief.address), await w.token.read.balanceOf([thief.address])], [0n, ONE]);
  await assert.rejects(thief.write.deposit([7n * ONE]));
  assert.equal(await w.token.read.balanceOf([w.hooke.address]), 5n * ONE);
  assert.equal(await w.free(), 5n * ONE);
});

const [BURN_GAS, RETURN_MUCH, REENTERS] = [0, 1, 2];

/** A contract that buys and misbehaves in its callbacks; the market sells to it. */
async function hostileBuyer(mode: number) {
  const w = await world(3);
  const buyer = await w.viem.deployContract("HostileBuyer", [w.hooke.address, mode]);
  await w.token.write.mint([buyer.address, 20n * ONE]);
  const { account } = w.providers[0].key;
  const buy = async (change: Partial<T.Terms> = {}) => {
    const t = w.terms({ consumer: buyer.address, ...change });
    await buyer.write.order([t, CAP * BigInt(t.tasks) * (t.mode === QUORUM ? BigInt(t.slots) : 1n)]);
    return { t, id: await w.hooke.read.idOf([t]) };
  };
  const money = async () => {
    const { free, locked } = await w.hooke.read.accountOf([buyer.address]);
    assert.equal((await w.owed()) + free + locked, await w.holds());
    return { free, locked };
  };
  return { ...w, buyer, account, buy, money };
}

for (const [name, mode] of [["burns all its gas", BURN_GAS], ["returns more than anyone would copy", RETURN_MUCH]] as const) {
  test(`a consumer that ${name} stops no settlement, and its signature is none`, async () => {
    const w = await hostileBuyer(mode);
    for (const change of [{}, { mode: OPTIMISTIC, tasks: 2, slots: 2 }]) {
      const { t, id } = await w.buy(change);
      for (let slot = 0; slot < t.slots; slot++) {
        await w.hooke.write.bid([t, slot, t.maxPrice], { account: w.account });
        const given = w.hooke.write.deliver([t, slot, ROOT, FUEL, "0x01"], { account: w.account, gas: 2_000_000n });
        // Who burns all gas takes the caller's, too: the caller chose to ask it.
        if (mode === BURN_GAS) await assert.rejects(given);
        else await w.fails(given, "BadReceipt", [id, slot]);
        await w.hooke.write.deliver([t, slot, ROOT, FUEL, "0x"], { account: w.account });
      }
      await w.pass(61);
      for (let slot = 0; slot < t.slots; slot++) {
        const used = await w.gas(w.hooke.write.settleSlot([t, slot], { account: w.account, gas: 1_000_000n }));
        assert.ok(used < 230_000n, `${used} gas: the callback's 100,000 and no more`);
        assert.equal((await w.hooke.read.slotOf([id, slot])).state, T.SETTLED);
      }
    }
    // A quorum's last reveal calls back, too.
    const { t, id } = await w.buy({ mode: QUORUM, quorum: 2, slots: 2 });
    await w.networkHelpers.mine(2);
    await w.pass(150);
    for (const i of [0, 1]) await w.hooke.write.bid([t, i, t.maxPrice], { account: w.providers[i].key.account });
    for (const i of [0, 1]) {
      await w.hooke.write.commit([t, i, w.commitment(id, i, i + 1, ROOT, FUEL, SALT)], { account: w.providers[i].key.account });
    }
    for (const i of [0, 1]) await w.hooke.write.reveal([t, i, ROOT, FUEL, SALT, "0x"], { gas: 1_000_000n });
    assert.equal((await w.hooke.read.resultOf([id]))[0], true);
    await w.money();
  });
}

test("aKeyWhoseCodeStandsElsewhereGetsItsCallbacksGasTooHoweverLittleTheCallerGives", async () => {
  // EIP-7702: to look up the code costs as much again as to look up the account.
  const w = await world(1, "prague");
  const elsewhere = "0x00000000000000000000000000000000000e1e77";
  await w.networkHelpers.setCode(elsewhere, "0x5a5f5500"); // writes down what gas it has
  await w.networkHelpers.setCode(w.consumer.account.address, concat(["0xef0100", elsewhere]));
  const t = w.terms();
  const id = await w.order(t);
  const { account } = w.providers[0].key;
  await w.hooke.write.bid([t, 0, t.maxPrice], { account });
  await w.hooke.write.deliver([t, 0, ROOT, FUEL, "0x"], { account });
  await w.pass(61);
  const settled = async (gas: bigint) => {
    const snapshot = await w.networkHelpers.takeSnapshot();
    try {
      await w.hooke.write.settle([t], { account, gas });
      return true;
    } catch {
      await snapshot.restore();
      return false;
    }
  };
  let least = 100_000n;
  for (let step = 1n << 16n; step > 0n; step >>= 1n) {
    const snapshot = await w.networkHelpers.takeSnapshot();
    if (!(await settled(least + step))) least += step;
    else await snapshot.restore();
  }
  assert.ok(await settled(least + 1n));
  assert.equal((await w.hooke.read.slotOf([id, 0])).state, T.SETTLED);
  const had = BigInt((await w.client.getStorageAt({ address: w.consumer.account.address, slot: "0x0" }))!);
  assert.equal(had, 99_998n, "100,000 less what asking costs");
});

test("aConsumerThatCallsBackFindsItsOrderAlreadySettled", async () => {
  const w = await hostileBuyer(REENTERS);
  const { abi } = w.hooke;
  const call = (functionName: string, ...args: unknown[]) => encodeFunctionData({ abi, functionName, args } as never);
  const error = (name: string) => toFunctionSelector(abi.find((each) => each.type === "error" && each.name === name) as unknown as AbiFunction);
  /** Settles an order by silence; the buyer's callback does what `plan` says. */
  const settled = async (plan: (t: T.Terms, free: bigint) => Hex[]) => {
    const { t, id } = await w.buy();
    await w.buyer.write.plan([plan(t, (await w.money()).free)]);
    await w.hooke.write.bid([t, 0, t.maxPrice], { account: w.account });
    // It signs nothing, and says so without a reason.
    await w.fails(w.hooke.write.deliver([t, 0, ROOT, FUEL, "0x01"], { account: w.account }), "BadReceipt", [id, 0]);
    await w.hooke.write.deliver([t, 0, ROOT, FUEL, "0x"], { account: w.account });
    await w.pass(61);
    await w.hooke.write.settle([t]);
    assert.equal((await w.hooke.read.slotOf([id, 0])).state, T.SETTLED);
    return (await w.buyer.getEvents.Tried()).map((each) => each.args.answer);
  };
  const tries: [string, (t: T.Terms, free: bigint) => Hex][] = [
    ["WrongSlotState", (t) => call("refuse", t, 0)],
    ["OrderNotLive", (t) => call("settle", t)],
    ["OrderNotLive", (t) => call("settleSlot", t, 0)],
    ["NothingOpen", (t) => call("cancel", t)],
    ["OrderExists", (t) => call("order", t)],
    ["TooEarly", (t) => call("release", t, 0)],
    ["InsufficientFree", (_, free) => call("withdraw", free + CAP - PAY + 1n)],
  ];
  for (const [name, attempt] of tries) assert.deepEqual(await settled((t, free) => [attempt(t, free)]), [error(name)], name);
  const all = await settled((t, free) => tries.map(([, attempt]) => attempt(t, free)));
  assert.equal(all.length, 0, "all at once are more than 100,000 gas pay for: the callback is undone, the settlement stands");
  // Its own money it may take, out of what the order gave back.
  await settled((_, free) => [call("withdraw", free + CAP - PAY)]);
  assert.deepEqual(await w.money(), { free: 0n, locked: 0n });
});
