import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { BlobHasher } from './blob.js';
import { requireResult } from './archive.js';
import { hopeless, reasonsOf } from './buy.js';
import { HookeError, messageOf } from './errors.js';
import { VERIFICATIONS, signReceipt } from './law.js';
import { NodeClient } from './node.js';
import { removeScratch, scratch } from './scratch.js';
import { unpacked } from './task.js';
import { shown } from './words.js';
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

/** What one node may tell over one stream: so much at once, and so much more each second. */
const NEWS_AT_ONCE = 200;
const NEWS_PER_SECOND = 20;

/** Lines about one provider's troubles with one run, results that it may offer for it, and the longest pause before it is followed again. */
const MAX_TROUBLES = 8;
const MAX_RESULTS = 2;
const MOST_PAUSE = 30_000;

/** Whatever its size, a download may take so long, a second more for each so many bytes, and so long for each of several. */
const DOWNLOAD = 30_000;
const DOWNLOAD_RATE = 64 << 10;
const DOWNLOAD_EACH = 500;

/** Seconds after which a delivered result that is not here is withheld, and before the end of the time for a refusal. */
const WITHHELD = 10;
const LAST_CALL = 30;

/** Nodes are asked why they do not bid after so long without a bid, and again; so many of them at most. */
const WHY_AFTER = 5_000;
const WHY_EVERY = 10_000;
const WHY_ASKED = 64;

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
  /** @type {Map<string, { said: string, times: number, lines: number }>} by slot and node */
  #troubles = new Map();
  /** @type {Map<string, Set<string>>} results that were offered, by slot and node */
  #offers = new Map();
  /** @type {Map<string, boolean>} whether the last call was told, by slot and node */
  #withheld = new Map();
  #openSince = 0;
  #askedAt = 0;
  #reasons = '';
  /** @type {Promise<void> | undefined} */
  #asking;
  /** Why no node will ever take what is open; empty while somebody may. */
  #hopeless = '';
  /** Why the order was cancelled by this watch; empty when it was not. */
  givenUp = '';
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
      await this.#offerRefusal(order);
      await this.#askWhy(order);
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
      const why = this.givenUp === '' ? 'order it again' : `it was cancelled, since no node will ever take it: ${this.givenUp}`;
      throw new HookeError('NO_RESULT', `order ${this.id} ended without a paid result: ${why}`);
    }
    const failures = [];
    for (const slot of slots.filter((each) => each.root === resultRoot)) {
      const owed = slot.state === 'SETTLED';
      if (!(owed || slot.state === 'RELEASED') || (!owed && this.#results.has(resultRoot))) {
        continue;
      }
      let client;
      try {
        client = await this.#client(slot.nodeId);
        const task = await client.task(this.#name(slot));
        const { leaf } = await this.#fetch(client, slot, task.result);
        if (leaf.root !== resultRoot) {
          throw new HookeError('BAD_RESULT', 'it served another result than it was paid for');
        }
        if (owed) {
          await this.#acknowledge(client, slot, leaf);
        }
      } catch (e) {
        failures.push(`node ${slot.nodeId}: ${shown(messageOf(e))}`);
      } finally {
        client?.close();
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
            // A root does not say over how many leaves it is.
            if (root !== slot.root || fuel !== slot.fuel || leaves.length !== slot.count) {
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
        missing.push(`${tasks}: node ${slot.nodeId}: ${shown(messageOf(e))}`);
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
        await removeScratch(await folder);
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
      await removeScratch(await this.#folder);
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
        next.done = this.#follow(slot, next.abort.signal);
        next.done.then(() => sleep(this.#pauseBefore(slot), undefined, { ref: false })).then(() => (next.over = true));
      }
    }
  }

  /**
   * Milliseconds before a node is followed again: longer each time that it failed.
   *
   * @param {Slot} slot
   */
  #pauseBefore(slot) {
    return Math.min(RETRY * 2 ** Math.min(this.#troubles.get(keyOf(slot))?.times ?? 0, 8), MOST_PAUSE);
  }

  /**
   * Says what is wrong with a node, once as long as it is the same; of one that says something else each time, a few lines.
   *
   * @param {Slot} slot
   * @param {import('./node.js').NodeAddress | undefined} node
   * @param {string} why
   */
  #trouble(slot, node, why) {
    const before = this.#troubles.get(keyOf(slot)) ?? { said: '', times: 0, lines: 0 };
    const fresh = why !== before.said;
    const now = { said: why, times: before.times + 1, lines: before.lines + Number(fresh) };
    this.#troubles.set(keyOf(slot), now);
    if (fresh && now.lines <= MAX_TROUBLES + 1) {
      this.on({ type: 'trouble', node, message: now.lines <= MAX_TROUBLES ? why : 'it goes on like that; no more of it is told' });
    }
  }

  /**
   * Tells what may still be done about a delivery that cannot be had, or is none, while it can: it is paid when the time for a
   * refusal is over.
   *
   * @param {Order} order
   */
  async #offerRefusal({ terms, slots }) {
    const delivered = VERIFICATIONS[terms.mode] === 'ATTENDED' ? slots.filter((slot) => slot.state === 'DELIVERED') : [];
    const missing = delivered.filter(({ root }) => !this.#results.has(root) && !this.#tables.has(root));
    if (missing.length === 0) {
      return;
    }
    const { timestamp } = await this.chain.ask((client) => client.getBlock());
    for (const slot of missing) {
      const secondsLeft = slot.deadline - Number(timestamp);
      const why = this.#troubles.get(keyOf(slot))?.said ?? '';
      const last = secondsLeft <= LAST_CALL;
      const due = last || why !== '' || terms.windowSeconds - secondsLeft >= WITHHELD;
      const told = this.#withheld.get(keyOf(slot));
      if (secondsLeft > 0 && due && (told === undefined || (last && !told))) {
        this.#withheld.set(keyOf(slot), last);
        this.on({ type: 'withheld', slot: slot.slot, nodeId: slot.nodeId, secondsLeft, why });
      }
    }
  }

  /**
   * Tells why nobody bids while nobody does, and takes back what no node will ever take, once nobody works on the rest.
   *
   * @param {Order} order
   */
  async #askWhy({ terms, slots }) {
    if (!slots.some((slot) => slot.state === 'OPEN')) {
      this.#openSince = 0;
      this.#hopeless = '';
      return;
    }
    this.#openSince ||= Date.now();
    const waited = Date.now() - this.#openSince;
    if (waited >= WHY_AFTER && this.#asking === undefined && Date.now() - this.#askedAt >= WHY_EVERY) {
      this.#askedAt = Date.now();
      this.#asking = this.#askNodes(terms, waited).finally(() => (this.#asking = undefined));
    }
    const working = slots.some(({ state }) => ['ASSIGNED', 'COMMITTED', 'REVEALED'].includes(state));
    const own = terms.consumer.toLowerCase() === this.chain.account.address.toLowerCase();
    if (this.#hopeless !== '' && !working && own) {
      const reasons = this.#hopeless;
      await this.#call('cancel', async () => {
        await this.chain.send('cancel', [terms]);
        this.givenUp = reasons;
      });
    }
  }

  /**
   * @param {import('./law.js').Terms} terms
   * @param {number} waited milliseconds without a bid
   */
  async #askNodes(terms, waited) {
    const allowed = unpacked(terms.allow);
    const able = [...(await this.chain.nodes()).values()].filter(
      ({ active, operatorId }) => active && (allowed.length === 0 || allowed.includes(operatorId)),
    );
    const answers = new Map();
    await Promise.all(
      able.slice(0, WHY_ASKED).map(async (node) => {
        let client;
        try {
          client = new NodeClient(node, this.chain.domain, this.chain.account, this.chain);
          answers.set(node.id, await client.quoteOrder(this.id));
        } catch {
          // It may not have seen the order yet; whoever says nothing explains nothing.
        } finally {
          client?.close();
        }
      }),
    );
    const reasons = reasonsOf(answers);
    const over = able.length <= WHY_ASKED && hopeless(able.map(({ id }) => id), answers, waited);
    this.#hopeless = over ? reasons : '';
    if (reasons !== '' && reasons !== this.#reasons) {
      this.#reasons = reasons;
      this.on({ type: 'waiting', reasons, hopeless: over });
    }
  }

  /**
   * @param {Slot} slot
   * @param {AbortSignal} signal
   */
  async #follow(slot, signal) {
    let client;
    try {
      client = await this.#client(slot.nodeId);
      const since = Date.now();
      let news = 0;
      for await (const { event, task } of client.watch(this.#name(slot), { signal })) {
        if (++news > NEWS_AT_ONCE + (NEWS_PER_SECOND * (Date.now() - since)) / 1_000) {
          throw new HookeError('UNEXPECTED', 'it floods this side with news');
        }
        if (event === 'task' && (task.state === 'READY' || task.state === 'DELIVERED')) {
          this.#requireOne(slot, task);
          if (task.arrayResult) {
            await this.#takeTable(client, slot, task.state, signal);
          } else {
            const { leaf } = await this.#fetch(client, slot, task.result, signal);
            await this.#requireDelivered(slot, leaf.root);
            await this.#acknowledge(client, slot, leaf);
          }
          this.#troubles.delete(keyOf(slot));
        } else if (event === 'task' && task.state === 'FAILED') {
          this.#trouble(slot, client.node, `gave up: ${shown(task.failure)}`);
        }
      }
    } catch (e) {
      // A node may be a block behind and not know yet that it has the slot.
      const early = e instanceof HookeError && e.reason === 'TASK_NOT_FOUND';
      if (!signal.aborted && !early) {
        this.#trouble(slot, this.#nodes.get(slot.nodeId), shown(messageOf(e)));
      }
    } finally {
      client?.close();
    }
  }

  /**
   * An honest provider has one result for one run, and each costs a download.
   *
   * @param {Slot} slot
   * @param {any} task
   */
  #requireOne(slot, { arrayResult, result }) {
    const offer = arrayResult ? `${shown(arrayResult.root, 80)} ${arrayResult.count}` : (result?.leaf ?? Buffer.alloc(0)).subarray(0, LEAF_BYTES).toString('hex');
    const offers = this.#offers.get(keyOf(slot)) ?? new Set();
    this.#offers.set(keyOf(slot), offers);
    if (offers.size >= MAX_RESULTS && !offers.has(offer)) {
      throw new HookeError('BAD_RESULT', 'it offers ever other results for one run');
    }
    offers.add(offer);
  }

  /**
   * @param {Slot} slot
   * @param {string} root of what was served
   */
  async #requireDelivered(slot, root) {
    const now = (await this.chain.order(this.id)).slots[slot.slot];
    if (now.nodeId === slot.nodeId && now.state === 'DELIVERED' && now.root !== root) {
      throw new HookeError('BAD_RESULT', 'it serves another result than it delivered');
    }
  }

  /**
   * Refuses to fetch more than the order gives the results of one slot together.
   *
   * @param {bigint} bytes
   */
  async #requireRoom(bytes) {
    const { diskMib } = await this.chain.terms(this.id);
    if (bytes > BigInt(diskMib) << 20n) {
      throw new HookeError('BAD_RESULT', `it claims a result of ${bytes} bytes, the order has room for ${BigInt(diskMib) << 20n}: nothing was fetched or signed for it`);
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
    await this.#requireRoom(leaf.size);
    const folder = await scratch('hooke-result-');
    const file = join(folder, 'result.tar');
    try {
      const hasher = new BlobHasher();
      const { result, archive } = await client.openResult(this.#name(slot), signal);
      await pipeline(Readable.from(limited(archive, hasher, leaf.size, untilOf(leaf.size, 1))), createWriteStream(file));
      if (parseLeaf(result.leaf).root !== leaf.root || BigInt(hasher.size) !== leaf.size || !hasher.finish().equals(leaf.archive)) {
        throw new HookeError('BAD_RESULT', 'it served a result that is not the one it claims: nothing was signed for it');
      }
      await requireForm(file);
    } catch (e) {
      await removeScratch(folder);
      throw e;
    }
    const first = this.#results.get(leaf.root);
    if (first !== undefined) {
      await removeScratch(folder);
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
    const most = BigInt(slot.count * LEAF_BYTES);
    for await (const chunk of limited(table, new BlobHasher(), most, untilOf(most, 1))) {
      bytes.push(chunk);
    }
    const leaves = parseTable(Buffer.concat(bytes));
    const sum = sumRoot(leaves);
    const follows = leaves.every((leaf, i) => leaf.index === slot.first + i);
    if (!follows || leaves.length !== result.count || sum.root !== `0x${result.root}` || String(sum.fuel) !== String(result.fuel)) {
      throw new HookeError('BAD_RESULT', 'it served a table of results that is not the one it claims: nothing was signed for it');
    }
    const total = leaves.reduce((bytes, leaf) => bytes + leaf.size, 0n);
    await this.#requireRoom(total);
    const until = untilOf(total, leaves.length);
    for (const leaf of leaves) {
      await this.#archiveOf(leaf, { client, slot, signal, until });
    }
    this.#tables.set(sum.root, leaves);
    return leaves;
  }

  /**
   * The file of the archive that a leaf of an array names: the one that is here, or what a node serves as it.
   *
   * @param {import('./result.js').ResultLeaf} leaf
   * @param {{ client: NodeClient, slot: Slot, signal?: AbortSignal, until: number }} [from]
   * @returns {Promise<string>}
   */
  #archiveOf(leaf, from) {
    const key = leaf.archive.toString('hex');
    const known = this.#archives.get(key);
    if (known !== undefined || from === undefined) {
      return known ?? Promise.reject(new HookeError('UNEXPECTED', `the archive of task ${leaf.index} is not here`));
    }
    const { client, slot, signal, until } = from;
    this.#folder ??= scratch('hooke-results-');
    const folder = this.#folder;
    const fetched = (async () => {
      const file = join(await folder, `${key}.tar`);
      const hasher = new BlobHasher();
      const { result, archive } = await client.openResult(this.#name(slot), signal, leaf.index);
      await pipeline(Readable.from(limited(archive, hasher, leaf.size, until)), createWriteStream(file));
      if (parseLeaf(result.leaf).root !== leaf.root || BigInt(hasher.size) !== leaf.size || !hasher.finish().equals(leaf.archive)) {
        throw new HookeError('BAD_RESULT', `it served a result of task ${leaf.index} that is not the one it claims: nothing was signed for it`);
      }
      await requireForm(file);
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
    return new NodeClient(node, this.chain.domain, this.chain.account, this.chain);
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
 * Hashes what passes, and ends the transfer when more comes than was claimed, or too slowly.
 *
 * @param {AsyncIterable<Buffer>} bytes
 * @param {BlobHasher} hasher
 * @param {bigint} limit
 * @param {number} until milliseconds of the clock
 */
export async function* limited(bytes, hasher, limit, until) {
  for await (const chunk of bytes) {
    if (Date.now() > until) {
      throw new HookeError('TIMEOUT', 'its result comes too slowly');
    }
    hasher.update(chunk);
    if (BigInt(hasher.size) > limit) {
      throw new HookeError('BAD_RESULT', `its result is longer than the ${limit} bytes that it claims`);
    }
    yield chunk;
  }
}

/**
 * Until when so many bytes must have come.
 *
 * @param {bigint} bytes
 * @param {number} items each of which is asked for by itself
 */
const untilOf = (bytes, items) => Date.now() + DOWNLOAD + (1_000 * Number(bytes)) / DOWNLOAD_RATE + DOWNLOAD_EACH * items;

const keyOf = (/** @type {Slot} */ { slot, nodeId }) => `${slot} ${nodeId}`;

/**
 * No receipt is signed for what cannot be unpacked.
 *
 * @param {string} file
 */
async function requireForm(file) {
  try {
    await requireResult(file);
  } catch (e) {
    throw new HookeError('BAD_RESULT', `it served what is no result: ${messageOf(e)}: nothing was signed for it`, { cause: e });
  }
}
