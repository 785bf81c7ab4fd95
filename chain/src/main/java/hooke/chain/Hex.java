package hooke.chain;

import java.util.HexFormat;

/// Reads and writes hexadecimal with the `0x` that Ethereum puts in front.
final class Hex {
  private static final HexFormat FORMAT = HexFormat.of();

  private Hex() {}

  static String write(byte[] bytes) {
    return "0x" + FORMAT.formatHex(bytes);
  }

  /// Bytes of `text`, with or without `0x`.
  ///
  /// @throws IllegalArgumentException naming `what`, when it is not an even number of hex digits
  static byte[] read(String what, String text) {
    String digits = text.startsWith("0x") || text.startsWith("0X") ? text.substring(2) : text;
    try {
      return FORMAT.parseHex(digits);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "'%s' is not %s: it must be an even number of hex digits after 0x"
              .formatted(shorten(text), what),
          e);
    }
  }

  static String shorten(String text) {
    return text.length() <= 100 ? text : text.substring(0, 97) + "...";
  }
}
