// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {SumStep, Terms} from "./ITasks.sol";

/// @notice Life of a challenge; README.md has the table. `Failed`, `Upheld` and `Voided` are final.
/// @dev `Asked`: the leaf is to be published. `Judging`: a jury reruns the task. `Failed`: the leaf was right. `Upheld`: it was wrong, or
/// never published. `Voided`: no jury could tell.
enum ChallengeState {
    None,
    Asked,
    Judging,
    Failed,
    Upheld,
    Voided
}

/// @notice A challenge as stored.
/// @param challenger Who stands for it.
/// @param state See ChallengeState.
/// @param deadline Asked: last unix second to publish the leaf.
/// @param attempt Judging: 1, or 2 after a first jury could not tell.
/// @param madeBlock Block of the challenge: who sits on its juries had its stake before.
/// @param leaf The published leaf's hash.
struct Challenge {
    address challenger;
    ChallengeState state;
    uint40 deadline;
    uint8 attempt;
    uint40 madeBlock;
    bytes32 leaf;
}

/// @notice All challenges of one slot together.
/// @param pending How many are Asked or Judging.
/// @param voided One was voided: when the last one ends, and none was upheld, the slot is void.
/// @param pot Wei of a lost bond that wait for pending challenges that may still win.
struct Dispute {
    uint32 pending;
    bool voided;
    uint128 pot;
}

/// @notice What a published leaf says of its task.
/// @param outcome 0 exited, 1 trapped, 2 out of fuel, 3 output limit.
/// @param exitCode The program's exit code.
/// @param fuel Fuel of this task.
/// @param size Bytes of the result archive.
/// @param outputRoot BlobId of the result archive.
struct ResultLeaf {
    uint8 outcome;
    uint32 exitCode;
    uint64 fuel;
    uint64 size;
    bytes32 outputRoot;
}

/// @title Challenges of OPTIMISTIC results, and the juries that decide them.
/// @notice Within the window after a delivery anyone who bonds `challengeBondOf` may challenge any task of the slot, each once, on
/// different tasks in parallel. Somebody, as a rule the provider, publishes the task's leaf with its path; the challenger may
/// do so itself, in one batch with the challenge. Then a jury reruns that one task: a QUORUM order of JURY_QUORUM of JURY_SLOTS, whose
/// consumer is this contract, at the order's maximum price, for operators whose stake stood before the challenge did and who are not
/// parties. `conclude` compares. Who loses pays the jury, and at least half of the lost bond is burned:
///
/// - the leaf was right: of the challenger's bond the jury is paid, the rest burned;
/// - it was wrong, or was not published in time: the slot is `Disproved`, whatever its other tasks are: no pay, the consumer has the
///   escrow back; the jury is repaid to the challenger out of the provider's bond, from less than half of it; the rest is burned;
/// - two juries, one after the other, that find no quorum or say UNAVAILABLE (cannot fetch program or inputs): when no other challenge wins, and the
///   consumer has not given its receipt meanwhile, the slot is `Void`: the provider's bond is free, the pay is burned, the rest of the escrow is the
///   consumer's. So neither gains where nobody can tell. The whole slot, not just that task: else a provider that cheats in all of a thousand
///   tasks would be paid for those whose challenges came to nothing. A challenger that is the consumer has its bond back; another loses half of it,
///   or it could void others' slots for gas. With the receipt the slot is settled as if that challenge had not been.
///
/// New challenges are taken while the window is open and the slot is Delivered; settlement waits for all. When one has won, later winners
/// are repaid as far as half the lost bond reaches.
///
/// What nobody gains by playing both sides: a cheat who challenges himself pays a jury he does not sit on, and at least half of whichever
/// bond he loses; blocking honest challengers takes one lost challenge for each task, and the blocked task is judged all the same.
/// What capture of a jury costs stands on `ITaskSteps.bid`: JURY_QUORUM drawn sybils can decide a challenge, JURY_SLOTS - JURY_QUORUM + 1
/// in both juries can void it. A challenge puts a whole slot at stake, so its bond grows with the slot: else one could challenge task after task until a
/// jury happens to be captured. An attacker with share s of all stake, cut into many operators that always bid first in a block, has a seat with
/// a chance of about 1.7 s (the draw of a jury starts at JURY_DRAW_WIDTH: at DRAW_WIDTH it were 4 s), two of three with 7 s^2, and pays for each try 6 caps and
/// 1 / CHALLENGE_SHARE of the slot's; with s = 0.1 that is 14 tries, nearly twice what a slot of a thousand tasks is worth; from s = 0.14 on it pays. Where
/// blocks order bids by chance it is 3 s^2, and pays from s = 0.22 on. Assumed: the task is deterministic, the inputs are served by the provider until the window ends
/// (it has the most to lose), and there are JURY_QUORUM honest operators that bid; with fewer a challenge voids the slot: who orders or bids with an allow
/// list that names too few others takes that risk. A juror's fuel is believed as far as JURY_QUORUM say the same: two that collude can take the caps
/// of their seats out of the loser's bond, and no more; alone a juror that claims more is outvoted.
interface IDisputes {
    /// @notice `bond` wei of the challenger are locked.
    event Challenged(
        bytes32 indexed order, uint8 slot, uint32 index, address indexed challenger, uint256 bond, uint256 deadline
    );
    event Published(bytes32 indexed order, uint8 slot, uint32 index, bytes32 hash, ResultLeaf leaf);
    /// @notice The QUORUM order `jury` judges the challenge; its own `Ordered` comes right before. At the first attempt the jury's
    /// escrow left the challenger's bond for this contract's account; at the second that contract's account is used again.
    event JuryCalled(bytes32 indexed order, uint8 slot, uint32 index, bytes32 indexed jury, uint8 attempt);
    /// @notice The leaf was right. The challenger's bond is gone: `burned` wei of it are burned, the jury got the rest.
    event ChallengeFailed(bytes32 indexed order, uint8 slot, uint32 index, uint256 burned);
    /// @notice The leaf was wrong or missing. The challenger has its bond back, of which the jury had got `paid` wei, and of those
    /// `repaid` from the provider's bond.
    event ChallengeUpheld(bytes32 indexed order, uint8 slot, uint32 index, uint256 paid, uint256 repaid);
    /// @notice No jury could tell. The challenger has its bond back but for `burned` wei.
    event ChallengeVoided(bytes32 indexed order, uint8 slot, uint32 index, uint256 burned);

