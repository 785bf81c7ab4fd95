package hooke.node.runtime.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import run.endive.runtime.ConstantEvaluators;
import run.endive.runtime.Instance;
import run.endive.runtime.Memory;
import run.endive.runtime.WasmRuntimeException;
import run.endive.wasm.UninstantiableException;
import run.endive.wasm.types.ActiveDataSegment;
import run.endive.wasm.types.DataSegment;
import run.endive.wasm.types.MemoryLimits;
import run.endive.wasm.types.PassiveDataSegment;

/// A program's memory in one array. Endive's own is an array of pages, whose detour makes programs
/// that work on memory up to twice as slow.
///
/// The array grows by doubling, so that a program that asks for one page after the other is not
/// copied each time; what lies between size and capacity is out of bounds. While it grows there are
/// two: the heap must hold twice the memory.
///
/// Not shared between threads: atomic operations are outside the profile.
final class FlatMemory implements Memory {
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle FLOAT =
      MethodHandles.byteArrayViewVarHandle(float[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle DOUBLE =
      MethodHandles.byteArrayViewVarHandle(double[].class, ByteOrder.LITTLE_ENDIAN);

  /// What one array of the JVM can hold, in pages.
  private static final int MOST_PAGES = 32_767;

  private final MemoryLimits limits;
  private byte[] bytes;
  private int size;
  private DataSegment[] segments = {};

  /// What segments hold, by their numbers. One of Endive's copies all of it each time it is asked.
  private Content[] contents = {};

  private record Content(DataSegment segment, byte[] bytes) {}

  FlatMemory(MemoryLimits limits) {
    this.limits = limits;
    this.size = Memory.bytes(limits.initialPages());
    this.bytes = new byte[size];
  }

  private static WasmRuntimeException outOfBounds(int address, int length) {
    return new WasmRuntimeException(
        "out of bounds memory access: "
            + Integer.toUnsignedLong(length)
            + " bytes at "
            + Integer.toUnsignedLong(address));
  }

  /// Checks a range of unsigned numbers.
  private void check(int address, int length) {
    if (Integer.toUnsignedLong(address) + Integer.toUnsignedLong(length) > size) {
      throw outOfBounds(address, length);
    }
  }

  @Override
  public int pages() {
    return size >>> 16;
  }

  @Override
  public int grow(int pages) {
    int before = pages();
    if (Integer.toUnsignedLong(pages) > maximumPages() - before) {
      return -1;
    }
    int grown = Memory.bytes(before + pages);
    if (grown > bytes.length) {
      long doubled = Math.min(2L * bytes.length, (long) maximumPages() << 16);
      bytes = Arrays.copyOf(bytes, (int) Math.max(grown, doubled));
    }
    size = grown;
    return before;
  }

  @Override
  public int initialPages() {
    return limits.initialPages();
  }

  @Override
  public int maximumPages() {
    return Math.min(limits.maximumPages(), MOST_PAGES);
  }

  @Override
  public boolean shared() {
    return false;
  }

  @Override
  @SuppressWarnings("removal")
  public Object lock(int address) {
    throw new UnsupportedOperationException("threads");
  }

  @Override
  @SuppressWarnings("removal")
  public int waitOn(int address, int expected, long timeout) {
    throw new UnsupportedOperationException("threads");
  }

  @Override
  @SuppressWarnings("removal")
  public int waitOn(int address, long expected, long timeout) {
    throw new UnsupportedOperationException("threads");
  }

  @Override
  @SuppressWarnings("removal")
  public int notify(int address, int maxThreads) {
    throw new UnsupportedOperationException("threads");
  }

  @Override
  public void initialize(Instance instance, DataSegment[] dataSegments) {
    initialize(instance, dataSegments, 0);
  }

  /// Fills in the active segments, each of which is empty from then on, as Wasm has it.
  @Override
  public void initialize(Instance instance, DataSegment[] dataSegments, int memoryIndex) {
    if (dataSegments == null) {
      return;
    }
    // The instance's own array: `data.drop` changes it there.
    segments = dataSegments;
    contents = new Content[segments.length];
    for (int i = 0; i < segments.length; i++) {
      if (segments[i] instanceof ActiveDataSegment segment) {
        int offset =
            (int)
                ConstantEvaluators.computeConstantValue(instance, segment.offsetInstructions())[0];
        byte[] data = segment.data();
        if (Integer.toUnsignedLong(offset) + data.length > size) {
          throw new UninstantiableException(
              "out of bounds memory access: a data segment lies outside of the memory");
        }
        System.arraycopy(data, 0, bytes, offset, data.length);
        drop(i);
      }
    }
  }

  @Override
  public void initPassiveSegment(int segment, int destination, int offset, int length) {
    byte[] data = content(segment);
    if (Integer.toUnsignedLong(offset) + Integer.toUnsignedLong(length) > data.length) {
      throw new WasmRuntimeException("out of bounds memory access: beyond a data segment");
    }
    check(destination, length);
    System.arraycopy(data, offset, bytes, destination, length);
  }

  // A segment that is dropped is replaced in the instance's array.
  @SuppressWarnings("ReferenceEquality")
  private byte[] content(int segment) {
    Content known = contents[segment];
    if (known == null || known.segment() != segments[segment]) {
      known = new Content(segments[segment], segments[segment].data());
      contents[segment] = known;
    }
    return known.bytes();
  }

  @Override
  public void drop(int segment) {
    segments[segment] = PassiveDataSegment.EMPTY;
  }

  @Override
  public void write(int address, byte[] from, int offset, int length) {
    check(address, length);
    System.arraycopy(from, offset, bytes, address, length);
  }

  /// Copies out of the memory.
  void read(int address, byte[] to, int offset, int length) {
    check(address, length);
    System.arraycopy(bytes, address, to, offset, length);
  }

  @Override
  public byte[] readBytes(int address, int length) {
    check(address, length);
    return Arrays.copyOfRange(bytes, address, address + length);
  }

  @Override
  public byte read(int address) {
    if (Integer.compareUnsigned(address, size) >= 0) {
      throw outOfBounds(address, 1);
    }
    return bytes[address];
  }

  @Override
  public void writeByte(int address, byte value) {
    if (Integer.compareUnsigned(address, size) >= 0) {
      throw outOfBounds(address, 1);
    }
    bytes[address] = value;
  }

  // A memory of no bytes makes the bounds below negative, which as unsigned numbers would be huge:
  // the array's own check holds then.

  private int checked(int address, int width) {
    if (address < 0 || address > size - width) {
      throw outOfBounds(address, width);
    }
    return address;
  }

  @Override
  public short readShort(int address) {
    return (short) SHORT.get(bytes, checked(address, 2));
  }

  @Override
  public long readU16(int address) {
    return Short.toUnsignedLong(readShort(address));
  }

  @Override
  public void writeShort(int address, short value) {
    SHORT.set(bytes, checked(address, 2), value);
  }

  @Override
  public int readInt(int address) {
    return (int) INT.get(bytes, checked(address, 4));
  }

  @Override
  public void writeI32(int address, int value) {
    INT.set(bytes, checked(address, 4), value);
  }

  @Override
  public long readLong(int address) {
    return (long) LONG.get(bytes, checked(address, 8));
  }

  @Override
  public void writeLong(int address, long value) {
    LONG.set(bytes, checked(address, 8), value);
  }

  @Override
  public long readF32(int address) {
    return readInt(address);
  }

  @Override
  public float readFloat(int address) {
    return (float) FLOAT.get(bytes, checked(address, 4));
  }

  @Override
  public void writeF32(int address, float value) {
    FLOAT.set(bytes, checked(address, 4), value);
  }

  @Override
  public long readF64(int address) {
    return readLong(address);
  }

  @Override
  public double readDouble(int address) {
    return (double) DOUBLE.get(bytes, checked(address, 8));
  }

  @Override
  public void writeF64(int address, double value) {
    DOUBLE.set(bytes, checked(address, 8), value);
  }

  /// A new memory is zero.
  @Override
  public void zero() {}

  @Override
  public void fill(byte value, int from, int to) {
    // `to` is the unsigned sum of start and length, which wrapped when it is smaller.
    if (Integer.compareUnsigned(to, from) < 0 || Integer.compareUnsigned(to, size) > 0) {
      throw outOfBounds(from, to - from);
    }
    Arrays.fill(bytes, from, to, value);
  }

  @Override
  public void copy(int destination, int source, int length) {
    check(destination, length);
    check(source, length);
    System.arraycopy(bytes, source, bytes, destination, length);
  }
}
