import { concat, encodeAbiParameters, encodePacked, hexToBytes, keccak256, numberToHex, sha256, type Hex } from "viem";

import { ZERO } from "./world.ts";

// RFC 9162, 2.1: trees over leaves of any number.

export const leafHash = (data: Hex) => sha256(concat(["0x00", data]));
export const nodeHash = (left: Hex, right: Hex) => sha256(concat(["0x01", left, right]));

/** Root over leaf hashes; of none, the hash of nothing. */
export function rootOf(leaves: Hex[]): Hex {
  if (leaves.length === 0) return sha256("0x");
  if (leaves.length === 1) return leaves[0];
  const [left, right] = halves(leaves);
  return nodeHash(rootOf(left), rootOf(right));
}

/** Siblings on the way from the leaf to the root. */
export function pathOf(leaves: Hex[], index: number): Hex[] {
  if (leaves.length === 1) return [];
  const [left, right] = halves(leaves);
  return index < left.length ? [...pathOf(left, index), rootOf(right)] : [...pathOf(right, index - left.length), rootOf(left)];
}

function halves(leaves: Hex[]): [Hex[], Hex[]] {
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return [leaves.slice(0, split), leaves.slice(split)];
}

/** What a volume's commit says besides the volume and the leaf count. */
export type Snapshot = { version: number; raftEpoch: bigint; raftIndex: bigint; time: bigint; dataRoot: Hex; metaRoot: Hex; previous: Hex };

export const commitOf = (volume: Hex, leafCount: bigint, s: Snapshot) =>
  sha256(
    encodePacked(
      ["bytes1", "uint8", "bytes32", "uint64", "uint64", "uint64", "bytes32", "bytes32", "bytes32", "uint64"],
      ["0x10", s.version, volume, s.raftEpoch, s.raftIndex, leafCount, s.dataRoot, s.metaRoot, s.previous, s.time],
    ),
  );
export const preimageOf = (s: Snapshot) =>
  encodePacked(
    ["uint8", "uint64", "uint64", "uint64", "bytes32", "bytes32", "bytes32"],
    [s.version, s.raftEpoch, s.raftIndex, s.time, s.dataRoot, s.metaRoot, s.previous],
  );

export const LEAVES = 5;
/** The leaves that a seed asks of a slot. */
export const drawn = (seed: Hex, slot: number, leafCount: bigint) =>
  leafCount === 0n
    ? []
    : Array.from({ length: LEAVES }, (_, i) => BigInt(keccak256(encodeAbiParameters([{ type: "bytes32" }, { type: "uint8" }, { type: "uint256" }], [seed, slot, BigInt(i)]))) % leafCount);
export const picked = (seed: Hex, slot: number, drawOneIn: number) =>
  BigInt(keccak256(encodeAbiParameters([{ type: "bytes32" }, { type: "uint8" }], [seed, slot]))) % BigInt(drawOneIn) === 0n;

/** 1,024 bytes that look like anything, alike on every machine. */
export function leafData(seed: number): Hex {
  const words: Hex[] = [];
  for (let i = 0; i < 32; i++) words.push(keccak256(numberToHex((BigInt(seed) << 8n) | BigInt(i), { size: 32 })));
  return concat(words);
}

/** A volume's content: `leafCount` leaves made from a seed. */
export function contentOf(seed: number, leafCount: number) {
  const data = Array.from({ length: leafCount }, (_, i) => leafData(seed * 1000 + i));
  const hashes = data.map(leafHash);
  return {
    leafCount: BigInt(leafCount),
    dataRoot: rootOf(hashes),
    leaf: (index: bigint) => data[Number(index)],
    path: (index: bigint) => pathOf(hashes, Number(index)),
  };
}

/** 2^30 leaves, all alike: a tree of 1 TiB whose paths have no byte that is cheaper than others. */
export function tebibyte() {
  const data = leafData(7);
  const levels = [leafHash(data)];
  for (let i = 0; i < 30; i++) levels.push(nodeHash(levels[i], levels[i]));
  return { leafCount: 1n << 30n, dataRoot: levels[30], leaf: () => data, path: () => levels.slice(0, 30) };
}
export type Content = { leafCount: bigint; dataRoot: Hex; leaf: (index: bigint) => Hex; path: (index: bigint) => Hex[] };

export const proofOf = (snapshot: Snapshot, content: Content, seed: Hex, slot: number) =>
  concat([preimageOf(snapshot), ...drawn(seed, slot, content.leafCount).flatMap((i) => [content.leaf(i), ...content.path(i)])]);

export const bytesOf = (hex: Hex) => hexToBytes(hex).length;
export const snapshotOf = (content: Content, change: Partial<Snapshot> = {}): Snapshot => ({
  version: 1, raftEpoch: 3n, raftIndex: 1234567n, time: 1_800_000_000n, dataRoot: content.dataRoot, metaRoot: sha256("0x77"), previous: ZERO, ...change,
});
