import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { getAddress } from "viem";

import { ONE, world, type World } from "./world.ts";

describe("Vault and Providers", () => {
  let w: World;
  before(async () => {
    w = await world(2);
  });
  const fails: World["fails"] = (...claim) => w.fails(...claim);

  it("takesADepositWithAPermitAlsoWhenAStrangerUsedThePermitFirst", async () => {
    const account = w.stranger.account;
    await w.token.write.mint([account.address, ONE * 2n]);
    for (const stolen of [false, true]) {
      const permitted = await w.permitted(w.stranger, ONE);
      if (stolen) {
        const [value, ...rest] = permitted;
        await w.token.write.permit([account.address, w.hooke.address, value, ...rest]);
      }
      await w.hooke.write.depositWithPermit(permitted, { account });
    }
    assert.equal((await w.hooke.read.accountOf([account.address])).free, ONE * 2n);
    await w.hooke.write.withdraw([ONE], { account });
    await fails(w.hooke.write.withdraw([ONE + 1n], { account }), "InsufficientFree", [
      getAddress(account.address), ONE + 1n, ONE,
    ]);
    assert.equal(await w.owed(), await w.holds());
  });

  it("neverHoldsMoreThanItCanCount", async () => {
    const account = w.stranger.account;
    await w.token.write.approve([w.hooke.address, 2n ** 128n], { account });
    await fails(w.hooke.write.deposit([2n ** 128n - 1n], { account }), "LedgerFull", [
      2n ** 128n - 1n, 2n ** 128n - 1n - (await w.holds()),
    ]);
  });

  it("registersOnlyAKeyThatConsents", async () => {
    const [key] = w.wallets.slice(-1);
    const account = w.stranger.account;
    const profile = w.profileOf(key.account.address);
    const consent = await w.consentOf(key, account.address);
    await fails(w.hooke.write.register([{ ...profile, endpoint: "x".repeat(257) }, consent], { account }), "TextTooLong", [257n, 256n]);
    await fails(w.hooke.write.register([{ ...profile, attributes: "x".repeat(1025) }, consent], { account }), "TextTooLong", [1025n, 1024n]);
    await w.hooke.write.register([profile, consent], { account });
    await w.hooke.write.update([profile], { account });
    await w.hooke.write.retire([key.account.address], { account });
    const t = w.terms();
    await w.order(t);
    await w.hooke.write.cancel([t]);
  });

  it("letsStakeGoOnlyWhenFreeAndAfterTheDelay", async () => {
    const account = w.providers[0].owner.account;
    await fails(w.hooke.write.withdrawStake({ account }), "NothingUnbonding", [1]);
    const t = w.terms();
    await w.order(t);
    await w.hooke.write.bid([t, 0, t.maxPrice], { account: w.providers[0].key.account });
    await fails(w.hooke.write.unbond([ONE * 90n], { account }), "InsufficientStake", [1, ONE * 90n, ONE * 89n]);
    await w.hooke.write.unbond([ONE * 89n], { account });
    await w.pass(7 * 86400);
    await w.hooke.write.withdrawStake({ account });
    assert.equal(await w.owed(), await w.holds());
  });
});
