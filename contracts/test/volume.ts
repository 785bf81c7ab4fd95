import { concat, hashTypedData, parseSignature, signatureToCompactSignature, type Hex } from "viem";

import { leasingIn, RATE, type LeaseTerms } from "./lease.ts";
import { commitOf, proofOf, snapshotOf, type Content, type Snapshot } from "./merkle.ts";
import { ONE, ZERO, world, type World } from "./world.ts";

export const EPOCH = 1000;

export const storing = async (sellers = 5) => storingIn(await world(sellers));

export function storingIn(w: World) {
  const l = leasingIn(w);
  const volume = (change: Partial<LeaseTerms> = {}) =>
    l.lease({ minSlots: 3, maxSlots: 5, distinct: true, epochSeconds: EPOCH, drawOneIn: 1, repairEpochs: 1, noticeSeconds: 2 * EPOCH, ...change });
  /** A volume whose first `replicas` slots are held by providers of the same number. */
  const stored = async (change: Partial<LeaseTerms> = {}, replicas = 3, amount = ONE) => {
    const t = volume(change);
    const id = await l.orderLease(t, amount);
    for (let i = 0; i < replicas; i++) await l.bid(t, i, i);
    return { t, id };
  };
  const types = {
    Anchor: [
      { name: "volume", type: "bytes32" }, { name: "seq", type: "uint64" }, { name: "previous", type: "bytes32" },
      { name: "commit", type: "bytes32" }, { name: "leafCount", type: "uint64" },
    ],
  };
  type Word = { volume: Hex; seq: bigint; previous: Hex; commit: Hex; leafCount: bigint };
  const data = (message: Word, domain: object = w.domain) => ({ domain, types, primaryType: "Anchor", message }) as const;
  const sign = (signer: typeof w.consumer, word: Word, domain: object = w.domain) => signer.signTypedData(data(word, domain) as never);
  const compact = (signature: Hex) => {
    const { r, yParityAndS } = signatureToCompactSignature(parseSignature(signature));
    return concat([r, yParityAndS]);
  };
  const digest = (word: Word) => hashTypedData(data(word) as never);
  /** What the next anchor of the volume says. */
  const wordFor = async (volumeId: Hex, content: Content, change: Partial<Snapshot> = {}): Promise<{ word: Word; snapshot: Snapshot }> => {
    const newest = await w.hooke.read.anchorOf([volumeId]);
    const snapshot = snapshotOf(content, { previous: newest.commit, ...change });
    return {
      snapshot,
      word: { volume: volumeId, seq: newest.seq + 1n, previous: newest.commit, commit: commitOf(volumeId, content.leafCount, snapshot), leafCount: content.leafCount },
    };
  };
  const attested = async (word: Word, slots: number[], signers = slots.map((i) => w.providers[i].key)) =>
    [slots.reduce((mask, slot) => mask | (1n << BigInt(slot)), 0n), concat(["0x", ...(await Promise.all(signers.map(async (signer) => compact(await sign(signer, word)))))])] as const;
  const send = (word: Word, mask: bigint, signatures: Hex, endorsement: Hex = "0x") =>
    w.hooke.write.anchor([word.volume, word.seq, word.commit, word.leafCount, mask, signatures, endorsement], l.byStranger);
  /** Anchors the content, signed by the holders of these slots (slot i by provider i), and endorsed by the consumer if asked. */
  const anchor = async (volumeId: Hex, content: Content, slots = [0, 1], endorsed = false) => {
    const { word, snapshot } = await wordFor(volumeId, content);
    await send(word, ...(await attested(word, slots)), endorsed ? await sign(w.consumer, word) : "0x");
    return snapshot;
  };
  /** Time goes to the beginning of the next epoch and `seconds` more. */
  const nextEpoch = async (t: LeaseTerms, seconds = 1) => {
    const id = await w.hooke.read.leaseIdOf([t]);
    const { createdAt } = await w.hooke.read.leaseOf([id]);
    const length = BigInt(t.epochSeconds);
    const epoch = ((await l.now()) - BigInt(createdAt)) / length + 1n;
    await w.networkHelpers.time.increaseTo(BigInt(createdAt) + epoch * length + BigInt(seconds));
    return Number(epoch);
  };
  /** Draws and seals the running epoch; returns the seed. */
  const drawAndSeal = async (id: Hex) => {
    await w.hooke.write.draw([id], l.byStranger);
    await w.networkHelpers.mine(2, { interval: 0 });
    await w.hooke.write.seal([id], l.byStranger);
    return w.hooke.read.seedOf([id, await w.hooke.read.epochOf([id])]);
  };
  const prove = async (id: Hex, slot: number, snapshot: Snapshot, content: Content) => {
    const seed = await w.hooke.read.seedOf([id, await w.hooke.read.epochOf([id])]);
    return w.hooke.write.prove([id, slot, proofOf(snapshot, content, seed, slot)], l.byStranger);
  };
  return { ...l, volume, stored, sign, compact, digest, wordFor, attested, send, anchor, nextEpoch, drawAndSeal, prove, RATE, ZERO };
}
export type Storing = ReturnType<typeof storingIn>;
