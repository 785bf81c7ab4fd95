package hooke.node.runtime.wasm;

import java.util.Arrays;
import java.util.List;

/// Reads function bodies instruction by instruction: format, caps, indexes, nesting and the height
/// of the operand stack. Keeps the last body's instructions for [Metering].
final class CodeReader {
  /// Operand of a memory access at a fixed offset of 2 GiB or more.
  static final int OUT_OF_BOUNDS = -1;

  private final ModuleCaps caps;
  private final List<FuncType> types;
  private final int[] functionTypes;
  private final int globals;
  private final int tables;
  private final int memories;
  private final int elements;
  private final int data;
  private final Operands stack;

  private int locals;
  private int codeStart;
  private int count;
  private boolean calls;
  private long metered;
  private int[] ops = new int[1024];
  private int[] starts = new int[1025];
  private int[] operands = new int[1024];
  private int[] moved = new int[1024];

  /// @param data number of data segments announced, or -1 when the module announces none
  CodeReader(
      ModuleCaps caps,
      List<FuncType> types,
      int[] functionTypes,
      int globals,
      int tables,
      int memories,
      int elements,
      int data) {
    this.caps = caps;
    this.types = types;
    this.functionTypes = functionTypes;
    this.globals = globals;
    this.tables = tables;
    this.memories = memories;
    this.elements = elements;
    this.data = data;
    this.stack = new Operands(caps.operands());
  }

  /// Parameters and locals of the last body.
  int locals() {
    return locals;
  }

  /// Most operands on the stack of the last body.
  int operands() {
    return stack.highest();
  }

  /// Bytes that [Metering] makes of the last body at most: its own, [Op#METERING_BYTES] and each
  /// instruction's [Op#meteringBytes(int)].
  long metered() {
    return metered;
  }

  /// Whether the last body has a call in it, reachable or not.
  boolean calls() {
    return calls;
  }

  /// Whether instruction i's result may be a NaN of any bits, see [Operands#bare(int)].
  boolean bare(int i) {
    return stack.bare(i);
  }

  /// Where the last body's instructions start, after its locals.
  int codeStart() {
    return codeStart;
  }

  int count() {
    return count;
  }

  int op(int i) {
    return ops[i];
  }

  int start(int i) {
    return starts[i];
  }

  int end(int i) {
    return starts[i + 1];
  }

  /// The label of a `br` or `br_if`, the function of a `call`, the table of a `table.grow`, the
  /// offset of a memory access or [#OUT_OF_BOUNDS]; 0 for others.
  int operand(int i) {
    return operands[i];
  }

  /// How many values a branch carries or a call leaves; 0 for others.
  int moved(int i) {
    return moved[i];
  }

  void check(Cursor in, FuncType type) {
    int bodyStart = in.at();
    locals(in, type);
    codeStart = in.at();
    count = 0;
    calls = false;
    metered = (long) Op.METERING_BYTES + (in.end() - bodyStart);
    stack.begin(type.results().length());
    int depth = 1;
    while (depth > 0) {
      int start = in.at();
      int op = Op.read(in);
      int operand = 0;
      int takes = 0;
      int leaves = 0;
      int moves = 0;
      switch (op) {
        case Op.BLOCK, Op.LOOP, Op.IF -> {
          int first = in.peek();
          if (first == 0x40) {
            in.u8();
          } else if (FuncType.letter(first) != 0) {
            in.u8();
            leaves = 1;
          } else {
            FuncType block = blockType(in);
            takes = block.params().length();
            leaves = block.results().length();
          }
          depth++;
          if (depth > caps.nesting()) {
            throw new BadModule(
                Refusal.TOO_LARGE,
                "A function nests blocks more than " + caps.nesting() + " deep.");
          }
        }
        case Op.END -> depth--;
        case Op.BR, Op.BR_IF -> {
          operand = in.index(depth, "label");
          moves = stack.carried(operand);
        }
        case Op.BR_TABLE -> {
          int targets = in.count(caps.targets(), "branch targets");
          for (int i = 0; i <= targets; i++) {
            // All of them carry as many as the last one does.
            moves = stack.carried(in.index(depth, "label"));
          }
        }
        case Op.RETURN -> moves = stack.returned();
        case Op.CALL -> {
          operand = in.index(functionTypes.length, "function");
          FuncType called = types.get(functionTypes[operand]);
          takes = called.params().length();
          leaves = called.results().length();
          moves = leaves;
          calls = true;
        }
        case Op.REF_FUNC -> in.index(functionTypes.length, "function");
        case Op.CALL_INDIRECT -> {
          FuncType called = types.get(in.index(types.size(), "type"));
          in.index(tables, "table");
          takes = called.params().length();
          leaves = called.results().length();
          moves = leaves;
          calls = true;
        }
        case Op.SELECT_T -> {
          if (in.u32() != 1) {
            throw in.malformed("a select of several types");
          }
          valueType(in);
        }
        case Op.LOCAL_GET, Op.LOCAL_SET, Op.LOCAL_TEE -> in.index(locals, "local");
        case Op.GLOBAL_GET, Op.GLOBAL_SET -> in.index(globals, "global");
        case Op.TABLE_GROW -> operand = in.index(tables, "table");
        case Op.TABLE_GET, Op.TABLE_SET, Op.TABLE_SIZE, Op.TABLE_FILL -> in.index(tables, "table");
        case Op.MEMORY_SIZE, Op.MEMORY_GROW, Op.MEMORY_FILL -> memory(in);
        case Op.I32_CONST -> in.s32();
        case Op.I64_CONST -> in.s64();
        case Op.F32_CONST -> in.skip(4);
        case Op.F64_CONST -> in.skip(8);
        case Op.REF_NULL -> {
          char letter = FuncType.letter(in.u8());
          if (letter != 'r' && letter != 'x') {
            throw in.malformed("a reference type");
          }
        }
        case Op.MEMORY_INIT -> {
          dataSegment(in);
          memory(in);
        }
        case Op.DATA_DROP -> dataSegment(in);
        case Op.MEMORY_COPY -> {
          memory(in);
          memory(in);
        }
        case Op.TABLE_INIT -> {
          in.index(elements, "element segment");
          in.index(tables, "table");
        }
        case Op.ELEM_DROP -> in.index(elements, "element segment");
        case Op.TABLE_COPY -> {
          in.index(tables, "table");
          in.index(tables, "table");
        }
        default -> {
          if (op >= 0x28 && op <= 0x3e) {
            operand = memoryArgument(in);
          }
        }
      }
      stack.step(count, op, takes, leaves);
      metered += Op.meteringBytes(op);
      add(op, start, operand, moves);
    }
    starts[count] = in.at();
    if (!in.atEnd()) {
      throw in.malformed("code after the end of a function");
    }
    if (metered > caps.meteredFunctionBytes()) {
      throw new BadModule(
          Refusal.TOO_LARGE,
          "A function would have up to "
              + metered
              + " bytes of code once it is metered; the cap of this profile is "
              + caps.meteredFunctionBytes()
              + ".");
    }
  }

