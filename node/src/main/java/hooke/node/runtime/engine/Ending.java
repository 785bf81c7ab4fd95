package hooke.node.runtime.engine;

/// How a run ended.
///
/// @param kind what happened
/// @param exitCode of an exit, 0 otherwise
/// @param fuelUsed never more than the limit; the limit itself when out of fuel
/// @param message for people: differs between engines, empty for an exit
public record Ending(Kind kind, int exitCode, long fuelUsed, String message) {

  /// The first four are results, the others are the host's failures.
  public enum Kind {
    EXITED,
    TRAPPED,
    OUT_OF_FUEL,
    OUTPUT_LIMIT,
    /// The host's stack was too small for a call depth the profile allows.
    HOST_STACK,
    HOST_DISK,
    /// The engine broke, or was interrupted.
    HOST_ENGINE
  }
}
