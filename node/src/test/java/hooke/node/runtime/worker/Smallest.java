package hooke.node.runtime.worker;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/// The smallest program that still makes a host call: `_start` calls `proc_exit(0)`.
final class Smallest {
  static final byte[] PROGRAM = named("");

  private Smallest() {}

  /// The same, with a name among its exports, by which [BrokenEngine] knows it.
  static byte[] named(String name) {
    byte[] utf8 = name.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream exports = new ByteArrayOutputStream();
    exports.writeBytes(bytes(name.isEmpty() ? 2 : 3, 6, '_', 's', 't', 'a', 'r', 't', 0, 1));
    exports.writeBytes(bytes(6, 'm', 'e', 'm', 'o', 'r', 'y', 2, 0));
    if (!name.isEmpty()) {
      exports.writeBytes(leb(utf8.length));
      exports.writeBytes(utf8);
      exports.writeBytes(bytes(0, 1));
    }
    ByteArrayOutputStream module = new ByteArrayOutputStream();
    module.writeBytes(
        bytes(
            0, 'a', 's', 'm', 1, 0, 0, 0, //
            1, 8, 2, 0x60, 1, 0x7f, 0, 0x60, 0, 0, // types (i32) -> (), () -> ()
            2, 36, 1, 22, 'w', 'a', 's', 'i', '_', 's', 'n', 'a', 'p', 's', 'h', 'o', 't', '_', 'p',
            'r', 'e', 'v', 'i', 'e', 'w', '1', 9, 'p', 'r', 'o', 'c', '_', 'e', 'x', 'i', 't', 0,
            0, //
            3, 2, 1, 1, // function 1 is () -> ()
            5, 3, 1, 0, 1, // one page of memory
            7));
    module.writeBytes(leb(exports.size()));
    module.writeBytes(exports.toByteArray());
    // i32.const 0, call 0, end
    module.writeBytes(bytes(10, 8, 1, 6, 0, 0x41, 0, 0x10, 0, 0x0b));
    return module.toByteArray();
  }

  private static byte[] leb(int value) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int rest = value;
    while (rest > 0x7f) {
      out.write((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.write(rest);
    return out.toByteArray();
  }

  private static byte[] bytes(int... values) {
    byte[] bytes = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      bytes[i] = (byte) values[i];
    }
    return bytes;
  }
}
