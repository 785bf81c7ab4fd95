import { randomBytes } from 'node:crypto';
import { HookeError, messageOf } from './errors.js';
import { VERIFICATIONS, escrowOf, orderId } from './law.js';
import { NodeClient } from './node.js';
import { fund, takeOrigins } from './origins.js';
import { unpacked } from './task.js';
import { shown } from './words.js';

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
/** So many nodes are asked for one quote, so many of one operator where there are more, and so many reasons of one are shown. */
const MAX_ASKED = 256;
const MAX_OF_OPERATOR = 16;
const MAX_REASONS = 20;

/** The highest price that a client of the market counts. */
const MAX_PRICE = 2n ** 63n - 1n;

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
  const nodes = fewOf([...(await chain.nodes()).values()].filter((node) => node.active));
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
  const { start, max } = defaultPrice(await meantFloors(chain, floors, task.needed, (price) => escrowOf(at(price, price, 0, first.terms.slots))), task.needed);
  return ask(at(start, max, Math.round(RAMP_BLOCKS * (await chain.blockSeconds())), first.terms.slots));
}

/** A floor counts up to so many times what one operator more than are needed takes: no single one makes an order dear. */
const MOST_SPREAD = 4n;

/**
 * Floors without those that no single operator shall set the price by: far above what others take, or more than this account could
 * pay while others can be had.
 *
 * @param {{ funds: () => Promise<{ free: bigint, tokens: bigint }> }} chain
 * @param {bigint[]} floors sorted
 * @param {number} needed operators without whom the order cannot be filled
 * @param {(price: bigint) => bigint} escrow what is locked at a price
 */
export async function meantFloors(chain, floors, needed, escrow) {
  const meant = floors.length > needed + 1 ? floors.filter((floor) => floor <= MOST_SPREAD * floors[needed]) : floors;
  const { free, tokens } = await chain.funds();
  for (let n = meant.length; n >= Math.max(needed, 1); n--) {
    const fewer = meant.slice(0, n);
    if (escrow(defaultPrice(fewer, needed).max) <= free + tokens) {
      return fewer;
    }
  }
  return meant;
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

/**
 * Those that are asked: of many, the first, and a few of each operator. To register costs next to nothing, and nobody shall keep a
 * purchase busy with it.
 *
 * @param {NodeAddress[]} nodes
 */
function fewOf(nodes) {
  /** @type {Map<number, number>} */
  const ofOperator = new Map();
  const few = (/** @type {NodeAddress} */ { operatorId }) => {
    ofOperator.set(operatorId, (ofOperator.get(operatorId) ?? 0) + 1);
    return /** @type {number} */ (ofOperator.get(operatorId)) <= MAX_OF_OPERATOR;
  };
  return nodes.length <= MAX_ASKED ? nodes : nodes.filter(few).slice(0, MAX_ASKED);
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
  let client;
  try {
    client = new NodeClient(node, chain.domain, chain.account, chain);
    return judged(node, terms, await client.quote(spec, wireTerms(terms)));
  } catch (e) {
    return { node, why: shown(messageOf(e)) };
  } finally {
    client?.close();
  }
}

/**
 * What a node's answer says. One that cannot be meant (a price above what the law counts, a delay beyond the time for bids) counts as
 * none: nothing that a node says ends a purchase.
 *
 * @param {NodeAddress} node
 * @param {Terms} terms
 * @param {any} response `QuoteOrderResponse`
 * @returns {Answer}
 */
export function judged(node, terms, { answer, offer, refusal }) {
  if (answer === 'offer') {
    const [price, floor] = [BigInt(offer.price), BigInt(offer.floorPrice)];
    const delay = BigInt(offer.bidDelay?.seconds ?? 0);
    const meant = floor <= price && price <= terms.maxPrice && delay >= 0n && delay <= BigInt(terms.openSeconds);
    return meant ? { node, price, floor, why: '' } : { node, why: 'it names a price or a delay that the order does not allow' };
  }
  if (answer !== 'refusal') {
    return { node, why: 'it answered neither yes nor no' };
  }
  const reasons = refusal.reasons.slice(0, MAX_REASONS);
  const [first, ...more] = reasons;
  const onlyPrice = first?.code === 'PRICE_BELOW_FLOOR' && more.length === 0;
  const floor = onlyPrice ? BigInt(first.floorPrice) : undefined;
  if (floor !== undefined && floor > MAX_PRICE) {
    return { node, why: 'it names a price that the law cannot count' };
  }
  const why = reasons.map((/** @type {any} */ reason) => shown(reason.message)).join(' ');
  const codes = reasons.map((/** @type {any} */ reason) => shown(reason.code, 120));
  return { node, floor, why: why || 'it gave no reason', codes };
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

/** The node has a bid on its way, or a slot of a quorum: nothing keeps it back. */
const TAKEN = 'ALREADY_TAKEN';

/** What who says nothing is waited for, once somebody else has refused for good, in milliseconds. */
const SILENCE = 60_000;

/**
 * What nodes say to an order without a bid, in one line.
 *
 * @param {Map<number, any>} answers `QuoteOrderResponse` by node
 */
export function reasonsOf(answers) {
  return [...answers]
    .sort(([a], [b]) => a - b)
    .map(([id, answer]) => [id, whyOf(answer)])
    .filter(([, why]) => why !== '')
    .map(([id, why]) => `node ${id}: ${why}`)
    .join('; ');
}

/** @param {any} answer */
function whyOf({ answer, offer, refusal }) {
  if (answer !== 'refusal') {
    return shown(offer?.preparing?.message ?? '');
  }
  const reasons = refusal.reasons.slice(0, MAX_REASONS);
  const taken = reasons.some((/** @type {any} */ { code }) => code === TAKEN);
  return taken ? '' : reasons.map((/** @type {any} */ { message }) => shown(message)).join(', ');
}

/**
 * Whether every node that could bid has refused for good.
 *
 * @param {number[]} asked numbers of the nodes
 * @param {Map<number, any>} answers nothing of those that did not answer
 * @param {number} waited milliseconds without a bid
 */
export function hopeless(asked, answers, waited) {
  const all = asked.every((id) => answers.has(id)) || waited >= SILENCE;
  const final = (/** @type {any} */ { answer, refusal }) =>
    answer === 'refusal' && refusal.reasons.some((/** @type {any} */ { temporary }) => !temporary);
  return all && answers.size > 0 && [...answers.values()].every(final);
}
