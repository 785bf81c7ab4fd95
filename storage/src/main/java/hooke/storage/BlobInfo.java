package hooke.storage;

import java.time.Instant;
import java.util.List;

/// What the store knows of a blob.
///
/// @param id its id
/// @param size its size in bytes
/// @param holdings for whom it is kept, by owner; empty when only a pin or an open reader keeps it
/// @param pins names of the pins on it
public record BlobInfo(BlobId id, long size, List<Holding> holdings, List<String> pins) {
  /// Whether this reader may see the blob: some holding is shared, or one is the reader's own.
  public boolean readableBy(String reader) {
    return holdings.stream()
        .anyMatch(h -> h.access() == Holding.Access.SHARED || h.owner().equals(reader));
  }

  /// The latest expiry of its holdings; the epoch when there is none.
  public Instant expiry() {
    return holdings.stream().map(Holding::expiry).max(Instant::compareTo).orElse(Instant.EPOCH);
  }
}
