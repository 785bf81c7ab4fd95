import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { extract, pack } from 'tar-stream';
import { HookeError, messageOf } from './errors.js';

const MAX_ENTRIES = 1_000_000;
const EPOCH = new Date(0);

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
  const found = (await readdir(root, { withFileTypes: true, recursive: true })).map((each) => {
    const path = join(each.parentPath, each.name);
    if (!each.isDirectory() && !each.isFile()) {
      throw new HookeError('BAD_INPUT', `${path} is neither a file nor a directory (symbolic links are not followed)`);
    }
    return { path, name: path.slice(join(root, '/').length), directory: each.isDirectory() };
  });
  found.sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));
  for (const { path, name, directory } of found) {
    const common = { mtime: EPOCH, uid: 0, gid: 0 };
    if (directory) {
      tar.entry({ ...common, name, type: 'directory', mode: 0o755 });
    } else {
      const { size } = await stat(path);
      await pipeline(createReadStream(path), tar.entry({ ...common, name, size, mode: 0o644 }));
    }
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
 * Unpacks an archive of a stranger: all of it or nothing. Refuses names that leave the target, links and special files, and
 * names given twice.
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
    for await (const entry of entries(archive)) {
      const { name, type } = entry.header;
      const path = join(fresh, safe(name));
      if (type === 'directory') {
        await mkdir(path, { recursive: true });
      } else if (type === 'file') {
        await mkdir(dirname(path), { recursive: true });
        await pipeline(entry, createWriteStream(path, { flags: 'wx' }));
      } else {
        throw new HookeError('BAD_RESULT', `the archive's entry '${name}' is neither a file nor a directory`);
      }
    }
    await rmdir(absolute).catch(() => {});
    await rename(fresh, absolute);
  } catch (e) {
    await rm(fresh, { recursive: true, force: true });
    throw e;
  }
}

/** @param {string} name */
function safe(name) {
  const bare = name.replace(/\/$/, '');
  if (bare.includes('\0') || bare.split('/').some((each) => each === '' || each === '.' || each === '..')) {
    throw new HookeError('BAD_RESULT', `the archive's entry '${name}' leaves its place`);
  }
  return bare;
}
