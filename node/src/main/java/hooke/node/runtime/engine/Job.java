package hooke.node.runtime.engine;

import java.util.List;
import java.util.Map;

/// What one run is given, beside its program and its files.
///
/// @param args program name first
/// @param seed hexadecimal, of the program's random numbers
/// @param clock what the program's clocks and its files' times start at, in nanoseconds since 1970
/// @param realTime whether its clocks and random numbers are the host's instead, and its timers
///   wait: nobody can run it again and see the same
/// @param fuel limit
/// @param memoryBytes limit; rounded down to pages
/// @param outputBytes limit, see [hooke.node.runtime.wasi.OutputBudget]
public record Job(
    List<String> args,
    Map<String, String> env,
    String seed,
    long clock,
    boolean realTime,
    long fuel,
    long memoryBytes,
    long outputBytes) {

  /// One that every host runs alike.
  public Job(
      List<String> args,
      Map<String, String> env,
      String seed,
      long clock,
      long fuel,
      long memoryBytes,
      long outputBytes) {
    this(args, env, seed, clock, false, fuel, memoryBytes, outputBytes);
  }
}
