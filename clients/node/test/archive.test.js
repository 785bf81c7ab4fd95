import assert from 'node:assert/strict';
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { after, test } from 'node:test';
import { pack } from 'tar-stream';
import { packTree, readEntry, requireResult, unpack } from '../src/archive.js';

const folder = mkdtempSync(join(tmpdir(), 'hooke-test-'));
after(() => rmSync(folder, { recursive: true }));

const LONG = `${'sehr lang/'.repeat(30)}ß.txt`;

/** @param {string} name */
function tree(name) {
  const root = join(folder, name);
  mkdirSync(join(root, 'b', 'empty'), { recursive: true });
  mkdirSync(join(root, LONG, '..'), { recursive: true });
  writeFileSync(join(root, 'b', 'data'), Buffer.alloc(70_001, 7));
  writeFileSync(join(root, 'a'), 'first');
  writeFileSync(join(root, LONG), 'deep');
  return root;
}

/**
 * @param {string} name
 * @param {Partial<import('tar-stream').Header>[]} headers
 */
async function hostile(name, ...headers) {
  const tar = pack();
  for (const header of /** @type {import('tar-stream').Header[]} */ (headers)) {
    header.type === undefined ? tar.entry(header, 'x') : tar.entry(header);
  }
  tar.finalize();
  const file = join(folder, `${name}.tar`);
  await pipeline(tar, createWriteStream(file));
  return file;
}

test('equal trees give equal bytes, and come back whole', async () => {
  const one = await buffer(packTree(tree('one')));
  assert.deepEqual(await buffer(packTree(tree('another'))), one);
  const file = join(folder, 'one.tar');
  writeFileSync(file, one);
  const back = join(folder, 'new', 'back');
  await unpack(file, back);
  assert.deepEqual(readFileSync(join(back, 'b', 'data')), Buffer.alloc(70_001, 7));
  assert.equal(readFileSync(join(back, LONG), 'utf8'), 'deep');
  assert.deepEqual(readdirSync(join(back, 'b', 'empty')), []);
  assert.equal(String(await readEntry(file, 'a')), 'first');
  assert.equal(await readEntry(file, 'b/none'), undefined);
});

test('a tree keeps its symbolic links where they stay in it; others, and names that are no text, are refused', async () => {
  const root = join(folder, 'linked');
  mkdirSync(join(root, 'out', 'd'), { recursive: true });
  writeFileSync(join(root, 'out', 'a\\b'), 'back');
  symlinkSync('../a\\b', join(root, 'out', 'd', 'link'));
  const file = join(folder, 'linked.tar');
  writeFileSync(file, await buffer(packTree(root)));
  await unpack(file, join(folder, 'relinked'));
  assert.equal(readFileSync(join(folder, 'relinked', 'out', 'd', 'link'), 'utf8'), 'back');
  for (const target of ['/etc/passwd', '../../linked', 'out/../..']) {
    symlinkSync(target, join(root, 'link'));
    await assert.rejects(buffer(packTree(root)), { reason: 'BAD_INPUT' }, target);
    rmSync(join(root, 'link'));
  }
  writeFileSync(Buffer.concat([Buffer.from(`${root}/bad`), Buffer.of(0xff)]), 'x');
  await assert.rejects(buffer(packTree(root)), { reason: 'BAD_INPUT' });
});

test('a name that the disk cannot hold loses nothing and is listed', async () => {
  const long = `out/${`${'d'.repeat(250)}/`.repeat(3)}deep`;
  const archive = await hostile('long', { name: long }, { name: 'out/good' });
  let place = folder;
  while (place.length < 3_500) {
    place = join(place, 'p'.repeat(200));
  }
  mkdirSync(place, { recursive: true });
  await unpack(archive, join(place, 't'));
  assert.equal(readFileSync(join(place, 't', 'out', 'good'), 'utf8'), 'x');
  assert.ok(Object.keys(JSON.parse(readFileSync(join(place, 't', 'names.json'), 'utf8')).names).length > 0);
});

