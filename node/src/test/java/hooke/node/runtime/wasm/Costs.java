package hooke.node.runtime.wasm;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/// Programs that each do one thing until their fuel ends, so that what it costs a host can be
/// compared with what it costs in fuel. With the ways to do much for little that were thought of.
public final class Costs {
  /// Times that the thing is done in a round of a program's loop.
  private static final int TIMES = 32;

  private static final int MANY = 100;
  private static final int PAGES = 32;

  private Costs() {}

  /// By name.
  public static Map<String, byte[]> all() {
    Map<String, byte[]> all = new LinkedHashMap<>();
    numbers(all);
    memory(all);
    tables(all);
    calls(all);
    branches(all);
    hosts(all);
    return all;
  }

  private static Out out() {
    return new Out(256);
  }

  private static Out i32(Out out, int value) {
    return out.u8(Op.I32_CONST).signed(value);
  }

  private static Out prefixed(Out out, int op) {
    return out.u8(0xfc).u32(op & 0xff);
  }

  /// Adds a program whose main function does `each` again and again.
  private static void loop(
      Map<String, byte[]> all, String name, ProgramBuilder program, String locals, Out each) {
    loop(all, name, program, locals, out(), each);
  }

  private static void loop(
      Map<String, byte[]> all,
      String name,
      ProgramBuilder program,
      String locals,
      Out first,
      Out each) {
    Out code = out().raw(first.toBytes()).u8(Op.LOOP, 0x40);
    for (int n = 0; n < TIMES; n++) {
      code.raw(each.toBytes());
    }
    code.u8(Op.BR, 0).u8(Op.END);
    all.put(name, program.build(program.add("", "", locals, code)));
  }

  private static ProgramBuilder program() {
    return new ProgramBuilder().memory(PAGES, -1);
  }

  // Numbers: each result is an operand of the next.

  private static void numbers(Map<String, byte[]> all) {
    for (int op = 0x45; op <= 0xc4; op++) {
      String signature = signature(op);
      Out each = out().u8(Op.LOCAL_GET).u32(LETTERS.indexOf(signature.charAt(0)));
      if (signature.length() == 3) {
        each.u8(Op.LOCAL_GET).u32(4 + LETTERS.indexOf(signature.charAt(1)));
      }
      int result = LETTERS.indexOf(signature.charAt(signature.length() - 1));
      each.u8(op).u8(Op.LOCAL_SET).u32(result);
      number(all, String.format("instruction %02x", op), 1e5, each);
      if (signature.equals("FFF")) {
        number(all, String.format("instruction %02x, subnormal", op), 1e-310, each);
      }
    }
    for (int op = 0; op < 8; op++) {
      Out each = out().u8(Op.LOCAL_GET, op < 2 || op == 4 || op == 5 ? 2 : 3);
      prefixed(each, op).u8(Op.LOCAL_SET, op < 4 ? 0 : 1);
      number(all, String.format("instruction fc %02x", op), 1e300, each);
    }
  }

  /// What comes out is kept in globals, so that no compiler leaves it out.
  private static void number(Map<String, byte[]> all, String name, double value, Out each) {
    ProgramBuilder program = program();
    program.global('i', i32(out(), 0));
    program.global('I', out().u8(Op.I64_CONST, 0));
    program.global('f', out().u8(Op.F32_CONST).raw(new byte[4]));
    program.global('F', out().u8(Op.F64_CONST).raw(new byte[8]));
    for (int n = 0; n < 4; n++) {
      each.u8(Op.LOCAL_GET, n).u8(Op.GLOBAL_SET, n);
    }
    loop(all, name, program, LETTERS + LETTERS, seeds(value), each);
  }

  private static final String LETTERS = "iIfF";

