package hooke.chain.contract;

import hooke.chain.Wei;

/// A lease order as the law keeps it.
///
/// @param live whether it still streams; one that time has ended is live until somebody says so
/// @param createdAt unix seconds; 0: never ordered
/// @param rate what all leased slots cost together, token-wei per second
/// @param leased slots that are leased or summoned
/// @param balance escrow not earned yet at unix second `syncedAt`
/// @param scaleSeq how often slots were opened or closed: what a controller must know to scale
/// @param primaryAt unix second at which the primary controller last acted
/// @param endedAt unix second at which it was over; 0 while live
public record Lease(
    boolean live,
    long createdAt,
    Wei rate,
    int leased,
    int open,
    Wei balance,
    long syncedAt,
    int scaleSeq,
    long primaryAt,
    long endedAt) {}
