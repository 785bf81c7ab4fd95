package hooke.storage;

import java.io.IOException;

/// Bytes on disk are not the bytes that were verified when they were put. The blob must be fetched
/// from elsewhere.
public final class BlobDamaged extends IOException {
  private static final long serialVersionUID = 1L;

  BlobDamaged(BlobId id, long chunk) {
    super("Chunk " + chunk + " of blob " + id + " is damaged or missing on disk");
  }
}
