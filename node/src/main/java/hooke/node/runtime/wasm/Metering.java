package hooke.node.runtime.wasm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Rewrites a module so that it measures itself: every engine that runs the result correctly agrees
/// on fuel, on where it ends, on how deep calls may go, and on every bit of every float.
///
/// - **Fuel.** A global i64, exported as [#FUEL], is set by the host before the program starts.
///   Each function keeps an account in a local: every basic block adds its instructions' cost
///   ([Schedule]) on entry. The account is settled, that is taken from the global with a trap below
///   zero, before every call that may lead out of the module, where it passes [Schedule#SLICE] at a
///   loop's head or before a bulk operation, and at the function's end. So a host call sees the
///   exact fuel, no more than a slice and one pass through a function runs unchecked, and all that
///   costs next to nothing where the program spends its time. A run that ends with the global below
///   zero is out of fuel, however it ended. A trap leaves the accounts of that moment unsettled.
/// - **Depth.** A global i32, exported as [#DEPTH], rises by a function's weight ([#FRAME], its
///   locals and the greatest height of its operand stack) while it runs, and the program traps
///   above [#DEPTH_LIMIT]. Functions that call nothing are left out: they add one frame at most.
/// - **NaN.** A result of float arithmetic that is NaN becomes the canonical positive quiet NaN,
///   unless the instruction that takes it hides its bits anyway ([Operands]). This is the
///   "deterministic profile" of the WebAssembly 3.0 specification. `copysign` becomes integer
///   operations, since it moves a sign bit that engines have been seen to get wrong.
/// - **Offsets** of 2 GiB or more are out of bounds whatever the address, and become traps: engines
///   that add them in 32 bits wrap around.
/// - **Narrow stores** with an offset are preceded by a load from their place, which traps as they
///   would: an engine was seen to wrap their addresses around. It changes nothing for the others.
/// - **Tables** may not grow beyond the profile's cap. Custom sections (names, debug information)
///   are dropped. A start function becomes an export named [#START], which the host calls once fuel
///   is set.
///
/// The output has no trace of the machine or the order: it can be compiled once and kept under its
/// hash.
public final class Metering {
  /// No program may export a name that starts so.
  public static final String RESERVED = "hooke.";

  /// Export of the fuel left, i64.
  public static final String FUEL = "hooke.fuel";

  /// Export of the call depth, i32.
  public static final String DEPTH = "hooke.depth";

  /// Export of the module's start function, when it has one.
  public static final String START = "hooke.start";

  /// What a frame weighs beside its locals and operands.
  public static final int FRAME = 16;

  /// The greatest sum of frames' weights: some 30,000 frames of ten locals and eight operands.
  public static final int DEPTH_LIMIT = 1 << 20;

  private static final int NONE = -1;

  private final WasmModule module;
  private final ModuleCaps caps;
  private final CodeReader code;
  private final int fuel;
  private final int depth;
  private final List<FuncType> types;
  private final Map<String, Integer> resultTypes = new HashMap<>();

  private Metering(WasmModule module, ModuleCaps caps) {
    this.module = module;
    this.caps = caps;
    this.fuel = module.globals().size();
    this.depth = fuel + 1;
    this.types = new ArrayList<>(module.types());
    int[] functionTypes = new int[module.functionCount()];
    for (int i = 0; i < functionTypes.length; i++) {
      functionTypes[i] = module.functionType(i);
    }
    // Indexes were checked when the module was read.
    this.code =
        new CodeReader(
            caps,
            module.types(),
            functionTypes,
            module.globals().size(),
            module.tables().size(),
            1,
            Integer.MAX_VALUE,
            Integer.MAX_VALUE);
  }

  /// The metered module's bytes. Takes time linear in the module's size.
  public static byte[] meter(WasmModule module) {
    return new Metering(module, ModuleCaps.WASM_DET_1).rewrite();
  }

