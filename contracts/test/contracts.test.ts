import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, encodePacked, sha256, type Hex } from "viem";

import { FUEL, ONE, RELEASED, ROOT, world } from "./world.ts";

test("aContractSignsReceiptsAndIsToldItsResultAndItsFailureBlocksNothing", async () => {
  const w = await world(1);
  const account = w.providers[0].key.account;
  let refunds = 0n;
  for (const noisy of [false, true]) {
    const buyer = await w.viem.deployContract("Buyer", [w.hooke.address, noisy]);
    await w.token.write.mint([buyer.address, ONE]);
    const t = w.terms({ consumer: buyer.address });
    await buyer.write.order([t, ONE]);
    const id = await w.hooke.read.idOf([t]);
    assert.equal((await w.hooke.read.orderOf([id])).callback, true);
    await w.hooke.write.bid([t, 0, t.maxPrice], { account });
    const deliver = (gas?: bigint) => w.hooke.write.deliver([t, 0, ROOT, FUEL, "0x01"], { account, gas });
    await w.viem.assertions.revertWithCustomErrorWithArgs(deliver(), w.hooke, "BadReceipt", [id, 0]);
    await buyer.write.sign([await w.hooke.read.receiptDigest([id, 0, ROOT, FUEL])]);
    await w.viem.assertions.revertWithCustomError(deliver(200_000n), w.hooke, "TooLittleGasForCallback");
    await deliver(1_000_000n);
    assert.equal((await w.hooke.read.slotOf([id, 0])).state, RELEASED);
    assert.equal(await buyer.read.lastRoot(), noisy ? `0x${"00".repeat(32)}` : ROOT);
    refunds += (await w.hooke.read.accountOf([buyer.address])).free;
  }
  assert.equal(refunds, ONE);
  assert.equal((await w.owed()) + refunds, await w.holds());
});

test("anAnsweredDemandKeepsThePay", async () => {
  const w = await world(1);
  const account = w.providers[0].key.account;
  const chunk: Hex = `0x${"ab".repeat(700)}`;
  const outputRoot = sha256(concat(["0x00", chunk]));
  const root = sha256(
    encodePacked(
      ["bytes1", "uint32", "uint8", "uint32", "uint64", "uint64", "bytes32"],
      ["0x00", 0, 0, 7, FUEL, 700n, outputRoot],
    ),
  );
  const t = w.terms();
  const id = await w.order(t);
  await w.hooke.write.bid([t, 0, t.maxPrice], { account });
  await w.hooke.write.deliver([t, 0, root, FUEL, "0x"], { account });
  await w.pass(61);
  await w.hooke.write.settle([t]);
  const proof = { index: 0, outcome: 0, exitCode: 7, size: 700n, outputRoot, chunk, path: [] };
  const { assertions } = w.viem;
  for (let i = 0; i < 4; i++) {
    await w.hooke.write.demand([t, 0]);
    const wrong = { ...proof, exitCode: 8 };
    await assertions.revertWithCustomErrorWithArgs(w.hooke.write.answer([t, 0, wrong]), w.hooke, "BadProof", [id, 0]);
    await w.hooke.write.answer([t, 0, proof], { account });
    await assertions.revertWithCustomErrorWithArgs(w.hooke.write.answer([t, 0, proof]), w.hooke, "NoDemand", [id, 0]);
  }
  await assertions.revertWithCustomErrorWithArgs(w.hooke.write.demand([t, 0]), w.hooke, "TooManyDemands", [id, 0, 4n]);
  await w.pass(3601);
  await w.hooke.write.release([t, 0]);
  await assertions.revertWithCustomError(w.hooke.write.demand([t, 0]), w.hooke, "WrongSlotState");
  assert.equal(await w.owed(), await w.holds());
});

test("aRampRaisesThePriceFromStartToMaximum", async () => {
  const w = await world(1);
  const t = w.terms({ startPrice: 100n, maxPrice: 1_100n, rampSeconds: 100 });
  const id = await w.order(t);
  const at = BigInt((await w.hooke.read.orderOf([id])).createdAt);
  const price = (when: bigint) => w.hooke.read.acceptablePrice([t, when]);
  assert.deepEqual(await Promise.all([price(at), price(at + 50n), price(at + 100n), price(at + 9999n)]), [100n, 600n, 1100n, 1100n]);
});
