package hooke.chain.contract;

/// An order as the contract stores it. Times are unix seconds.
///
/// @param createdBlock block of the order
/// @param commitsClosedAt QUORUM: when commits closed; 0 while open, or while nobody has noted that
///   time closed them
/// @param open slots that take bids
/// @param assigned slots that somebody runs
/// @param committed slots that have committed, revealed or not
/// @param cancelled no slot opens again
/// @param callback the consumer is a contract and will be told
/// @param resultSlot a slot with the result, when `hasResult`
public record Order(
    OrderState state,
    long createdBlock,
    long createdAt,
    long commitsClosedAt,
    int open,
    int assigned,
    int committed,
    int revealed,
    boolean cancelled,
    boolean callback,
    boolean hasResult,
    int resultSlot) {}
