import { randomBytes } from 'node:crypto';
import { HookeError, messageOf } from './errors.js';
import { VERIFICATIONS, escrowOf, orderId } from './law.js';
import { NodeClient } from './node.js';
import { fund, takeOrigins } from './origins.js';
import { unpacked } from './task.js';

/** @typedef {import('./node.js').NodeAddress} NodeAddress */
/** @typedef {import('./law.js').Terms} Terms */

/** An automatic price reaches what enough take and so much more (1/10,000), so that a node whose load changes can still bid. */
const HEADROOM_BPS = 2_500n;

/** So many operators shall be able to take it: one who offers little and never bids decides nothing. */
const ENOUGH = 3;

/** Blocks in which it rises. */
const RAMP_BLOCKS = 4;

/** Most slots of an array, and reasons that shorter slots may mend. */
const MAX_SLOTS = 128;
const TOO_LONG = new Set(['RUN_TOO_LONG', 'DEADLINE_UNREACHABLE']);
const TOO_LARGE = new Set([...TOO_LONG, 'BOND_TOO_LARGE', 'BOND_NOT_FREE', 'STAKE_AT_RISK', 'NO_ROOM', 'NEVER_FITS']);

/**
 * What one node said.
 *
 * @typedef {object} Answer
 * @property {NodeAddress} node
 * @property {bigint} [price] it would bid so much, token-wei per 1,000,000 fuel
 * @property {bigint} [floor] the least it takes, where the price is all that matters
 * @property {string} why why it would not; empty when it would
 * @property {string[]} [codes] the same as codes
 */

/**
 * What an order would cost and who would take it. Binds nobody.
 *
 * @typedef {object} Quote
 * @property {Terms} terms
 * @property {Answer[]} answers one for each active node
 * @property {boolean} filled whether enough operators would bid
 * @property {bigint} escrow what the order locks, token-wei; what is not used comes back
 */

/**
 * The terms as `QuoteOrder` takes them.
 *
 * @param {Terms} terms
 */
export const wireTerms = (terms) => ({
  consumer: terms.consumer,
  nonce: String(terms.nonce),
  spec: terms.spec.slice(2),
  tasks: terms.tasks,
  resources: { cpuMillis: terms.cpuMillis, memoryMib: terms.memoryMib, diskMib: terms.diskMib },
  startPrice: String(terms.startPrice),
  maxPrice: String(terms.maxPrice),
  ramp: { seconds: terms.rampSeconds },
  fuelLimit: String(terms.fuelLimit),
  openDuration: { seconds: terms.openSeconds },
  runDuration: { seconds: terms.runSeconds },
  window: { seconds: terms.windowSeconds },
  retention: { seconds: terms.retentionSeconds },
  minStakeWei: String(terms.minStake),
  allowedOperatorIds: unpacked(terms.allow),
  exclusiveKey: terms.exclusiveKey,
  verification: VERIFICATIONS[terms.mode],
  quorum: terms.quorum,
  slots: terms.slots,
  originNodeIds: [terms.originA, terms.originB].filter((id) => id !== 0),
});

/**
 * Asks every active node. Sends nothing to the chain.
 *
 * @param {import('./chain.js').Chain} chain
 * @param {import('./task.js').PreparedTask} task
 * @returns {Promise<Quote>}
 */
export async function quote(chain, task) {
  const nodes = [...(await chain.nodes()).values()].filter((node) => node.active);
  const at = (/** @type {bigint} */ start, /** @type {bigint} */ max, /** @type {number} */ ramp, /** @type {number} */ slots) => {
    const terms = task.termsFor(nodes.length, slots);
    return {
      consumer: chain.account.address,
      nonce: randomBytes(8).readBigUInt64BE() >> 1n,
      ...terms,
      rampSeconds: Math.min(ramp, Math.floor(terms.openSeconds / 2)),
      startPrice: start,
      maxPrice: max,
      originA: 0,
      originB: 0,
    };
  };
  const ask = async (/** @type {Terms} */ terms) => {
    const answers = await Promise.all(nodes.map((node) => answerOf(chain, node, task.spec, terms)));
    const takers = new Set(answers.filter((each) => each.why === '').map((each) => each.node.operatorId));
    return { terms, answers, filled: takers.size >= task.needed, escrow: escrowOf(terms) };
  };
  // The cheapest question there is makes every node that could do it name its floor.
  const asked = task.maxPrice ?? 1n;
  const first = await cut(task, nodes, (slots) => ask(at(asked, asked, 0, slots)));
  if (task.maxPrice !== undefined) {
    return first;
  }
  const floors = cheapestOfEachOperator(first.answers);
  if (floors.length < task.needed) {
    return { ...first, filled: false };
  }
  const { start, max } = defaultPrice(floors, task.needed);
  return ask(at(start, max, Math.round(RAMP_BLOCKS * (await chain.blockSeconds())), first.terms.slots));
}