  private static final String SIGNATURES =
      "ii"
          + " iii".repeat(10)
          + " Ii"
          + " IIi".repeat(10)
          + " ffi".repeat(6)
          + " FFi".repeat(6)
          + " ii".repeat(3)
          + " iii".repeat(15)
          + " II".repeat(3)
          + " III".repeat(15)
          + " ff".repeat(7)
          + " fff".repeat(7)
          + " FF".repeat(7)
          + " FFF".repeat(7)
          + " Ii fi fi Fi Fi iI iI fI fI FI FI if if If If Ff iF iF IF IF fF fi FI if IF ii ii II II II";

  private static String signature(int op) {
    return List.of(SIGNATURES.split(" ")).get(op - 0x45);
  }

  private static Out seeds(double value) {
    Out first = out();
    for (int from : new int[] {0, 4}) {
      i32(first, 0x12345).u8(Op.LOCAL_SET).u32(from);
      first.u8(Op.I64_CONST).signed(0x123456789abcdefL).u8(Op.LOCAL_SET).u32(from + 1);
      i32(first, Float.floatToIntBits((float) value)).u8(Op.F32_REINTERPRET_I32, Op.LOCAL_SET);
      first.u32(from + 2).u8(Op.I64_CONST).signed(Double.doubleToLongBits(value));
      first.u8(Op.F64_REINTERPRET_I64, Op.LOCAL_SET).u32(from + 3);
    }
    return first;
  }

  // Memory.

  private static void memory(Map<String, byte[]> all) {
    loop(all, "memory.size", program(), "", out().u8(Op.MEMORY_SIZE, 0).u8(Op.DROP));
    loop(all, "memory.grow 0", program(), "", i32(out(), 0).u8(Op.MEMORY_GROW, 0).u8(Op.DROP));
    loop(
        all,
        "memory.grow refused",
        program(),
        "",
        i32(out(), -1).u8(Op.MEMORY_GROW, 0).u8(Op.DROP));
    for (int size : new int[] {0, 7, 64, 4_096, PAGES << 15}) {
      Out fill = i32(i32(i32(out(), 8), 1), size);
      loop(all, "memory.fill " + size, program(), "", prefixed(fill, 11).u8(0));
      Out copy = i32(i32(i32(out(), 8), 9), size);
      loop(all, "memory.copy " + size, program(), "", prefixed(copy, 10).u8(0, 0));
    }
    for (int size : new int[] {0, 7, 4_096}) {
      Out init = i32(i32(i32(out(), 8), 0), size);
      loop(
          all,
          "memory.init " + size,
          program().data(new byte[5_000]),
          "",
          prefixed(init, 8).u8(0, 0));
    }
    loop(all, "data.drop", program().data(new byte[9]), "", prefixed(out(), 9).u8(0));
    // A walk over 512 MiB in leaps, each address read from the last one: nothing can be cached.
    int mask = (512 << 20) - 1;
    Out leap = out().u8(Op.LOCAL_GET, 0);
    i32(leap, 1_664_525).u8(0x6c);
    i32(leap, 1_013_904_223).u8(Op.I32_ADD);
    i32(leap, mask & ~3).u8(Op.I32_AND, Op.LOCAL_TEE).u8(0, 0x28).u8(2, 0);
    leap.u8(Op.LOCAL_GET, 0).u8(Op.I32_ADD, Op.LOCAL_SET).u8(0);
    loop(all, "i32.load far away", new ProgramBuilder().memory(8_192, -1), "i", leap);
  }

  // Tables.

  private static ProgramBuilder tabled(int size) {
    ProgramBuilder program = program();
    int[] functions = new int[16];
    for (int n = 0; n < functions.length; n++) {
      functions[n] = program.add("", "", "", out());
    }
    return program.table(size, -1, functions).elements(functions);
  }

