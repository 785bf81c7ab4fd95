package hooke.node.task;

import hooke.chain.Wei;
import hooke.node.runtime.RunRequest;
import hooke.node.spec.BilledFuel;
import hooke.node.spec.Specs;
import hooke.node.spec.UnitPrice;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// What a consumer wants run and on which terms, in local files and plain values: what a task file
/// or the options of `task run` say. Nothing has been read or hashed yet.
///
/// @param program a WebAssembly module
/// @param argv0 the program's own name; empty: the usual one
/// @param args arguments after the program's own name
/// @param env all the variables that the program sees
/// @param stdin file that becomes standard input
/// @param inputs what stands under `/in`
/// @param array file with a line for each task of an array; empty: one task
/// @param slots into how many an array is cut; 0: as the market has nodes
/// @param memoryBytes limit of linear memory, a multiple of 64 KiB
/// @param outputBytes limit of the result archive
/// @param clock what the program's clocks and its files' times start at; empty:
///   2000-01-01T00:00:00Z
/// @param realTime whether clocks and random numbers are the host's and timers wait: only where
///   nobody compares runs
/// @param seed makes another task of the same program and inputs, which sees other random numbers:
///   they derive from the hash of the whole spec
/// @param fuel most fuel that one run may burn
/// @param cpuMillis thousandths of a core that a run needs
/// @param startPrice acceptable at once; empty: `maxPrice`, or what the cheapest take where that is
///   empty, too
/// @param maxPrice acceptable after the ramp; empty: taken from the market's offers
/// @param uploadBudget most that may be paid for keeping the task's files at their origins, beyond
///   what those keep at no price
/// @param ramp how long the price rises; empty: not at all, or a few blocks where `maxPrice` is
///   empty
/// @param open how long bids are taken
/// @param run from bid to delivery or commit; empty: long enough, see [#run(int, long)]
/// @param window attended: time to refuse; quorum: time to reveal
/// @param retention how long results are served
/// @param minStake least stake of a bidding operator
/// @param allow operator numbers that may bid; empty: any
/// @param exclusiveKey no second live order of this consumer may carry the same key
public record TaskDraft(
    Path program,
    Optional<String> argv0,
    List<String> args,
    Map<String, String> env,
    Optional<Path> stdin,
    List<InputSource> inputs,
    Optional<Path> array,
    int slots,
    long memoryBytes,
    long outputBytes,
    Optional<Instant> clock,
    boolean realTime,
    long seed,
    long fuel,
    int cpuMillis,
    Optional<UnitPrice> startPrice,
    Optional<UnitPrice> maxPrice,
    Wei uploadBudget,
    Optional<Duration> ramp,
    Duration open,
    Optional<Duration> run,
    Duration window,
    Duration retention,
    Wei minStake,
    List<Integer> allow,
    Optional<String> exclusiveKey,
    Proof proof) {

  /// A page of linear memory: its limit is a multiple of this.
  public static final long PAGE = 65_536;

  /// Most linear memory that a 32-bit program can have.
  public static final long MAX_MEMORY = 1L << 32;

  /// Largest result archive.
  public static final long MAX_OUTPUT = 1L << 40;

  /// Most fuel of one run.
  public static final long MAX_FUEL = 1_000_000_000_000_000L;

  /// Longest time that terms may name.
  public static final Duration MAX_TIME = Duration.ofDays(365);

  /// Most operators that an order can name.
  public static final int MAX_ALLOW = 8;

  /// Most slots of an array.
  public static final int MAX_SLOTS = 128;

  private static final Duration USUAL_RUN = Duration.ofMinutes(20);
  private static final Duration LONGEST_RUN = Duration.ofDays(30);

  /// Fuel that a slow node burns in a second.
  private static final long SLOW = 25_000_000;

  /// What such a node takes beside it, for each task, and each MiB of its inputs, of what it may
  /// leave and of its memory: twice what nodes reckon with unless their operators say otherwise.
  private static final double SLOW_TASK_SECONDS = 0.2;

  private static final double SLOW_MIB_SECONDS = 0.05;
  private static final double MIB = 1 << 20;

  /// Most arguments, and most environment variables.
  public static final int MAX_WORDS = 1_024;

  public TaskDraft {
    args = List.copyOf(args);
    env = java.util.Collections.unmodifiableMap(new TreeMap<>(env));
    inputs = List.copyOf(inputs);
    allow = List.copyOf(allow);
  }

  /// From bid to delivery or commit, of a slot of so many tasks: as it was said, or long enough for
  /// a slow node and all that they may do.
  ///
  /// @param inputBytes of all files that the tasks are given
  public Duration run(int tasks, long inputBytes) {
    if (run.isPresent()) {
      return run.get();
    }
    double burning = array.isEmpty() ? 0 : (double) fuel * tasks / SLOW;
    double beside =
        tasks * (SLOW_TASK_SECONDS + (memoryBytes + outputBytes) / MIB * SLOW_MIB_SECONDS)
            + inputBytes / MIB * SLOW_MIB_SECONDS;
    double seconds = burning + beside;
    Duration needed =
        seconds < LONGEST_RUN.toSeconds() ? Duration.ofSeconds((long) seconds) : LONGEST_RUN;
    return needed.compareTo(USUAL_RUN) > 0 ? needed : USUAL_RUN;
  }

  /// A draft with every default.
  public static Builder of(Path program) {
    return new Builder(program);
  }

  /// Collects a draft; checks each value as it comes. Not thread-safe.
  public static final class Builder {
    private final Path program;
    private Optional<String> argv0 = Optional.empty();
    private List<String> args = List.of();
    private final Map<String, String> env = new TreeMap<>();
    private Optional<Path> stdin = Optional.empty();
    private final List<InputSource> inputs = new java.util.ArrayList<>();
    private Optional<Path> array = Optional.empty();
    private int slots;
    private long memoryBytes = Specs.DEFAULT_MEMORY;
    private long outputBytes = Specs.DEFAULT_OUTPUT;
    private Optional<Instant> clock = Optional.empty();
    private boolean realTime;
    private long seed;
    private long fuel = 10_000_000_000L;
    private int cpuMillis = 1_000;
    private Optional<UnitPrice> startPrice = Optional.empty();
    private Optional<UnitPrice> maxPrice = Optional.empty();
    private Wei uploadBudget = Wei.ZERO;
    private Optional<Duration> ramp = Optional.empty();
    // Long enough for a large program to be compiled before the bid, and to be interpreted after
    // it.
    private Duration open = Duration.ofMinutes(5);
    private Optional<Duration> run = Optional.empty();
    private Duration window = Duration.ofMinutes(2);
    private Duration retention = Duration.ofDays(1);
    private Wei minStake = Wei.ZERO;
    private List<Integer> allow = List.of();
    private Optional<String> exclusiveKey = Optional.empty();
    private Proof proof = Proof.ATTENDED;

    private Builder(Path program) {
      this.program = program;
    }

    public Builder argv0(String name) {
      require(
          !name.isEmpty()
              && name.indexOf('\0') < 0
              && name.getBytes(StandardCharsets.UTF_8).length <= Specs.MAX_ARGV0_BYTES,
          "argv0 must have 1 to " + Specs.MAX_ARGV0_BYTES + " bytes and no NUL");
      argv0 = Optional.of(name).filter(other -> !other.equals(Specs.DEFAULT_ARGV0));
      return this;
    }

    public Builder args(List<String> values) {
      if (values.size() > MAX_WORDS) {
        throw new IllegalArgumentException("at most " + MAX_WORDS + " arguments can be given");
      }
      for (String value : values) {
        require(value.indexOf('\0') < 0, "an argument cannot hold a NUL byte");
      }
      args = values;
      return this;
    }

    public Builder env(String name, String value) {
      require(
          !name.isEmpty() && name.indexOf('=') < 0 && name.indexOf('\0') < 0,
          "'" + name + "' is not a variable's name");
      require(value.indexOf('\0') < 0, "a variable cannot hold a NUL byte");
      require(env.size() < MAX_WORDS, "at most " + MAX_WORDS + " variables can be given");
      env.put(name, value);
      return this;
    }

    public Builder stdin(Path file) {
      stdin = Optional.of(file);
      return this;
    }

    public Builder input(InputSource input) {
      inputs.add(input);
      return this;
    }

    public Builder array(Path lines) {
      array = Optional.of(lines);
      return this;
    }

    public Builder slots(int count) {
      require(
          count >= 1 && count <= MAX_SLOTS,
          "an array has 1 to " + MAX_SLOTS + " slots, not " + count);
      slots = count;
      return this;
    }

    /// Rounded up to whole pages.
    public Builder memory(long bytes) {
      require(
          bytes >= PAGE && bytes <= MAX_MEMORY,
          "the memory limit must be from 64 KiB to 4 GiB, not " + bytes + " bytes");
      memoryBytes = Math.ceilDiv(bytes, PAGE) * PAGE;
      return this;
    }

    public Builder output(long bytes) {
      require(
          bytes >= 10_240 && bytes <= MAX_OUTPUT,
          "the output limit must be from 10 KiB to 1 TiB, not " + bytes + " bytes");
      outputBytes = bytes;
      return this;
    }

    public Builder clock(Instant instant) {
      require(
          RunRequest.mayStart(instant),
          "the clock must start from 1970 to the beginning of 2200, not at " + instant);
      clock = Optional.of(instant);
      return this;
    }

    public Builder realTime(boolean value) {
      realTime = value;
      return this;
    }

    public Builder seed(long value) {
      require(value >= 0, "the seed cannot be negative");
      seed = value;
      return this;
    }

    public Builder fuel(long limit) {
      require(
          limit > BilledFuel.START && limit <= MAX_FUEL,
          "the fuel limit must be more than 2M, which starting a task takes, and at most 1000T, not "
              + limit);
      fuel = limit;
      return this;
    }

    public Builder cpu(int millis) {
      require(millis >= 1 && millis <= 1_000_000, "the CPU must be from 1m to 1000 cores");
      cpuMillis = millis;
      return this;
    }

    public Builder startPrice(UnitPrice price) {
      startPrice = Optional.of(price);
      return this;
    }

    public Builder maxPrice(UnitPrice price) {
      require(price.wei() > 0, "the maximum price must be more than 0");
      maxPrice = Optional.of(price);
      return this;
    }

    public Builder uploadBudget(Wei most) {
      uploadBudget = most;
      return this;
    }

    public Builder ramp(Duration time) {
      ramp = Optional.of(seconds("the ramp", time, 0));
      return this;
    }

    public Builder open(Duration time) {
      open = seconds("the time for bids", time, 1);
      return this;
    }

    public Builder run(Duration time) {
      run = Optional.of(seconds("the run time", time, 1));
      return this;
    }

    public Builder window(Duration time) {
      window = seconds("the window", time, 1);
      return this;
    }

    public Builder retention(Duration time) {
      retention = seconds("the retention", time, 0);
      return this;
    }

    public Builder minStake(Wei stake) {
      require(stake.value().bitLength() <= 128, "the least stake is larger than any stake can be");
      minStake = stake;
      return this;
    }

    public Builder allow(List<Integer> operators) {
      require(operators.size() <= MAX_ALLOW, "at most " + MAX_ALLOW + " operators can be named");
      for (int operator : operators) {
        require(operator >= 1, "operators are numbered from 1, not " + operator);
      }
      require(
          operators.size() == operators.stream().distinct().count(), "an operator is named twice");
      allow = operators;
      return this;
    }

    public Builder exclusiveKey(String key) {
      require(!key.isEmpty() && key.length() <= 256, "an exclusive key has 1 to 256 characters");
      exclusiveKey = Optional.of(key);
      return this;
    }

    public Builder proof(Proof value) {
      proof = value;
      return this;
    }

    /// The draft.
    ///
    /// @throws IllegalArgumentException when two values contradict each other
    public TaskDraft build() {
      if (startPrice.isPresent() && maxPrice.isPresent()) {
        require(
            startPrice.get().compareTo(maxPrice.get()) <= 0,
            "the start price is above the maximum price");
      }
      require(slots == 0 || array.isPresent(), "only an array is cut into slots");
      require(
          slots == 0 || proof.mode() != hooke.chain.contract.Verification.QUORUM,
          "in a quorum each provider runs all tasks: leave the number of slots out");
      require(
          allow.isEmpty() || allow.size() >= proof.slots(),
          "%d operators are allowed, but %s needs %d"
              .formatted(allow.size(), proof, proof.slots()));
      require(
          !realTime || proof.mode() == hooke.chain.contract.Verification.ATTENDED,
          "in real time no two runs are alike, so nobody could verify %s by another: only attended"
              .formatted(proof));
      require(
          !realTime || (clock.isEmpty() && seed == 0),
          "a clock or a seed of its own does nothing in real time");
      for (int i = 0; i < inputs.size(); i++) {
        for (int j = 0; j < inputs.size(); j++) {
          if (i != j) {
            apart(inputs.get(i).path(), inputs.get(j).path());
          }
        }
      }
      return new TaskDraft(
          program,
          argv0,
          args,
          env,
          stdin,
          inputs,
          array,
          slots,
          memoryBytes,
          outputBytes,
          clock,
          realTime,
          seed,
          fuel,
          cpuMillis,
          startPrice,
          maxPrice,
          uploadBudget,
          ramp,
          open,
          run,
          window,
          retention,
          minStake,
          allow,
          exclusiveKey,
          proof);
    }

    private static void apart(String one, String other) {
      require(!one.equals(other), "two inputs would both be /in/" + one);
      require(
          !one.equals(".") && !other.startsWith(one + "/"),
          one.equals(".")
              ? "an input that is /in itself must be the only one"
              : "/in/%s would lie inside the input /in/%s".formatted(other, one));
    }

    private static Duration seconds(String what, Duration time, long least) {
      Duration whole = Duration.ofSeconds(Math.ceilDiv(time.toMillis(), 1_000));
      require(
          whole.toSeconds() >= least && whole.compareTo(MAX_TIME) <= 0,
          "%s must be from %d s to 365 d".formatted(what, least));
      return whole;
    }

    private static void require(boolean holds, String problem) {
      if (!holds) {
        throw new IllegalArgumentException(problem);
      }
    }
  }
}
