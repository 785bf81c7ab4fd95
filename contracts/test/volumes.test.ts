import assert from "node:assert/strict";
import { before, describe, it } from "node:test";
import hre from "hardhat";
import { concat, getAddress, sha256, zeroAddress, type Hex } from "viem";

import { ANSWER, BOND, LEASED, OPEN, RATE, SUMMONED, type LeaseTerms } from "./lease.ts";
import { LEAVES, contentOf, drawn, picked, preimageOf, proofOf, snapshotOf, tebibyte } from "./merkle.ts";
import { EPOCH, storing, type Storing } from "./volume.ts";
import { ROOT, ZERO, type World } from "./world.ts";

const DAY = 86_400;
const [LEFT, EVICTED, OVER] = [1, 4, 5];

describe("Volumes", () => {
  let w: Storing;
  let me: Hex;
  let stranger: Hex;
  const fails: World["fails"] = (...claim) => w.fails(...claim);
  const money = async () => assert.equal(await w.owed(), await w.holds());
  const finish = async (t: LeaseTerms, slots = [0, 1, 2]) => {
    await w.hooke.write.closeLease([t, 0]);
    await w.hooke.write.claimLeases([t, slots]);
  };
  before(async () => {
    w = await storing(5);
    me = getAddress(w.consumer.account.address);
    stranger = getAddress(w.stranger.account.address);
  });

  it("refusesTermsThatAreNoVolumes", async () => {
    const order = (change: Partial<LeaseTerms>) => w.hooke.write.orderLease([w.volume(change), 0n]);
    for (const [minSlots, maxSlots] of [[0, 3], [3, 16], [4, 3]]) await fails(order({ minSlots, maxSlots }), "BadSlots", [minSlots, maxSlots, 15]);
    for (const change of [{ distinct: false }, { diskMib: 0 }, { drawOneIn: 0 }, { drawOneIn: 17 }]) await fails(order(change), "BadVolume", []);
    for (const epochSeconds of [599, 30 * DAY + 1]) {
      await fails(order({ epochSeconds }), "BadDuration", ["epochSeconds", BigInt(epochSeconds), 600n, BigInt(30 * DAY)]);
    }
    // Else who keeps nothing would earn more, by its time to copy and the draws that miss it, than it loses when it is evicted.
    const required = (2n * 4n + 3n) * BigInt(EPOCH) * RATE;
    await fails(order({ drawOneIn: 4, repairEpochs: 3, bond: required - 1n }), "BondTooSmall", [required - 1n, required]);
    await order({ drawOneIn: 4, repairEpochs: 3, bond: required });
    const id = await w.orderLease(w.lease(), 0n);
    for (const unknown of [id, ROOT]) {
      await fails(w.hooke.read.epochOf([unknown]), "VolumeNotLive", [unknown]);
      await fails(w.hooke.read.epochAnchorOf([unknown]), "VolumeNotLive", [unknown]);
      await fails(w.hooke.write.anchor([unknown, 1n, ROOT, 0n, 0n, "0x", "0x"]), "VolumeNotLive", [unknown]);
      await fails(w.hooke.write.endorse([unknown, 1n, ZERO, "0x"]), "VolumeNotLive", [unknown]);
      for (const step of ["draw", "seal"] as const) await fails(w.hooke.write[step]([unknown]), "VolumeNotLive", [unknown]);
      await fails(w.hooke.write.prove([unknown, 0, "0x"]), "VolumeNotLive", [unknown]);
    }
    const plain = w.lease();
    const plainId = await w.orderLease(plain, 0n);
    await fails(w.hooke.write.setDelegate([plain, me]), "VolumeNotLive", [plainId]);
    await fails(w.hooke.write.setQuota([plain, 1]), "VolumeNotLive", [plainId]);
    await fails(w.hooke.write.evict([plain, 0, 1, 2]), "VolumeNotLive", [plainId]);
  });

  it("anchorsWhatAMajorityOfReplicasSignsAndNothingElse", async () => {
    const { t, id } = await w.stored();
    const content = contentOf(1, 3);
    const { word } = await w.wordFor(id, content);
    assert.equal(await w.hooke.read.anchorDigest([id, 1n, ZERO, word.commit, 3n]), w.digest(word));
    await fails(w.send(word, ...(await w.attested(word, []))), "NoMajority", [id, 0n, 2n]);
    await fails(w.send(word, ...(await w.attested(word, [2]))), "NoMajority", [id, 1n, 2n]);
    const [mask, both] = await w.attested(word, [0, 1]);
    const half = both.slice(0, 130) as Hex;
    const forged: [bigint, Hex, number][] = [
      [mask, half, 1],
      [mask, concat([half, half]), 1],
      [mask, `${both.slice(0, -2)}` as Hex, 1],
      [6n, both, 1],
      [1n | (1n << 15n), both, 15],
      [1n | (1n << 200n), both, 200],
      [3n | 8n, (await w.attested(word, [0, 1, 3]))[1], 3],
      [mask, (await w.attested(word, [0, 1], [w.providers[0].key, w.stranger]))[1], 1],
      [mask, concat([half, `0x${"00".repeat(64)}`]), 1],
      [mask, (await w.attested({ ...word, commit: ROOT }, [0, 1]))[1], 0],
      [mask, (await w.attested({ ...word, leafCount: 4n }, [0, 1]))[1], 0],
      [mask, (await w.attested({ ...word, seq: 2n }, [0, 1]))[1], 0],
      [mask, (await w.attested({ ...word, previous: ROOT }, [0, 1]))[1], 0],
      [mask, (await w.attested({ ...word, volume: ROOT }, [0, 1]))[1], 0],
      [mask, concat([w.compact(await w.sign(w.providers[0].key, word, { ...w.domain, chainId: 1 })), half]), 0],
      [mask, concat([w.compact(await w.sign(w.providers[0].key, word, { ...w.domain, verifyingContract: w.token.address })), half]), 0],
    ];
    for (const [m, s, slot] of forged) await fails(w.send(word, m, s), "BadAttestation", [id, slot]);
    for (const seq of [0n, 2n]) await fails(w.send({ ...word, seq }, mask, both), "StaleAnchor", [id, seq, 1n]);
    await fails(w.send({ ...word, leafCount: 1024n * 1024n + 1n }, mask, both), "OverQuota", [1024n * 1024n + 1n, 1024]);
    assert.deepEqual(await w.hooke.read.anchorOf([id]), { commit: ZERO, seq: 0n, leafCount: 0n, madeAt: 0, endorsed: false });
    await w.send(word, mask, both);
    const made = await w.hooke.read.anchorOf([id]);
    assert.deepEqual([made.commit, made.seq, made.leafCount, made.endorsed], [word.commit, 1n, 3n, false]);
    await fails(w.send(word, mask, both), "StaleAnchor", [id, 1n, 2n]);
    // The same snapshot again needs new words: they name the anchor before.
    await fails(w.send({ ...word, seq: 2n }, mask, both), "BadAttestation", [id, 0]);

    // Of four replicas three must sign; of the one that is left over none can.
    await w.hooke.write.openSlots([t, [3], 0]);
    await w.bid(t, 3, 3);
    const next = (await w.wordFor(id, content)).word;
    await fails(w.send(next, ...(await w.attested(next, [0, 3]))), "NoMajority", [id, 2n, 3n]);
    await w.send(next, ...(await w.attested(next, [0, 1, 3])));
    await w.hooke.write.closeSlots([t, [1, 2, 3], 0, 0]);
    const last = (await w.wordFor(id, content)).word;
    await fails(w.send(last, ...(await w.attested(last, [0]))), "NoMajority", [id, 1n, 2n]);
    await fails(w.send(last, ...(await w.attested(last, [0, 1]))), "BadAttestation", [id, 1]);
    await finish(t, [0]);
    await fails(w.send(last, ...(await w.attested(last, [0, 1]))), "VolumeNotLive", [id]);
    await money();
  });

  it("shrinksOnlyWithTheWordOfTheOwnerOrItsDelegate", async () => {
    const { t, id } = await w.stored();
    await w.anchor(id, contentOf(2, 4));
    const less = contentOf(2, 2);
    const { word } = await w.wordFor(id, less);
    const [mask, both] = await w.attested(word, [1, 2]);
    await fails(w.send(word, mask, both), "ShrinkNotEndorsed", [id, 2n, 4n]);
    for (const forged of [
      await w.sign(w.stranger, word), (await w.sign(w.consumer, word)).slice(0, -2) as Hex, await w.sign(w.consumer, { ...word, leafCount: 3n }),
      await w.sign(w.consumer, word, { ...w.domain, chainId: 1 }), "0x00" as Hex,
    ]) await fails(w.send(word, mask, both, forged), "BadEndorsement", [id, 2n]);
    const delegated = await w.sign(w.stranger, word);
    await fails(w.hooke.write.setDelegate([t, stranger], w.byStranger), "NotConsumer", [stranger, me]);
    await w.hooke.write.setDelegate([t, stranger]);
    await w.send(word, mask, both, delegated);
    assert.equal((await w.hooke.read.anchorOf([id])).endorsed, true);

    // The same word may come later.
    await w.anchor(id, less);
    const { commit, leafCount } = await w.hooke.read.anchorOf([id]);
    const third = { volume: id, seq: 3n, previous: word.commit, commit, leafCount };
    const signed = await w.sign(w.consumer, third);
    for (const seq of [0n, 2n, 4n]) await fails(w.hooke.write.endorse([id, seq, word.commit, signed]), "StaleAnchor", [id, seq, 3n]);
    await fails(w.hooke.write.endorse([id, 3n, ROOT, signed]), "BadEndorsement", [id, 3n]);
    await w.hooke.write.setDelegate([t, zeroAddress]);
    await fails(w.hooke.write.endorse([id, 3n, word.commit, await w.sign(w.stranger, third)]), "BadEndorsement", [id, 3n]);
    await w.hooke.write.endorse([id, 3n, word.commit, signed], w.byStranger);
    assert.equal((await w.hooke.read.anchorOf([id])).endorsed, true);
    await finish(t);
  });

  it("growsAndShrinksByQuotaOnceEveryReplicaHasAgreed", async () => {
    const { t, id } = await w.stored({ diskMib: 1 });
    await fails(w.hooke.write.setQuota([t, 2], w.byStranger), "NotConsumer", [stranger, me]);
    await fails(w.hooke.write.setQuota([t, 0]), "OverQuota", [0n, 0]);
    await fails(w.hooke.write.setQuota([t, 2]), "BelowQuota", [1, 2]);
    const resize = async (slot: number, diskMib: number, price = RATE) => {
      const { version } = await w.slotOf(t, slot);
      const change = { price, cpuMillis: 1, memoryMib: 1, diskMib, deadline: 2 ** 39 };
      return w.hooke.write.resizeLease([t, slot, change, await w.signResize(w.consumer, id, slot, version, change), "0x"], w.key(slot));
    };
    await fails(resize(0, 2), "NeverProven", [id, 0]);
    const content = contentOf(3, 3);
    const snapshot = await w.anchor(id, content);
    await w.nextEpoch(t);
    await w.drawAndSeal(id);
    for (const slot of [0, 1, 2]) await w.prove(id, slot, snapshot, content);
    const paidUntil = BigInt((await w.slotOf(t, 0)).paidUntil);
    const before = await w.earnings(0);
    for (const slot of [0, 1]) await resize(slot, 2, 2n * RATE);
    await fails(w.hooke.write.setQuota([t, 2]), "BelowQuota", [1, 2]);
    const { paidUntil: at } = await w.slotOf(t, 0);
    assert.equal((await w.earnings(0)) - before, RATE * (BigInt(at) - paidUntil), "up to this second, the running epoch too");
    await resize(2, 2, 2n * RATE);
    await w.hooke.write.openSlots([t, [3], 0]);
    const { balance, syncedAt, rate } = await w.hooke.read.leaseOf([id]);
    const when = await w.next(50);
    await w.hooke.write.setQuota([t, 2]);
    // A new quota changes no money: what was earned until now is not given back.
    const after = await w.hooke.read.leaseOf([id]);
    assert.equal(after.balance + after.rate * (when - BigInt(after.syncedAt)), balance - rate * (when - BigInt(syncedAt)));
    assert.equal((await w.hooke.read.volumeOf([id])).quotaMib, 2);
    // Who bids promises the quota of now, or says that it does not.
    await fails(w.hooke.write.bidLease([t, 3, RATE, 1], w.key(3)), "BelowQuota", [1, 2]);
    await w.hooke.write.bidLease([t, 3, RATE, 3], w.key(3));
    assert.equal((await w.hooke.read.replicaOf([id, 3])).diskMib, 3);
    await fails(resize(0, 1), "BelowQuota", [1, 2]);
    // What is anchored stays within.
    await w.anchor(id, { ...tebibyte(), leafCount: 2048n }, [0, 1, 2]);
    await fails(w.hooke.write.setQuota([t, 1]), "OverQuota", [2048n, 1]);
    await w.anchor(id, contentOf(3, 2), [0, 1, 2], true);
    await w.hooke.write.setQuota([t, 1]);
    await resize(0, 1, RATE / 2n);
    await finish(t, [0, 1, 2, 3]);
    await money();
  });

  it("drawsInTheFirstHalfOfAnEpochWhoseBeginningHadAnAnchor", async () => {
    const { t, id } = await w.stored();
    await fails(w.hooke.write.draw([id]), "NothingToDraw", [id, 0]);
    await w.nextEpoch(t);
    await fails(w.hooke.write.draw([id]), "NothingToDraw", [id, 1]);
    await fails(w.hooke.read.epochAnchorOf([id]), "NothingToDraw", [id, 1]);
    const old = contentOf(4, 5);
    await w.anchor(id, old);
    await fails(w.hooke.write.draw([id]), "NothingToDraw", [id, 1]);
    await fails(w.hooke.write.seal([id]), "NotYetDrawn", [id, 1]);
    assert.equal((await w.hooke.read.volumeOf([id])).drawableFrom, 2);
    const { createdAt } = await w.hooke.read.leaseOf([id]);
    assert.equal(await w.nextEpoch(t), 2);
    const half = BigInt(createdAt) + BigInt(2.5 * EPOCH);
    await w.next(half + 1n);
    await fails(w.hooke.write.draw([id]), "TooLate", [half, half + 1n]);
    await w.next(half);
    await w.hooke.write.draw([id], w.byStranger);
    const block = (await w.client.getBlockNumber()) + 1n;
    await fails(w.hooke.write.draw([id]), "AlreadyDrawn", [id, 2]);
    await fails(w.hooke.write.seal([id]), "SeedNotReady", [block + 1n, (when: bigint) => when <= block]);
    await w.networkHelpers.mine(2, { interval: 0 });
    // Anchors of the running epoch do not change what is drawn, however many.
    for (const n of [6, 7, 8]) await w.anchor(id, contentOf(4, n));
    assert.deepEqual([(await w.hooke.read.anchorOf([id])).leafCount, (await w.hooke.read.epochAnchorOf([id])).leafCount], [8n, 5n]);
    await w.hooke.write.seal([id], w.byStranger);
    await fails(w.hooke.write.seal([id]), "AlreadySealed", [id, 2]);
    const seed = await w.hooke.read.seedOf([id, 2]);
    assert.equal(seed, (await w.client.getBlock({ blockNumber: block })).hash);
    for (const slot of [0, 1, 2]) {
      for (const oneIn of [1, 2, 3, 16]) {
        assert.deepEqual(await w.hooke.read.drawOf([seed, slot, oneIn, 5n]), [picked(seed, slot, oneIn), drawn(seed, slot, 5n)]);
      }
    }
    assert.deepEqual(await w.hooke.read.drawOf([seed, 0, 0, 0n]), [false, []]);
    assert.equal(BigInt(LEAVES), await w.hooke.read.LEAVES());
    await w.nextEpoch(t);
    assert.equal((await w.hooke.read.epochAnchorOf([id])).leafCount, 8n);
    await fails(w.hooke.write.seal([id]), "NotYetDrawn", [id, 3]);
    // A draw that nobody seals while the chain knows the block is lost, and not repeated.
    await w.hooke.write.draw([id]);
    await w.networkHelpers.mine(260, { interval: 0 });
    await fails(w.hooke.write.seal([id]), "SeedLost", [id, 3]);
    await fails(w.hooke.write.draw([id]), "AlreadyDrawn", [id, 3]);
    await finish(t);
  });

  it("takesForProofOnlyTheLeavesThatWereDrawnOfTheAnchorThatWasCurrent", async () => {
    const { t, id } = await w.stored();
    const content = contentOf(5, 13);
    const snapshot = await w.anchor(id, content);
    await w.nextEpoch(t);
    await w.hooke.write.draw([id]);
    const block = (await w.client.getBlockNumber()) + 1n;
    await fails(w.hooke.write.prove([id, 0, "0x"]), "SeedNotReady", [block + 1n, (when: bigint) => when <= block]);
    await w.networkHelpers.mine(2, { interval: 0 });
    const seed = (await w.client.getBlock({ blockNumber: block })).hash!;
    const right = proofOf(snapshot, content, seed, 1);
    const refuse = (proof: Hex, slot = 1) => fails(w.hooke.write.prove([id, slot, proof]), "BadPossession", [id, slot]);
    const flip = (hex: Hex, byte: number) => {
      const place = 2 + 2 * byte;
      return `${hex.slice(0, place)}${(Number.parseInt(hex.slice(place, place + 2), 16) ^ 1).toString(16).padStart(2, "0")}${hex.slice(place + 2)}` as Hex;
    };
    await refuse("0x");
    await refuse(right.slice(0, 2 + 2 * 120) as Hex);
    await refuse(right.slice(0, 2 + 2 * 121) as Hex);
    await refuse(right.slice(0, -2) as Hex);
    await refuse(concat([right, "0x00"]));
    await refuse(right, 0);
    const end = (right.length - 2) / 2 - 1;
    for (const byte of [0, 1, 9, 17, 25, 57, 89, 120, 121, 121 + 1023, 121 + 1024, end]) await refuse(flip(right, byte));
    await refuse(proofOf(snapshot, content, ROOT, 1));
    await refuse(proofOf(snapshotOf(contentOf(6, 13)), contentOf(6, 13), seed, 1));
    await fails(w.hooke.write.prove([id, 3, right]), "NoReplica", [id, 3]);
    await fails(w.hooke.write.prove([id, 15, right]), "NoReplica", [id, 15]);
    assert.equal((await w.hooke.read.replicaOf([id, 15])).key, zeroAddress);
    assert.equal(await w.hooke.read.provedIn([id, 1, 1]), false);
    // Whoever holds the bytes may show them; it seals the draw, too.
    await w.hooke.write.prove([id, 1, right], w.byStranger);
    assert.equal(await w.hooke.read.seedOf([id, 1]), seed);
    assert.deepEqual([await w.hooke.read.provedIn([id, 1, 1]), (await w.hooke.read.replicaOf([id, 1])).provedEpoch], [true, 1]);
    await fails(w.hooke.write.prove([id, 1, right]), "AlreadyProven", [id, 1, 1]);
    await w.nextEpoch(t);
    await fails(w.hooke.write.prove([id, 1, right]), "NotYetDrawn", [id, 2]);
    await w.hooke.write.draw([id]);
    await w.networkHelpers.mine(260, { interval: 0 });
    await fails(w.hooke.write.prove([id, 1, right]), "SeedLost", [id, 2]);
    await finish(t);
  });

  it("provesTreesOfAnyNumberOfLeavesAndTheEmptyVolume", async () => {
    const { t, id } = await w.stored({ repairEpochs: 0 });
    for (const count of [0, 1, 2, 3, 6, 11]) {
      const content = contentOf(10 + count, count);
      const snapshot = await w.anchor(id, content);
      await w.nextEpoch(t);
      await w.drawAndSeal(id);
      if (count === 0) {
        assert.equal(snapshot.dataRoot, sha256("0x"));
        await fails(w.hooke.write.prove([id, 0, concat([preimageOf(snapshot), ROOT])]), "BadPossession", [id, 0]);
      }
      for (const slot of [0, 1, 2]) await w.prove(id, slot, snapshot, content);
    }
    await finish(t);
  });

  it("paysNothingBeforeTheFirstProofAndThenAllThatWasHeld", async () => {
    const { t, id } = await w.stored();
    const since = await Promise.all([0, 1, 2].map(async (slot) => BigInt((await w.slotOf(t, slot)).paidUntil)));
    const before = await Promise.all([0, 1, 2].map(w.earnings));
    await w.nextEpoch(t);
    await w.nextEpoch(t, 700);
    await w.hooke.write.claimLeases([t, [0, 1, 2]]);
    assert.deepEqual(await Promise.all([0, 1, 2].map(w.earnings)), before, "before the first anchor pay is held");
    const content = contentOf(7, 3);
    const snapshot = await w.anchor(id, content);
    const epoch = await w.nextEpoch(t);
    await w.hooke.write.claimLeases([t, [0, 1, 2]]);
    assert.deepEqual(await Promise.all([0, 1, 2].map(w.earnings)), before);
    await w.drawAndSeal(id);
    await w.prove(id, 0, snapshot, content);
    await w.prove(id, 1, snapshot, content);
    await w.hooke.write.claimLeases([t, [0]]);
    const { createdAt } = await w.hooke.read.leaseOf([id]);
    const start = BigInt(createdAt) + BigInt(epoch * EPOCH);
    assert.equal((await w.earnings(0)) - before[0], RATE * (start - since[0]), "up to the running epoch");
    assert.equal(await w.nextEpoch(t), epoch + 1);
    await w.hooke.write.claimLeases([t, [0, 1, 2]]);
    const end = start + BigInt(EPOCH);
    for (const i of [0, 1]) assert.equal((await w.earnings(i)) - before[i], RATE * (end - since[i]));
    // Who never proved is never paid; what it would have had is the consumer's when it goes.
    assert.equal(await w.earnings(2), before[2]);
    const { free } = await w.hooke.read.accountOf([me]);
    const at = await w.next(5);
    await w.hooke.write.closeSlots([t, [2], 0, 1]);
    assert.equal((await w.hooke.read.accountOf([me])).free - free, RATE * (at - since[2]));
    assert.equal(await w.earnings(2), before[2]);
    await finish(t, [0, 1]);
    await money();
  });

  it("paysForProvenEpochsForThoseNotPickedAndForNoneThatNobodyDrew", async () => {
    const { t, id } = await w.stored({ drawOneIn: 2, repairEpochs: 0 });
    const content = contentOf(8, 4);
    const snapshot = await w.anchor(id, content);
    const before = await Promise.all([0, 1, 2].map(w.earnings));
    const since = await Promise.all([0, 1, 2].map(async (slot) => BigInt((await w.slotOf(t, slot)).paidUntil)));
    const { createdAt } = await w.hooke.read.leaseOf([id]);
    // In the first epoch that can be drawn all prove, picked or not.
    let epoch = await w.nextEpoch(t);
    await w.drawAndSeal(id);
    for (const slot of [0, 1, 2]) await w.prove(id, slot, snapshot, content);
    const unpaid = [0n, 0n, 0n];
    let misses = 0;
    // Seeds are hashes of blocks, another in each run: on until slot 2 has been picked, which 40 draws do not miss.
    for (let round = 0; round < 5 || (misses === 0 && round < 40); round++) {
      epoch = await w.nextEpoch(t);
      if (round === 2) {
        for (const i of [0, 1, 2]) unpaid[i] += BigInt(EPOCH); // nobody draws
        continue;
      }
      const seed = await w.drawAndSeal(id);
      for (const slot of [0, 1, 2]) {
        if (!picked(seed, slot, 2)) continue;
        if (slot !== 2) await w.prove(id, slot, snapshot, content);
        else {
          misses++;
          unpaid[2] += BigInt(EPOCH);
        }
      }
    }
    await w.nextEpoch(t);
    const { free } = await w.hooke.read.accountOf([me]);
    await w.hooke.write.claimLeases([t, [0, 1, 2]]);
    const end = BigInt(createdAt) + BigInt((epoch + 1) * EPOCH);
    for (const i of [0, 1, 2]) assert.equal((await w.earnings(i)) - before[i], RATE * (end - since[i] - unpaid[i]), `replica ${i}`);
    assert.equal((await w.hooke.read.accountOf([me])).free - free, RATE * (unpaid[0] + unpaid[1] + unpaid[2]));
    assert.ok(misses > 0, "no draw picked slot 2");
    await finish(t);
    await money();
  });

  it("evictsWhoWasPickedTwiceAndHasNotProvenSince", async () => {
    const { t, id } = await w.stored({ repairEpochs: 0 });
    const content = contentOf(9, 4);
    const snapshot = await w.anchor(id, content);
    const evict = (first: number, second: number, slot = 2) => w.hooke.write.evict([t, slot, first, second], w.byStranger);
    const others = async () => {
      for (const slot of [0, 1]) await w.prove(id, slot, snapshot, content);
    };
    await w.nextEpoch(t);
    await w.drawAndSeal(id);
    await others();
    await w.prove(id, 2, snapshot, content); // 1
    await w.nextEpoch(t);
    await w.drawAndSeal(id);
    await others(); // 2: fails
    await w.nextEpoch(t);
    await w.drawAndSeal(id);
    await others();
    await w.prove(id, 2, snapshot, content); // 3: so the first failure is forgiven
    await w.nextEpoch(t);
    await w.drawAndSeal(id);
    await others(); // 4: fails
    await fails(evict(2, 4), "NotFailed", [id, 2, 2]);
    await fails(evict(3, 4), "NotFailed", [id, 2, 3]);
    await w.nextEpoch(t); // 5: nobody draws
    await fails(evict(4, 5), "NotFailed", [id, 2, 5]);
    await w.nextEpoch(t);
    await fails(evict(4, 5), "NotFailed", [id, 2, 5]);
    await w.drawAndSeal(id); // 6: fails
    await others();
    await fails(evict(4, 6), "NotFailed", [id, 2, 6]);
    await w.nextEpoch(t, 200);
    for (const [first, second, wrong] of [[4, 4, 4], [6, 4, 4], [0, 6, 0], [4, 7, 7], [4, 2 ** 31, 2 ** 31]]) {
      await fails(evict(first, second), "NotFailed", [id, 2, wrong]);
    }
    await fails(evict(4, 6, 0), "NotFailed", [id, 0, 4]);
    await fails(evict(4, 6, 3), "WrongLeaseSlot", [id, 3, 0]);
    await fails(evict(4, 6, 5), "NoSuchSlot", [5, 5]);

    const before = { earned: await w.earnings(2), burned: await w.hooke.read.burned(), stake: (await w.operator(2)).stake };
    const { free } = await w.hooke.read.accountOf([me]);
    const since = BigInt((await w.slotOf(t, 2)).paidUntil);
    const at = await w.next(50);
    await evict(4, 6);
    const [log] = await w.hooke.getEvents.LeaseEnded();
    assert.deepEqual([log.args.how, log.args.burned], [EVICTED, BOND]);
    const { createdAt } = await w.hooke.read.leaseOf([id]);
    const earned = BigInt(createdAt) + BigInt(2 * EPOCH) - since + BigInt(EPOCH); // up to epoch 1, and 3
    assert.equal((await w.earnings(2)) - before.earned, RATE * earned);
    assert.equal((await w.hooke.read.accountOf([me])).free - free, RATE * (at - since - earned), "the running epoch was not drawn");
    assert.equal((await w.hooke.read.burned()) - before.burned, BOND);
    assert.equal(before.stake - (await w.operator(2)).stake, BOND);
    assert.deepEqual([(await w.slotOf(t, 2)).state, (await w.hooke.read.replicaOf([id, 2])).key], [OPEN, zeroAddress]);

    // A newcomer repairs: it is paid when it has proven, and its predecessor's failures are not its own.
    await w.bid(t, 4, 2);
    assert.equal((await w.hooke.read.replicaOf([id, 2])).firstEpoch, 8);
    await fails(evict(4, 6), "NotFailed", [id, 2, 4]);
    const held = BigInt((await w.slotOf(t, 2)).paidUntil);
    const newcomer = await w.earnings(4);
    await w.nextEpoch(t);
    await w.drawAndSeal(id);
    await w.prove(id, 2, snapshot, content);
    await w.nextEpoch(t);
    await w.hooke.write.claimLeases([t, [2]]);
    assert.equal((await w.earnings(4)) - newcomer, RATE * (BigInt(createdAt) + BigInt(9 * EPOCH) - held));
    await finish(t);
    await money();
  });

  it("takesMoreFromWhoKeepsNothingThanAllItsTimeToCopyPaid", async () => {
    const repairEpochs = 6;
    const bond = BigInt((2 + repairEpochs) * EPOCH) * RATE;
    const { t, id } = await w.stored({ repairEpochs, bond });
    const [before, burned] = [await w.earnings(2), await w.hooke.read.burned()];
    // An empty volume is proven by public bytes. Provider 2 does so, and then keeps none of what comes.
    const empty = contentOf(16, 0);
    const first = await w.anchor(id, empty);
    await w.nextEpoch(t);
    await w.drawAndSeal(id);
    for (const slot of [0, 1, 2]) await w.prove(id, slot, first, empty);
    const content = contentOf(17, 9);
    const snapshot = await w.anchor(id, content);
    let epoch = 1;
    while (epoch < repairEpochs + 2) {
      epoch = await w.nextEpoch(t);
      await w.drawAndSeal(id);
      for (const slot of [0, 1]) await w.prove(id, slot, snapshot, content);
    }
    await w.nextEpoch(t);
    await w.hooke.write.evict([t, 2, epoch - 1, epoch], w.byStranger);
    const earned = (await w.earnings(2)) - before;
    assert.ok(earned > BigInt(repairEpochs * EPOCH) * RATE, "it is paid while it may still be copying");
    assert.equal((await w.hooke.read.burned()) - burned, bond);
    assert.ok(earned < bond, `it earned ${earned} and lost ${bond}`);
    await finish(t, [0, 1]);
    await money();
  });

  it("countsNoFailureAfterANoticeWasOverNorInTheTimeToRepair", async () => {
    const { t, id } = await w.stored({ repairEpochs: 2, noticeSeconds: EPOCH });
    const content = contentOf(11, 4);
    await w.anchor(id, content);
    for (let i = 1; i <= 5; i++) {
      await w.nextEpoch(t);
      await w.drawAndSeal(id);
      if (i === 2) await w.hooke.write.giveNotice([t, 1], w.key(1)); // over within epoch 3
    }
    await w.nextEpoch(t);
    await fails(w.hooke.write.evict([t, 0, 1, 2]), "NotFailed", [id, 0, 1]);
    await fails(w.hooke.write.evict([t, 0, 2, 3]), "NotFailed", [id, 0, 2]);
    await fails(w.hooke.write.evict([t, 1, 3, 4]), "NotFailed", [id, 1, 3]);
    await w.hooke.write.leaveLease([t, 1], w.byStranger);
    const [log] = await w.hooke.getEvents.LeaseEnded();
    assert.deepEqual([log.args.how, log.args.burned], [LEFT, 0n]);
    await w.hooke.write.evict([t, 0, 3, 4]);
    // A summons does not save a replica from its failures.
    await w.hooke.write.summon([t, 2]);
    assert.equal((await w.slotOf(t, 2)).state, SUMMONED);
    await w.pass(ANSWER);
    await w.hooke.write.evict([t, 2, 4, 5]);
    await finish(t, []);
    await money();
  });

  it("decidesManyEpochsInBoundedSteps", async () => {
    const { t, id } = await w.stored({ termSeconds: 400 * EPOCH, repairEpochs: 0 });
    const content = contentOf(12, 2);
    const snapshot = await w.anchor(id, content);
    await w.nextEpoch(t);
    await w.drawAndSeal(id);
    await w.prove(id, 0, snapshot, content);
    const since = BigInt((await w.slotOf(t, 0)).paidUntil);
    await w.pass(150 * EPOCH);
    const { createdAt } = await w.hooke.read.leaseOf([id]);
    await fails(w.hooke.write.closeSlots([t, [0], 0, 0]), "EpochsUndecided", [id, 0, BigInt(createdAt + 64 * EPOCH)]);
    const before = await w.earnings(0);
    const claim = await w.gas(w.hooke.write.claimLeases([t, [0]]));
    // Coverage counts by instructions of its own, which cost gas.
    if (!hre.globalOptions.coverage) assert.ok(claim < 400_000n, `${claim}`);
    assert.equal((await w.slotOf(t, 0)).paidUntil, createdAt + 64 * EPOCH);
    assert.equal((await w.earnings(0)) - before, RATE * (BigInt(createdAt) + BigInt(2 * EPOCH) - since), "the others were not drawn");
    await w.hooke.write.closeLease([t, 0]);
    const endedAt = BigInt((await w.hooke.read.leaseOf([id])).endedAt);
    await w.hooke.write.claimLeases([t, [0]]);
    assert.equal((await w.slotOf(t, 0)).state, LEASED, "not all is decided yet");
    await w.hooke.write.claimLeases([t, [0]]);
    const [log] = await w.hooke.getEvents.LeaseEnded();
    assert.equal(log.args.how, OVER);
    const running = (endedAt - BigInt(createdAt)) % BigInt(EPOCH);
    assert.equal((await w.earnings(0)) - before, RATE * (BigInt(createdAt) + BigInt(2 * EPOCH) - since + running), "the running epoch needs no proof");
    // Who never proved is decided at once.
    await w.hooke.write.claimLeases([t, [1, 2]]);
    await money();
  });

  it("paysWhomTheConsumerLeftNoTimeToProveAndNobodyElse", async () => {
    const content = contentOf(15, 2);
    const play = async (steps: (t: LeaseTerms, id: Hex) => Promise<unknown>, end: (t: LeaseTerms) => Promise<unknown>, replicas = [0, 1, 2]) => {
      const { t, id } = await w.stored({ repairEpochs: 2, noticeSeconds: 0 });
      await steps(t, id);
      const since = BigInt((await w.slotOf(t, 2)).paidUntil);
      const before = await w.earnings(2);
      await end(t);
      const at = await w.now();
      await w.hooke.write.closeLease([t, 0]).catch(() => undefined);
      for (const slot of replicas) await w.hooke.write.claimLeases([t, [slot]]).catch(() => undefined);
      return [(await w.earnings(2)) - before, RATE * (at - since)];
    };
    const close = (t: LeaseTerms) => w.hooke.write.closeLease([t, 0]);
    const closeSlot = (t: LeaseTerms) => w.hooke.write.closeSlots([t, [2], 0, 0]);
    const leave = async (t: LeaseTerms) => {
      await w.hooke.write.giveNotice([t, 2], w.key(2));
      await w.hooke.write.leaveLease([t, 2]);
    };
    const anchored = async (_: LeaseTerms, id: Hex) => void (await w.anchor(id, content));
    const later = (epochs: number, then = async (_: LeaseTerms, __: Hex) => {}) => async (t: LeaseTerms, id: Hex) => {
      await anchored(t, id);
      for (let i = 0; i < epochs; i++) await w.nextEpoch(t);
      await then(t, id);
    };
    const none = async () => {};
    for (const [steps, end, all] of [
      [none, close, false], // no anchor, nothing to prove
      [anchored, close, true],
      [anchored, closeSlot, true],
      [later(1), close, true], // in the first epoch that can be drawn
      [later(1), closeSlot, true],
      [later(2), close, false], // that one is over, and it has not proven
      [later(2), closeSlot, false],
      [anchored, leave, false], // its own will
    ] as const) {
      const [paid, full] = await play(steps as never, end);
      assert.equal(paid, all ? full : 0n, `${steps} ${end}`);
    }
    // A newcomer need not wait until it can be drawn: it may prove in the first epoch after it came.
    for (const [epochs, all] of [[0, true], [1, true], [2, false]] as const) {
      const renewed = later(3, async (t) => {
        await w.hooke.write.closeSlots([t, [2], 0, 0]);
        await w.hooke.write.openSlots([t, [2], 0]);
        await w.bid(t, 2, 2);
        for (let i = 0; i < epochs; i++) await w.nextEpoch(t);
      });
      const [paid, full] = await play(renewed, closeSlot);
      assert.equal(paid, all ? full : 0n, `newcomer, ${epochs}`);
    }
    await money();
  });

  it("paysOutWhoseNoticeWasOverLongBeforeTheOrderWas", async () => {
    const { t, id } = await w.stored({ termSeconds: 400 * EPOCH, repairEpochs: 0, noticeSeconds: 0 });
    const content = contentOf(14, 2);
    const snapshot = await w.anchor(id, content);
    await w.nextEpoch(t);
    await w.drawAndSeal(id);
    await w.prove(id, 0, snapshot, content);
    const since = BigInt((await w.slotOf(t, 0)).paidUntil);
    await w.hooke.write.giveNotice([t, 0], w.key(0));
    const left = BigInt((await w.slotOf(t, 0)).switchAt);
    await w.pass(200 * EPOCH);
    const before = await w.earnings(0);
    // More than 64 epochs lie between, none of which it earned.
    await w.hooke.write.closeLease([t, 0]);
    await w.hooke.write.claimLeases([t, [0]]);
    assert.equal((await w.slotOf(t, 0)).state, 0);
    assert.equal((await w.earnings(0)) - before, RATE * (left - since));
    await w.hooke.write.claimLeases([t, [1, 2]]);
    await money();
  });

  it("keepsALapsedVolumeForTheGraceThatWasPaidBefore", async () => {
    const grace = 5000;
    const t = w.volume({ graceSeconds: grace, noticeSeconds: 0, diskMib: 1 });
    const ahead = BigInt(grace + 60);
    const id = await w.orderLease(t, RATE * ahead * 3n - 1n);
    await w.bid(t, 0, 0);
    await w.bid(t, 1, 1);
    await fails(w.bid(t, 2, 2), "Underfunded", [id, 3n * RATE * ahead, (available: bigint) => available < 3n * RATE * ahead]);
    await w.hooke.write.topUpLease([t, 10n * RATE]);
    await w.bid(t, 2, 2);
    const end = await w.hooke.read.leaseEndsAt([t]);
    // In the grace it is funded again like at any other time.
    await w.next(end - BigInt(grace) + 10n);
    await w.hooke.write.topUpLease([t, 3n * RATE * 1000n]);
    assert.equal(await w.hooke.read.leaseEndsAt([t]), end + 1000n);
    await w.next(end + 1001n);
    await w.hooke.write.lapseLease([t], w.byStranger);
    await w.hooke.write.claimLeases([t, [0, 1, 2]]);
    assert.equal((await w.operator(0)).bonded, 0n);
    await fails(w.hooke.write.draw([id]), "VolumeNotLive", [id]);
    for (const call of [
      () => w.hooke.write.setDelegate([t, me]), () => w.hooke.write.setQuota([t, 1]), () => w.hooke.write.evict([t, 0, 1, 2]),
    ]) await fails(call(), "LeaseOver", [id, end + 1000n]);
    const unknown = w.volume();
    const unknownId = await w.hooke.read.leaseIdOf([unknown]);
    for (const call of [
      () => w.hooke.write.setDelegate([unknown, me]), () => w.hooke.write.setQuota([unknown, 1]), () => w.hooke.write.evict([unknown, 0, 1, 2]),
    ]) await fails(call(), "UnknownOrder", [unknownId]);
    await money();
  });

  it("movesAReplicaWithItsDutiesAndItsWord", async () => {
    const { t, id } = await w.stored();
    const spare = w.stranger;
    const { account } = w.providers[0].owner;
    await w.hooke.write.register([w.profileOf(spare.account.address), await w.consentOf(spare, account.address)], { account });
    const before = await w.hooke.read.replicaOf([id, 0]);
    await w.hooke.write.moveLease([t, 0, spare.account.address], w.key(0));
    assert.deepEqual(await w.hooke.read.replicaOf([id, 0]), { ...before, key: stranger });
    const { word } = await w.wordFor(id, contentOf(13, 1));
    await fails(w.send(word, ...(await w.attested(word, [0, 1]))), "BadAttestation", [id, 0]);
    await w.send(word, ...(await w.attested(word, [0, 1], [spare, w.providers[1].key])));
    await fails(w.bid(t, 3, 3), "WrongLeaseSlot", [id, 3, 0]);
    await w.hooke.write.openSlots([t, [3], 0]);
    await fails(w.bid(t, 0, 3), "OperatorHoldsSlot", [1, 0]);
    await finish(t);
    await money();
  });
});
