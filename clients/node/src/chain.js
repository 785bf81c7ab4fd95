import { BaseError, ContractFunctionRevertedError, createPublicClient, createWalletClient, defineChain, fallback, http, parseSignature } from 'viem';
import { HookeError, messageOf } from './errors.js';
import { hasPrivateNodes } from './network.js';
import { CLOSE_REASONS, HOOKE, ORDER_CLOSED, SLOT_STATES, TOKEN, domainOf } from './law.js';

/** Blocks that one question about events spans. */
const RANGE = 5_000n;
/** Blocks over which the time of one is measured. */
const BLOCKS_MEASURED = 8n;
const PERMIT_SECONDS = 3_600n;
const POLL = 200;

/**
 * A slot as the chain has it.
 *
 * @typedef {object} Slot
 * @property {number} slot from 0
 * @property {typeof SLOT_STATES[number]} state
 * @property {number} nodeId 0 while nobody has taken it
 * @property {number} operatorId
 * @property {bigint} price token-wei per 1,000,000 fuel
 * @property {bigint} fuel claimed
 * @property {number} deadline unix seconds; contracts/src/interfaces/ITasks.sol says of what
 * @property {`0x${string}`} root
 * @property {number} first index of its first task in the order
 * @property {number} count its tasks; fewer once only a part was delivered
 */

/**
 * Somebody's claim that a task's result is wrong.
 *
 * @typedef {object} Challenge
 * @property {number} slot
 * @property {number} index of the task in the order
 * @property {'ASKED' | 'JUDGING' | 'FAILED' | 'UPHELD' | 'VOIDED'} state
 * @property {number} deadline unix seconds by which the provider must publish the task's leaf
 * @property {`0x${string}` | undefined} jury the order that reruns the task, once it was called
 */

/**
 * An order as the chain has it.
 *
 * @typedef {object} Order
 * @property {`0x${string}`} id
 * @property {import('./law.js').Terms} terms
 * @property {boolean} closed no slot can still be paid or opened
 * @property {number} createdAt unix seconds
 * @property {number} commitsClosedAt QUORUM: unix seconds; 0 while commits are taken
 * @property {Slot[]} slots
 * @property {`0x${string}` | undefined} resultRoot once settled
 */

/** The chain and its contract, for one account that sends. */
export class Chain {
  /** @type {Map<`0x${string}`, import('./law.js').Terms>} */
  #terms = new Map();
  /** @type {`0x${string}` | undefined} */
  #token;

  /**
   * @param {import('./network.js').Network} network
   * @param {import('viem').LocalAccount} account
   */
  constructor(network, account) {
    this.network = network;
    this.account = account;
    this.privateNodes = hasPrivateNodes(network);
    /** What this account signed away by vouchers in this process, by operator. @type {Map<number, bigint>} */
    this.promised = new Map();
    this.domain = domainOf(network.chainId, network.contract);
    const chain = defineChain({
      id: network.chainId,
      name: 'Hooke',
      nativeCurrency: { name: 'Ether', symbol: 'ETH', decimals: 18 },
      rpcUrls: { default: { http: network.rpc } },
    });
    const transport = fallback(network.rpc.map((url) => http(url, { batch: true })));
    this.client = createPublicClient({ chain, transport, pollingInterval: POLL, cacheTime: 0 });
    this.wallet = createWalletClient({ chain, transport, account });
  }

  /**
   * Asks the chain's endpoints.
   *
   * @template T
   * @param {(client: import('viem').PublicClient) => Promise<T>} question
   * @returns {Promise<T>}
   * @throws {HookeError} `UNREACHABLE`
   */
  async ask(question) {
    try {
      return await question(this.client);
    } catch (e) {
      const why = e instanceof BaseError ? e.shortMessage : messageOf(e);
      throw new HookeError('UNREACHABLE', `the chain at ${this.network.rpc.join(', ')} did not answer: ${why}`, { cause: e });
    }
  }

  /** Seconds that a block takes, as the newest few say: from 1 to 30. */
  async blockSeconds() {
    const newest = await this.ask((client) => client.getBlock());
    const back = newest.number < BLOCKS_MEASURED ? newest.number : BLOCKS_MEASURED;
    if (back === 0n) {
      return 1;
    }
    const older = await this.ask((client) => client.getBlock({ blockNumber: newest.number - back }));
    return Math.min(Math.max(Math.ceil(Number(newest.timestamp - older.timestamp) / Number(back)), 1), 30);
  }

  /** Refuses another world before anything else: `WRONG_CHAIN`. */
  async check() {
    const { chainId, genesis, contract, rpc } = this.network;
    const [shownId, block, code] = await this.ask((client) =>
      Promise.all([client.getChainId(), client.getBlock({ blockNumber: 0n }), client.getCode({ address: contract })]),
    );
    const wrong =
      shownId !== chainId
        ? `it is chain ${shownId}, not ${chainId}`
        : block.hash !== genesis
          ? `its block 0 is ${block.hash.slice(0, 14)}…, not ${genesis.slice(0, 14)}…: it was started anew`
          : code === undefined
            ? `it has no contract at ${contract}`
            : undefined;
    if (wrong !== undefined) {
      throw new HookeError('WRONG_CHAIN', `the chain at ${rpc.join(', ')} is not the network's: ${wrong}`);
    }
  }

