package hooke.node.cli;

import java.util.Iterator;
import java.util.List;
import java.util.Map;

/// Writes maps, lists, text, numbers and flags as indented JSON (RFC 8259). Amounts and 64-bit
/// numbers are text, as in the API.
final class Json {
  private Json() {}

  /// A number of unsigned 32 bits.
  record Unsigned(int bits) {}

  static String write(Object value) {
    StringBuilder out = new StringBuilder();
    write(out, value, "");
    return out.toString();
  }

  /// The same on one line.
  static String line(Object value) {
    return write(value).replaceAll("\n *", " ");
  }

  private static void write(StringBuilder out, Object value, String indent) {
    switch (value) {
      case Map<?, ?> map -> {
        if (map.isEmpty()) {
          out.append("{}");
          return;
        }
        out.append("{\n");
        for (Iterator<? extends Map.Entry<?, ?>> i = map.entrySet().iterator(); i.hasNext(); ) {
          Map.Entry<?, ?> entry = i.next();
          out.append(indent).append("  ");
          text(out, String.valueOf(entry.getKey()));
          out.append(": ");
          write(out, entry.getValue(), indent + "  ");
          out.append(i.hasNext() ? ",\n" : "\n");
        }
        out.append(indent).append('}');
      }
      case List<?> list -> {
        if (list.isEmpty()) {
          out.append("[]");
          return;
        }
        out.append("[\n");
        for (Iterator<?> i = list.iterator(); i.hasNext(); ) {
          out.append(indent).append("  ");
          write(out, i.next(), indent + "  ");
          out.append(i.hasNext() ? ",\n" : "\n");
        }
        out.append(indent).append(']');
      }
      case Integer number -> out.append(number);
      case Unsigned number -> out.append(Integer.toUnsignedString(number.bits()));
      case Boolean flag -> out.append(flag);
      default -> text(out, value.toString());
    }
  }

  private static void text(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          // What RFC 8259 lets stand but a terminal would obey or hide is escaped, too.
          if (c < 0x20
              || (c >= 0x7f && c < 0xa0)
              || Character.getType(c) == Character.FORMAT
              || Character.getType(c) == Character.LINE_SEPARATOR
              || Character.getType(c) == Character.PARAGRAPH_SEPARATOR
              || (Character.isSurrogate(c) && lone(text, i))) {
            out.append(String.format("\\u%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  private static boolean lone(String text, int i) {
    return Character.isHighSurrogate(text.charAt(i))
        ? i + 1 >= text.length() || !Character.isLowSurrogate(text.charAt(i + 1))
        : i == 0 || !Character.isHighSurrogate(text.charAt(i - 1));
  }
}
