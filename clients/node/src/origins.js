import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { HookeError, messageOf } from './errors.js';
import { signVoucher } from './law.js';
import { NodeClient } from './node.js';
import { shown } from './words.js';

/** @typedef {import('./node.js').NodeAddress} NodeAddress */

const ORIGINS = 2;
const HOUR = 3_600;

/** An amount that the law can count: some digits fewer than 2^104 has. */
const AMOUNT = /^\d{1,31}$/;

/** Bytes that are read back of each blob, and how long that may take, in milliseconds. */
const PIECE = 1_024;
const MAX_RANDOM = 2 ** 47;
const PIECE_PATIENCE = 30_000;

/** How long a node that cannot take a voucher yet is asked again, and how often, in milliseconds. */
const PATIENCE = 60_000;
const AGAIN = 500;

/**
 * Sees to it that so much is free in the vault.
 *
 * @param {import('./chain.js').Chain} chain
 * @param {bigint} wanted token-wei
 * @param {(event: import('./hooke.js').TaskEvent) => void} on
 */
export async function fund(chain, wanted, on) {
  const { free, tokens } = await chain.funds();
  const missing = wanted - free;
  if (missing > tokens) {
    throw new HookeError('NO_FUNDS', `the order locks ${wanted} token-wei; ${free} are free in the vault and ${tokens} in the wallet`, {
      metadata: { escrow: String(wanted), free: String(free), tokens: String(tokens) },
    });
  }
  if (missing > 0n) {
    await chain.deposit(missing);
    on({ type: 'deposited', amount: missing });
  }
}

/**
 * Puts a task's files at two nodes of different operators, from which bidders fetch them, so that their owner may leave. What a
 * node does not keep at no price is paid by voucher, as far as `task.uploads` goes. What can be lost to an origin that lies is what
 * that allows: what is signed away counts, whether or not its tab held so much already.
 *
 * @param {import('./chain.js').Chain} chain
 * @param {import('./task.js').PreparedTask} task
 * @param {import('./buy.js').Quote} offer
 * @param {(event: import('./hooke.js').TaskEvent) => void} on
 */
export async function takeOrigins(chain, task, { terms, answers, escrow }, on) {
  const seconds = terms.openSeconds + terms.runSeconds + terms.windowSeconds + HOUR;
  const keepUntil = new Date(Date.now() + 1000 * seconds);
  const takersFirst = [...answers].sort((a, b) => Number(a.why !== '') - Number(b.why !== ''));
  /** @type {NodeAddress[]} */
  const origins = [];
  const failures = [];
  /** Operators that took money and gave nothing. @type {Set<number>} */
  const burnt = new Set();
  let dear = false;
  for (const { node } of takersFirst) {
    const used = burnt.has(node.operatorId) || origins.some((origin) => origin.operatorId === node.operatorId);
    if (origins.length === ORIGINS || used) {
      continue;
    }
    const before = task.uploads.left;
    let client;
    try {
      client = new NodeClient(node, chain.domain, chain.account, chain);
      await new Upload(chain, client, task, keepUntil, escrow, on).run();
      for (const blob of task.blobs) {
        await tryFetch(client, blob);
      }
      origins.push(node);
      on({ type: 'uploaded', node, blobs: task.blobs.length, paid: before - task.uploads.left });
    } catch (e) {
      if (task.uploads.left !== before) {
        burnt.add(node.operatorId);
      }
      dear ||= e instanceof HookeError && e.reason === 'NO_FUNDS';
      failures.push(`node ${node.id}: ${shown(messageOf(e))}`);
    } finally {
      client?.close();
    }
  }
  if (origins.length === 0) {
    const why = `no node took the task's files, nothing was ordered: ${failures.join('; ')}`;
    throw new HookeError(dear ? 'NO_FUNDS' : 'UNREACHABLE', why);
  }
  return origins.map((node) => node.id);
}

/** A task's files on their way to one node. */
class Upload {
  /**
   * @param {import('./chain.js').Chain} chain
   * @param {NodeClient} client
   * @param {import('./task.js').PreparedTask} task
   * @param {Date} keepUntil
   * @param {bigint} escrow what must stay free for the order
   * @param {(event: import('./hooke.js').TaskEvent) => void} on
   */
  constructor(chain, client, task, keepUntil, escrow, on) {
    this.chain = chain;
    this.client = client;
    this.task = task;
    this.keepUntil = keepUntil;
    this.escrow = escrow;
    this.on = on;
  }

  async run() {
    const asked = [];
    for (const blob of this.task.blobs) {
      const offer = await this.#tried(() => this.client.upload(blob, this.keepUntil));
      if (offer !== undefined) {
        asked.push({ blob, ...offer });
      }
    }
    if (asked.length === 0) {
      return;
    }
    const cost = asked.reduce((sum, each) => sum + each.cost, 0n);
    let total = asked[0].total - asked[0].cost;
    await this.#secure(total + cost);
    for (const { blob, cost: each } of asked) {
      total = await this.#pay(blob, total + each);
    }
  }

