import { isUtf8 } from 'node:buffer';
import { createWriteStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { keccak256, stringToBytes } from 'viem';
import { packTree } from './archive.js';
import { blobOf, blobOfFile } from './blob.js';
import { HookeError, messageOf } from './errors.js';
import { VERIFICATIONS } from './law.js';
import { removeScratch, scratch } from './scratch.js';
import { encode } from './wire.js';

/**
 * What a consumer wants run and on which terms. Only `program` must be given; the defaults are those of `hooke task run`.
 *
 * @typedef {object} TaskDraft
 * @property {string} program file of a WebAssembly module (WASI preview 1)
 * @property {string} [argv0] the program's own name, which some go by; `task` unless it is given
 * @property {string[]} [args] after the program's own name
 * @property {Record<string, string>} [env] all the variables that the program sees
 * @property {string} [stdin] file that becomes standard input
 * @property {(string | { path: string, from: string })[]} [inputs] files and directories laid out under /in: a file by its own
 *     name, or `from` as `path`; the path `.` makes a directory /in itself
 * @property {string} [array] file with a line for each task: the line takes the place of `{}` in `args`, or comes after them
 * @property {number} [slots] cut the array into so many parts; default: two for each node of the market, and more where nodes take only
 *     shorter ones
 * @property {string} [verify] `attended` (default), `optimistic` or `quorum:Q/K`
 * @property {bigint} [maxPrice] token-wei per 1,000,000 fuel; default: the price rises within a few blocks from what the cheapest take to
 *     what three would, and a quarter more
 * @property {bigint} [uploadBudget] most token-wei to pay for keeping the files at their origins, beyond what those keep at no
 *     price; default 0
 * @property {bigint} [fuel] most fuel that one run may burn; default 10,000,000,000
 * @property {number} [memoryBytes] limit of linear memory; default 64 MiB
 * @property {number} [outputBytes] limit of the result archive; default 1 MiB
 * @property {number} [cpuMillis] thousandths of a core; default 1,000
 * @property {number} [openSeconds] how long bids are taken; default 300
 * @property {number} [runSeconds] from bid to delivery or commit; default 1,200, and for an array as long as a slow node may take
 * @property {number} [windowSeconds] attended: time to refuse; optimistic: time to challenge; quorum: time to reveal; default 120
 * @property {number} [retentionSeconds] how long results are served; default one day
 * @property {number[]} [allow] numbers of the operators that may bid, at most 8; default: any
 * @property {Date} [clock] what the program's clocks start at, from 1970 to 2200-01-01; default 2000-01-01T00:00:00Z
 * @property {bigint} [seed] another one makes another task of the same program, whose random numbers differ; default 0
 * @property {string} [exclusiveKey] no second live order of this consumer may carry the same
 */

/**
 * A task whose files were read and named by content.
 *
 * @typedef {object} PreparedTask
 * @property {any} spec `hooke.v1.TaskSpec`
 * @property {import('./blob.js').Blob} specBlob its canonical bytes
 * @property {import('./blob.js').Blob[]} blobs all that must be uploaded, each content once, the spec last
 * @property {number} tasks how many tasks it is: the lines of an array, else 1
 * @property {(nodes: number, slots?: number) => DraftTerms} termsFor its terms on a market of so many nodes, or cut into so many slots
 * @property {boolean} cuttable whether it may be cut into more slots than were asked for
 * @property {number} needed operators without whose bids the order cannot be filled
 * @property {bigint | undefined} maxPrice
 * @property {{ left: bigint }} uploads what may still be paid for keeping the files, token-wei
 * @property {() => Promise<void>} close removes what was written meanwhile
 */

/** @typedef {Omit<import('./law.js').Terms, 'consumer' | 'nonce' | 'startPrice' | 'maxPrice' | 'originA' | 'originB'>} DraftTerms */
/** @typedef {{ id: Buffer, sizeBytes: number }} BlobRef */
/** @typedef {{ path: string, blob: BlobRef, format: 'FILE' | 'TAR' }} Input */

// Node.js has it; its types do not.
const { WebAssembly } = /** @type {any} */ (globalThis);

const MIB = 1 << 20;
const PAGE = 1 << 16;
const LF = 10;
const DAY = 86_400;
const PROGRAM_LIMIT = 128 * MIB;
const LAST_CLOCK = Date.UTC(2200, 0);
const MAX_SLOTS = 15;

const MAX_ARRAY_SLOTS = 128;
const MAX_ARRAY_BYTES = 64 * MIB;
const MAX_LINES = 1 << 20;
const MAX_LINE_BYTES = 4_096;
const SLOTS_PER_NODE = 2;

/** Seconds that a slot has unless the draft says otherwise, at most for an array's, and fuel that a slow node burns in one. */
const USUAL_RUN = 1_200;
const LONGEST_RUN = 30 * DAY;
const SLOW = 25_000_000;

/** Fuel that starting a task takes, whatever it does. */
const START = 2_000_000n;

/** What such a node takes beside it: seconds for each task, and for each MiB of inputs, of what a task may leave and of its memory. */
const SLOW_TASK = 0.2;
const SLOW_MIB = 0.05;

/**
 * Reads and checks all that a draft names. Asks nobody and sends nothing.
 *
 * @param {TaskDraft} draft
 * @returns {Promise<PreparedTask>}
 * @throws {HookeError} `BAD_INPUT`
 */
export async function prepare(draft) {
  const folder = await scratch('hooke-task-');
  const close = () => removeScratch(folder);
  try {
    return { ...(await read(draft, folder)), close };
  } catch (e) {
    await close();
    throw e;
  }
}

/**
 * @param {TaskDraft} draft
 * @param {string} folder for what must be written
 */
async function read(draft, folder) {
  const { argv0 = 'task', args = [], env = {}, memoryBytes = 64 * MIB, outputBytes = MIB, fuel = 10_000_000_000n, seed = 0n, allow = [] } = draft;
  const proof = proofOf(draft.verify ?? 'attended');
  require(memoryBytes >= PAGE && memoryBytes <= 2 ** 32, `the memory limit must be from 64 KiB to 4 GiB, not ${memoryBytes} bytes`);
  const nameBytes = Buffer.byteLength(argv0);
  require(nameBytes >= 1 && nameBytes <= 255 && !argv0.includes('\0'), 'argv0 must have 1 to 255 bytes and no NUL');
  require(fuel > START && fuel <= 10n ** 15n, `the fuel limit must be more than ${START}, which starting a task takes, and at most 10^15, not ${fuel}`);
  const clock = draft.clock?.getTime() ?? 0;
  require(clock >= 0 && clock <= LAST_CLOCK, 'the clock must start from 1970 to the beginning of 2200');
  require(allow.length <= 8, `at most 8 operators can be named, not ${allow.length}`);

  /** @type {Map<string, import('./blob.js').Blob>} */
  const blobs = new Map();
  const ref = (/** @type {import('./blob.js').Blob} */ blob) => {
    blobs.set(blob.id.toString('hex'), blob);
    return { id: blob.id, sizeBytes: blob.size };
  };

  const program = ref(await programOf(draft.program));
  const stdin = draft.stdin === undefined ? undefined : ref(await fileOf('the standard input', draft.stdin));
  const lines = draft.array === undefined ? undefined : await linesOf(draft.array);
  const array = lines && { lines: ref(lines.blob), count: lines.count };
  /** @type {Input[]} */
  const inputs = [];
  for (const input of draft.inputs ?? []) {
    const { path, from } = typeof input === 'string' ? { path: basename(resolve(input)), from: input } : input;
    inputs.push(await inputOf(checkedPath(path), from, folder, inputs.length, ref));
  }
  inputs.sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  inputs.slice(1).forEach((input, i) => {
    const { path } = inputs[i];
    require(path !== input.path, `two inputs would both be /in/${path}`);
    require(path !== '.', 'an input that is /in itself must be the only one');
  });
  for (const { path } of inputs) {
    const outer = inputs.find((other) => path.startsWith(`${other.path}/`));
    require(outer === undefined, `/in/${path} would lie inside the input /in/${outer?.path}`);
  }

  const spec = withoutDefaults({
    runtime: 'wasm',
    profile: 'wasm-det/1',
    program,
    args,
    env: Object.entries(env)
      .map(([name, value]) => ({ name, value }))
      .sort((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name))),
    stdin,
    inputs,
    memoryLimitBytes: Math.ceil(memoryBytes / PAGE) * PAGE,
    outputLimitBytes: outputBytes,
    clockTime: draft.clock && {
      seconds: Math.floor(draft.clock.getTime() / 1000),
      nanos: (draft.clock.getTime() % 1000) * 1_000_000,
    },
    randomSeed: String(seed),
    argv0: argv0 === 'task' ? '' : argv0,
    array,
  });
  const specBlob = blobOf("the task's spec", specBytes(spec));
  ref(specBlob);
  const uploads = [...blobs.values()];
  // As providers count: each as often as the spec names it.
  const inputBytes = [program, stdin, ...inputs.map((input) => input.blob), array?.lines].reduce((sum, blob) => sum + (blob?.sizeBytes ?? 0), 0);
  const tasks = array?.count ?? 1;
  const quorum = VERIFICATIONS[proof.mode] === 'QUORUM';
  require(draft.slots === undefined || (draft.slots >= 1 && draft.slots <= MAX_ARRAY_SLOTS), `an array has 1 to ${MAX_ARRAY_SLOTS} slots, not ${draft.slots}`);
  return {
    spec,
    specBlob,
    blobs: uploads,
    tasks,
    needed: proof.slots,
    cuttable: array !== undefined && !quorum && draft.slots === undefined,
    termsFor(/** @type {number} */ nodes, /** @type {number | undefined} */ cut) {
      // In a quorum each slot has all tasks.
      const slots = quorum || !array ? proof.slots : Math.min(tasks, cut ?? draft.slots ?? nodes * SLOTS_PER_NODE, MAX_ARRAY_SLOTS);
      const longest = quorum ? tasks : Math.ceil(tasks / slots);
      const burning = array ? (Number(fuel) * longest) / SLOW : 0;
      const beside = longest * (SLOW_TASK + ((memoryBytes + outputBytes) / MIB) * SLOW_MIB) + (inputBytes / MIB) * SLOW_MIB;
      const needed = Math.min(Math.floor(burning + beside), LONGEST_RUN);
      return {
        spec: hex32(specBlob.id),
        tasks,
        cpuMillis: draft.cpuMillis ?? 1_000,
        memoryMib: Math.ceil(memoryBytes / MIB),
        // Inputs as blobs and unpacked, outputs packed, and those of the task that runs as files, too.
        diskMib: Math.ceil((2 * inputBytes + (longest + 1) * outputBytes) / MIB),
        rampSeconds: 0,
        fuelLimit: fuel,
        openSeconds: draft.openSeconds ?? 300,
        runSeconds: draft.runSeconds ?? Math.max(USUAL_RUN, needed),
        windowSeconds: draft.windowSeconds ?? 120,
        retentionSeconds: draft.retentionSeconds ?? DAY,
        minStake: 0n,
        allow: packed(allow),
        exclusiveKey: draft.exclusiveKey === undefined ? hex32(Buffer.alloc(32)) : keccak256(stringToBytes(draft.exclusiveKey)),
        ...proof,
        slots,
      };
    },
    maxPrice: draft.maxPrice,
    uploads: { left: draft.uploadBudget ?? 0n },
  };
}

