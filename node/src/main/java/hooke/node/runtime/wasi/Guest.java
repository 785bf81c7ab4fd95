package hooke.node.runtime.wasi;

/// The running program as host functions see it: its memory and its fuel.
///
/// All addresses are unsigned 32-bit numbers in an `int`. Any access out of bounds throws
/// [Halt.Trapped], before anything moves.
public interface Guest {
  /// Memory to the program's bytes, all or nothing.
  void write(int address, byte[] from, int offset, int length);

  /// The program's bytes to `to`, all or nothing.
  void read(int address, byte[] to, int offset, int length);

  /// Throws [Halt.Trapped] unless `length` bytes from `address` lie in memory.
  void check(int address, long length);

  /// Takes fuel; throws [Halt.OutOfFuel] when that is more than there is.
  void charge(long fuel);

  /// Fuel used so far, which is also what the program's clock shows.
  long used();

  default int readInt(int address) {
    byte[] b = new byte[4];
    read(address, b, 0, 4);
    return (b[0] & 0xff) | ((b[1] & 0xff) << 8) | ((b[2] & 0xff) << 16) | (b[3] << 24);
  }

  default long readLong(int address) {
    check(address, 8);
    return (readInt(address) & 0xffffffffL) | ((long) readInt(address + 4) << 32);
  }

  default void writeInt(int address, int value) {
    write(
        address,
        new byte[] {(byte) value, (byte) (value >> 8), (byte) (value >> 16), (byte) (value >> 24)},
        0,
        4);
  }

  default void writeLong(int address, long value) {
    check(address, 8);
    writeInt(address, (int) value);
    writeInt(address + 4, (int) (value >>> 32));
  }
}
