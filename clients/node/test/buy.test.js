import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cut, defaultPrice, hopeless, judged, meantFloors, reasonsOf } from '../src/buy.js';

test('the price rises from the cheapest to what the third takes and a quarter more', () => {
  assert.deepEqual(defaultPrice([100n, 200n, 300n, 900n], 1), { start: 100n, max: 375n });
  assert.deepEqual(defaultPrice([100n, 200n], 1), { start: 100n, max: 250n });
  assert.deepEqual(defaultPrice([7n], 1), { start: 7n, max: 9n }, 'rounded up');
  assert.deepEqual(defaultPrice([100n, 200n, 300n, 900n], 4), { start: 900n, max: 1_125n }, 'a quorum of four');
  assert.deepEqual(defaultPrice([1n, 200n], 1), { start: 1n, max: 250n }, 'a bait of one wei keeps nobody out');
});

/** A market of `operators` whose nodes take slots of at most `most` tasks. */
function market(/** @type {number} */ tasks, /** @type {number} */ operators, /** @type {number} */ most, cuttable = true) {
  const nodes = /** @type {any[]} */ (Array.from({ length: operators }, (_, i) => ({ id: i + 1, operatorId: i + 1 })));
  const asked = /** @type {number[]} */ ([]);
  const ask = async (/** @type {number} */ slots) => {
    asked.push(slots);
    const fits = Math.ceil(tasks / slots) <= most;
    const answers = nodes.map((node) => (fits ? { node, floor: 5n, why: 'price' } : { node, why: 'long', codes: ['RUN_TOO_LONG'] }));
    return /** @type {any} */ ({ terms: { slots }, answers });
  };
  const task = /** @type {any} */ ({ tasks, cuttable, termsFor: (/** @type {number} */ n) => ({ slots: Math.min(tasks, 2 * n) }) });
  return { asked, quote: () => cut(task, nodes, ask) };
}

test('an array is cut until its slots fit what nodes take', async () => {
  const fits = market(300, 3, 50);
  assert.equal((await fits.quote()).terms.slots, 6);
  assert.deepEqual(fits.asked, [6], 'no question more than it takes');
  assert.equal((await market(300, 3, 17).quote()).terms.slots, 24);
  assert.equal((await market(300, 3, 3).quote()).terms.slots, 128);
  assert.equal((await market(300, 3, 2).quote()).terms.slots, 128, 'too long even so');
  assert.equal((await market(300, 3, 17, false).quote()).terms.slots, 6, 'as it was said');
});

test('what a node cannot mean is silence, never an end of the purchase', () => {
  const node = /** @type {any} */ ({ id: 7, operatorId: 3 });
  const terms = /** @type {any} */ ({ maxPrice: 10n, openSeconds: 300 });
  const offer = (/** @type {string} */ floorPrice, /** @type {string} */ price, /** @type {string} */ seconds) =>
    judged(node, terms, { answer: 'offer', offer: { floorPrice, price, bidDelay: { seconds } } });
  assert.equal(offer('5', '10', '300').why, '');
  const nonsense = [['5', '11', '0'], ['5', '4', '0'], ['18446744073709551615', '18446744073709551615', '0'], ['5', '5', '9223372036854775807'], ['5', '5', '-9223372036854775808']];
  for (const [floor, price, seconds] of nonsense) {
    assert.notEqual(offer(floor, price, seconds).why, '');
    assert.equal(offer(floor, price, seconds).floor, undefined);
  }
  assert.notEqual(judged(node, terms, {}).why, '');
  const reason = { code: 'PRICE_BELOW_FLOOR', message: '\x1b[2J'.repeat(10_000), floorPrice: '18446744073709551615', temporary: true };
  assert.equal(judged(node, terms, { answer: 'refusal', refusal: { reasons: [reason] } }).floor, undefined);
  const many = judged(node, terms, { answer: 'refusal', refusal: { reasons: Array(1_000).fill({ ...reason, code: 'NO_ROOM' }) } });
  assert.ok(many.why.length < 20 * 501 && !many.why.includes('\x1b'));
});

test('an order that every node refuses for good is hopeless, others are not', () => {
  const no = (/** @type {boolean} */ temporary) => ({ answer: 'refusal', refusal: { reasons: [{ code: 'X', message: 'no', temporary }] } });
  const answers = new Map([[1, no(false)], [2, no(false)]]);
  assert.ok(hopeless([1, 2], answers, 0));
  assert.equal(reasonsOf(answers), 'node 1: no; node 2: no');
  assert.ok(!hopeless([1, 2, 3], answers, 0), 'one has not answered');
  assert.ok(hopeless([1, 2, 3], answers, 60_000), 'it had its time');
  assert.ok(!hopeless([1, 2], new Map([[1, no(false)], [2, no(true)]]), 60_000));
  assert.ok(!hopeless([1], new Map(), 60_000), 'nobody says anything');
});

test('no single operator makes an order dear, or one that cannot be paid', async () => {
  const meant = (/** @type {bigint[]} */ floors, /** @type {bigint} */ funds) =>
    meantFloors({ funds: async () => ({ free: funds, tokens: 0n }) }, floors, 1, (price) => price);
  assert.deepEqual(await meant([100n, 200n, 2n ** 63n - 1n], 10n ** 30n), [100n, 200n]);
  assert.deepEqual(await meant([1n, 200n, 300n], 10n ** 30n), [1n, 200n, 300n], 'a bait keeps nobody out');
  assert.deepEqual(await meant([100n, 2n ** 63n - 1n], 1_000n), [100n], 'with two nobody can tell, but money can');
  assert.deepEqual(await meant([100n, 200n], 1n), [100n, 200n], 'who can pay nobody is told so');
});