  private void locals(Cursor in, FuncType type) {
    long total = type.params().length();
    int groups = in.count(caps.functionBytes(), "groups of locals");
    for (int i = 0; i < groups; i++) {
      total += in.u32();
      if (total > caps.locals()) {
        throw new BadModule(
            Refusal.TOO_LARGE,
            "A function has more than " + caps.locals() + " locals, the cap of this profile.");
      }
      valueType(in);
    }
    locals = (int) total;
  }

  private static void valueType(Cursor in) {
    int code = in.u8();
    if (FuncType.letter(code) == 0) {
      throw code == 0x7b
          ? new BadModule(
              Refusal.UNSUPPORTED_FEATURE,
              "The module uses SIMD vectors; compile without -msimd128 (or with -C"
                  + " target-feature=-simd128).")
          : in.malformed(String.format("an unknown value type %02x", code));
    }
  }

  /// A block type that names a function type.
  private FuncType blockType(Cursor in) {
    int first = in.peek();
    long index = in.s33();
    if (index < 0) {
      throw first == 0x7b
          ? new BadModule(
              Refusal.UNSUPPORTED_FEATURE,
              "The module uses SIMD vectors; compile without -msimd128 (or with -C"
                  + " target-feature=-simd128).")
          : in.malformed("a block type");
    }
    if (index >= types.size()) {
      throw new BadModule(
          Refusal.INVALID,
          "The module is invalid: a block names type " + index + " of " + types.size() + ".");
    }
    return types.get((int) index);
  }

  private void memory(Cursor in) {
    in.index(memories, "memory");
  }

  private void dataSegment(Cursor in) {
    if (data < 0) {
      throw in.malformed("a data segment used without a data count section");
    }
    in.index(data, "data segment");
  }

  /// Alignment and offset. Answers the latter, or [#OUT_OF_BOUNDS] for an offset that no memory of
  /// the profile reaches.
  private int memoryArgument(Cursor in) {
    if (memories == 0) {
      throw in.malformed("a memory access without a memory");
    }
    int align = in.index();
    if (align > 3) {
      throw in.malformed("an alignment of 2^" + align + " (or several memories)");
    }
    long offset = in.u32();
    return offset > Integer.MAX_VALUE ? OUT_OF_BOUNDS : (int) offset;
  }

  private void add(int op, int start, int operand, int moves) {
    if (count == ops.length) {
      ops = Arrays.copyOf(ops, count * 2);
      operands = Arrays.copyOf(operands, count * 2);
      moved = Arrays.copyOf(moved, count * 2);
      starts = Arrays.copyOf(starts, count * 2 + 1);
    }
    ops[count] = op;
    starts[count] = start;
    operands[count] = operand;
    moved[count] = moves;
    count++;
  }
}
