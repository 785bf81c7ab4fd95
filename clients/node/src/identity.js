import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';

const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex');
const COMMON_NAME = Buffer.from('0603550403', 'hex');

/**
 * One element of DER (ITU-T X.690).
 *
 * @param {number} tag
 * @param {...(Buffer | string)} parts
 */
function der(tag, ...parts) {
  const body = Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : part)));
  const length =
    body.length < 0x80 ? [body.length] : body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
}

/** @param {...(Buffer | string)} parts */
const sequence = (...parts) => der(0x30, ...parts);

/**
 * @param {string} label
 * @param {Buffer} bytes
 */
const pem = (label, bytes) =>
  `-----BEGIN ${label}-----\n${bytes.toString('base64').replace(/.{1,64}/g, '$&\n')}-----END ${label}-----\n`;

/**
 * SHA-256 of a public key's SubjectPublicKeyInfo (DER): how keys are named on chain and in tokens.
 *
 * @param {import('node:crypto').KeyObject} key
 */
export const keyHash = (key) => createHash('sha256').update(key.export({ type: 'spki', format: 'der' })).digest();

/**
 * @typedef {object} Identity
 * @property {string} key private key, PEM (PKCS #8)
 * @property {string} certificate PEM
 * @property {Buffer} keyHash what access tokens name
 */

/**
 * A new TLS key (EC P-256) with a self-signed certificate (RFC 5280). Nobody believes what the certificate says: the
 * handshake proves possession of the key, and an access token names the key's hash.
 *
 * @returns {Identity}
 */
export function createIdentity() {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(ECDSA_WITH_SHA256);
  const name = sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, 'hooke client'))));
  const serial = Buffer.concat([Buffer.of(1), randomBytes(15)]);
  const content = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, serial),
    algorithm,
    name,
    sequence(der(0x17, '200101000000Z'), der(0x18, '99991231235959Z')),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
  );
  const signature = sign('sha256', content, privateKey);
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    certificate: pem('CERTIFICATE', sequence(content, algorithm, der(0x03, Buffer.of(0), signature))),
    keyHash: keyHash(publicKey),
  };
}
