import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { privateKeyToAddress } from 'viem/accounts';
import { openWallet } from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'hooke-test-'));
after(() => rmSync(folder, { recursive: true }));

// An example of the Web3 Secret Storage definition.
const ADDRESS = privateKeyToAddress('0x7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d');
const PBKDF2 = {
  version: 3,
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: '6087dab2f9fdbbfaddc31a909735c1e6' },
    ciphertext: '5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46',
    kdf: 'pbkdf2',
    kdfparams: { c: 262144, dklen: 32, prf: 'hmac-sha256', salt: 'ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd' },
    mac: '517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2',
  },
};

// A file as this house writes it.
const SCRYPT = {
  address: 'f89ba7e7637997641401959db5cf5851cb41d503',
  version: 3,
  crypto: {
    cipher: 'aes-128-ctr',
    cipherparams: { iv: 'f52defdace5b1274444e348403368f6e' },
    ciphertext: '9b42af81abcbcdd2a3de3b22011dd53940f27055e837264e236eab2f35bba4b1',
    kdf: 'scrypt',
    kdfparams: { dklen: 32, n: 4096, p: 6, r: 8, salt: 'b63fde25248b72e19718ee175edfb84bc9e219a60875d747d5422dcc92e3bc93' },
    mac: '8c2b59c9dcd14d482184a7e7e7067b234ee1cf4622109b6c7da618d92f208b25',
  },
};
const SCRYPT_PASSWORD = 'M9bjX9kh21222a1UUKfSxPaD';

/**
 * @param {unknown} keystore
 * @param {string} [password]
 */
function open(keystore, password = 'testpassword\n') {
  writeFileSync(join(folder, 'w.json'), typeof keystore === 'string' ? keystore : JSON.stringify(keystore));
  writeFileSync(join(folder, 'w.password'), password);
  return openWallet(join(folder, 'w.json'), join(folder, 'w.password'));
}

test('opens what every Ethereum wallet writes', async () => {
  assert.equal((await open(PBKDF2)).address, ADDRESS);
  assert.equal((await open(SCRYPT, SCRYPT_PASSWORD)).address.toLowerCase(), `0x${SCRYPT.address}`);
});

test('a wrong password is called so', async () => {
  await assert.rejects(open(PBKDF2, 'wrong'), { reason: 'BAD_PASSWORD' });
});

test('what is no wallet is refused, also one that asks for gigabytes', async () => {
  const greedy = structuredClone(SCRYPT);
  greedy.crypto.kdfparams.n = 2 ** 30;
  const impossible = structuredClone(SCRYPT);
  impossible.crypto.kdfparams.r = 1;
  impossible.crypto.kdfparams.n = 2 ** 18;
  const cut = structuredClone(SCRYPT);
  cut.crypto.ciphertext = 'd172';
  for (const bad of ['', '[]', '{}', 'null', { version: 3 }, greedy, impossible, cut, { ...PBKDF2, version: 1 }]) {
    await assert.rejects(open(bad), { reason: 'BAD_KEYSTORE' }, JSON.stringify(bad));
  }
  await assert.rejects(openWallet(join(folder, 'none'), join(folder, 'w.password')), { reason: 'BAD_INPUT' });
});
