import { encodeAbiParameters, keccak256, parseAbi } from 'viem';

/** An order's terms as the contract hashes them (contracts/src/interfaces/ITasks.sol says what each means). */
const TERMS =
  'struct Terms { address consumer; uint64 nonce; bytes32 spec; uint32 tasks; uint32 cpuMillis; uint32 memoryMib; uint32 diskMib; uint64 startPrice; uint64 maxPrice; uint32 rampSeconds; uint64 fuelLimit; uint32 openSeconds; uint32 runSeconds; uint32 windowSeconds; uint32 retentionSeconds; uint128 minStake; bytes32 allow; bytes32 exclusiveKey; uint8 mode; uint8 quorum; uint8 slots; uint32 originA; uint32 originB; }';

/** What a consumer calls, reads and can be told by the contract. */
export const HOOKE = parseAbi([
  TERMS,
  'struct Account { uint128 free; uint128 locked; }',
  'struct Order { uint8 state; uint48 createdBlock; uint40 createdAt; uint40 commitsClosedAt; uint8 open; uint8 assigned; uint8 committed; uint8 revealed; bool cancelled; bool callback; bool hasResult; uint8 resultSlot; }',
  'struct Range { uint32 first; uint32 count; uint256 bond; }',
  'struct Slot { uint8 state; uint32 operatorId; uint32 nodeId; uint64 price; uint64 fuel; uint40 deadline; bool receipted; bytes32 root; }',
  'struct Tab { uint104 balance; uint104 redeemed; uint40 closesAt; }',
  'struct NodeProfile { address key; string endpoint; bytes32 tlsKeyHash; uint32 cpuMillis; uint32 memoryMib; uint32 diskMib; string attributes; }',

  'function token() view returns (address)',
  'function accountOf(address account) view returns (Account)',
  'function depositWithPermit(uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)',
  'function tabOf(address consumer, uint32 operatorId) view returns (Tab)',
  'function openTab(uint32 operatorId, uint256 amount)',
  'function closeTab(uint32 operatorId)',
  'function reclaimTab(address consumer, uint32 operatorId)',
  'function idOf(Terms terms) view returns (bytes32)',
  'function orderOf(bytes32 order) view returns (Order)',
  'function slotsOf(Terms terms) view returns (uint8)',
  'function slotOf(bytes32 order, uint8 slot) view returns (Slot)',
  'function rangeOf(Terms terms, uint8 slot) view returns (Range)',
  'function resultOf(bytes32 order) view returns (bool settled, bytes32 root, uint64 fuel)',
  'function order(Terms terms) returns (bytes32 id)',
  'function cancel(Terms terms)',
  'function expire(Terms terms)',
  'function miss(Terms terms, uint8 slot)',
  'function settle(Terms terms)',
  'function settleSlot(Terms terms, uint8 slot)',
  'function conclude(Terms terms, uint8 slot, uint32 index)',

  'event NodeRegistered(uint32 indexed nodeId, uint32 indexed operatorId, NodeProfile profile)',
  'event NodeUpdated(uint32 indexed nodeId, uint32 indexed operatorId, NodeProfile profile)',
  'event NodeRetired(uint32 indexed nodeId, uint32 indexed operatorId)',
  'event Ordered(bytes32 indexed order, address indexed consumer, Terms terms)',
  'event Settled(bytes32 indexed order, uint8 slot, uint32 indexed operatorId, uint256 paid, uint256 held, bytes32 root, uint64 fuel, uint256 retainUntil)',
  'event Challenged(bytes32 indexed order, uint8 slot, uint32 index, address indexed challenger, uint256 bond, uint256 deadline)',
  'event JuryCalled(bytes32 indexed order, uint8 slot, uint32 index, bytes32 indexed jury, uint8 attempt)',
  'event ChallengeFailed(bytes32 indexed order, uint8 slot, uint32 index, uint256 burned)',
  'event ChallengeUpheld(bytes32 indexed order, uint8 slot, uint32 index, uint256 paid, uint256 repaid)',
  'event ChallengeVoided(bytes32 indexed order, uint8 slot, uint32 index, uint256 burned)',
  'event OrderClosed(bytes32 indexed order, uint256 refund, uint8 reason)',

  'error ZeroAmount()',
  'error InsufficientFree(address account, uint256 required, uint256 available)',
  'error NoSuchOperator(uint32 operatorId)',
  'error TabEmpty(address consumer, uint32 operatorId)',
  'error TabNotClosing(address consumer, uint32 operatorId)',
  'error LedgerFull(uint256 amount, uint256 available)',
  'error UnsupportedTasks(uint32 tasks)',
  'error BadQuorum(uint8 quorum, uint8 slots)',
  'error BadPrices(uint64 startPrice, uint64 maxPrice)',
  'error ZeroFuelLimit()',
  'error BadDuration(string field, uint256 given, uint256 minimum, uint256 maximum)',
  'error NotConsumer(address caller, address consumer)',
  'error OrderExists(bytes32 order)',
  'error UnknownOrder(bytes32 order)',
  'error ExclusiveKeyHeld(bytes32 exclusiveKey, bytes32 holder)',
  'error NoSuchSlot(uint8 slot, uint8 slots)',
  'error WrongSlotState(bytes32 order, uint8 slot, uint8 state)',
  'error OrderNotLive(bytes32 order, uint8 state)',
  'error TooEarly(uint256 from, uint256 when)',
  'error NothingOpen(bytes32 order)',
  'error ChallengesPending(bytes32 order, uint8 slot, uint32 pending)',
  'error CancelBreaksQuorum(bytes32 order, uint8 taken, uint8 quorum)',
]);

