// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice What a node says about itself. Lives in events only; nothing on chain relies on it.
/// @param key Hot key of the machine: bids and reports, can never withdraw. Belongs to one node for ever.
/// @param endpoint Where the node answers, as `host:port`, perhaps behind `https://`. At most 256 bytes. Its form is checked, so that no
/// registration is one that clients stumble over; where it leads is for whoever connects to judge.
/// @param tlsKeyHash SHA-256 of the SubjectPublicKeyInfo of the node's TLS key; clients pin it.
/// @param cpuMillis Offered CPU, thousandths of a core.
/// @param memoryMib Offered memory, MiB.
/// @param diskMib Offered disk, MiB.
/// @param attributes Free text, `key=value` separated by commas. At most 1,024 bytes.
struct NodeProfile {
    address key;
    string endpoint;
    bytes32 tlsKeyHash;
    uint32 cpuMillis;
    uint32 memoryMib;
    uint32 diskMib;
    string attributes;
}

/// @notice A node as the contract knows it.
/// @param nodeId From 1; 0 means that the key is unknown.
/// @param operatorId Who owns it.
/// @param active False after `retire`: takes no new work, still finishes what it has.
struct Node {
    uint32 nodeId;
    uint32 operatorId;
    bool active;
}

/// @notice A seller.
/// @param owner Cold key: owns stake and earnings.
/// @param sinceBlock Block of registration or of the last rise of the stake, whichever is later. Drawn slots are only for
/// operators whose stake stood before the order did, a jury's before the challenge.
/// @param stake Wei at stake, bonded or not.
/// @param bonded Part of `stake` that is locked as bonds of assignments, wei.
/// @param unbonding Wei that left the stake and waits for `unbondAt`.
/// @param unbondAt Unix second from which `unbonding` may be withdrawn.
/// @param keptGwei Pay of slots that were released, with nothing held any more, in billions of wei, each rounded down to 1,000; saturates.
/// @param brokenGwei Bonds lost, in billions of wei, rounded down; saturates.
/// @param refusedGwei Pay that consumers burned by refusing a delivery, in billions of wei, rounded down; saturates.
/// @dev The three counters are advice. Dealing with oneself is cheap, so no rule of the contract reads them.
struct Operator {
    address owner;
    uint48 sinceBlock;
    uint96 stake;
    uint96 bonded;
    uint96 unbonding;
    uint40 unbondAt;
    uint64 keptGwei;
    uint64 brokenGwei;
    uint64 refusedGwei;
}

/// @title Who sells: operators with a stake, and their nodes.
interface IProviders {
    event OperatorRegistered(uint32 indexed operatorId, address indexed owner);
    event NodeRegistered(uint32 indexed nodeId, uint32 indexed operatorId, NodeProfile profile);
    event NodeUpdated(uint32 indexed nodeId, uint32 indexed operatorId, NodeProfile profile);
    event NodeRetired(uint32 indexed nodeId, uint32 indexed operatorId);
    event Staked(uint32 indexed operatorId, uint256 amount);
    /// @notice `amount` more wei left the stake; everything unbonding becomes withdrawable at unix second `unbondAt`.
    event Unbonding(uint32 indexed operatorId, uint256 amount, uint256 unbondAt);
    event StakeWithdrawn(uint32 indexed operatorId, uint256 amount);

    /// @notice `account` owns no operator.
    error UnknownOperator(address account);
    /// @notice No node has this key.
    error UnknownNode(address key);
    /// @notice The node belongs to another operator than the caller's.
    error NotNodeOwner(address key, address caller);
    /// @notice The node was retired; register a new one with a new key.
    error NodeNotActive(address key);
    /// @notice The key already belongs to `nodeId`. Keys are never used twice, not even after `retire`.
    error NodeKeyTaken(address key, uint32 nodeId);
    /// @notice `consent` is not the key's signature over NodeConsent(operator, key).
    error BadConsent(address operator, address key);
    /// @notice A text of the profile is longer than `limit` bytes.
    error TextTooLong(uint256 length, uint256 limit);
    /// @notice `endpoint` is not `host:port` or `https://host:port`: a name or an address (IPv6 in brackets), and a port from 1 to 65,535.
    error BadEndpoint(string endpoint);
    /// @notice The operator has only `available` wei of stake that is not bonded.
    error InsufficientStake(uint32 operatorId, uint256 required, uint256 available);
    error NothingUnbonding(uint32 operatorId);
    /// @notice The unbonding stake may be withdrawn from unix second `unbondAt` on.
    error StillUnbonding(uint32 operatorId, uint256 unbondAt);

    /// @notice Seconds between `unbond` and `withdrawStake`.
    function UNBOND_SECONDS() external view returns (uint256);

    /// @notice Stake of all operators together, wei, without what is unbonding.
    function totalStake() external view returns (uint256);

    /// @notice How many operators and nodes were ever registered; ids run from 1 to these.
    function counts() external view returns (uint32 operators, uint32 nodes);

    /// @notice Id of the operator that `owner` owns; 0 when none.
    function operatorIdOf(address owner) external view returns (uint32);

    /// @notice The operator; all zero when unknown.
    function operatorOf(uint32 operatorId) external view returns (Operator memory);

    /// @notice The node with this key; all zero when unknown.
    function nodeOf(address key) external view returns (Node memory);

    /// @notice Registers a node of the caller's operator, and at first the operator itself.
    /// @param consent EIP-712 signature of `profile.key` over `NodeConsent(address operator,address key)`, so that nobody
    /// can claim a key that is not his.
    /// @dev Reverts `TextTooLong`, `BadEndpoint`, `NodeKeyTaken`, `BadConsent`.
    function register(NodeProfile calldata profile, bytes calldata consent) external returns (uint32 nodeId);

    /// @notice Publishes a new profile of the node `profile.key`. Only its operator.
    /// @dev Reverts `TextTooLong`, `BadEndpoint`, `UnknownNode`, `NotNodeOwner`, `NodeNotActive`.
    function update(NodeProfile calldata profile) external;

    /// @notice The node takes no new work, for ever. Only its operator. What it has taken it may finish.
    /// @dev Reverts `UnknownNode`, `NotNodeOwner`, `NodeNotActive`.
    function retire(address key) external;

    /// @notice Moves `amount` wei of the caller's free balance to its operator's stake.
    /// @dev Reverts `ZeroAmount`, `UnknownOperator`, `InsufficientFree`, and `SafeCastOverflowedUintDowncast` beyond 2^88 wei.
    function stake(uint256 amount) external;

    /// @notice Takes `amount` wei of unbonded stake out; all that is unbonding then waits UNBOND_SECONDS from now.
    /// @dev Reverts `ZeroAmount`, `UnknownOperator`, `InsufficientStake`.
    function unbond(uint256 amount) external;

    /// @notice Moves what has finished unbonding to the caller's free balance.
    /// @dev Reverts `UnknownOperator`, `NothingUnbonding`, `StillUnbonding`.
    function withdrawStake() external;
}
