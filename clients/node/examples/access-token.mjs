#!/usr/bin/env node
// Makes a client certificate and an access token for one node and group, as a configuration file of curl:
//
//   node examples/access-token.mjs NODE GROUP > access.curl
//   curl --config access.curl https://127.0.0.1:7601/v1/tasks/0x…-0
//
// NODE is the node's number, GROUP is `task` or `blob`. Network and wallet are those of the command line ($HOOKE_HOME, else
// ~/.hooke; $HOOKE_PASSWORD_FILE, else the file beside the wallet). The token is good for ten minutes, with this key only, whose
// files it names: key and certificate are written to a new temporary directory.
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Hooke, HookeError, accessHeader, createIdentity, hookeHome, openWallet, readConfig } from '../src/index.js';

const LIFE_SECONDS = 600;

/**
 * @param {number} id
 * @param {string} group
 */
async function main(id, group) {
  const { network, wallet } = await readConfig();
  if (wallet === undefined) {
    throw new HookeError('BAD_INPUT', `${hookeHome()} has no current wallet`);
  }
  const file = join(hookeHome(), 'wallets', wallet);
  const account = await openWallet(`${file}.json`, process.env.HOOKE_PASSWORD_FILE ?? `${file}.password`);
  const hooke = await Hooke.connect(network, account);
  const node = (await hooke.chain.nodes()).get(id);
  if (node === undefined) {
    throw new HookeError('BAD_INPUT', `the chain knows no node ${id}`);
  }
  const { key, certificate, keyHash } = createIdentity();
  const expirySeconds = Math.floor(Date.now() / 1000) + LIFE_SECONDS;
  const header = await accessHeader(account, hooke.chain.domain, { node: id, group, clientKey: keyHash, expirySeconds });
  const folder = await mkdtemp(join(tmpdir(), 'hooke-access-'));
  await writeFile(join(folder, 'client.key'), key, { mode: 0o600 });
  await writeFile(join(folder, 'client.crt'), certificate);
  const pin = Buffer.from(node.tlsKeyHash.slice(2), 'hex').toString('base64');
  process.stdout.write(`# node ${id}, group ${group}, until ${new Date(expirySeconds * 1000).toISOString()}
header = "authorization: ${header}"
cert = "${join(folder, 'client.crt')}"
key = "${join(folder, 'client.key')}"
insecure
pinnedpubkey = "sha256//${pin}"
`);
}

try {
  const [id, group] = process.argv.slice(2);
  if (!/^\d+$/.test(id ?? '') || group === undefined) {
    throw new HookeError('BAD_INPUT', 'node examples/access-token.mjs NODE GROUP');
  }
  await main(Number(id), group);
} catch (e) {
  if (!(e instanceof HookeError)) {
    throw e;
  }
  process.stderr.write(`${e.reason}: ${e.message}\n`);
  process.exitCode = 64;
}
