#!/usr/bin/env node
// Runs a task on a Hooke market, as `hooke task run` does, with this client:
//
//   node examples/run-task.mjs PROGRAM.wasm [--in FILE]... [--out DIR] [--verify attended|optimistic|quorum:Q/K]
//        [--array FILE [--slots N]] [--fuel N] [--upload-budget WEI] [--network NAME] [--wallet NAME] [--password-file FILE] [-o json] [-- ARGS]
//
// Network and wallet are those of the command line ($HOOKE_HOME, else ~/.hooke). Standard output is the program's, or with
// -o json one JSON object about the task; what happens meanwhile goes to standard error. Exits with the program's exit code, or
// with 255 where that is larger.
//
// With --array it is a task for each line of the file; --out gets a directory for each, named by its index from 0, and
// results.jsonl. Exits with 0 if all exited with 0, with 81 if some did not, and with 79 if some have no result.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Hooke, HookeError, hookeHome, openWallet, printable, readConfig, removeAllScratch, shown } from '../src/index.js';

const USAGE = 64;
const FAILED = 75;
const MARKET_SAID_NO = 79;
const PROGRAM_FAILED = 81;
const TOO_LARGE = 255;

/** Characters of one line. */
const LINE = 2_000;

/** Whatever strangers put into it, it is one line. */
const say = (/** @type {string} */ line) => process.stderr.write(`${shown(line, LINE)}\n`);

/**
 * A program's own output: raw into a pipe or a file, and on a terminal nothing of it is obeyed.
 *
 * @param {NodeJS.WriteStream} to
 * @param {Buffer | undefined} bytes
 */
const print = (to, bytes = Buffer.alloc(0)) => to.write(to.isTTY ? printable(bytes) : bytes);

for (const [signal, number] of /** @type {['SIGINT' | 'SIGTERM', number][]} */ ([['SIGINT', 2], ['SIGTERM', 15]])) {
  process.once(signal, () => {
    removeAllScratch();
    process.exit(128 + number);
  });
}

/** @param {import('../src/hooke.js').TaskEvent} event */
function tell(event) {
  switch (event.type) {
    case 'deposited':
      return say(`deposited ${event.amount} token-wei`);
    case 'tab':
      return say(`locked ${event.amount} token-wei for uploads on the tab with provider ${event.operatorId}`);
    case 'uploaded':
      return say(
        `uploaded ${event.blobs} blobs to node ${event.node.id} (${event.node.endpoint})${event.paid ? `, paid ${event.paid} token-wei by voucher` : ''}`,
      );
    case 'ordering':
      return undefined;
    case 'ordered':
      return say(`ordered ${event.order} (block ${event.block}, ${event.gasUsed} gas)`);
    case 'slot':
      return say(`slot ${event.slot}: ${event.state.toLowerCase()}${event.nodeId ? `, node ${event.nodeId}` : ''}`);
    case 'challenge':
      return say(`slot ${event.slot}: task ${event.index} is challenged: ${event.state.toLowerCase()}`);
    case 'again':
      return say(`${event.tasks} tasks have no result and are ordered again`);
    case 'acknowledged':
      return say(`slot ${event.slot}: gave node ${event.node.id} its receipt`);
    case 'waiting':
      return say(`no bid yet: ${event.reasons}`);
    case 'withheld':
      return say(
        `slot ${event.slot}: node ${event.nodeId} says it delivered, but its result is not here${event.why ? ` (${event.why})` : ''}; it is paid in ${event.secondsLeft} s unless you refuse it (its pay is burned then): hooke task refuse`,
      );
    case 'trouble':
      return say(`${event.node ? `node ${event.node.id}: ` : ''}${event.message}`);
  }
}

function commandLine() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      in: { type: 'string', multiple: true, default: [] },
      out: { type: 'string' },
      array: { type: 'string' },
      slots: { type: 'string' },
      fuel: { type: 'string' },
      'upload-budget': { type: 'string' },
      verify: { type: 'string', default: 'attended' },
      network: { type: 'string' },
      wallet: { type: 'string' },
      'password-file': { type: 'string' },
      output: { type: 'string', short: 'o', default: 'text' },
    },
  });
  const [program, ...args] = positionals;
  if (program === undefined) {
    throw new Error('name a program: node examples/run-task.mjs PROGRAM.wasm [--in FILE] [-- ARGS]');
  }
  for (const name of /** @type {const} */ (['slots', 'fuel', 'upload-budget'])) {
    if (!/^\d{1,18}$/.test(values[name] ?? '1')) {
      throw new Error(`--${name} ${values[name]} is no whole number`);
    }
  }
  return { ...values, program, args };
}

