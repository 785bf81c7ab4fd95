import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { getAddress, hashTypedData, type Hex } from "viem";

import { ONE, world, type World } from "./world.ts";

describe("Tabs", () => {
  let w: World;
  let me: Hex;
  const fails: World["fails"] = (...claim) => w.fails(...claim);
  const byStranger = () => ({ account: w.stranger.account });
  const free = async (a: Hex) => (await w.hooke.read.accountOf([a])).free;
  const money = async () => assert.equal(await w.owed(), await w.holds());
  const voucher = (total: bigint, operatorId = 1, signer = w.consumer, domain = w.domain) =>
    signer.signTypedData({
      domain,
      types: {
        Voucher: [{ name: "consumer", type: "address" }, { name: "operatorId", type: "uint32" }, { name: "total", type: "uint128" }],
      },
      primaryType: "Voucher",
      message: { consumer: w.consumer.account.address, operatorId, total },
    });
  const redeem = async (total: bigint, signed?: Hex, operatorId = 1) =>
    w.hooke.write.redeem([me, operatorId, total, signed ?? (await voucher(total, operatorId))], byStranger());
  before(async () => {
    w = await world(2);
    me = getAddress(w.consumer.account.address);
  });

  it("paysWhatVouchersAddUpToAndNeverTwice", async () => {
    await fails(w.hooke.write.openTab([1, 0n]), "ZeroAmount", []);
    await fails(w.hooke.write.openTab([3, 1n]), "NoSuchOperator", [3]);
    await fails(w.hooke.write.openTab([1, 1n], byStranger()), "InsufficientFree", [getAddress(w.stranger.account.address), 1n, 0n]);
    await fails(w.hooke.write.openTab([1, 2n ** 104n]), "SafeCastOverflowedUintDowncast", [104, 2n ** 104n]);
    await w.hooke.write.openTab([1, 10n * ONE]);
    assert.equal((await w.hooke.read.accountOf([me])).locked, 10n * ONE);
    const owner = w.providers[0].owner.account.address;
    const before = await free(owner);
    await redeem(3n * ONE);
    await redeem(4n * ONE);
    assert.equal((await free(owner)) - before, 4n * ONE);
    assert.deepEqual(await w.hooke.read.tabOf([me, 1]), { balance: 6n * ONE, redeemed: 4n * ONE, closesAt: 0 });
    await fails(redeem(4n * ONE), "VoucherSpent", [4n * ONE, 4n * ONE]);
    await fails(redeem(3n * ONE), "VoucherSpent", [3n * ONE, 4n * ONE]);
    await fails(redeem(11n * ONE), "TabTooSmall", [7n * ONE, 6n * ONE]);
    await w.hooke.write.openTab([1, ONE]);
    await redeem(11n * ONE);
    assert.equal((await w.hooke.read.accountOf([me])).locked, 0n);
    await money();
  });

  it("takesNobodyElsesSignature", async () => {
    await w.hooke.write.openTab([2, ONE]);
    const refused = [me, 2];
    for (const forged of [
      "0x" as Hex,
      await voucher(1n, 2, w.stranger),
      await voucher(1n, 1),
      await voucher(2n, 2),
      (await voucher(1n, 2)).slice(0, -2) as Hex,
      await voucher(1n, 2, w.consumer, { ...w.domain, chainId: 1 }),
      await voucher(1n, 2, w.consumer, { ...w.domain, verifyingContract: w.token.address }),
    ]) {
      await fails(redeem(1n, forged, 2), "BadVoucher", refused);
    }
    assert.equal(
      await w.hooke.read.voucherDigest([me, 2, 1n]),
      hashTypedData({
        domain: w.domain,
        types: {
          Voucher: [{ name: "consumer", type: "address" }, { name: "operatorId", type: "uint32" }, { name: "total", type: "uint128" }],
        },
        primaryType: "Voucher",
        message: { consumer: me, operatorId: 2, total: 1n },
      }),
    );
    await redeem(1n, undefined, 2);
  });

  it("givesTheRestBackAfterANoticeDuringWhichVouchersStillCount", async () => {
    await fails(w.hooke.write.closeTab([1]), "TabEmpty", [me, 1]);
    await fails(w.hooke.write.reclaimTab([me, 2]), "TabNotClosing", [me, 2]);
    await w.hooke.write.closeTab([2]);
    const { closesAt } = await w.hooke.read.tabOf([me, 2]);
    await redeem(ONE / 2n, undefined, 2);
    const early = await w.next(BigInt(closesAt) - 1n);
    await fails(w.hooke.write.reclaimTab([me, 2]), "TooEarly", [BigInt(closesAt), early]);
    // Topping up withdraws the notice.
    await w.hooke.write.openTab([2, ONE]);
    await fails(w.hooke.write.reclaimTab([me, 2]), "TabNotClosing", [me, 2]);
    await w.hooke.write.closeTab([2]);
    await w.pass(Number(await w.hooke.read.TAB_NOTICE_SECONDS()));
    const before = await free(me);
    await w.hooke.write.reclaimTab([me, 2], byStranger());
    assert.equal((await free(me)) - before, ONE + ONE / 2n);
    await fails(redeem(ONE, undefined, 2), "TabTooSmall", [ONE / 2n, 0n]);
    // An old voucher counts no second time on a tab that is opened anew.
    await w.hooke.write.openTab([2, ONE]);
    await fails(redeem(ONE / 2n, undefined, 2), "VoucherSpent", [ONE / 2n, ONE / 2n]);
    await money();
  });
});
