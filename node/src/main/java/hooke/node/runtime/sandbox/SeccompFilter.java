package hooke.node.runtime.sandbox;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/// Which system calls a worker may make: a program for the kernel's classic BPF machine, in the
/// form that `bwrap --seccomp` reads.
///
/// It is an allow list. What is not on it and needs no explanation is answered with ENOSYS, so that
/// a newer C library falls back to older calls; what only an attacker would try ends the process.
/// The kernel sees a pointer's value only, so paths cannot be judged here: that files are out of
/// reach is the mount namespace's part.
///
/// References: `Documentation/userspace-api/seccomp_filter.rst`, `include/uapi/linux/seccomp.h`,
/// `include/uapi/linux/audit.h` of the kernel.
final class SeccompFilter {
  /// Architectures with a table of numbers.
  enum Machine {
    X86_64(0xc000_003e),
    AARCH64(0xc000_00b7);

    private final int audit;

    Machine(int audit) {
      this.audit = audit;
    }

    /// The kernel's name for it, AUDIT_ARCH.
    int audit() {
      return audit;
    }
  }

  static final int ALLOW = 0x7fff_0000;
  static final int KILL_PROCESS = 0x8000_0000;
  static final int ERRNO = 0x0005_0000;
  static final int EPERM = 1;
  static final int EACCES = 13;
  static final int ENOTTY = 25;
  static final int ENOSYS = 38;

  /// Bytes of one instruction.
  static final int INSTRUCTION = 8;

  private static final int LOAD = 0x20;
  private static final int JUMP_IF_EQUAL = 0x15;
  private static final int JUMP_IF_AT_LEAST = 0x35;
  private static final int JUMP_IF_ANY_BIT = 0x45;
  private static final int RETURN = 0x06;

  // Where the kernel puts what is judged.
  private static final int NUMBER = 0;
  private static final int ARCHITECTURE = 4;
  private static final int FIRST_ARGUMENT = 16;
  private static final int SECOND_ARGUMENT = 24;

  /// Numbers from here on belong to the x32 interface, another table behind the same architecture.
  private static final int X32 = 0x4000_0000;

  private static final int CLONE_THREAD = 0x0001_0000;

  /// Every flag of `clone` that makes a namespace.
  private static final int CLONE_NEW = 0x7e02_0000;

  private static final Set<Syscall> HOSTILE = EnumSet.range(Syscall.FORK, Syscall.VHANGUP);

  private static final Set<Syscall> EVENT_LOOP =
      EnumSet.range(Syscall.EPOLL_CREATE1, Syscall.PIPE2);

  /// What a JVM calls and Node.js does not.
  private static final Set<Syscall> JVM_ONLY =
      EnumSet.of(
          Syscall.READV,
          Syscall.STATFS,
          Syscall.FSTATFS,
          Syscall.FSYNC,
          Syscall.FDATASYNC,
          Syscall.FADVISE64,
          Syscall.DUP,
          Syscall.DUP2,
          Syscall.MSYNC,
          Syscall.MINCORE,
          Syscall.RT_SIGSUSPEND,
          Syscall.RT_SIGTIMEDWAIT,
          Syscall.GET_ROBUST_LIST,
          Syscall.MEMBARRIER);

  /// What a terminal-minded program asks of a descriptor: TCGETS, FIONREAD, FIOCLEX.
  private static final int[] IOCTLS = {0x5401, 0x541b, 0x5451};

  private final Machine machine;
  private final Program.Calls calls;
  private final Set<Syscall> harmless;
  private final List<long[]> program = new ArrayList<>();

  private SeccompFilter(Machine machine, Program.Calls calls) {
    this.machine = machine;
    this.calls = calls;
    this.harmless =
        EnumSet.complementOf(
            EnumSet.of(Syscall.CLONE, Syscall.CLONE3, Syscall.SOCKET, Syscall.IOCTL));
    harmless.removeAll(HOSTILE);
    harmless.removeAll(
        switch (calls) {
          case JVM -> EVENT_LOOP;
          case NODE_JS -> JVM_ONLY;
        });
  }

  /// The program for a worker.
  static byte[] of(Machine machine, Program.Calls calls) {
    SeccompFilter filter = new SeccompFilter(machine, calls);
    filter.assemble();
    ByteBuffer bytes =
        ByteBuffer.allocate(filter.program.size() * INSTRUCTION).order(ByteOrder.nativeOrder());
    for (long[] each : filter.program) {
      bytes.putShort((short) each[0]).put((byte) each[1]).put((byte) each[2]).putInt((int) each[3]);
    }
    return bytes.array();
  }

  private void assemble() {
    emit(LOAD, 0, 0, ARCHITECTURE);
    emit(JUMP_IF_EQUAL, 1, 0, machine.audit());
    answer(KILL_PROCESS);
    emit(LOAD, 0, 0, NUMBER);
    if (machine == Machine.X86_64) {
      emit(JUMP_IF_AT_LEAST, 0, 1, X32);
      answer(KILL_PROCESS);
    }
    for (Syscall call : Syscall.values()) {
      if (harmless.contains(call)) {
        rule(call, ALLOW);
      }
    }
    onlyThreads();
    rule(Syscall.CLONE3, ERRNO | ENOSYS); // Its flags lie behind a pointer; C libraries fall back.
    rule(Syscall.SOCKET, ERRNO | EACCES);
    if (calls == Program.Calls.NODE_JS) {
      // Newer ones ask for it at every start, and fall back.
      rule(Syscall.IO_URING_SETUP, ERRNO | ENOSYS);
    }
    harmlessIoctls();
    for (Syscall call : HOSTILE) {
      rule(call, KILL_PROCESS);
    }
    answer(ERRNO | ENOSYS);
  }

  private void rule(Syscall call, int answer) {
    int number = call.number(machine);
    if (number >= 0) {
      emit(JUMP_IF_EQUAL, 0, 1, number);
      answer(answer);
    }
  }

  private void onlyThreads() {
    emit(JUMP_IF_EQUAL, 0, 5, Syscall.CLONE.number(machine));
    emit(LOAD, 0, 0, FIRST_ARGUMENT);
    emit(JUMP_IF_ANY_BIT, 1, 0, CLONE_NEW);
    emit(JUMP_IF_ANY_BIT, 1, 0, CLONE_THREAD);
    answer(KILL_PROCESS);
    answer(ALLOW);
  }

  private void harmlessIoctls() {
    emit(JUMP_IF_EQUAL, 0, IOCTLS.length * 2 + 2, Syscall.IOCTL.number(machine));
    emit(LOAD, 0, 0, SECOND_ARGUMENT);
    for (int command : IOCTLS) {
      emit(JUMP_IF_EQUAL, 0, 1, command);
      answer(ALLOW);
    }
    answer(ERRNO | ENOTTY);
  }

  private void answer(int value) {
    emit(RETURN, 0, 0, value);
  }

  private void emit(int code, int ifTrue, int ifFalse, int value) {
    program.add(new long[] {code, ifTrue, ifFalse, value});
  }
}
