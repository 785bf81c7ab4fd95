import assert from 'node:assert/strict';
import { createWriteStream, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { after, test } from 'node:test';
import { pack } from 'tar-stream';
import { packTree, readEntry, unpack } from '../src/archive.js';

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

test('a tree with a symbolic link is refused: it means something else on every machine', async () => {
  const root = join(folder, 'linked');
  mkdirSync(root);
  symlinkSync('/etc/passwd', join(root, 'link'));
  await assert.rejects(buffer(packTree(root)), { reason: 'BAD_INPUT' });
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