/**
 * The canonical bytes of a spec: what the order's `spec` names. Fields by number, defaults left out.
 *
 * @param {object} spec camelCase fields of `hooke.v1.TaskSpec`, `env` sorted by name and `inputs` by path
 */
export const specBytes = (spec) => encode('hooke.v1.TaskSpec', withoutDefaults(spec));

/**
 * protobufjs writes every field that is there, even one with its default value; canonical bytes leave it out.
 *
 * @param {any} value
 * @returns {any}
 */
function withoutDefaults(value) {
  if (Array.isArray(value)) {
    return value.map(withoutDefaults);
  }
  if (value === null || typeof value !== 'object' || ArrayBuffer.isView(value)) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, each]) => each !== undefined && each !== 0 && each !== '' && each !== '0' && each?.length !== 0)
      .map(([name, each]) => [name, withoutDefaults(each)]),
  );
}

/** @param {string} text */
function proofOf(text) {
  if (text === 'attended' || text === 'optimistic') {
    return { mode: VERIFICATIONS.indexOf(text === 'attended' ? 'ATTENDED' : 'OPTIMISTIC'), quorum: 1, slots: 1 };
  }
  const [, q, k] = /^quorum:(\d{1,2})\/(\d{1,2})$/.exec(text) ?? [];
  const [quorum, slots] = [Number(q), Number(k)];
  require(q !== undefined, `'${text}' is no way to verify: write attended, optimistic or quorum:2/3`);
  require(slots >= 2 && slots <= MAX_SLOTS, `2 to ${MAX_SLOTS} providers can work on one order, not ${slots}`);
  require(quorum <= slots && 2 * quorum > slots, `'${text}' is no majority: more than half of the providers and at most all`);
  return { mode: VERIFICATIONS.indexOf('QUORUM'), quorum, slots };
}

