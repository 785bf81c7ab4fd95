// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleProof} from "@openzeppelin/contracts/utils/cryptography/MerkleProof.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";

import {Binding, IMandates, Mandate, Template, TemplateUse} from "./interfaces/IMandates.sol";
import {OrderState, SlotState, Terms, Verification} from "./interfaces/ITasks.sol";
import {IVault} from "./interfaces/IVault.sol";
import {Part} from "./Part.sol";
import {TaskBook} from "./TaskBook.sol";
import {OrderWord, OrderWords, SlotWord, SlotWords} from "./Words.sol";

/// @title Part of the law: mandates, by which an agent orders for an owner who is away.
/// @dev A budget is locked in the owner's account like any escrow, so an order under a mandate moves nothing in the ledger: what was the
/// budget's lock is the order's. Ending an order knows nothing of mandates. Loops run over one template's bindings, at most MAX_BINDINGS, and over
/// the slots of one order, at most _MAX_ARRAY_SLOTS.
contract Mandates is TaskBook, Part, IMandates {
    using SafeCast for uint256;

    uint256 public constant MAX_MANDATE_SECONDS = 4 * 365 days;
    uint256 public constant MAX_BINDINGS = 16;

    bytes13 private constant BOUND = "hooke.bound/1";
    uint8 private constant ONE_RESULT = 0;
    uint8 private constant WHOLE_ORDER = 1;

    function part() external pure override returns (bytes32) {
        return MANDATES;
    }

    // Views

    function mandateCount() external view returns (uint32) {
        return _mandateCount;
    }

    function mandateOf(uint32 mandate) external view returns (Mandate memory) {
        return _mandates[mandate];
    }

    function useOf(uint32 mandate, bytes32 template) external view returns (TemplateUse memory) {
        return _templateUses[mandate][template];
    }

    function templateHash(Template calldata template) external pure returns (bytes32) {
        return _hashOf(template);
    }

    function nextOrder(uint32 mandate, Template calldata template, uint32 originA, uint32 originB)
        external
        view
        returns (uint32 number, Terms memory terms, bytes memory blob)
    {
        _load(mandate);
        bytes32 hash = _hashOf(template);
        number = _templateUses[mandate][hash].orders;
        (terms, blob) = _filled(mandate, hash, template, number, originA, originB);
    }

    // The owner's

    function openMandate(address agent, bytes32 root, uint256 budget, uint40 from, uint40 until)
        external
        returns (uint32 mandate)
    {
        uint256 latest = block.timestamp + MAX_MANDATE_SECONDS;
        if (until < block.timestamp || until < from || until > latest) revert BadPeriod(from, until, latest);
        mandate = ++_mandateCount;
        _mandates[mandate] = Mandate({
            owner: msg.sender,
            from: from,
            until: until,
            ended: false,
            agent: agent,
            budget: budget.toUint96(),
            root: root
        });
        _lock(msg.sender, budget);
        emit MandateOpened(mandate, msg.sender, agent, root, budget, from, until);
    }

    function fundMandate(uint32 mandate, uint256 amount) external {
        Mandate storage m = _ownMandate(mandate);
        if (amount == 0) revert IVault.ZeroAmount();
        m.budget = (m.budget + amount).toUint96();
        _lock(msg.sender, amount);
        emit MandateFunded(mandate, amount);
    }

    function revokeMandate(uint32 mandate) external {
        _end(mandate, _ownMandate(mandate));
    }

    function endMandate(uint32 mandate) external {
        Mandate storage m = _load(mandate);
        if (m.ended) revert MandateOver(mandate);
        _checkLate(m.until);
        _end(mandate, m);
    }

    // The agent's

    function orderUnder(
        uint32 mandate,
        Template calldata template,
        bytes32[] calldata proof,
        uint32 number,
        uint32 originA,
        uint32 originB
    ) external returns (bytes32 id) {
        Mandate storage m = _agentsMandate(mandate);
        // Else an order could end by unlocking what somebody else has locked.
        if (template.terms.consumer != m.owner) revert NotOwnersTemplate(template.terms.consumer, m.owner);
        bytes32 hash = _hashOf(template);
        if (!MerkleProof.verifyCalldata(proof, m.root, keccak256(bytes.concat(hash)))) {
            revert NotInMandate(mandate, hash);
        }
        bool retry = _begin(mandate, hash, template, number);
        (Terms memory terms, bytes memory blob) = _filled(mandate, hash, template, number, originA, originB);
        id = _idOfMemory(terms);
        _templateUses[mandate][hash].order = id;
        uint256 escrow = _place(template.terms, id);
        uint256 budget = m.budget;
        if (escrow > budget) revert BudgetTooSmall(mandate, escrow, budget);
        unchecked {
            m.budget = uint96(budget - escrow);
        }
        emit Ordered(id, terms.consumer, terms);
        emit OrderedUnder(mandate, hash, id, number, retry, escrow);
        if (blob.length != 0) emit SpecBound(id, blob);
    }

    function recoverBudget(uint32 mandate, bytes32 template, Terms calldata terms) external {
        Mandate storage m = _agentsMandate(mandate);
        (bytes32 id, OrderWord o) = _load(terms);
        TemplateUse storage used = _templateUses[mandate][template];
        if (used.order != id) revert NotLastOrder(template, id, used.order);
        if (o.state() == OrderState.Live) revert OrderStillLive(id);
        if (used.recovered) revert AlreadyRecovered(id);
        uint256 amount = _capOf(terms) * terms.tasks;
        if (terms.mode == Verification.QUORUM) amount *= terms.slots;
        amount -= _paidBy(id, o);

        used.recovered = true;
        m.budget = (m.budget + amount).toUint96();
        _lock(m.owner, amount);
        emit BudgetRecovered(mandate, id, amount);
    }

    // Steps

    /// @dev Counts an order of the template, as a retry where its last order came to nothing.
    function _begin(uint32 mandate, bytes32 hash, Template calldata template, uint32 number)
        private
        returns (bool retry)
    {
        TemplateUse storage used = _templateUses[mandate][hash];
        TemplateUse memory u = used;
        if (number != u.orders) revert WrongNumber(number, u.orders);
        OrderWord last = _order(u.order);
        retry = last.state() == OrderState.Closed && !last.has(OrderWords.HAS_RESULT) && u.retries < template.retries;
        if (retry) {
            ++u.retries;
        } else {
            if (u.uses >= template.uses) revert TemplateUsedUp(mandate, hash, u.uses);
            uint256 due = uint256(u.usedAt) + template.interval;
            if (u.uses != 0 && block.timestamp < due) revert TooEarly(due, block.timestamp);
            ++u.uses;
            u.retries = 0;
            u.usedAt = uint40(block.timestamp);
        }
        ++u.orders;
        u.recovered = false;
        (used.orders, used.uses, used.retries, used.usedAt, used.recovered) =
            (u.orders, u.uses, u.retries, u.usedAt, u.recovered);
    }

    function _end(uint32 mandate, Mandate storage m) private {
        uint256 amount = m.budget;
        m.budget = 0;
        m.ended = true;
        _unlock(m.owner, amount, amount);
        emit MandateEnded(mandate, amount);
    }

    /// @dev The template as it would be ordered.
    function _filled(
        uint32 mandate,
        bytes32 hash,
        Template calldata template,
        uint32 number,
        uint32 originA,
        uint32 originB
    ) private view returns (Terms memory terms, bytes memory blob) {
        terms = template.terms;
        // Two templates may have the same terms; their orders must not have the same id.
        terms.nonce = uint64(bytes8(keccak256(abi.encode(mandate, hash, number))));
        terms.originA = originA;
        terms.originB = originB;
        uint256 count = template.bindings.length;
        if (count == 0) return (terms, blob);
        if (count > MAX_BINDINGS) revert TooManyBindings(count, MAX_BINDINGS);
        blob = abi.encodePacked(BOUND, terms.spec);
        for (uint256 i; i < count; ++i) {
            Binding calldata b = template.bindings[i];
            (uint8 kind, bytes32 value) = _resultOf(_templateUses[mandate][b.template].order, b);
            blob = abi.encodePacked(blob, b.input, kind, value);
        }
        terms.spec = sha256(abi.encodePacked(bytes1(0x00), blob));
    }

    /// @dev What a binding names of a closed order. Nothing of it can change any more.
    function _resultOf(bytes32 id, Binding calldata b) private view returns (uint8 kind, bytes32 value) {
        OrderWord o = _order(id);
        if (o.state() != OrderState.Closed || !o.has(OrderWords.HAS_RESULT)) revert NoResult(b.template, id);
        uint8 slots = o.slots();
        if (!o.has(OrderWords.RANGED) || slots == 1) return (ONE_RESULT, _rootOf(id, _record(id, o.resultSlot()).word));
        if (!b.partly) {
            for (uint8 i; i < slots; ++i) {
                SlotWord s = _record(id, i).word;
                // Where `deliverPart` found no free number, tasks came to nothing without leaving a slot.
                bool whole = slots < _MAX_ARRAY_SLOTS || !s.has(SlotWords.SPLIT);
                if (!whole || !_isPaid(s.state())) revert NoResult(b.template, id);
            }
        }
        return (WHOLE_ORDER, id);
    }

    /// @dev What a closed order cost its consumer, burned pay too: refused, or void where no jury could judge.
    function _paidBy(bytes32 id, OrderWord o) private view returns (uint256 paid) {
        for (uint8 i; i < o.slots(); ++i) {
            SlotWord s = _record(id, i).word;
            SlotState state = s.state();
            bool burned = state == SlotState.Refused || (state == SlotState.Void && o.has(OrderWords.RANGED));
            if (_isPaid(state) || burned) paid += _costUp(s.fuel(), s.price());
        }
    }

    function _isPaid(SlotState state) private pure returns (bool) {
        return state == SlotState.Settled || state == SlotState.Released || state == SlotState.Forfeited;
    }

    function _hashOf(Template calldata template) private pure returns (bytes32) {
        return keccak256(abi.encode(template));
    }

    // Checks

    function _load(uint32 mandate) private view returns (Mandate storage m) {
        m = _mandates[mandate];
        if (m.owner == address(0)) revert UnknownMandate(mandate);
    }

    function _ownMandate(uint32 mandate) private view returns (Mandate storage m) {
        m = _load(mandate);
        if (msg.sender != m.owner) revert NotMandateOwner(msg.sender, m.owner);
        if (m.ended) revert MandateOver(mandate);
    }

    /// @dev Of the caller, and in force.
    function _agentsMandate(uint32 mandate) private view returns (Mandate storage m) {
        m = _load(mandate);
        if (msg.sender != m.agent) revert NotAgent(msg.sender, m.agent);
        if (m.ended) revert MandateOver(mandate);
        if (block.timestamp < m.from) revert TooEarly(m.from, block.timestamp);
        _checkNotLate(m.until);
    }
}
