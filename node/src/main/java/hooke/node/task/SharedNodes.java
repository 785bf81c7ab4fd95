package hooke.node.task;

import hooke.chain.Bytes32;
import hooke.chain.Data;
import hooke.chain.eip712.SignedVoucher;
import hooke.node.market.NodeView;
import hooke.storage.BlobId;
import hooke.v1.LogChunk;
import hooke.v1.Node;
import hooke.v1.QuoteOrderResponse;
import hooke.v1.ReadLogsResponse;
import hooke.v1.Result;
import hooke.v1.Task;
import hooke.v1.TaskSpec;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/// One connection to each node, kept for as long as a consumer deals with the market. A purchase
/// asks the same few nodes for a quote, for room and for the result; were each a connection of its
/// own, the last one would be made while the provider waits for a receipt, and cost a block.
///
/// Any thread. What [#connect] gives may be closed and asked for again at no cost; closing this
/// ends the connections.
public final class SharedNodes implements ProviderNode.Connector, AutoCloseable {
  private final ProviderNode.Connector connector;
  private final Map<NodeView, ProviderNode> open = new HashMap<>();
  private boolean closed;

  public SharedNodes(ProviderNode.Connector connector) {
    this.connector = connector;
  }

  @Override
  public synchronized ProviderNode connect(NodeView node) {
    if (closed) {
      throw new IllegalStateException("the connections are closed");
    }
    return new Borrowed(open.computeIfAbsent(node, connector::connect));
  }

  @Override
  public synchronized void close() {
    closed = true;
    open.values().forEach(ProviderNode::close);
    open.clear();
  }

  private record Borrowed(ProviderNode node) implements ProviderNode {
    @Override
    public Node describe(Duration deadline) {
      return node.describe(deadline);
    }

    @Override
    public QuoteOrderResponse quote(TaskSpec spec, hooke.v1.Terms terms, Duration deadline) {
      return node.quote(spec, terms, deadline);
    }

    @Override
    public QuoteOrderResponse quote(Bytes32 order, Duration deadline) {
      return node.quote(order, deadline);
    }

    @Override
    public UploadAnswer upload(LocalBlob blob, Instant keepUntil, Optional<SignedVoucher> voucher) {
      return node.upload(blob, keepUntil, voucher);
    }

    @Override
    public void download(BlobId blob, long offset, OutputStream to) throws IOException {
      node.download(blob, offset, to);
    }

    @Override
    public Task task(Bytes32 order, int slot) {
      return node.task(order, slot);
    }

    @Override
    public void watch(
        Bytes32 order, int slot, boolean logs, Consumer<Task> changes, Consumer<LogChunk> output)
        throws InterruptedException {
      node.watch(order, slot, logs, changes, output);
    }

    @Override
    public ReadLogsResponse logs(
        Bytes32 order, int slot, OptionalInt index, LogChunk.Stream stream, long offset) {
      return node.logs(order, slot, index, stream, offset);
    }

    @Override
    public Result result(Bytes32 order, int slot, OutputStream to) throws IOException {
      return node.result(order, slot, to);
    }

    @Override
    public hooke.v1.Result archive(Bytes32 order, int slot, int index, OutputStream to)
        throws IOException {
      return node.archive(order, slot, index, to);
    }

    @Override
    public hooke.v1.ArrayResult table(Bytes32 order, int slot, OutputStream to) throws IOException {
      return node.table(order, slot, to);
    }

    @Override
    public Task receipt(Bytes32 order, int slot, Data receipt) {
      return node.receipt(order, slot, receipt);
    }

    /// The connection is another's, too.
    @Override
    public void close() {}
  }
}
