import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cut, defaultPrice } from '../src/buy.js';

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
