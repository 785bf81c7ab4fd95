package hooke.node.config;

import hooke.chain.Wei;
import hooke.node.spec.UploadPrice;
import hooke.scheduler.model.Capacity;
import hooke.scheduler.model.Delays;
import hooke.scheduler.model.Limits;
import hooke.scheduler.model.Overhead;
import hooke.scheduler.model.Resources;
import hooke.scheduler.model.Speed;
import hooke.scheduler.model.Tariff;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// All that an operator decides about one node: `node.yaml` in the node's directory.
///
/// @param directory holds this file, the keys, the database and the work directories
/// @param poll how often the chain is asked for a new block
/// @param confirmations blocks on top of an event before the node acts on it
/// @param listenHost address the API binds to
/// @param listenPort its port; 0 picks a free one
/// @param endpoint where others reach it; what is registered on chain
/// @param capacity what the node sells
/// @param wasmEngine what runs programs
/// @param nodeJs the Node.js of [WasmEngine#V8]; null for the one on PATH
/// @param challenges whether others' results in OPTIMISTIC orders are rerun and challenged
/// @param receiptWait how long an attached consumer's receipt is waited for before delivering
///   without
/// @param maxRetention results are not promised for longer
/// @param uploadBytesPerToken bytes an account may store here per whole token in its vault account
/// @param freeUploadBytes bytes any account with a nonempty vault account may store
/// @param uploadPrice of what is stored beyond these two, paid by voucher
/// @param claimFrom what one consumer's vouchers must be worth before they are claimed on chain
public record NodeConfig(
    Path directory,
    Network network,
    Duration poll,
    int confirmations,
    String listenHost,
    int listenPort,
    URI endpoint,
    Capacity capacity,
    WasmEngine wasmEngine,
    @Nullable Path nodeJs,
    Speed speed,
    Tariff tariff,
    Limits limits,
    Delays delays,
    boolean challenges,
    Duration receiptWait,
    Duration maxRetention,
    long uploadBytesPerToken,
    long freeUploadBytes,
    UploadPrice uploadPrice,
    Wei claimFrom) {

  /// What runs took at the worst beside their fuel on a machine of two cores that had work for
  /// twelve (`hooke selftest` measures it), and half as much again.
  public static final Overhead OVERHEAD =
      new Overhead(
          Duration.ofMillis(100),
          Duration.ofNanos(500_000),
          Duration.ofMillis(15),
          Duration.ofMillis(45),
          Duration.ofMillis(25));

  /// Name of the file in a node's directory.
  public static final String FILE = "node.yaml";

  /// What runs programs of runtime `wasm`.
  public enum WasmEngine {
    ENDIVE,
    V8;

    static WasmEngine parse(String text) {
      return switch (text.strip()) {
        case "endive" -> ENDIVE;
        case "v8" -> V8;
        default -> throw new ConfigException("'" + text + "' is neither endive nor v8");
      };
    }
  }

  public Path keystore() {
    return directory.resolve("key.json");
  }

  public Path keyPassword() {
    return directory.resolve("key.password");
  }

  public Path data() {
    return directory.resolve("data");
  }

  public Path work() {
    return directory.resolve("work");
  }

  /// Reads `node.yaml` in `directory`.
  public static NodeConfig read(Path directory) {
    return read(directory, Yaml.read(directory.resolve(FILE)));
  }

  static NodeConfig read(Path directory, Yaml yaml) {
    Network network = Network.read(yaml.section("network"));
    Yaml follow = yaml.section("follow");
    Yaml api = yaml.section("api");
    Yaml resources = yaml.section("resources");
    Yaml overhead = yaml.section("overhead");
    Yaml wasm = yaml.section("wasm");
    Yaml price = yaml.section("price");
    Yaml limits = yaml.section("limits");
    Yaml watch = yaml.section("watch");
    HostPort listen = api.value("listen", HostPort.parse("127.0.0.1:7601"), HostPort::parse);
    NodeConfig config =
        new NodeConfig(
            directory,
            network,
            follow.value("poll", Duration.ofMillis(200), NodeConfig::positive),
            (int) follow.number("confirmations", 0, 0, 1_000),
            listen.host(),
            listen.port(),
            api.value(
                "endpoint",
                URI.create("https://" + listen.host() + ":" + listen.port()),
                NodeConfig::https),
            new Capacity(
                new Resources(
                    resources.value("cpu", 1_000, Units::cpuMillis),
                    resources.value("memory", 1L << 30, Units::bytes),
                    resources.value("disk", 4L << 30, Units::bytes)),
                (int) resources.number("workers", 1, 1, Capacity.MAX_WORKERS)),
            wasm.value("engine", WasmEngine.ENDIVE, WasmEngine::parse),
            wasm.has("node") ? wasm.value("node", NodeConfig::absolute) : null,
            new Speed(
                resources.value("worstFuelPerSecond", 50_000_000L, Units::fuel),
                resources.value("typicalFuelPerSecond", 400_000_000L, Units::fuel),
                new Overhead(
                    overhead.value("task", OVERHEAD.task(), Units::duration),
                    overhead.value(
                        "thousandInputs",
                        OVERHEAD.entry(),
                        text -> Units.duration(text).dividedBy(1_000)),
                    overhead.value("inputMib", OVERHEAD.inputMib(), Units::duration),
                    overhead.value("outputMib", OVERHEAD.outputMib(), Units::duration),
                    overhead.value("memoryMib", OVERHEAD.memoryMib(), Units::duration))),
            new Tariff(
                price.value("coreHour", per("0.36", 3_600), text -> per(text, 3_600)),
                price.value("memoryGibHour", per("0.036", 3_600), text -> per(text, 3_600)),
                price.value("transferGib", per("0.01", 1), text -> per(text, 1)),
                price.value("attendedGas", 0L, text -> per(text, 1)),
                price.value("quorumGas", 0L, text -> per(text, 1)),
                price.value("margin", 1_000, NodeConfig::basisPoints),
                price.value("placement", 500, NodeConfig::basisPoints),
                price.value("expectedUse", 5_000, NodeConfig::basisPoints)),
            new Limits(
                limits.value("maxRun", Duration.ofHours(1), NodeConfig::positive),
                limits.value("maxInput", 1L << 30, Units::bytes),
                limits.value("maxBondShare", 5_000, NodeConfig::basisPoints),
                limits.value("stakePerConsumer", 1_000, NodeConfig::basisPoints),
                limits.value("stakePerProgram", 1_000, NodeConfig::basisPoints),
                limits.value("stakePerHour", 2_500, NodeConfig::basisPoints),
                (int) limits.number("maxWaiting", 64, 1, 10_000),
                (int) limits.number("maxBidsPerBlock", 64, 1, 10_000)),
            new Delays(
                limits.value("assignDelay", Duration.ofSeconds(5), NodeConfig::positive),
                limits.value("deliverDelay", Duration.ofSeconds(10), NodeConfig::positive),
                limits.value("bidPatience", Duration.ofSeconds(60), NodeConfig::positive),
                limits.value("yield", Duration.ofSeconds(20), Units::duration)),
            watch.flag("challenge", false),
            limits.value("receiptWait", Duration.ofSeconds(5), Units::duration),
            limits.value("maxRetention", Duration.ofDays(30), NodeConfig::positive),
            limits.value("uploadPerToken", 64L << 20, Units::bytes),
            limits.value("freeUpload", 16L << 20, Units::bytes),
            new UploadPrice(price.value("uploadGibHour", Wei.parse("0.001"), NodeConfig::some)),
            price.value("claimFrom", Wei.tokens(1), NodeConfig::some));
    yaml.done();
    return config;
  }

  /// A commented `node.yaml` with this node's own values; every line may be changed by hand.
  public static String template(Network network, String listen, URI endpoint, int workers) {
    return """
    # A Hooke node. Unknown keys are errors; units are written out (500m cores, 64 MiB, 30 s).

    # The chain and the contract. A chain with another genesis is another world and is refused.
    network:
    %s
    # How the chain is followed.
    follow:
      poll: 200 ms          # how often a new block is asked for
      confirmations: 0      # blocks on top of an event before this node acts on it

    # The API: gRPC, gRPC-Web and JSON on one TLS port.
    api:
      listen: %s
      endpoint: %s   # where others reach it; registered on chain

    # What this node sells. One worker runs one task at a time.
    resources:
      cpu: %d
      memory: 2 GiB
      disk: 4 GiB
      workers: %d
      worstFuelPerSecond: 50M      # promised: deadlines are judged by it
      typicalFuelPerSecond: 400M   # expected: prices are made from it

    # What a run takes at the worst beside its fuel, on a whole core: `hooke selftest` measures it. Deadlines are judged by it,
    # and prices are made from as much less of it as fuel is usually faster than promised.
    overhead:
      task: 100 ms             # each task: started, and what it gave kept
      thousandInputs: 500 ms   # a thousand files and directories of the inputs, once and for each task
      inputMib: 15 ms
      outputMib: 45 ms         # what a task may leave
      memoryMib: 25 ms         # what a program's memory starts with

    # What runs tasks' programs: endive, in the worker's JVM, or v8, in Node.js 20 or newer, which is faster. Results are
    # the same to the bit.
    wasm:
      engine: endive
      # node: /usr/bin/node        # for v8: where Node.js is; the one on PATH unless named

    # What it wants for that, in tokens. A bid is cost plus margin, never below.
    price:
      coreHour: 0.36
      memoryGibHour: 0.036
      transferGib: 0.01
      attendedGas: 0        # all transactions of one task, converted to tokens
      quorumGas: 0
      margin: 10 %%
      placement: 5 %%        # at most this much more where the task fits badly
      expectedUse: 50 %%     # part of its limits (fuel, output) that a run usually uses
      uploadGibHour: 0.001  # keeping uploads beyond the limits below, paid by voucher
      claimFrom: 1          # one consumer's vouchers are claimed on chain when they are worth so much,
                            # or when the consumer closes the tab

    # What it does for others' orders with `verify: optimistic`, besides running them.
    watch:
      challenge: false      # rerun what others deliver and challenge what is wrong: no prize, but the results you rely on
                            # stay right. A challenge bonds tokens of the node key's own vault account

    # What it does not want to exceed.
    limits:
      maxRun: 1 h
      maxInput: 1 GiB
      maxBondShare: 50 %%    # most of the stake that one bond may lock
      # Of the stake, what may be lost at a time: bonds of bids and of slots that are not settled yet, and what broke within
      # the last hour. A bid that would go beyond is not made.
      stakePerConsumer: 10 %%
      stakePerProgram: 10 %%
      stakePerHour: 25 %%    # by all consumers and programs
      maxWaiting: 64        # reservations that may wait for a worker
      yield: 20 s           # another slot of an order, which would have to wait here, is left to others for so long
      receiptWait: 5 s      # for an attached consumer's receipt, before delivering without
      maxRetention: 30 d
      uploadPerToken: 64 MiB   # storage for uploads per token in the uploader's vault account, at no price
      freeUpload: 16 MiB
    """
        .formatted(network.toYaml("  "), listen, endpoint, workers, workers);
  }

  /// Tokens (per `seconds`) as token-wei per second, rounded up: an operator never sells below his
  /// word.
  private static long per(String text, long seconds) {
    BigDecimal wei = new BigDecimal(Wei.parse(text).value());
    try {
      return wei.divide(BigDecimal.valueOf(seconds), 0, RoundingMode.CEILING).longValueExact();
    } catch (ArithmeticException e) {
      throw new ConfigException("'" + text + "' tokens is more than any price may be");
    }
  }

  private static Path absolute(String text) {
    Path path = Path.of(text.strip());
    if (!path.isAbsolute()) {
      throw new ConfigException("'" + text + "' is not an absolute path such as /usr/bin/node");
    }
    return path;
  }

  private static Wei some(String text) {
    Wei amount = Wei.parse(text);
    if (amount.isZero()) {
      throw new ConfigException("must be more than zero");
    }
    return amount;
  }

  private static Duration positive(String text) {
    Duration duration = Units.duration(text);
    if (duration.isZero()) {
      throw new ConfigException("must be longer than zero");
    }
    return duration;
  }

  private static int basisPoints(String text) {
    String wanted = "'" + text + "' is not a percentage such as 10 %";
    String digits = text.strip();
    if (!digits.endsWith("%") || digits.length() > 12) {
      throw new ConfigException(wanted);
    }
    try {
      return new BigDecimal(digits.substring(0, digits.length() - 1).strip())
          .movePointRight(2)
          .intValueExact();
    } catch (NumberFormatException | ArithmeticException e) {
      throw new ConfigException(wanted + ", with at most two decimals");
    }
  }

  private static URI https(String text) {
    Function<String, ConfigException> bad =
        value ->
            new ConfigException("'" + value + "' is not a URL such as https://203.0.113.7:7601");
    try {
      URI uri = URI.create(text);
      boolean bare = uri.getRawPath().isEmpty() || uri.getRawPath().equals("/");
      if (!"https".equals(uri.getScheme()) || uri.getHost() == null || !bare) {
        throw bad.apply(text);
      }
      // As the law has it, which knows no default port.
      String address = uri.getHost() + ":" + (uri.getPort() < 0 ? 443 : uri.getPort());
      return PeerEndpoint.parse(address)
          .map(endpoint -> URI.create("https://" + endpoint))
          .orElseThrow(() -> bad.apply(text));
    } catch (IllegalArgumentException e) {
      throw bad.apply(text);
    }
  }

  private record HostPort(String host, int port) {
    static HostPort parse(String text) {
      int colon = text.lastIndexOf(':');
      try {
        int port = Integer.parseInt(text.substring(colon + 1));
        if (colon > 0 && port >= 0 && port <= 65_535) {
          return new HostPort(text.substring(0, colon), port);
        }
      } catch (NumberFormatException e) {
        // Falls through to the one sentence about what is wanted.
      }
      throw new ConfigException("'" + text + "' is not host:port, such as 127.0.0.1:7601");
    }
  }
}
