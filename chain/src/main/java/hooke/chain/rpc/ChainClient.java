package hooke.chain.rpc;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Call;
import hooke.chain.ChainException;
import hooke.chain.ChainUnreachable;
import hooke.chain.Data;
import hooke.chain.Wei;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import okhttp3.ConnectionPool;
import okhttp3.OkHttpClient;
import org.jspecify.annotations.Nullable;
import org.web3j.protocol.core.BatchRequest;
import org.web3j.protocol.core.Request;
import org.web3j.protocol.core.Response;
import org.web3j.protocol.exceptions.ClientConnectionException;
import org.web3j.protocol.http.HttpService;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Asks a chain over HTTP JSON-RPC. Several endpoints may be given: a request that an endpoint
/// cannot take goes to the next, once round; then it fails with [ChainUnreachable]. Blocking; safe
/// for many threads (made for virtual ones). Nothing is cached but what cannot change.
public final class ChainClient implements AutoCloseable {
  /// Longest wait for an answer, unless told otherwise.
  public static final Duration TIMEOUT = Duration.ofSeconds(10);

  /// Requests of one batch; larger ones are cut.
  private static final int BATCH_LIMIT = 200;

  private static final int IDLE_CONNECTIONS = 32;
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final BigInteger DEFAULT_TIP = BigInteger.valueOf(1_000_000_000L);

  private final List<URI> endpoints;
  private final List<HttpService> services;
  private final OkHttpClient http;
  private volatile int preferred;

  private ChainClient(List<URI> endpoints, Duration timeout) {
    this.endpoints = endpoints;
    this.http =
        new OkHttpClient.Builder()
            .connectTimeout(timeout)
            .readTimeout(timeout)
            .writeTimeout(timeout)
            .callTimeout(timeout)
            .connectionPool(new ConnectionPool(IDLE_CONNECTIONS, 1, TimeUnit.MINUTES))
            .build();
    this.services = endpoints.stream().map(uri -> new HttpService(uri.toString(), http)).toList();
  }

  /// Opens nothing yet: the first request connects.
  public static ChainClient of(URI... endpoints) {
    return of(List.of(endpoints), TIMEOUT);
  }

  public static ChainClient of(List<URI> endpoints, Duration timeout) {
    if (endpoints.isEmpty()) {
      throw new IllegalArgumentException("a chain needs at least one URL");
    }
    for (URI uri : endpoints) {
      if (!"http".equals(uri.getScheme()) && !"https".equals(uri.getScheme())) {
        throw new IllegalArgumentException(
            "'%s' is not a chain's URL: it must begin with http:// or https://".formatted(uri));
      }
    }
    return new ChainClient(List.copyOf(endpoints), timeout);
  }

  /// The URLs, for messages.
  public String endpoints() {
    return endpoints.stream().map(ChainClient::withoutSecrets).collect(Collectors.joining(", "));
  }

  public long chainId() {
    return quantity(ask("eth_chainId")).longValueExact();
  }

  /// Hash of block 0. Asked anew each time: a devnet behind the same URL may have been started
  /// anew.
  public Bytes32 genesisHash() {
    return block(0)
        .orElseThrow(() ->
            new ChainException(
                ChainException.Code.RPC_REFUSED,
                endpoints() + " has no block 0: it is not a whole chain"))
        .hash();
  }

  public long latestNumber() {
    return quantity(ask("eth_blockNumber")).longValueExact();
  }

  public BlockRef latest() {
    return blockOf(ask("eth_getBlockByNumber", "latest", false));
  }

  public Optional<BlockRef> block(long number) {
    JsonNode node = ask("eth_getBlockByNumber", hex(number), false);
    return node.isNull() ? Optional.empty() : Optional.of(blockOf(node));
  }

  /// Several blocks in one request; a number that is not there yet is left out.
  public List<BlockRef> blocks(long from, long to) {
    List<Object[]> parameters = new ArrayList<>();
    for (long number = from; number <= to; number++) {
      parameters.add(new Object[] {hex(number), false});
    }
    return askMany("eth_getBlockByNumber", parameters).stream()
        .filter(node -> !node.isNull())
        .map(ChainClient::blockOf)
        .toList();
  }