async function main() {
  let options;
  try {
    options = commandLine();
  } catch (e) {
    say(String(e instanceof Error ? e.message : e));
    return USAGE;
  }
  const { network, wallet: current } = await readConfig(hookeHome(), options.network);
  const wallet = join(hookeHome(), 'wallets', options.wallet ?? current ?? '');
  const passwordFile = options['password-file'] ?? process.env.HOOKE_PASSWORD_FILE ?? `${wallet}.password`;
  if (!existsSync(`${wallet}.json`) || !existsSync(passwordFile)) {
    say(`${wallet}.json or ${passwordFile} is not there: name a wallet with --wallet and its --password-file`);
    return USAGE;
  }
  const hooke = await Hooke.connect(network, await openWallet(`${wallet}.json`, passwordFile));

  /** @type {`0x${string}` | undefined} */
  let order;
  const on = (/** @type {import('../src/hooke.js').TaskEvent} */ event) => {
    order = event.type === 'ordering' ? event.order : order;
    tell(event);
  };
  const { program, args, verify, array } = options;
  const draft = {
    program,
    args,
    verify,
    inputs: options.in,
    fuel: options.fuel === undefined ? undefined : BigInt(options.fuel),
    uploadBudget: BigInt(options['upload-budget'] ?? 0),
    slots: options.slots === undefined ? undefined : Number(options.slots),
  };
  if (array !== undefined) {
    return runArray(hooke, { ...draft, array }, options, on);
  }
  const result = await hooke.run(draft, { on });
  try {
    if (options.out !== undefined) {
      await result.unpack(options.out);
    }
    const { outcome, exitCode, fuel, root } = result.leaf;
    if (options.output === 'json') {
      const { paid, closeReason, block } = await hooke.chain.outcome(/** @type {`0x${string}`} */ (order));
      const about = { order, closeReason, block, outcome, exitCode, fuel, root, paidWei: paid };
      const numbers = (/** @type {string} */ _, /** @type {unknown} */ value) => (typeof value === 'bigint' ? String(value) : value);
      process.stdout.write(`${JSON.stringify(about, numbers, 2)}\n`);
    } else {
      print(process.stdout, await result.read('stdout'));
      print(process.stderr, await result.read('stderr'));
    }
    // A shell has eight bits and takes 256 for success.
    return outcome === 'EXITED' ? Math.min(exitCode, TOO_LARGE) : PROGRAM_FAILED;
  } finally {
    await result.close();
  }
}

/**
 * @param {Hooke} hooke
 * @param {import('../src/task.js').TaskDraft & { array: string }} draft
 * @param {{ out?: string, output?: string }} options
 * @param {(event: import('../src/hooke.js').TaskEvent) => void} on
 */
async function runArray(hooke, draft, { out, output }, on) {
  const array = await hooke.runArray(draft, { on });
  try {
    if (out !== undefined) {
      await array.unpack(out);
    }
    const leaves = [...array.results.values()].map((result) => result.leaf);
    const ill = leaves.filter(({ outcome, exitCode }) => outcome !== 'EXITED' || exitCode !== 0).map(({ index }) => index);
    const well = leaves.length - ill.length;
    const fuel = leaves.reduce((sum, leaf) => sum + leaf.fuel, 0n);
    array.missing.forEach((why) => say(`no result: ${why}`));
    if (output === 'json') {
      process.stdout.write(`${JSON.stringify({ tasks: array.tasks, results: leaves.length, exitedWith0: well, fuel: String(fuel) }, null, 2)}\n`);
    } else if (out === undefined) {
      for (const result of array.results.values()) {
        print(process.stdout, await result.read('stdout'));
        print(process.stderr, await result.read('stderr'));
      }
    }
    say(`${well} of ${array.tasks} tasks exited with 0`);
    return leaves.length < array.tasks ? MARKET_SAID_NO : ill.length > 0 ? PROGRAM_FAILED : 0;
  } finally {
    await array.close();
  }
}

try {
  process.exitCode = await main();
} catch (e) {
  if (!(e instanceof HookeError)) {
    throw e;
  }
  say(`${e.reason}: ${e.message}`);
  process.exitCode = FAILED;
}
