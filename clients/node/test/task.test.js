import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, test } from 'node:test';
import { blobId } from '../src/index.js';
import { packed, prepare, unpacked } from '../src/task.js';

const folder = mkdtempSync(join(tmpdir(), 'hooke-test-'));
after(() => rmSync(folder, { recursive: true }));

const program = fileURLToPath(new URL('../../../examples/wordcount.wasm', import.meta.url));
const file = (/** @type {string} */ name, /** @type {string | Buffer} */ content = name) => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

test('a prepared task names every byte it will upload', async () => {
  const book = file('book.txt', 'one two two');
  mkdirSync(join(folder, 'tree'));
  writeFileSync(join(folder, 'tree', 'leaf'), 'leaf');
  const task = await prepare({ program, inputs: [book, { path: 'z/again', from: book }, join(folder, 'tree')], args: ['/in/book.txt'] });
  try {
    assert.deepEqual(
      task.spec.inputs.map((/** @type {any} */ each) => [each.path, each.format]),
      [['book.txt', 'FILE'], ['tree', 'TAR'], ['z/again', 'FILE']],
    );
    assert.equal(task.blobs.length, 4, 'the program, one book, one tree, the spec');
    assert.equal(task.blobs.at(-1), task.specBlob);
    for (const blob of task.blobs) {
      const chunks = [];
      for await (const chunk of blob.open()) {
        chunks.push(chunk);
      }
      const content = Buffer.concat(chunks);
      assert.equal(content.length, blob.size);
      assert.deepEqual(blobId(content), blob.id);
    }
    assert.equal(task.termsFor(1).spec, `0x${task.specBlob.id.toString('hex')}`);
  } finally {
    await task.close();
  }
});

test('a name of its own is in the spec, the usual one goes without saying', async () => {
  const specs = [];
  for (const argv0 of [undefined, 'task', 'wc']) {
    const task = await prepare({ program, argv0 });
    specs.push(task.specBlob.id.toString('hex'));
    await task.close();
  }
  assert.equal(specs[0], specs[1]);
  assert.notEqual(specs[0], specs[2]);
});

test('an array is cut as the command line cuts it', async () => {
  const ten = file('ten', Array.from({ length: 10 }, (_, i) => `${i}`).join('\n'));
  const task = await prepare({ program, array: ten, fuel: 10_000_000_000n });
  try {
    assert.equal(task.tasks, 10);
    assert.equal(task.spec.array.count, 10);
    assert.ok(task.blobs.some((blob) => blob.size === 20), 'the last line is ended as the others are');
    const { tasks, slots, runSeconds, diskMib } = task.termsFor(2);
    assert.deepEqual({ tasks, slots, runSeconds }, { tasks: 10, slots: 4, runSeconds: 1_210 });
    assert.ok(diskMib >= 4, 'a slot of three tasks keeps three results and the files of one');
    assert.equal(task.termsFor(1).runSeconds, 2_017, 'five tasks of 10 Gfuel at 25 Mfuel/s, and 3.45 s for each');
    assert.equal(task.termsFor(100).slots, 10);
  } finally {
    await task.close();
  }
});

test('what cannot be a task is refused before anybody is asked', async () => {
  const book = file('other.txt');
  /** @type {Partial<import('../src/task.js').TaskDraft>[]} */
  const drafts = [
    { program: file('text.wasm', 'not a module') },
    { program: file('cut.wasm', Buffer.from('0061736d01000000ff', 'hex')) },
    { program: file('empty.wasm', Buffer.from('0061736d01000000', 'hex')) },
    { program: join(folder, 'none.wasm') },
    { program: folder },
    { argv0: '' },
    { argv0: 'ä'.repeat(128) },
    { argv0: 'a\0' },
    { inputs: [join(folder, 'none')] },
    { inputs: [{ path: '../up', from: book }] },
    { inputs: [{ path: 'a//b', from: book }] },
    { inputs: [{ path: '.', from: book }] },
    { inputs: [book, book] },
    { inputs: [{ path: 'a', from: book }, { path: 'a/b', from: book }] },
    { inputs: [{ path: '.', from: join(folder, 'tree') }, book] },
    { verify: 'quorum:1/3' },
    { verify: 'quorum:9/16' },
    { verify: 'hopeful' },
    { array: file('no-lines', '') },
    { array: file('nul', 'a\0b\n') },
    { array: file('latin', Buffer.from('\xe4\n', 'latin1')) },
    { array: file('long', 'x'.repeat(4_097)) },
    { array: join(folder, 'no-such-lines') },
    { array: file('lines', 'one\n'), slots: 0 },
    { array: file('lines', 'one\n'), slots: 129 },
    { fuel: 0n },
    { memoryBytes: -1 },
    { clock: new Date(-1) },
    { clock: new Date(Date.UTC(2200, 0) + 1) },
    { clock: new Date(NaN) },
    { allow: [1, 2, 3, 4, 5, 6, 7, 8, 9] },
  ];
  for (const draft of drafts) {
    await assert.rejects(prepare({ program, ...draft }), { reason: 'BAD_INPUT' }, JSON.stringify(draft, (_, value) => String(value)));
  }
});

test('closing removes what was written meanwhile', async () => {
  const task = await prepare({ program, inputs: [{ path: '.', from: join(folder, 'tree') }] });
  const tar = task.blobs.find((blob) => blob.what.endsWith('.tar'))?.what.replace('the input ', '') ?? '';
  assert.ok(existsSync(tar));
  await task.close();
  assert.ok(!existsSync(tar));
});

test('an allow list survives its packing', () => {
  assert.deepEqual(unpacked(packed([3, 1, 4_294_967_295])), [3, 1, 4_294_967_295]);
  assert.deepEqual(unpacked(packed([])), []);
});
