package hooke.node.runtime.wasm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Programs that try what engines have been seen to differ in. Each shows what it made in its
/// standard output.
public final class Corpus {
  /// A program and its limits.
  public record Program(String name, byte[] module, long fuel, int memoryPages) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static final long PLENTY = 200_000_000;

  /// Bits of floats that are worth trying: zeros, ones, limits, infinities, and NaNs quiet and
  /// signalling, of both signs, with payloads.
  private static final int[] F32 = {
    0, 0x80000000, 0x3f800000, 0xbf800000, 0x00000001, 0x80000001, 0x007fffff, 0x00800000,
    0x7f7fffff, 0xff7fffff, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000, 0x7fc12345, 0xffc54321,
    0x7f800001, 0xffbfffff, 0x7fa00000, 0x4f000000, 0xcf000001, 0x5f000000, 0x3f000000, 0xc0490fdb
  };

  private static final long[] F64 = {
    0,
    0x8000000000000000L,
    0x3ff0000000000000L,
    0xbff0000000000000L,
    1,
    0x8000000000000001L,
    0x000fffffffffffffL,
    0x0010000000000000L,
    0x7fefffffffffffffL,
    0xffefffffffffffffL,
    0x7ff0000000000000L,
    0xfff0000000000000L,
    0x7ff8000000000000L,
    0xfff8000000000000L,
    0x7ff8123456789abcL,
    0xfff8cba987654321L,
    0x7ff0000000000001L,
    0xfff7ffffffffffffL,
    0x7ff4000000000000L,
    0x41e0000000000000L,
    0xc1e0000000200000L,
    0x43e0000000000000L,
    0x3fe0000000000000L,
    0xc00921fb54442d18L
  };

  private Corpus() {}

  /// All of them.
  ///
  /// @param random how many programs are made by chance
  public static List<Program> all(long seed, int random) {
    List<Program> all = new ArrayList<>(nans());
    all.addAll(traps());
    all.addAll(depths());
    all.addAll(bulk());
    all.addAll(growth());
    all.addAll(features());
    SplittableRandom seeds = new SplittableRandom(seed);
    for (int i = 0; i < random; i++) {
      long one = seeds.nextLong();
      all.add(new Program("random " + one, RandomProgram.of(one), 2_000_000, 20));
    }
    return all;
  }

  /// Small ones, to be run with every limit of fuel there is.
  public static List<Program> small() {
    List<Program> small = new ArrayList<>();
    small.add(new Program("branches", branches(), PLENTY, 4));
    small.add(new Program("calls", calls(), PLENTY, 4));
    small.add(new Program("bulk operations", bulkAtEachStep(), PLENTY, 4));
    small.add(new Program("moved values", moves(), PLENTY, 4));
    return small;
  }

  private static Out out() {
    return new Out(128);
  }

  private static Out i32(Out out, int value) {
    return out.u8(Op.I32_CONST).signed(value);
  }

  private static Out local(Out out, int op, int index) {
    return out.u8(op).u32(index);
  }

  // Floats. Every operation on every pair of values, in a loop long enough for compilers to step
  // in, its result stored, kept in a local and stored again, and passed through a function.

  private static List<Program> nans() {
    List<Program> programs = new ArrayList<>();
    for (boolean wide : new boolean[] {false, true}) {
      int first = wide ? 0x99 : 0x8b;
      for (int op = first; op < first + 14; op++) {
        boolean binary = op >= first + 7;
        programs.add(nan(wide, op, binary ? 2 : 1));
      }
    }
    programs.add(conversion("f32.demote_f64", true, false, Op.F32_DEMOTE_F64));
    programs.add(conversion("f64.promote_f32", false, true, Op.F64_PROMOTE_F32));
    programs.add(mixed());
    return programs;
  }

