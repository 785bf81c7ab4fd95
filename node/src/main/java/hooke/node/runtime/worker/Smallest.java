package hooke.node.runtime.worker;

/// The smallest program that still makes a host call: `_start` calls `proc_exit(0)`.
final class Smallest {
  static final byte[] PROGRAM = program();

  private Smallest() {}

  private static byte[] program() {
    int[] code = {
      0, 'a', 's', 'm', 1, 0, 0, 0, //
      1, 8, 2, 0x60, 1, 0x7f, 0, 0x60, 0, 0, // types (i32) -> (), () -> ()
      2, 36, 1, 22, 'w', 'a', 's', 'i', '_', 's', 'n', 'a', 'p', 's', 'h', 'o', 't', '_', 'p', 'r',
      'e', 'v', 'i', 'e', 'w', '1', 9, 'p', 'r', 'o', 'c', '_', 'e', 'x', 'i', 't', 0, 0, //
      3, 2, 1, 1, // function 1 is () -> ()
      5, 3, 1, 0, 1, // one page of memory
      7, 19, 2, 6, '_', 's', 't', 'a', 'r', 't', 0, 1, 6, 'm', 'e', 'm', 'o', 'r', 'y', 2, 0, //
      10, 8, 1, 6, 0, 0x41, 0, 0x10, 0, 0x0b, // i32.const 0, call 0, end
    };
    byte[] bytes = new byte[code.length];
    for (int i = 0; i < code.length; i++) {
      bytes[i] = (byte) code[i];
    }
    return bytes;
  }
}
