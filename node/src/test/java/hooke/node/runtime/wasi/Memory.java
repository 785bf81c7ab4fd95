package hooke.node.runtime.wasi;

import java.nio.charset.StandardCharsets;

/// A program that does nothing itself: 64 KiB of memory, and fuel that never ends.
final class Memory implements Guest {
  private final byte[] bytes = new byte[1 << 16];
  private long used;

  @Override
  public void check(int address, long length) {
    if (address < 0 || address + length > bytes.length) {
      throw new Halt.Trapped("outside of memory");
    }
  }

  @Override
  public void write(int address, byte[] from, int offset, int length) {
    check(address, length);
    System.arraycopy(from, offset, bytes, address, length);
  }

  @Override
  public void read(int address, byte[] to, int offset, int length) {
    check(address, length);
    System.arraycopy(bytes, address, to, offset, length);
  }

  @Override
  public void charge(long fuel) {
    used += fuel;
  }

  @Override
  public long used() {
    return used;
  }

  /// Puts a text somewhere and gives back its length.
  int put(int address, String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    write(address, utf8, 0, utf8.length);
    return utf8.length;
  }

  String text(int address, int length) {
    return new String(bytes, address, length, StandardCharsets.UTF_8);
  }
}
