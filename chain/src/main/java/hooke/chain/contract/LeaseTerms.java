package hooke.chain.contract;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Wei;

/// What a consumer orders as leases, exactly as the law hashes it; see `LeaseTerms` in the law for
/// every member. A service names controllers, a volume has epochs. Prices are token-wei per second.
///
/// Numbers above 2^31-1 (for `int`) or 2^63-1 (for `long`) exist in Solidity but not here: an order
/// that has one is reported as [LawEvent.Unreadable].
///
/// @param nonce any 64 bits, an unsigned number to the law; makes two otherwise equal orders
///   different
/// @param spec blob id of the spec
/// @param cpuMillis thousandths of a core
/// @param diskMib of a volume: its quota
/// @param startPrice acceptable at once when a slot opens
/// @param maxPrice the same after `rampSeconds`
/// @param distinct an operator may hold one slot only
/// @param termSeconds the order is over this long after it was made
/// @param noticeSeconds how long before it leaves a provider says so
/// @param answerSeconds how long a summoned provider has to appear
/// @param bond of each slot
/// @param allow up to eight operator ids, four bytes each; zero: anyone
/// @param exclusiveKey zero: none; else no second order of this consumer with this key may be live
/// @param primary controller that may scale; zero: nobody but the consumer
/// @param standby controller that may when the primary was silent for `takeoverSeconds`
/// @param hourlyLimit what controllers may let all slots together cost in an hour
/// @param graceSeconds the last seconds that the escrow pays for: a volume is only to be read then
/// @param epochSeconds of a volume: how often possession is proven; 0: not a volume
/// @param drawOneIn of a volume: each epoch one in so many replicas is drawn
/// @param repairEpochs of a volume: whole epochs in which a newcomer is not drawn
public record LeaseTerms(
    Address consumer,
    long nonce,
    Bytes32 spec,
    int cpuMillis,
    int memoryMib,
    int diskMib,
    long startPrice,
    long maxPrice,
    int rampSeconds,
    int minSlots,
    int maxSlots,
    boolean distinct,
    int termSeconds,
    int noticeSeconds,
    int answerSeconds,
    Wei bond,
    Wei minStake,
    Bytes32 allow,
    Bytes32 exclusiveKey,
    Address primary,
    Address standby,
    int takeoverSeconds,
    Wei hourlyLimit,
    int graceSeconds,
    int epochSeconds,
    int drawOneIn,
    int repairEpochs,
    int originA,
    int originB) {}