  /// Logs of one contract in blocks `from` to `to`, both included, in chain order.
  public List<LogEntry> logs(Address address, long from, long to) {
    return logsOf(
        ask(
            "eth_getLogs",
            Map.of("address", address.toString(), "fromBlock", hex(from), "toBlock", hex(to))));
  }

  /// Logs of one contract in the block with this hash; an endpoint that does not know the block
  /// refuses.
  public List<LogEntry> logs(Address address, Bytes32 block) {
    return logsOf(
        ask("eth_getLogs", Map.of("address", address.toString(), "blockHash", block.toString())));
  }

  /// Simulates; changes nothing.
  ///
  /// @throws ExecutionReverted with the contract's data
  public Data call(Call call, Address from, At at) {
    return data(ask("eth_call", transaction(call, from), at.tag()));
  }

  /// Gas that the call would use now.
  ///
  /// @throws ExecutionReverted with the contract's data
  public long estimateGas(Call call, Address from, At at) {
    return quantity(ask("eth_estimateGas", transaction(call, from), at.tag())).longValueExact();
  }

  /// Gas that creating a contract with this code and these arguments would use.
  public long estimateCreation(Address from, Data initCode) {
    return quantity(
            ask(
                "eth_estimateGas",
                Map.of("from", from.toString(), "data", initCode.hex()),
                At.LATEST.tag()))
        .longValueExact();
  }

  /// Fees that get a transaction into one of the next blocks: the tip the endpoint suggests, and
  /// twice the base fee, so that six full blocks in a row do not price it out.
  public Fees fees() {
    JsonNode block = ask("eth_getBlockByNumber", "latest", false);
    JsonNode baseFee = block.get("baseFeePerGas");
    if (baseFee == null) {
      BigInteger price = quantity(ask("eth_gasPrice"));
      return new Fees(price, price);
    }
    BigInteger tip;
    try {
      tip = quantity(ask("eth_maxPriorityFeePerGas"));
    } catch (RpcRefused e) {
      tip = DEFAULT_TIP;
    }
    return new Fees(quantity(baseFee).shiftLeft(1).add(tip), tip);
  }

  /// Transactions that `account` has had mined (or, for [At#PENDING], also queued here): its next
  /// nonce.
  public long nonce(Address account, At at) {
    return quantity(ask("eth_getTransactionCount", account.toString(), at.tag())).longValueExact();
  }

  /// The account's balance of the chain's own coin, which pays for gas.
  public Wei balance(Address account) {
    return new Wei(quantity(ask("eth_getBalance", account.toString(), At.LATEST.tag())));
  }

  public boolean hasCode(Address address) {
    return !codes(List.of(address)).getFirst().isEmpty();
  }

  /// The code at each of these addresses, in one request; empty where there is none.
  public List<Data> codes(List<Address> addresses) {
    List<Object[]> parameters =
        addresses.stream()
            .map(address -> new Object[] {address.toString(), At.LATEST.tag()})
            .toList();
    return askMany("eth_getCode", parameters).stream().map(ChainClient::data).toList();
  }

  /// Hands a signed transaction to the chain; returns its hash.
  ///
  /// @throws RpcRefused if the endpoint does not take it
  public Bytes32 send(Data signed) {
    return Bytes32.parse(ask("eth_sendRawTransaction", signed.hex()).asString());
  }

  /// Hands many signed transactions over in few requests. For each, in order: empty when taken,
  /// else the endpoint's refusal.
  public List<Optional<String>> sendAll(List<Data> signed) {
    List<Optional<String>> outcomes = new ArrayList<>(signed.size());
    for (int start = 0; start < signed.size(); start += BATCH_LIMIT) {
      List<Data> part = signed.subList(start, Math.min(start + BATCH_LIMIT, signed.size()));
      outcomes.addAll(
          roundTrip(
              "eth_sendRawTransaction",
              service -> {
                BatchRequest batch = new BatchRequest(service);
                for (Data each : part) {
                  batch.add(
                      new Request<>(
                          "eth_sendRawTransaction", List.of(each.hex()), service, Json.class));
                }
                List<Optional<String>> refusals = new ArrayList<>();
                for (Response<?> answer : batch.send().getResponses()) {
                  refusals.add(
                      Optional.ofNullable(answer.getError())
                          .map(e -> e.getMessage() == null ? "no reason" : e.getMessage()));
                }
                return refusals;
              }));
    }
    return outcomes;
  }

