package hooke.node.runtime.wasm;

/// The fuel schedule of profile `wasm-det/1`: what each thing a program does costs.
///
/// One unit is about one plain machine instruction. The schedule is frozen with the profile:
/// whoever changes a number makes a new profile. Instrumentation that metering itself adds is free.
public final class Schedule {
  /// A direct call; pays for the callee's frame too.
  public static final long CALL = 5;

  /// A call through a table: look-up and signature check on top of [#CALL].
  public static final long CALL_INDIRECT = 10;

  /// A call whose function leaves values costs one unit more for this many of them, and a branch
  /// for this many that it carries, rounded down: a host may have to move them.
  public static final int MOVED_SHIFT = 2;

  /// Entering a function costs [#LOCALS] for this many of its parameters and locals, rounded down:
  /// a host may have to clear them.
  public static final int LOCALS_SHIFT = 6;

  /// See [#LOCALS_SHIFT].
  public static final long LOCALS = 8;

  /// Division and remainder, square root.
  public static final long DIVIDE = 8;

  /// Fixed part of bulk operations on memory and tables, and of growing them.
  public static final long BULK = 50;

  /// `memory.fill`, `memory.copy` and `memory.init` cost one unit per this many bytes, rounded
  /// down.
  public static final int BULK_BYTES_PER_FUEL_SHIFT = 3;

  /// Per element of a bulk table operation or of growing a table.
  public static final long TABLE_ELEMENT = 4;

  /// Growing a table costs, beside that, one unit per this many of the entries it has, rounded
  /// down: a host may have to copy them.
  public static final int TABLE_COPIED_SHIFT = 3;

  /// Per page of 64 KiB by which a memory really grew: the host must find and clear it.
  public static final long GROWN_PAGE = 16_384;

  /// Any host call.
  public static final long HOST_CALL = 200;

  /// On top, for every eight buffers of a read or write and every eight arguments or variables,
  /// rounded down.
  public static final long HOST_EIGHT = 80;

  /// On top, for a host call that names a path.
  public static final long HOST_PATH = 2_000;

  /// On top, for one that creates, renames or removes something.
  public static final long HOST_CHANGE = 20_000;

  /// On top, for one that reads or writes a file or stream.
  public static final long HOST_TRANSFER = 1_000;

  /// Per byte moved between the program and a file or stream.
  public static final long HOST_BYTE = 1;

  /// Per byte of randomness.
  public static final long HOST_RANDOM_BYTE = 4;

  /// Per directory entry listed.
  public static final long HOST_ENTRY = 50;

  /// What a function may run up before a loop or bulk operation settles its account: what a trap
  /// may leave unbilled, beside one pass through one function.
  public static final int SLICE = 1 << 16;

  private Schedule() {}

  /// Cost of one instruction, known from its opcode alone.
  static long of(int op) {
    return switch (op) {
      case Op.NOP, Op.BLOCK, Op.LOOP, Op.ELSE, Op.END, Op.UNREACHABLE -> 0;
      case Op.CALL -> CALL;
      case Op.CALL_INDIRECT -> CALL + CALL_INDIRECT;
      // i32 and i64 div_s, div_u, rem_s, rem_u; f32 and f64 sqrt, div
      case 0x6d, 0x6e, 0x6f, 0x70, 0x7f, 0x80, 0x81, 0x82, 0x91, 0x95, 0x9f, 0xa3 -> DIVIDE;
      case Op.MEMORY_GROW,
          Op.MEMORY_INIT,
          Op.MEMORY_COPY,
          Op.MEMORY_FILL,
          Op.TABLE_INIT,
          Op.TABLE_COPY,
          Op.TABLE_GROW,
          Op.TABLE_FILL ->
          BULK;
      default -> 1;
    };
  }
}
