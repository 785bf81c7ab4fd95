package hooke.chain.contract;

/// A change of a running lease, signed by both sides.
///
/// @param price token-wei per second
/// @param deadline last unix second at which it may be put into effect
public record Resize(long price, int cpuMillis, int memoryMib, int diskMib, long deadline) {}
