// The client against a gRPC server in this process that behaves as each test wants.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, test } from 'node:test';
import grpc from '@grpc/grpc-js';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { NodeClient, createIdentity, keyHash } from '../src/index.js';
import { blobOf } from '../src/blob.js';
import { domainOf } from '../src/law.js';
import { encode, services } from '../src/wire.js';

const account = privateKeyToAccount(generatePrivateKey());
const domain = domainOf(31_337, '0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512');
const identity = createIdentity();

/** @type {(() => void)[]} */
const closing = [];
after(() => closing.forEach((close) => close()));

/**
 * @param {Record<string, Function>} methods of TaskService
 * @param {import('../src/identity.js').Identity} shown
 */
async function serve(methods, shown = identity) {
  const server = new grpc.Server();
  server.addService(services.TaskService.service, /** @type {any} */ (methods));
  const pair = { private_key: Buffer.from(shown.key), cert_chain: Buffer.from(shown.certificate) };
  const credentials = grpc.ServerCredentials.createSsl(null, [pair], false);
  const port = await new Promise((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', credentials, (error, bound) => (error ? reject(error) : resolve(bound))),
  );
  closing.push(() => server.forceShutdown());
  return Number(port);
}

/**
 * @param {number} port
 * @param {Buffer} pin
 */
function client(port, pin = identity.keyHash) {
  const tlsKeyHash = /** @type {`0x${string}`} */ (`0x${pin.toString('hex')}`);
  const node = { id: 7, operatorId: 1, endpoint: `https://127.0.0.1:${port}/`, tlsKeyHash, active: true };
  const made = new NodeClient(node, domain, account, { privateNodes: true });
  closing.push(() => made.close());
  return made;
}

test('an identity is a certificate that is signed by its own key', () => {
  const certificate = new X509Certificate(identity.certificate);
  assert.ok(certificate.verify(certificate.publicKey));
  assert.deepEqual(keyHash(certificate.publicKey), identity.keyHash);
});

test('only the server with the pinned key is spoken to', async () => {
  let calls = 0;
  const port = await serve({
    GetTask: (/** @type {any} */ call, /** @type {any} */ done) => {
      calls++;
      done(null, { task: { name: call.request.name, state: 'RUNNING' } });
    },
  });
  assert.equal((await client(port).task('tasks/x')).state, 'RUNNING');
  const wrong = client(port, createIdentity().keyHash);
  await assert.rejects(wrong.task('tasks/x'), { reason: 'WRONG_KEY' });
  await assert.rejects(wrong.task('tasks/x'), { reason: 'WRONG_KEY' });
  assert.equal(calls, 1, 'nothing was sent to the other');
});

test('a call carries a token for its node and group', async () => {
  /** @type {string[]} */
  const headers = [];
  const port = await serve({
    GetTask: (/** @type {any} */ call, /** @type {any} */ done) => {
      headers.push(String(call.metadata.get('authorization')[0]));
      done(null, { task: {} });
    },
  });
  const node = client(port);
  await node.task('a');
  await node.task('b');
  assert.match(headers[0], /^Hooke [\w-]+$/);
  assert.equal(headers[0], headers[1], 'signed once, used until it expires');
});

test('a refusal keeps its reason and its values', async () => {
  const info = encode('google.rpc.ErrorInfo', { reason: 'UPLOAD_ALLOWANCE_EXCEEDED', domain: 'hooke.v1', metadata: { deposit_wei: '7' } });
  const status = encode('google.rpc.Status', {
    code: 8,
    message: 'deposit 7',
    details: [{ type_url: 'type.googleapis.com/google.rpc.ErrorInfo', value: info }],
  });
  const metadata = new grpc.Metadata();
  metadata.set('grpc-status-details-bin', status);
  const refuse = (/** @type {any} */ _, /** @type {any} */ done) => done({ code: 8, details: 'deposit 7', metadata });
  const port = await serve({ GetTask: refuse, UploadBlob: refuse });
  const expected = { reason: 'UPLOAD_ALLOWANCE_EXCEEDED', message: 'deposit 7', metadata: { deposit_wei: '7' } };
  await assert.rejects(client(port).task('x'), expected);
  await assert.rejects(client(port).upload(blobOf('a blob', Buffer.alloc(3_000_000)), new Date()), expected);
});

test('an error that is none of Hooke\'s is called so', async () => {
  const port = await serve({ GetTask: (/** @type {any} */ _, /** @type {any} */ done) => done({ code: 12, details: 'what?' }) });
  await assert.rejects(client(port).task('x'), { reason: 'UNEXPECTED' });
});

test('nobody there is UNREACHABLE', async () => {
  await assert.rejects(client(1).task('x'), { reason: 'UNREACHABLE' });
});

test('an upload that is answered early ends there', async () => {
  let received = 0;
  const port = await serve({
    UploadBlob: (/** @type {any} */ call, /** @type {any} */ done) => {
      call.once('data', (/** @type {any} */ message) => done(null, { blob: message.header.blob, alreadyHeld: true }));
      call.on('data', (/** @type {any} */ message) => (received += message.chunk?.length ?? 0));
      call.on('error', () => {});
    },
  });
  const blob = { ...blobOf('a blob', Buffer.alloc(10)), size: 1 << 30, open: endless };
  assert.equal((await client(port).upload(blob, new Date())).alreadyHeld, true);
  assert.ok(received < 1 << 30);
});

function* endless() {
  for (let i = 0; i < 4_096; i++) {
    yield Buffer.alloc(1 << 18);
  }
}

test('a broken download fails, and a caller that stops ends the call', async () => {
  let cancelled = () => {};
  const gone = new Promise((resolve) => (cancelled = () => resolve(undefined)));
  const port = await serve({
    DownloadBlob: (/** @type {any} */ call) => {
      call.write({ sizeBytes: '10', chunk: Buffer.from('12345') });
      call.emit('error', { code: 14, details: 'broken' });
    },
    WatchTask: (/** @type {any} */ call) => {
      call.on('cancelled', cancelled);
      call.write({ task: { state: 'RUNNING' } });
    },
  });
  const node = client(port);
  await assert.rejects(async () => {
    for await (const chunk of node.openBlob(Buffer.alloc(32))) {
      assert.equal(String(chunk), '12345');
    }
  }, { reason: 'UNREACHABLE' });
  for await (const { task } of node.watch('tasks/x')) {
    assert.equal(task.state, 'RUNNING');
    break;
  }
  await gone;
});
