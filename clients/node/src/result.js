import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { readEntry, unpack } from './archive.js';
import { leafHash } from './blob.js';
import { HookeError } from './errors.js';
import { hex32 } from './task.js';

/** How a run ends, by its number in the leaf. */
export const OUTCOMES = /** @type {const} */ (['EXITED', 'TRAPPED', 'OUT_OF_FUEL', 'OUTPUT_LIMIT']);

const LEAF_BYTES = 57;

/**
 * What a run gave, in the bytes whose hash goes on chain.
 *
 * @typedef {object} ResultLeaf
 * @property {number} index of the task in its slot; 0
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
    return rm(dirname(this.#archive), { recursive: true, force: true });
  }
}
