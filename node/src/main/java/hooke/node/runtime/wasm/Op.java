package hooke.node.runtime.wasm;

/// The instructions of profile `wasm-det/1`: WebAssembly 1.0 with sign extension, saturating float
/// conversion, bulk memory, reference types and multiple values (all of WebAssembly 2.0 but SIMD).
///
/// An instruction is known by its opcode; those behind prefix `fc` by `0xfc00` + their number.
final class Op {
  static final int UNREACHABLE = 0x00;
  static final int NOP = 0x01;
  static final int BLOCK = 0x02;
  static final int LOOP = 0x03;
  static final int IF = 0x04;
  static final int ELSE = 0x05;
  static final int END = 0x0b;
  static final int BR = 0x0c;
  static final int BR_IF = 0x0d;
  static final int BR_TABLE = 0x0e;
  static final int RETURN = 0x0f;
  static final int CALL = 0x10;
  static final int CALL_INDIRECT = 0x11;
  static final int DROP = 0x1a;
  static final int SELECT = 0x1b;
  static final int SELECT_T = 0x1c;
  static final int LOCAL_GET = 0x20;
  static final int LOCAL_SET = 0x21;
  static final int LOCAL_TEE = 0x22;
  static final int GLOBAL_GET = 0x23;
  static final int GLOBAL_SET = 0x24;
  static final int TABLE_GET = 0x25;
  static final int TABLE_SET = 0x26;
  static final int I32_LOAD8_U = 0x2d;
  static final int I32_STORE8 = 0x3a;
  static final int I64_STORE8 = 0x3c;
  static final int I64_STORE32 = 0x3e;
  static final int MEMORY_SIZE = 0x3f;
  static final int MEMORY_GROW = 0x40;
  static final int I32_CONST = 0x41;
  static final int I64_CONST = 0x42;
  static final int F32_CONST = 0x43;
  static final int F64_CONST = 0x44;
  static final int I32_NE = 0x47;
  static final int I64_LT_S = 0x53;
  static final int F32_EQ = 0x5b;
  static final int F64_EQ = 0x61;
  static final int F64_GE = 0x66;
  static final int I32_GT_S = 0x4a;
  static final int I32_ADD = 0x6a;
  static final int I32_SUB = 0x6b;
  static final int I32_AND = 0x71;
  static final int I32_OR = 0x72;
  static final int I32_SHR_U = 0x76;
  static final int I64_ADD = 0x7c;
  static final int I64_SUB = 0x7d;
  static final int I64_MUL = 0x7e;
  static final int I64_AND = 0x83;
  static final int I64_OR = 0x84;
  static final int F32_COPYSIGN = 0x98;
  static final int F64_COPYSIGN = 0xa6;
  static final int I64_EXTEND_I32_S = 0xac;
  static final int I64_EXTEND_I32_U = 0xad;
  static final int F32_DEMOTE_F64 = 0xb6;
  static final int F64_PROMOTE_F32 = 0xbb;
  static final int I32_REINTERPRET_F32 = 0xbc;
  static final int I64_REINTERPRET_F64 = 0xbd;
  static final int F32_REINTERPRET_I32 = 0xbe;
  static final int F64_REINTERPRET_I64 = 0xbf;
  static final int REF_NULL = 0xd0;
  static final int REF_IS_NULL = 0xd1;
  static final int REF_FUNC = 0xd2;
  static final int MEMORY_INIT = 0xfc08;
  static final int DATA_DROP = 0xfc09;
  static final int MEMORY_COPY = 0xfc0a;
  static final int MEMORY_FILL = 0xfc0b;
  static final int TABLE_INIT = 0xfc0c;
  static final int ELEM_DROP = 0xfc0d;
  static final int TABLE_COPY = 0xfc0e;
  static final int TABLE_GROW = 0xfc0f;
  static final int TABLE_SIZE = 0xfc10;
  static final int TABLE_FILL = 0xfc11;

  private Op() {}

