import { isUtf8 } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, readlink, rename, rm, rmdir, stat, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { pack } from 'tar-stream';
import { HookeError, messageOf } from './errors.js';
import { tarEntries } from './tar.js';
import { shown } from './words.js';

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
 * What a stranger's archive holds, in its order, with all checks of names, links and numbers made. A directory comes before what
 * lies in it, also where the archive does not name it; no path comes twice, and nothing lies below a file or a link.
 *
 * @param {string} archive
 * @returns {AsyncGenerator<import('./tar.js').TarEntry>}
 */
async function* entries(archive) {
  /** What is at a path: `implied` is a directory that only what lies in it has named. */
  const kinds = new Map([['', 'directory']]);
  for await (const entry of tarEntries(archive)) {
    const path = safe(entry.path);
    for (let end = path.indexOf('/'); end >= 0; end = path.indexOf('/', end + 1)) {
      const parent = path.slice(0, end);
      const kind = kinds.get(parent);
      const below = `the archive's entry '${shown(path)}' lies below '${shown(parent)}', which is no directory`;
      refuseUnless(kind !== 'file' && kind !== 'symlink', below, 'BAD_RESULT');
      if (kind === undefined) {
        kinds.set(parent, 'implied');
        yield { type: 'directory', path: parent, target: '', size: 0, start: 0 };
      }
    }
    const before = kinds.get(path);
    refuseUnless(before === undefined || (before === 'implied' && entry.type === 'directory'), `the archive names '${shown(path)}' twice`, 'BAD_RESULT');
    kinds.set(path, entry.type);
    refuseUnless(kinds.size <= MAX_ENTRIES, `the archive holds more than ${MAX_ENTRIES} files`, 'BAD_RESULT');
    if (entry.type === 'symlink') {
      const problem = linkProblem(path, entry.target, 1);
      refuseUnless(problem === '', `the archive's link '${shown(path)}' to '${shown(entry.target)}' ${problem}`, 'BAD_RESULT');
    }
    if (before === undefined) {
      yield { ...entry, path };
    }
  }
}

/**
 * Reads an archive through, so that no receipt is signed for what is no result.
 *
 * @param {string} archive
 * @throws {HookeError} `BAD_RESULT`
 */
export async function requireResult(archive) {
  const streams = new Set();
  for await (const { path, type } of entries(archive)) {
    const stream = path === 'stdout' || path === 'stderr';
    const tree = /^(out|work)(\/|$)/.test(path);
    const sound = stream ? type === 'file' : tree && (path.includes('/') || type === 'directory');
    const what = `the result holds '${shown(path)}'; it may hold the files stdout and stderr and the directories out and work`;
    refuseUnless(sound, what, 'BAD_RESULT');
    if (stream) {
      streams.add(path);
    }
  }
  refuseUnless(streams.size === 2, 'it holds no stdout or no stderr', 'BAD_RESULT');
}

/**
 * One file of an archive.
 *
 * @param {string} archive
 * @param {string} name e.g. `stdout` or `out/table.csv`
 * @returns {Promise<Buffer | undefined>} undefined when there is none of that name
 */
export async function readEntry(archive, name) {
  for await (const { path, type, size, start } of entries(archive)) {
    if (path === name && type === 'file') {
      return size === 0 ? Buffer.alloc(0) : buffer(createReadStream(archive, { start, end: start + size - 1 }));
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
  // Not a temporary directory, which only its owner may read: the umask decides.
  const fresh = join(dirname(absolute), `.hooke-result-${randomBytes(8).toString('hex')}`);
  await mkdir(fresh);
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
    for await (const { path, type, target, size, start } of entries(archive)) {
      if (type === 'symlink') {
        this.links.set(path, target);
      } else if (type === 'directory') {
        await this.directory(path);
      } else {
        const to = (/** @type {string} */ at) => createWriteStream(at, { flags: 'wx' });
        await this.make(path, (at) =>
          size === 0
            ? writeFile(at, '', { flag: 'wx' })
            : pipeline(createReadStream(archive, { start, end: start + size - 1 }), to(at)),
        );
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
    throw new HookeError('BAD_RESULT', `'${shown(path)}' cannot be written: ${reason}`);
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

const DEVICES = /^(con|prn|aux|nul|com[\d\u00b9\u00b2\u00b3]|lpt[\d\u00b9\u00b2\u00b3]|conin\$|conout\$)$/i;

/** @param {string} name */
function holdable(name) {
  return process.platform !== 'win32' || !(/[<>:"/\\|?*\x00-\x1f]|[. ]$/.test(name) || DEVICES.test(name.split('.')[0].trimEnd()));
}

/** @param {string} name */
function safe(name) {
  const names = name.split('/');
  const good = Buffer.byteLength(name) <= MAX_PATH;
  if (!good || names.some((each) => each === '' || each === '.' || each === '..' || Buffer.byteLength(each) > MAX_NAME)) {
    throw new HookeError('BAD_RESULT', `the archive's entry '${shown(name)}' leaves its place or is no name`);
  }
  return name;
}
