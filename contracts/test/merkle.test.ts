import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { network } from "hardhat";
import { concat, keccak256, numberToHex, sha256, type Hex } from "viem";

import { LEAVES, commitOf, drawn, leafData, leafHash, pathOf, picked, preimageOf, rootOf, snapshotOf } from "./merkle.ts";

// Checked here against the Solidity; other languages read the file.
const file = new URL("../vectors/rfc9162.json", import.meta.url);

const COUNTS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33, 100, 257];
/** Leaf i of tree `seed`: a few bytes, alike on every machine; their number is in the vectors, too. */
const small = (seed: number, i: number): Hex => keccak256(numberToHex((BigInt(seed) << 32n) | BigInt(i), { size: 32 })).slice(0, 2 + 2 * ((i * 7) % 33)) as Hex;

function generate() {
  const trees = COUNTS.map((count, seed) => {
    const data = Array.from({ length: count }, (_, i) => small(seed, i));
    const hashes = data.map(leafHash);
    const positions = [...new Set([0, count >> 1, count - 2, count - 1])].filter((i) => i >= 0).sort((a, b) => a - b);
    return {
      leafCount: count, root: rootOf(hashes), ...(count <= 9 && { leaves: data }),
      proofs: positions.map((index) => ({ index, leaf: data[index], leafHash: hashes[index], path: pathOf(hashes, index) })),
    };
  });
  const commits = [0n, 1n, 5n, 1n << 30n].map((leafCount, i) => {
    const volume = keccak256(numberToHex(i, { size: 32 }));
    const s = snapshotOf({ leafCount, dataRoot: leafCount === 0n ? sha256("0x") : keccak256(volume), leaf: () => "0x", path: () => [] }, { version: i + 1, previous: sha256(volume) });
    return {
      volume, version: s.version, raftEpoch: String(s.raftEpoch), raftIndex: String(s.raftIndex), leafCount: String(leafCount), dataRoot: s.dataRoot,
      metaRoot: s.metaRoot, previous: s.previous, time: String(s.time), preimage: preimageOf(s), commit: commitOf(volume, leafCount, s),
    };
  });
  const draws = [0, 1, 2, 3].map((i) => {
    const seed = keccak256(numberToHex(99 + i, { size: 32 }));
    const leafCount = [0n, 1n, 1000n, 1n << 30n][i];
    return { seed, slot: i, drawOneIn: i + 1, leafCount: String(leafCount), picked: picked(seed, i, i + 1), leaves: drawn(seed, i, leafCount).map(String) };
  });
  return {
    what: "RFC 9162 trees with SHA-256, commits of volumes and draws of leaves: contracts/src/interfaces/IVolumes.sol. Written by contracts/test/merkle.test.ts",
    empty: rootOf([]), leafOf1024: { data: leafData(1), hash: leafHash(leafData(1)) }, trees, commits, draws,
  };
}

async function probe() {
  const { viem } = await network.create();
  return { tree: await viem.deployContract("Rfc9162Probe"), volumes: await viem.deployContract("Volumes") };
}

test("theVectorsAreWhatTheRuleGivesAndTheContractTakesThem", async () => {
  const vectors = generate();
  const text = JSON.stringify(vectors, null, 1) + "\n";
  if (process.env.UPDATE_SNAPSHOTS || !existsSync(file)) writeFileSync(file, text);
  assert.equal(readFileSync(file, "utf8"), text, "UPDATE_SNAPSHOTS=1 renews it");
  const { tree, volumes } = await probe();
  assert.equal(await tree.read.leafHash([vectors.leafOf1024.data]), vectors.leafOf1024.hash);
  for (const t of vectors.trees) {
    for (const p of t.proofs) {
      assert.equal(await tree.read.leafHash([p.leaf]), p.leafHash);
      const path = concat(["0x", ...p.path]);
      assert.deepEqual(await tree.read.rootFrom([p.leafHash, BigInt(p.index), BigInt(t.leafCount - 1), path]), [t.root, BigInt(32 * p.path.length)]);
    }
  }
  for (const d of vectors.draws) {
    assert.deepEqual(await volumes.read.drawOf([d.seed, d.slot, d.drawOneIn, BigInt(d.leafCount)]), [d.picked, d.leaves.map(BigInt)]);
    assert.ok(d.leaves.length === (d.leafCount === "0" ? 0 : LEAVES));
  }
});

test("anyLeafLeadsToTheRootFromItsPlaceAndFromNoOther", async () => {
  const { tree } = await probe();
  const seed = Number(process.env.SEED ?? 3);
  let x = seed;
  const roll = (n: number) => (x = (x * 48271) % 2147483647) % n;
  for (let round = 0; round < 60; round++) {
    const count = 1 + roll(70);
    const hashes = Array.from({ length: count }, (_, i) => leafHash(small(roll(1000), i)));
    const index = roll(count);
    const path = pathOf(hashes, index);
    const from = (leaf: Hex, at: number, last: number, nodes: Hex[]) => tree.read.rootFrom([leaf, BigInt(at), BigInt(last), concat(["0x", ...nodes])]);
    const note = `seed ${seed}, round ${round}: ${index} of ${count}`;
    assert.deepEqual(await from(hashes[index], index, count - 1, path), [rootOf(hashes), BigInt(32 * path.length)], note);
    if (count === 1) continue;
    const other = (index + 1 + roll(count - 1)) % count;
    const [root, end] = await from(hashes[index], other, count - 1, path);
    // Another place wants another number of nodes or leads elsewhere; where the leaves are the same, the place does not matter.
    assert.ok(root !== rootOf(hashes) || end !== BigInt(32 * path.length) || hashes[other] === hashes[index], note);
    const wrong = path.with(roll(path.length), hashes[index]);
    assert.notEqual((await from(hashes[index], index, count - 1, wrong))[0], rootOf(hashes), note);
  }
});
