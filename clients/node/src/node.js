import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import grpc from '@grpc/grpc-js';
import { HookeError, messageOf } from './errors.js';
import { createIdentity, keyHash } from './identity.js';
import { addressOf, parseEndpoint } from './reach.js';
import { Tokens } from './token.js';
import { refusalOf, services } from './wire.js';
import { shown } from './words.js';

/** Longest wait for a connection, for a single answer, and for the next piece of a stream, in milliseconds. */
const CONNECT = 5_000;
const ANSWER = 30_000;
const SILENCE = 60_000;

/** An upload may take so long, and a second more for each so many bytes: what nodes give it. */
const UPLOAD = 60_000;
const UPLOAD_RATE = 64 << 10;

/** Messages of a download that may hold nothing. */
const MAX_EMPTY = 16;

const UPLOAD_CHUNK = 1 << 18;
const MAX_MESSAGE = 2 << 20;

/** A watched task may be silent for as long as it runs: pings notice a dead node. */
const CHANNEL = {
  'grpc.max_receive_message_length': MAX_MESSAGE,
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 10_000,
};

/** TLS knows no server name that is an address (RFC 6066): any name will do, since the key decides. */
const NAMELESS = 'hooke.invalid';

/**
 * Where a node is and what it must be, as registered on chain.
 *
 * @typedef {object} NodeAddress
 * @property {number} id from 1
 * @property {number} operatorId from 1
 * @property {string} endpoint `host:port` or `https://host:port`
 * @property {`0x${string}`} tlsKeyHash
 * @property {boolean} active may take new work
 */

/**
 * Speaks to one node in the name of one account: takes only the server whose key is pinned, shows a TLS key of its own
 * that lives as long as this client, and signs the tokens that are bound to it. Everything it gives back is the node's
 * word and unverified. Calls fail with {@link HookeError}.
 */
export class NodeClient {
  #identity = createIdentity();
  #host;
  #port;
  #privateToo;
  /** @type {string | undefined} the address that was looked at and is connected to */
  #ip;
  /** @type {Promise<grpc.ChannelCredentials> | undefined} */
  #credentials;
  /** @type {Map<string, any>} */
  #stubs = new Map();

