package hooke.chain.contract;

import java.math.BigInteger;

/// The demands on one slot's result.
///
/// @param seed fixes the chunk: number `seed % ceil(size / 1024)` of the result archive of the
///   slot's task `(seed >> 96) % count`, counted from its first
/// @param deadline last unix second to answer
/// @param count demands made so far
/// @param pending the last one is not answered yet
public record Demand(BigInteger seed, long deadline, int count, boolean pending) {}