  private static void tables(Map<String, byte[]> all) {
    loop(all, "table.size", tabled(100), "", prefixed(out(), 16).u8(0, Op.DROP));
    loop(all, "table.get", tabled(100), "", i32(out(), 3).u8(Op.TABLE_GET, 0).u8(Op.DROP));
    loop(all, "table.get null", tabled(100), "", i32(out(), 50).u8(Op.TABLE_GET, 0).u8(Op.DROP));
    loop(
        all,
        "table.set a function",
        tabled(100),
        "",
        i32(out(), 50).u8(Op.REF_FUNC, 3).u8(Op.TABLE_SET, 0));
    loop(
        all,
        "table.set null",
        tabled(100),
        "",
        i32(out(), 50).u8(Op.REF_NULL, 0x70).u8(Op.TABLE_SET, 0));
    loop(all, "ref.func", tabled(100), "", out().u8(Op.REF_FUNC, 3).u8(Op.REF_IS_NULL, Op.DROP));
    loop(all, "elem.drop", tabled(100), "", prefixed(out(), 13).u8(1));
    for (int size : new int[] {0, 16}) {
      Out init = i32(i32(i32(out(), 0), 0), size);
      loop(all, "table.init " + size, tabled(100), "", prefixed(init, 12).u8(1, 0));
    }
    for (int size : new int[] {0, 16, 100_000}) {
      Out fill = i32(out(), 0).u8(Op.REF_FUNC, 3);
      loop(all, "table.fill " + size, tabled(200_000), "", prefixed(i32(fill, size), 17).u8(0));
      Out copy = i32(i32(i32(out(), 0), 1), size);
      loop(all, "table.copy " + size, tabled(200_000), "", prefixed(copy, 14).u8(0, 0));
    }
    for (int size : new int[] {100, 100_000, 900_000}) {
      for (int by : new int[] {0, 1}) {
        Out grow = i32(out().u8(Op.REF_NULL, 0x70), by);
        loop(
            all,
            "table.grow by " + by + " of " + size,
            tabled(size),
            "",
            prefixed(grow, 15).u8(0, Op.DROP));
      }
    }
    Out refused = i32(out().u8(Op.REF_NULL, 0x70), 1_000_000);
    loop(all, "table.grow refused", tabled(100), "", prefixed(refused, 15).u8(0, Op.DROP));
  }

  // Calls.

  private static String many(int count) {
    return "i".repeat(count);
  }

  private static void calls(Map<String, byte[]> all) {
    ProgramBuilder leaf = program();
    int nothing = leaf.add("", "", "", out());
    loop(all, "call of a leaf", leaf, "", out().u8(Op.CALL).u32(nothing));

    ProgramBuilder caller = program();
    int inner = caller.add("", "", "", out());
    int calling = caller.add("", "", "", out().u8(Op.CALL).u32(inner));
    loop(all, "call of a caller", caller, "", out().u8(Op.CALL).u32(calling));

    ProgramBuilder indirect = tabled(100);
    Out through = i32(out(), 3).u8(Op.CALL_INDIRECT).u32(indirect.type(new FuncType("", "")));
    loop(all, "call_indirect", indirect, "", through.u8(0));

    for (int count : new int[] {20, 200, 9_900}) {
      ProgramBuilder locals = program();
      // The last is read, by way of a branch that is never taken.
      Out body = out().u8(Op.LOCAL_GET, 0).u8(Op.IF, 0x40);
      for (int n = 1; n < Math.min(count, 500); n++) {
        body.u8(Op.LOCAL_GET).u32(n).u8(Op.GLOBAL_SET, 0);
      }
      body.u8(Op.END);
      locals.global('i', i32(out(), 0));
      int large = locals.add("i", "", many(count), body);
      loop(all, "call of " + count + " locals", locals, "", i32(out(), 0).u8(Op.CALL).u32(large));
    }

    for (boolean asTable : new boolean[] {false, true}) {
      ProgramBuilder passes = asTable ? tabled(100) : program();
      Out give = out();
      for (int n = 0; n < MANY; n++) {
        i32(give, n);
      }
      int results = passes.add("", many(MANY), "", give);
      // Hands on what it is handed, without touching it.
      int handed = results;
      for (int n = 0; n < 200; n++) {
        handed = passes.add("", many(MANY), "", out().u8(Op.CALL).u32(handed));
      }
      int takes = passes.add(many(MANY), "", "", out());
      Out each = out().u8(Op.CALL).u32(handed).u8(Op.CALL).u32(takes);
      String how = asTable ? " (table)" : "";
      loop(all, "results of 200 calls handed on" + how, passes, "", each);
    }

    for (int count : new int[] {20, 100, 200, 300, 1_000}) {
      ProgramBuilder takes = program();
      int takesAll = takes.add(many(count), "", "", out());
      Out give = out();
      for (int n = 0; n < count; n++) {
        i32(give, n);
      }
      loop(all, "call of " + count + " parameters", takes, "", give.u8(Op.CALL).u32(takesAll));
    }

    ProgramBuilder deep = program();
    int self = deep.next();
    deep.add(
        "i",
        "",
        "",
        out()
            .u8(Op.LOCAL_GET, 0)
            .u8(Op.IF, 0x40)
            .u8(Op.LOCAL_GET, 0)
            .raw(i32(out(), 1).toBytes())
            .u8(Op.I32_SUB, Op.CALL)
            .u32(self)
            .u8(Op.END));
    loop(all, "recursion", deep, "", i32(out(), 30_000).u8(Op.CALL).u32(self));
  }

