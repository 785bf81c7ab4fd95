import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BlobHasher } from './blob.js';
import { HookeError, messageOf } from './errors.js';
import { VERIFICATIONS, signReceipt } from './law.js';
import { NodeClient } from './node.js';
import { LEAF_BYTES, Result, Results, parseLeaf, parseTable, sumRoot } from './result.js';

/** @typedef {import('./chain.js').Order} Order */
/** @typedef {import('./chain.js').Slot} Slot */

/** Milliseconds between two looks at the chain, and before a broken stream or a refused call is tried again. */
const LOOK = 250;
const RETRY = 500;
const CALL_AGAIN = 10_000;
const CHALLENGES_AGAIN = 2_000;

/** So many times the chain is asked again whether it has a delivery in part, of which a node says that it was made. */
const LOOKS_FOR_PART = 10;
const PART_AGAIN = 1_000;

/** Chain seconds after a deadline before this side calls it: the parties concerned go first. */
const GRACE = 3n;

const WORKING = new Set(['ASSIGNED', 'DELIVERED', 'COMMITTED', 'REVEALED']);

/**
 * Follows one order of one consumer to its end: holds a stream to each assigned node, fetches and verifies results, signs a
 * receipt for each provider that handed one over, and calls the timeouts that nobody else called. In an OPTIMISTIC order no
 * receipt is signed before the slot is settled: it would end the time in which others may find the result wrong. All it knows
 * comes from chain and nodes, so it can begin at any moment of an order's life.
 */
export class Watch {
  /** @type {Map<string, Result>} by root */
  #results = new Map();
  /** @type {Map<number, { nodeId: number, over: boolean, abort: AbortController, done: Promise<void> }>} */
  #streams = new Map();
  /** @type {Map<string, import('./result.js').ResultLeaf[]>} the leaves of arrays' slots, by root */
  #tables = new Map();
  /** @type {Map<string, Promise<string>>} files of their archives, by BlobId */
  #archives = new Map();
  /** @type {Promise<string> | undefined} where these are */
  #folder;
  /** @type {Map<number, string>} what was said of challenges, by index */
  #challenged = new Map();
  /** @type {import('./chain.js').Challenge[]} those that are not decided */
  #pending = [];
  #challengesAt = 0;
  /** @type {Set<string>} receipts given, by slot and root */
  #acknowledged = new Set();
  /** @type {Map<number, string>} */
  #told = new Map();
  /** @type {Map<string, number>} */
  #called = new Map();
  /** @type {Map<number, import('./node.js').NodeAddress>} */
  #nodes = new Map();

  /**
   * @param {import('./chain.js').Chain} chain
   * @param {`0x${string}`} id
   * @param {(event: import('./hooke.js').TaskEvent) => void} on
   */
  constructor(chain, id, on) {
    this.chain = chain;
    this.id = id;
    this.on = on;
  }

  /**
   * Waits until the order is over.
   *
   * @param {AbortSignal} [signal] stops waiting; the order goes on
   */
  async untilClosed(signal) {
    while (true) {
      signal?.throwIfAborted();
      const order = await this.chain.order(this.id);
      this.#tell(order);
      if (order.closed) {
        return order;
      }
      await this.#attend(order);
      await this.#lookAtChallenges(order);
      await this.#callTimeouts(order);
      await sleep(LOOK, undefined, { signal });
    }
  }