  private byte[] rewrite() {
    Out body = code();
    Out out = new Out(module.size() * 2);
    out.raw(module.bytes(), 0, 8);
    for (int id : new int[] {1, 2, 3, 4, 5, 6, 7, 9, 12, 10, 11}) {
      switch (id) {
        case 1 -> out.u8(1).sized(types());
        case 4 -> {
          if (!module.tables().isEmpty()) {
            out.u8(4).sized(tables());
          }
        }
        case 6 -> out.u8(6).sized(globals());
        case 7 -> out.u8(7).sized(exports());
        case 10 -> out.u8(10).sized(body);
        default -> {
          for (WasmModule.Section section : module.sections()) {
            if (section.id() == id) {
              out.u8(id).u32(section.end() - section.start());
              out.raw(module.bytes(), section.start(), section.end());
            }
          }
        }
      }
    }
    return out.toBytes();
  }

  private Out types() {
    Out out = new Out(1024).u32(types.size());
    for (FuncType type : types) {
      out.u8(0x60);
      for (String letters : List.of(type.params(), type.results())) {
        out.u32(letters.length());
        letters.chars().forEach(letter -> out.u8(FuncType.code((char) letter)));
      }
    }
    return out;
  }

  private Out tables() {
    Out out = new Out(16).u32(module.tables().size());
    // Each may grow to its share: a host must hold them all.
    int share = caps.tableEntries() / Math.max(1, module.tables().size());
    for (WasmModule.Table table : module.tables()) {
      long limit = Math.max(share, table.minimum());
      long maximum = table.maximum() < 0 ? limit : Math.min(table.maximum(), limit);
      // A maximum below the minimum stays: the engine's check refuses the module.
      out.u8(FuncType.code(table.type())).u8(1).u32(table.minimum()).u32(maximum);
    }
    return out;
  }

  private Out globals() {
    Out out = new Out(64).u32(module.globals().size() + 2L);
    for (WasmModule.Section section : module.sections()) {
      if (section.id() == 6) {
        Cursor in = new Cursor(module.bytes(), section.start(), section.end());
        in.u32();
        out.raw(module.bytes(), in.at(), section.end());
      }
    }
    out.u8(0x7e, 1).u8(Op.I64_CONST, 0).u8(Op.END);
    out.u8(0x7f, 1).u8(Op.I32_CONST, 0).u8(Op.END);
    return out;
  }

  private Out exports() {
    int extra = module.start() < 0 ? 2 : 3;
    Out out = new Out(256).u32(module.exports().size() + extra);
    for (WasmModule.Export export : module.exports()) {
      out.name(export.name()).u8(export.kind()).u32(export.index());
    }
    out.name(FUEL).u8(3).u32(fuel);
    out.name(DEPTH).u8(3).u32(depth);
    if (module.start() >= 0) {
      out.name(START).u8(0).u32(module.start());
    }
    return out;
  }

  private Out code() {
    Out out = new Out(module.size() * 2).u32(module.bodies().size());
    int imported = module.functionCount() - module.bodies().size();
    for (int i = 0; i < module.bodies().size(); i++) {
      FuncType type = module.types().get(module.functionType(imported + i));
      WasmModule.Body body = module.bodies().get(i);
      code.check(new Cursor(module.bytes(), body.start(), body.end()), type);
      out.sized(new Function(type, body).rewrite());
    }
    return out;
  }

  /// Whether a call cannot lead to another call: a function of the module that has none in it.
  private boolean leaf(int function) {
    int imported = module.functionCount() - module.bodies().size();
    return function >= imported && !module.bodies().get(function - imported).calls();
  }

  /// The block type byte or type index of a block that takes nothing and leaves `results`.
  private int blockType(String results) {
    if (results.isEmpty()) {
      return -64; // 0x40 as a signed number
    }
    if (results.length() == 1) {
      return FuncType.code(results.charAt(0)) - 0x80;
    }
    return resultTypes.computeIfAbsent(
        results,
        key -> {
          FuncType wanted = new FuncType("", key);
          int known = types.indexOf(wanted);
          if (known < 0) {
            known = types.size();
            types.add(wanted);
          }
          return known;
        });
  }

  /// One function: where it is charged how much, and its new body.
  private final class Function {
    private final FuncType type;
    private final WasmModule.Body body;
    private final int n = code.count();

    /// What is charged before instruction i.
    private final long[] charge = new long[n];

    /// Whether that is a loop's head.
    private final boolean[] head = new boolean[n];

    private final Out out;
    private boolean bulk;
    private boolean f32;
    private boolean f64;
    private boolean narrow;
    private int spent;
    private int left;
    private int level;
    private int length;
    private int grown;
    private int float32;
    private int float64;
    private int address;
    private int stored32;
    private int stored64;

