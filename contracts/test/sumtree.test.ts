import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { network } from "hardhat";
import { keccak256, numberToHex, type Hex } from "viem";

import { leafHash, pathTo, treeOf, type Leaf, type Step } from "./sumtree.ts";

// Checked here against the Solidity and in chain's SumTreeTest against the Java.
const file = new URL("../vectors/sum-tree.json", import.meta.url);

/** Leaves from a seed, alike on every machine. */
function leavesOf(seed: number, count: number, first: number): Leaf[] {
  return Array.from({ length: count }, (_, i) => {
    const h = keccak256(numberToHex((BigInt(seed) << 32n) | BigInt(i), { size: 32 }));
    const n = BigInt(h);
    return {
      index: first + i,
      outcome: Number(n & 3n),
      exitCode: Number((n >> 8n) & 0xffffffffn),
      fuel: (n >> 40n) & 0xffffffffffn,
      size: (n >> 80n) & 0xffffffffn,
      outputRoot: keccak256(h),
    };
  });
}

type Vector = {
  seed: number; first: number; count: number; position: number;
  leaf: { index: number; outcome: number; exitCode: number; fuel: string; size: string; outputRoot: Hex };
  leafHash: Hex; path: { hash: Hex; fuel: string }[]; root: Hex; fuel: string;
};

function generate(): Vector[] {
  const vectors: Vector[] = [];
  for (const [seed, count] of [1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 31, 33, 100, 250].entries()) {
    const first = seed * 1000;
    const leaves = leavesOf(seed, count, first);
    const { hash, fuel } = treeOf(leaves);
    for (const position of new Set([0, count >> 1, count - 1])) {
      const leaf = leaves[position];
      vectors.push({
        seed, first, count, position,
        leaf: { ...leaf, fuel: String(leaf.fuel), size: String(leaf.size) },
        leafHash: leafHash(leaf),
        path: pathTo(leaves, position).map((step) => ({ hash: step.hash, fuel: String(step.fuel) })),
        root: hash, fuel: String(fuel),
      });
    }
  }
  return vectors;
}

async function probe() {
  const { viem } = await network.create();
  return viem.deployContract("SumTreeProbe");
}

test("theVectorsAreWhatTheRuleGivesAndTheContractTakesThem", async () => {
  const text = JSON.stringify({
    what: "Merkle-sum trees over task results: contracts/src/interfaces/ITasks.sol, SumStep. Written by contracts/test/sumtree.test.ts",
    vectors: generate(),
  }, null, 1) + "\n";
  if (process.env.UPDATE_SNAPSHOTS || !existsSync(file)) writeFileSync(file, text);
  assert.equal(readFileSync(file, "utf8"), text, "UPDATE_SNAPSHOTS=1 renews it");
  const p = await probe();
  for (const v of (JSON.parse(text) as { vectors: Vector[] }).vectors) {
    const { index, outcome, exitCode, fuel, size, outputRoot } = v.leaf;
    assert.equal(await p.read.leafHash([index, outcome, exitCode, BigInt(fuel), BigInt(size), outputRoot]), v.leafHash);
    const path = v.path.map((step) => ({ hash: step.hash, fuel: BigInt(step.fuel) }));
    assert.ok(await p.read.holds([v.leafHash, BigInt(fuel), BigInt(v.position), BigInt(v.count), path, v.root, BigInt(v.fuel)]));
  }
});

test("anyLeafIsProvenAtItsPlaceAndNothingElseIs", async () => {
  const p = await probe();
  const seed = Number(process.env.SEED ?? 7);
  let x = seed;
  const roll = (n: number) => (x = (x * 48271) % 2147483647) % n;
  for (let round = 0; round < 60; round++) {
    const count = 1 + roll(40);
    const leaves = leavesOf(seed * 1000 + round, count, 0);
    const position = roll(count);
    const { hash: root, fuel } = treeOf(leaves);
    const path = pathTo(leaves, position);
    const leaf = leafHash(leaves[position]);
    const own = leaves[position].fuel;
    const holds = (change: { leaf?: Hex; own?: bigint; at?: number; count?: number; path?: Step[]; root?: Hex; fuel?: bigint }) =>
      p.read.holds([
        change.leaf ?? leaf, change.own ?? own, BigInt(change.at ?? position), BigInt(change.count ?? count), change.path ?? path,
        change.root ?? root, change.fuel ?? fuel,
      ]);
    const why = `seed ${seed}, round ${round}`;
    assert.ok(await holds({}), why);
    const wrong = [
      { leaf: root === leaf ? keccak256(leaf) : root }, { own: own + 1n }, { fuel: fuel + 1n }, { root: keccak256(root) }, { at: count },
      { path: [...path, { hash: root, fuel: 0n }] }, { count: 2 * count },
      ...(count > 1
        ? [
            { path: path.slice(1) }, { at: (position + 1) % count }, { path: path.map((s, i) => (i === 0 ? { ...s, fuel: s.fuel + 1n } : s)) },
            // Fuel moved from leaf to sibling, the sum unchanged.
            { own: own - 1n, path: path.map((s, i) => (i === 0 ? { ...s, fuel: s.fuel + 1n } : s)) },
          ]
        : []),
    ];
    for (const change of wrong) assert.ok(!(await holds(change)), `${why}: ${JSON.stringify(change, (_, v) => (typeof v === "bigint" ? String(v) : v))}`);
  }
});

test("sumsNeverWrapAround", async () => {
  const p = await probe();
  const big = 2n ** 64n - 1n;
  const leaves = leavesOf(1, 4, 0).map((l) => ({ ...l, fuel: big }));
  // A tree whose sums are cut to 64 bits: the cheat would claim almost no fuel for four full tasks.
  const cut = (s: Step) => ({ ...s, fuel: BigInt.asUintN(64, s.fuel) });
  const left = cut(treeOf(leaves.slice(0, 2)));
  const right = cut(treeOf(leaves.slice(2)));
  const { sha256, encodePacked } = await import("viem");
  const root = sha256(encodePacked(["bytes1", "bytes32", "uint64", "bytes32", "uint64"], ["0x01", left.hash, left.fuel, right.hash, right.fuel]));
  const path = [{ hash: leafHash(leaves[1]), fuel: big }, right];
  const claim = BigInt.asUintN(64, left.fuel + right.fuel);
  assert.equal(await p.read.holds([leafHash(leaves[0]), big, 0n, 4n, path, root, claim]), false);
});
