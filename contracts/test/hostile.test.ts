import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeErrorResult, getAddress } from "viem";

import { ONE, world } from "./world.ts";

const [, FALSE, FEE, REENTER] = [0, 1, 2, 3];

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
