package hooke.node.runtime.engine;

import hooke.node.runtime.wasm.FuncType;
import hooke.node.runtime.wasm.Imports;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Programs that make host calls at random: mostly sensible ones, by both snapshots of WASI, some
/// with arguments that no compiler makes. At its end a program writes all its memory to standard
/// output, where every answer is.
public final class HostCalls {
  private static final int PAGE = 1 << 16;
  private static final int PATHS = 0x100;
  private static final int VECTORS = 0x1000;
  private static final int TIMERS = 0x1800;
  private static final int ANSWERS = 0x2000;
  private static final int BUFFERS = 0x4000;
  private static final int STRIDE = 64;

  private static final List<String> NAMES =
      List.of(
          "in",
          "in/a",
          "in/ä/b",
          "in/ä",
          "in/missing",
          "out",
          "out/x",
          "out/d",
          "out/d/y",
          "out/\ud83d\ude00",
          "out/\uff5e",
          "tmp/t",
          "tmp/",
          ".",
          "..",
          "out/./d/../x",
          "../x",
          "/out",
          "out/x/",
          "",
          "out/nul\0",
          "out/" + "n".repeat(40),
          "a",
          "ä",
          "ä/new",
          "sub/deep",
          "sub/deep/z",
          "x",
          "d",
          "d/y",
          "a/.",
          "d/.",
          "a/..",
          "to",
          "to/",
          "to/b",
          "in/to/up",
          "ä/up",
          "l",
          "l/",
          "l/y",
          "out/l",
          "out/d/l",
          "d/l",
          "../a",
          "../../x",
          "d/../l");

  private final SplittableRandom random;
  private final ByteBuffer memory = ByteBuffer.allocate(PAGE).order(ByteOrder.LITTLE_ENDIAN);

  private HostCalls(long seed) {
    random = new SplittableRandom(seed);
  }

  private record Function(String module, String name, FuncType type) {}

  /// The program of a seed.
  public static byte[] program(long seed, int calls) {
    return new HostCalls(seed).build(calls);
  }

  /// A program that asks for the attributes of `/in`.
  static byte[] attributes() {
    HostCalls calls = new HostCalls(0);
    calls.layOut();
    List<Function> functions = functions();
    ByteArrayOutputStream code = new ByteArrayOutputStream();
    code.write(0); // no locals
    constants(code, 3, 0, PATHS, 2, BUFFERS);
    code.write(0x10);
    leb(code, indexOf("path_filestat_get", functions));
    code.write(0x1a); // drop
    return calls.ended(functions, code);
  }

  /// What a program of [#attributes()] was told, of what it writes.
  static ByteBuffer told(byte[] memory) {
    return ByteBuffer.wrap(memory, BUFFERS, 64).slice().order(ByteOrder.LITTLE_ENDIAN);
  }

  private static List<Function> functions() {
    List<Function> functions = new ArrayList<>();
    for (String module : Imports.modules()) {
      Imports.functions().forEach((name, type) -> functions.add(new Function(module, name, type)));
      functions.add(new Function(module, "sock_accept", new FuncType("ii", "i")));
      functions.add(new Function(module, "sock_recv", new FuncType("Iiii", "i")));
      functions.add(new Function(module, "sock_send", new FuncType("", "i")));
      functions.add(new Function(module, "sock_shutdown", new FuncType("ii", "i")));
      functions.add(new Function(module, "sock_of_some_host", new FuncType("iIi", "i")));
    }
    functions.sort(java.util.Comparator.comparing(Function::module).thenComparing(Function::name));
    return functions;
  }

  private static int indexOf(String name, List<Function> functions) {
    int index = 0;
    while (!functions.get(index).name().equals(name)) {
      index++;
    }
    return index;
  }

  private byte[] build(int calls) {
    layOut();
    List<Function> functions = functions();
    ByteArrayOutputStream code = new ByteArrayOutputStream();
    code.write(0); // no locals
    for (int n = 0; n < calls; n++) {
      int index = random.nextInt(functions.size());
      Function function = functions.get(index);
      if (function.name().equals("proc_exit") && random.nextInt(100) > 0) {
        continue;
      }
      boolean answers = !function.type().results().isEmpty();
      if (answers) {
        constant(code, ANSWERS + 4 * n);
      }
      arguments(code, function);
      code.write(0x10);
      leb(code, index);
      if (answers) {
        code.writeBytes(new byte[] {0x36, 2, 0}); // i32.store
      }
    }
    return ended(functions, code);
  }

  private byte[] ended(List<Function> functions, ByteArrayOutputStream code) {
    for (int argument : new int[] {1, VECTORS, 1, 8}) {
      constant(code, argument);
    }
    code.write(0x10);
    leb(code, indexOf("fd_write", functions));
    code.writeBytes(new byte[] {0x1a, 0x0b}); // drop, end
    return module(functions, code.toByteArray());
  }