  /// Reads one opcode; refuses those outside the profile, by the name of the feature they belong
  /// to.
  static int read(Cursor in) {
    int op = in.u8();
    if (op == 0xfc) {
      long sub = in.u32();
      if (sub > 0x11) {
        throw unsupported("an unknown instruction fc " + sub, in);
      }
      return 0xfc00 + (int) sub;
    }
    boolean known =
        op <= 0x05
            || (op >= 0x0b && op <= 0x11)
            || (op >= 0x1a && op <= 0x1c)
            || (op >= 0x20 && op <= 0x26)
            || (op >= 0x28 && op <= 0xc4)
            || (op >= 0xd0 && op <= 0xd2);
    if (known) {
      return op;
    }
    throw switch (op) {
      case 0xfd ->
          unsupported(
              "SIMD instructions; compile without -msimd128 (or with -C target-feature=-simd128)",
              in);
      case 0xfe -> unsupported("atomic instructions (threads)", in);
      case 0x12, 0x13 -> unsupported("tail calls; compile with -mno-tail-call", in);
      case 0x06, 0x07, 0x08, 0x09, 0x0a, 0x18, 0x19, 0x1f ->
          unsupported("exception handling; compile without -fwasm-exceptions", in);
      case 0x14, 0x15, 0xd3, 0xd4, 0xd5, 0xd6, 0xfb ->
          unsupported("typed references or garbage collection", in);
      default -> in.malformed(String.format("an unknown instruction %02x", op));
    };
  }

  private static BadModule unsupported(String what, Cursor in) {
    return new BadModule(
        Refusal.UNSUPPORTED_FEATURE,
        "The module uses "
            + what
            + ". Profile wasm-det/1 is WebAssembly 2.0 without SIMD (byte "
            + in.at()
            + ").");
  }

  /// Whether it yields a float whose NaN bits the specification leaves open.
  static boolean makesNan(int op) {
    return makesF32(op) || makesF64(op);
  }

  static boolean makesF32(int op) {
    return (op >= 0x8d && op <= 0x97) || op == F32_DEMOTE_F64;
  }

  static boolean makesF64(int op) {
    return (op >= 0x9b && op <= 0xa5) || op == F64_PROMOTE_F32;
  }

  /// How many operands it takes and leaves, as `takes << 1 | leaves`, for instructions of which the
  /// opcode says it all; none leaves more than one.
  static int effect(int op) {
    if (op >= 0x28 && op <= 0x35) {
      return TAKES_1 | 1; // loads
    }
    if (op >= 0x36 && op <= 0x3e) {
      return TAKES_2; // stores
    }
    if (op >= 0x41 && op <= 0x44) {
      return 1; // constants
    }
    if (op >= 0x45 && op <= 0xc4) {
      boolean unary =
          op == 0x45
              || op == 0x50
              || (op >= 0x67 && op <= 0x69)
              || (op >= 0x79 && op <= 0x7b)
              || (op >= 0x8b && op <= 0x91)
              || (op >= 0x99 && op <= 0x9f)
              || op >= 0xa7;
      return (unary ? TAKES_1 : TAKES_2) | 1;
    }
    if (op >= 0xfc00 && op <= 0xfc07) {
      return TAKES_1 | 1; // saturating conversions
    }
    return switch (op) {
      case LOCAL_GET, GLOBAL_GET, MEMORY_SIZE, REF_NULL, REF_FUNC, TABLE_SIZE -> 1;
      case LOCAL_TEE, TABLE_GET, MEMORY_GROW, REF_IS_NULL -> TAKES_1 | 1;
      case DROP, LOCAL_SET, GLOBAL_SET -> TAKES_1;
      case TABLE_SET -> TAKES_2;
      case TABLE_GROW -> TAKES_2 | 1;
      case SELECT, SELECT_T -> TAKES_3 | 1;
      case MEMORY_INIT, MEMORY_COPY, MEMORY_FILL, TABLE_INIT, TABLE_COPY, TABLE_FILL -> TAKES_3;
      default -> 0;
    };
  }

  private static final int TAKES_1 = 1 << 1;
  private static final int TAKES_2 = 2 << 1;
  private static final int TAKES_3 = 3 << 1;

  /// Bytes that [Metering] adds for it at most, beside itself.
  static int meteringBytes(int op) {
    return switch (op) {
      case LOOP,
          MEMORY_GROW,
          MEMORY_INIT,
          MEMORY_COPY,
          MEMORY_FILL,
          TABLE_INIT,
          TABLE_COPY,
          TABLE_GROW,
          TABLE_FILL ->
          64;
      case CALL, CALL_INDIRECT, F32_COPYSIGN, F64_COPYSIGN -> 40;
      case IF, ELSE, END, BR_IF -> 16;
      case I32_STORE8, I64_STORE8, I64_STORE32 -> 24;
      default -> makesNan(op) ? 24 : 0;
    };
  }

  /// What it adds to any function.
  static final int METERING_BYTES = 256;

  /// Whether it takes floats and yields something that does not depend on their NaN bits.
  static boolean hidesNan(int op) {
    return makesNan(op)
        || (op >= F32_EQ && op <= F64_GE)
        || (op >= 0xa8 && op <= 0xab)
        || (op >= 0xae && op <= 0xb1)
        || (op >= 0xfc00 && op <= 0xfc07)
        || op == DROP;
  }
}