  // Branches.

  private static void branches(Map<String, byte[]> all) {
    // A branch that hands on all but the lowest of what is on the stack: everything moves by one.
    for (int count : new int[] {2, 20, 200, 999}) {
      for (int op : new int[] {Op.BR, Op.BR_IF, Op.BR_TABLE}) {
        ProgramBuilder program = program();
        int type = program.type(new FuncType(many(count), ""));
        Out code = out();
        for (int n = 0; n < count; n++) {
          i32(code, n);
        }
        code.u8(Op.LOOP).signed(type);
        code.u8(Op.LOCAL_GET, 0).u8(Op.LOCAL_GET, 0).u8(Op.LOCAL_SET, 0);
        switch (op) {
          case Op.BR -> code.u8(Op.BR, 0);
          case Op.BR_IF -> i32(code, 1).u8(Op.BR_IF, 0).u8(Op.UNREACHABLE);
          default -> i32(code, 1).u8(Op.BR_TABLE, 1).u8(0, 0);
        }
        code.u8(Op.END);
        String name = op == Op.BR ? "br" : op == Op.BR_IF ? "br_if" : "br_table";
        all.put(name + " with " + count + " values", program.build(program.add("", "", "i", code)));
      }
    }
    ProgramBuilder wide = program();
    Out code = out().u8(Op.LOOP, 0x40).u8(Op.BLOCK, 0x40).u8(Op.LOCAL_GET, 0);
    i32(code, 1_664_525).u8(0x6c);
    i32(code, 1_013_904_223).u8(Op.I32_ADD, Op.LOCAL_TEE).u8(0);
    i32(code, 15).u8(Op.I32_SHR_U, Op.BR_TABLE).u32(60_000);
    for (int n = 0; n <= 60_000; n++) {
      code.u8(n & 1);
    }
    code.u8(Op.END, Op.BR).u8(0, Op.END);
    all.put("br_table of 60,000", wide.build(wide.add("", "", "i", code)));
  }

  // Host calls. The program has /out/f open as 4 for reading and writing, /out/d with a thousand
  // files in it as 5, /in/a as 6.

  private static final int ANSWER = 0x100;
  private static final int TEXT = 0x400;
  private static final int EMPTY = 0x10000;
  private static final int SMALL = 0x20000;
  private static final int LARGE = 0x30000;
  private static final int BUFFER = 0x80000;

