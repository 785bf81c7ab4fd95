// Paying for uploads, against nodes in this process that ask what each test wants.
import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import grpc from '@grpc/grpc-js';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { createIdentity, signVoucher } from '../src/index.js';
import { blobOf } from '../src/blob.js';
import { domainOf } from '../src/law.js';
import { takeOrigins } from '../src/origins.js';
import { encode, services } from '../src/wire.js';

const account = privateKeyToAccount(generatePrivateKey());
const domain = domainOf(31_337, '0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512');
const identity = createIdentity();
const task = { blobs: [blobOf('one', Buffer.from('one')), blobOf('two', Buffer.from('two'))] };
const terms = { openSeconds: 1, runSeconds: 1, windowSeconds: 1 };

/** @type {(() => void)[]} */
const closing = [];
after(() => closing.forEach((close) => close()));

/**
 * A node that keeps nothing without a voucher.
 *
 * @param {number} operatorId
 * @param {bigint} cost of each blob, as it says
 * @param {bigint} promised before, as it says
 * @param {(bytes: Buffer) => Buffer} served what it serves of a blob
 */
async function dearNode(operatorId, cost, promised, served = (bytes) => bytes) {
  /** @type {{ total: bigint, signature: string }[]} */
  const vouchers = [];
  let asked = promised;
  /** What it does once with a voucher, instead of taking it. @type {((done: any) => void)[]} */
  const tricks = [];
  const server = new grpc.Server();
  const methods = {
    UploadBlob(/** @type {any} */ call, /** @type {any} */ done) {
      call.once('data', (/** @type {any} */ { header }) => {
        if (header.voucher === null) {
          return done(refusal('UPLOAD_ALLOWANCE_EXCEEDED', { cost_wei: String(cost), voucher_total_wei: String(asked + cost) }));
        }
        const trick = tricks.shift();
        if (trick !== undefined) {
          return trick(done);
        }
        asked += cost;
        vouchers.push({ total: BigInt(header.voucher.totalWei), signature: `0x${header.voucher.signature.toString('hex')}` });
        return done(null, { blob: header.blob });
      });
      call.on('error', () => {});
    },
    DownloadBlob(/** @type {any} */ call) {
      const { blob, offsetBytes } = call.request;
      const text = task.blobs.find(({ id }) => id.toString('hex') === blob)?.what ?? '';
      call.write({ chunk: served(Buffer.from(text)).subarray(Number(offsetBytes)) });
      call.end();
    },
  };
  server.addService(services.TaskService.service, /** @type {any} */ (methods));
  const pair = { private_key: Buffer.from(identity.key), cert_chain: Buffer.from(identity.certificate) };
  const port = await new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createSsl(null, [pair], false), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  closing.push(() => server.forceShutdown());
  const tlsKeyHash = `0x${identity.keyHash.toString('hex')}`;
  const node = { id: operatorId, operatorId, endpoint: `https://127.0.0.1:${port}`, tlsKeyHash, active: true };
  return { node, vouchers, tricks };
}

/**
 * @param {string} reason
 * @param {Record<string, string>} metadata
 */
function refusal(reason, metadata) {
  const info = encode('google.rpc.ErrorInfo', { reason, domain: 'hooke.v1', metadata });
  const details = [{ type_url: 'type.googleapis.com/google.rpc.ErrorInfo', value: info }];
  const status = new grpc.Metadata();
  status.set('grpc-status-details-bin', encode('google.rpc.Status', { code: 8, message: 'too much', details }));
  return { code: 8, details: 'too much', metadata: status };
}

/** @param {{ balance?: bigint, redeemed?: bigint, closesAt?: number }} tab */
function chainWith({ balance = 0n, redeemed = 0n, closesAt = 0 }) {
  /** @type {unknown[]} */
  const sent = [];
  const chain = {
    account,
    domain,
    privateNodes: true,
    promised: new Map(),
    tab: async () => ({ balance, redeemed, closesAt }),
    funds: async () => ({ free: 1_000n, tokens: 0n }),
    send: async (/** @type {string} */ name, /** @type {unknown[]} */ args) => void sent.push([name, ...args]),
  };
  return { chain, sent };
}

/**
 * @param {object} chain
 * @param {object[]} nodes
 * @param {bigint} uploadBudget
 */
const take = (chain, nodes, uploadBudget) =>
  takeOrigins(
    /** @type {any} */ (chain),
    /** @type {any} */ ({ ...task, uploads: { left: uploadBudget } }),
    /** @type {any} */ ({ terms, escrow: 100n, answers: nodes.map((node) => ({ node, why: '' })) }),
    () => {},
  );

test('what is asked is locked once and paid blob by blob', async () => {
  const { node, vouchers } = await dearNode(1, 10n, 7n);
  const { chain, sent } = chainWith({ balance: 4n, redeemed: 5n });
  await assert.rejects(take(chain, [node], 21n), { reason: 'NO_FUNDS' }, 'of the 7 that it says it was promised, the chain knows 5');
  assert.deepEqual(await take(chain, [node], 22n), [1]);
  assert.deepEqual(sent, [['openTab', 1, 18n]], '27 in all, less the 9 that were locked before');
  assert.deepEqual(vouchers, [
    { total: 17n, signature: await signVoucher(account, domain, { operatorId: 1, total: 17n }) },
    { total: 27n, signature: await signVoucher(account, domain, { operatorId: 1, total: 27n }) },
  ]);
});

