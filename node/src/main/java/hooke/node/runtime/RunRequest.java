package hooke.node.runtime;

import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One run.
///
/// While it runs, `stdout` and `stderr` grow in `directory`: follow them there.
///
/// @param client on whose behalf: any name, as long as different people have different ones. What
///   one client's program does to a worker never meets another's
/// @param program Wasm file
/// @param argv0 the program's own name, as it sees it
/// @param args the program's arguments after that
/// @param env environment, empty but for this
/// @param seed hexadecimal; what random numbers derive from. The spec's hash, so that all who run
///   it agree
/// @param clock what the program's clocks and its files' times start at
/// @param realTime whether its clocks and random numbers are the host's instead, and its timers
///   wait: nobody can run it again and see the same
/// @param stdin file read as standard input; null for an empty one
/// @param inputs a [TreeListing] of what is shown read-only as `/in`; null for nothing
/// @param directory where `stdout`, `stderr` and `left` appear; absent, or existing and empty. The
///   caller deletes it
/// @param limits what it may use
public record RunRequest(
    String client,
    Path program,
    String argv0,
    List<String> args,
    Map<String, String> env,
    String seed,
    Instant clock,
    boolean realTime,
    @Nullable Path stdin,
    @Nullable Path inputs,
    Path directory,
    RunLimits limits) {

  /// Most bytes of arguments and environment together.
  public static final int TEXT_BYTES = 256 << 10;

  /// Where the clocks start unless somebody says otherwise.
  public static final Instant DEFAULT_CLOCK = Instant.parse("2000-01-01T00:00:00Z");

  /// The first and the last time at which clocks may start: what programs count in nanoseconds of
  /// 64 bits.
  public static final Instant FIRST_CLOCK = Instant.EPOCH;

  public static final Instant LAST_CLOCK = Instant.parse("2200-01-01T00:00:00Z");

  public RunRequest {
    args = List.copyOf(args);
    env = Map.copyOf(env);
    if (!seed.matches("([0-9a-f]{2})*")) {
      throw new IllegalArgumentException("the seed is not hexadecimal: " + seed);
    }
    if (!mayStart(clock)) {
      throw new IllegalArgumentException("no run's clocks start at " + clock);
    }
    long text = noNul(argv0);
    for (String arg : args) {
      text += noNul(arg);
    }
    for (Map.Entry<String, String> entry : env.entrySet()) {
      if (entry.getKey().isEmpty() || entry.getKey().contains("=")) {
        throw new IllegalArgumentException("not an environment variable's name: " + entry.getKey());
      }
      text += noNul(entry.getKey()) + noNul(entry.getValue());
    }
    if (text > TEXT_BYTES) {
      throw new IllegalArgumentException(
          "arguments and environment have " + text + " bytes; the most is " + TEXT_BYTES);
    }
  }

  /// The same for a program that goes by no name of its own, in a time like any other.
  public RunRequest(
      String client,
      Path program,
      List<String> args,
      Map<String, String> env,
      String seed,
      @Nullable Path stdin,
      @Nullable Path inputs,
      Path directory,
      RunLimits limits) {
    this(
        client,
        program,
        "task",
        args,
        env,
        seed,
        DEFAULT_CLOCK,
        false,
        stdin,
        inputs,
        directory,
        limits);
  }

  /// Whether a program's clocks may start then.
  public static boolean mayStart(Instant clock) {
    return !clock.isBefore(FIRST_CLOCK) && !clock.isAfter(LAST_CLOCK);
  }

  /// Nanoseconds since 1970 at which the clocks start.
  public long clockNanos() {
    return ChronoUnit.NANOS.between(Instant.EPOCH, clock);
  }

  private static long noNul(String text) {
    if (text.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("arguments and environment cannot contain NUL");
    }
    return text.getBytes(java.nio.charset.StandardCharsets.UTF_8).length + 1L;
  }
}
