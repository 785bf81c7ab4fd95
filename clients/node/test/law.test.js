import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { HOOKE } from '../src/law.js';

const artifact = new URL('../../../contracts/artifacts/src/interfaces/IHooke.sol/IHooke.json', import.meta.url);

/** @param {any} parameter */
const shape = ({ name, type, indexed, components }) => ({ name: name ?? '', type, indexed: indexed ?? false, components: components?.map(shape) });

/** @param {any} item */
const described = ({ type, name, inputs, outputs = [], stateMutability }) =>
  JSON.stringify({ type, name, inputs: inputs.map(shape), outputs: outputs.map(shape), stateMutability });

test('each function, event and error is the contract\'s own', () => {
  const law = new Set(JSON.parse(readFileSync(artifact, 'utf8')).abi.filter((/** @type {any} */ each) => each.inputs).map(described));
  const strange = HOOKE.filter((item) => !law.has(described(item))).map(({ type, name }) => `${type} ${name}`);
  assert.deepEqual(strange, [], 'not in the contract as they are written here');
});
