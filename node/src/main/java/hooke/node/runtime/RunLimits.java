package hooke.node.runtime;

import java.time.Duration;

/// What a run may use.
///
/// @param fuel units of the profile's schedule, at least 1
/// @param memoryBytes the program's linear memory; rounded down to pages of 64 KiB
/// @param outputBytes stdout, stderr and files it leaves, each with 512 bytes for its name
/// @param wall from the moment the program is ready to its end; preparing it is not counted
public record RunLimits(long fuel, long memoryBytes, long outputBytes, Duration wall) {
  public RunLimits {
    if (fuel < 1 || memoryBytes < 1 || outputBytes < 0 || wall.isNegative() || wall.isZero()) {
      throw new IllegalArgumentException(
          "limits must be positive: fuel %d, memory %d, output %d, wall %s"
              .formatted(fuel, memoryBytes, outputBytes, wall));
    }
  }
}
