package hooke.node.runtime.worker;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/// System calls as an attacker makes them: past the JVM, through the C library's `syscall`.
@SuppressWarnings("restricted")
final class Kernel {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final MethodHandle SYSCALL =
      LINKER.downcallHandle(
          LINKER.defaultLookup().find("syscall").orElseThrow(),
          FunctionDescriptor.of(
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG),
          Linker.Option.captureCallState("errno"));

  private Kernel() {}

  /// Makes a call.
  ///
  /// @return what the call returns, or the negative error number
  static long call(long number, long... arguments) {
    long[] a = java.util.Arrays.copyOf(arguments, 6);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(STATE);
      long result = (long) SYSCALL.invokeExact(state, number, a[0], a[1], a[2], a[3], a[4], a[5]);
      return result == -1 ? -(int) ERRNO.get(state, 0L) : result;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /// A zero-terminated string for a call, never freed.
  static long text(String text) {
    return Arena.global().allocateFrom(text).address();
  }

  /// Zeros for a call, never freed.
  static long bytes(long count) {
    return Arena.global().allocate(count, 16).address();
  }
}
