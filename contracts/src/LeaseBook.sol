// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {
    ILeaseRecord,
    LeaseEnd,
    LeaseSlot,
    LeaseSlotState,
    LeaseState,
    LeaseTerms,
    Resize
} from "./interfaces/ILeases.sol";
import {IProviders} from "./interfaces/IProviders.sol";
import {Holder, LeaseFunds, LeaseWord, LeaseWords, VolumeRecord} from "./LeaseRecords.sol";
import {TaskBook} from "./TaskBook.sol";

/// @title The steps of leases that both parts which know them share: what an order has earned, what a slot has, how a slot's lease ends.
/// @dev Two accounts run side by side and agree to the wei. The order's: each second takes `rate` from `balance`; it is *synced*, in memory, by whoever
/// is about to change the rate. The slot's: each second from `paidUntil` on owes `price`. What the order has given and the slots have not
/// been paid stays locked with the consumer, so paying a slot touches no word of the order.
/// Holds no storage; see `TaskBook` for why.
abstract contract LeaseBook is TaskBook, ILeaseRecord {
    uint8 internal constant _MAX_LEASE_SLOTS = 64;
    uint8 internal constant _MAX_REPLICAS = 15;
    uint256 internal constant _MAX_EPOCHS = 64;
    uint32 internal constant _MIN_FUNDED_SECONDS = 60;
    uint256 internal constant LEASE_TERMS_BYTES = 29 * 32;

    bytes32 private constant LEASE_RESIZE = keccak256(
        "LeaseResize(bytes32 order,uint8 slot,uint24 version,uint64 price,uint32 cpuMillis,uint32 memoryMib,uint32 diskMib,uint40 deadline)"
    );

    /// @dev An order as a call sees it.
    struct Book {
        bytes32 id;
        LeaseWord word;
        LeaseFunds funds;
    }

    /// @dev As `_idOf`; another length, so no id is both a lease's and a task's.
    function _leaseIdOf(LeaseTerms calldata terms) internal view returns (bytes32 id) {
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, chainid())
            mstore(add(start, 0x20), address())
            calldatacopy(add(start, 0x40), terms, LEASE_TERMS_BYTES)
            id := keccak256(start, add(LEASE_TERMS_BYTES, 0x40))
        }
    }

    // Orders

    function _loadLease(LeaseTerms calldata terms) internal view returns (Book memory b) {
        b.id = _leaseIdOf(terms);
        b.word = _leases[b.id].word;
        if (b.word.state() == LeaseState.None) revert UnknownOrder(b.id);
        b.funds = _leases[b.id].funds;
    }

    /// @dev The order, synced to now; for steps that want it live.
    function _liveLease(LeaseTerms calldata terms) internal view returns (Book memory b) {
        b = _loadLease(terms);
        uint256 end = _endsAt(terms, b);
        if (b.word.state() == LeaseState.Over || block.timestamp > end) revert LeaseOver(b.id, end);
        _sync(b, block.timestamp);
    }

    /// @dev Both words, always: one that is synced beside one that is not would give back what was earned.
    function _store(Book memory b) internal {
        _leases[b.id].word = b.word;
        _leases[b.id].funds = b.funds;
    }

    /// @dev Last second that is paid for. Never before `syncedAt`.
    function _endsAt(LeaseTerms calldata terms, Book memory b) internal pure returns (uint256 end) {
        if (b.word.state() == LeaseState.Over) return b.funds.endedAt;
        end = uint256(b.word.createdAt()) + terms.termSeconds;
        if (b.word.rate() == 0) return end;
        uint256 funded = b.word.syncedAt() + uint256(b.funds.balance) / b.word.rate();
        return funded < end ? funded : end;
    }

    /// @dev Takes from the balance what was earned up to `when`, which is not after the end.
    function _sync(Book memory b, uint256 when) internal pure {
        // Checked: what was earned is never more than the balance.
        b.funds.balance -= uint128(b.word.rate() * (when - b.word.syncedAt()));
        b.word = b.word.withSyncedAt(when);
    }

    // Slots

    function _leaseSlot(LeaseTerms calldata terms, Book memory b, uint8 slot)
        internal
        view
        returns (LeaseSlot memory s)
    {
        if (slot >= terms.maxSlots) revert NoSuchSlot(slot, terms.maxSlots);
        s = _leases[b.id].slots[slot];
        if (s.version == 0 && s.state == LeaseSlotState.Vacant && slot < terms.minSlots) {
            s.state = LeaseSlotState.Open;
            s.switchAt = b.word.createdAt();
        }
    }

    function _takenSlot(LeaseTerms calldata terms, Book memory b, uint8 slot)
        internal
        view
        returns (LeaseSlot memory s)
    {
        s = _leaseSlot(terms, b, slot);
        if (!_taken(s)) revert WrongLeaseSlot(b.id, slot, s.state);
    }

    function _put(Book memory b, uint8 slot, LeaseSlot memory s) internal {
        _leases[b.id].slots[slot] = s;
    }

    function _taken(LeaseSlot memory s) internal pure returns (bool) {
        return s.state == LeaseSlotState.Leased || s.state == LeaseSlotState.Summoned;
    }

    // Pay

    /// @dev Decides the slot's seconds before `until`, the last of which may still be running; those from `earnUntil` on earn nothing.
    struct Settling {
        uint256 until;
        uint256 earnUntil; // not after `until`
        bool ending; // decides everything, so what earned nothing goes back
        bool unproven; // the running epoch, too, is paid only as if it were over
        bool early; // the seller did not end it: who could not prove yet is paid all the same
    }

    /// @dev Pays the slot's seller, gives back what it did not earn, and moves `paidUntil`, in memory. Whole seconds times whole wei: the
    /// parts add up. When `p.ending`, reverts unless all is decided.
    function _settleLease(LeaseTerms calldata terms, Book memory b, uint8 slot, LeaseSlot memory s, Settling memory p)
        internal
    {
        uint256 earned;
        uint256 idle;
        uint256 from = s.paidUntil;
        if (b.word.epochSeconds() == 0) {
            uint256 to = _min(p.until, p.earnUntil);
            if (from < to) {
                earned = to - from;
                from = to;
            }
            if (p.ending && from < p.until) {
                idle = p.until - from;
                from = p.until;
            }
        } else {
            (earned, idle, from) = _judge(terms, b, slot, from, p);
            if (p.ending && from < p.until) revert EpochsUndecided(b.id, slot, from);
        }
        if (from == s.paidUntil) return;
        s.paidUntil = uint32(from);
        earned *= s.price;
        idle *= s.price;
        _unlock(terms.consumer, earned + idle, idle);
        if (earned != 0) _giveFree(_sellers[s.operatorId].owner, earned);
        emit LeasePaid(b.id, slot, s.operatorId, earned, idle, from);
    }

    /// @dev Of a volume: which seconds from `from` on a replica has earned. At most _MAX_EPOCHS epochs.
    function _judge(LeaseTerms calldata terms, Book memory b, uint8 slot, uint256 from, Settling memory p)
        private
        view
        returns (uint256 earned, uint256 idle, uint256)
    {
        VolumeRecord storage volume = _volumes[b.id];
        Holder memory holder = volume.holders[slot];
        uint256 limit = p.until;
        uint256 created = b.word.createdAt();
        uint256 length = b.word.epochSeconds();
        if (!p.ending) {
            // Only what is over can be decided, and only once the replica has shown that it has anything.
            if (holder.provedEpoch == 0) return (0, 0, from);
            limit = _min(created + (limit - created) / length * length, p.earnUntil);
        } else if (holder.provedEpoch == 0) {
            if (p.early && from < p.earnUntil && _couldNotProve(terms, b, holder, (limit - created) / length)) {
                earned = p.earnUntil - from;
            }
            return (earned, limit - from - earned, limit);
        }
        uint256 last = _min(limit, p.earnUntil);
        for (uint256 i; from < last && i < _MAX_EPOCHS; ++i) {
            uint256 epoch = (from - created) / length;
            uint256 end = created + (epoch + 1) * length;
            uint256 to = _min(end, last);
            bool running = end > p.until && !p.unproven;
            if (running || _earns(b, volume, slot, holder, epoch)) earned += to - from;
            else idle += to - from;
            from = to;
        }
        // What is left earns nothing, however many epochs it is.
        if (from >= last && from < limit) {
            idle += limit - from;
            from = limit;
        }
        return (earned, idle, from);
    }

    /// @dev Whether there was an anchor, and no epoch yet, from its beginning to its end, in which the replica could have proven.
    function _couldNotProve(LeaseTerms calldata terms, Book memory b, Holder memory holder, uint256 epoch)
        private
        pure
        returns (bool)
    {
        uint256 drawable = b.funds.drawableFrom;
        // A newcomer need not wait until it can be drawn.
        return drawable != 0 && (epoch <= drawable || epoch + terms.repairEpochs <= holder.firstEpoch);
    }

    /// @dev Whether a replica that has proven possession at least once earns the epoch.
    function _earns(Book memory b, VolumeRecord storage volume, uint8 slot, Holder memory holder, uint256 epoch)
        private
        view
        returns (bool)
    {
        uint256 drawable = b.funds.drawableFrom;
        if (drawable == 0 || epoch < drawable || epoch < holder.firstEpoch) return true;
        bytes32 seed = volume.seeds[epoch];
        if (seed == 0) return false;
        return !_picked(seed, slot, b.word.drawOneIn()) || _proved(volume, slot, epoch);
    }

    /// @dev Whether the epoch's draw picks the replica.
    function _picked(bytes32 seed, uint8 slot, uint8 drawOneIn) internal pure returns (bool) {
        return uint256(keccak256(abi.encode(seed, slot))) % drawOneIn == 0;
    }

    function _proved(VolumeRecord storage volume, uint8 slot, uint256 epoch) internal view returns (bool) {
        return volume.proofs[slot][epoch >> 8] >> (epoch & 0xff) & 1 == 1;
    }

    function _endingNow(LeaseTerms calldata terms, LeaseSlot memory s, bool suspended)
        internal
        view
        returns (Settling memory)
    {
        return Settling(block.timestamp, _earnUntil(terms, s, block.timestamp, suspended), true, false, false);
    }

    /// @dev Up to when a slot that is decided up to `until` earns: not after its notice is over; a summoned one that did not appear in time, or may
    /// still (`suspended`), only up to its summons. That time is not cut short by a notice.
    function _earnUntil(LeaseTerms calldata terms, LeaseSlot memory s, uint256 until, bool suspended)
        internal
        pure
        returns (uint256 earnUntil)
    {
        earnUntil = s.switchAt != 0 ? _min(until, s.switchAt) : until;
        if (s.state == LeaseSlotState.Summoned && (suspended || s.summonedUntil < until)) {
            earnUntil = _min(earnUntil, s.summonedUntil - terms.answerSeconds);
        }
    }

    // Ends

    /// @dev The slot of a live order is nobody's any more. It opens again when `reopen` and it is missing.
    function _endLease(Book memory b, uint8 slot, LeaseSlot memory s, bool reopen) internal {
        b.word = b.word.withRate(b.word.rate() - s.price).minus(LeaseWords.LEASED);
        if (b.word.epochSeconds() != 0) delete _volumes[b.id].holders[slot];
        reopen = reopen && _present(b) < b.word.minSlots();
        LeaseSlot memory next = _vacant(s.version);
        if (reopen) {
            next.state = LeaseSlotState.Open;
            next.switchAt = uint32(block.timestamp);
            b.word = b.word.plus(LeaseWords.OPEN);
            emit SlotOpened(b.id, slot);
        }
        _put(b, slot, next);
    }

    /// @dev A slot that was held once; its version goes on.
    function _vacant(uint24 version) internal pure returns (LeaseSlot memory s) {
        s.version = version;
    }

    /// @dev Ends a lease and burns its bond.
    function _breakLease(LeaseTerms calldata terms, Book memory b, uint8 slot, LeaseSlot memory s, LeaseEnd how)
        internal
    {
        _burnBond(s.operatorId, terms.bond);
        emit LeaseEnded(b.id, slot, s.operatorId, how, 0, terms.bond);
        _endLease(b, slot, s, true);
        _store(b);
    }

    function _present(Book memory b) internal pure returns (uint256) {
        return uint256(b.word.leased()) + b.word.open();
    }

    function _activeNode(address key) internal view returns (NodeWord memory node) {
        node = _nodes[key];
        if (node.nodeId == 0) revert IProviders.UnknownNode(key);
        if (!node.active) revert IProviders.NodeNotActive(key);
    }

    function _checkFunded(LeaseTerms calldata terms, Book memory b) internal pure {
        uint256 ahead = uint256(terms.noticeSeconds) + terms.graceSeconds + _MIN_FUNDED_SECONDS;
        if (b.funds.balance < b.word.rate() * ahead) revert Underfunded(b.id, b.word.rate() * ahead, b.funds.balance);
    }

    function _resizeDigest(bytes32 id, uint8 slot, uint24 version, Resize calldata change)
        internal
        view
        returns (bytes32)
    {
        return _digest(
            keccak256(
                abi.encode(
                    LEASE_RESIZE,
                    id,
                    slot,
                    version,
                    change.price,
                    change.cpuMillis,
                    change.memoryMib,
                    change.diskMib,
                    change.deadline
                )
            )
        );
    }

    function _onlyLeaseConsumer(LeaseTerms calldata terms) internal view {
        if (msg.sender != terms.consumer) revert NotConsumer(msg.sender, terms.consumer);
    }

    function _min(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }
}