  private void layOut() {
    for (int n = 0; n < NAMES.size(); n++) {
      memory.put(PATHS + n * STRIDE, NAMES.get(n).getBytes(StandardCharsets.UTF_8));
    }
    memory.put(PATHS + NAMES.size() * STRIDE, new byte[] {'o', 'u', 't', '/', (byte) 0xc3});
    // The first vector is the whole memory; others are small buffers, also empty ones.
    memory.putInt(VECTORS, 0).putInt(VECTORS + 4, PAGE);
    for (int n = 1; n < 32; n++) {
      memory.putInt(VECTORS + 8 * n, BUFFERS + random.nextInt(0x1000));
      memory.putInt(VECTORS + 8 * n + 4, random.nextInt(4) == 0 ? 0 : random.nextInt(600));
    }
    for (int at = TIMERS; at < TIMERS + 0x700; at += 8) {
      memory.putLong(
          at, random.nextInt(3) == 0 ? random.nextLong(10_000_000_000L) : random.nextInt(4));
    }
    for (int at = BUFFERS; at < BUFFERS + 0x2000; at += 8) {
      memory.putLong(at, random.nextLong());
    }
  }

  /// What a parameter is, is told from the function's name and the parameter's place.
  private void arguments(ByteArrayOutputStream code, Function function) {
    String name = function.name();
    String types = function.type().params();
    if (random.nextInt(200) == 0) {
      types.chars().forEach(type -> any(code, (char) type));
      return;
    }
    switch (name) {
      case "fd_read", "fd_write" -> constants(code, fd(), vector(), random.nextInt(4), result());
      case "fd_pread", "fd_pwrite" -> {
        constants(code, fd(), vector(), random.nextInt(4));
        constant64(code, random.nextInt(2_000));
        constant(code, result());
      }
      case "fd_seek" -> {
        constant(code, fd());
        constant64(code, random.nextInt(5_000) - 1_000);
        constants(code, random.nextInt(4), result());
      }
      case "fd_filestat_set_size" -> {
        constant(code, fd());
        constant64(code, random.nextInt(5_000));
      }
      case "fd_allocate" -> {
        constant(code, fd());
        constant64(code, random.nextInt(2_000));
        constant64(code, random.nextInt(2_000));
      }
      case "fd_readdir" -> {
        constants(code, fd(), buffer(), random.nextInt(400));
        constant64(code, random.nextInt(4));
        constant(code, result());
      }
      case "fd_renumber" -> constants(code, 4 + random.nextInt(8), 4 + random.nextInt(8));
      case "fd_close" -> constant(code, 4 + random.nextInt(12));
      case "path_open" -> {
        int path = path();
        constants(code, folder(), follow(), path, lengthOf(path), random.nextInt(16));
        constant64(code, random.nextInt(8) == 0 ? 0 : random.nextBoolean() ? 66 : 2);
        constant64(code, 0);
        constants(code, random.nextInt(8), result());
      }
      case "path_filestat_get" -> {
        int path = path();
        constants(code, folder(), follow(), path, lengthOf(path), buffer());
      }
      case "path_filestat_set_times" -> {
        int path = path();
        constants(code, folder(), follow(), path, lengthOf(path));
        constant64(code, random.nextInt(1_000));
        constant64(code, random.nextInt(1_000));
        constant(code, random.nextInt(17));
      }
      case "path_create_directory", "path_remove_directory", "path_unlink_file" -> {
        int path = path();
        constants(code, folder(), path, lengthOf(path));
      }
      case "path_readlink" -> {
        int path = path();
        constants(code, folder(), path, lengthOf(path), buffer(), random.nextInt(12), result());
      }
      case "path_rename" -> {
        int from = path();
        int to = path();
        constants(code, folder(), from, lengthOf(from), folder(), to, lengthOf(to));
      }
      case "path_link" -> {
        int from = path();
        int to = path();
        constants(code, folder(), follow(), from, lengthOf(from), folder(), to, lengthOf(to));
      }
      case "path_symlink" -> {
        int target = path();
        int path = path();
        constants(code, target, lengthOf(target), folder(), path, lengthOf(path));
      }
      case "fd_fdstat_set_rights" -> {
        constant(code, fd());
        long rights = random.nextInt(4) == 0 ? 0x1f : 0x0fb7_fe5aL;
        constant64(code, rights & random.nextLong());
        constant64(code, 0);
      }
      case "sock_shutdown", "sock_accept" -> constants(code, fd(), random.nextInt(3));
      case "poll_oneoff" ->
          constants(code, TIMERS + 8 * random.nextInt(16), buffer(), random.nextInt(5), result());
      case "random_get" -> constants(code, buffer(), random.nextInt(300));
      case "clock_time_get" -> {
        constant(code, random.nextInt(5));
        constant64(code, 0);
        constant(code, buffer());
      }
      case "proc_exit" -> constant(code, random.nextInt());
      default -> {
        for (int n = 0; n < types.length(); n++) {
          if (types.charAt(n) == 'I') {
            constant64(code, random.nextInt(3_000));
          } else if (n == 0 && name.startsWith("fd_")) {
            constant(code, fd());
          } else {
            constant(code, random.nextInt(3) == 0 ? random.nextInt(40) : buffer());
          }
        }
      }
    }
  }