    Function(FuncType type, WasmModule.Body body) {
      this.type = type;
      this.body = body;
      this.out = new Out((body.end() - body.start()) * 2 + 64);
    }

    Out rewrite() {
      plan();
      locals();
      int weight = FRAME + code.locals() + code.operands();
      if (body.calls()) {
        get(Op.GLOBAL_GET, depth);
        out.u8(Op.I32_CONST).signed(weight).u8(Op.I32_ADD);
        get(Op.LOCAL_TEE, level);
        get(Op.GLOBAL_SET, depth);
        get(Op.LOCAL_GET, level);
        out.u8(Op.I32_CONST).signed(DEPTH_LIMIT).u8(Op.I32_GT_S);
        out.u8(Op.IF, 0x40).u8(Op.UNREACHABLE, Op.END);
      }
      out.u8(Op.BLOCK).signed(blockType(type.results()));
      int nesting = 0;
      for (int i = 0; i < n; i++) {
        if (charge[i] > 0) {
          get(Op.LOCAL_GET, spent);
          out.u8(Op.I32_CONST).signed(charge[i]).u8(Op.I32_ADD);
          if (head[i]) {
            settleBeyondSlice();
          } else {
            get(Op.LOCAL_SET, spent);
          }
        }
        int op = code.op(i);
        switch (op) {
          case Op.BLOCK, Op.LOOP, Op.IF -> nesting++;
          case Op.END -> nesting--;
          default -> {}
        }
        instruction(i, op, nesting);
      }
      settle();
      if (body.calls()) {
        get(Op.LOCAL_GET, level);
        out.u8(Op.I32_CONST).signed(weight).u8(Op.I32_SUB);
        get(Op.GLOBAL_SET, depth);
      }
      return out.u8(Op.END);
    }

    /// Cuts the body into basic blocks. A block begins at the function's start, a loop's head, both
    /// arms of an `if`, after a conditional branch, and after the end of an `if` or of a block that
    /// something branches to; its whole cost is charged where it begins.
    private void plan() {
      int[] opener = new int[n + 1];
      boolean[] targeted = new boolean[n + 1];
      int top = 0;
      opener[0] = Op.BLOCK;
      int point = 0;
      charge[0] = (code.locals() >> Schedule.LOCALS_SHIFT) * Schedule.LOCALS;
      for (int i = 0; i < n; i++) {
        int op = code.op(i);
        if (point == NONE && (op != Op.END && op != Op.ELSE)) {
          // Unreachable: costs nothing, but nesting is followed.
          switch (op) {
            case Op.BLOCK, Op.LOOP, Op.IF -> {
              opener[++top] = Op.UNREACHABLE;
              targeted[top] = false;
            }
            default -> note(op);
          }
          narrow |= isNarrow(i);
          continue;
        }
        if (point != NONE) {
          charge[point] += Schedule.of(op) + (code.moved(i) >> Schedule.MOVED_SHIFT);
        }
        note(op);
        narrow |= isNarrow(i);
        switch (op) {
          case Op.BLOCK -> {
            opener[++top] = op;
            targeted[top] = false;
          }
          case Op.LOOP -> {
            opener[++top] = op;
            targeted[top] = false;
            point = i + 1;
            head[point] = true;
          }
          case Op.IF -> {
            opener[++top] = op;
            targeted[top] = false;
            point = i + 1;
          }
          case Op.ELSE -> {
            if (opener[top] == Op.IF) {
              point = i + 1;
            }
          }
          case Op.END -> {
            if (top > 0) {
              int closed = opener[top];
              if (closed == Op.IF || targeted[top]) {
                point = i + 1;
              }
              top--;
            }
          }
          case Op.BR -> {
            targeted[Math.max(0, top - code.operand(i))] = true;
            point = NONE;
          }
          case Op.BR_IF -> {
            targeted[Math.max(0, top - code.operand(i))] = true;
            point = i + 1;
          }
          case Op.BR_TABLE -> {
            Cursor in = new Cursor(module.bytes(), code.start(i) + 1, code.end(i));
            int count = in.index();
            for (int j = 0; j <= count; j++) {
              targeted[Math.max(0, top - in.index())] = true;
            }
            point = NONE;
          }
          case Op.RETURN, Op.UNREACHABLE -> point = NONE;
          default -> {}
        }
      }
    }