  private static byte[] floats(boolean wide) {
    ByteBuffer bytes = ByteBuffer.allocate(F64.length * 8).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < F64.length; i++) {
      if (wide) {
        bytes.putLong(F64[i]);
      } else {
        bytes.putInt(F32[i]);
      }
    }
    return bytes.array();
  }

  private static Program nan(boolean wide, int op, int operands) {
    int width = wide ? 8 : 4;
    int load = wide ? 0x2b : 0x2a;
    int store = wide ? 0x39 : 0x38;
    int align = wide ? 3 : 2;
    char type = wide ? 'F' : 'f';
    int n = F64.length;
    ProgramBuilder program = new ProgramBuilder().filled(floats(wide));
    int same = program.add("" + type, "" + type, "", local(out(), Op.LOCAL_GET, 0));
    Out code = out();
    // locals: 0 round, 1 i, 2 j, 3 where to store, 4 result
    code.u8(Op.LOOP, 0x40);
    local(i32(code, 1_024), Op.LOCAL_SET, 3);
    local(i32(code, 0), Op.LOCAL_SET, 1);
    code.u8(Op.LOOP, 0x40);
    local(i32(code, 0), Op.LOCAL_SET, 2);
    code.u8(Op.LOOP, 0x40);
    // [at] = op(a, b)
    local(code, Op.LOCAL_GET, 3);
    for (int k = 0; k < operands; k++) {
      local(code, Op.LOCAL_GET, 1 + k);
      code.u8(load, align).u32(0);
    }
    local(code.u8(op), Op.LOCAL_TEE, 4);
    code.u8(store, align).u32(0);
    // [at + width] = same(op(result, a)), so that one operation's NaN feeds the next
    local(code, Op.LOCAL_GET, 3);
    local(code, Op.LOCAL_GET, 4);
    if (operands == 2) {
      local(code, Op.LOCAL_GET, 1);
      code.u8(load, align).u32(0);
    }
    code.u8(op).u8(Op.CALL).u32(same);
    code.u8(store, align).u32(width);
    local(i32(local(code, Op.LOCAL_GET, 3), 2 * width).u8(Op.I32_ADD), Op.LOCAL_SET, 3);
    again(code, 2, operands == 2 ? n * width : width, width);
    again(code, 1, n * width, width);
    again(code, 0, 24, 1);
    i32(i32(code, 1_024), 2 * width * n * (operands == 2 ? n : 1)).u8(Op.CALL, ProgramBuilder.SHOW);
    int main = program.add("", "", "iiii" + type, code);
    return new Program(String.format("float operation %02x", op), program.build(main), PLENTY, 4);
  }

  /// `local += step`, and back to the loop while it is below `end`.
  private static void again(Out code, int local, int end, int step) {
    local(i32(local(code, Op.LOCAL_GET, local), step).u8(Op.I32_ADD), Op.LOCAL_TEE, local);
    i32(code, end).u8(0x48).u8(Op.BR_IF, 0).u8(Op.END);
  }

  private static Program conversion(String name, boolean fromWide, boolean toWide, int op) {
    ProgramBuilder program = new ProgramBuilder().filled(floats(fromWide));
    Out code = out();
    for (int i = 0; i < F64.length; i++) {
      i32(code, 1_024 + 8 * i);
      i32(code, 0).u8(fromWide ? 0x2b : 0x2a, 2).u32(i * (fromWide ? 8L : 4L)).u8(op);
      code.u8(toWide ? 0x39 : 0x38, 2).u32(0);
    }
    i32(i32(code, 1_024), 8 * F64.length).u8(Op.CALL, ProgramBuilder.SHOW);
    return new Program(name, program.build(program.add("", "", "", code)), PLENTY, 4);
  }

  /// Chains in which results meet in every order: (a+b)*c, c*(a+b), min, sqrt, neg, abs, copysign,
  /// select, and truncation of each.
  private static Program mixed() {
    ProgramBuilder program = new ProgramBuilder().filled(floats(true));
    Out code = out();
    int at = 1_024;
    for (int i = 0; i < F64.length; i++) {
      for (int j = 0; j < F64.length; j += 3) {
        for (int[] chain :
            new int[][] {
              {0xa0, 0xa2},
              {0xa1, 0xa4},
              {0xa3, 0xa5},
              {0xa2, 0x9f},
              {0xa0, 0x9a},
              {0xa1, 0x99},
              {0xa0, 0xa6},
              {0xa4, 0x9e}
            }) {
          i32(code, at);
          f64(code, i);
          f64(code, j);
          code.u8(chain[0]);
          if (chain[1] >= 0xa0) {
            f64(code, i);
          }
          code.u8(chain[1]);
          code.u8(0x39, 3).u32(0);
          // the other way round
          i32(code, at + 8);
          if (chain[1] >= 0xa0) {
            f64(code, j);
          }
          f64(code, i);
          f64(code, j);
          code.u8(chain[0]).u8(chain[1]).u8(0x39, 3).u32(0);
          at += 16;
        }
        i32(code, at);
        f64(code, i);
        f64(code, j);
        code.u8(0xa0).u8(0xfc, 0x06); // i64.trunc_sat_f64_s
        f64(code, i);
        f64(code, j);
        f64(code, i);
        f64(code, j);
        code.u8(0xa1);
        i32(code, j % 2).u8(Op.SELECT).u8(0xa2).u8(0xbd).u8(0x7c);
        code.u8(0x37, 3).u32(0);
        at += 8;
      }
    }
    i32(i32(code, 1_024), at - 1_024).u8(Op.CALL, ProgramBuilder.SHOW);
    return new Program("float chains", program.build(program.add("", "", "", code)), PLENTY, 4);
  }

  private static void f64(Out code, int value) {
    i32(code, 0).u8(0x2b, 3).u32(value * 8L);
  }

  // Traps, each after some work that shows.

  private static List<Program> traps() {
    List<Program> programs = new ArrayList<>();
    programs.add(trap("unreachable", out().u8(Op.UNREACHABLE)));
    for (int op : new int[] {0x6d, 0x6e, 0x6f, 0x70}) {
      programs.add(trap("i32 division by zero " + op, i32(i32(out(), 7), 0).u8(op).u8(Op.DROP)));
    }
    for (int op : new int[] {0x7f, 0x80, 0x81, 0x82}) {
      Out code = out().u8(Op.I64_CONST, 7).u8(Op.I64_CONST, 0).u8(op).u8(Op.DROP);
      programs.add(trap("i64 division by zero " + op, code));
    }
    programs.add(
        trap("i32 division overflow", i32(i32(out(), Integer.MIN_VALUE), -1).u8(0x6d).u8(Op.DROP)));
    programs.add(
        trap(
            "i64 division overflow",
            out()
                .u8(Op.I64_CONST)
                .signed(Long.MIN_VALUE)
                .u8(Op.I64_CONST)
                .signed(-1)
                .u8(0x7f)
                .u8(Op.DROP)));
    for (int op = 0xa8; op <= 0xb1; op++) {
      if (op == 0xac || op == 0xad) {
        continue;
      }
      boolean wide = op == 0xaa || op == 0xab || op == 0xb0 || op == 0xb1;
      for (long bits :
          wide
              ? new long[] {
                0x7ff8000000000000L, 0x7ff0000000000000L, 0xc7e0000000000000L, 0x47e0000000000000L
              }
              : new long[] {0x7fc00000, 0x7f800000, 0xdf800001, 0x7f7fffff}) {
        Out code = out();
        if (wide) {
          code.u8(Op.I64_CONST).signed(bits).u8(0xbf);
        } else {
          i32(code, (int) bits).u8(0xbe);
        }
        programs.add(trap("truncation " + op + " " + bits, code.u8(op).u8(Op.DROP)));
      }
    }
    // [address, offset]
    long[][] places = {
      {65_536, 0},
      {65_535, 1},
      {-1, 0},
      {-8, 8},
      {0, 65_536},
      {0x7fffffff, 0},
      {0, 0x7fffffffL},
      {0, 0x80000000L},
      {0, 0xffffffffL},
      {0x80000000, 0x80000000L},
      {0x7fffffff, 0x7fffffffL},
      {-4, 4}
    };
    for (int op = 0x28; op <= 0x3e; op++) {
      for (long[] place : places) {
        Out code = i32(out(), (int) place[0]);
        if (op >= 0x36) {
          value(code, op);
        }
        code.u8(op, 0).u32(place[1]);
        programs.add(
            trap(
                String.format("access %02x at %x + %x", op, place[0], place[1]),
                op < 0x36 ? code.u8(Op.DROP) : code));
      }
      // the last places where accesses of each width are, or are not
      for (int from : new int[] {65_528, 65_529, 65_532, 65_533, 65_534, 65_535}) {
        Out code = i32(out(), from);
        if (op >= 0x36) {
          value(code, op);
        }
        code.u8(op, 0).u32(0);
        programs.add(
            trap(
                String.format("access %02x at %d", op, from), op < 0x36 ? code.u8(Op.DROP) : code));
      }
    }
    programs.add(
        trap("call of a missing element", i32(i32(out(), 1), 9).u8(Op.CALL_INDIRECT).u32(1).u8(0)));
    programs.add(
        trap("call of an empty element", i32(i32(out(), 1), 5).u8(Op.CALL_INDIRECT).u32(1).u8(0)));
    programs.add(
        trap("call of another type", i32(i32(out(), 1), 0).u8(Op.CALL_INDIRECT).u32(1).u8(0)));
    programs.add(
        trap("call of element -1", i32(i32(out(), 1), -1).u8(Op.CALL_INDIRECT).u32(1).u8(0)));
    programs.add(trap("table.get outside", i32(out(), 8).u8(Op.TABLE_GET, 0).u8(Op.DROP)));
    programs.add(
        trap("table.set outside", i32(out(), -1).u8(Op.REF_NULL, 0x70).u8(Op.TABLE_SET, 0)));
    int[][] triples = {
      {0, 0, 0},
      {65_536, 0, 0},
      {65_537, 0, 0},
      {0, 0, 65_537},
      {65_535, 0, 2},
      {1, 0, -1},
      {-1, 0, 2},
      {0, 65_536, 1},
      {0, -1, 1},
      {100, 60, 65_500},
      {0, 0, Integer.MIN_VALUE}
    };
    for (int[] t : triples) {
      String at = " " + t[0] + ", " + t[1] + ", " + t[2];
      programs.add(trap("memory.fill" + at, triple(t).u8(0xfc, 11).u8(0)));
      programs.add(trap("memory.copy" + at, triple(t).u8(0xfc, 10).u8(0, 0)));
      programs.add(trap("memory.init" + at, triple(t).u8(0xfc, 8).u8(0, 0)));
      programs.add(trap("memory.init of an active segment" + at, triple(t).u8(0xfc, 8).u8(1, 0)));
    }
    int[][] entries = {
      {0, 0, 0},
      {8, 0, 0},
      {9, 0, 0},
      {0, 0, 9},
      {0, 9, 0},
      {7, 0, 2},
      {0, 2, 1},
      {0, 1, 1},
      {1, 0, -1},
      {0, -1, 2}
    };
    for (int[] t : entries) {
      String at = " " + t[0] + ", " + t[1] + ", " + t[2];
      programs.add(trap("table.copy" + at, triple(t).u8(0xfc, 14).u8(0, 0)));
      programs.add(trap("table.init" + at, triple(t).u8(0xfc, 12).u8(1, 0)));
      programs.add(trap("table.init of an active segment" + at, triple(t).u8(0xfc, 12).u8(0, 0)));
      Out fill = i32(i32(out(), t[0]).u8(Op.REF_NULL, 0x70), t[2]).u8(0xfc, 17).u8(0);
      programs.add(trap("table.fill" + at, fill));
    }
    return programs;
  }

  private static Out triple(int[] t) {
    return i32(i32(i32(out(), t[0]), t[1]), t[2]);
  }

  private static void value(Out code, int store) {
    switch (store) {
      case 0x36, 0x3a, 0x3b -> i32(code, 0x12345678);
      case 0x38 -> i32(code, 0x7fa00001).u8(0xbe);
      case 0x39 -> code.u8(Op.I64_CONST).signed(0x7ff4000000000001L).u8(0xbf);
      default -> code.u8(Op.I64_CONST).signed(0x123456789abcdef0L);
    }
  }

  /// Shows some memory, works a little, does the thing, and shows its end when it is still there.
  private static Program trap(String name, Out thing) {
    ProgramBuilder program =
        new ProgramBuilder().data("passive".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    program.filled("active".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    int nothing = program.add("", "", "", out());
    program.table(8, 8, nothing, nothing).elements(nothing, nothing);
    Out code = out();
    i32(i32(code, 0), 4).u8(Op.CALL, ProgramBuilder.SHOW);
    code.u8(Op.LOOP, 0x40);
    again(code, 0, 100, 1);
    code.raw(thing.toBytes());
    i32(i32(code, 0), 128).u8(Op.CALL, ProgramBuilder.SHOW);
    i32(i32(code, 65_500), 36).u8(Op.CALL, ProgramBuilder.SHOW);
    return new Program(name, program.build(program.add("", "", "i", code)), PLENTY, 4);
  }

  // Recursion to the profile's depth, by frames of all shapes.

  private static List<Program> depths() {
    List<Program> programs = new ArrayList<>();
    programs.add(recursion("directly", 0, 0, false, -1));
    programs.add(recursion("with a hundred locals", 100, 0, false, -1));
    programs.add(recursion("with ten thousand locals", 9_998, 0, false, -1));
    programs.add(recursion("with a hundred operands", 0, 100, false, -1));
    programs.add(recursion("with nine thousand operands", 0, 9_000, false, -1));
    programs.add(recursion("through a table", 4, 3, true, -1));
    // weights: 16 + 1 parameter + 4 locals and operands; the limit is met exactly
    programs.add(recursion("and comes back", 0, 0, false, 20_000));
    programs.add(recursion("through a table and comes back", 0, 0, true, 20_000));
    programs.add(mutual());
    return programs;
  }

  /// Calls itself `times` times, endlessly when that is negative, and counts the calls in memory.
  private static Program recursion(
      String name, int locals, int operands, boolean indirect, int times) {
    ProgramBuilder program = new ProgramBuilder();
    int self = program.next();
    int type = program.type(new FuncType("i", "i"));
    program.table(1, 1, self);
    Out code = out();
    i32(code, 0);
    i32(i32(code, 0).u8(0x28, 2).u32(0), 1).u8(Op.I32_ADD).u8(0x36, 2).u32(0);
    local(code, Op.LOCAL_GET, 0).u8(0x45).u8(Op.IF, 0x40);
    i32(code, 1).u8(Op.RETURN).u8(Op.END);
    for (int i = 0; i < operands; i++) {
      local(code, Op.LOCAL_GET, 0);
    }
    i32(local(code, Op.LOCAL_GET, 0), 1).u8(Op.I32_SUB);
    if (indirect) {
      i32(code, 0).u8(Op.CALL_INDIRECT).u32(type).u8(0);
    } else {
      code.u8(Op.CALL).u32(self);
    }
    for (int i = 0; i < operands; i++) {
      code.u8(Op.I32_ADD);
    }
    i32(code, 3).u8(0x6c);
    program.add("i", "i", "i".repeat(locals), code);
    Out main = out();
    if (times < 0) {
      // Seen also when it traps.
      i32(i32(main, 0), 8).u8(Op.CALL, ProgramBuilder.SHOW);
    }
    i32(main, 4);
    i32(main, times).u8(Op.CALL).u32(self).u8(0x36, 2).u32(0);
    i32(i32(main, 0), 8).u8(Op.CALL, ProgramBuilder.SHOW);
    return new Program(
        "recursion " + name, program.build(program.add("", "", "", main)), PLENTY, 4);
  }

  private static Program mutual() {
    ProgramBuilder program = new ProgramBuilder();
    int even = program.next();
    int odd = even + 1;
    Out first = out();
    local(first, Op.LOCAL_GET, 0).u8(Op.I64_CONST, 1).u8(0x7c);
    first.u8(Op.CALL).u32(odd).u8(0xb9).u8(0x9f).u8(0xb0);
    program.add("I", "I", "FF", first);
    Out second = out();
    i32(second, 0);
    local(second, Op.LOCAL_GET, 0).u8(0x37, 3).u32(0);
    local(second, Op.LOCAL_GET, 0).u8(Op.CALL).u32(even);
    program.add("I", "I", "iIfF", second);
    Out main = out().u8(Op.I64_CONST, 0).u8(Op.CALL).u32(even).u8(Op.DROP);
    return new Program(
        "recursion of two functions", program.build(program.add("", "", "", main)), PLENTY, 4);
  }

  // Bulk operations of all sizes, overlapping.

  private static List<Program> bulk() {
    List<Program> programs = new ArrayList<>();
    ProgramBuilder program = new ProgramBuilder().memory(33, 40);
    byte[] pattern = new byte[3_000];
    new SplittableRandom(5).nextBytes(pattern);
    program.data(pattern);
    Out code = out();
    int mega = 1 << 20;
    i32(i32(i32(code, 0), 0xa5), 2 * mega).u8(0xfc, 11).u8(0);
    i32(i32(i32(code, 70_000), 0), 3_000).u8(0xfc, 8).u8(0, 0);
    for (int[] t :
        new int[][] {
          {70_001, 70_000, 3_000},
          {69_990, 70_000, 3_000},
          {131_000, 70_000, 9_000},
          {131_070, 131_064, 70_000},
          {131_060, 131_064, 70_000},
          {mega, 65_000, 900_000},
          {mega - 3, mega, 900_000},
          {0, 1, mega}
        }) {
      code.raw(triple(t).toBytes()).u8(0xfc, 10).u8(0, 0);
    }
    for (int at = 65_000; at < 2 * mega; at += 400_003) {
      i32(i32(code, at), 5_000).u8(Op.CALL, ProgramBuilder.SHOW);
    }
    code.u8(0xfc, 9).u8(0);
    i32(i32(i32(code, 70_000), 0), 1).u8(0xfc, 8).u8(0, 0);
    programs.add(
        new Program("bulk operations", program.build(program.add("", "", "", code)), PLENTY, 40));
    // Endless large ones must run out of fuel.
    for (int op : new int[] {10, 11}) {
      ProgramBuilder endless = new ProgramBuilder().memory(64, 64);
      Out loop = out().u8(Op.LOOP, 0x40);
      i32(i32(i32(loop, 5), 0), 4_000_000).u8(0xfc, op).u8(0);
      if (op == 10) {
        loop.u8(0);
      }
      loop.u8(Op.BR, 0).u8(Op.END);
      programs.add(
          new Program(
              "endless bulk operations " + op,
              endless.build(endless.add("", "", "", loop)),
              50_000_000,
              64));
    }
    return programs;
  }

  private static List<Program> growth() {
    List<Program> programs = new ArrayList<>();
    for (int maximum : new int[] {-1, 7, 65_536}) {
      ProgramBuilder program = new ProgramBuilder().memory(1, maximum);
      Out code = out();
      for (int pages :
          new int[] {0, 1, -1, 3, 65_536, Integer.MIN_VALUE, 30, 4, 1, 1, 1, 1, 40, 1}) {
        grow(code, pages);
      }
      // One after the other, until it fails; the new pages are zero and may be written.
      code.u8(Op.LOOP, 0x40);
      i32(code, 1).u8(Op.MEMORY_GROW, 0);
      local(code, Op.LOCAL_TEE, 1);
      i32(code, -1).u8(Op.I32_NE).u8(Op.IF, 0x40);
      i32(local(code, Op.LOCAL_GET, 1), 16).u8(0x74);
      i32(local(code, Op.LOCAL_GET, 1), 16).u8(0x74).u8(0x28, 2).u32(65_532 - 4);
      i32(code, 77).u8(Op.I32_ADD).u8(0x36, 2).u32(65_532);
      code.u8(Op.BR, 1).u8(Op.END).u8(Op.END);
      grow(code, 0);
      i32(local(code, Op.LOCAL_GET, 0), 0).u8(0x28, 2).u32(0).u8(Op.DROP).u8(Op.DROP);
      i32(i32(code, 1_024), 256).u8(Op.CALL, ProgramBuilder.SHOW);
      // The first byte beyond.
      i32(code.u8(Op.MEMORY_SIZE, 0), 16).u8(0x74).u8(0x2d, 0).u32(0).u8(Op.DROP);
      programs.add(
          new Program(
              "growth to " + maximum,
              program.build(program.add("", "", "iii", prepared(code))),
              PLENTY,
              50));
    }
    ProgramBuilder dear = new ProgramBuilder();
    Out code = out();
    grow(code, 40);
    i32(i32(code, 1_024), 256).u8(Op.CALL, ProgramBuilder.SHOW);
    programs.add(
        new Program(
            "growth beyond its fuel",
            dear.build(dear.add("", "", "iii", prepared(code))),
            100_000,
            50));
    return programs;
  }

  private static Out prepared(Out code) {
    return local(i32(out(), 1_024), Op.LOCAL_SET, 2).raw(code.toBytes());
  }

  /// Grows, and stores what that said and the size at where local 2 points.
  private static void grow(Out code, int pages) {
    local(code, Op.LOCAL_GET, 2);
    i32(code, pages).u8(Op.MEMORY_GROW, 0).u8(0x36, 2).u32(0);
    local(code, Op.LOCAL_GET, 2).u8(Op.MEMORY_SIZE, 0).u8(0x36, 2).u32(4);
    local(i32(local(code, Op.LOCAL_GET, 2), 8).u8(Op.I32_ADD), Op.LOCAL_SET, 2);
  }

  // Start functions, tables, several values, exits.

  private static List<Program> features() {
    List<Program> programs = new ArrayList<>();
    ProgramBuilder starts = new ProgramBuilder();
    int start =
        starts.add(
            "", "", "", i32(i32(i32(i32(out(), 0), 42).u8(0x36, 2).u32(0), 0), 4).u8(Op.CALL, 2));
    int main = starts.add("", "", "", i32(i32(out(), 0), 8).u8(Op.CALL, 2));
    programs.add(new Program("start function", starts.startAt(start).build(main), PLENTY, 4));

    ProgramBuilder ends = new ProgramBuilder();
    int end = ends.add("", "", "", i32(out(), 7).u8(Op.CALL, ProgramBuilder.PROC_EXIT));
    programs.add(
        new Program(
            "start function that ends",
            ends.startAt(end).build(ends.add("", "", "", out().u8(Op.UNREACHABLE))),
            PLENTY,
            4));
    ProgramBuilder traps = new ProgramBuilder();
    int trap = traps.add("", "", "", out().u8(Op.UNREACHABLE));
    programs.add(
        new Program(
            "start function that traps",
            traps.startAt(trap).build(traps.add("", "", "", out())),
            PLENTY,
            4));
    for (int code : new int[] {0, 1, 255, 256, -1, Integer.MIN_VALUE}) {
      ProgramBuilder exits = new ProgramBuilder();
      int exit = exits.add("", "", "", i32(out(), code).u8(Op.CALL, 1).u8(Op.UNREACHABLE));
      programs.add(new Program("exit " + code, exits.build(exit), PLENTY, 4));
    }

    ProgramBuilder outside = new ProgramBuilder().memory(1, 1).filled(new byte[65_537]);
    programs.add(
        new Program(
            "data beyond memory", outside.build(outside.add("", "", "", out())), PLENTY, 4));
    ProgramBuilder many = new ProgramBuilder();
    int nothing = many.add("", "", "", out());
    many.table(1, 1, nothing, nothing);
    programs.add(
        new Program("elements beyond a table", many.build(many.add("", "", "", out())), PLENTY, 4));

    ProgramBuilder several = new ProgramBuilder();
    Out swap = local(local(local(out(), Op.LOCAL_GET, 2), Op.LOCAL_GET, 1), Op.LOCAL_GET, 0);
    int swapped = several.add("iFI", "IFi", "", swap);
    int loop = several.type(new FuncType("II", "I"));
    Out shown = out();
    i32(shown, 0);
    i32(shown, 5).u8(Op.F64_CONST).raw(new byte[] {0, 0, 0, 0, 0, 0, (byte) 0xf4, 0x7f});
    shown.u8(Op.I64_CONST).signed(1L << 40).u8(Op.CALL).u32(swapped);
    local(shown, Op.LOCAL_SET, 0);
    local(shown.u8(0xbd), Op.LOCAL_SET, 1);
    local(shown, Op.LOCAL_GET, 1);
    // a loop with parameters that passes values back
    shown.u8(Op.LOOP).signed(loop);
    local(shown.u8(0x7c), Op.LOCAL_TEE, 1);
    local(i32(local(shown, Op.LOCAL_GET, 0), 1).u8(Op.I32_SUB), Op.LOCAL_TEE, 0);
    shown.u8(Op.IF).signed(several.type(new FuncType("I", "I")));
    local(shown, Op.LOCAL_GET, 1).u8(Op.BR, 1).u8(Op.END).u8(Op.END);
    shown.u8(0x37, 3).u32(0);
    i32(i32(shown, 0), 16).u8(Op.CALL, 2);
    programs.add(
        new Program("several values", several.build(several.add("", "", "iI", shown)), PLENTY, 4));

    ProgramBuilder tables = new ProgramBuilder().table(2, -1, 2).elements(2, 0, 1);
    Out table = out();
    i32(table, 1_024).u8(Op.REF_FUNC, 2);
    i32(table, 10).u8(0xfc, 15).u8(0).u8(0x36, 2).u32(0);
    i32(table, 1_024).u8(Op.REF_NULL, 0x70);
    i32(table, 999_999).u8(0xfc, 15).u8(0).u8(0x36, 2).u32(4);
    i32(table, 1_024).u8(Op.REF_NULL, 0x70);
    i32(table, -1).u8(0xfc, 15).u8(0).u8(0x36, 2).u32(8);
    i32(table, 1_024).u8(0xfc, 16).u8(0).u8(0x36, 2).u32(12);
    i32(i32(i32(table, 3), 1), 2).u8(0xfc, 12).u8(1, 0);
    i32(table, 1_024);
    i32(table, 4).u8(Op.TABLE_GET, 0).u8(Op.REF_IS_NULL).u8(0x36, 2).u32(16);
    table.u8(0xfc, 13).u8(1);
    i32(i32(i32(table, 1_024), 20), 6)
        .u8(Op.CALL_INDIRECT)
        .u32(tables.type(new FuncType("ii", "")))
        .u8(0);
    i32(i32(i32(table, 0), 0), 1).u8(0xfc, 12).u8(1, 0);
    programs.add(new Program("tables", tables.build(tables.add("", "", "", table)), PLENTY, 4));
    programs.add(new Program("moved values", moves(), PLENTY, 4));
    programs.add(widest('i', 240));
    programs.add(widest('F', 120));
    return programs;
  }

  /// As many parameters and results as there may be, handed on directly and through a table.
  private static Program widest(char type, int count) {
    ProgramBuilder program = new ProgramBuilder();
    String many = String.valueOf(type).repeat(count);
    Out same = out();
    for (int n = count - 1; n >= 0; n--) {
      local(same, Op.LOCAL_GET, n);
    }
    int turned = program.add(many, many, "", same);
    program.table(1, 1, turned);
    Out code = out();
    for (int n = 0; n < count; n++) {
      if (type == 'i') {
        i32(code, n * n);
      } else {
        i32(code, n * n).u8(0xb7);
      }
    }
    code.u8(Op.CALL).u32(turned);
    i32(code, 0).u8(Op.CALL_INDIRECT).u32(program.type(new FuncType(many, many))).u8(0);
    code.u8(Op.CALL).u32(turned);
    for (int n = 0; n < count; n++) {
      local(code, Op.LOCAL_SET, type == 'i' ? 0 : 1);
      i32(code, n * 8);
      local(code, Op.LOCAL_GET, type == 'i' ? 0 : 1);
      code.u8(type == 'i' ? 0x36 : 0x39, 2).u32(0);
    }
    i32(i32(code, 0), count * 8).u8(Op.CALL, ProgramBuilder.SHOW);
    return new Program(
        count + " parameters of " + type,
        program.build(program.add("", "", "iF", code)),
        PLENTY,
        4);
  }

  // Small programs for sweeps.

  /// Branches, returns and calls that carry many values, a function with many locals, and a table
  /// that grows.
  private static byte[] moves() {
    ProgramBuilder program = new ProgramBuilder().table(1_000, -1);
    String nine = "i".repeat(9);
    Out give = out();
    for (int n = 0; n < 9; n++) {
      i32(give, n);
    }
    i32(give, 0).u8(Op.BR_IF, 0);
    int gives = program.add("i", nine, "I".repeat(200), give.u8(Op.RETURN));
    Out code = out();
    i32(code, 3).u8(Op.CALL).u32(gives);
    // One more is there than goes round.
    i32(code.u8(Op.LOOP).signed(program.type(new FuncType(nine, ""))), 7);
    local(i32(local(code, Op.LOCAL_GET, 0), 1).u8(Op.I32_ADD), Op.LOCAL_TEE, 0);
    i32(code, 5).u8(0x48).u8(Op.BR_IF, 0);
    code.u8(Op.BLOCK).signed(program.type(new FuncType("", nine)));
    i32(code, 1).u8(Op.CALL).u32(gives).u8(Op.BR, 0).u8(Op.END);
    for (int n = 0; n < 19; n++) {
      code.u8(Op.DROP);
    }
    code.u8(Op.END);
    for (int by : new int[] {0, 1, 7, 100}) {
      i32(code.u8(Op.REF_NULL, 0x70), by).u8(0xfc, 15).u8(0).u8(Op.DROP);
    }
    return program.build(program.add("", "", "i", code));
  }

  private static byte[] branches() {
    ProgramBuilder program = new ProgramBuilder();
    Out code = out();
    code.u8(Op.LOOP, 0x40);
    code.u8(Op.BLOCK, 0x40).u8(Op.BLOCK, 0x40).u8(Op.BLOCK, 0x40);
    i32(local(code, Op.LOCAL_GET, 0), 3).u8(0x70);
    code.u8(Op.BR_TABLE, 2).u8(0, 1).u8(2).u8(Op.END);
    i32(code, 0);
    i32(i32(code, 0).u8(0x28, 2).u32(0), 5).u8(Op.I32_ADD).u8(0x36, 2).u32(0);
    code.u8(Op.END);
    local(code, Op.LOCAL_GET, 0).u8(Op.IF, 0x40);
    i32(code, 4);
    i32(i32(code, 4).u8(0x28, 2).u32(0), 7).u8(0x6d).u8(0x36, 2).u32(0);
    code.u8(Op.ELSE).u8(Op.NOP);
    i32(i32(code, 4), 1_000).u8(0x36, 2).u32(0).u8(Op.END);
    code.u8(Op.END);
    again(code, 0, 7, 1);
    return program.build(program.add("", "", "i", code));
  }

  private static byte[] calls() {
    ProgramBuilder program = new ProgramBuilder();
    int leaf = program.add("i", "i", "", i32(local(out(), Op.LOCAL_GET, 0), 3).u8(0x6c));
    Out middle = local(out(), Op.LOCAL_GET, 0).u8(Op.CALL).u32(leaf);
    local(middle, Op.LOCAL_GET, 0).u8(Op.IF, 0x40);
    i32(local(middle, Op.LOCAL_GET, 0), 1).u8(Op.I32_SUB);
    middle.u8(Op.CALL).u32(program.next()).u8(Op.RETURN).u8(Op.END);
    int called = program.add("i", "i", "i", middle);
    program.table(2, 2, leaf, called);
    Out code = out();
    int type = program.type(new FuncType("i", "i"));
    i32(i32(code, 3), 1).u8(Op.CALL_INDIRECT).u32(type).u8(0).u8(Op.DROP);
    i32(i32(code, 0), 4).u8(Op.CALL, ProgramBuilder.SHOW);
    i32(i32(code, 3), 0).u8(Op.CALL_INDIRECT).u32(type).u8(0).u8(Op.DROP);
    return program.build(program.add("", "", "", code));
  }

  private static byte[] bulkAtEachStep() {
    ProgramBuilder program = new ProgramBuilder().data(new byte[64]);
    program.table(4, 9, 2).elements(2);
    Out code = out();
    i32(i32(i32(code, 10), 1), 900).u8(0xfc, 11).u8(0);
    i32(i32(i32(code, 20), 10), 500).u8(0xfc, 10).u8(0, 0);
    i32(i32(i32(code, 20), 10), 50).u8(0xfc, 8).u8(0, 0);
    i32(i32(i32(code, 1), 0), 1).u8(0xfc, 12).u8(1, 0);
    i32(i32(i32(code, 2), 0), 2).u8(0xfc, 14).u8(0, 0);
    i32(code.u8(Op.REF_NULL, 0x70), 3).u8(0xfc, 15).u8(0).u8(Op.DROP);
    return program.build(program.add("", "", "", code));
  }
}
