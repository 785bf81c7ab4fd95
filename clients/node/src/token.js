import { encode } from './wire.js';

/** @typedef {import('viem').LocalAccount} LocalAccount */
/** @typedef {import('./law.js').Domain} Domain */

/** Seconds. A node takes at most 15 minutes; the rest is for clocks that differ. */
const LIFE = 600;
const RENEW = 300;

export const ACCESS_TOKEN = /** @type {const} */ ({
  AccessToken: [
    { name: 'node', type: 'uint32' },
    { name: 'group', type: 'string' },
    { name: 'clientKey', type: 'bytes32' },
    { name: 'expiry', type: 'uint64' },
  ],
});

/**
 * Signs an access token and writes it as the `authorization` header's value.
 *
 * @param {LocalAccount} account whom the calls are made for
 * @param {Domain} domain
 * @param {{ node: number, group: string, clientKey: Buffer, expirySeconds: number }} token `clientKey`: hash of the TLS client
 *     key that will be shown
 */
export async function accessHeader(account, domain, { node, group, clientKey, expirySeconds }) {
  const signature = await account.signTypedData({
    domain,
    types: ACCESS_TOKEN,
    primaryType: 'AccessToken',
    message: { node, group, clientKey: `0x${clientKey.toString('hex')}`, expiry: BigInt(expirySeconds) },
  });
  const token = encode('hooke.v1.AccessToken', {
    chainId: String(domain.chainId),
    contract: Buffer.from(domain.verifyingContract.slice(2), 'hex'),
    node,
    group,
    clientKey,
    expirySeconds: String(expirySeconds),
    account: Buffer.from(account.address.slice(2), 'hex'),
    signature: Buffer.from(signature.slice(2), 'hex'),
  });
  return `Hooke ${token.toString('base64url')}`;
}

/** Access tokens for one node and one TLS key: signed when first needed, used until shortly before they expire. */
export class Tokens {
  /** @type {Map<string, { header: Promise<string>, expirySeconds: number }>} */
  #signed = new Map();

  /**
   * @param {LocalAccount} account
   * @param {Domain} domain
   * @param {number} node
   * @param {Buffer} clientKey
   */
  constructor(account, domain, node, clientKey) {
    this.account = account;
    this.domain = domain;
    this.node = node;
    this.clientKey = clientKey;
  }

  /**
   * The `authorization` header that opens a group of methods.
   *
   * @param {string} group
   */
  header(group) {
    const now = Math.floor(Date.now() / 1000);
    let last = this.#signed.get(group);
    if (last === undefined || now + RENEW >= last.expirySeconds) {
      const expirySeconds = now + LIFE;
      const { node, clientKey } = this;
      last = { header: accessHeader(this.account, this.domain, { node, group, clientKey, expirySeconds }), expirySeconds };
      this.#signed.set(group, last);
    }
    return last.header;
  }
}