  /// Empty while it is not mined.
  public Optional<TxReceipt> receipt(Bytes32 transaction) {
    return receiptOf(ask("eth_getTransactionReceipt", transaction.toString()));
  }

  /// The receipts of those among `transactions` that are mined, in one request.
  public List<TxReceipt> receipts(List<Bytes32> transactions) {
    List<Object[]> parameters =
        transactions.stream().map(hash -> new Object[] {hash.toString()}).toList();
    return askMany("eth_getTransactionReceipt", parameters).stream()
        .map(ChainClient::receiptOf)
        .flatMap(Optional::stream)
        .toList();
  }

  /// Any method, for what only some chains offer (mining on demand, time travel). The answer is
  /// JSON text.
  public String raw(String method, Object... parameters) {
    return ask(method, parameters).toString();
  }

  @Override
  public void close() {
    http.connectionPool().evictAll();
    http.dispatcher().executorService().shutdown();
  }

  private JsonNode ask(String method, Object... parameters) {
    return roundTrip(
        method,
        service -> {
          Json answer =
              new Request<>(method, Arrays.asList(parameters), service, Json.class).send();
          return resultOf(method, service, answer);
        });
  }

  private List<JsonNode> askMany(String method, List<Object[]> parameters) {
    List<JsonNode> results = new ArrayList<>(parameters.size());
    for (int start = 0; start < parameters.size(); start += BATCH_LIMIT) {
      List<Object[]> part =
          parameters.subList(start, Math.min(start + BATCH_LIMIT, parameters.size()));
      results.addAll(
          roundTrip(
              method,
              service -> {
                BatchRequest batch = new BatchRequest(service);
                for (Object[] each : part) {
                  batch.add(new Request<>(method, Arrays.asList(each), service, Json.class));
                }
                List<JsonNode> answers = new ArrayList<>();
                for (Response<?> answer : batch.send().getResponses()) {
                  answers.add(resultOf(method, service, (Json) answer));
                }
                return answers;
              }));
    }
    return results;
  }

  private <T> T roundTrip(String method, Exchange<T> exchange) {
    int first = preferred;
    Exception failure = null;
    for (int i = 0; i < services.size(); i++) {
      int index = (first + i) % services.size();
      try {
        T result = exchange.with(services.get(index));
        if (index != first) {
          preferred = index;
        }
        return result;
      } catch (IOException | ClientConnectionException | JacksonException e) {
        failure = e;
      }
    }
    throw new ChainUnreachable(
        "no chain answers at %s (%s: %s): is it running, and is the URL right?"
            .formatted(endpoints(), method, causeOf(failure)),
        failure);
  }

  private static JsonNode resultOf(String method, HttpService service, Json answer) {
    Response.Error error = answer.getError();
    if (error != null) {
      throw failure(method, withoutSecrets(URI.create(service.getUrl())), error);
    }
    JsonNode result = answer.getResult();
    return result == null ? JSON.nullNode() : result;
  }

  private static ChainException failure(String method, String url, Response.Error error) {
    String message = error.getMessage() == null ? "no reason given" : error.getMessage();
    boolean executes = method.equals("eth_call") || method.equals("eth_estimateGas");
    if (executes && (error.getCode() == 3 || message.toLowerCase(Locale.ROOT).contains("revert"))) {
      return new ExecutionReverted(revertData(error.getData()), message);
    }
    return new RpcRefused(method, url, error.getCode(), message);
  }

  /// Anvil and geth give the data as a hex string, Hardhat as an object that has it under `data`.
  private static Data revertData(@Nullable String json) {
    if (json == null) {
      return Data.EMPTY;
    }
    try {
      JsonNode node =
          json.startsWith("0x") ? JSON.getNodeFactory().stringNode(json) : JSON.readTree(json);
      while (node.isObject() && node.has("data")) {
        node = node.get("data");
      }
      return node.isString() ? Data.parse(node.asString()) : Data.EMPTY;
    } catch (JacksonException | IllegalArgumentException e) {
      return Data.EMPTY;
    }
  }

