import { isUtf8 } from 'node:buffer';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, readlink, rename, rm, rmdir, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import { HookeError, messageOf } from './errors.js';

const MAX_ENTRIES = 100_016;
const MAX_NAME = 255;
const MAX_PATH = 1_024 + 8;
const MAX_LINK = 1_024;
const EPOCH = new Date(0);

/** Where it is said which name stands for which, of those that the disk cannot hold. */
const LISTING = 'names.json';

/**
 * The one form in which directories travel: an uncompressed POSIX tar whose bytes depend on names and contents alone.
 *
 * @param {string} root
 */
export function packTree(root) {
  const tar = pack();
  fill(tar, root).then(
    () => tar.finalize(),
    (e) => tar.destroy(e),
  );
  return tar;
}

/**
 * @param {import('tar-stream').Pack} tar
 * @param {string} root
 */
async function fill(tar, root) {
  /** @type {{ path: string, name: string, type: 'directory' | 'file' | 'symlink', linkname: string }[]} */
  const found = [];
  await collect(root, '', found);
  found.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  for (const { path, name, type, linkname } of found) {
    const common = { name, type, mtime: EPOCH, uid: 0, gid: 0 };
    if (type === 'directory') {
      tar.entry({ ...common, mode: 0o755 });
    } else if (type === 'symlink') {
      tar.entry({ ...common, linkname, mode: 0o777 });
    } else {
      const { size } = await stat(path);
      await pipeline(createReadStream(path), tar.entry({ ...common, size, mode: 0o644 }));
    }
  }
}

/**
 * @param {string} root
 * @param {string} prefix
 * @param {{ path: string, name: string, type: 'directory' | 'file' | 'symlink', linkname: string }[]} found
 */
async function collect(root, prefix, found) {
  for (const each of await readdir(root, { withFileTypes: true, encoding: 'buffer' })) {
    const bytes = /** @type {Buffer} */ (/** @type {unknown} */ (each.name));
    const path = join(root, String(bytes));
    const name = prefix + String(bytes);
    refuseUnless(isUtf8(bytes), `${path} has a name that is not UTF-8, which no task can carry`);
    refuseUnless(Buffer.byteLength(name) <= MAX_PATH, `${path} has a path of more than 1,024 bytes`);
    refuseUnless(found.length < MAX_ENTRIES, `${root} holds more than 100,000 files`);
    if (each.isDirectory()) {
      found.push({ path, name, type: 'directory', linkname: '' });
      await collect(path, `${name}/`, found);
    } else if (each.isSymbolicLink()) {
      const target = await readlink(path, { encoding: 'buffer' });
      const problem = isUtf8(target) ? linkProblem(name, String(target), 0) : 'is not UTF-8';
      refuseUnless(problem === '', `${path} is a symbolic link to '${target}', which ${problem}`);
      found.push({ path, name, type: 'symlink', linkname: String(target) });
    } else {
      refuseUnless(each.isFile(), `${path} is no file, directory or symbolic link`);
      found.push({ path, name, type: 'file', linkname: '' });
    }
  }
}

/**
 * Why a symbolic link may not stand at a path; empty if it may. Its target goes up at its beginning only, and never out of its tree.
 *
 * @param {string} path
 * @param {string} target
 * @param {number} top names of the path that the link may not leave: 1 in a result, 0 in an input
 */
function linkProblem(path, target, top) {
  if (target === '' || target.includes('\0') || Buffer.byteLength(target) > MAX_LINK) {
    return 'is no target';
  }
  if (target.startsWith('/')) {
    return 'is absolute: it means something else on every machine';
  }
  const names = target.split('/').filter((each) => each !== '' && each !== '.');
  const up = names.findIndex((each) => each !== '..');
  const ups = up < 0 ? names.length : up;
  if (ups > path.split('/').length - 1 - top) {
    return 'leads out of its tree';
  }
  return names.slice(ups).includes('..') ? 'goes up again after a name' : '';
}

/**
 * @param {boolean} holds
 * @param {string} problem
 * @param {string} reason
 */