  /// Calls a function with numbers for its parameters, and forgets what it answers.
  private static final class Host {
    private final ProgramBuilder program =
        new ProgramBuilder(
                Imports.functions().keySet().stream()
                    .filter(name -> !name.equals("fd_write") && !name.equals("proc_exit"))
                    .sorted()
                    .toArray(String[]::new))
            .memory(PAGES, -1);
    private final Out text = out();
    private final Out code = out();
    private int place = TEXT;

    Host call(String name, long... arguments) {
      code.raw(called(name, arguments).u8(Op.DROP).toBytes());
      return this;
    }

    private Out called(String name, long... arguments) {
      Out call = out();
      String params = Objects.requireNonNull(Imports.functions().get(name)).params();
      for (int n = 0; n < params.length(); n++) {
        call.u8(params.charAt(n) == 'I' ? Op.I64_CONST : Op.I32_CONST).signed(arguments[n]);
      }
      return call.u8(Op.CALL).u32(program.imported(name));
    }

    /// Where a path stands in memory.
    int path(String path) {
      int at = place;
      byte[] bytes = path.getBytes(java.nio.charset.StandardCharsets.US_ASCII);
      for (int n = 0; n < bytes.length; n++) {
        i32(text, at + n);
        i32(text, bytes[n]).u8(Op.I32_STORE8, 0).u8(0);
      }
      place += bytes.length;
      return at;
    }

    Host open(String path, int flags, long rights) {
      return call("path_open", 3, 0, path(path), path.length(), flags, rights, 0, 0, ANSWER);
    }

    Host vectors(int at, int buffer, int length) {
      for (int n = 0; n < 1_024; n++) {
        i32(i32(text, at + 8 * n), buffer + n).u8(0x36, 2).u8(0);
        i32(i32(text, at + 8 * n + 4), length).u8(0x36, 2).u8(0);
      }
      return this;
    }

    /// The program that does what `each` does, after all that was called so far.
    byte[] again(Consumer<Host> each) {
      Out first = out().raw(code.toBytes());
      Host body = new Host();
      body.place = place;
      each.accept(body);
      Out main = out().raw(text.toBytes()).raw(body.text.toBytes()).raw(first.toBytes());
      main.u8(Op.LOOP, 0x40).raw(body.code.toBytes()).u8(Op.BR, 0).u8(Op.END);
      return program.build(program.add("", "", "", main));
    }
  }

  private static Host host() {
    Host host = new Host();
    host.vectors(EMPTY, BUFFER, 0).vectors(SMALL, BUFFER, 1).vectors(LARGE, BUFFER, 60_000);
    host.open("out/f", 1, 66).call("path_create_directory", 3, host.path("out/d"), 5);
    host.open("out/d", 2, 2).open("in/a", 0, 2);
    host.call("fd_write", 4, LARGE, 1, ANSWER);
    return host;
  }

