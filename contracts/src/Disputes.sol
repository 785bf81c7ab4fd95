// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Challenge, ChallengeState, Dispute, IDisputes, ResultLeaf} from "./interfaces/IDisputes.sol";
import {CloseReason, OrderState, SlotState, SumStep, Terms, Verification} from "./interfaces/ITasks.sol";
import {Part} from "./Part.sol";
import {SumTree} from "./SumTree.sol";
import {TaskBook} from "./TaskBook.sol";
import {OrderWord, OrderWords, SlotWord, SlotWords} from "./Words.sol";

/// @title Part of the law: challenges of OPTIMISTIC results, and their juries.
/// @dev A jury is an ordinary QUORUM order whose consumer is this contract. Its escrow lies in this contract's own account: locked while
/// the jury's order is live, then free for the moment until `conclude` takes it out. So that account's free balance is always the sum of what
/// closed juries left. Its locked balance also holds the pots of disproved slots.
/// Loops run over one jury, _JURY_SLOTS.
contract Disputes is TaskBook, Part, IDisputes {
    uint8 public constant JURY_SLOTS = _JURY_SLOTS;
    uint8 public constant JURY_QUORUM = _JURY_QUORUM;
    uint32 public constant JURY_OPEN_SECONDS = _MIN_ANSWER_SECONDS;
    uint256 public constant CHALLENGE_SHARE = 8;
    bytes32 public constant UNAVAILABLE = _UNAVAILABLE;

    function part() external pure override returns (bytes32) {
        return DISPUTES;
    }

    // Views

    function challengeBondOf(Terms calldata terms) external pure returns (uint256) {
        return _challengeBond(terms);
    }

    function challengeOf(bytes32 id, uint8 slot, uint32 index) external view returns (Challenge memory) {
        return _challenges[_challengeId(id, slot, index)];
    }

    function disputeOf(bytes32 id, uint8 slot) external view returns (Dispute memory) {
        return _record(id, slot).dispute;
    }

    function juryTermsOf(Terms calldata terms, uint8 slot, uint32 index, uint8 attempt)
        external
        view
        returns (Terms memory)
    {
        (bytes32 id, OrderWord o) = _load(terms);
        _checkSlot(o, slot);
        return _juryTerms(terms, _challengeId(id, slot, index), index, attempt, _record(id, slot).word);
    }

    // Challenges

    function challenge(Terms calldata terms, uint8 slot, uint32 index) external {
        (bytes32 id, OrderWord o) = _load(terms);
        _onlyMode(terms, Verification.OPTIMISTIC);
        SlotWord s = _slotIn(o, id, slot, SlotState.Delivered);
        _checkNotLate(s.deadline());
        (uint256 first, uint256 count) = _rangeOf(terms, id, slot, s);
        if (index < first || index - first >= count) revert TaskNotInSlot(index, uint32(first), uint32(count));
        Challenge storage c = _challenges[_challengeId(id, slot, index)];
        if (c.state != ChallengeState.None) revert AlreadyChallenged(id, slot, index);
        uint256 bond = _challengeBond(terms);
        uint40 deadline = uint40(block.timestamp + _atLeastAnswer(terms.windowSeconds));

        c.challenger = msg.sender;
        c.state = ChallengeState.Asked;
        c.deadline = deadline;
        c.madeBlock = uint40(block.number);
        ++_record(id, slot).dispute.pending;
        if (!s.has(SlotWords.DISPUTED)) _record(id, slot).word = s.with(SlotWords.DISPUTED);
        _lock(msg.sender, bond);
        emit Challenged(id, slot, index, msg.sender, bond, deadline);
    }

    function publish(Terms calldata terms, uint8 slot, uint32 index, ResultLeaf calldata leaf, SumStep[] calldata path)
        external
    {
        (bytes32 id, OrderWord o) = _load(terms);
        _checkSlot(o, slot);
        Challenge storage c = _challengeIn(id, slot, index, ChallengeState.Asked);
        _checkNotLate(c.deadline);
        SlotWord s = _record(id, slot).word;
        bytes32 hash =
            SumTree.leafHash(index, leaf.outcome, leaf.exitCode, leaf.fuel, leaf.size, leaf.outputRoot);
        (uint256 first, uint256 count) = _rangeOf(terms, id, slot, s);
        if (
            leaf.fuel > terms.fuelLimit
                || !SumTree.holds(hash, leaf.fuel, index - first, count, path, _record(id, slot).root, s.fuel())
        ) revert BadLeaf(id, slot, index);

        c.state = ChallengeState.Judging;
        c.leaf = hash;
        emit Published(id, slot, index, hash, leaf);
        _unlock(c.challenger, _juryEscrow(terms), 0);
        _callJury(terms, id, slot, s, index, c, 1);
    }

    function conclude(Terms calldata terms, uint8 slot, uint32 index) external {
        (bytes32 id, OrderWord o) = _load(terms);
        _checkSlot(o, slot);
        Challenge storage c = _challenges[_challengeId(id, slot, index)];
        if (c.state == ChallengeState.Asked) {
            _checkLate(c.deadline);
            uint256 whole = _challengeBond(terms);
            _unlock(c.challenger, whole, whole);
            _uphold(terms, id, o, slot, index, c, 0);
            return;
        }
        _challengeIn(id, slot, index, ChallengeState.Judging);
        SlotWord s = _record(id, slot).word;
        bytes32 jury = _idOfMemory(_juryTerms(terms, _challengeId(id, slot, index), index, c.attempt, s));
        OrderWord j = _order(jury);
        if (j.state() == OrderState.Live) revert JuryLive(jury);

        uint256 paid = _paidTo(jury);
        uint256 left = _juryEscrow(terms) - paid;
        _takeFree(address(this), left);
        bool found = j.has(OrderWords.HAS_RESULT);
        bytes32 verdict = found ? _rootOf(jury, _record(jury, j.resultSlot()).word) : _UNAVAILABLE;
        if (verdict == _UNAVAILABLE && c.attempt == 1) {
            // Nobody was paid: what is left is another jury's escrow.
            _callJury(terms, id, slot, s, index, c, 2);
            return;
        }
        // Of the bond the challenger has still got what the jury's escrow did not take.
        uint256 bond = _challengeBond(terms);
        uint256 rest = bond - _juryEscrow(terms);
        if (verdict == _UNAVAILABLE) {
            // The consumer stands to lose the pay. Others would void a slot for gas alone.
            uint256 burned = c.challenger == terms.consumer ? 0 : bond / 2;
            _unlock(c.challenger, rest, rest);
            _giveFree(c.challenger, left);
            _takeFree(c.challenger, burned);
            _burn(burned);
            c.state = ChallengeState.Voided;
            _record(id, slot).dispute.voided = true;
            emit ChallengeVoided(id, slot, index, burned);
            _concluded(terms, id, o, slot);
        } else if (verdict == c.leaf) {
            _unlock(c.challenger, rest, 0);
            _burn(rest + left);
            c.state = ChallengeState.Failed;
            emit ChallengeFailed(id, slot, index, rest + left);
            _concluded(terms, id, o, slot);
        } else {
            _unlock(c.challenger, rest, rest);
            _giveFree(c.challenger, left);
            _uphold(terms, id, o, slot, index, c, paid);
        }
    }

    // Steps

    /// @dev The challenger has won, and has its bond back but for the `paid` wei that the jury got.
    function _uphold(
        Terms calldata terms,
        bytes32 id,
        OrderWord o,
        uint8 slot,
        uint32 index,
        Challenge storage c,
        uint256 paid
    ) private {
        c.state = ChallengeState.Upheld;
        SlotWord s = _record(id, slot).word;
        Dispute storage d = _record(id, slot).dispute;
        uint256 repaid;
        if (s.state() == SlotState.Delivered) {
            repaid = _disprove(terms, id, o, slot, s, d.pending > 1, paid);
        } else {
            // Another challenge had disproved the slot already.
            uint256 pot = d.pot;
            repaid = paid < pot ? paid : pot;
            d.pot = uint128(pot - repaid);
            _unlock(address(this), repaid, 0);
        }
        if (repaid != 0) _giveFree(c.challenger, repaid);
        emit ChallengeUpheld(id, slot, index, paid, repaid);
        _concluded(terms, id, o, slot);
    }

    /// @dev The first challenge that wins: the slot loses pay and bond. Of the bond `paid` wei go to the caller, to repay a jury; half of
    /// it is more than any jury costs. The rest of that half is kept while other challenges may still win.
    function _disprove(
        Terms calldata terms,
        bytes32 id,
        OrderWord o,
        uint8 slot,
        SlotWord s,
        bool othersPending,
        uint256 paid
    ) private returns (uint256 repaid) {
        (, uint256 count) = _rangeOf(terms, id, slot, s);
        uint256 cap = _capOf(terms);
        uint256 bond = _bondFor(terms, count, cap);
        uint256 kept = othersPending ? bond / 2 - paid : 0;

        _record(id, slot).word = s.withState(SlotState.Disproved);
        _takeBond(s.operatorId(), bond);
        if (kept != 0) {
            _record(id, slot).dispute.pot = uint128(kept);
            _give(address(this), 0, kept);
        }
        _burn(bond - paid - kept);
        _unlock(terms.consumer, cap * count, cap * count);
        emit Disproved(id, slot, s.operatorId(), bond, kept);
        _endRanged(terms, id, o, cap * count, CloseReason.Disproved);
        return paid;
    }

    /// @dev One challenge less is pending. With the last one the rest of a lost bond is burned, or a slot that no jury could judge is void, unless
    /// its consumer holds the result and says so: then it goes on as if that challenge had not been.
    function _concluded(Terms calldata terms, bytes32 id, OrderWord o, uint8 slot) private {
        Dispute storage d = _record(id, slot).dispute;
        if (--d.pending != 0) return;
        if (d.pot != 0) {
            _unlock(address(this), d.pot, 0);
            _burn(d.pot);
            d.pot = 0;
        }
        if (!d.voided) return;
        SlotWord s = _record(id, slot).word;
        if (s.state() != SlotState.Delivered || s.has(SlotWords.RECEIPTED)) return;
        (, uint256 count) = _rangeOf(terms, id, slot, s);
        uint256 cap = _capOf(terms);
        uint256 escrow = cap * count;
        uint256 pay = _costUp(s.fuel(), s.price());
        _record(id, slot).word = s.withState(SlotState.Void);
        _unbondBack(s.operatorId(), _bondFor(terms, count, cap));
        _unlock(terms.consumer, escrow, escrow - pay);
        _burn(pay);
        emit Voided(id, slot, pay);
        _endRanged(terms, id, o, escrow - pay, CloseReason.NoQuorum);
    }

    /// @dev Orders a jury, paid with wei that the caller took from elsewhere.
    function _callJury(
        Terms calldata terms,
        bytes32 id,
        uint8 slot,
        SlotWord s,
        uint32 index,
        Challenge storage c,
        uint8 attempt
    ) private {
        bytes32 challengeId = _challengeId(id, slot, index);
        Terms memory juryTerms = _juryTerms(terms, challengeId, index, attempt, s);
        bytes32 jury = _idOfMemory(juryTerms);
        c.attempt = attempt;
        _book[jury].word = OrderWord.wrap(uint256(OrderState.Live) | block.number << 8 | block.timestamp << 56)
            .plus(OrderWords.SLOTS, _JURY_SLOTS).plus(OrderWords.OPEN, _JURY_SLOTS);
        _holders[address(this)][challengeId] = jury;
        _juries[jury] = Jury({
            consumer: terms.consumer,
            operatorId: s.operatorId(),
            beforeBlock: c.madeBlock,
            challenger: c.challenger
        });
        _give(address(this), 0, _juryEscrow(terms));
        emit Ordered(jury, address(this), juryTerms);
        emit JuryCalled(id, slot, index, jury, attempt);
    }

    /// @dev What the slots of a jury whose order has closed were paid.
    function _paidTo(bytes32 jury) private view returns (uint256 paid) {
        for (uint8 i; i < _JURY_SLOTS; ++i) {
            SlotWord s = _record(jury, i).word;
            if (s.state() == SlotState.Released) paid += _costUp(s.fuel(), s.price());
        }
    }

    function _challengeIn(bytes32 id, uint8 slot, uint32 index, ChallengeState wanted)
        private
        view
        returns (Challenge storage c)
    {
        c = _challenges[_challengeId(id, slot, index)];
        if (c.state != wanted) revert WrongChallengeState(id, slot, index, c.state);
    }

    function _challengeId(bytes32 id, uint8 slot, uint32 index) private pure returns (bytes32) {
        return keccak256(abi.encode(id, slot, index));
    }

    function _juryEscrow(Terms calldata terms) private pure returns (uint256) {
        return _JURY_SLOTS * _capOf(terms);
    }

    /// @dev Twice a jury's escrow, and a share of what the challenge puts at stake: of a large slot, else many cheap tries would find a jury
    /// that is captured by chance.
    function _challengeBond(Terms calldata terms) private pure returns (uint256) {
        uint256 largest = (uint256(terms.tasks) + terms.slots - 1) / terms.slots;
        return 2 * _juryEscrow(terms) + _capOf(terms) * (largest / CHALLENGE_SHARE);
    }

    /// @dev The same for the same arguments, so that a jury need not be stored. What a consumer could set so that no jury forms, and its
    /// challenge voids what it would have to pay, has its bounds here: times in which nobody can run or reveal, a stake that nobody has.
    /// The allow list stays: others may be unable to read the inputs.
    function _juryTerms(Terms calldata terms, bytes32 challengeId, uint32 index, uint8 attempt, SlotWord s)
        private
        view
        returns (Terms memory t)
    {
        t = terms;
        t.consumer = address(this);
        t.nonce = uint64(index) << 8 | attempt;
        t.tasks = 1;
        t.startPrice = t.maxPrice;
        t.rampSeconds = 0;
        t.openSeconds = JURY_OPEN_SECONDS;
        t.runSeconds = _atLeastAnswer(t.runSeconds);
        t.windowSeconds = _atLeastAnswer(t.windowSeconds);
        t.retentionSeconds = 0;
        t.minStake = 0;
        t.exclusiveKey = challengeId;
        t.mode = Verification.QUORUM;
        t.quorum = _JURY_QUORUM;
        t.slots = _JURY_SLOTS;
        t.originB = t.originA;
        t.originA = s.nodeId();
    }
}
