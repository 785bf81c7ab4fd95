package hooke.node.task;

import hooke.chain.Bytes32;
import hooke.chain.Data;
import hooke.chain.eip712.SignedVoucher;
import hooke.storage.BlobId;
import hooke.v1.LogChunk;
import hooke.v1.Node;
import hooke.v1.QuoteOrderResponse;
import hooke.v1.ReadLogsResponse;
import hooke.v1.Task;
import hooke.v1.TaskSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/// What a consumer asks of one provider's node. Calls block; they fail with `TaskException`
/// `UNREACHABLE` when the node does not answer, and with the node's own reason otherwise.
public interface ProviderNode extends AutoCloseable {
  Node describe(Duration deadline);

  QuoteOrderResponse quote(TaskSpec spec, hooke.v1.Terms terms, Duration deadline);

  /// What it does about an order that was placed.
  QuoteOrderResponse quote(Bytes32 order, Duration deadline);

  /// Uploads unless the node holds it already.
  ///
  /// @param voucher pays for it; empty: the node is asked to keep it at no price
  UploadAnswer upload(LocalBlob blob, Instant keepUntil, Optional<SignedVoucher> voucher);

  /// Reads a blob from `offset` to its end.
  void download(BlobId blob, long offset, OutputStream to) throws IOException;

  Task task(Bytes32 order, int slot);

  /// Follows a task until its stream ends. Interrupting the thread ends it too.
  void watch(
      Bytes32 order, int slot, boolean logs, Consumer<Task> changes, Consumer<LogChunk> output)
      throws InterruptedException;

  /// A piece of output from `offset` on; empty data at the end.
  ///
  /// @param index of an array: which task's, by its index in the order; else empty
  ReadLogsResponse logs(
      Bytes32 order, int slot, OptionalInt index, LogChunk.Stream stream, long offset);

  /// Writes the archive to `to` and returns what the node says it is; neither is verified here.
  hooke.v1.Result result(Bytes32 order, int slot, OutputStream to) throws IOException;

  /// The same for one task of an array's slot, by its index in the order.
  hooke.v1.Result archive(Bytes32 order, int slot, int index, OutputStream to) throws IOException;

  /// Writes the table of leaves of an array's slot to `to`, as [#result] does an archive.
  hooke.v1.ArrayResult table(Bytes32 order, int slot, OutputStream to) throws IOException;

  Task receipt(Bytes32 order, int slot, Data receipt);

  @Override
  void close();

  /// Makes connections in one consumer's name.
  @FunctionalInterface
  interface Connector {
    ProviderNode connect(hooke.node.market.NodeView node);
  }
}
