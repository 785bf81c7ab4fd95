import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import { HookeError } from './errors.js';
import { shown } from './words.js';

const BLOCK = 512;

/** Bytes of an extended header: two paths, and what some writers add about times and owners. */
const MAX_EXTENDED = 64 << 10;

/** Headers of one archive: an entry has at most one extended one before it. */
const MAX_HEADERS = 2 * 100_016;

const ZERO = Buffer.alloc(BLOCK);

/**
 * An entry of a tar.
 *
 * @typedef {object} TarEntry
 * @property {'file' | 'directory' | 'symlink'} type
 * @property {string} path as the archive has it; a directory's without the slash at its end
 * @property {string} target of a symbolic link, else empty
 * @property {number} size of a file, else 0
 * @property {number} start where its content begins in the archive
 */

/**
 * Reads the headers of a tar that a stranger wrote: ustar with pax records (IEEE 1003.1-2017) and GNU tar's long names. Names are
 * the archive's bytes, strict UTF-8. Ours rather than a package's, since those keep extended headers in memory at the length that
 * the archive claims, replace bytes that are no text, and wait for ever where a file is cut.
 *
 * @param {string} file
 * @returns {AsyncGenerator<TarEntry>}
 * @throws {HookeError} `BAD_RESULT`
 */
export async function* tarEntries(file) {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    let at = 0;
    const take = async (/** @type {number} */ length) => {
      require(at + length <= size, 'the archive ends too early');
      const bytes = Buffer.alloc(length);
      const { bytesRead } = await handle.read(bytes, 0, length, at);
      require(bytesRead === length, 'the archive ends too early');
      at += length;
      return bytes;
    };
    const extended = async (/** @type {Buffer} */ header) => {
      const length = number(header, 124, 12);
      require(length <= MAX_EXTENDED, `the archive has a header of ${length} bytes; the most is ${MAX_EXTENDED}`);
      return (await take(length + padding(length))).subarray(0, length);
    };
    /** @type {{ path?: string, linkpath?: string, size?: number }} */
    let more = {};
    for (let headers = 1; ; headers++) {
      require(headers <= MAX_HEADERS, 'the archive holds too many headers');
      const header = await take(BLOCK);
      if (header.equals(ZERO)) {
        require(Object.keys(more).length === 0, 'the archive ends after an extended header');
        return;
      }
      checkSum(header);
      const type = String.fromCharCode(header[156]);
      if (type === 'x') {
        records(await extended(header), more);
      } else if (type === 'g') {
        // What it says of names and sizes would hold for all entries; the rest is about times and owners.
        const global = {};
        records(await extended(header), global);
        require(Object.keys(global).length === 0, 'the archive gives one name or size to all its entries');
      } else if (type === 'L' || type === 'K') {
        const key = type === 'L' ? 'path' : 'linkpath';
        const bytes = await extended(header);
        require(more[key] === undefined, 'the archive says twice what an entry is named');
        more[key] = text(bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes);
      } else {
        const entry = entryOf(header, type, more, at);
        more = {};
        require(entry.start + entry.size + padding(entry.size) <= size, 'the archive ends too early');
        yield entry;
        at = entry.start + entry.size + padding(entry.size);
      }
    }
  } finally {
    await handle.close();
  }
}

/**
 * @param {Buffer} header
 * @param {string} type
 * @param {{ path?: string, linkpath?: string, size?: number }} more
 * @param {number} start
 * @returns {TarEntry}
 */
function entryOf(header, type, more, start) {
  const path = more.path ?? shortName(header);
  const size = more.size ?? number(header, 124, 12);
  const plain = ['0', '\0', '7'].includes(type) ? (path.endsWith('/') ? '5' : '0') : type;
  require(plain !== '1', `the archive's entry '${shown(path)}' is a hard link`);
  require(['0', '2', '5'].includes(plain), `the archive's entry '${shown(path)}' is neither a file nor a directory`);
  require(plain === '0' || size === 0, `the archive's entry '${shown(path)}' has content, but is no file`);
  return {
    type: plain === '0' ? 'file' : plain === '5' ? 'directory' : 'symlink',
    path: plain === '5' ? path.replace(/\/$/, '') : path,
    target: plain === '2' ? (more.linkpath ?? field(header, 157, 100)) : '',
    size,
    start,
  };
}