/** What is needed of the payment token (ERC-20, ERC-2612, ERC-5267). */
export const TOKEN = parseAbi([
  'function balanceOf(address account) view returns (uint256)',
  'function nonces(address owner) view returns (uint256)',
  'function eip712Domain() view returns (bytes1 fields, string name, string version, uint256 chainId, address verifyingContract, bytes32 salt, uint256[] extensions)',
]);

/** @typedef {import('viem').ContractFunctionArgs<typeof HOOKE, 'nonpayable', 'order'>[0]} Terms */
/** @typedef {{ name: 'Hooke', version: '1', chainId: number, verifyingContract: `0x${string}` }} Domain */

export const VERIFICATIONS = /** @type {const} */ (['ATTENDED', 'OPTIMISTIC', 'QUORUM']);
export const SLOT_STATES = /** @type {const} */ ([
  'OPEN',
  'ASSIGNED',
  'DELIVERED',
  'COMMITTED',
  'REVEALED',
  'SETTLED',
  'RELEASED',
  'REFUSED',
  'OUTVOTED',
  'UNREVEALED',
  'VOID',
  'CLOSED',
  'FORFEITED',
  'DISPROVED',
]);
export const CLOSE_REASONS = /** @type {const} */ (['SETTLED', 'REFUSED', 'NO_QUORUM', 'TOO_FEW_COMMITS', 'UNFILLED', 'DISPROVED']);

export const ORDER_CLOSED = 2;

/**
 * The domain of Hooke's own signatures.
 *
 * @param {number} chainId
 * @param {`0x${string}`} contract
 * @returns {Domain}
 */
export const domainOf = (chainId, contract) => ({ name: 'Hooke', version: '1', chainId, verifyingContract: contract });

const ORDER_ID = /** @type {const} */ ([{ type: 'uint256' }, { type: 'address' }, idOfInput()]);

function idOfInput() {
  const [idOf] = HOOKE.filter((each) => each.type === 'function' && each.name === 'idOf');
  return /** @type {Extract<typeof HOOKE[number], { type: 'function', name: 'idOf' }>} */ (idOf).inputs[0];
}

/**
 * An order's id, before it is sent: `keccak256(abi.encode(chainId, contract, terms))`.
 *
 * @param {Domain} domain
 * @param {Terms} terms
 */
export const orderId = (domain, terms) =>
  keccak256(encodeAbiParameters(ORDER_ID, [BigInt(domain.chainId), domain.verifyingContract, terms]));

/** Fuel that a unit price is for. */
const PRICE_UNIT = 1_000_000n;

/**
 * What `fuel` costs at `price`, token-wei, rounded up.
 *
 * @param {bigint} fuel
 * @param {bigint} price token-wei per 1,000,000 fuel
 */
export const payUp = (fuel, price) => (fuel * price + PRICE_UNIT - 1n) / PRICE_UNIT;

/**
 * What an order locks of its consumer's free balance, token-wei.
 *
 * @param {Terms} terms
 */
export const escrowOf = (terms) =>
  BigInt(terms.tasks) * BigInt(VERIFICATIONS[terms.mode] === 'QUORUM' ? terms.slots : 1) * payUp(terms.fuelLimit, terms.maxPrice);

const RECEIPT = /** @type {const} */ ({
  Receipt: [
    { name: 'order', type: 'bytes32' },
    { name: 'slot', type: 'uint8' },
    { name: 'root', type: 'bytes32' },
    { name: 'fuel', type: 'uint64' },
  ],
});

/**
 * Signs "I hold this result". With it the slot settles at once and nothing is held back.
 *
 * @param {import('viem').LocalAccount} consumer
 * @param {Domain} domain
 * @param {{ order: `0x${string}`, slot: number, root: `0x${string}`, fuel: bigint }} message
 */
export const signReceipt = (consumer, domain, message) =>
  consumer.signTypedData({ domain, types: RECEIPT, primaryType: 'Receipt', message });

const VOUCHER = /** @type {const} */ ({
  Voucher: [
    { name: 'consumer', type: 'address' },
    { name: 'operatorId', type: 'uint32' },
    { name: 'total', type: 'uint128' },
  ],
});

/**
 * Signs "the operator may have this much of my tab, for all so far".
 *
 * @param {import('viem').LocalAccount} consumer
 * @param {Domain} domain
 * @param {{ operatorId: number, total: bigint }} message
 */
export const signVoucher = (consumer, domain, message) =>
  consumer.signTypedData({ domain, types: VOUCHER, primaryType: 'Voucher', message: { consumer: consumer.address, ...message } });
