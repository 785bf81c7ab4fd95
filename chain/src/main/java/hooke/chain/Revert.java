package hooke.chain;

import java.util.Map;

/// Why a contract said no.
///
/// @param name the custom error's name as in the law ("InsufficientFree"), or one of the names
///   below
/// @param arguments by name, in the error's order; numbers are `BigInteger`
/// @param sentence the same for a person
public record Revert(String name, Map<String, Object> arguments, String sentence) {
  /// A plain `require(false, "text")`; argument `message`.
  public static final String TEXT = "Error";

  /// A Solidity panic (overflow, division by zero, out of bounds); argument `code`.
  public static final String PANIC = "Panic";

  /// Data that no known error explains, or none at all; argument `data`.
  public static final String UNKNOWN = "Unknown";

  /// The transaction was mined and failed, and its reason can no longer be reproduced.
  public static final String LOST = "Lost";

  public boolean is(String error) {
    return name.equals(error);
  }
}
