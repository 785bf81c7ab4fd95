import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { readEntry, unpack } from './archive.js';
import { leafHash, sha256 } from './blob.js';
import { HookeError } from './errors.js';
import { removeScratch } from './scratch.js';
import { hex32 } from './task.js';

/** How a run ends, by its number in the leaf. */
export const OUTCOMES = /** @type {const} */ (['EXITED', 'TRAPPED', 'OUT_OF_FUEL', 'OUTPUT_LIMIT']);

export const LEAF_BYTES = 57;

const NODE = Buffer.of(1);
const MAX_FUEL = 2n ** 64n - 1n;

/**
 * What a run gave, in the bytes whose hash goes on chain.
 *
 * @typedef {object} ResultLeaf
 * @property {number} index of the task in its order; 0 unless that is of an array
 * @property {typeof OUTCOMES[number]} outcome
 * @property {number} exitCode 0 unless EXITED
 * @property {bigint} fuel
 * @property {bigint} size bytes of the archive
 * @property {Buffer} archive BlobId of the archive
 * @property {`0x${string}`} root what the chain has of it: SHA-256(00 || leaf)
 */

/**
 * @param {Buffer} bytes index u32, outcome u8, exit code u32, fuel u64, size u64, archive's BlobId; big endian
 * @returns {ResultLeaf}
 */
export function parseLeaf(bytes) {
  const outcome = bytes.length === LEAF_BYTES ? OUTCOMES[bytes.readUInt8(4)] : undefined;
  if (outcome === undefined) {
    throw new HookeError('BAD_RESULT', 'it served no result leaf: nothing was signed for it');
  }
  return {
    index: bytes.readUInt32BE(0),
    outcome,
    exitCode: bytes.readUInt32BE(5),
    fuel: bytes.readBigUInt64BE(9),
    size: bytes.readBigUInt64BE(17),
    archive: bytes.subarray(25),
    root: hex32(leafHash(bytes)),
  };
}

/**
 * The leaves of an array's slot.
 *
 * @param {Buffer} bytes of a table: leaf after leaf
 * @returns {ResultLeaf[]}
 */
export function parseTable(bytes) {
  if (bytes.length === 0 || bytes.length % LEAF_BYTES !== 0) {
    throw new HookeError('BAD_RESULT', `it served a table of ${bytes.length} bytes, which is no table of results: nothing was signed for it`);
  }
  return Array.from({ length: bytes.length / LEAF_BYTES }, (_, i) => parseLeaf(bytes.subarray(i * LEAF_BYTES, (i + 1) * LEAF_BYTES)));
}

/**
 * Root and fuel of a slot's tasks: RFC 9162's tree with SHA-256, whose inner nodes hash the fuel below both sides, too
 * (contracts/src/interfaces/ITasks.sol, SumStep).
 *
 * @param {{ root: `0x${string}`, fuel: bigint }[]} leaves at least one
 * @returns {{ root: `0x${string}`, fuel: bigint }}
 */
export function sumRoot(leaves) {
  if (leaves.length === 1) {
    return { root: leaves[0].root, fuel: leaves[0].fuel };
  }
  const split = 2 ** Math.floor(Math.log2(leaves.length - 1));
  const left = sumRoot(leaves.slice(0, split));
  const right = sumRoot(leaves.slice(split));
  const fuel = left.fuel + right.fuel;
  if (fuel > MAX_FUEL) {
    throw new HookeError('BAD_RESULT', 'it served results whose fuel no chain can hold: nothing was signed for them');
  }
  return { root: hex32(sha256(NODE, hashOf(left.root), fuelBytes(left.fuel), hashOf(right.root), fuelBytes(right.fuel))), fuel };
}

const hashOf = (/** @type {string} */ root) => Buffer.from(root.slice(2), 'hex');

function fuelBytes(/** @type {bigint} */ fuel) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(fuel);
  return bytes;
}

/** A verified result: every byte of the archive is in the leaf's hash, and the leaf in the root. */
export class Result {
  #archive;

  /**
   * @param {ResultLeaf} leaf
   * @param {string} archive its file, in a folder of its own
   */
  constructor(leaf, archive) {
    this.leaf = leaf;
    this.#archive = archive;
  }

  /**
   * One file of the result: `stdout`, `stderr`, or `out/...` as the program left it under /out.
   *
   * @param {string} name
   */
  read(name) {
    return readEntry(this.#archive, name);
  }

  /**
   * Writes the result as files: all of it or nothing.
   *
   * @param {string} directory not there yet, or empty
   */
  unpack(directory) {
    return unpack(this.#archive, directory);
  }

  /** Removes what was downloaded. */
  close() {
    return removeScratch(dirname(this.#archive));
  }
}

/** What there is of an array: verified results by index. Closing one of them closes all. */
export class Results {
  /**
   * @param {number} tasks of the order
   * @param {Map<number, Result>} results by index in the order, in the order of their indexes
   * @param {string[]} missing why some are not there, a line for each slot; empty when all are
   * @param {() => Promise<void>} close removes what was downloaded
   */
  constructor(tasks, results, missing, close) {
    this.tasks = tasks;
    this.results = results;
    this.missing = missing;
    this.close = close;
  }

  /**
   * Writes each result into a directory named by its index, and `results.jsonl` with a line for each.
   *
   * @param {string} directory not there yet, or empty
   */
  async unpack(directory) {
    await mkdir(directory, { recursive: true });
    if ((await readdir(directory)).length > 0) {
      throw new HookeError('BAD_INPUT', `${directory} is not an empty directory: choose another for the results`);
    }
    const lines = [];
    for (const [index, result] of this.results) {
      await result.unpack(join(directory, String(index)));
      const { outcome, exitCode, fuel, archive } = result.leaf;
      lines.push(JSON.stringify({ index, outcome, exit_code: exitCode, fuel: String(fuel), archive: archive.toString('hex') }));
    }
    await writeFile(join(directory, 'results.jsonl'), lines.map((line) => `${line}\n`).join(''));
  }
}