  private static void hosts(Map<String, byte[]> all) {
    Map<String, Consumer<Host>> calls = new LinkedHashMap<>();
    calls.put("args_get", h -> h.call("args_get", BUFFER, BUFFER + 0x10000));
    calls.put("args_sizes_get", h -> h.call("args_sizes_get", ANSWER, ANSWER));
    calls.put("clock_time_get", h -> h.call("clock_time_get", 1, 0, ANSWER));
    calls.put("fd_allocate", h -> h.call("fd_allocate", 4, 0, 1));
    calls.put("fd_close of none", h -> h.call("fd_close", 99));
    calls.put("fd_fdstat_get", h -> h.call("fd_fdstat_get", 4, ANSWER));
    calls.put("fd_filestat_get", h -> h.call("fd_filestat_get", 4, ANSWER));
    calls.put("fd_filestat_set_size", h -> h.call("fd_filestat_set_size", 4, 9));
    calls.put(
        "resize",
        h ->
            h.call("fd_filestat_set_size", 4, 512 << 10)
                .call("fd_pwrite", 4, SMALL, 1, (512 << 10) - 1, ANSWER)
                .call("fd_filestat_set_size", 4, 0));
    calls.put(
        "cut within a block",
        h -> h.call("fd_filestat_set_size", 4, 9).call("fd_filestat_set_size", 4, 511));
    calls.put("fd_filestat_set_times", h -> h.call("fd_filestat_set_times", 4, 1, 2, 5));
    calls.put("fd_pread 0", h -> h.call("fd_pread", 4, EMPTY, 1, 0, ANSWER));
    calls.put("fd_pread 1", h -> h.call("fd_pread", 4, SMALL, 1, 0, ANSWER));
    calls.put("fd_pread 1,024 of 1", h -> h.call("fd_pread", 4, SMALL, 1_024, 0, ANSWER));
    calls.put("fd_pread 1,024 of 0", h -> h.call("fd_pread", 4, EMPTY, 1_024, 0, ANSWER));
    calls.put("fd_pread 60,000", h -> h.call("fd_pread", 4, LARGE, 1, 0, ANSWER));
    calls.put("fd_pread 1 input", h -> h.call("fd_pread", 6, SMALL, 1, 0, ANSWER));
    calls.put("fd_pwrite 0", h -> h.call("fd_pwrite", 4, EMPTY, 1, 0, ANSWER));
    calls.put("fd_pwrite 1", h -> h.call("fd_pwrite", 4, SMALL, 1, 0, ANSWER));
    calls.put("fd_pwrite 1,024 of 1", h -> h.call("fd_pwrite", 4, SMALL, 1_024, 0, ANSWER));
    calls.put("fd_pwrite 1,024 of 0", h -> h.call("fd_pwrite", 4, EMPTY, 1_024, 0, ANSWER));
    calls.put("fd_pwrite 60,000", h -> h.call("fd_pwrite", 4, LARGE, 1, 0, ANSWER));
    calls.put("fd_write 1 to stdout", h -> h.call("fd_write", 1, SMALL, 1, ANSWER));
    calls.put("fd_write 1,024 of 0 to stdout", h -> h.call("fd_write", 1, EMPTY, 1_024, ANSWER));
    calls.put("fd_write 1,024 of 1 to stdout", h -> h.call("fd_write", 1, SMALL, 1_024, ANSWER));
    calls.put("fd_write 60,000 to stdout", h -> h.call("fd_write", 1, LARGE, 1, ANSWER));
    calls.put("fd_read 1,024 of 0 of stdin", h -> h.call("fd_read", 0, EMPTY, 1_024, ANSWER));
    calls.put("fd_read 1 of stdin", h -> h.call("fd_read", 0, SMALL, 1, ANSWER));
    calls.put("fd_readdir of nothing", h -> h.call("fd_readdir", 5, BUFFER, 0, 0, ANSWER));
    calls.put("fd_readdir", h -> h.call("fd_readdir", 5, BUFFER, 0x10000, 0, ANSWER));
    calls.put("fd_readdir, read on", h -> h.call("fd_readdir", 5, BUFFER, 0x10000, 1, ANSWER));
    calls.put("fd_renumber", h -> h.call("fd_renumber", 4, 4));
    calls.put("fd_seek", h -> h.call("fd_seek", 4, 1, 0, ANSWER));
    calls.put("fd_prestat_get", h -> h.call("fd_prestat_get", 3, ANSWER));
    calls.put("sched_yield", h -> h.call("sched_yield"));
    calls.put("random_get 1", h -> h.call("random_get", BUFFER, 1));
    calls.put("random_get 64 KiB", h -> h.call("random_get", BUFFER, 1 << 16));
    calls.put("poll_oneoff 1", h -> h.call("poll_oneoff", BUFFER, BUFFER, 1, ANSWER));
    calls.put(
        "poll_oneoff 1,024", h -> h.call("poll_oneoff", BUFFER, BUFFER + 0x10000, 1_024, ANSWER));
    calls.put(
        "path_create_directory, path_remove_directory",
        h -> {
          int path = h.path("out/x");
          h.call("path_create_directory", 3, path, 5).call("path_remove_directory", 3, path, 5);
        });
    calls.put(
        "path_open to create, path_unlink_file, fd_close",
        h -> {
          int path = h.path("out/x");
          h.call("path_open", 3, 0, path, 5, 1, 66, 0, 0, ANSWER);
          h.call("path_unlink_file", 3, path, 5).call("fd_close", 7);
        });
    calls.put("path_open, fd_close", h -> h.open("out/f", 0, 66).call("fd_close", 7));
    calls.put(
        "path_open of an input, fd_pread 1, fd_close",
        h -> h.open("in/b", 0, 2).call("fd_pread", 7, SMALL, 1, 0, ANSWER).call("fd_close", 7));
    calls.put("path_open of none", h -> h.open("out/none", 0, 2));
    calls.put(
        "path_filestat_get", h -> h.call("path_filestat_get", 3, 0, h.path("out/f"), 5, BUFFER));
    String far = "out/d/../../".repeat(340) + "out/d";
    calls.put(
        "path_filestat_get of a long path",
        h -> h.call("path_filestat_get", 3, 0, h.path(far), far.length(), BUFFER));
    calls.put(
        "path_filestat_get of dots",
        h -> h.call("path_filestat_get", 3, 0, h.path("./".repeat(2_000)), 4_000, BUFFER));
    calls.put(
        "path_readlink", h -> h.call("path_readlink", 3, h.path("out/f"), 5, BUFFER, 9, ANSWER));
    calls.put(
        "path_symlink, path_unlink_file",
        h -> {
          int path = h.path("out/x");
          h.call("path_symlink", path, 5, 3, path, 5).call("path_unlink_file", 3, path, 5);
        });
    calls.put(
        "path_link, path_unlink_file",
        h -> {
          int path = h.path("out/x");
          h.call("path_link", 3, 0, h.path("out/f"), 5, 3, path, 5);
          h.call("path_unlink_file", 3, path, 5);
        });
    calls.put(
        "path_filestat_get by 40 links",
        h -> h.call("path_filestat_get", 3, 0, h.path("out/0/"), 6, BUFFER));
    calls.put(
        "path_rename of a file",
        h -> {
          int a = h.path("out/f");
          int b = h.path("out/g");
          h.call("path_rename", 3, a, 5, 3, b, 5).call("path_rename", 3, b, 5, 3, a, 5);
        });
    calls.put(
        "path_rename of a directory",
        h -> {
          int a = h.path("out/d");
          int b = h.path("out/g");
          h.call("path_rename", 3, a, 5, 3, b, 5).call("path_rename", 3, b, 5, 3, a, 5);
        });
    for (Map.Entry<String, Consumer<Host>> each : calls.entrySet()) {
      Host host = host();
      if (each.getKey().endsWith("by 40 links")) {
        for (int n = 0; n < 40; n++) {
          String target = "d/../".repeat(200) + (n < 39 ? n + 1 : "d");
          String name = "out/" + n;
          host.call(
              "path_symlink",
              host.path(target),
              target.length(),
              3,
              host.path(name),
              name.length());
        }
      }
      if (each.getKey().startsWith("fd_readdir") || each.getKey().contains("of a directory")) {
        for (int n = 0; n < 500; n++) {
          String name = "out/d/" + n;
          int path = host.path(name);
          host.call("path_create_directory", 3, path, name.length());
        }
      }
      all.put(each.getKey(), host.again(each.getValue()));
    }
    Host crowd = host();
    for (int n = 7; n < 1_023; n++) {
      crowd.open("out/f", 0, 2);
    }
    all.put(
        "path_open with 1,023 open",
        crowd.again(h -> h.open("out/f", 0, 66).call("fd_close", 1_023)));
  }
}
