import * as buy from './buy.js';
import { Chain } from './chain.js';
import { NodeClient } from './node.js';
import { prepare } from './task.js';
import { Watch } from './watch.js';

/**
 * What happens on a task's way, as it happens.
 *
 * @typedef {{ type: 'deposited', amount: bigint }
 *   | { type: 'uploaded', node: import('./node.js').NodeAddress, blobs: number }
 *   | { type: 'ordering', order: `0x${string}` }
 *   | { type: 'ordered', order: `0x${string}`, block: bigint, gasUsed: bigint }
 *   | ({ type: 'slot' } & import('./chain.js').Slot)
 *   | { type: 'acknowledged', slot: number, node: import('./node.js').NodeAddress }
 *   | { type: 'trouble', node?: import('./node.js').NodeAddress, message: string }} TaskEvent
 */

/**
 * A market for one account.
 *
 * ```js
 * const hooke = await Hooke.connect(network, await openWallet('alice.json', 'alice.password'));
 * const result = await hooke.run({ program: 'wordcount.wasm', inputs: ['book.txt'], args: ['/in/book.txt'] });
 * console.log(result.leaf.exitCode, String(await result.read('stdout')));
 * ```
 */
export class Hooke {
  /** @param {Chain} chain */
  constructor(chain) {
    this.chain = chain;
  }

  /**
   * @param {import('./network.js').Network} network
   * @param {import('viem').LocalAccount} account signs orders, tokens and receipts
   * @throws {import('./errors.js').HookeError} `WRONG_CHAIN`, `UNREACHABLE`
   */
  static async connect(network, account) {
    const chain = new Chain(network, account);
    await chain.check();
    return new Hooke(chain);
  }

  /**
   * Orders a task, waits for it and gives its result; each step of this can be done alone.
   *
   * @param {import('./task.js').TaskDraft} draft
   * @param {{ on?: (event: TaskEvent) => void, signal?: AbortSignal }} [options]
   */
  async run(draft, { on = () => {}, signal } = {}) {
    const task = await this.prepare(draft);
    try {
      const { id } = await this.order(task, await this.quote(task), { on });
      return await this.result(id, { on, signal });
    } finally {
      await task.close();
    }
  }

  /**
   * Reads and checks a task's files. Asks nobody. Close it when it was ordered.
   *
   * @param {import('./task.js').TaskDraft} draft
   */
  prepare(draft) {
    return prepare(draft);
  }

  /**
   * What it would cost, who would take it, and why each other node would not. Pays nothing.
   *
   * @param {import('./task.js').PreparedTask} task
   */
  quote(task) {
    return buy.quote(this.chain, task);
  }

  /**
   * Deposits what is missing, uploads to two nodes of different operators, and orders. From the event `ordering` on the order
   * may exist, and whoever has the wallet finds it again by its id or by {@link Chain#orders}.
   *
   * @param {import('./task.js').PreparedTask} task
   * @param {import('./buy.js').Quote} quote
   * @param {{ on?: (event: TaskEvent) => void }} [options]
   */
  order(task, quote, { on = () => {} } = {}) {
    return buy.order(this.chain, task, quote, on);
  }

  /**
   * Follows an order to its end, gives each provider its receipt, and gives the result that the chain settled on. Works for
   * any order of the account, at any time of its life, also long after.
   *
   * @param {`0x${string}`} id
   * @param {{ on?: (event: TaskEvent) => void, signal?: AbortSignal }} [options]
   */
  async result(id, { on = () => {}, signal } = {}) {
    const watch = new Watch(this.chain, id, on);
    try {
      return await watch.collect(await watch.untilClosed(signal));
    } finally {
      await watch.close();
    }
  }

  /**
   * A client of one node, for every method of its API.
   *
   * @param {number} id
   */
  async node(id) {
    const node = (await this.chain.nodes()).get(id);
    return node && new NodeClient(node, this.chain.domain, this.chain.account);
  }
}
