package hooke.storage;

import java.time.Instant;

/// What came of putting a blob. Whatever is not [Stored] or [AlreadyHeld] has left nothing behind.
public sealed interface PutOutcome {
  /// The bytes are verified and on disk, synced.
  ///
  /// @param expiry until when they are kept for the owner
  record Stored(Instant expiry) implements PutOutcome {}

  /// The blob was there; it is now kept for the owner too. The stream may not have been read.
  ///
  /// @param expiry until when it is kept for the owner
  record AlreadyHeld(Instant expiry) implements PutOutcome {}

  /// The bytes have another id.
  record WrongHash(BlobId actual) implements PutOutcome {}

  /// The stream ended early, or went on too long, or the blob that is here already has another
  /// size.
  ///
  /// @param atLeast bytes there are; where the stream went on, there are more
  record WrongSize(long declared, long atLeast) implements PutOutcome {}

  /// The owner may not keep so much. All in bytes.
  ///
  /// @param used what the owner keeps or is uploading
  /// @param limit what the owner may keep
  /// @param needed size of this blob
  record OverAllowance(long used, long limit, long needed) implements PutOutcome {}

  /// The store has no room. All in bytes.
  record Full(long used, long capacity, long needed) implements PutOutcome {}
}
