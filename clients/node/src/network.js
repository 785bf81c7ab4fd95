import { readFile, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { HookeError, messageOf } from './errors.js';

/**
 * One deployment of the law and the ways to reach its chain.
 *
 * @typedef {object} Network
 * @property {string[]} rpc JSON-RPC URLs, the preferred one first
 * @property {number} chainId
 * @property {`0x${string}`} genesis hash of block 0: a devnet that was started anew is another world
 * @property {`0x${string}`} contract
 * @property {boolean} [privateNodes] whether its nodes may have loopback and private addresses; default: on a devnet of this machine
 * @property {number} [deployBlock] no event of the contract is older; default 0
 */

const DEVNET_CHAIN = 31_337;
const LOOPBACK = /^https?:\/\/(localhost|127\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[::1\])(:\d+)?(\/|$)/;

/**
 * Whether loopback and private addresses of nodes are connected to.
 *
 * @param {Network} network
 * @returns {boolean}
 */
export const hasPrivateNodes = ({ privateNodes, chainId, rpc }) =>
  privateNodes ?? (chainId === DEVNET_CHAIN && rpc.every((url) => LOOPBACK.test(url)));

/** Where the command line keeps its state: `$HOOKE_HOME`, else `~/.hooke`. */
export const hookeHome = () => process.env.HOOKE_HOME || join(homedir(), '.hooke');

/**
 * Reads a network of the command line's `config.yaml`, and the name of its current wallet, or of the only one there is.
 *
 * @param {string} [home]
 * @param {string} [name] default: the current one
 * @returns {Promise<{ network: Network, wallet: string | undefined }>}
 */
export async function readConfig(home = hookeHome(), name = undefined) {
  const file = join(home, 'config.yaml');
  let config;
  try {
    config = parse(await readFile(file, 'utf8'));
  } catch (e) {
    throw new HookeError('BAD_INPUT', `${file} cannot be read: ${messageOf(e)}; start a devnet: ./hooke devnet up`, { cause: e });
  }
  const wanted = name ?? config?.network;
  const network = config?.networks?.find?.((/** @type {any} */ each) => each.name === wanted);
  if (network === undefined) {
    throw new HookeError('BAD_INPUT', `there is no network '${wanted}' in ${file}`);
  }
  return { network, wallet: config.wallet ?? (await onlyWallet(home)) };
}

/** @param {string} home */
async function onlyWallet(home) {
  const files = await readdir(join(home, 'wallets')).catch(() => []);
  const names = files.filter((file) => file.endsWith('.json') && !file.startsWith('.')).map((file) => file.slice(0, -5));
  return names.length === 1 ? names[0] : undefined;
}
