// What this client computes by itself, against what the Java side computes: one file, both check it.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { privateKeyToAccount } from 'viem/accounts';
import { BlobHasher, accessHeader, blobId, escrowOf, keyHash, orderId, parseLeaf, parseTable, signReceipt, signVoucher, specBytes, sumRoot } from '../src/index.js';
import { domainOf } from '../src/law.js';

const vectors = JSON.parse(readFileSync(new URL('../../../proto/vectors/hooke-v1.json', import.meta.url), 'utf8'));
const account = privateKeyToAccount(vectors.privateKey);
const domain = domainOf(vectors.chainId, vectors.contract);

const bytes = (/** @type {string} */ hex) => Buffer.from(hex.replace(/^0x/, ''), 'hex');
const content = (/** @type {number} */ size) => Buffer.from(Array.from({ length: size }, (_, i) => (7 * i + Math.floor(i / 256)) % 256));

test('the account is the key\'s', () => {
  assert.equal(account.address.toLowerCase(), vectors.account);
});

for (const { size, id } of vectors.blobs) {
  test(`a blob of ${size} bytes has its id, in one piece or many`, () => {
    const whole = content(size);
    assert.equal(blobId(whole).toString('hex'), id);
    const hasher = new BlobHasher();
    for (let at = 0, step = 1; at < size; at += step, step = (step * 7) % 5_003) {
      hasher.update(whole.subarray(at, at + step));
    }
    assert.equal(hasher.size, size);
    assert.equal(hasher.finish().toString('hex'), id);
  });
}

test('a certificate is named by its key', () => {
  for (const { pem, keyHash: expected } of vectors.certificates) {
    assert.equal(`0x${keyHash(new X509Certificate(pem).publicKey).toString('hex')}`, expected);
  }
});

test('tokens are equal to the last bit', async () => {
  for (const { node, group, clientKey, expirySeconds, header } of vectors.accessTokens) {
    assert.equal(await accessHeader(account, domain, { node, group, clientKey: bytes(clientKey), expirySeconds }), header);
  }
});

test('vouchers are equal to the last bit', async () => {
  for (const { operatorId, total, signature } of vectors.vouchers) {
    assert.equal(await signVoucher(account, domain, { operatorId, total: BigInt(total) }), signature);
  }
});

test('receipts are equal to the last bit', async () => {
  for (const { order, slot, root, fuel, signature } of vectors.receipts) {
    assert.equal(await signReceipt(account, domain, { order, slot, root, fuel: BigInt(fuel) }), signature);
  }
});

test('a leaf says what it says, and hashes to its root', () => {
  for (const { bytes: hex, archive, fuel, size, ...rest } of vectors.leaves) {
    const leaf = parseLeaf(bytes(hex));
    assert.deepEqual({ ...leaf }, { ...rest, archive: bytes(archive), fuel: BigInt(fuel), size: BigInt(size) });
  }
});

test('an order has its id and its escrow before it is sent', () => {
  for (const { id, escrow, ...fields } of vectors.orders) {
    const big = ['nonce', 'startPrice', 'maxPrice', 'fuelLimit', 'minStake'];
    const terms = /** @type {import('../src/law.js').Terms} */ (
      Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, big.includes(name) ? BigInt(value) : value]))
    );
    assert.equal(orderId(domain, terms), id);
    assert.equal(String(escrowOf(terms)), escrow);
  }
});

test('a slot of an array has its root and its fuel', () => {
  for (const { table, root, fuel } of vectors.tables) {
    assert.deepEqual(sumRoot(parseTable(bytes(table))), { root, fuel: BigInt(fuel) });
  }
  assert.throws(() => parseTable(Buffer.alloc(58)), { reason: 'BAD_RESULT' });
  const most = { root: vectors.tables[0].root, fuel: 2n ** 64n - 1n };
  assert.throws(() => sumRoot([most, most]), { reason: 'BAD_RESULT' });
});

test('a spec has one form', () => {
  const withBytes = (/** @type {any} */ blob) => ({ ...blob, id: bytes(blob.id) });
  for (const { spec, bytes: hex, id } of vectors.specs) {
    const { program, stdin, inputs = [], array } = spec;
    const encoded = specBytes({
      ...spec,
      program: withBytes(program),
      stdin: stdin && withBytes(stdin),
      array: array && { ...array, lines: withBytes(array.lines) },
      inputs: inputs.map((/** @type {any} */ input) => ({ ...input, blob: withBytes(input.blob) })),
    });
    assert.equal(`0x${encoded.toString('hex')}`, hex);
    assert.equal(blobId(encoded).toString('hex'), id);
  }
});