  /**
   * Uploads a blob with a voucher for `total` in all. A node may be a block behind, so it is asked for a while; where its price
   * has risen since it said it, what it asks then is looked at once more.
   *
   * @param {import('./blob.js').Blob} blob
   * @param {bigint} total
   * @returns {Promise<bigint>} the total that was taken
   */
  async #pay(blob, total) {
    const until = Date.now() + PATIENCE;
    let signed = total;
    for (let raised = false; ; ) {
      const { operatorId } = this.client.node;
      const before = this.chain.promised.get(operatorId) ?? 0n;
      this.chain.promised.set(operatorId, before > signed ? before : signed);
      const signature = await signVoucher(this.chain.account, this.chain.domain, { operatorId, total: signed });
      try {
        const more = await this.#tried(() => this.client.upload(blob, this.keepUntil, { total: signed, signature }));
        if (more === undefined) {
          return signed;
        }
        if (raised || more.total <= signed) {
          throw new HookeError('UNEXPECTED', "it asks ever more for keeping the task's files");
        }
        raised = true;
        await this.#secure(more.total);
        signed = more.total;
      } catch (e) {
        if (!(e instanceof HookeError && ['TAB_TOO_SMALL', 'PAID_UPLOAD_UNDERWAY'].includes(e.reason)) || Date.now() > until) {
          throw e;
        }
        await sleep(AGAIN);
      }
    }
  }

  /**
   * Takes out of the budget what a voucher for `total` in all would sign away beyond what is known to be promised or paid, or what
   * must be locked where that is more, and sees to it that the tab covers it. Known is what the chain says and what this process
   * signed: what an operator says of earlier days is its word.
   *
   * @param {bigint} total
   */
  async #secure(total) {
    const { operatorId } = this.client.node;
    const { uploads } = this.task;
    const tab = await this.chain.tab(operatorId);
    const lacking = total - tab.redeemed - tab.balance;
    const promised = this.chain.promised.get(operatorId) ?? 0n;
    const fresh = total - (promised > tab.redeemed ? promised : tab.redeemed);
    const needed = [lacking, fresh, 0n].reduce((a, b) => (a > b ? a : b));
    if (needed > uploads.left) {
      throw new HookeError('NO_FUNDS', `it asks ${needed} token-wei for keeping the task's files, ${uploads.left} are left of uploadBudget`, {
        metadata: { cost: String(needed), budget: String(uploads.left) },
      });
    }
    if (lacking <= 0n && tab.closesAt === 0) {
      uploads.left -= needed;
      return;
    }
    const amount = lacking > 0n ? lacking : 1n; // the least that keeps a tab open
    await fund(this.chain, this.escrow + amount, this.on);
    uploads.left -= needed;
    await this.chain.send('openTab', [operatorId, amount]);
    this.on({ type: 'tab', operatorId, amount });
  }

  /**
   * @param {() => Promise<unknown>} upload
   * @returns {Promise<{ cost: bigint, total: bigint } | undefined>} undefined if the node keeps it now; else what it asks: for this
   *     blob, and for this and all that was promised to its operator before
   */
  async #tried(upload) {
    try {
      await upload();
      return undefined;
    } catch (e) {
      if (e instanceof HookeError && ['UPLOAD_ALLOWANCE_EXCEEDED', 'VOUCHER_TOO_SMALL'].includes(e.reason)) {
        const { cost_wei: cost, voucher_total_wei: total } = e.metadata;
        if (AMOUNT.test(cost) && AMOUNT.test(total) && BigInt(total) >= BigInt(cost)) {
          return { cost: BigInt(cost), total: BigInt(total) };
        }
      }
      throw e;
    }
  }
}

/**
 * Reads a piece back that the node could not foresee, and compares it: enough to see that the blob is there and readable.
 *
 * @param {NodeClient} client
 * @param {import('./blob.js').Blob} blob
 */
export async function tryFetch(client, blob) {
  const from = blob.size <= PIECE ? 0 : randomInt(Math.min(blob.size - PIECE + 1, MAX_RANDOM));
  const length = Math.min(PIECE, blob.size);
  const until = Date.now() + PIECE_PATIENCE;
  let read = Buffer.alloc(0);
  for await (const chunk of client.openBlob(blob.id, from)) {
    read = Buffer.concat([read, chunk.subarray(0, length - read.length)]);
    if (read.length === length) {
      break;
    }
    if (Date.now() > until) {
      throw new HookeError('TIMEOUT', `it serves ${blob.what} too slowly`);
    }
  }
  if (!read.equals(await pieceOf(blob, from, length))) {
    throw new HookeError('UNREACHABLE', `it took ${blob.what} but serves other bytes`);
  }
}

/**
 * @param {import('./blob.js').Blob} blob
 * @param {number} from
 * @param {number} length
 */
async function pieceOf(blob, from, length) {
  let piece = Buffer.alloc(0);
  let at = 0;
  for await (const chunk of blob.open()) {
    const start = Math.max(0, from - at);
    piece = Buffer.concat([piece, chunk.subarray(start, start + length - piece.length)]);
    at += chunk.length;
    if (piece.length === length) {
      break;
    }
  }
  return piece;
}
