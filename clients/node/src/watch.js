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
import { Result, parseLeaf } from './result.js';

/** @typedef {import('./chain.js').Order} Order */
/** @typedef {import('./chain.js').Slot} Slot */

/** Milliseconds between two looks at the chain, and before a broken stream or a refused call is tried again. */
const LOOK = 250;
const RETRY = 500;
const CALL_AGAIN = 10_000;

/** Chain seconds after a deadline before this side calls it: the parties concerned go first. */
const GRACE = 3n;

const WORKING = new Set(['ASSIGNED', 'DELIVERED', 'COMMITTED', 'REVEALED']);

/**
 * Follows one order of one consumer to its end: holds a stream to each assigned node, fetches and verifies results, signs a
 * receipt for each provider that handed one over, and calls the timeouts that nobody else called. All it knows comes from
 * chain and nodes, so it can begin at any moment of an order's life.
 */
export class Watch {
  /** @type {Map<string, Result>} by root */
  #results = new Map();
  /** @type {Map<number, { nodeId: number, over: boolean, abort: AbortController, done: Promise<void> }>} */
  #streams = new Map();
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

  /** Ends the streams and removes what was downloaded and not collected. */
  async close() {
    for (const { abort, done } of this.#streams.values()) {
      abort.abort();
      await done;
    }
    await Promise.all([...this.#results.values()].map((result) => result.close()));
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
          const { leaf } = await this.#fetch(client, slot, task.result, signal);
          await this.#acknowledge(client, slot, leaf);
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
   * @param {NodeClient} client
   * @param {Slot} slot
   * @param {import('./result.js').ResultLeaf} leaf
   */
  async #acknowledge(client, slot, { root, fuel }) {
    const key = `${slot.slot} ${slot.nodeId} ${root}`;
    if (this.#acknowledged.has(key)) {
      return;
    }
    const receipt = await signReceipt(this.chain.account, this.chain.domain, { order: this.id, slot: slot.slot, root, fuel });
    await client.submitReceipt(this.#name(slot), receipt);
    this.#acknowledged.add(key);
    this.on({ type: 'acknowledged', slot: slot.slot, node: client.node });
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
    const decided =
      VERIFICATIONS[terms.mode] === 'QUORUM'
        ? late((commitsClosedAt || openUntil + terms.runSeconds) + terms.windowSeconds)
        : slots.some((slot) => slot.state === 'DELIVERED' && late(slot.deadline));
    if (decided) {
      await this.#call('settle', () => this.chain.send('settle', [terms]));
    }
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
