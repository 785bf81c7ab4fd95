import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as buy from './buy.js';
import { Chain } from './chain.js';
import { HookeError } from './errors.js';
import { NodeClient } from './node.js';
import { Results } from './result.js';
import { removeScratch, scratch } from './scratch.js';
import { prepare } from './task.js';
import { Watch } from './watch.js';
/** Orders for one array at most. */
const ROUNDS = 3;

/**
 * What happens on a task's way, as it happens.
 *
 * @typedef {{ type: 'deposited', amount: bigint }
 *   | { type: 'tab', operatorId: number, amount: bigint }
 *   | { type: 'uploaded', node: import('./node.js').NodeAddress, blobs: number, paid: bigint }
 *   | { type: 'ordering', order: `0x${string}` }
 *   | { type: 'ordered', order: `0x${string}`, block: bigint, gasUsed: bigint }
 *   | ({ type: 'slot' } & import('./chain.js').Slot)
 *   | ({ type: 'challenge' } & import('./chain.js').Challenge)
 *   | { type: 'again', tasks: number }
 *   | { type: 'acknowledged', slot: number, node: import('./node.js').NodeAddress }
 *   | { type: 'waiting', reasons: string, hopeless: boolean }
 *   | { type: 'withheld', slot: number, nodeId: number, secondsLeft: number, why: string }
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
   * Orders an array, waits for it and gives its results by index. Tasks whose provider gave none are ordered again, over three
   * orders at most; a program that ran to its end is not run again, since it would do the same. `missing` says why the rest has
   * no result.
   *
   * @param {import('./task.js').TaskDraft & { array: string }} draft
   * @param {{ on?: (event: TaskEvent) => void, signal?: AbortSignal }} [options]
   */
  async runArray(draft, { on = () => {}, signal } = {}) {
    /** @type {Map<number, import('./result.js').Result>} */
    const found = new Map();
    /** @type {Results[]} */
    const rounds = [];
    const uploads = { left: draft.uploadBudget ?? 0n };
    const folder = await scratch('hooke-array-');
    const close = async () => {
      await Promise.all(rounds.map((round) => round.close()));
    };
    try {
      const lines = (await readFile(draft.array, 'utf8').catch(() => '')).replace(/\n$/, '').split('\n');
      let asked = lines.map((_, index) => index);
      /** @type {string[]} */
      let missing = [];
      for (let round = 1; round <= ROUNDS && asked.length > 0; round++) {
        let array = draft.array;
        if (round > 1) {
          array = join(folder, 'rest');
          await writeFile(array, asked.map((index) => `${lines[index]}\n`).join(''));
          on({ type: 'again', tasks: asked.length });
        }
        let results;
        try {
          results = await this.#orderArray({ ...draft, array }, uploads, on, signal);
        } catch (e) {
          if (round > 1 && e instanceof HookeError) {
            missing.push(`the rest was not ordered again: ${e.message}`);
            break;
          }
          throw e;
        }
        rounds.push(results);
        ({ missing } = results);
        for (const [index, result] of results.results) {
          found.set(asked[index], result);
        }
        asked = asked.filter((index) => !found.has(index));
      }
      return new Results(lines.length, new Map([...found].sort(([a], [b]) => a - b)), missing, close);
    } catch (e) {
      await close();
      throw e;
    } finally {
      await removeScratch(folder);
    }
  }

  /**
   * @param {import('./task.js').TaskDraft} draft
   * @param {{ left: bigint }} uploads what all orders together may pay for keeping files
   * @param {(event: TaskEvent) => void} on
   * @param {AbortSignal} [signal]
   */
  async #orderArray(draft, uploads, on, signal) {
    const task = { ...(await this.prepare(draft)), uploads };
    try {
      const { id } = await this.order(task, await this.quote(task), { on });
      return await this.results(id, { on, signal });
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
   * The same for an order of an array: every result that there is, by index.
   *
   * @param {`0x${string}`} id
   * @param {{ on?: (event: TaskEvent) => void, signal?: AbortSignal }} [options]
   */
  async results(id, { on = () => {}, signal } = {}) {
    const watch = new Watch(this.chain, id, on);
    try {
      return await watch.collectArray(await watch.untilClosed(signal));
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
    return node && new NodeClient(node, this.chain.domain, this.chain.account, this.chain);
  }
}
