import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeAbiParameters, getAddress, keccak256, type Hex } from "viem";

import { leafHash, type Leaf } from "./sumtree.ts";
import * as T from "./world.ts";
import { CAP, FUEL, HELD, ONE, OTHER_ROOT, PAY, ROOT, SALT, ZERO, world } from "./world.ts";

describe("A contract that asks the market: src/examples/Question.sol", () => {
  async function asking() {
    const w = await world(4);
    const question = await w.viem.deployContract("Question", [w.hooke.address]);
    await w.token.write.mint([w.consumer.account.address, 100n * ONE]);
    await w.token.write.approve([question.address, 100n * ONE]);
    const ask = async () => {
      await question.write.ask([w.terms()]);
      const [asked] = await question.getEvents.Asked();
      const [ordered] = await w.hooke.getEvents.Ordered({ order: asked.args.order });
      return { order: asked.args.order as Hex, terms: ordered.args.terms as T.Terms };
    };
    /** Three run it; what they reveal. */
    const run = async (terms: T.Terms, id: Hex, root: Hex) => {
      await w.networkHelpers.mine(2);
      await w.pass(150);
      for (const i of [0, 1, 2]) await w.hooke.write.bid([terms, i, terms.maxPrice], { account: w.providers[i].key.account });
      for (const i of [0, 1, 2]) {
        await w.hooke.write.commit([terms, i, w.commitment(id, i, i + 1, root, FUEL, SALT)], { account: w.providers[i].key.account });
      }
      for (const i of [0, 1, 2]) await w.hooke.write.reveal([terms, i, root, FUEL, SALT, "0x"]);
    };
    const fails = (sent: Promise<unknown>, name: never, args: unknown[]) =>
      w.viem.assertions.revertWithCustomErrorWithArgs(sent as Promise<Hex>, question, name, args as never);
    return { ...w, question, ask, run, refused: fails as (sent: Promise<unknown>, name: string, args: unknown[]) => Promise<void> };
  }
  const leaf = { index: 0, outcome: 0, exitCode: 0, fuel: FUEL, size: 10n, outputRoot: OTHER_ROOT };

  it("isToldItsResultReadsTheAnswerAndGivesReceiptsByItsRule", async () => {
    const w = await asking();
    const stranger = getAddress(w.stranger.account.address);
    const byStranger = { account: w.stranger.account };
    for (const [exitCode, outcome, yes] of [[0, 0, true], [1, 0, false], [0, 1, false]] as const) {
      const said = { ...leaf, exitCode, outcome };
      const { order, terms } = await w.ask();
      assert.equal(terms.consumer, getAddress(w.question.address));
      const show = (each: Leaf) => w.question.write.show([order, each.outcome, each.exitCode, each.size, each.outputRoot], byStranger);
      await w.refused(show(said), "NoResult", [order]);
      await w.run(terms, order, leafHash(said));
      assert.deepEqual(await w.question.read.answerOf([order]), { asked: true, answered: false, yes: false, fuel: FUEL, root: leafHash(said) });
      const slip = encodeAbiParameters([{ type: "bytes32" }, { type: "uint8" }], [order, 1]);
      const acknowledge = (signature: Hex, slot = 1) => w.hooke.write.acknowledge([terms, slot, signature], byStranger);
      await w.fails(acknowledge(slip), "BadReceipt", [order, 1]);
      await w.refused(show({ ...said, exitCode: exitCode + 1 }), "WrongLeaf", [order]);
      await show(said);
      const { answered, yes: known } = await w.question.read.answerOf([order]);
      assert.deepEqual([answered, known], [true, yes]);
      // Each slot has its own receipt, and they free what is held.
      await w.fails(acknowledge(slip, 2), "BadReceipt", [order, 2]);
      await w.fails(acknowledge("0x01"), "BadReceipt", [order, 1]);
      const owner = w.providers[1].owner.account.address;
      const before = await w.hooke.read.accountOf([owner]);
      await acknowledge(slip);
      assert.deepEqual(await w.hooke.read.accountOf([owner]), { free: before.free + HELD, locked: before.locked - HELD });
    }
    assert.equal(await w.question.read.isValidSignature([ROOT, encodeAbiParameters([{ type: "bytes32" }, { type: "uint8" }], [ROOT, 0])]), "0xffffffff");
    await w.refused(w.question.write.onResult([ROOT, ROOT, 1n], byStranger), "NotHooke", [stranger]);
    await w.refused(w.question.write.show([ROOT, 0, 0, 0n, ZERO]), "NotAsked", [ROOT]);
    await w.refused(w.question.write.ask([w.terms()], byStranger), "NotOwner", [stranger]);
    await w.refused(w.question.write.withdraw(byStranger), "NotOwner", [stranger]);
    const before = await w.token.read.balanceOf([w.consumer.account.address]);
    await w.question.write.withdraw();
    assert.equal((await w.token.read.balanceOf([w.consumer.account.address])) - before, 9n * CAP - 9n * PAY);
  });

  it("asksTheMarketForAResultThatItWasNotTold", async () => {
    const w = await asking();
    const { order, terms } = await w.ask();
    await w.run(terms, order, leafHash(leaf));
    // As if the callback had failed: of the answer's two words only `asked` stands.
    const place = BigInt(keccak256(encodeAbiParameters([{ type: "bytes32" }, { type: "uint256" }], [order, 0n])));
    await w.networkHelpers.setStorageAt(w.question.address, place, 1n);
    await w.networkHelpers.setStorageAt(w.question.address, place + 1n, 0n);
    assert.deepEqual(await w.question.read.answerOf([order]), { asked: true, answered: false, yes: false, fuel: 0n, root: ZERO });
    await w.question.write.show([order, 0, 0, leaf.size, leaf.outputRoot]);
    assert.equal((await w.question.read.answerOf([order])).yes, true);
  });

  it("takesBackWhatNobodyTook", async () => {
    const w = await asking();
    const { order, terms } = await w.ask();
    await w.refused(w.question.write.cancel([terms], { account: w.stranger.account }), "NotOwner", [getAddress(w.stranger.account.address)]);
    await w.question.write.cancel([terms]);
    assert.equal((await w.hooke.read.orderOf([order])).state, 2);
    await w.question.write.withdraw();
    assert.equal(await w.token.read.balanceOf([w.consumer.account.address]), 100n * ONE);
  });
});
