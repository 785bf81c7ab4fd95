package hooke.node.spec;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/// Words of a stranger, made fit for one line of a message or a terminal: what could move a cursor,
/// turn the text around or hide is written as `\n`, `\t`, `\xff` or by its code point, and what is
/// long is cut.
public final class Escaped {
  /// Characters that are shown of one name or argument.
  public static final int NAME = 120;

  private Escaped() {}

  /// A name or an argument, cut after [#NAME] characters.
  public static String name(String text) {
    return text(text, NAME);
  }

  /// Bytes that should be UTF-8; those that are not are shown one by one.
  public static String name(byte[] bytes) {
    StringBuilder shown = new StringBuilder();
    int at = 0;
    while (at < bytes.length && shown.length() <= NAME) {
      int length = sequence(bytes, at);
      if (length == 0) {
        shown.append("\\x%02x".formatted(bytes[at++] & 0xff));
      } else {
        append(shown, new String(bytes, at, length, StandardCharsets.UTF_8).codePointAt(0));
        at += length;
      }
    }
    return at < bytes.length || shown.length() > NAME ? cut(shown, NAME) : shown.toString();
  }

  /// Text cut after `most` characters.
  public static String text(String text, int most) {
    StringBuilder shown = new StringBuilder();
    int at = 0;
    while (at < text.length() && shown.length() <= most) {
      int point = text.codePointAt(at);
      append(shown, point);
      at += Character.charCount(point);
    }
    return at < text.length() || shown.length() > most ? cut(shown, most) : shown.toString();
  }

  private static String cut(StringBuilder shown, int most) {
    int end = Math.min(shown.length(), most - 3);
    if (Character.isHighSurrogate(shown.charAt(end - 1))) {
      end--;
    }
    return shown.substring(0, end) + "...";
  }

  private static void append(StringBuilder shown, int point) {
    switch (point) {
      case '\n' -> shown.append("\\n");
      case '\r' -> shown.append("\\r");
      case '\t' -> shown.append("\\t");
      default -> {
        if (plain(point)) {
          shown.appendCodePoint(point);
        } else if (point <= 0xff) {
          shown.append("\\x%02x".formatted(point));
        } else {
          shown.append("\\u{%x}".formatted(point));
        }
      }
    }
  }

  private static boolean plain(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }

  /// Bytes of the UTF-8 sequence that begins at `at`; 0 where none does.
  private static int sequence(byte[] bytes, int at) {
    int first = bytes[at] & 0xff;
    int length = first < 0x80 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
    if (length == 0 || at + length > bytes.length) {
      return 0;
    }
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes, at, length));
      return length;
    } catch (CharacterCodingException e) {
      return 0;
    }
  }
}