    /// @notice The slot's tasks are `count` from `first` on.
    error TaskNotInSlot(uint32 index, uint32 first, uint32 count);
    error AlreadyChallenged(bytes32 order, uint8 slot, uint32 index);
    error WrongChallengeState(bytes32 order, uint8 slot, uint32 index, ChallengeState state);
    /// @notice Leaf and path do not lead to the slot's root and fuel, or the leaf has more fuel than one task may.
    error BadLeaf(bytes32 order, uint8 slot, uint32 index);
    /// @notice The jury's order is still live: its jurors act, or `settle`, `miss` and `expire` end it.
    error JuryLive(bytes32 jury);

    /// @notice Runs a jury asks for.
    function JURY_SLOTS() external view returns (uint8);

    /// @notice Equal ones it needs.
    function JURY_QUORUM() external view returns (uint8);

    /// @notice How long a jury takes bids, and the least time that it has to run and to reveal, and a challenged leaf to be published, whatever
    /// the order says: a window that nobody can meet would only take bonds.
    function JURY_OPEN_SECONDS() external view returns (uint32);

    /// @notice The root that a juror reveals, with fuel 0, when it could not fetch the program or the inputs. Never outvoted, nor does it
    /// outvote: what one can fetch another may not.
    function UNAVAILABLE() external view returns (bytes32);

    /// @notice For each so many tasks of a slot one cap more is in the bond of a challenge.
    function CHALLENGE_SHARE() external view returns (uint256);

    /// @notice Bond of a challenge, wei: twice the escrow of a jury and a share of the order's largest slot, as the terms cut it:
    /// `cap * (2 * JURY_SLOTS + floor(ceil(tasks / slots) / CHALLENGE_SHARE))`.
    function challengeBondOf(Terms calldata terms) external pure returns (uint256);

    /// @notice The challenge; all zero when there is none.
    function challengeOf(bytes32 order, uint8 slot, uint32 index) external view returns (Challenge memory);

    /// @notice The challenges of a slot together; all zero when there never was one.
    function disputeOf(bytes32 order, uint8 slot) external view returns (Dispute memory);

    /// @notice The terms of the jury of a challenge's attempt, as `Ordered` says them. Their `exclusiveKey` is the challenge's id,
    /// `keccak256(abi.encode(order, slot, index))`, their `nonce` is `256 * index + attempt`, `originA` is the challenged node, `originB` the
    /// order's first origin; the times to run and to reveal are the order's, at least JURY_OPEN_SECONDS; no least stake.
    /// @dev Reverts `UnknownOrder`, `NoSuchSlot`.
    function juryTermsOf(Terms calldata terms, uint8 slot, uint32 index, uint8 attempt) external view returns (Terms memory);

    /// @notice Challenges the result of task `index`; anyone.
    /// @dev Reverts `UnknownOrder`, `WrongVerification`, `NoSuchSlot`, `WrongSlotState`, `TooLate`, `TaskNotInSlot`, `AlreadyChallenged`,
    /// `InsufficientFree`.
    function challenge(Terms calldata terms, uint8 slot, uint32 index) external;

    /// @notice Publishes the leaf of a challenged task, and calls the jury; anyone, since the path speaks for itself.
    /// @dev Reverts `UnknownOrder`, `NoSuchSlot`, `WrongChallengeState`, `TooLate`, `BadLeaf`.
    function publish(Terms calldata terms, uint8 slot, uint32 index, ResultLeaf calldata leaf, SumStep[] calldata path)
        external;

    /// @notice Ends a challenge whose leaf was not published in time, or whose jury's order has closed; anyone. After a first jury
    /// that found no quorum or said UNAVAILABLE it calls the second.
    /// @dev Reverts `UnknownOrder`, `NoSuchSlot`, `WrongChallengeState`, `TooEarly`, `JuryLive`.
    function conclude(Terms calldata terms, uint8 slot, uint32 index) external;
}
