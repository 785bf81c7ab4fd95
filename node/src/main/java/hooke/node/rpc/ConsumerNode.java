package hooke.node.rpc;

import hooke.chain.Bytes32;
import hooke.chain.Data;
import hooke.chain.Wei;
import hooke.chain.eip712.Domain;
import hooke.chain.eip712.SignedVoucher;
import hooke.chain.wallet.Signer;
import hooke.node.config.Network;
import hooke.node.task.LocalBlob;
import hooke.node.task.ProviderNode;
import hooke.node.task.TaskException;
import hooke.node.task.UploadAnswer;
import hooke.storage.BlobId;
import hooke.v1.ArrayResult;
import hooke.v1.LogChunk;
import hooke.v1.Node;
import hooke.v1.QuoteOrderResponse;
import hooke.v1.ReadLogsResponse;
import hooke.v1.Result;
import hooke.v1.Task;
import hooke.v1.TaskSpec;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/// A provider's node as a consumer sees it, over the node's API.
public final class ConsumerNode implements ProviderNode {
  /// An amount that the law can count: some digits fewer than 2^104 has.
  private static final Pattern AMOUNT = Pattern.compile("[0-9]{1,31}");

  private final NodeClient client;

  public ConsumerNode(NodeClient client) {
    this.client = client;
  }

  /// Connects in the name of `signer`.
  public static Connector connector(Network network, Signer signer, Clock clock) {
    Domain domain = Domain.hooke(network.chainId(), network.contract());
    return node ->
        told(() ->
            new ConsumerNode(
                new NodeClient(
                    node.id(),
                    node.profile().endpoint(),
                    node.profile().tlsKeyHash(),
                    domain,
                    signer,
                    clock,
                    network.reach())));
  }

  @Override
  public Node describe(Duration deadline) {
    return told(() -> client.node(deadline));
  }

  @Override
  public QuoteOrderResponse quote(TaskSpec spec, hooke.v1.Terms terms, Duration deadline) {
    return told(() -> client.quote(spec, terms, deadline));
  }

  @Override
  public QuoteOrderResponse quote(Bytes32 order, Duration deadline) {
    return told(() -> client.quote(order, deadline));
  }

  @Override
  public UploadAnswer upload(LocalBlob blob, Instant keepUntil, Optional<SignedVoucher> voucher) {
    try (InputStream content = blob.open()) {
      client.upload(blob.id(), blob.size(), content, keepUntil, voucher);
      return new UploadAnswer.Kept();
    } catch (RpcFailure e) {
      return switch (e.reason()) {
        case "UPLOAD_ALLOWANCE_EXCEEDED", "VOUCHER_TOO_SMALL" -> asks(e);
        case "TAB_TOO_SMALL", "PAID_UPLOAD_UNDERWAY" -> new UploadAnswer.NotYet(e.getMessage());
        default -> throw failed(e);
      };
    } catch (IOException e) {
      throw new TaskException(
          TaskException.Code.NO_INPUT,
          "%s %s could not be uploaded: %s".formatted(blob.what(), blob.file(), e.getMessage()),
          "check that the file can be read",
          e);
    }
  }

  /// What a refusal asks for.
  private static UploadAnswer.Asks asks(RpcFailure refusal) {
    Wei cost = wei(refusal, "cost_wei");
    Wei total = wei(refusal, "voucher_total_wei");
    if (total.compareTo(cost) < 0) {
      throw silentAboutPrice(refusal);
    }
    return new UploadAnswer.Asks(cost, total);
  }

  private static Wei wei(RpcFailure refusal, String name) {
    String text = refusal.metadata().getOrDefault(name, "");
    if (!AMOUNT.matcher(text).matches()) {
      throw silentAboutPrice(refusal);
    }
    return new Wei(new BigInteger(text));
  }

  private static TaskException silentAboutPrice(RpcFailure refusal) {
    return new TaskException(
        TaskException.Code.NO_FUNDS,
        refusal.getMessage(),
        "deposit more: hooke wallet deposit",
        refusal);
  }

  @Override
  public void download(BlobId blob, long offset, OutputStream to) throws IOException {
    try (InputStream content = told(() -> client.openBlob(blob, offset))) {
      content.transferTo(to);
    }
  }

  @Override
  public Task task(Bytes32 order, int slot) {
    return told(() -> client.task(NodeClient.taskName(order, slot)));
  }

  @Override
  public void watch(
      Bytes32 order, int slot, boolean logs, Consumer<Task> changes, Consumer<LogChunk> output)
      throws InterruptedException {
    try {
      client.watch(NodeClient.taskName(order, slot), logs, changes, output);
    } catch (RpcFailure e) {
      throw failed(e);
    }
  }

  @Override
  public ReadLogsResponse logs(
      Bytes32 order, int slot, OptionalInt index, LogChunk.Stream stream, long offset) {
    return told(() -> client.logs(NodeClient.taskName(order, slot), index, stream, offset));
  }

  @Override
  public Result result(Bytes32 order, int slot, OutputStream to) throws IOException {
    return archive(() -> client.openResult(NodeClient.taskName(order, slot)), to);
  }

  @Override
  public Result archive(Bytes32 order, int slot, int index, OutputStream to) throws IOException {
    return archive(() -> client.openResult(NodeClient.taskName(order, slot), index), to);
  }

  private static Result archive(Opening<NodeClient.OpenResult> opening, OutputStream to)
      throws IOException {
    try (NodeClient.OpenResult result = opened(opening)) {
      transfer(result.archive(), to);
      return result.result();
    }
  }

  @FunctionalInterface
  private interface Opening<T> {
    T open() throws InterruptedException;
  }

  private static <T> T opened(Opening<T> opening) throws IOException {
    try {
      return opening.open();
    } catch (RpcFailure e) {
      throw failed(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static void transfer(InputStream from, OutputStream to) throws IOException {
    try {
      from.transferTo(to);
    } catch (RpcFailure e) {
      throw failed(e);
    }
  }

  @Override
  public ArrayResult table(Bytes32 order, int slot, OutputStream to) throws IOException {
    try (NodeClient.OpenTable table =
        opened(() -> client.openTable(NodeClient.taskName(order, slot)))) {
      transfer(table.table(), to);
      return table.result();
    }
  }

  @Override
  public Task receipt(Bytes32 order, int slot, Data receipt) {
    return told(() -> client.submitReceipt(NodeClient.taskName(order, slot), receipt));
  }

  @Override
  public void close() {
    client.close();
  }

  private static <T> T told(Supplier<T> call) {
    try {
      return call.get();
    } catch (RpcFailure e) {
      throw failed(e);
    }
  }

  private static TaskException failed(RpcFailure e) {
    TaskException.Code code =
        switch (e.reason()) {
          case "NOT_OWNER" -> TaskException.Code.NOT_OWNER;
          case "SPEC_INVALID", "INVALID_ARGUMENT" -> TaskException.Code.BAD_INPUT;
          case "TASK_NOT_FOUND" -> TaskException.Code.UNKNOWN_ORDER;
          case "RESULT_NOT_READY" -> TaskException.Code.WRONG_STATE;
          case "RESULT_GONE" -> TaskException.Code.NO_RESULT;
          case RpcFailure.TIMEOUT -> TaskException.Code.TIMEOUT;
          default -> TaskException.Code.UNREACHABLE;
        };
    String hint =
        switch (code) {
          case UNREACHABLE, TIMEOUT -> "try again later, or let other nodes do it";
          default -> "";
        };
    return new TaskException(code, e.getMessage(), hint, e);
  }
}