/** @param {string} file */
async function programOf(file) {
  // The size first: a giant is not read to be refused.
  const { size } = await stat(file).catch(() => ({ size: 0 }));
  require(size <= PROGRAM_LIMIT, `${file} is larger than a program may be (128 MiB)`);
  const blob = await fileOf('the program', file);
  require(blob.size <= PROGRAM_LIMIT, `${file} is larger than a program may be (128 MiB)`);
  let module;
  try {
    module = await WebAssembly.compile(await readFile(file));
  } catch (e) {
    throw new HookeError('BAD_INPUT', `${file} is not a WebAssembly module: ${messageOf(e)}`, { cause: e });
  }
  const starts = WebAssembly.Module.exports(module).some((/** @type {any} */ each) => each.name === '_start' && each.kind === 'function');
  require(starts, `${file} exports no _start: build it as a command for wasm32-wasi (WASI preview 1)`);
  const foreign = WebAssembly.Module.imports(module).find((/** @type {any} */ each) => each.module !== 'wasi_snapshot_preview1');
  require(foreign === undefined, `${file} imports ${foreign?.module}.${foreign?.name}: only WASI preview 1 is there`);
  return blob;
}

/**
 * @param {string} what
 * @param {string} file
 */
async function fileOf(what, file) {
  try {
    return await blobOfFile(`${what} ${file}`, file);
  } catch (e) {
    throw new HookeError('BAD_INPUT', `${what} ${file} cannot be read: ${messageOf(e)}`, { cause: e });
  }
}