test('a tab that holds enough gets no more, one that closes is kept open', async () => {
  const { node } = await dearNode(1, 10n, 0n);
  const full = chainWith({ balance: 20n });
  await take(full.chain, [node], 20n);
  assert.deepEqual(full.sent, []);
  const closing = chainWith({ balance: 40n, closesAt: 1_800_000_000 });
  await take(closing.chain, [node], 40n);
  assert.deepEqual(closing.sent, [['openTab', 1, 1n]]);
});

test('the budget is for all origins together, and nothing is signed beyond it', async () => {
  const first = await dearNode(1, 10n, 0n);
  const second = await dearNode(2, 10n, 0n);
  const { chain, sent } = chainWith({});
  assert.deepEqual(await take(chain, [first.node, second.node], 39n), [1]);
  assert.deepEqual(sent, [['openTab', 1, 20n]]);
  assert.equal(second.vouchers.length, 0);
});

test('a node that says more was promised than ever was gets nothing', async () => {
  const { node, vouchers } = await dearNode(1, 1n, 1_000_000n);
  const { chain, sent } = chainWith({});
  await assert.rejects(take(chain, [node], 100n), { reason: 'NO_FUNDS' });
  assert.deepEqual(sent, []);
  assert.deepEqual(vouchers, []);
});

test('without a budget the files stay where they are', async () => {
  const { node, vouchers } = await dearNode(1, 1n, 0n);
  const { chain } = chainWith({ balance: 100n });
  await assert.rejects(take(chain, [node], 0n), { reason: 'NO_FUNDS' });
  assert.deepEqual(vouchers, []);
});

test('a node that is a block behind is asked again', async () => {
  const { node, vouchers, tricks } = await dearNode(1, 10n, 0n);
  tricks.push((done) => done(refusal('TAB_TOO_SMALL', { top_up_wei: '20' })));
  const { chain, sent } = chainWith({});
  await take(chain, [node], 20n);
  assert.equal(sent.length, 1, 'locked once');
  assert.deepEqual(vouchers.map(({ total }) => total), [10n, 20n]);
});

test('a price that rises meanwhile is paid once, within the budget', async () => {
  const { node, vouchers, tricks } = await dearNode(1, 10n, 0n);
  const more = (/** @type {any} */ done) => done(refusal('VOUCHER_TOO_SMALL', { cost_wei: '12', voucher_total_wei: '12' }));
  tricks.push(more);
  await take(chainWith({ balance: 100n }).chain, [node], 22n);
  assert.deepEqual(vouchers.map(({ total }) => total), [12n, 22n]);
  const again = await dearNode(1, 10n, 0n);
  again.tricks.push(more);
  await assert.rejects(take(chainWith({ balance: 100n }).chain, [again.node], 21n), { reason: 'NO_FUNDS' });
  assert.deepEqual(again.vouchers, []);
});

test('who takes a voucher and gives nothing has that part of the budget, and no other node of its operator gets more', async () => {
  const thief = await dearNode(1, 10n, 0n);
  const accomplice = await dearNode(1, 10n, 0n);
  const honest = await dearNode(2, 10n, 0n);
  thief.tricks.push((done) => done({ code: 13, details: 'it broke' }));
  assert.deepEqual(await take(chainWith({}).chain, [thief.node, accomplice.node, honest.node], 40n), [2]);
  assert.equal(accomplice.vouchers.length, 0);
  const poor = await dearNode(1, 10n, 0n);
  poor.tricks.push((done) => done({ code: 13, details: 'it broke' }));
  await assert.rejects(take(chainWith({}).chain, [poor.node, honest.node], 39n), { reason: 'NO_FUNDS' });
});

test('what a tab holds is not signed away without a budget, though it costs nothing, as the node says', async () => {
  const { node, vouchers } = await dearNode(1, 0n, 100n);
  const { chain, sent } = chainWith({ balance: 100n });
  await assert.rejects(take(chain, [node], 0n), { reason: 'NO_FUNDS' });
  await assert.rejects(take(chain, [node], 99n), { reason: 'NO_FUNDS' });
  assert.deepEqual(sent, []);
  assert.deepEqual(vouchers, []);
});

test('who serves other bytes than it took is no origin, and one whose registration is nonsense stops nobody', async () => {
  const liar = await dearNode(1, 1n, 0n, (bytes) => Buffer.alloc(bytes.length));
  const short = await dearNode(2, 1n, 0n, (bytes) => bytes.subarray(1));
  const honest = await dearNode(3, 1n, 0n);
  const nowhere = [
    { id: 4, operatorId: 4, endpoint: 'x:99999', tlsKeyHash: '0x', active: true },
    { id: 5, operatorId: 5, endpoint: '169.254.169.254:80', tlsKeyHash: '0x', active: true },
  ];
  assert.deepEqual(await take(chainWith({}).chain, [...nowhere, liar.node, short.node, honest.node], 100n), [3]);
});
