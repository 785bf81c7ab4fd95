import { HookeError, messageOf } from './errors.js';
import { signVoucher } from './law.js';
import { NodeClient } from './node.js';

/** @typedef {import('./node.js').NodeAddress} NodeAddress */

const ORIGINS = 2;
const HOUR = 3_600;

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
 * node does not keep at no price is paid by voucher, as far as the draft's `uploadBudget` goes. What can be lost to an origin that
 * lies is what its tab holds, and a tab gets no more than is asked here.
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
  let budget = task.uploadBudget;
  /** @type {NodeAddress[]} */
  const origins = [];
  const failures = [];
  let dear = false;
  for (const { node } of takersFirst) {
    if (origins.length === ORIGINS || origins.some((origin) => origin.operatorId === node.operatorId)) {
      continue;
    }
    const client = new NodeClient(node, chain.domain, chain.account);
    try {
      const paid = await upload(chain, client, task.blobs, keepUntil, budget, escrow, on);
      budget -= paid;
      for (const blob of task.blobs) {
        await tryFetch(client, blob);
      }
      origins.push(node);
      on({ type: 'uploaded', node, blobs: task.blobs.length, paid });
    } catch (e) {
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

/**
 * @param {import('./chain.js').Chain} chain
 * @param {NodeClient} client
 * @param {import('./blob.js').Blob[]} blobs
 * @param {Date} keepUntil
 * @param {bigint} budget
 * @param {bigint} escrow what must stay free for the order
 * @param {(event: import('./hooke.js').TaskEvent) => void} on
 * @returns {Promise<bigint>} what was spent
 */
async function upload(chain, client, blobs, keepUntil, budget, escrow, on) {
  const asked = [];
  for (const blob of blobs) {
    const offer = await offerOf(client, blob, keepUntil);
    if (offer !== undefined) {
      asked.push({ blob, ...offer });
    }
  }
  if (asked.length === 0) {
    return 0n;
  }
  const { operatorId } = client.node;
  const promised = asked[0].total - asked[0].cost;
  const cost = asked.reduce((sum, each) => sum + each.cost, 0n);
  const tab = await chain.tab(operatorId);
  const lacking = promised + cost - tab.redeemed - tab.balance;
  const spent = lacking > cost ? lacking : cost;
  if (spent > budget) {
    throw new HookeError('NO_FUNDS', `it asks ${spent} token-wei for keeping the task's files, ${budget} are left of uploadBudget`, {
      metadata: { cost: String(spent), budget: String(budget) },
    });
  }
  if (lacking > 0n || tab.closesAt !== 0) {
    const amount = lacking > 0n ? lacking : 1n; // the least that keeps a tab open
    await fund(chain, escrow + amount, on);
    await chain.send('openTab', [operatorId, amount]);
    on({ type: 'tab', operatorId, amount });
  }
  let total = promised;
  for (const { blob, cost: each } of asked) {
    total += each;
    const signature = await signVoucher(chain.account, chain.domain, { operatorId, total });
    await client.upload(blob, keepUntil, { total, signature });
  }
  return spent;
}

/**
 * Uploads what the node keeps at no price.
 *
 * @param {NodeClient} client
 * @param {import('./blob.js').Blob} blob
 * @param {Date} keepUntil
 * @returns {Promise<{ cost: bigint, total: bigint } | undefined>} undefined if it keeps it now; else what it asks: for this blob,
 *     and for this and all that was promised to its operator before
 */
async function offerOf(client, blob, keepUntil) {
  try {
    await client.upload(blob, keepUntil);
    return undefined;
  } catch (e) {
    if (e instanceof HookeError && e.reason === 'UPLOAD_ALLOWANCE_EXCEEDED') {
      const { cost_wei: cost, voucher_total_wei: total } = e.metadata;
      if (/^\d+$/.test(cost) && /^\d+$/.test(total) && BigInt(total) >= BigInt(cost)) {
        return { cost: BigInt(cost), total: BigInt(total) };
      }
    }
    throw e;
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
