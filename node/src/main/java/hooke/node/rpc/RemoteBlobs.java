package hooke.node.rpc;

import hooke.chain.Bytes32;
import hooke.chain.eip712.Domain;
import hooke.chain.wallet.Signer;
import hooke.node.config.Network;
import hooke.node.config.Reach;
import hooke.node.market.BlobSource;
import hooke.node.market.NodeView;
import hooke.storage.BlobId;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.util.HashMap;
import java.util.Map;

/// Reads blobs from other nodes over their API, in the name of this node's key. Keeps one client
/// for each node until the node's registration changes. Any thread.
public final class RemoteBlobs implements BlobSource, AutoCloseable {
  private final Domain domain;
  private final Reach reach;
  private final Signer key;
  private final Clock clock;
  private final Map<Integer, Peer> peers = new HashMap<>();
  private boolean closed;

  private record Peer(NodeView node, NodeClient client) {}

  public RemoteBlobs(Network network, Signer key, Clock clock) {
    this.domain = Domain.hooke(network.chainId(), network.contract());
    this.reach = network.reach();
    this.key = key;
    this.clock = clock;
  }

  @Override
  public InputStream open(NodeView node, BlobId id) throws IOException {
    try {
      return client(node).openBlob(id, 0);
    } catch (RpcFailure e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  @Override
  public InputStream leaves(NodeView node, Bytes32 order, int slot)
      throws IOException, InterruptedException {
    try {
      return client(node).openTable(NodeClient.taskName(order, slot)).table();
    } catch (RpcFailure e) {
      throw new IOException(e.getMessage(), e);
    }
  }

  private synchronized NodeClient client(NodeView node) throws IOException {
    if (closed) {
      throw new IOException("the node is stopping");
    }
    Peer peer = peers.get(node.id());
    if (peer != null && peer.node().profile().equals(node.profile())) {
      return peer.client();
    }
    if (peer != null) {
      peers.remove(node.id());
      peer.client().close();
    }
    NodeClient client =
        new NodeClient(
            node.id(),
            node.profile().endpoint(),
            node.profile().tlsKeyHash(),
            domain,
            key,
            clock,
            reach);
    peers.put(node.id(), new Peer(node, client));
    return client;
  }

  @Override
  public synchronized void close() {
    closed = true;
    peers.values().forEach(peer -> peer.client().close());
    peers.clear();
  }
}