function refuseUnless(holds, problem, reason = 'BAD_INPUT') {
  if (!holds) {
    throw new HookeError(reason, problem);
  }
}

/**
 * The files and directories of an archive, in its order. Each must be read, or it is passed over.
 *
 * @param {string} archive
 */
async function* entries(archive) {
  const tar = extract();
  const source = createReadStream(archive);
  source.on('error', (e) => tar.destroy(e));
  source.pipe(tar);
  let count = 0;
  try {
    for await (const entry of tar) {
      if (++count > MAX_ENTRIES) {
        throw new HookeError('BAD_RESULT', `the archive holds more than ${MAX_ENTRIES} files`);
      }
      yield entry;
      entry.resume();
    }
  } finally {
    source.destroy();
  }
}

/**
 * One file of an archive.
 *
 * @param {string} archive
 * @param {string} name e.g. `stdout` or `out/table.csv`
 * @returns {Promise<Buffer | undefined>} undefined when there is none of that name
 */
export async function readEntry(archive, name) {
  for await (const entry of entries(archive)) {
    if (entry.header.name === name && entry.header.type === 'file') {
      return buffer(entry);
    }
  }
  return undefined;
}

/**
 * Unpacks an archive of a stranger: all of it or nothing. Refuses names and links that leave the target, special files, names
 * given twice, and what lies below a file or a link. Names that this disk cannot hold are written beside, as `~1`, and stand in
 * `names.json`, as do links that it cannot have.
 *
 * @param {string} archive
 * @param {string} target a directory that is not there, or empty
 */
export async function unpack(archive, target) {
  const absolute = resolve(target);
  await mkdir(dirname(absolute), { recursive: true });
  const taken = await readdir(absolute).catch((e) => (e.code === 'ENOENT' ? [] : [messageOf(e)]));
  if (taken.length > 0) {
    throw new HookeError('BAD_INPUT', `${target} is not an empty directory: choose another for the result`);
  }
  const fresh = await mkdtemp(join(dirname(absolute), '.hooke-result-'));
  try {
    await new Unpacking(fresh).take(archive);
    await rmdir(absolute).catch(() => {});
    await rename(fresh, absolute);
  } catch (e) {
    await rm(fresh, { recursive: true, force: true });
    throw e;
  }
}

/** A result on its way to this machine's disk. */
class Unpacking {
  /** @param {string} target */
  constructor(target) {
    this.target = target;
    /** What is at a path of the archive: `implied` is a directory that only what lies in it has named. */
    this.kinds = new Map([['', 'directory']]);
    /** Directories that are not where their names say. */
    this.moved = new Map();
    /** @type {Map<string, string>} */
    this.links = new Map();
    /** @type {Record<string, string>} */
    this.names = {};
    /** @type {Record<string, string>} */
    this.missing = {};
    this.last = 0;
  }

  /** @param {string} archive */
  async take(archive) {
    for await (const entry of entries(archive)) {
      const { name, type, linkname } = entry.header;
      const path = safe(name);
      const known = type === 'directory' || type === 'file' || type === 'symlink';
      refuseUnless(known, `the archive's entry '${name}' is no file, directory or symbolic link`, 'BAD_RESULT');
      await this.parents(path);
      const before = this.kinds.get(path);
      refuseUnless(before === undefined || (before === 'implied' && type === 'directory'), `the archive names '${path}' twice`, 'BAD_RESULT');
      this.kinds.set(path, String(type));
      if (type === 'symlink') {
        const problem = linkProblem(path, linkname ?? '', 1);
        refuseUnless(problem === '', `the archive's link '${path}' to '${linkname}' ${problem}`, 'BAD_RESULT');
        this.links.set(path, linkname ?? '');
      } else if (type === 'file') {
        await this.make(path, (at) => pipeline(entry, createWriteStream(at, { flags: 'wx' })));
      } else if (before === undefined) {
        await this.directory(path);
      }
    }
    for (const [path, to] of this.links) {
      await this.link(path, to);
    }
    if (Object.keys(this.names).length + Object.keys(this.missing).length > 0) {
      await writeFile(join(this.target, LISTING), `${JSON.stringify({ names: this.names, links: this.missing }, null, 2)}\n`);
    }
  }