/**
 * The price of an order whose consumer named none: it rises from what the cheapest take to what enough others would, so that nobody is paid
 * more than it takes, and no order waits for one provider alone.
 *
 * @param {bigint[]} floors the least that each operator takes, sorted
 * @param {number} needed operators without whom the order cannot be filled
 */
export function defaultPrice(floors, needed) {
  const start = floors[Math.min(needed, floors.length) - 1];
  const enough = floors[Math.min(Math.max(needed, ENOUGH), floors.length) - 1];
  return { start, max: (enough * (10_000n + HEADROOM_BPS) + 9_999n) / 10_000n };
}

/**
 * Asks with an array cut so that a slot fits what nodes take: in twice as many parts until enough operators would take one, or shorter ones
 * help nobody.
 *
 * @param {import('./task.js').PreparedTask} task
 * @param {NodeAddress[]} nodes
 * @param {(slots: number) => Promise<Quote>} ask
 */
export async function cut(task, nodes, ask) {
  let { slots } = task.termsFor(nodes.length);
  let best = await ask(slots);
  if (!task.cuttable) {
    return best;
  }
  const enough = Math.min(ENOUGH, new Set(nodes.map((node) => node.operatorId)).size);
  const able = (/** @type {Quote} */ each) =>
    new Set(each.answers.filter(({ why, floor }) => why === '' || floor !== undefined).map(({ node }) => node.operatorId)).size;
  const isTooLarge = (/** @type {Quote} */ each) => each.answers.some(({ codes }) => codes?.some((code) => TOO_LARGE.has(code)));
  const most = Math.min(task.tasks, MAX_SLOTS);
  let last = best;
  while (slots < most && able(best) < enough && isTooLarge(last)) {
    slots = Math.min(2 * slots, most);
    last = await ask(slots);
    // Where none of them helps, the shortest says what is left in the way.
    best = able(last) > able(best) || able(best) === 0 ? last : best;
  }
  return best;
}

/** @param {Answer[]} answers */
function cheapestOfEachOperator(answers) {
  /** @type {Map<number, bigint>} */
  const floors = new Map();
  for (const { node, floor } of answers) {
    const known = floors.get(node.operatorId);
    if (floor !== undefined && (known === undefined || floor < known)) {
      floors.set(node.operatorId, floor);
    }
  }
  return [...floors.values()].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/**
 * @param {import('./chain.js').Chain} chain
 * @param {NodeAddress} node
 * @param {object} spec
 * @param {Terms} terms
 * @returns {Promise<Answer>}
 */
async function answerOf(chain, node, spec, terms) {
  const client = new NodeClient(node, chain.domain, chain.account);
  try {
    const { answer, offer, refusal } = await client.quote(spec, wireTerms(terms));
    if (answer === 'offer') {
      return { node, price: BigInt(offer.price), floor: BigInt(offer.floorPrice), why: '' };
    }
    const [first, ...more] = refusal.reasons;
    const onlyPrice = first?.code === 'PRICE_BELOW_FLOOR' && more.length === 0;
    const why = refusal.reasons.map((/** @type {any} */ reason) => reason.message).join(' ');
    const codes = refusal.reasons.map((/** @type {any} */ reason) => reason.code);
    return { node, floor: onlyPrice ? BigInt(first.floorPrice) : undefined, why: why || 'it gave no reason', codes };
  } catch (e) {
    return { node, why: messageOf(e) };
  } finally {
    client.close();
  }
}

/**
 * Deposits what is missing, uploads to two origins of different operators, and orders. All that can go wrong without money
 * goes wrong before the first transaction.
 *
 * @param {import('./chain.js').Chain} chain
 * @param {import('./task.js').PreparedTask} task
 * @param {Quote} offer
 * @param {(event: import('./hooke.js').TaskEvent) => void} on
 */
export async function order(chain, task, offer, on) {
  if (!offer.filled) {
    const reasons = offer.answers.filter((each) => each.why !== '').map(({ node, why }) => [`node ${node.id}`, why]);
    const words = reasons.map(([who, why]) => `${who}: ${why}`).join('; ');
    const tooLong = offer.answers.some(({ codes }) => codes?.some((code) => TOO_LONG.has(code)));
    const hint = tooLong ? ' (each task is counted with all the fuel it may burn: lower `fuel`, or order fewer at once)' : '';
    throw new HookeError('NO_OFFER', `too few nodes would take this order, nothing was sent: ${words || 'there is no active node'}${hint}`, {
      metadata: Object.fromEntries(reasons),
    });
  }
  await fund(chain, offer.escrow, on);
  const [originA, originB = 0] = await takeOrigins(chain, task, offer, on);
  const terms = { ...offer.terms, originA, originB };
  const id = orderId(chain.domain, terms);
  on({ type: 'ordering', order: id });
  const receipt = await chain.send('order', [terms]);
  on({ type: 'ordered', order: id, block: receipt.blockNumber, gasUsed: receipt.gasUsed });
  return { id, terms };
}