  /**
   * The result that the chain settled on, from any node that was paid for it; hands over the receipts that release what is held.
   *
   * @param {Order} order
   */
  async collect({ slots, resultRoot }) {
    if (resultRoot === undefined) {
      throw new HookeError('NO_RESULT', `order ${this.id} ended without a paid result: order it again`);
    }
    const failures = [];
    for (const slot of slots.filter((each) => each.root === resultRoot)) {
      const owed = slot.state === 'SETTLED';
      if (!(owed || slot.state === 'RELEASED') || (!owed && this.#results.has(resultRoot))) {
        continue;
      }
      const client = await this.#client(slot.nodeId);
      try {
        const task = await client.task(this.#name(slot));
        const { leaf } = await this.#fetch(client, slot, task.result);
        if (leaf.root !== resultRoot) {
          throw new HookeError('BAD_RESULT', 'it served another result than it was paid for');
        }
        if (owed) {
          await this.#acknowledge(client, slot, leaf);
        }
      } catch (e) {
        failures.push(`node ${slot.nodeId}: ${messageOf(e)}`);
      } finally {
        client.close();
      }
    }
    const result = this.#results.get(resultRoot);
    if (result === undefined) {
      throw new HookeError('UNREACHABLE', `no provider handed the result over: ${failures.join('; ')}`);
    }
    this.#results.delete(resultRoot);
    return result;
  }

  /**
   * The results of all settled slots of an array, from the nodes that were paid for them; hands over the receipts that release
   * what is held. The files live until the results are closed.
   *
   * @param {Order} order
   */
  async collectArray({ terms, slots }) {
    const quorum = VERIFICATIONS[terms.mode] === 'QUORUM';
    /** @type {Map<number, Result>} */
    const results = new Map();
    const missing = [];
    for (const slot of slots) {
      const tasks = `slot ${slot.slot}, tasks ${slot.first} to ${slot.first + slot.count - 1}`;
      const owed = slot.state === 'SETTLED';
      if (!(owed || slot.state === 'RELEASED')) {
        if (!quorum) {
          missing.push(`${tasks}: ${slot.state.toLowerCase()}`);
        }
        continue;
      }
      try {
        let leaves = this.#tables.get(slot.root);
        if (leaves === undefined || owed) {
          const client = await this.#client(slot.nodeId);
          try {
            leaves ??= await this.#fetchTable(client, slot);
            const { root, fuel } = sumRoot(leaves);
            if (root !== slot.root || fuel !== slot.fuel) {
              throw new HookeError('BAD_RESULT', 'it served other results than it was paid for');
            }
            if (owed) {
              await this.#acknowledge(client, slot, { root, fuel });
            }
          } finally {
            client.close();
          }
        }
        for (const leaf of leaves) {
          results.set(leaf.index, new Result(leaf, await this.#archiveOf(leaf)));
        }
      } catch (e) {
        missing.push(`${tasks}: node ${slot.nodeId}: ${messageOf(e)}`);
      }
    }
    if (quorum && results.size === 0) {
      missing.push('no result was settled');
    }
    const folder = this.#folder;
    this.#folder = undefined;
    this.#tables.clear();
    this.#archives.clear();
    const byIndex = new Map([...results].sort(([a], [b]) => a - b));
    return new Results(terms.tasks, byIndex, missing, async () => {
      if (folder !== undefined) {
        await rm(await folder, { recursive: true, force: true });
      }
    });
  }

  /** Ends the streams and removes what was downloaded and not collected. */
  async close() {
    for (const { abort, done } of this.#streams.values()) {
      abort.abort();
      await done;
    }
    await Promise.all([...this.#results.values()].map((result) => result.close()));
    if (this.#folder !== undefined) {
      await rm(await this.#folder, { recursive: true, force: true });
    }
  }

  /** @param {Order} order */
  #tell(order) {
    for (const slot of order.slots) {
      if (this.#told.get(slot.slot) !== slot.state) {
        this.#told.set(slot.slot, slot.state);
        this.on({ type: 'slot', ...slot });
      }
    }
  }

  /** @param {Order} order */
  async #attend(order) {
    for (const slot of order.slots) {
      const stream = this.#streams.get(slot.slot);
      if (WORKING.has(slot.state) && (stream === undefined || stream.over || stream.nodeId !== slot.nodeId)) {
        stream?.abort.abort();
        const next = { nodeId: slot.nodeId, over: false, abort: new AbortController(), done: Promise.resolve() };
        this.#streams.set(slot.slot, next);
        next.done = this.#follow(await this.#client(slot.nodeId), slot, next.abort.signal);
        next.done.then(() => sleep(RETRY, undefined, { ref: false })).then(() => (next.over = true));
      }
    }
  }

  /**
   * @param {NodeClient} client
   * @param {Slot} slot
   * @param {AbortSignal} signal
   */
  async #follow(client, slot, signal) {
    try {
      for await (const { event, task } of client.watch(this.#name(slot), { signal })) {
        if (event === 'task' && (task.state === 'READY' || task.state === 'DELIVERED')) {
          if (task.arrayResult) {
            await this.#takeTable(client, slot, task.state, signal);
          } else {
            const { leaf } = await this.#fetch(client, slot, task.result, signal);
            await this.#acknowledge(client, slot, leaf);
          }
        } else if (event === 'task' && task.state === 'FAILED') {
          this.on({ type: 'trouble', node: client.node, message: `gave up: ${task.failure}` });
        }
      }
    } catch (e) {
      // A node may be a block behind and not know yet that it has the slot.
      const early = e instanceof HookeError && e.reason === 'TASK_NOT_FOUND';
      if (!signal.aborted && !early) {
        this.on({ type: 'trouble', node: client.node, message: messageOf(e) });
      }
    } finally {
      client.close();
    }
  }

  /**
   * Downloads a result unless an equal one is here, and checks every byte against the leaf and the leaf against the root.
   *
   * @param {NodeClient} client
   * @param {Slot} slot
   * @param {any} claimed
   * @param {AbortSignal} [signal]
   */
  async #fetch(client, slot, claimed, signal) {
    const leaf = parseLeaf(claimed?.leaf ?? Buffer.alloc(0));
    const known = this.#results.get(leaf.root);
    if (known !== undefined) {
      return known;
    }
    const folder = await mkdtemp(join(tmpdir(), 'hooke-result-'));
    const file = join(folder, 'result.tar');
    try {
      const hasher = new BlobHasher();
      const { result, archive } = await client.openResult(this.#name(slot), signal);
      await pipeline(Readable.from(limited(archive, hasher, leaf.size)), createWriteStream(file));
      if (parseLeaf(result.leaf).root !== leaf.root || BigInt(hasher.size) !== leaf.size || !hasher.finish().equals(leaf.archive)) {
        throw new HookeError('BAD_RESULT', 'it served a result that is not the one it claims: nothing was signed for it');
      }
    } catch (e) {
      await rm(folder, { recursive: true, force: true });
      throw e;
    }
    const first = this.#results.get(leaf.root);
    if (first !== undefined) {
      await rm(folder, { recursive: true, force: true });
      return first;
    }
    const fetched = new Result(leaf, file);
    this.#results.set(leaf.root, fetched);
    return fetched;
  }

  /**
   * Fetches what an array's slot gave and gives the receipt for it, but not before the chain has as many tasks as were served:
   * a receipt does not say how many it is for.
   *
   * @param {NodeClient} client
   * @param {Slot} slot
   * @param {string} state of the task at its node
   * @param {AbortSignal} signal
   */
  async #takeTable(client, slot, state, signal) {
    const leaves = await this.#fetchTable(client, slot, signal);
    for (let look = 0; look <= LOOKS_FOR_PART; look++) {
      const { slots } = await this.chain.order(this.id);
      if (slots[slot.slot].count === leaves.length) {
        await this.#acknowledge(client, slots[slot.slot], sumRoot(leaves));
        return;
      }
      if (state !== 'DELIVERED') {
        return;
      }
      await sleep(PART_AGAIN, undefined, { signal });
    }
  }

  /**
   * Downloads what an array's slot gave, its table of leaves and every archive, and checks it all.
   *
   * @param {NodeClient} client
   * @param {Slot} slot
   * @param {AbortSignal} [signal]
   */
  async #fetchTable(client, slot, signal) {
    const { result, table } = await client.openTable(this.#name(slot), signal);
    const bytes = [];
    for await (const chunk of limited(table, new BlobHasher(), BigInt(slot.count * LEAF_BYTES))) {
      bytes.push(chunk);
    }
    const leaves = parseTable(Buffer.concat(bytes));
    const sum = sumRoot(leaves);
    const follows = leaves.every((leaf, i) => leaf.index === slot.first + i);
    if (!follows || leaves.length !== result.count || sum.root !== `0x${result.root}` || String(sum.fuel) !== String(result.fuel)) {
      throw new HookeError('BAD_RESULT', 'it served a table of results that is not the one it claims: nothing was signed for it');
    }
    for (const leaf of leaves) {
      await this.#archiveOf(leaf, client, slot, signal);
    }
    this.#tables.set(sum.root, leaves);
    return leaves;
  }

  /**
   * The file of the archive that a leaf of an array names: the one that is here, or what a node serves as it.
   *
   * @param {import('./result.js').ResultLeaf} leaf
   * @param {NodeClient} [client]
   * @param {Slot} [slot]
   * @param {AbortSignal} [signal]
   * @returns {Promise<string>}
   */
  #archiveOf(leaf, client, slot, signal) {
    const key = leaf.archive.toString('hex');
    const known = this.#archives.get(key);
    if (known !== undefined || client === undefined || slot === undefined) {
      return known ?? Promise.reject(new HookeError('UNEXPECTED', `the archive of task ${leaf.index} is not here`));
    }
    this.#folder ??= mkdtemp(join(tmpdir(), 'hooke-results-'));
    const folder = this.#folder;
    const fetched = (async () => {
      const file = join(await folder, `${key}.tar`);
      const hasher = new BlobHasher();
      const { result, archive } = await client.openResult(this.#name(slot), signal, leaf.index);
      await pipeline(Readable.from(limited(archive, hasher, leaf.size)), createWriteStream(file));
      if (parseLeaf(result.leaf).root !== leaf.root || BigInt(hasher.size) !== leaf.size || !hasher.finish().equals(leaf.archive)) {
        throw new HookeError('BAD_RESULT', `it served a result of task ${leaf.index} that is not the one it claims: nothing was signed for it`);
      }
      return file;
    })();
    this.#archives.set(key, fetched);
    fetched.catch(() => this.#archives.delete(key));
    return fetched;
  }

  /**
   * @param {NodeClient} client
   * @param {Slot} slot
   * @param {{ root: `0x${string}`, fuel: bigint }} result
   */
  async #acknowledge(client, slot, { root, fuel }) {
    const key = `${slot.slot} ${slot.nodeId} ${root}`;
    if (this.#acknowledged.has(key) || (await this.#isOpenToChallenges(slot))) {
      return;
    }
    const receipt = await signReceipt(this.chain.account, this.chain.domain, { order: this.id, slot: slot.slot, root, fuel });
    await client.submitReceipt(this.#name(slot), receipt);
    this.#acknowledged.add(key);
    this.on({ type: 'acknowledged', slot: slot.slot, node: client.node });
  }

  /**
   * Whether others may still find the slot's result wrong, which a receipt would end.
   *
   * @param {Slot} slot
   */
  async #isOpenToChallenges(slot) {
    const { mode } = await this.chain.terms(this.id);
    return VERIFICATIONS[mode] === 'OPTIMISTIC' && slot.state !== 'SETTLED';
  }

  /** @param {Slot} slot */
  #name({ slot }) {
    return `tasks/${this.id}-${slot}`;
  }

  /** @param {number} nodeId */
  async #client(nodeId) {
    if (!this.#nodes.has(nodeId)) {
      this.#nodes = await this.chain.nodes();
    }
    const node = this.#nodes.get(nodeId);
    if (node === undefined) {
      throw new HookeError('UNEXPECTED', `the chain knows no node ${nodeId}`);
    }
    return new NodeClient(node, this.chain.domain, this.chain.account);
  }

  /**
   * Calls what time has made possible, so that no money waits for somebody else's attention.
   *
   * @param {Order} order
   */
  async #callTimeouts({ terms, slots, createdAt, commitsClosedAt }) {
    const { timestamp } = await this.chain.ask((client) => client.getBlock());
    const late = (/** @type {number} */ deadline) => timestamp - GRACE > BigInt(deadline);
    const openUntil = createdAt + terms.openSeconds;
    if (slots.some((slot) => slot.state === 'OPEN') && late(openUntil)) {
      await this.#call('expire', () => this.chain.send('expire', [terms]));
    }
    for (const slot of slots.filter((each) => each.state === 'ASSIGNED' && late(each.deadline))) {
      await this.#call(`miss ${slot.slot}`, () => this.chain.send('miss', [terms, slot.slot]));
    }
    if (VERIFICATIONS[terms.mode] === 'QUORUM') {
      if (late((commitsClosedAt || openUntil + terms.runSeconds) + terms.windowSeconds)) {
        await this.#call('settle', () => this.chain.send('settle', [terms]));
      }
      return;
    }
    for (const slot of slots.filter((each) => each.state === 'DELIVERED' && late(each.deadline))) {
      if (!this.#pending.some((challenge) => challenge.slot === slot.slot)) {
        await this.#call(`settle ${slot.slot}`, () => this.chain.send('settleSlot', [terms, slot.slot]));
      }
    }
    for (const { slot, index, state, deadline, jury } of this.#pending) {
      const due = state === 'ASKED' ? late(deadline) : jury !== undefined && (await this.chain.order(jury)).closed;
      if (due) {
        await this.#call(`conclude ${index}`, () => this.chain.send('conclude', [terms, slot, index]));
      }
    }
  }

  /**
   * What others challenged, while it can be challenged.
   *
   * @param {Order} order
   */
  async #lookAtChallenges({ terms, slots }) {
    if (VERIFICATIONS[terms.mode] !== 'OPTIMISTIC' || !slots.some((slot) => slot.state === 'DELIVERED')) {
      this.#pending = [];
      return;
    }
    if (Date.now() - this.#challengesAt < CHALLENGES_AGAIN) {
      return;
    }
    this.#challengesAt = Date.now();
    const challenges = await this.chain.challenges(this.id);
    for (const challenge of challenges) {
      if (this.#challenged.get(challenge.index) !== challenge.state) {
        this.#challenged.set(challenge.index, challenge.state);
        this.on({ type: 'challenge', ...challenge });
      }
    }
    this.#pending = challenges.filter(({ state }) => state === 'ASKED' || state === 'JUDGING');
  }

  /**
   * @param {string} what
   * @param {() => Promise<unknown>} send
   */
  async #call(what, send) {
    if (Date.now() - (this.#called.get(what) ?? 0) < CALL_AGAIN) {
      return;
    }
    this.#called.set(what, Date.now());
    try {
      await send();
    } catch (e) {
      // Somebody else was faster, or it is not due yet: the chain will say.
      this.on({ type: 'trouble', message: `${what} was not needed: ${messageOf(e)}` });
    }
  }
}

/**
 * Hashes what passes, and ends the transfer when more comes than was claimed.
 *
 * @param {AsyncIterable<Buffer>} bytes
 * @param {BlobHasher} hasher
 * @param {bigint} limit
 */
async function* limited(bytes, hasher, limit) {
  for await (const chunk of bytes) {
    hasher.update(chunk);
    if (BigInt(hasher.size) > limit) {
      throw new HookeError('BAD_RESULT', `its result is longer than the ${limit} bytes that it claims`);
    }
    yield chunk;
  }
}
