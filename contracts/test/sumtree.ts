import { encodePacked, sha256, type Hex } from "viem";

/** One task's result; `index` is the task's in the order. */
export type Leaf = { index: number; outcome: number; exitCode: number; fuel: bigint; size: bigint; outputRoot: Hex };
export type Step = { hash: Hex; fuel: bigint };

export const leafHash = (l: Leaf) =>
  sha256(
    encodePacked(
      ["bytes1", "uint32", "uint8", "uint32", "uint64", "uint64", "bytes32"],
      ["0x00", l.index, l.outcome, l.exitCode, l.fuel, l.size, l.outputRoot],
    ),
  );
const nodeHash = (a: Step, b: Step) =>
  sha256(encodePacked(["bytes1", "bytes32", "uint64", "bytes32", "uint64"], ["0x01", a.hash, a.fuel, b.hash, b.fuel]));

/** Hash and fuel of the tree over these leaves, split at the largest power of two below their number (RFC 9162, 2.1.1). */
export function treeOf(leaves: Leaf[]): Step {
  if (leaves.length === 1) return { hash: leafHash(leaves[0]), fuel: leaves[0].fuel };
  const [left, right] = halves(leaves).map(treeOf);
  return { hash: nodeHash(left, right), fuel: left.fuel + right.fuel };
}

/** The siblings on the way from the leaf to the root. */
export function pathTo(leaves: Leaf[], position: number): Step[] {
  if (leaves.length === 1) return [];
  const [left, right] = halves(leaves);
  return position < left.length
    ? [...pathTo(left, position), treeOf(right)]
    : [...pathTo(right, position - left.length), treeOf(left)];
}

function halves(leaves: Leaf[]): [Leaf[], Leaf[]] {
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return [leaves.slice(0, split), leaves.slice(split)];
}

/** What `publish` takes of a leaf. */
export const published = ({ index: _, ...leaf }: Leaf) => leaf;
