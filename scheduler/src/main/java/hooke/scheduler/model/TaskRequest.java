package hooke.scheduler.model;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// One open slot of an order, with all that a bid depends on.
///
/// Built with [#builder]; everything beyond the builder's arguments has a default that restricts
/// nothing. Values come from strangers: what no order may say is rejected here by
/// [IllegalArgumentException], and the caller skips that order.
///
/// @param consumer who pays; opaque, used for fair shares
/// @param resources what one run needs; at least one CPU milli
/// @param tasks that run one after the other, from 1
/// @param fuelLimit the most fuel that all of them may burn, from 1
/// @param price what the order pays, see [PriceRamp]
/// @param created the time of the order's block
/// @param open bids are taken for this long after `created`
/// @param run from the bid's block to the delivery
/// @param mode how the result is verified
/// @param bond stake the law locks for this slot, token-wei
/// @param minStake stake the operator must have, token-wei
/// @param allow operators that may bid; empty means all
/// @param exclusiveKey while another order with this key holds a slot, this one cannot be bid for;
///   made unique per consumer by the caller
/// @param eligibleFrom not before this instant may this node bid (the draw of a quorum)
/// @param profile the metering profile, for instance "wasm-det/1"; absent while the spec is not yet
///   fetched, and then not judged: never send a bid on such a decision
/// @param program what names the program that it runs; absent while the spec is not yet fetched
/// @param inputBytes bytes to fetch before the run
/// @param outputBytes the output limits of all of them
/// @param pace how its program runs here; [Pace#USUAL] while that is not known
/// @param band the priority in which accepted work starts
public record TaskRequest(
    TaskKey key,
    String consumer,
    Resources resources,
    int tasks,
    long fuelLimit,
    PriceRamp price,
    Instant created,
    Duration open,
    Duration run,
    Verification mode,
    BigInteger bond,
    BigInteger minStake,
    Set<Long> allow,
    Optional<String> exclusiveKey,
    Instant eligibleFrom,
    Optional<String> profile,
    Optional<String> program,
    long inputBytes,
    long outputBytes,
    Pace pace,
    Band band) {

  /// Fuel that one unit price pays for.
  public static final long FUEL_UNIT = 1_000_000;

  private static final Duration MAX_SECONDS = Duration.ofSeconds(0xFFFF_FFFFL);

  public TaskRequest {
    Require.text("consumer", consumer);
    Require.range("cpuMillis", resources.cpuMillis(), 1, Resources.MAX);
    Require.range("tasks", tasks, 1, Integer.MAX_VALUE);
    Require.range("fuelLimit", fuelLimit, 1, Long.MAX_VALUE);
    Require.instant("created", created);
    Require.length("open", open, Duration.ZERO, MAX_SECONDS);
    Require.length("run", run, Duration.ZERO, MAX_SECONDS);
    Require.amount("bond", bond);
    Require.amount("minStake", minStake);
    allow = Set.copyOf(allow);
    exclusiveKey.ifPresent(key0 -> Require.text("exclusiveKey", key0));
    profile.ifPresent(name -> Require.text("profile", name));
    program.ifPresent(name -> Require.text("program", name));
    Require.range("inputBytes", inputBytes, 0, Resources.MAX);
    Require.range("outputBytes", outputBytes, 0, Resources.MAX);
  }

  /// The most of its disk that the result may take: all but where its inputs lie and are laid out.
  /// All of it while these are not known.
  public long keptBytes() {
    return Math.max(0, resources.diskBytes() - 2 * Math.min(inputBytes, Resources.MAX / 2));
  }

  /// The first instant at which no bid is taken any more.
  public Instant openUntil() {
    return created.plus(open);
  }

  /// `ceil(fuel * price / 1,000,000)`: what a run that burns `fuel` earns, token-wei.
  public static BigInteger payUp(long fuel, long price) {
    return MulDiv.ceilDiv(
        BigInteger.valueOf(fuel).multiply(BigInteger.valueOf(price)),
        BigInteger.valueOf(FUEL_UNIT));
  }

  /// Starts a request from what every order states.
  public static Builder builder(
      TaskKey key, String consumer, Resources resources, long fuelLimit, PriceRamp price) {
    return new Builder(key, consumer, resources, fuelLimit, price);
  }

  /// Collects the rest of a request. Not thread-safe.
  public static final class Builder {
    private final TaskKey key;
    private final String consumer;
    private final Resources resources;
    private final long fuelLimit;
    private final PriceRamp price;
    private Instant created = Instant.EPOCH;
    private Duration open = MAX_SECONDS;
    private Duration run = MAX_SECONDS;
    private Verification mode = Verification.ATTENDED;
    private Optional<BigInteger> bond = Optional.empty();
    private BigInteger minStake = BigInteger.ZERO;
    private final Set<Long> allow = new TreeSet<>();
    private Optional<String> exclusiveKey = Optional.empty();
    private Instant eligibleFrom = Instant.EPOCH;
    private Optional<String> profile = Optional.empty();
    private Optional<String> program = Optional.empty();
    private long inputBytes;
    private long outputBytes;
    private Pace pace = Pace.USUAL;
    private int tasks = 1;
    private Band band = Band.NORMAL;

    private Builder(
        TaskKey key, String consumer, Resources resources, long fuelLimit, PriceRamp price) {
      this.key = key;
      this.consumer = consumer;
      this.resources = resources;
      this.fuelLimit = fuelLimit;
      this.price = price;
    }

    /// When the order was made, how long it takes bids, and how long a run may take from its bid.
    public Builder timing(Instant createdAt, Duration openFor, Duration runWithin) {
      created = createdAt;
      open = openFor;
      run = runWithin;
      return this;
    }

    /// Default: [Verification#ATTENDED].
    public Builder mode(Verification value) {
      mode = value;
      return this;
    }

    /// Default: the law's, the most that one slot can pay.
    public Builder bond(BigInteger wei) {
      bond = Optional.of(wei);
      return this;
    }

    /// Default: none.
    public Builder minStake(BigInteger wei) {
      minStake = wei;
      return this;
    }

    /// Adds an operator that may bid.
    public Builder allow(long operatorId) {
      allow.add(operatorId);
      return this;
    }

    /// Default: none.
    public Builder exclusiveKey(String value) {
      exclusiveKey = Optional.of(value);
      return this;
    }

    /// Default: at once.
    public Builder eligibleFrom(Instant value) {
      eligibleFrom = value;
      return this;
    }

    /// Default: not known yet.
    public Builder profile(String value) {
      profile = Optional.of(value);
      return this;
    }

    /// Default: not known yet.
    public Builder program(String value) {
      program = Optional.of(value);
      return this;
    }

    /// Default: none.
    public Builder transfer(long inBytes, long outBytes) {
      inputBytes = inBytes;
      outputBytes = outBytes;
      return this;
    }

    /// Default: one.
    public Builder tasks(int count) {
      tasks = count;
      return this;
    }

    /// Default: [Pace#USUAL].
    public Builder pace(Pace value) {
      pace = value;
      return this;
    }

    /// Default: [Band#NORMAL].
    public Builder band(Band value) {
      band = value;
      return this;
    }

    /// The request; throws [IllegalArgumentException] naming the first bad value.
    public TaskRequest build() {
      return new TaskRequest(
          key,
          consumer,
          resources,
          tasks,
          fuelLimit,
          price,
          created,
          open,
          run,
          mode,
          bond.orElseGet(() -> payUp(fuelLimit, price.max())),
          minStake,
          allow,
          exclusiveKey,
          eligibleFrom,
          profile,
          program,
          inputBytes,
          outputBytes,
          pace,
          band);
    }
  }
}