  /**
   * All events of some kinds, the oldest first.
   *
   * @template {import('viem').ContractEventName<typeof HOOKE>} Name
   * @param {Name} eventName
   * @param {import('viem').ContractEventArgs<typeof HOOKE, Name>} [args] wanted values of indexed fields
   */
  async events(eventName, args) {
    const newest = await this.ask((client) => client.getBlockNumber());
    const found = [];
    for (let from = BigInt(this.network.deployBlock ?? 0); from <= newest; from += RANGE) {
      const toBlock = from + RANGE - 1n > newest ? newest : from + RANGE - 1n;
      const query = { address: this.network.contract, abi: HOOKE, eventName, args, fromBlock: from, toBlock, strict: true };
      found.push(...(await this.ask((client) => client.getContractEvents(/** @type {any} */ (query)))));
    }
    return /** @type {import('viem').GetContractEventsReturnType<typeof HOOKE, Name, true>} */ (/** @type {unknown} */ (found));
  }

  /**
   * Every node that was ever registered, by number, with its newest profile.
   *
   * @returns {Promise<Map<number, import('./node.js').NodeAddress>>}
   */
  async nodes() {
    const [registered, updated, retired] = await Promise.all([
      this.events('NodeRegistered'),
      this.events('NodeUpdated'),
      this.events('NodeRetired'),
    ]);
    const nodes = new Map();
    for (const { args } of [...registered, ...updated]) {
      const { endpoint, tlsKeyHash } = args.profile;
      nodes.set(args.nodeId, { id: args.nodeId, operatorId: args.operatorId, endpoint, tlsKeyHash, active: true });
    }
    for (const { args } of retired) {
      nodes.get(args.nodeId).active = false;
    }
    return nodes;
  }

  /**
   * The order as it stands now; its terms are found in the event that made it.
   *
   * @param {`0x${string}`} id
   * @returns {Promise<Order>}
   */
  async order(id) {
    const terms = await this.terms(id);
    const [order, [settled, root], slots, ranges] = await this.ask(async (client) => {
      const read = { address: this.network.contract, abi: HOOKE, blockNumber: await client.getBlockNumber() };
      // Deliveries in part make further slots.
      const count = await client.readContract({ ...read, functionName: 'slotsOf', args: [terms] });
      const numbers = Array.from({ length: count }, (_, slot) => slot);
      return Promise.all([
        client.readContract({ ...read, functionName: 'orderOf', args: [id] }),
        client.readContract({ ...read, functionName: 'resultOf', args: [id] }),
        Promise.all(numbers.map((slot) => client.readContract({ ...read, functionName: 'slotOf', args: [id, slot] }))),
        Promise.all(numbers.map((slot) => client.readContract({ ...read, functionName: 'rangeOf', args: [terms, slot] }))),
      ]);
    });
    return {
      id,
      terms,
      closed: order.state === ORDER_CLOSED,
      createdAt: order.createdAt,
      commitsClosedAt: order.commitsClosedAt,
      slots: slots.map(({ state, nodeId, operatorId, price, fuel, deadline, root }, slot) => ({
        slot,
        state: SLOT_STATES[state],
        nodeId,
        operatorId,
        price,
        fuel,
        deadline,
        root,
        first: ranges[slot].first,
        count: ranges[slot].count,
      })),
      resultRoot: settled ? root : undefined,
    };
  }

  /**
   * What was challenged of an order, and what came of it.
   *
   * @param {`0x${string}`} id
   * @returns {Promise<Challenge[]>}
   */
  async challenges(id) {
    const [asked, juries, failed, upheld, voided] = await Promise.all([
      this.events('Challenged', { order: id }),
      this.events('JuryCalled', { order: id }),
      this.events('ChallengeFailed', { order: id }),
      this.events('ChallengeUpheld', { order: id }),
      this.events('ChallengeVoided', { order: id }),
    ]);
    return asked.map(({ args: { slot, index, deadline } }) => {
      const about = (/** @type {{ args: { index: number } }[]} */ events) => events.some(({ args }) => args.index === index);
      const jury = juries.filter(({ args }) => args.index === index).at(-1)?.args.jury;
      const state = about(failed) ? 'FAILED' : about(upheld) ? 'UPHELD' : about(voided) ? 'VOIDED' : jury ? 'JUDGING' : 'ASKED';
      return { slot, index, state, deadline: Number(deadline), jury };
    });
  }

  /**
   * @param {`0x${string}`} id
   * @throws {HookeError} `UNKNOWN_ORDER`
   */
  async terms(id) {
    let terms = this.#terms.get(id);
    if (terms === undefined) {
      const [ordered] = await this.events('Ordered', { order: id });
      if (ordered === undefined) {
        throw new HookeError('UNKNOWN_ORDER', `the chain knows no order ${id}`);
      }
      terms = ordered.args.terms;
      this.#terms.set(id, terms);
    }
    return terms;
  }

