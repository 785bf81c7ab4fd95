package hooke.storage;

import java.time.Instant;

/// For whom a blob is kept, until when, and who may read it. A blob has one holding per owner and
/// lives while any is left (or a pin).
///
/// @param owner who pays with their allowance: 1 to 64 printable ASCII characters, e.g. an
///   account's address
/// @param expiry kept until then, cut to whole milliseconds
/// @param access who may read it on the strength of this holding
public record Holding(String owner, Instant expiry, Access access) {
  /// Who may read a blob.
  public enum Access {
    /// Whoever knows its id.
    SHARED,
    /// Only the owner of the holding.
    OWNER_ONLY
  }

  /// Checks the owner.
  public Holding {
    if (!owner.matches("[!-~]{1,64}")) {
      throw new IllegalArgumentException("An owner is 1 to 64 printable ASCII characters");
    }
    expiry = Instant.ofEpochMilli(expiry.toEpochMilli());
  }

  /// Both promises in one: the later expiry, the wider access.
  Holding joinedWith(Holding other) {
    return new Holding(
        owner,
        expiry.isAfter(other.expiry) ? expiry : other.expiry,
        access == Access.SHARED ? Access.SHARED : other.access);
  }
}
