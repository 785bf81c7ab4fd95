package hooke.node.runtime.wasm;

/// A function's parameters and results, one letter a value: `i` i32, `I` i64, `f` f32, `F` f64, `r`
/// funcref, `x` externref.
public record FuncType(String params, String results) {

  /// The letter of a value type byte, or 0 when it is none that the profile knows.
  static char letter(int type) {
    return switch (type) {
      case 0x7f -> 'i';
      case 0x7e -> 'I';
      case 0x7d -> 'f';
      case 0x7c -> 'F';
      case 0x70 -> 'r';
      case 0x6f -> 'x';
      default -> 0;
    };
  }

  static int code(char letter) {
    return switch (letter) {
      case 'i' -> 0x7f;
      case 'I' -> 0x7e;
      case 'f' -> 0x7d;
      case 'F' -> 0x7c;
      case 'r' -> 0x70;
      default -> 0x6f;
    };
  }

  private static String name(char letter) {
    return switch (letter) {
      case 'i' -> "i32";
      case 'I' -> "i64";
      case 'f' -> "f32";
      case 'F' -> "f64";
      case 'r' -> "funcref";
      default -> "externref";
    };
  }

  private static String names(String letters) {
    StringBuilder text = new StringBuilder("(");
    for (int i = 0; i < letters.length(); i++) {
      text.append(i == 0 ? "" : ", ").append(name(letters.charAt(i)));
    }
    return text.append(')').toString();
  }

  /// `(i32, i64) -> (i32)`.
  String text() {
    return names(params) + " -> " + names(results);
  }
}
