import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

/** Bytes of a leaf of a blob's tree. */
export const LEAF_BYTES = 1024;

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

/** @param {...Uint8Array} parts */
export function sha256(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) {
    hash.update(part);
  }
  return hash.digest();
}

/** @param {Uint8Array} data */
export const leafHash = (data) => sha256(LEAF, data);

/**
 * Names bytes by their content: the RFC 9162 Merkle tree hash (SHA-256) over leaves of 1,024 bytes, the last one shorter.
 * Bytes come piece by piece; one hash for each level of the tree is kept.
 */
export class BlobHasher {
  /** @type {{ height: number, hash: Buffer }[]} roots of complete trees, the highest first */
  #roots = [];
  #rest = Buffer.alloc(0);

  /** Bytes taken in so far. */
  size = 0;

  /** @param {Uint8Array} bytes */
  update(bytes) {
    this.size += bytes.length;
    let left = this.#rest.length === 0 ? Buffer.from(bytes) : Buffer.concat([this.#rest, bytes]);
    for (; left.length >= LEAF_BYTES; left = left.subarray(LEAF_BYTES)) {
      this.#add(left.subarray(0, LEAF_BYTES));
    }
    this.#rest = left;
    return this;
  }

  /** @param {Uint8Array} leaf */
  #add(leaf) {
    let root = { height: 0, hash: leafHash(leaf) };
    for (let last = this.#roots.at(-1); last?.height === root.height; last = this.#roots.at(-1)) {
      this.#roots.pop();
      root = { height: root.height + 1, hash: sha256(NODE, last.hash, root.hash) };
    }
    this.#roots.push(root);
  }

  /** The id of everything taken in, 32 bytes. Ends the hasher's use. */
  finish() {
    if (this.#rest.length > 0) {
      this.#add(this.#rest);
    }
    const last = this.#roots.pop();
    return last === undefined ? sha256() : this.#roots.reduceRight((right, left) => sha256(NODE, left.hash, right), last.hash);
  }
}

/**
 * The id of these bytes: 32 bytes; as text 64 hex digits.
 *
 * @param {Uint8Array} bytes
 */
export const blobId = (bytes) => new BlobHasher().update(bytes).finish();

/**
 * @typedef {object} Blob
 * @property {Buffer} id 32 bytes
 * @property {number} size bytes
 * @property {string} what for people
 * @property {() => AsyncIterable<Uint8Array> | Iterable<Uint8Array>} open its bytes, from the first
 */

/**
 * @param {string} what
 * @param {Buffer} bytes
 * @returns {Blob}
 */
export const blobOf = (what, bytes) => ({ id: blobId(bytes), size: bytes.length, what, open: () => [bytes] });

/**
 * Reads a file once to name it. It is read again for each upload: a file that changed meanwhile is refused by the node.
 *
 * @param {string} what
 * @param {string} file
 * @returns {Promise<Blob>}
 */
export async function blobOfFile(what, file) {
  const hasher = new BlobHasher();
  for await (const bytes of createReadStream(file, { highWaterMark: 1 << 18 })) {
    hasher.update(bytes);
  }
  return { id: hasher.finish(), size: hasher.size, what, open: () => createReadStream(file, { highWaterMark: 1 << 18 }) };
}