  /**
   * Connects at the first call.
   *
   * @param {NodeAddress} node
   * @param {import('./law.js').Domain} domain of the chain and contract both sides work on
   * @param {import('viem').LocalAccount} account that asks
   * @param {{ privateNodes?: boolean }} [network] `privateNodes`: whether loopback and private addresses are connected to
   * @throws {HookeError} `UNREACHABLE` for what is no endpoint
   */
  constructor(node, domain, account, { privateNodes = false } = {}) {
    this.node = node;
    const endpoint = parseEndpoint(node.endpoint);
    if (endpoint === undefined) {
      throw new HookeError('UNREACHABLE', `its endpoint '${shown(node.endpoint, 120)}' is no host:port`);
    }
    this.address = node.endpoint.replace(/^https:\/\//, '').replace(/\/$/, '');
    this.#host = endpoint.host;
    this.#port = endpoint.port;
    this.#privateToo = privateNodes;
    this.tokens = new Tokens(account, domain, node.id, this.#identity.keyHash);
  }

  async describe() {
    return (await this.call('NodeService', 'GetNode', {})).node;
  }

  /**
   * What the node would bid, or why it would not.
   *
   * @param {object} spec `TaskSpec`
   * @param {object} terms `Terms`
   */
  quote(spec, terms) {
    return this.call('MarketService', 'QuoteOrder', { spec, terms }, { patience: CONNECT });
  }

  /**
   * What the node does about an order that was placed.
   *
   * @param {string} order its id
   */
  quoteOrder(order) {
    return this.call('MarketService', 'QuoteOrder', { order: `orders/${order}` }, { patience: CONNECT });
  }

  /** @param {string} name `tasks/{order}-{slot}` */
  async task(name) {
    return (await this.call('TaskService', 'GetTask', { name }, { group: 'task' })).task;
  }

  /**
   * @param {string} name
   * @param {string} receipt signature, hex
   */
  async submitReceipt(name, receipt) {
    const request = { name, receipt: Buffer.from(receipt.slice(2), 'hex') };
    return (await this.call('TaskService', 'SubmitReceipt', request, { group: 'task' })).task;
  }

  /**
   * Follows a task until its stream ends; `break` ends it too.
   *
   * @param {string} name
   * @param {{ logs?: boolean, signal?: AbortSignal }} [options]
   */
  watch(name, { logs = false, signal } = {}) {
    return this.#stream('WatchTask', { name, noLogs: !logs }, 'task', { signal });
  }

  /**
   * Uploads a blob. What the node holds already is not sent again.
   *
   * @param {import('./blob.js').Blob} blob
   * @param {Date} keepUntil
   * @param {{ total: bigint, signature: `0x${string}` }} [voucher] pays for it
   */
  async upload(blob, keepUntil, voucher) {
    const stub = await this.#stub('TaskService');
    const metadata = await this.#metadata('blob');
    const until = Date.now() + UPLOAD + (1000 * blob.size) / UPLOAD_RATE;
    let over = false;
    /** @type {(error: grpc.ServiceError | null, response: any) => void} */
    let answered;
    const answer = new Promise((resolve, reject) => {
      answered = (error, response) => {
        over = true;
        return error ? reject(this.#failure(error)) : resolve(response);
      };
    });
    /** @type {grpc.ClientWritableStream<object>} */
    const call = stub.UploadBlob(metadata, (/** @type {grpc.ServiceError | null} */ error, /** @type {any} */ response) =>
      answered(error, response),
    );
    answer.catch(() => {});
    const send = (/** @type {object} */ message) => {
      const written = new Promise((resolve) => call.write(message, () => resolve(undefined)));
      if (Date.now() > until) {
        throw new HookeError('TIMEOUT', `${this.address} takes the upload too slowly`);
      }
      return within(Promise.race([written, answer]), SILENCE, () => this.#silent(), () => call.cancel());
    };
    const expireTime = { seconds: String(Math.floor(keepUntil.getTime() / 1000)), nanos: 0 };
    const paid = voucher && { totalWei: String(voucher.total), signature: Buffer.from(voucher.signature.slice(2), 'hex') };
    await send({ header: { blob: blob.id.toString('hex'), sizeBytes: String(blob.size), expireTime, voucher: paid } });
    try {
      for await (const bytes of blob.open()) {
        for (let at = 0; at < bytes.length && !over; at += UPLOAD_CHUNK) {
          await send({ chunk: bytes.subarray(at, at + UPLOAD_CHUNK) });
        }
        if (over) {
          break;
        }
      }
    } catch (e) {
      call.cancel();
      throw e;
    }
    call.end();
    return within(answer, SILENCE, () => this.#silent());
  }

  /**
   * A blob's bytes from an offset on. Whoever reads them says how many it wants, and how long it waits.
   *
   * @param {Buffer} id
   * @param {number} [offset]
   * @returns {AsyncGenerator<Buffer>}
   */
  async *openBlob(id, offset = 0) {
    const request = { blob: id.toString('hex'), offsetBytes: String(offset) };
    for await (const message of this.#stream('DownloadBlob', request, 'blob', { silence: SILENCE })) {
      yield message.chunk;
    }
  }

  /**
   * A task's result: first what the node says it is, then the archive's bytes.
   *
   * @param {string} name
   * @param {AbortSignal} [signal]
   * @param {number} [index] of an array: which task's, by its index in the order
   * @returns {Promise<{ result: any, archive: AsyncGenerator<Buffer> }>}
   */
  async openResult(name, signal, index) {
    const { header, bytes } = await this.#open({ name, index }, 'result', signal);
    return { result: header, archive: bytes };
  }

  /**
   * The leaves of an array's slot: first what the node says they are, then the table's bytes.
   *
   * @param {string} name
   * @param {AbortSignal} [signal]
   * @returns {Promise<{ result: any, table: AsyncGenerator<Buffer> }>}
   */
  async openTable(name, signal) {
    const { header, bytes } = await this.#open({ name }, 'arrayResult', signal);
    return { result: header, table: bytes };
  }

  /**
   * @param {{ name: string, index?: number }} request
   * @param {'result' | 'arrayResult'} part the header's kind
   * @param {AbortSignal} [signal]
   */
  async #open(request, part, signal) {
    const stream = this.#stream('DownloadResult', request, 'task', { silence: SILENCE, signal });
    const first = await stream.next();
    if (first.done || first.value.part !== part) {
      throw new HookeError('UNEXPECTED', `${this.address} sent no header before the result`);
    }
    return {
      header: first.value[part],
      bytes: (async function* () {
        for await (const message of stream) {
          yield message.chunk;
        }
      })(),
    };
  }

  /** Ends what is under way and closes the connections. */
  close() {
    for (const stub of this.#stubs.values()) {
      stub.close();
    }
    this.#stubs.clear();
  }

  /**
   * Any unary method, e.g. `call('MarketService', 'ListOrders', { pageSize: 10 })`.
   *
   * @param {import('./wire.js').Service} service
   * @param {string} method
   * @param {object} request camelCase fields
   * @param {{ group?: string, patience?: number }} [options] `group`: the method's access group, if it has one; `patience`:
   *     milliseconds
   * @returns {Promise<any>} camelCase fields; 64-bit numbers as decimal strings
   */
  async call(service, method, request, { group, patience = ANSWER } = {}) {
    const stub = await this.#stub(service);
    const metadata = await this.#metadata(group);
    return new Promise((resolve, reject) => {
      stub[method](request, metadata, { deadline: Date.now() + patience }, (/** @type {any} */ error, /** @type {any} */ response) =>
        error ? reject(this.#failure(error)) : resolve(response),
      );
    });
  }

  /**
   * @param {string} method of TaskService
   * @param {object} request
   * @param {string} group
   * @param {{ silence?: number, signal?: AbortSignal }} limits
   * @returns {AsyncGenerator<any>}
   */
  async *#stream(method, request, group, { silence, signal } = {}) {
    const stub = await this.#stub('TaskService');
    /** @type {grpc.ClientReadableStream<any>} */
    const call = stub[method](request, await this.#metadata(group));
    // An error that comes when nobody reads any more must not end the process.
    call.on('error', () => {});
    const cancel = () => call.cancel();
    signal?.addEventListener('abort', cancel);
    const messages = call[Symbol.asyncIterator]();
    try {
      if (signal?.aborted) {
        return;
      }
      for (let empty = 0; ; ) {
        const next = messages.next();
        const message = await (silence === undefined ? next : within(next, silence, () => this.#silent()));
        if (message.done) {
          return;
        }
        // Of a download: the header, or the whole of an empty blob.
        if (silence !== undefined && message.value.chunk?.length === 0 && ++empty > MAX_EMPTY) {
          throw new HookeError('UNEXPECTED', `${this.address} sends messages without content`);
        }
        yield message.value;
      }
    } catch (e) {
      if (!signal?.aborted) {
        throw e instanceof HookeError ? e : this.#failure(/** @type {grpc.ServiceError} */ (e));
      }
    } finally {
      signal?.removeEventListener('abort', cancel);
      call.cancel();
    }
  }

  /** @param {string} [group] */
  async #metadata(group) {
    const metadata = new grpc.Metadata();
    if (group !== undefined) {
      metadata.set('authorization', await this.tokens.header(group));
    }
    return metadata;
  }

  /**
   * @param {import('./wire.js').Service} service
   * @returns {Promise<any>}
   */
  async #stub(service) {
    this.#credentials ??= this.#pin();
    let credentials;
    try {
      credentials = await this.#credentials;
    } catch (e) {
      this.#credentials = undefined;
      throw e;
    }
    let stub = this.#stubs.get(service);
    if (stub === undefined) {
      const name = isIP(this.#host) ? NAMELESS : this.#host;
      const target = isIP(await this.#resolved()) === 6 ? `[${this.#ip}]` : this.#ip;
      const options = { ...CHANNEL, 'grpc.ssl_target_name_override': name, 'grpc.default_authority': this.address };
      stub = new services[service](`${target}:${this.#port}`, credentials, options);
      this.#stubs.set(service, stub);
    }
    return stub;
  }

  /**
   * A node's certificate is self-signed; what counts is its key, whose hash is on chain. TLS of Node.js does not ask about
   * the key of a certificate that it does not trust anyway. So the certificate is fetched first, its key compared, and then
   * exactly that certificate is trusted, and its key compared again at every handshake.
   */
  async #pin() {
    const certificate = await this.#servedCertificate();
    this.#checkKey(certificate);
    return grpc.credentials.createSsl(
      Buffer.from(certificate.toString()),
      Buffer.from(this.#identity.key),
      Buffer.from(this.#identity.certificate),
      {
        checkServerIdentity: (_, { raw }) => {
          try {
            this.#checkKey(new X509Certificate(raw));
            return undefined;
          } catch (e) {
            return /** @type {Error} */ (e);
          }
        },
      },
    );
  }

  /** @param {X509Certificate} certificate */
  #checkKey(certificate) {
    const shown = `0x${keyHash(certificate.publicKey).toString('hex')}`;
    if (shown !== this.node.tlsKeyHash.toLowerCase()) {
      throw new HookeError(
        'WRONG_KEY',
        `${this.address} shows TLS key ${shown.slice(2, 14)}…, the chain says ${this.node.tlsKeyHash.slice(2, 14)}… for node ${this.node.id}`,
        { metadata: { shown, registered: this.node.tlsKeyHash } },
      );
    }
  }

  /** @returns {Promise<X509Certificate>} */
  async #servedCertificate() {
    const host = await this.#resolved();
    return new Promise((resolve, reject) => {
      const socket = connect({ host, port: this.#port, rejectUnauthorized: false, ALPNProtocols: ['h2'], timeout: CONNECT });
      const fail = (/** @type {string} */ why) => {
        socket.destroy();
        reject(new HookeError('UNREACHABLE', `${this.address} cannot be reached: ${shown(why)}`));
      };
      socket.on('error', (e) => fail(messageOf(e)));
      socket.on('timeout', () => fail(`no answer within ${CONNECT / 1000} s`));
      socket.on('secureConnect', () => {
        const certificate = socket.getPeerX509Certificate();
        if (certificate === undefined) {
          return fail('it shows no certificate');
        }
        socket.end();
        return resolve(certificate);
      });
    });
  }

  /** Looks the host up, once for this client. */
  async #resolved() {
    this.#ip ??= await within(addressOf(this.#host, this.#privateToo), CONNECT, () => new HookeError('UNREACHABLE', `${this.address} has a name that is not answered for`));
    return this.#ip;
  }

  /**
   * What a node says is one line, whatever it put into it.
   *
   * @param {grpc.ServiceError} error
   */
  #failure(error) {
    const refusal = refusalOf(error);
    if (refusal !== undefined) {
      return new HookeError(shown(refusal.reason, 120), shown(refusal.message), { metadata: refusal.metadata, cause: error });
    }
    switch (error.code) {
      case grpc.status.UNAVAILABLE:
        return new HookeError('UNREACHABLE', `${this.address} cannot be reached: ${shown(String(error.details))}`, { cause: error });
      case grpc.status.DEADLINE_EXCEEDED:
        return new HookeError('TIMEOUT', `${this.address} did not answer in time`, { cause: error });
      default:
        return new HookeError('UNEXPECTED', `${this.address} answered: ${shown(error.message)}`, { cause: error });
    }
  }

  #silent() {
    return new HookeError('TIMEOUT', `${this.address} said nothing for ${SILENCE / 1000} s`);
  }
}

/**
 * @template T
 * @param {Promise<T>} promise
 * @param {number} patience milliseconds
 * @param {() => Error} late
 * @param {() => void} [giveUp]
 * @returns {Promise<T>}
 */
function within(promise, patience, late, giveUp = () => {}) {
  /** @type {NodeJS.Timeout} */
  let timer;
  const over = new Promise((_, reject) => {
    timer = setTimeout(() => {
      giveUp();
      reject(late());
    }, patience);
  });
  return /** @type {Promise<T>} */ (Promise.race([promise, over])).finally(() => clearTimeout(timer));
}