  /** @param {string} path */
  async parents(path) {
    for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
      const parent = path.slice(0, end);
      const kind = this.kinds.get(parent);
      refuseUnless(kind !== 'file' && kind !== 'symlink', `the archive's entry '${path}' lies below '${parent}', which is no directory`, 'BAD_RESULT');
      if (kind === undefined) {
        refuseUnless(this.kinds.size <= MAX_ENTRIES, `the archive holds more than ${MAX_ENTRIES} files`, 'BAD_RESULT');
        this.kinds.set(parent, 'implied');
        await this.directory(parent);
      }
    }
  }

  /** @param {string} path */
  async directory(path) {
    const made = await this.make(path, (at) => mkdir(at));
    if (made !== join(this.target, path)) {
      this.moved.set(path, made);
    }
  }

  /**
   * Where a directory of the archive stands.
   *
   * @param {string} path
   * @returns {string}
   */
  place(path) {
    if (path === '') {
      return this.target;
    }
    const slash = path.lastIndexOf('/');
    return this.moved.get(path) ?? join(this.place(path.slice(0, Math.max(0, slash))), path.slice(slash + 1));
  }

  /**
   * @param {string} path
   * @param {(at: string) => Promise<unknown>} making
   */
  async make(path, making) {
    const slash = path.lastIndexOf('/');
    const parent = this.place(path.slice(0, Math.max(0, slash)));
    const name = path.slice(slash + 1);
    const plain = join(parent, name);
    const reason = holdable(name) ? await free(plain) : 'EINVAL';
    if (reason === '') {
      await making(plain);
      return plain;
    }
    // The way to it may be too long already; then it goes to the top.
    for (const folder of [parent, this.target]) {
      let beside = '';
      let taken = 'EEXIST';
      while (taken === 'EEXIST') {
        beside = join(folder, `~${++this.last}`);
        taken = await free(beside);
      }
      if (taken === '') {
        this.names[beside.slice(this.target.length + 1)] = path;
        await making(beside);
        return beside;
      }
    }
    throw new HookeError('BAD_RESULT', `'${path}' cannot be written: ${reason}`);
  }

  /**
   * A link whose directory stands elsewhere would lead elsewhere.
   *
   * @param {string} path
   * @param {string} to
   */
  async link(path, to) {
    const elsewhere = [...this.moved.keys()].some((each) => path.startsWith(`${each}/`));
    const names = [path.slice(path.lastIndexOf('/') + 1), ...to.split('/').filter((each) => !['', '.', '..'].includes(each))];
    if (elsewhere || !names.every(holdable)) {
      this.missing[path] = to;
      return;
    }
    await symlink(to, join(this.target, path)).catch(() => {
      this.missing[path] = to;
    });
  }
}

/**
 * Why nothing can be made at a path; empty when something can.
 *
 * @param {string} path
 * @returns {Promise<string>}
 */
async function free(path) {
  try {
    await writeFile(path, '', { flag: 'wx' });
    await rm(path);
    return '';
  } catch (e) {
    const code = /** @type {{ code?: string }} */ (e).code ?? messageOf(e);
    if (['ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EROFS', 'EIO'].includes(code)) {
      throw e;
    }
    return code;
  }
}

const DEVICES = /^(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)$/i;

/** @param {string} name */
function holdable(name) {
  return process.platform !== 'win32' || !(/[<>:"/\\|?*\x00-\x1f]|[. ]$/.test(name) || DEVICES.test(name.split('.')[0].trimEnd()));
}

/** @param {string} name */
function safe(name) {
  const bare = name.replace(/\/$/, '');
  const names = bare.split('/');
  const good = !bare.includes('\0') && Buffer.byteLength(bare) <= MAX_PATH ;
  if (!good || names.some((each) => each === '' || each === '.' || each === '..' || Buffer.byteLength(each) > MAX_NAME)) {
    throw new HookeError('BAD_RESULT', `the archive's entry '${name}' leaves its place or is no name`);
  }
  return bare;
}