  private void any(ByteArrayOutputStream code, char type) {
    long value =
        switch (random.nextInt(5)) {
          case 0 -> random.nextLong();
          case 1 -> Long.MAX_VALUE;
          case 2 -> PAGE - random.nextInt(70);
          case 3 -> -1 - random.nextInt(100);
          default -> random.nextInt(2_000);
        };
    if (type == 'I') {
      constant64(code, value);
    } else {
      constant(code, (int) value);
    }
  }

  private int fd() {
    return random.nextInt(12) == 0 ? random.nextInt(200) - 100 : random.nextInt(12);
  }

  private int follow() {
    return random.nextInt(3);
  }

  private int folder() {
    return random.nextInt(5) == 0 ? fd() : 3;
  }

  private int path() {
    return PATHS + random.nextInt(NAMES.size() + 1) * STRIDE;
  }

  private int lengthOf(int path) {
    int index = (path - PATHS) / STRIDE;
    return index < NAMES.size() ? NAMES.get(index).getBytes(StandardCharsets.UTF_8).length : 5;
  }

  private int vector() {
    return VECTORS + 8 * (1 + random.nextInt(28));
  }

  private int buffer() {
    return BUFFERS + 8 * random.nextInt(0x400);
  }

  private int result() {
    return 16 + 4 * random.nextInt(16);
  }

  private byte[] module(List<Function> functions, byte[] body) {
    ByteArrayOutputStream module = new ByteArrayOutputStream();
    module.writeBytes(new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0});
    ByteArrayOutputStream types = new ByteArrayOutputStream();
    leb(types, functions.size() + 1);
    ByteArrayOutputStream imports = new ByteArrayOutputStream();
    leb(imports, functions.size());
    for (int n = 0; n < functions.size(); n++) {
      Function function = functions.get(n);
      types.write(0x60);
      for (String letters : List.of(function.type().params(), function.type().results())) {
        leb(types, letters.length());
        letters.chars().forEach(letter -> types.write(letter == 'I' ? 0x7e : 0x7f));
      }
      text(imports, function.module());
      text(imports, function.name());
      imports.write(0);
      leb(imports, n);
    }
    types.writeBytes(new byte[] {0x60, 0, 0});
    section(module, 1, types);
    section(module, 2, imports);
    ByteArrayOutputStream own = new ByteArrayOutputStream();
    own.write(1);
    leb(own, functions.size());
    section(module, 3, own);
    ByteArrayOutputStream memories = new ByteArrayOutputStream();
    memories.writeBytes(new byte[] {1, 0, 1});
    section(module, 5, memories);
    ByteArrayOutputStream exports = new ByteArrayOutputStream();
    exports.write(2);
    text(exports, "_start");
    exports.write(0);
    leb(exports, functions.size());
    text(exports, "memory");
    exports.writeBytes(new byte[] {2, 0});
    section(module, 7, exports);
    ByteArrayOutputStream bodies = new ByteArrayOutputStream();
    bodies.write(1);
    leb(bodies, body.length);
    bodies.writeBytes(body);
    section(module, 10, bodies);
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    data.writeBytes(new byte[] {1, 0, 0x41, 0, 0x0b});
    leb(data, PAGE);
    data.writeBytes(memory.array());
    section(module, 11, data);
    return module.toByteArray();
  }

  private static void section(ByteArrayOutputStream module, int id, ByteArrayOutputStream content) {
    module.write(id);
    leb(module, content.size());
    module.writeBytes(content.toByteArray());
  }

  private static void text(ByteArrayOutputStream out, String text) {
    leb(out, text.length());
    out.writeBytes(text.getBytes(StandardCharsets.UTF_8));
  }

  private static void constants(ByteArrayOutputStream code, int... values) {
    for (int value : values) {
      constant(code, value);
    }
  }

  private static void constant(ByteArrayOutputStream code, int value) {
    code.write(0x41);
    signed(code, value);
  }

  private static void constant64(ByteArrayOutputStream code, long value) {
    code.write(0x42);
    signed(code, value);
  }

  private static void signed(ByteArrayOutputStream out, long value) {
    long left = value;
    while (left < -64 || left > 63) {
      out.write((int) (left & 0x7f) | 0x80);
      left >>= 7;
    }
    out.write((int) left & 0x7f);
  }

  private static void leb(ByteArrayOutputStream out, long value) {
    long left = value;
    while (left > 0x7f) {
      out.write((int) (left & 0x7f) | 0x80);
      left >>>= 7;
    }
    out.write((int) left);
  }
}
