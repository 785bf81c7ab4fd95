package hooke.node.runtime.wasm;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Valid programs made by chance: expressions of every instruction, structured control flow, calls
/// direct and through a table, loops that end. They may trap and run out of fuel.
final class RandomProgram {
  private static final String TYPES = "iIfF";
  private static final int BYTES = 2_048;

  private final SplittableRandom random;
  private final ProgramBuilder program = new ProgramBuilder();
  private final List<FuncType> callable = new ArrayList<>();
  private int firstCallable;

  // Of the function being written.
  private String locals = "";
  private String results = "";
  private int counters;
  private int nesting;
  private int budget;
  private Out code = new Out(256);

  private RandomProgram(long seed) {
    random = new SplittableRandom(seed);
  }

  static byte[] of(long seed) {
    return new RandomProgram(seed).make();
  }

  private byte[] make() {
    byte[] filled = new byte[BYTES];
    random.nextBytes(filled);
    program
        .memory(1, random.nextBoolean() ? -1 : 3)
        .filled(filled)
        .data(new byte[] {1, 2, 3, 4, 5});
    for (int i = 0; i < 4; i++) {
      code = new Out(16);
      constant(TYPES.charAt(i));
      program.global(TYPES.charAt(i), code);
    }
    firstCallable = program.next();
    int count = random.nextInt(1, 6);
    int[] filledTable = new int[count];
    for (int i = 0; i < count; i++) {
      FuncType type = new FuncType(letters(random.nextInt(4)), letters(random.nextInt(2)));
      int index = function(type, random.nextInt(10, 120));
      filledTable[i] = index;
      callable.add(type);
    }
    // passive segment 0, active segment 1; the table's segment is number 0
    program.table(count + 2, count + 4, filledTable);
    locals = "iIfF";
    results = "";
    counters = 0;
    nesting = 0;
    code = new Out(256);
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < count; i++) {
        budget = 12;
        call(i);
      }
      code.u8(Op.I32_CONST, 0).u8(Op.I32_CONST).signed(BYTES).u8(Op.CALL, ProgramBuilder.SHOW);
    }
    for (int i = 0; i < 4; i++) {
      code.u8(Op.I32_CONST).signed(8L * i).u8(Op.GLOBAL_GET, i);
      code.u8(new int[] {0x36, 0x37, 0x38, 0x39}[i], 2).u32(0);
    }
    code.u8(Op.I32_CONST, 0).u8(Op.I32_CONST, 32).u8(Op.CALL, ProgramBuilder.SHOW);
    return program.build(program.add("", "", "iIfF" + "i".repeat(counters), code));
  }

  private String letters(int count) {
    StringBuilder letters = new StringBuilder();
    for (int i = 0; i < count; i++) {
      letters.append(TYPES.charAt(random.nextInt(4)));
    }
    return letters.toString();
  }

  private int function(FuncType type, int size) {
    // A local of each type at least.
    String own = "iIfF" + letters(random.nextInt(4));
    locals = type.params() + own;
    results = type.results();
    counters = 0;
    nesting = 0;
    code = new Out(256);
    budget = size;
    while (budget > 0) {
      statement(0);
    }
    budget = 6;
    type.results().chars().forEach(letter -> value((char) letter, 2));
    return program.add(type.params(), type.results(), own + "i".repeat(counters), code);
  }

  private int local(char type) {
    int from = random.nextInt(locals.length());
    int found = locals.indexOf(type, from);
    return found >= 0 ? found : locals.indexOf(type);
  }

  /// Leaves nothing on the stack.
  private void statement(int depth) {
    budget--;
    char type = TYPES.charAt(random.nextInt(4));
    switch (random.nextInt(depth > 3 ? 5 : 14)) {
      case 0, 1 -> {
        value(type, 3);
        code.u8(Op.LOCAL_SET).u32(local(type));
      }
      case 2 -> store(type);
      case 3 -> {
        value(type, 3);
        code.u8(Op.GLOBAL_SET).u32(TYPES.indexOf(type));
      }
      case 4 -> {
        value(type, 2);
        code.u8(Op.DROP);
      }
      case 5 -> {
        value('i', 2);
        code.u8(Op.IF, 0x40);
        block(depth);
        if (random.nextBoolean()) {
          code.u8(Op.ELSE);
          block(depth);
        }
        code.u8(Op.END);
      }
      case 6, 7 -> loop(depth);
      case 8 -> {
        code.u8(Op.BLOCK, 0x40);
        nesting++;
        statement(depth + 1);
        value('i', 2);
        code.u8(Op.BR_IF).u32(random.nextInt(nesting));
        statement(depth + 1);
        if (random.nextInt(4) == 0) {
          results.chars().forEach(letter -> value((char) letter, 1));
          code.u8(Op.RETURN);
        }
        nesting--;
        code.u8(Op.END);
      }
      case 9 -> table(depth);
      case 10 -> bulk();
      case 11 -> {
        if (!callable.isEmpty()) {
          call(random.nextInt(callable.size()));
        }
      }
      case 12 -> {
        value('i', 1);
        code.u8(Op.I32_CONST, 3).u8(Op.I32_AND).u8(Op.MEMORY_GROW, 0).u8(Op.DROP);
      }
      default -> {
        if (random.nextInt(40) == 0) {
          code.u8(Op.UNREACHABLE);
        }
      }
    }
  }

  private void block(int depth) {
    nesting++;
    for (int n = random.nextInt(3); n >= 0; n--) {
      statement(depth + 1);
    }
    nesting--;
  }

  /// A loop whose counter is its own. A branch out of a block inside it may skip the counting, but
  /// then leaves the loop, or goes to the head of an outer one: fuel ends what does not end.
  private void loop(int depth) {
    int counter = counters++;
    int index = -1 - counter;
    code.u8(Op.LOOP, 0x40);
    nesting++;
    for (int n = random.nextInt(3); n >= 0; n--) {
      statement(depth + 1);
    }
    nesting--;
    code.u8(Op.LOCAL_GET).u32(counterIndex(index));
    code.u8(Op.I32_CONST, 1).u8(Op.I32_ADD).u8(Op.LOCAL_TEE).u32(counterIndex(index));
    code.u8(Op.I32_CONST).signed(random.nextInt(2, 30)).u8(0x48).u8(Op.BR_IF, 0).u8(Op.END);
  }

  /// Counters come after the other locals, whose number is known before the code is.
  private int counterIndex(int index) {
    return locals.length() + (-1 - index);
  }

  private void table(int depth) {
    int arms = random.nextInt(1, 5);
    for (int i = 0; i < arms; i++) {
      code.u8(Op.BLOCK, 0x40);
      nesting++;
    }
    value('i', 2);
    code.u8(Op.BR_TABLE).u32(arms);
    for (int i = 0; i <= arms; i++) {
      code.u32(random.nextInt(arms));
    }
    for (int i = 0; i < arms; i++) {
      nesting--;
      code.u8(Op.END);
      statement(depth + 1);
    }
  }

  private void bulk() {
    boolean wild = random.nextInt(12) == 0;
    for (int i = 0; i < 3; i++) {
      value('i', 1);
      if (!wild) {
        code.u8(Op.I32_CONST).signed(1_023).u8(Op.I32_AND);
      }
    }
    if (random.nextBoolean()) {
      code.u8(0xfc, 11).u8(0);
    } else {
      code.u8(0xfc, 10).u8(0, 0);
    }
  }

  private void call(int which) {
    FuncType type = callable.get(which);
    type.params().chars().forEach(letter -> value((char) letter, 1));
    if (random.nextInt(3) == 0) {
      code.u8(Op.I32_CONST).signed(random.nextInt(30) == 0 ? random.nextInt(20) : which);
      code.u8(Op.CALL_INDIRECT).u32(program.type(type)).u8(0);
    } else {
      code.u8(Op.CALL).u32(firstCallable + which);
    }
    type.results().chars().forEach(_ -> code.u8(Op.DROP));
  }

  private void address() {
    value('i', 1);
    if (random.nextInt(60) != 0) {
      code.u8(Op.I32_CONST).signed(BYTES - 17).u8(Op.I32_AND);
    }
  }

  private void store(char type) {
    address();
    value(type, 3);
    int op =
        switch (type) {
          case 'i' -> new int[] {0x36, 0x3a, 0x3b}[random.nextInt(3)];
          case 'I' -> new int[] {0x37, 0x3c, 0x3d, 0x3e}[random.nextInt(4)];
          case 'f' -> 0x38;
          default -> 0x39;
        };
    code.u8(op, 0).u32(random.nextInt(9));
  }

  private void constant(char type) {
    switch (type) {
      case 'i' -> code.u8(Op.I32_CONST).signed(interesting(32));
      case 'I' -> code.u8(Op.I64_CONST).signed(interesting(64));
      case 'f' -> {
        int bits =
            random.nextBoolean()
                ? 0x7f800000 | (random.nextInt() & 0x807fffff)
                : Float.floatToRawIntBits((float) random.nextInt(-50, 50) / 4);
        code.u8(Op.F32_CONST);
        for (int shift = 0; shift < 32; shift += 8) {
          code.u8(bits >>> shift);
        }
      }
      default -> {
        long bits =
            random.nextBoolean()
                ? 0x7ff0000000000000L | (random.nextLong() & 0x800fffffffffffffL)
                : Double.doubleToRawLongBits(random.nextInt(-50, 50) / 4.0);
        code.u8(Op.F64_CONST);
        for (int shift = 0; shift < 64; shift += 8) {
          code.u8((int) (bits >>> shift));
        }
      }
    }
  }

  private long interesting(int width) {
    long value =
        switch (random.nextInt(5)) {
          case 0 -> random.nextLong();
          case 1 -> 1L << random.nextInt(64);
          case 2 -> -1L >>> random.nextInt(64);
          default -> random.nextInt(-3, 20);
        };
    return width == 32 ? (int) value : value;
  }

  /// Leaves one value on the stack.
  private void value(char type, int depth) {
    budget--;
    if (depth == 0 || budget <= 0) {
      switch (random.nextInt(3)) {
        case 0 -> constant(type);
        case 1 -> code.u8(Op.GLOBAL_GET).u32(TYPES.indexOf(type));
        default -> code.u8(Op.LOCAL_GET).u32(local(type));
      }
      return;
    }
    int d = depth - 1;
    switch (random.nextInt(12)) {
      case 0 -> constant(type);
      case 1 -> code.u8(Op.LOCAL_GET).u32(local(type));
      case 2 -> {
        address();
        code.u8(load(type), 0).u32(random.nextInt(9));
      }
      case 3 -> {
        value(type, d);
        value(type, d);
        value('i', d);
        code.u8(Op.SELECT);
      }
      case 4 -> {
        value('i', d);
        code.u8(Op.IF, FuncType.code(type));
        value(type, d);
        code.u8(Op.ELSE);
        value(type, d);
        code.u8(Op.END);
      }
      case 5 -> {
        value(type, d);
        code.u8(Op.LOCAL_TEE).u32(local(type));
      }
      case 6, 7 -> unary(type, d);
      default -> binary(type, d);
    }
  }

  private int load(char type) {
    return switch (type) {
      case 'i' -> new int[] {0x28, 0x2c, 0x2d, 0x2e, 0x2f}[random.nextInt(5)];
      case 'I' -> new int[] {0x29, 0x30, 0x31, 0x32, 0x33, 0x34, 0x35}[random.nextInt(7)];
      case 'f' -> 0x2a;
      default -> 0x2b;
    };
  }

  private void unary(char type, int d) {
    // Each: operand type, then the instruction's bytes.
    int[][] of =
        switch (type) {
          case 'i' ->
              new int[][] {
                {'i', 0x45},
                {'I', 0x50},
                {'i', 0x67},
                {'i', 0x68},
                {'i', 0x69},
                {'I', 0xa7},
                {'f', 0xbc},
                {'i', 0xc0},
                {'i', 0xc1},
                {'f', 0xfc, 0},
                {'f', 0xfc, 1},
                {'F', 0xfc, 2},
                {'F', 0xfc, 3}
              };
          case 'I' ->
              new int[][] {
                {'I', 0x79},
                {'I', 0x7a},
                {'I', 0x7b},
                {'i', 0xac},
                {'i', 0xad},
                {'F', 0xbd},
                {'I', 0xc2},
                {'I', 0xc3},
                {'I', 0xc4},
                {'f', 0xfc, 4},
                {'f', 0xfc, 5},
                {'F', 0xfc, 6},
                {'F', 0xfc, 7}
              };
          case 'f' ->
              new int[][] {
                {'f', 0x8b}, {'f', 0x8c}, {'f', 0x8d}, {'f', 0x8e}, {'f', 0x8f}, {'f', 0x90},
                {'f', 0x91}, {'i', 0xb2}, {'i', 0xb3}, {'I', 0xb4}, {'I', 0xb5}, {'F', 0xb6},
                {'i', 0xbe}
              };
          default ->
              new int[][] {
                {'F', 0x99}, {'F', 0x9a}, {'F', 0x9b}, {'F', 0x9c}, {'F', 0x9d}, {'F', 0x9e},
                {'F', 0x9f}, {'i', 0xb7}, {'i', 0xb8}, {'I', 0xb9}, {'I', 0xba}, {'f', 0xbb},
                {'I', 0xbf}
              };
        };
    int[] one = of[random.nextInt(of.length)];
    value((char) one[0], d);
    for (int i = 1; i < one.length; i++) {
      code.u8(one[i]);
    }
  }

  private void binary(char type, int d) {
    if (type == 'i' && random.nextInt(3) == 0) {
      char compared = TYPES.charAt(random.nextInt(4));
      value(compared, d);
      value(compared, d);
      code.u8(
          switch (compared) {
            case 'i' -> random.nextInt(0x46, 0x50);
            case 'I' -> random.nextInt(0x51, 0x5b);
            case 'f' -> random.nextInt(0x5b, 0x61);
            default -> random.nextInt(0x61, 0x67);
          });
      return;
    }
    value(type, d);
    value(type, d);
    int op =
        switch (type) {
          case 'i' -> random.nextInt(0x6a, 0x79);
          case 'I' -> random.nextInt(0x7c, 0x8b);
          case 'f' -> random.nextInt(0x92, 0x99);
          default -> random.nextInt(0xa0, 0xa7);
        };
    boolean divides = (op >= 0x6d && op <= 0x70) || (op >= 0x7f && op <= 0x82);
    if (divides && random.nextInt(10) != 0) {
      // Mostly by what is not zero.
      if (type == 'i') {
        code.u8(Op.I32_CONST, 1).u8(Op.I32_OR);
      } else {
        code.u8(Op.I64_CONST, 1).u8(Op.I64_OR);
      }
    }
    code.u8(op);
  }
}
