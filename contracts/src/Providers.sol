// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Domain} from "./Domain.sol";
import {Endpoint} from "./Endpoint.sol";
import {IProviders, Node, NodeProfile, Operator} from "./interfaces/IProviders.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Sellers} from "./Sellers.sol";

/// @title Operators and nodes register; stake comes and goes.
/// @dev Holds no storage; see `TaskBook` for why.
abstract contract Providers is Sellers, Domain, IProviders {
    using SafeCast for uint256;

    uint256 public constant UNBOND_SECONDS = 7 days;

    bytes32 private constant NODE_CONSENT = keccak256("NodeConsent(address operator,address key)");
    uint256 private constant MAX_ENDPOINT_BYTES = 256;
    uint256 private constant MAX_ATTRIBUTES_BYTES = 1024;

    function totalStake() external view returns (uint256) {
        return _totalStake;
    }

    function counts() external view returns (uint32 operators, uint32 nodes) {
        return (_operatorCount, _nodeCount);
    }

    function operatorIdOf(address owner) external view returns (uint32) {
        return _operatorIds[owner];
    }

    function operatorOf(uint32 operatorId) external view returns (Operator memory) {
        Seller memory seller = _sellers[operatorId];
        return Operator({
            owner: seller.owner,
            sinceBlock: seller.sinceBlock,
            stake: seller.stake,
            bonded: seller.bonded,
            unbonding: seller.unbonding,
            unbondAt: seller.unbondAt,
            keptGwei: uint64(seller.keptSzabo) * 1000,
            brokenGwei: seller.brokenGwei,
            refusedGwei: seller.refusedGwei
        });
    }

    function nodeOf(address key) external view returns (Node memory) {
        NodeWord memory node = _nodes[key];
        return Node({nodeId: node.nodeId, operatorId: node.operatorId, active: node.active});
    }

    function register(NodeProfile calldata profile, bytes calldata consent) external returns (uint32 nodeId) {
        _checkTexts(profile);
        uint32 taken = _nodes[profile.key].nodeId;
        if (taken != 0) revert NodeKeyTaken(profile.key, taken);
        bytes32 digest = _digest(keccak256(abi.encode(NODE_CONSENT, msg.sender, profile.key)));
        (address signer, ECDSA.RecoverError failure,) = ECDSA.tryRecoverCalldata(digest, consent);
        if (failure != ECDSA.RecoverError.NoError || signer != profile.key) revert BadConsent(msg.sender, profile.key);

        uint32 operatorId = _operatorIds[msg.sender];
        if (operatorId == 0) {
            operatorId = ++_operatorCount;
            _operatorIds[msg.sender] = operatorId;
            _sellers[operatorId].owner = msg.sender;
            _sellers[operatorId].sinceBlock = uint32(block.number);
            emit OperatorRegistered(operatorId, msg.sender);
        }
        nodeId = ++_nodeCount;
        _nodes[profile.key] = NodeWord({nodeId: nodeId, operatorId: operatorId, active: true, owner: msg.sender});
        emit NodeRegistered(nodeId, operatorId, profile);
    }

    function update(NodeProfile calldata profile) external {
        _checkTexts(profile);
        NodeWord memory node = _ownNode(profile.key);
        emit NodeUpdated(node.nodeId, node.operatorId, profile);
    }

    function retire(address key) external {
        NodeWord memory node = _ownNode(key);
        _nodes[key].active = false;
        emit NodeRetired(node.nodeId, node.operatorId);
    }

    function stake(uint256 amount) external {
        uint32 operatorId = _ownOperator();
        if (amount == 0) revert IVault.ZeroAmount();
        _takeFree(msg.sender, amount);
        Seller storage seller = _sellers[operatorId];
        seller.sinceBlock = uint32(block.number);
        seller.stake = (seller.stake + amount).toUint88();
        _totalStake += uint128(amount);
        emit Staked(operatorId, amount);
    }

    function unbond(uint256 amount) external {
        uint32 operatorId = _ownOperator();
        if (amount == 0) revert IVault.ZeroAmount();
        Seller storage seller = _sellers[operatorId];
        uint256 available = seller.stake - seller.bonded;
        if (available < amount) revert InsufficientStake(operatorId, amount, available);
        uint256 unbondAt = block.timestamp + UNBOND_SECONDS;
        seller.stake -= uint88(amount);
        seller.unbonding = (seller.unbonding + amount).toUint96();
        seller.unbondAt = unbondAt.toUint32();
        _totalStake -= uint128(amount);
        emit Unbonding(operatorId, amount, unbondAt);
    }

    function withdrawStake() external {
        uint32 operatorId = _ownOperator();
        Seller storage seller = _sellers[operatorId];
        uint256 amount = seller.unbonding;
        if (amount == 0) revert NothingUnbonding(operatorId);
        if (block.timestamp < seller.unbondAt) revert StillUnbonding(operatorId, seller.unbondAt);
        seller.unbonding = 0;
        _giveFree(msg.sender, amount);
        emit StakeWithdrawn(operatorId, amount);
    }

    function _checkTexts(NodeProfile calldata profile) private pure {
        uint256 length = bytes(profile.endpoint).length;
        if (length > MAX_ENDPOINT_BYTES) revert TextTooLong(length, MAX_ENDPOINT_BYTES);
        if (!Endpoint.isOne(bytes(profile.endpoint))) revert BadEndpoint(profile.endpoint);
        length = bytes(profile.attributes).length;
        if (length > MAX_ATTRIBUTES_BYTES) revert TextTooLong(length, MAX_ATTRIBUTES_BYTES);
    }

    function _ownOperator() private view returns (uint32 operatorId) {
        operatorId = _operatorIds[msg.sender];
        if (operatorId == 0) revert UnknownOperator(msg.sender);
    }

    function _ownNode(address key) private view returns (NodeWord memory node) {
        node = _nodes[key];
        if (node.nodeId == 0) revert UnknownNode(key);
        if (node.owner != msg.sender) revert NotNodeOwner(key, msg.sender);
        if (!node.active) revert NodeNotActive(key);
    }
}