test('a stranger\'s archive cannot leave its place, and leaves nothing half behind', async () => {
  const archives = await Promise.all([
    hostile('up', { name: 'good' }, { name: '../outside' }),
    hostile('absolute', { name: '/etc/hooke-test' }),
    hostile('inner', { name: 'a/../../outside' }),
    hostile('symlink', { name: 'link', type: 'symlink', linkname: '/etc/passwd' }),
    hostile('hardlink', { name: 'link', type: 'link', linkname: 'good' }),
    hostile('fifo', { name: 'pipe', type: 'fifo' }),
    hostile('twice', { name: 'good' }, { name: 'good' }),
    hostile('below', { name: 'good' }, { name: 'good/x' }),
    hostile('outside', { name: 'out/link', type: 'symlink', linkname: '../stdout' }),
    hostile('through', { name: 'out/link', type: 'symlink', linkname: 'x' }, { name: 'out/link/y' }),
  ]);
  const place = join(folder, 'place');
  mkdirSync(place);
  for (const archive of archives) {
    await assert.rejects(unpack(archive, join(place, 'target')), archive);
    assert.deepEqual(readdirSync(place), [], archive);
    assert.ok(!existsSync(join(folder, 'outside')));
  }
});

test('what is there already is not overwritten', async () => {
  const archive = await hostile('plain', { name: 'good' });
  const taken = join(folder, 'taken');
  mkdirSync(taken);
  writeFileSync(join(taken, 'mine'), 'mine');
  await assert.rejects(unpack(archive, taken), { reason: 'BAD_INPUT' });
  await assert.rejects(unpack(archive, join(taken, 'mine')), { reason: 'BAD_INPUT' });
  assert.deepEqual(readdirSync(taken), ['mine']);
});

/**
 * @param {string} name
 * @param {(bytes: Buffer) => Buffer} [change]
 * @param {Partial<import('tar-stream').Header>[]} more
 */
async function result(name, change = (bytes) => bytes, ...more) {
  const file = await hostile(name, { name: 'stderr' }, { name: 'stdout' }, ...more);
  writeFileSync(file, change(readFileSync(file)));
  return file;
}

test('what is no result is refused before anybody signs for it, also where it is cut', async () => {
  await requireResult(await result('sound', undefined, { name: 'out', type: 'directory' }, { name: 'out/\u00e9' }));
  const giant = (/** @type {Buffer} */ bytes) => {
    // An extended header that says it is 2.2 GB long.
    const header = Buffer.from(bytes.subarray(0, 512));
    header.write('x', 156);
    header.write('20000000000\0', 124, 'latin1');
    header.fill(' ', 148, 156);
    header.write(`${header.reduce((sum, each) => sum + each, 0).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    return Buffer.concat([header, bytes]);
  };
  const latin = (/** @type {Buffer} */ bytes) => {
    const at = bytes.indexOf('out/AB');
    bytes.write('\xe9\xff', at + 4, 'latin1');
    const header = bytes.subarray(at, at + 512);
    header.fill(' ', 148, 156);
    header.write(`${header.reduce((sum, each) => sum + each, 0).toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    return bytes;
  };
  const bad = {
    'no-streams': await hostile('no-streams', { name: 'out/x' }),
    garbage: await result('garbage', () => Buffer.from('this is no archive at all'.repeat(50))),
    empty: await result('empty', () => Buffer.alloc(0)),
    cut: await result('cut', (bytes) => bytes.subarray(0, 700)),
    'cut-at-header': await result('cut-at-header', (bytes) => bytes.subarray(0, 1_024)),
    giant: await result('giant', giant),
    latin: await result('latin', latin, { name: 'out/AB' }),
    other: await result('other', undefined, { name: 'etc/x' }),
    directory: await hostile('directory', { name: 'stderr' }, { name: 'stdout', type: 'directory' }),
    twice: await result('twice', undefined, { name: 'stdout' }),
  };
  for (const [name, file] of Object.entries(bad)) {
    await assert.rejects(requireResult(file), { reason: 'BAD_RESULT' }, name);
  }
});
