package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.storage.BlobId;
import java.io.IOException;
import java.io.InputStream;

/// Another node that may hold a blob. The bytes are a stranger's: whoever reads them checks the id.
public interface BlobSource {
  /// Opens the blob at `node` from its first byte.
  ///
  /// @throws IOException if the node cannot be reached, does not hold it or does not hand it out
  InputStream open(NodeView node, BlobId id) throws IOException, InterruptedException;

  /// Opens the table of leaves of an array's slot that `node` delivered in an OPTIMISTIC order;
  /// whoever reads it compares it with the root on chain.
  InputStream leaves(NodeView node, Bytes32 order, int slot)
      throws IOException, InterruptedException;
}