    /// Whether instruction i is a store of a part of a number, with an offset.
    private boolean isNarrow(int i) {
      int op = code.op(i);
      return (op == Op.I32_STORE8 || op == Op.I64_STORE8 || op == Op.I64_STORE32)
          && code.operand(i) > 0;
    }

    private void note(int op) {
      switch (op) {
        case Op.MEMORY_GROW,
            Op.MEMORY_INIT,
            Op.MEMORY_COPY,
            Op.MEMORY_FILL,
            Op.TABLE_INIT,
            Op.TABLE_COPY,
            Op.TABLE_GROW,
            Op.TABLE_FILL ->
            bulk = true;
        default -> {
          f32 |= Op.makesF32(op) || op == Op.F32_COPYSIGN;
          f64 |= Op.makesF64(op) || op == Op.F64_COPYSIGN;
        }
      }
    }

    private void locals() {
      Cursor in = new Cursor(module.bytes(), body.start(), body.end());
      long groups = in.u32();
      int own = 2 + (body.calls() ? 1 : 0) + (bulk ? 1 : 0) + (f32 ? 1 : 0) + (f64 ? 1 : 0);
      own += narrow ? 2 : 0;
      out.u32(groups + own).raw(module.bytes(), in.at(), code.codeStart());
      int next = code.locals();
      spent = next++;
      out.u8(1, 0x7f);
      left = next++;
      out.u8(1, 0x7e);
      if (body.calls()) {
        level = next++;
        out.u8(1, 0x7f);
      }
      if (bulk) {
        length = next++;
        grown = next++;
        out.u8(2, 0x7f);
      }
      if (f32) {
        float32 = next++;
        out.u8(1, 0x7d);
      }
      if (f64) {
        float64 = next++;
        out.u8(1, 0x7c);
      }
      if (narrow) {
        address = next++;
        stored32 = next++;
        out.u8(2, 0x7f);
        stored64 = next;
        out.u8(1, 0x7e);
      }
    }

    private void instruction(int i, int op, int nesting) {
      switch (op) {
        case Op.RETURN -> out.u8(Op.BR).u32(nesting);
        case Op.CALL -> {
          if (!leaf(code.operand(i))) {
            settle();
            forget();
          }
          copy(i);
        }
        case Op.CALL_INDIRECT -> {
          settle();
          forget();
          copy(i);
        }
        case Op.MEMORY_COPY, Op.MEMORY_FILL, Op.MEMORY_INIT -> {
          get(Op.LOCAL_SET, length);
          get(Op.LOCAL_GET, spent);
          get(Op.LOCAL_GET, length);
          out.u8(Op.I32_CONST).signed(Schedule.BULK_BYTES_PER_FUEL_SHIFT).u8(Op.I32_SHR_U);
          out.u8(Op.I32_ADD);
          settleBeyondSlice();
          get(Op.LOCAL_GET, length);
          copy(i);
        }
        case Op.TABLE_COPY, Op.TABLE_FILL, Op.TABLE_INIT -> {
          get(Op.LOCAL_SET, length);
          settle(Schedule.TABLE_ELEMENT);
          get(Op.LOCAL_GET, length);
          copy(i);
        }
        case Op.TABLE_GROW -> {
          get(Op.LOCAL_SET, length);
          get(Op.LOCAL_GET, spent);
          out.u8(0xfc).u32(Op.TABLE_SIZE & 0xff).u32(code.operand(i));
          out.u8(Op.I32_CONST).signed(Schedule.TABLE_COPIED_SHIFT).u8(Op.I32_SHR_U, Op.I32_ADD);
          get(Op.LOCAL_SET, spent);
          settle(Schedule.TABLE_ELEMENT);
          get(Op.LOCAL_GET, length);
          copy(i);
        }
        case Op.MEMORY_GROW -> {
          get(Op.LOCAL_TEE, length);
          copy(i);
          get(Op.LOCAL_TEE, grown);
          out.u8(Op.I32_CONST).signed(-1).u8(Op.I32_NE).u8(Op.IF, 0x40);
          settle(Schedule.GROWN_PAGE);
          out.u8(Op.END);
          get(Op.LOCAL_GET, grown);
        }
        case Op.F32_COPYSIGN -> {
          get(Op.LOCAL_SET, float32);
          out.u8(Op.I32_REINTERPRET_F32).u8(Op.I32_CONST).signed(0x7fffffff).u8(Op.I32_AND);
          get(Op.LOCAL_GET, float32);
          out.u8(Op.I32_REINTERPRET_F32).u8(Op.I32_CONST).signed(0x80000000).u8(Op.I32_AND);
          out.u8(Op.I32_OR).u8(Op.F32_REINTERPRET_I32);
        }
        case Op.F64_COPYSIGN -> {
          get(Op.LOCAL_SET, float64);
          out.u8(Op.I64_REINTERPRET_F64).u8(Op.I64_CONST).signed(Long.MAX_VALUE).u8(Op.I64_AND);
          get(Op.LOCAL_GET, float64);
          out.u8(Op.I64_REINTERPRET_F64).u8(Op.I64_CONST).signed(Long.MIN_VALUE).u8(Op.I64_AND);
          out.u8(Op.I64_OR).u8(Op.F64_REINTERPRET_I64);
        }
        default -> {
          if (code.operand(i) == CodeReader.OUT_OF_BOUNDS) {
            out.u8(Op.UNREACHABLE);
            return;
          }
          if (isNarrow(i)) {
            int value = op == Op.I32_STORE8 ? stored32 : stored64;
            get(Op.LOCAL_SET, value);
            get(Op.LOCAL_TEE, address);
            out.u8(Op.I32_LOAD8_U, 0).u32(code.operand(i)).u8(Op.DROP);
            get(Op.LOCAL_GET, address);
            get(Op.LOCAL_GET, value);
          }
          copy(i);
          if (Op.makesNan(op) && !code.bare(i)) {
            canonical(Op.makesF32(op));
          }
        }
      }
    }