/** @param {Buffer} header */
function shortName(header) {
  const name = field(header, 0, 100);
  // GNU tar keeps times where POSIX has the first part of a long name.
  const prefix = header.toString('latin1', 257, 263) === 'ustar\0' ? field(header, 345, 155) : '';
  return prefix === '' ? name : `${prefix}/${name}`;
}

/**
 * A text that ends at its first NUL or is full.
 *
 * @param {Buffer} header
 * @param {number} offset
 * @param {number} length
 */
function field(header, offset, length) {
  const bytes = header.subarray(offset, offset + length);
  const end = bytes.indexOf(0);
  return text(end < 0 ? bytes : bytes.subarray(0, end));
}

/** @param {Buffer} bytes */
function text(bytes) {
  require(isUtf8(bytes), `the archive has the name '${shown(bytes.toString('latin1'))}', which is not UTF-8`);
  require(!bytes.includes(0), `the archive has a name with a NUL in it`);
  return bytes.toString('utf8');
}

/**
 * Records `length keyword=value\n`, of which the length counts all of the record.
 *
 * @param {Buffer} bytes
 * @param {{ path?: string, linkpath?: string, size?: number }} into
 */
function records(bytes, into) {
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 ? '' : bytes.toString('latin1', at, space);
    const end = at + Number(digits);
    const equals = bytes.indexOf(0x3d, space);
    const sound = /^[0-9]{1,6}$/.test(digits) && end <= bytes.length && equals > space && equals < end && bytes[end - 1] === 0x0a;
    require(sound, 'the archive has a header that is no list of pax records');
    const key = bytes.toString('latin1', space + 1, equals);
    const value = bytes.subarray(equals + 1, end - 1);
    require(!key.startsWith('GNU.sparse.'), 'the archive holds a sparse file, which nobody unpacks');
    if (key === 'path' || key === 'linkpath') {
      require(into[key] === undefined, 'the archive says twice what an entry is named');
      into[key] = text(value);
    } else if (key === 'size') {
      const size = value.toString('latin1');
      require(into.size === undefined && /^[0-9]{1,15}$/.test(size), 'the archive has a header whose size is no number');
      into.size = Number(size);
    }
    at = end;
  }
}

/**
 * Octal digits among blanks, or GNU's big-endian binary behind a first byte of 0x80.
 *
 * @param {Buffer} header
 * @param {number} offset
 * @param {number} length
 */
function number(header, offset, length) {
  const bytes = header.subarray(offset, offset + length);
  let value;
  if (bytes[0] === 0x80) {
    value = BigInt(`0x${bytes.subarray(1).toString('hex')}`);
  } else {
    const digits = /^ *([0-7]*)[ \0]*$/.exec(bytes.toString('latin1'))?.[1];
    value = digits === undefined ? -1n : BigInt(`0o0${digits}`);
  }
  require(value >= 0n && value < 1n << 50n, 'the archive has a header whose size is no number');
  return Number(value);
}

/** @param {Buffer} header */
function checkSum(header) {
  let sum = 8 * 0x20;
  for (let n = 0; n < BLOCK; n++) {
    sum += n < 148 || n >= 156 ? header[n] : 0;
  }
  require(/^ *[0-7]+[ \0]*$/.test(header.toString('latin1', 148, 156)) && number(header, 148, 8) === sum, 'this is no tar archive, or a damaged one');
}

const padding = (/** @type {number} */ size) => (BLOCK - (size % BLOCK)) % BLOCK;

/**
 * @param {boolean} holds
 * @param {string} problem
 */
function require(holds, problem) {
  if (!holds) {
    throw new HookeError('BAD_RESULT', problem);
  }
}
