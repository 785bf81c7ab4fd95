package hooke.node.market;

import hooke.storage.BlobId;
import hooke.storage.BlobStore;
import hooke.storage.Holding;
import hooke.storage.PutOutcome;
import java.io.IOException;
import java.io.InputStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/// Brings blobs from an order's origins into this node's store. What an origin sends is hashed
/// before it is kept; wrong bytes, or bytes that trickle, count as if the origin did not have the
/// blob, and the next one is asked.
public final class BlobFetcher {
  /// Who owns what the node fetched for its own work.
  public static final String SELF = "self";

  /// No origin that was asked could give a blob.
  public static final class NotAtOrigins extends IOException {
    private static final long serialVersionUID = 1L;

    NotAtOrigins(String what, List<String> problems) {
      super(
          what
              + " cannot be had: "
              + (problems.isEmpty() ? "the order names no origin" : String.join("; ", problems)));
    }
  }

  private final BlobStore store;
  private final BlobSource source;

  private final LongSupplier promised;

  public BlobFetcher(BlobStore store, BlobSource source) {
    this(store, source, () -> 0);
  }

  /// @param promised bytes of the store that must be left for results
  BlobFetcher(BlobStore store, BlobSource source, LongSupplier promised) {
    this.store = store;
    this.source = source;
    this.promised = promised;
  }

  /// Returns once the blob is held here until `keepUntil` at least.
  ///
  /// @throws NotAtOrigins with a word for each origin that could not give it
  public void fetch(BlobId id, long size, List<NodeView> origins, Instant keepUntil)
      throws IOException, InterruptedException {
    Holding holding = new Holding(SELF, keepUntil, Holding.Access.SHARED);
    if (store.info(id).isPresent()
        && store.put(id, size, holding, Long.MAX_VALUE, InputStream.nullInputStream())
            instanceof PutOutcome.AlreadyHeld) {
      return;
    }
    List<String> problems = new ArrayList<>();
    for (NodeView origin : origins) {
      PutOutcome outcome;
      try (InputStream content = new PacedStream(source.open(origin, id), size, System::nanoTime)) {
        outcome = store.put(id, size, holding, Long.MAX_VALUE, promised.getAsLong(), content);
      } catch (IOException e) {
        problems.add("node " + origin.id() + ": " + e.getMessage());
        continue;
      }
      switch (outcome) {
        case PutOutcome.Stored ignored -> {
          return;
        }
        case PutOutcome.AlreadyHeld ignored -> {
          return;
        }
        case PutOutcome.WrongHash ignored ->
            problems.add("node " + origin.id() + " sent other bytes");
        case PutOutcome.WrongSize wrong ->
            problems.add(
                "node " + origin.id() + " sent another size than " + wrong.declared() + " bytes");
        case PutOutcome.Full full ->
            throw new IOException(
                "no room for blob %s: %d bytes needed, %d free and not promised to results"
                    .formatted(
                        id.prefix(),
                        full.needed(),
                        Math.max(0, full.capacity() - full.used() - promised.getAsLong())));
        case PutOutcome.OverAllowance ignored ->
            throw new IllegalStateException("the node itself has no allowance");
      }
    }
    throw new NotAtOrigins("blob " + id.prefix(), problems);
  }

  /// Reads a small blob that is held here.
  public byte[] read(BlobId id, int most) throws IOException {
    try (InputStream content =
        store
            .read(id, 0)
            .orElseThrow(() -> new IOException("blob " + id.prefix() + " is not held here"))) {
      byte[] bytes = content.readNBytes(most + 1);
      if (bytes.length > most) {
        throw new IOException("blob " + id.prefix() + " is larger than " + most + " bytes");
      }
      return bytes;
    }
  }
}