  private static Map<String, Object> transaction(Call call, Address from) {
    Map<String, Object> transaction = new LinkedHashMap<>();
    transaction.put("from", from.toString());
    transaction.put("to", call.to().toString());
    transaction.put("data", call.data().hex());
    if (!call.value().isZero()) {
      transaction.put("value", "0x" + call.value().value().toString(16));
    }
    if (call.gas().isPresent()) {
      transaction.put("gas", hex(call.gas().getAsLong()));
    }
    return transaction;
  }

  private static BlockRef blockOf(JsonNode node) {
    return new BlockRef(
        quantity(node.get("number")).longValueExact(),
        Bytes32.parse(text(node, "hash")),
        Bytes32.parse(text(node, "parentHash")),
        quantity(node.get("timestamp")).longValueExact());
  }

  private static List<LogEntry> logsOf(JsonNode node) {
    List<LogEntry> logs = new ArrayList<>();
    for (JsonNode log : node) {
      List<Bytes32> topics = new ArrayList<>();
      for (JsonNode topic : log.get("topics")) {
        topics.add(Bytes32.parse(topic.asString()));
      }
      logs.add(
          new LogEntry(
              Address.parse(text(log, "address")),
              topics,
              data(log.get("data")),
              quantity(log.get("blockNumber")).longValueExact(),
              Bytes32.parse(text(log, "blockHash")),
              Bytes32.parse(text(log, "transactionHash")),
              quantity(log.get("logIndex")).intValueExact()));
    }
    return logs;
  }

  private static Optional<TxReceipt> receiptOf(JsonNode node) {
    if (node.isNull()) {
      return Optional.empty();
    }
    JsonNode created = node.get("contractAddress");
    JsonNode price = node.get("effectiveGasPrice");
    return Optional.of(
        new TxReceipt(
            Bytes32.parse(text(node, "transactionHash")),
            quantity(node.get("blockNumber")).longValueExact(),
            Bytes32.parse(text(node, "blockHash")),
            quantity(node.get("status")).signum() > 0,
            quantity(node.get("gasUsed")).longValueExact(),
            price == null || price.isNull() ? Wei.ZERO : new Wei(quantity(price)),
            created == null || created.isNull()
                ? Optional.empty()
                : Optional.of(Address.parse(created.asString())),
            logsOf(node.get("logs"))));
  }

  private static BigInteger quantity(@Nullable JsonNode node) {
    if (node == null || !node.isString() || !node.asString().startsWith("0x")) {
      throw new ChainException(
          ChainException.Code.RPC_REFUSED, "the chain's answer has no number where one belongs");
    }
    String digits = node.asString().substring(2);
    return digits.isEmpty() ? BigInteger.ZERO : new BigInteger(digits, 16);
  }

  private static Data data(JsonNode node) {
    return Data.parse(node.asString());
  }

  private static String text(JsonNode node, String field) {
    JsonNode value = node.get(field);
    if (value == null || value.isNull()) {
      throw new ChainException(
          ChainException.Code.RPC_REFUSED, "the chain's answer lacks the field " + field);
    }
    return value.asString();
  }

  private static String hex(long number) {
    return "0x" + Long.toHexString(number);
  }

  /// Keys of hosted endpoints stand in the path or the query: messages name scheme, host and port
  /// only.
  private static String withoutSecrets(URI uri) {
    String port = uri.getPort() < 0 ? "" : ":" + uri.getPort();
    return uri.getScheme() + "://" + uri.getHost() + port;
  }

  private static String causeOf(@Nullable Exception failure) {
    if (failure == null) {
      return "no endpoint";
    }
    String message = failure.getMessage();
    return message == null
        ? failure.getClass().getSimpleName()
        : message.lines().findFirst().orElse("");
  }

  @FunctionalInterface
  private interface Exchange<T> {
    T with(HttpService service) throws IOException;
  }

  /// An answer kept as JSON: each method above reads what it needs.
  static final class Json extends Response<JsonNode> {}
}