/**
 * The lines of an array, the last one ended as the others are.
 *
 * @param {string} file
 */
async function linesOf(file) {
  let bytes;
  try {
    require((await stat(file)).size <= MAX_ARRAY_BYTES, `the array ${file} is larger than 64 MiB`);
    bytes = await readFile(file);
  } catch (e) {
    throw e instanceof HookeError ? e : new HookeError('BAD_INPUT', `the array ${file} cannot be read: ${messageOf(e)}`, { cause: e });
  }
  if (bytes.length > 0 && bytes.at(-1) !== LF) {
    bytes = Buffer.concat([bytes, Buffer.of(LF)]);
  }
  let count = 0;
  for (let from = 0, to; from < bytes.length; from = to + 1) {
    to = bytes.indexOf(LF, from);
    const line = bytes.subarray(from, to);
    count++;
    require(!line.includes(0), `${file}: line ${count} holds a NUL byte`);
    require(line.length <= MAX_LINE_BYTES, `${file}: line ${count} is longer than ${MAX_LINE_BYTES} bytes`);
    require(isUtf8(line), `${file}: line ${count} is not UTF-8`);
  }
  require(count > 0, `the array ${file} is empty: write one line for each task`);
  require(count <= MAX_LINES, `the array ${file} has more than ${MAX_LINES} lines`);
  return { blob: blobOf(`the array ${file}`, bytes), count };
}

/**
 * @param {string} path
 * @param {string} from
 * @param {string} folder
 * @param {number} index
 * @param {(blob: import('./blob.js').Blob) => BlobRef} ref
 * @returns {Promise<Input>}
 */
async function inputOf(path, from, folder, index, ref) {
  const found = await stat(from).catch((e) => {
    throw new HookeError('BAD_INPUT', `the input ${from} cannot be read: ${messageOf(e)}`, { cause: e });
  });
  if (!found.isDirectory()) {
    require(path !== '.', `the input ${from} is no directory and cannot become /in itself`);
    return { path, blob: ref(await fileOf('the input', from)), format: 'FILE' };
  }
  const tar = join(folder, `input${index}.tar`);
  await pipeline(packTree(from), createWriteStream(tar));
  return { path, blob: ref(await fileOf('the input', tar)), format: 'TAR' };
}

/** @param {string} path */
function checkedPath(path) {
  const relative = path.replace(/^\/in\//, '');
  const segments = relative.split('/');
  const good = relative === '.' || segments.every((each) => !['', '.', '..'].includes(each) && !each.includes('\0'));
  require(good, `'${path}' cannot stand under /in: write names joined by /, without . or ..`);
  return relative;
}

/**
 * Operator numbers as the terms carry them: 32 bits each, the first in the lowest place.
 *
 * @param {number[]} operators
 */
export function packed(operators) {
  const word = Buffer.alloc(32);
  operators.forEach((operator, i) => word.writeUInt32BE(operator, 28 - 4 * i));
  return hex32(word);
}

/**
 * @param {string} word
 * @returns {number[]}
 */
export function unpacked(word) {
  const bytes = Buffer.from(word.slice(2), 'hex');
  return Array.from({ length: 8 }, (_, i) => bytes.readUInt32BE(28 - 4 * i)).filter((operator) => operator !== 0);
}

/**
 * @param {Uint8Array} bytes 32 of them
 * @returns {`0x${string}`}
 */
export const hex32 = (bytes) => `0x${Buffer.from(bytes).toString('hex')}`;

/**
 * @param {boolean} holds
 * @param {string} problem
 */
function require(holds, problem) {
  if (!holds) {
    throw new HookeError('BAD_INPUT', problem);
  }
}