    private void canonical(boolean single) {
      int local = single ? float32 : float64;
      get(Op.LOCAL_TEE, local);
      if (single) {
        out.u8(Op.F32_CONST).raw(new byte[] {0, 0, (byte) 0xc0, 0x7f});
      } else {
        out.u8(Op.F64_CONST).raw(new byte[] {0, 0, 0, 0, 0, 0, (byte) 0xf8, 0x7f});
      }
      get(Op.LOCAL_GET, local);
      get(Op.LOCAL_GET, local);
      out.u8(single ? Op.F32_EQ : Op.F64_EQ).u8(Op.SELECT);
    }

    /// With the new account on the stack: keeps it, and settles when it is beyond a slice.
    private void settleBeyondSlice() {
      get(Op.LOCAL_TEE, spent);
      out.u8(Op.I32_CONST).signed(Schedule.SLICE).u8(Op.I32_GT_S).u8(Op.IF, 0x40);
      settle();
      forget();
      out.u8(Op.END);
    }

    /// Takes the account from the program's fuel, and traps when that is below zero.
    private void settle() {
      get(Op.GLOBAL_GET, fuel);
      get(Op.LOCAL_GET, spent);
      out.u8(Op.I64_EXTEND_I32_S).u8(Op.I64_SUB);
      storeAndCheck();
    }

    /// The same with `each` times local `length`, and the account is empty.
    private void settle(long each) {
      get(Op.GLOBAL_GET, fuel);
      get(Op.LOCAL_GET, length);
      out.u8(Op.I64_EXTEND_I32_U).u8(Op.I64_CONST).signed(each).u8(Op.I64_MUL).u8(Op.I64_SUB);
      get(Op.LOCAL_GET, spent);
      out.u8(Op.I64_EXTEND_I32_S).u8(Op.I64_SUB);
      storeAndCheck();
      forget();
    }

    private void storeAndCheck() {
      get(Op.LOCAL_TEE, left);
      get(Op.GLOBAL_SET, fuel);
      get(Op.LOCAL_GET, left);
      out.u8(Op.I64_CONST, 0).u8(Op.I64_LT_S).u8(Op.IF, 0x40).u8(Op.UNREACHABLE, Op.END);
    }

    private void forget() {
      out.u8(Op.I32_CONST, 0);
      get(Op.LOCAL_SET, spent);
    }

    private void get(int op, int index) {
      out.u8(op).u32(index);
    }

    private void copy(int i) {
      out.raw(module.bytes(), code.start(i), code.end(i));
    }
  }
}