  /**
   * Ids of the account's orders, the newest first.
   *
   * @returns {Promise<`0x${string}`[]>}
   */
  async orders() {
    const ordered = await this.events('Ordered', { consumer: this.account.address });
    return ordered.map(({ args }) => args.order).reverse();
  }

  /**
   * What came of an order that is closed: pay by slot, and why it closed.
   *
   * @param {`0x${string}`} id
   */
  async outcome(id) {
    const [settled, closed] = await Promise.all([this.events('Settled', { order: id }), this.events('OrderClosed', { order: id })]);
    return {
      paid: settled.reduce((sum, { args }) => sum + args.paid, 0n),
      block: closed[0]?.blockNumber,
      closeReason: closed[0] && CLOSE_REASONS[closed[0].args.reason],
    };
  }

  /** What the account can spend: free in the vault, and tokens in the wallet, token-wei. */
  async funds() {
    const token = await this.token();
    const args = /** @type {const} */ ([this.account.address]);
    const [vault, tokens] = await this.ask((client) =>
      Promise.all([
        client.readContract({ address: this.network.contract, abi: HOOKE, functionName: 'accountOf', args }),
        client.readContract({ address: token, abi: TOKEN, functionName: 'balanceOf', args }),
      ]),
    );
    return { free: vault.free, tokens };
  }

  /**
   * What the account has locked for an operator's vouchers.
   *
   * @param {number} operatorId
   */
  tab(operatorId) {
    const args = /** @type {const} */ ([this.account.address, operatorId]);
    return this.ask((client) =>
      client.readContract({ address: this.network.contract, abi: HOOKE, functionName: 'tabOf', args }),
    );
  }

  async token() {
    this.#token ??= await this.ask((client) =>
      client.readContract({ address: this.network.contract, abi: HOOKE, functionName: 'token' }),
    );
    return this.#token;
  }

  /**
   * Moves tokens into the vault: permit (ERC-2612) and deposit in one transaction.
   *
   * @param {bigint} amount token-wei
   */
  async deposit(amount) {
    const token = await this.token();
    const owner = this.account.address;
    const [[, name, version, chainId, verifyingContract], nonce, { timestamp }] = await this.ask((client) =>
      Promise.all([
        client.readContract({ address: token, abi: TOKEN, functionName: 'eip712Domain' }),
        client.readContract({ address: token, abi: TOKEN, functionName: 'nonces', args: [owner] }),
        client.getBlock(),
      ]),
    );
    const deadline = timestamp + PERMIT_SECONDS;
    const permit = await this.account.signTypedData({
      domain: { name, version, chainId, verifyingContract },
      types: {
        Permit: [
          { name: 'owner', type: 'address' },
          { name: 'spender', type: 'address' },
          { name: 'value', type: 'uint256' },
          { name: 'nonce', type: 'uint256' },
          { name: 'deadline', type: 'uint256' },
        ],
      },
      primaryType: 'Permit',
      message: { owner, spender: this.network.contract, value: amount, nonce, deadline },
    });
    const { r, s, yParity } = parseSignature(permit);
    return this.send('depositWithPermit', [amount, deadline, 27 + yParity, r, s]);
  }

  /**
   * Sends a call of the contract and waits for its block. A revert fails with the contract error's name as reason.
   *
   * @template {import('viem').ContractFunctionName<typeof HOOKE, 'nonpayable'>} Name
   * @param {Name} functionName
   * @param {import('viem').ContractFunctionArgs<typeof HOOKE, 'nonpayable', Name>} args
   */
  async send(functionName, args) {
    const call = { address: this.network.contract, abi: HOOKE, functionName, args };
    let hash;
    try {
      hash = await this.wallet.writeContract(/** @type {any} */ (call));
    } catch (e) {
      throw reverted(functionName, e);
    }
    const receipt = await this.ask((client) => client.waitForTransactionReceipt({ hash }));
    if (receipt.status !== 'success') {
      throw new HookeError('UNEXPECTED', `${functionName} reverted in block ${receipt.blockNumber}, though it had not before: try again`);
    }
    return receipt;
  }
}

/**
 * @param {string} call
 * @param {unknown} error
 */
function reverted(call, error) {
  const revert = error instanceof BaseError ? error.walk((each) => each instanceof ContractFunctionRevertedError) : undefined;
  if (revert instanceof ContractFunctionRevertedError && revert.data !== undefined) {
    const { errorName, args = [], abiItem } = revert.data;
    const inputs = abiItem.type === 'error' ? abiItem.inputs : [];
    const metadata = Object.fromEntries(inputs.map(({ name }, i) => [name ?? String(i), String(args[i])]));
    const values = Object.entries(metadata).map(([name, value]) => `${name} ${value}`);
    return new HookeError(errorName, `the contract refused ${call}: ${errorName}(${values.join(', ')})`, { metadata, cause: error });
  }
  return new HookeError('UNEXPECTED', `${call} could not be sent: ${error instanceof BaseError ? error.shortMessage : messageOf(error)}`, {
    cause: error,
  });
}
