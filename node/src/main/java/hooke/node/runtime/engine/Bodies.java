package hooke.node.runtime.engine;

import java.util.Arrays;
import java.util.function.IntPredicate;

/// A module's functions one by one, so that an engine can be handed a few of them: all others are
/// replaced by `unreachable`, which passes for a body of any type and costs next to nothing to
/// parse and compile.
///
/// For modules that were found well-formed.
final class Bodies {
  private static final int IMPORTS = 2;
  private static final int CODE = 10;
  private static final byte[] UNREACHABLE = {3, 0, 0, 0x0b};

  private final byte[] module;

  /// Where the code section lies, with its id and size.
  private int from;

  private int to;
  private int imported;

  /// Where each body lies, with its size field; one more for the end.
  private int[] starts = {0};

  private int at = 8;

  Bodies(byte[] module) {
    this.module = module;
    this.from = module.length;
    this.to = module.length;
    while (at < module.length) {
      int section = at;
      int id = module[at++];
      int size = number();
      int end = at + size;
      if (id == IMPORTS) {
        imported = functionImports();
      } else if (id == CODE) {
        from = section;
        to = end;
        code();
      }
      at = end;
    }
  }

  private int number() {
    int value = 0;
    for (int shift = 0; ; shift += 7) {
      int next = module[at++];
      value |= (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
    }
  }

  /// A task imports functions only.
  private int functionImports() {
    return number();
  }

  private void code() {
    int count = number();
    starts = new int[count + 1];
    for (int n = 0; n < count; n++) {
      starts[n] = at;
      int size = number();
      at += size;
    }
    starts[count] = at;
  }

  /// Functions that the module imports; they come first in the numbering of functions.
  int imported() {
    return imported;
  }

  /// Functions that the module defines.
  int count() {
    return starts.length - 1;
  }

  /// Bytes of a defined function's body.
  int size(int index) {
    return starts[index + 1] - starts[index];
  }

  /// The module with the bodies of some functions only.
  ///
  /// @param wanted by their place among the defined functions
  byte[] only(IntPredicate wanted) {
    if (from == to) {
      return module;
    }
    long size = 5;
    for (int n = 0; n < count(); n++) {
      size += wanted.test(n) ? size(n) : UNREACHABLE.length;
    }
    int length = Math.toIntExact(size);
    byte[] result = new byte[from + 6 + length + module.length - to];
    System.arraycopy(module, 0, result, 0, from);
    int put = from;
    result[put++] = CODE;
    put = number(result, put, length);
    put = number(result, put, count());
    for (int n = 0; n < count(); n++) {
      if (wanted.test(n)) {
        System.arraycopy(module, starts[n], result, put, size(n));
        put += size(n);
      } else {
        System.arraycopy(UNREACHABLE, 0, result, put, UNREACHABLE.length);
        put += UNREACHABLE.length;
      }
    }
    System.arraycopy(module, to, result, put, module.length - to);
    put += module.length - to;
    return put == result.length ? result : Arrays.copyOf(result, put);
  }

  /// The least number after `first` where a piece of about `most` bytes of code ends.
  int pieceEnd(int first, int most) {
    int end = first;
    int size = 0;
    do {
      size += size(end++);
    } while (end < count() && size + size(end) <= most);
    return end;
  }

  /// A number in five bytes, whatever it is, so that sizes are known beforehand.
  private static int number(byte[] to, int at, int value) {
    for (int n = 0; n < 4; n++) {
      to[at + n] = (byte) (((value >>> (7 * n)) & 0x7f) | 0x80);
    }
    to[at + 4] = (byte) (value >>> 28);
    return at + 5;
  }
}
