import { hashTypedData, sha256, zeroAddress, type Address, type Hex } from "viem";

import { ONE, ZERO, world, type World } from "./world.ts";

export type LeaseTerms = {
  consumer: Address; nonce: bigint; spec: Hex; cpuMillis: number; memoryMib: number; diskMib: number; startPrice: bigint;
  maxPrice: bigint; rampSeconds: number; minSlots: number; maxSlots: number; distinct: boolean; termSeconds: number;
  noticeSeconds: number; answerSeconds: number; bond: bigint; minStake: bigint; allow: Hex; exclusiveKey: Hex; primary: Address;
  standby: Address; takeoverSeconds: number; hourlyLimit: bigint; graceSeconds: number; epochSeconds: number; drawOneIn: number;
  repairEpochs: number; originA: number; originB: number;
};
export type Resize = { price: bigint; cpuMillis: number; memoryMib: number; diskMib: number; deadline: number };

export const [VACANT, OPEN, LEASED, SUMMONED] = [0, 1, 2, 3];
/** Wei per second: the price of `lease()`. */
export const RATE = 1_000_000_000_000n;
export const BOND = ONE;
export const NOTICE = 600;
export const ANSWER = 300;
export const TERM = 30 * 86_400;

/** A world with what leases need; provider i's node sells. */
export const leasing = async (sellers = 4) => leasingIn(await world(sellers));

export function leasingIn(w: World) {
  const chainId = w.domain.chainId;
  let nonce = 1000n;
  const lease = (change: Partial<LeaseTerms> = {}): LeaseTerms => ({
    consumer: w.consumer.account.address,
    nonce: nonce++,
    spec: sha256("0x05"),
    cpuMillis: 1000,
    memoryMib: 256,
    diskMib: 1024,
    startPrice: RATE,
    maxPrice: RATE,
    rampSeconds: 0,
    minSlots: 1,
    maxSlots: 4,
    distinct: false,
    termSeconds: TERM,
    noticeSeconds: NOTICE,
    answerSeconds: ANSWER,
    bond: BOND,
    minStake: 0n,
    allow: ZERO,
    exclusiveKey: ZERO,
    primary: zeroAddress,
    standby: zeroAddress,
    takeoverSeconds: 0,
    hourlyLimit: 0n,
    graceSeconds: 0,
    epochSeconds: 0,
    drawOneIn: 0,
    repairEpochs: 0,
    originA: 1,
    originB: 2,
    ...change,
  });
  const key = (i: number) => ({ account: w.providers[i].key.account });
  const owner = (i: number) => ({ account: w.providers[i].owner.account });
  const byStranger = { account: w.stranger.account };
  const orderLease = async (t: LeaseTerms, amount: bigint) => {
    await w.hooke.write.orderLease([t, amount]);
    return w.hooke.read.leaseIdOf([t]);
  };
  const bid = (t: LeaseTerms, i = 0, slot = 0, price = t.maxPrice) => w.hooke.write.bidLease([t, slot, price, t.diskMib], key(i));
  /** An order that provider 0 holds slot 0 of. */
  const leased = async (change: Partial<LeaseTerms> = {}, amount = ONE) => {
    const t = lease(change);
    const id = await orderLease(t, amount);
    await bid(t);
    return { t, id };
  };
  const slotOf = (t: LeaseTerms, slot = 0) => w.hooke.read.leaseSlotOf([t, slot]);
  const free = async (a: Hex) => (await w.hooke.read.accountOf([a])).free;
  const locked = async () => (await w.hooke.read.accountOf([w.consumer.account.address])).locked;
  const earnings = (i = 0) => free(w.providers[i].owner.account.address);
  const operator = (i = 0) => w.hooke.read.operatorOf([i + 1]);
  const now = async () => (await w.client.getBlock()).timestamp;
  const resizeTypes = {
    LeaseResize: [
      { name: "order", type: "bytes32" }, { name: "slot", type: "uint8" }, { name: "version", type: "uint24" },
      { name: "price", type: "uint64" }, { name: "cpuMillis", type: "uint32" }, { name: "memoryMib", type: "uint32" },
      { name: "diskMib", type: "uint32" }, { name: "deadline", type: "uint40" },
    ],
  };
  const resizeData = (order: Hex, slot: number, version: number, change: Resize, domain: object = w.domain) =>
    ({ domain, types: resizeTypes, primaryType: "LeaseResize", message: { order, slot, version, ...change } }) as const;
  const signResize = (signer: typeof w.consumer, order: Hex, slot: number, version: number, change: Resize, domain: object = w.domain) =>
    signer.signTypedData(resizeData(order, slot, version, change, domain) as never);
  const resizeDigest = (order: Hex, slot: number, version: number, change: Resize) =>
    hashTypedData(resizeData(order, slot, version, change) as never);
  return {
    ...w, chainId, lease, key, owner, byStranger, orderLease, bid, leased, slotOf, free, locked, earnings, operator, now, signResize, resizeDigest,
  };
}
export type Leasing = ReturnType<typeof leasingIn>;
