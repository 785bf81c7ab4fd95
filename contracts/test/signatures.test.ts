import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import { concat, getAddress, hashTypedData, numberToHex, parseSignature, slice, toHex, type Hex } from "viem";

import * as T from "./world.ts";
import { FUEL, HELD, ONE, QUORUM, ROOT, SALT, world, type World } from "./world.ts";

const ORDER_OF_CURVE = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const RECEIPT = [
  { name: "order", type: "bytes32" }, { name: "slot", type: "uint8" }, { name: "root", type: "bytes32" }, { name: "fuel", type: "uint64" },
];
const VOUCHER = [{ name: "consumer", type: "address" }, { name: "operatorId", type: "uint32" }, { name: "total", type: "uint128" }];
const CONSENT = [{ name: "operator", type: "address" }, { name: "key", type: "address" }];

type Signed = { type: string; fields: { name: string; type: string }[]; message: Record<string, unknown> };

/**
 * Everything that the law takes a signature for: NodeConsent (`register`), Receipt (`deliver`, `reveal`, `acknowledge`), Voucher (`redeem`). The permit
 * of `depositWithPermit` is the token's.
 */
describe("Signatures", () => {
  let w: World;
  const fails: World["fails"] = (...claim) => w.fails(...claim);
  before(async () => {
    w = await world(4);
  });

  const sign = (signer: World["consumer"], { type, fields, message }: Signed, domain: object = w.domain) =>
    signer.signTypedData({ domain, types: { [type]: fields }, primaryType: type, message } as never);

  /** All that is not the signature of `signer` over this: by name. */
  async function forgeries(signer: World["consumer"], signed: Signed, other: World["consumer"]): Promise<Record<string, Hex>> {
    const good = await sign(signer, signed);
    const { r, s, yParity } = parseSignature(good);
    const high = numberToHex(ORDER_OF_CURVE - BigInt(s), { size: 32 });
    const changed = Object.fromEntries(
      await Promise.all(
        signed.fields.map(async ({ name, type }) => {
          const value = signed.message[name];
          const wrong = type === "address" ? w.token.address : type === "bytes32" ? T.OTHER_ROOT : BigInt(value as number) + 1n;
          return [`another ${name}`, await sign(signer, { ...signed, message: { ...signed.message, [name]: wrong } })] as const;
        }),
      ),
    );
    return {
      "a byte short": slice(good, 0, 64),
      "a byte long": concat([good, "0x00"]),
      "half of it": slice(good, 0, 32),
      "one byte": "0x01",
      "the compact form": concat([r, numberToHex(BigInt(s) | (BigInt(yParity) << 255n), { size: 32 })]),
      "the other s": concat([r, high, yParity === 0 ? "0x1c" : "0x1b"]),
      "the other v": concat([r, s, yParity === 0 ? "0x1c" : "0x1b"]),
      "v of 0 or 1": concat([r, s, numberToHex(yParity, { size: 1 })]),
      "all zeros": toHex(new Uint8Array(65)),
      "another's": await sign(other, signed),
      "on another chain": await sign(signer, signed, { ...w.domain, chainId: 1 }),
      "for another contract": await sign(signer, signed, { ...w.domain, verifyingContract: w.token.address }),
      "for another program": await sign(signer, signed, { ...w.domain, name: "Hooked" }),
      "for another version": await sign(signer, signed, { ...w.domain, version: "2" }),
      "of another kind": await sign(signer, { ...signed, type: `${signed.type}s` }),
      "of its text": await signer.signMessage({ message: { raw: hashTypedData({ domain: w.domain, types: { [signed.type]: signed.fields }, primaryType: signed.type, message: signed.message } as never) } }),
      ...changed,
    };
  }
  const refuses = async (forged: Record<string, Hex>, call: (signature: Hex) => Promise<unknown>, error: "BadReceipt" | "BadVoucher" | "BadConsent", args: unknown[]) => {
    for (const [name, signature] of Object.entries(forged)) {
      try {
        await fails(call(signature), error, args);
      } catch (e) {
        throw new Error(`${name}: ${e}`);
      }
    }
  };
  const receiptOf = (id: Hex, slot = 0): Signed => ({ type: "Receipt", fields: RECEIPT, message: { order: id, slot, root: ROOT, fuel: FUEL } });
  const account = () => w.providers[0].key.account;

  it("aReceiptIsTheConsumersForThisDelivery", async () => {
    const t = w.terms();
    const id = await w.order(t);
    await w.hooke.write.bid([t, 0, t.maxPrice], { account: account() });
    const forged = await forgeries(w.consumer, receiptOf(id), w.stranger);
    const deliver = (signature: Hex) => w.hooke.write.deliver([t, 0, ROOT, FUEL, signature], { account: account() });
    await refuses(forged, deliver, "BadReceipt", [id, 0]);
    await w.hooke.write.deliver([t, 0, ROOT, FUEL, "0x"], { account: account() });
    await refuses(forged, (signature) => w.hooke.write.acknowledge([t, 0, signature], { account: w.stranger.account }), "BadReceipt", [id, 0]);
    // The good one counts once, and for no other order.
    const good = await sign(w.consumer, receiptOf(id));
    await w.hooke.write.acknowledge([t, 0, good], { account: w.stranger.account });
    await fails(w.hooke.write.acknowledge([t, 0, good]), "WrongSlotState", [id, 0, T.RELEASED]);
    const again = w.terms();
    const other = await w.order(again);
    await w.hooke.write.bid([again, 0, again.maxPrice], { account: account() });
    await fails(w.hooke.write.deliver([again, 0, ROOT, FUEL, good], { account: account() }), "BadReceipt", [other, 0]);
    // Nor for a part of what it was given for.
    const many = w.terms({ tasks: 2 });
    const whole = await w.order(many);
    await w.hooke.write.bid([many, 0, many.maxPrice], { account: account() });
    await w.hooke.write.deliverPart([many, 0, 1, T.OTHER_ROOT, FUEL], { account: account() });
    await fails(w.hooke.write.acknowledge([many, 0, await sign(w.consumer, receiptOf(whole))], { account: w.stranger.account }), "BadReceipt", [whole, 0]);
  });

  it("aReceiptIsTheConsumersForThisReveal", async () => {
    const t = w.terms({ mode: QUORUM, quorum: 2, slots: 2 });
    const id = await w.order(t);
    await w.networkHelpers.mine(2);
    await w.pass(150);
    for (const i of [0, 1]) await w.hooke.write.bid([t, i, t.maxPrice], { account: w.providers[i].key.account });
    // A commitment that was copied cannot be opened: it names its operator, its slot, its order, this contract and this chain.
    const mine = w.commitment(id, 0, 1, ROOT, FUEL, SALT);
    for (const i of [0, 1]) await w.hooke.write.commit([t, i, mine], { account: w.providers[i].key.account });
    const reveal = (slot: number, signature: Hex) => w.hooke.write.reveal([t, slot, ROOT, FUEL, SALT, signature]);
    await fails(reveal(1, "0x"), "BadReveal", [id, 1, `${mine.slice(0, 32)}${"0".repeat(34)}`]);
    await refuses(await forgeries(w.consumer, receiptOf(id), w.stranger), (signature) => reveal(0, signature), "BadReceipt", [id, 0]);
    await reveal(0, await sign(w.consumer, receiptOf(id)));
    await fails(reveal(0, "0x"), "WrongSlotState", [id, 0, T.REVEALED]);
  });

  it("aVoucherIsTheConsumersForThisOperatorAndSum", async () => {
    const me = getAddress(w.consumer.account.address);
    await w.hooke.write.openTab([1, ONE]);
    await w.hooke.write.openTab([2, ONE]);
    const voucher: Signed = { type: "Voucher", fields: VOUCHER, message: { consumer: me, operatorId: 1, total: 5n } };
    const redeem = (signature: Hex, operatorId = 1) => w.hooke.write.redeem([me, operatorId, 5n, signature], { account: w.stranger.account });
    await refuses({ ...(await forgeries(w.consumer, voucher, w.stranger)), nothing: "0x" }, redeem, "BadVoucher", [me, 1]);
    const good = await sign(w.consumer, voucher);
    await fails(redeem(good, 2), "BadVoucher", [me, 2]);
    await redeem(good);
    await fails(redeem(good), "VoucherSpent", [5n, 5n]);
    // Nor when the tab was closed and opened again.
    await w.hooke.write.closeTab([1]);
    await w.pass(86_400);
    await w.hooke.write.reclaimTab([me, 1]);
    await w.hooke.write.openTab([1, ONE]);
    await fails(redeem(good), "VoucherSpent", [5n, 5n]);
  });

  it("aConsentIsTheNodeKeysForThisOperator", async () => {
    const key = w.wallets.at(-1)!;
    const owner = w.stranger;
    const [o, k] = [getAddress(owner.account.address), getAddress(key.account.address)];
    const consent: Signed = { type: "NodeConsent", fields: CONSENT, message: { operator: o, key: k } };
    const register = (signature: Hex) => w.hooke.write.register([w.profileOf(k), signature], { account: owner.account });
    await refuses({ ...(await forgeries(key, consent, owner)), nothing: "0x" }, register, "BadConsent", [o, k]);
    const good = await sign(key, consent);
    await fails(w.hooke.write.register([w.profileOf(k), good]), "BadConsent", [getAddress(w.consumer.account.address), k]);
    await register(good);
    await w.hooke.write.retire([k], { account: owner.account });
    await fails(register(good), "NodeKeyTaken", [k, 5]);
  });

  it("aContractSignsByItsRuleAndOnlyForItself", async () => {
    const buyer = await w.viem.deployContract("Buyer", [w.hooke.address, false]);
    await w.token.write.mint([buyer.address, 3n * ONE]);
    const t = w.terms({ consumer: buyer.address });
    await buyer.write.order([t, ONE]);
    const id = await w.hooke.read.idOf([t]);
    await w.hooke.write.bid([t, 0, t.maxPrice], { account: account() });
    await w.hooke.write.deliver([t, 0, ROOT, FUEL, "0x"], { account: account() });
    // A key that signs for itself does not sign for the contract, nor does the contract for others.
    await fails(w.hooke.write.acknowledge([t, 0, await sign(w.consumer, receiptOf(id))]), "BadReceipt", [id, 0]);
    await buyer.write.sign([await w.hooke.read.receiptDigest([id, 0, ROOT, FUEL])]);
    const own = w.terms();
    const ownId = await w.order(own);
    await w.hooke.write.bid([own, 0, own.maxPrice], { account: account() });
    await w.hooke.write.deliver([own, 0, ROOT, FUEL, "0x"], { account: account() });
    await fails(w.hooke.write.acknowledge([own, 0, "0x01"], { account: w.stranger.account }), "BadReceipt", [ownId, 0]);
    const { free } = await w.hooke.read.accountOf([w.providers[0].owner.account.address]);
    await w.hooke.write.acknowledge([t, 0, "0x01"], { account: w.stranger.account });
    assert.ok((await w.hooke.read.accountOf([w.providers[0].owner.account.address])).free > free + HELD);
    assert.equal((await w.hooke.read.slotOf([id, 0])).state, T.RELEASED);
  });
});
