import { setTimeout as sleep } from 'node:timers/promises';
import { HookeError, messageOf } from './errors.js';
import { signVoucher } from './law.js';
import { NodeClient } from './node.js';

/** @typedef {import('./node.js').NodeAddress} NodeAddress */

const ORIGINS = 2;
const HOUR = 3_600;

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
 * its tab holds already, and what this adds.
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
    const client = new NodeClient(node, chain.domain, chain.account);
    const before = task.uploads.left;
    try {
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
      failures.push(`node ${node.id}: ${messageOf(e)}`);
    } finally {
      client.close();
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
    await this.#secure(total + cost, cost);
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
      const signature = await signVoucher(this.chain.account, this.chain.domain, { operatorId: this.client.node.operatorId, total: signed });
      try {
        const more = await this.#tried(() => this.client.upload(blob, this.keepUntil, { total: signed, signature }));
        if (more === undefined) {
          return signed;
        }
        if (raised || more.total <= signed) {
          throw new HookeError('UNEXPECTED', "it asks ever more for keeping the task's files");
        }
        raised = true;
        await this.#secure(more.total, more.total - signed);
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
   * Takes `cost` out of the budget, or what must be locked where that is more, and sees to it that the tab covers vouchers for
   * `total` in all.
   *
   * @param {bigint} total
   * @param {bigint} cost
   */
  async #secure(total, cost) {
    const { operatorId } = this.client.node;
    const { uploads } = this.task;
    const tab = await this.chain.tab(operatorId);
    const lacking = total - tab.redeemed - tab.balance;
    const needed = lacking > cost ? lacking : cost;
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
        if (/^\d+$/.test(cost) && /^\d+$/.test(total) && BigInt(total) >= BigInt(cost)) {
          return { cost: BigInt(cost), total: BigInt(total) };
        }
      }
      throw e;
    }
  }
}

/**
 * Reads back the last leaf: enough to see that the blob is there and readable.
 *
 * @param {NodeClient} client
 * @param {import('./blob.js').Blob} blob
 */
async function tryFetch(client, blob) {
  for await (const _ of client.openBlob(blob.id, Math.max(0, blob.size - 1_024)));
}
