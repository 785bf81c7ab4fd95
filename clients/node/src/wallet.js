import { createDecipheriv, pbkdf2Sync, scryptSync } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { bytesToHex, keccak256 } from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { HookeError, messageOf } from './errors.js';

/** Most memory that scrypt may take for a file (128 * N * r bytes); geth's standard needs 256 MiB. */
const MEMORY_LIMIT = 512 << 20;
const FILE_LIMIT = 64 << 10;
const PBKDF2_LIMIT = 10_000_000;

/**
 * Opens a wallet: a Web3 Secret Storage file (version 3), as `hooke wallet new`, geth and every Ethereum wallet write it.
 * There is no way to give a key or a password on a command line, where every process of the machine can read it.
 *
 * @param {string} keystoreFile
 * @param {string} passwordFile its text, less line ends at the end, is the password
 */
export async function openWallet(keystoreFile, passwordFile) {
  const keystore = await limited(keystoreFile);
  const password = (await limited(passwordFile)).replace(/[\r\n]+$/, '');
  return privateKeyToAccount(bytesToHex(decrypt(keystoreFile, keystore, password)));
}

/** @param {string} file */
async function limited(file) {
  try {
    if ((await stat(file)).size <= FILE_LIMIT) {
      return await readFile(file, 'utf8');
    }
  } catch (e) {
    throw new HookeError('BAD_INPUT', `${file} cannot be read: ${messageOf(e)}`, { cause: e });
  }
  throw new HookeError('BAD_INPUT', `${file} is larger than 64 KiB`);
}

/**
 * @param {string} file for messages
 * @param {string} text
 * @param {string} password
 */
function decrypt(file, text, password) {
  const bad = (/** @type {string} */ why) => new HookeError('BAD_KEYSTORE', `${file} is not a wallet: ${why}`);
  let root;
  try {
    root = JSON.parse(text);
  } catch {
    throw bad('it is not JSON');
  }
  const crypto = root?.crypto ?? root?.Crypto;
  if (root?.version !== 3 || crypto?.cipher !== 'aes-128-ctr') {
    throw bad('it is not version 3 with aes-128-ctr');
  }
  const encrypted = hex(crypto.ciphertext);
  const iv = hex(crypto.cipherparams?.iv);
  const mac = hex(crypto.mac);
  if (encrypted?.length !== 32 || iv?.length !== 16 || mac?.length !== 32) {
    throw bad('a field is missing or malformed');
  }
  const key = derive(crypto, password, bad);
  if (!Buffer.from(keccak256(Buffer.concat([key.subarray(16, 32), encrypted]), 'bytes')).equals(mac)) {
    throw new HookeError('BAD_PASSWORD', `the password is not that of ${file}`);
  }
  const cipher = createDecipheriv('aes-128-ctr', key.subarray(0, 16), iv);
  return Buffer.concat([cipher.update(encrypted), cipher.final()]);
}

/**
 * @param {any} crypto
 * @param {string} password
 * @param {(why: string) => HookeError} bad
 */
function derive({ kdf, kdfparams: given }, password, bad) {
  const salt = hex(given?.salt);
  if (given?.dklen !== 32 || salt === undefined) {
    throw bad('its key derivation is incomplete');
  }
  if (kdf === 'scrypt') {
    const { n: N, r, p } = given;
    const memory = 128 * N * r;
    if (![N, r, p].every((each) => Number.isInteger(each) && each >= 1) || p > 16 || memory > MEMORY_LIMIT) {
      throw bad('its scrypt parameters are out of range');
    }
    try {
      return scryptSync(password, salt, 32, { N, r, p, maxmem: 2 * memory + (1 << 20) });
    } catch {
      throw bad('its scrypt parameters are out of range');
    }
  }
  if (kdf === 'pbkdf2' && given.prf === 'hmac-sha256' && given.c >= 1 && given.c <= PBKDF2_LIMIT) {
    return pbkdf2Sync(password, salt, given.c, 32, 'sha256');
  }
  throw bad('its key derivation is neither scrypt nor pbkdf2');
}

/** @param {unknown} text */
function hex(text) {
  return typeof text === 'string' && /^(0x)?([0-9a-f]{2})*$/i.test(text) ? Buffer.from(text.replace(/^0x/, ''), 'hex') : undefined;
}
