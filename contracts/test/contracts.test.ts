import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, encodePacked, getAddress, sha256, stringToHex, type Hex } from "viem";

import { FUEL, ONE, OTHER_ROOT, REFUSED, RELEASED, ROOT, SALT, ZERO, world } from "./world.ts";

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
    await w.fails(deliver(), "BadReceipt", [id, 0]);
    await buyer.write.sign([await w.hooke.read.receiptDigest([id, 0, ROOT, FUEL])]);
    // 100,000 * 64 / 63 + 8,000; what is left depends on the compiler.
    await w.fails(deliver(200_000n), "TooLittleGasForCallback", [109_587n, (left: bigint) => left < 109_587n]);
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
  for (let i = 0; i < 4; i++) {
    await w.hooke.write.demand([t, 0]);
    const wrong = { ...proof, exitCode: 8 };
    await w.fails(w.hooke.write.answer([t, 0, wrong]), "BadProof", [id, 0]);
    await w.hooke.write.answer([t, 0, proof], { account });
    await w.fails(w.hooke.write.answer([t, 0, proof]), "NoDemand", [id, 0]);
  }
  await w.fails(w.hooke.write.demand([t, 0]), "TooManyDemands", [id, 0, 4n]);
  await w.pass(3601);
  await w.hooke.write.release([t, 0]);
  await w.fails(w.hooke.write.demand([t, 0]), "WrongSlotState", [id, 0, RELEASED]);
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

test("anEmptyResultIsProvenByNothingAtAll", async () => {
  const w = await world(1);
  const account = w.providers[0].key.account;
  const outputRoot = sha256("0x");
  const root = sha256(
    encodePacked(
      ["bytes1", "uint32", "uint8", "uint32", "uint64", "uint64", "bytes32"],
      ["0x00", 0, 1, 0, FUEL, 0n, outputRoot],
    ),
  );
  const t = w.terms();
  const id = await w.order(t);
  await w.hooke.write.bid([t, 0, t.maxPrice], { account });
  await w.hooke.write.deliver([t, 0, root, FUEL, "0x"], { account });
  await w.pass(61);
  await w.hooke.write.settle([t]);
  await w.hooke.write.demand([t, 0]);
  const proof = { index: 0, outcome: 1, exitCode: 0, size: 0n, outputRoot, chunk: "0x" as Hex, path: [] as Hex[] };
  for (const wrong of [{ ...proof, chunk: "0x00" as Hex }, { ...proof, path: [ROOT] }]) {
    await w.fails(w.hooke.write.answer([t, 0, wrong]), "BadProof", [id, 0]);
  }
  await w.hooke.write.answer([t, 0, proof]);
  assert.equal((await w.hooke.read.demandOf([id, 0])).pending, false);
});

test("refusingWhatWasFreeBurnsNothing", async () => {
  const w = await world(1);
  const account = w.providers[0].key.account;
  const t = w.terms();
  const id = await w.order(t);
  assert.equal(await w.hooke.read.isDrawn([t, 0, 1, 0n]), true, "ATTENDED slots are not drawn");
  await w.hooke.write.bid([t, 0, 0n], { account });
  await w.hooke.write.deliver([t, 0, ROOT, FUEL, "0x"], { account });
  await w.hooke.write.refuse([t, 0]);
  assert.deepEqual([(await w.hooke.read.slotOf([id, 0])).state, await w.hooke.read.burned()], [REFUSED, 0n]);
  assert.equal((await w.hooke.read.accountOf([t.consumer])).locked, 0n);
  assert.equal(await w.owed(), await w.holds());
});

test("whatIsSignedAndCommittedToCanBeAskedOfTheContract", async () => {
  const w = await world(1);
  assert.deepEqual(await w.hooke.read.eip712Domain(), [
    "0x0f", "Hooke", "1", BigInt(w.domain.chainId), getAddress(w.hooke.address), ZERO, [],
  ]);
  assert.equal(await w.hooke.read.commitmentOf([OTHER_ROOT, 3, 4, ROOT, FUEL, SALT]), w.commitment(OTHER_ROOT, 3, 4, ROOT, FUEL, SALT));
  const deployed = await w.viem.getContractAt("Hooke", w.hooke.address);
  assert.equal(await deployed.read.part(), stringToHex("hooke 1", { size: 32 }));
});
