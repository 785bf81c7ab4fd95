// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Multicall} from "@openzeppelin/contracts/utils/Multicall.sol";

import {IDisputes} from "./interfaces/IDisputes.sol";
import {IHooke} from "./interfaces/IHooke.sol";
import {ILeaseSteps, ITenures} from "./interfaces/ILeases.sol";
import {IMandates} from "./interfaces/IMandates.sol";
import {IProviders} from "./interfaces/IProviders.sol";
import {ITabs} from "./interfaces/ITabs.sol";
import {ITaskEndings} from "./interfaces/ITasks.sol";
import {IVolumes} from "./interfaces/IVolumes.sol";
import {Part} from "./Part.sol";
import {Tasks} from "./Tasks.sol";
import {Vault} from "./Vault.sol";

/// @title The whole law.
/// @notice `IHooke` is its interface. What is called most lives here: the ledger's doors, and the steps of a task from order to settlement.
/// The rest lives in parts: contracts whose code this one runs on its own storage, fixed for ever when it was deployed.
/// @dev Which function lives in which part stands here in one table, so that it costs no storage and cannot change. Few functions of
/// its own keep the compiler's dispatch, a chain of comparisons, short for the calls that are made most.
contract Hooke is Vault, Tasks, Part, Multicall {
    /// @dev Eight selectors in a word. The last word names one twice rather than leave a place that another selector could match.
    uint256 private constant ENDINGS_A = uint256(bytes32(ITaskEndings.refuse.selector))
        | uint256(bytes32(ITaskEndings.acknowledge.selector)) >> 32
        | uint256(bytes32(ITaskEndings.release.selector)) >> 64
        | uint256(bytes32(ITaskEndings.miss.selector)) >> 96
        | uint256(bytes32(ITaskEndings.cancel.selector)) >> 128
        | uint256(bytes32(ITaskEndings.expire.selector)) >> 160
        | uint256(bytes32(ITaskEndings.demand.selector)) >> 192
        | uint256(bytes32(ITaskEndings.answer.selector)) >> 224;
    uint256 private constant ENDINGS_B = uint256(bytes32(ITaskEndings.answerWithin.selector))
        | uint256(bytes32(ITaskEndings.forfeit.selector)) >> 32
        | uint256(bytes32(ITaskEndings.deliverPart.selector)) >> 64
        | uint256(bytes32(ITaskEndings.giveUp.selector)) >> 96
        | uint256(bytes32(ITaskEndings.deliverPart.selector)) >> 128
        | uint256(bytes32(ITaskEndings.deliverPart.selector)) >> 160
        | uint256(bytes32(ITaskEndings.deliverPart.selector)) >> 192
        | uint256(bytes32(ITaskEndings.deliverPart.selector)) >> 224;
    uint256 private constant DISPUTES_A = uint256(bytes32(IDisputes.challenge.selector))
        | uint256(bytes32(IDisputes.publish.selector)) >> 32
        | uint256(bytes32(IDisputes.conclude.selector)) >> 64
        | uint256(bytes32(IDisputes.JURY_SLOTS.selector)) >> 96
        | uint256(bytes32(IDisputes.JURY_QUORUM.selector)) >> 128
        | uint256(bytes32(IDisputes.JURY_OPEN_SECONDS.selector)) >> 160
        | uint256(bytes32(IDisputes.UNAVAILABLE.selector)) >> 192
        | uint256(bytes32(IDisputes.CHALLENGE_SHARE.selector)) >> 224;
    uint256 private constant DISPUTES_B = uint256(bytes32(IDisputes.challengeBondOf.selector))
        | uint256(bytes32(IDisputes.challengeOf.selector)) >> 32
        | uint256(bytes32(IDisputes.disputeOf.selector)) >> 64
        | uint256(bytes32(IDisputes.juryTermsOf.selector)) >> 96
        | uint256(bytes32(IDisputes.juryTermsOf.selector)) >> 128
        | uint256(bytes32(IDisputes.juryTermsOf.selector)) >> 160
        | uint256(bytes32(IDisputes.juryTermsOf.selector)) >> 192
        | uint256(bytes32(IDisputes.juryTermsOf.selector)) >> 224;
    uint256 private constant REGISTRY_A = uint256(bytes32(IProviders.register.selector))
        | uint256(bytes32(IProviders.update.selector)) >> 32
        | uint256(bytes32(IProviders.retire.selector)) >> 64
        | uint256(bytes32(IProviders.stake.selector)) >> 96
        | uint256(bytes32(IProviders.unbond.selector)) >> 128
        | uint256(bytes32(IProviders.withdrawStake.selector)) >> 160
        | uint256(bytes32(IProviders.UNBOND_SECONDS.selector)) >> 192
        | uint256(bytes32(IProviders.totalStake.selector)) >> 224;
    uint256 private constant REGISTRY_B = uint256(bytes32(IProviders.counts.selector))
        | uint256(bytes32(IProviders.operatorIdOf.selector)) >> 32
        | uint256(bytes32(IProviders.operatorOf.selector)) >> 64
        | uint256(bytes32(IProviders.nodeOf.selector)) >> 96
        | uint256(bytes32(ITabs.TAB_NOTICE_SECONDS.selector)) >> 128
        | uint256(bytes32(ITabs.tabOf.selector)) >> 160
        | uint256(bytes32(ITabs.voucherDigest.selector)) >> 192
        | uint256(bytes32(ITabs.openTab.selector)) >> 224;
    uint256 private constant REGISTRY_C = uint256(bytes32(ITabs.redeem.selector))
        | uint256(bytes32(ITabs.closeTab.selector)) >> 32
        | uint256(bytes32(ITabs.reclaimTab.selector)) >> 64
        | uint256(bytes32(ITabs.reclaimTab.selector)) >> 96
        | uint256(bytes32(ITabs.reclaimTab.selector)) >> 128
        | uint256(bytes32(ITabs.reclaimTab.selector)) >> 160
        | uint256(bytes32(ITabs.reclaimTab.selector)) >> 192
        | uint256(bytes32(ITabs.reclaimTab.selector)) >> 224;
    uint256 private constant MANDATES_A = uint256(bytes32(IMandates.orderUnder.selector))
        | uint256(bytes32(IMandates.recoverBudget.selector)) >> 32
        | uint256(bytes32(IMandates.openMandate.selector)) >> 64
        | uint256(bytes32(IMandates.fundMandate.selector)) >> 96
        | uint256(bytes32(IMandates.revokeMandate.selector)) >> 128
        | uint256(bytes32(IMandates.endMandate.selector)) >> 160
        | uint256(bytes32(IMandates.mandateOf.selector)) >> 192
        | uint256(bytes32(IMandates.useOf.selector)) >> 224;
    uint256 private constant MANDATES_B = uint256(bytes32(IMandates.templateHash.selector))
        | uint256(bytes32(IMandates.nextOrder.selector)) >> 32
        | uint256(bytes32(IMandates.mandateCount.selector)) >> 64
        | uint256(bytes32(IMandates.MAX_MANDATE_SECONDS.selector)) >> 96
        | uint256(bytes32(IMandates.MAX_BINDINGS.selector)) >> 128
        | uint256(bytes32(IMandates.MAX_BINDINGS.selector)) >> 160
        | uint256(bytes32(IMandates.MAX_BINDINGS.selector)) >> 192
        | uint256(bytes32(IMandates.MAX_BINDINGS.selector)) >> 224;
    uint256 private constant LEASES_A = uint256(bytes32(ILeaseSteps.claimLeases.selector))
        | uint256(bytes32(ILeaseSteps.bidLease.selector)) >> 32
        | uint256(bytes32(ILeaseSteps.openSlots.selector)) >> 64
        | uint256(bytes32(ILeaseSteps.closeSlots.selector)) >> 96
        | uint256(bytes32(ILeaseSteps.orderLease.selector)) >> 128
        | uint256(bytes32(ILeaseSteps.topUpLease.selector)) >> 160
        | uint256(bytes32(ILeaseSteps.closeLease.selector)) >> 192
        | uint256(bytes32(ILeaseSteps.lapseLease.selector)) >> 224;
    uint256 private constant LEASES_B = uint256(bytes32(ILeaseSteps.leaseIdOf.selector))
        | uint256(bytes32(ILeaseSteps.leaseOf.selector)) >> 32
        | uint256(bytes32(ILeaseSteps.leaseSlotOf.selector)) >> 64
        | uint256(bytes32(ILeaseSteps.leaseEndsAt.selector)) >> 96
        | uint256(bytes32(ILeaseSteps.acceptableRate.selector)) >> 128
        | uint256(bytes32(ILeaseSteps.resizeDigest.selector)) >> 160
        | uint256(bytes32(ILeaseSteps.leaseLimits.selector)) >> 192
        | uint256(bytes32(ILeaseSteps.leaseLimits.selector)) >> 224;
    uint256 private constant TENURES_A = uint256(bytes32(ITenures.resizeLease.selector))
        | uint256(bytes32(ITenures.moveLease.selector)) >> 32
        | uint256(bytes32(ITenures.giveNotice.selector)) >> 64
        | uint256(bytes32(ITenures.leaveLease.selector)) >> 96
        | uint256(bytes32(ITenures.abandonLease.selector)) >> 128
        | uint256(bytes32(ITenures.summon.selector)) >> 160
        | uint256(bytes32(ITenures.appear.selector)) >> 192
        | uint256(bytes32(ITenures.defaultLease.selector)) >> 224;
    uint256 private constant VOLUMES_A = uint256(bytes32(IVolumes.anchor.selector))
        | uint256(bytes32(IVolumes.prove.selector)) >> 32
        | uint256(bytes32(IVolumes.draw.selector)) >> 64
        | uint256(bytes32(IVolumes.seal.selector)) >> 96
        | uint256(bytes32(IVolumes.endorse.selector)) >> 128
        | uint256(bytes32(IVolumes.evict.selector)) >> 160
        | uint256(bytes32(IVolumes.setQuota.selector)) >> 192
        | uint256(bytes32(IVolumes.setDelegate.selector)) >> 224;
    uint256 private constant VOLUMES_B = uint256(bytes32(IVolumes.LEAVES.selector))
        | uint256(bytes32(IVolumes.volumeOf.selector)) >> 32
        | uint256(bytes32(IVolumes.replicaOf.selector)) >> 64
        | uint256(bytes32(IVolumes.anchorOf.selector)) >> 96
        | uint256(bytes32(IVolumes.epochAnchorOf.selector)) >> 128
        | uint256(bytes32(IVolumes.epochOf.selector)) >> 160
        | uint256(bytes32(IVolumes.seedOf.selector)) >> 192
        | uint256(bytes32(IVolumes.provedIn.selector)) >> 224;
    uint256 private constant VOLUMES_C = uint256(bytes32(IVolumes.drawOf.selector))
        | uint256(bytes32(IVolumes.anchorDigest.selector)) >> 32
        | uint256(bytes32(IVolumes.anchorDigest.selector)) >> 64
        | uint256(bytes32(IVolumes.anchorDigest.selector)) >> 96
        | uint256(bytes32(IVolumes.anchorDigest.selector)) >> 128
        | uint256(bytes32(IVolumes.anchorDigest.selector)) >> 160
        | uint256(bytes32(IVolumes.anchorDigest.selector)) >> 192
        | uint256(bytes32(IVolumes.anchorDigest.selector)) >> 224;
    uint256 private constant ONES = type(uint256).max / type(uint32).max;

    address private immutable _registry;
    address private immutable _endings;
    address private immutable _disputesPart;
    address private immutable _mandatesPart;
    address private immutable _leasesPart;
    address private immutable _tenures;
    address private immutable _volumesPart;
    address private immutable _views;

    /// @param token_ What everything is paid in; see `IVault` for what it must be.
    constructor(IERC20 token_, address registry, address endings, address disputes, address mandates, address leases, address tenures, address volumes, address views)
        Vault(token_)
    {
        _registry = _checked(registry, REGISTRY);
        _endings = _checked(endings, ENDINGS);
        _disputesPart = _checked(disputes, DISPUTES);
        _mandatesPart = _checked(mandates, MANDATES);
        _leasesPart = _checked(leases, LEASES);
        _tenures = _checked(tenures, TENURES);
        _volumesPart = _checked(volumes, VOLUMES);
        _views = _checked(views, VIEWS);
    }

    /// @dev The fallback is the door to the parts: it ends the call as the part ended it.
    fallback() external {
        address target = partOf(msg.sig);
        assembly ("memory-safe") {
            let start := mload(0x40)
            calldatacopy(start, 0, calldatasize())
            let done := delegatecall(gas(), target, start, calldatasize(), 0, 0)
            returndatacopy(start, 0, returndatasize())
            switch done
            case 0 { revert(start, returndatasize()) }
            default { return(start, returndatasize()) }
        }
    }

    function part() external pure override returns (bytes32) {
        return "hooke 1";
    }

    function parts()
        external
        view
        returns (address registry, address endings, address disputes, address mandates, address leases, address tenures, address volumes, address views)
    {
        return (_registry, _endings, _disputesPart, _mandatesPart, _leasesPart, _tenures, _volumesPart, _views);
    }

    /// @dev Whatever is in no list is asked of the views, which know no such function and say so.
    function partOf(bytes4 s) public view returns (address) {
        if (_isAmong(s, VOLUMES_A)) return _volumesPart; // anchors are made most often
        if (_isAmong(s, ENDINGS_A) || _isAmong(s, ENDINGS_B)) return _endings;
        if (_isAmong(s, DISPUTES_A) || _isAmong(s, DISPUTES_B)) return _disputesPart;
        if (_isAmong(s, REGISTRY_A) || _isAmong(s, REGISTRY_B) || _isAmong(s, REGISTRY_C)) return _registry;
        if (_isAmong(s, MANDATES_A) || _isAmong(s, MANDATES_B)) return _mandatesPart;
        if (_isAmong(s, LEASES_A) || _isAmong(s, LEASES_B)) return _leasesPart;
        if (_isAmong(s, TENURES_A)) return _tenures;
        if (_isAmong(s, VOLUMES_B) || _isAmong(s, VOLUMES_C)) return _volumesPart;
        return _views;
    }

    /// @dev Whether one of the eight is `s`: whether, after an exclusive or with `s`, one of eight lanes is zero (Warren, Hacker's Delight, 6-1). A
    /// third of the code, and of the gas, of comparisons one by one.
    function _isAmong(bytes4 s, uint256 eight) private pure returns (bool) {
        unchecked {
            uint256 x = eight ^ uint256(uint32(s)) * ONES;
            return (x - ONES) & ~x & (ONES << 31) != 0;
        }
    }

    function _checked(address given, bytes32 expected) private view returns (address) {
        if (given.code.length == 0 || Part(given).part() != expected) revert IHooke.WrongPart(given, expected);
        return given;
    }
}
