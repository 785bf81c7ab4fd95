package hooke.node.runtime.worker;

import java.io.ByteArrayOutputStream;

/// Modules that are small to send and large to take in. All begin like [Smallest]; a bomb replaces
/// what it needs.
final class Bombs {
  private Bombs() {}

  /// A module under construction: sections by id, each with its bytes.
  private static final class Module {
    private final byte[][] sections = new byte[13][];
    private byte[] custom = {};

    Module() {
      section(1, out(2).add(0x60, 1, 0x7f, 0, 0x60, 0, 0));
      section(2, out(1).text("wasi_snapshot_preview1").text("proc_exit").add(0, 0));
      section(3, out(1).add(1));
      section(5, out(1).add(0, 1));
      section(7, out(2).text("_start").add(0, 1).text("memory").add(2, 0));
      code(out(0).add(0x41, 0, 0x10, 0));
    }

    Module section(int id, Out content) {
      sections[id] = content.bytes();
      return this;
    }

    /// One function of type () -> () whose body is `code`, locals first, without its end.
    Module code(Out code) {
      return section(10, out(1).sized(code.add(0x0b)));
    }

    Module custom(int bytes) {
      custom = new byte[bytes];
      return this;
    }

    byte[] bytes() {
      Out all = new Out().add(0, 'a', 's', 'm', 1, 0, 0, 0);
      for (int id : new int[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11}) {
        if (sections[id] != null) {
          all.add(id).leb(sections[id].length).raw(sections[id]);
        }
      }
      if (custom.length > 0) {
        all.add(0).leb(custom.length + 2).text("x").raw(custom);
      }
      return all.bytes();
    }
  }

  private static final class Out {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    Out add(int... values) {
      for (int value : values) {
        bytes.write(value);
      }
      return this;
    }

    Out repeat(int times, int... values) {
      for (int n = 0; n < times; n++) {
        add(values);
      }
      return this;
    }

    Out leb(long value) {
      long rest = value;
      while (rest > 0x7f) {
        bytes.write((int) ((rest & 0x7f) | 0x80));
        rest >>>= 7;
      }
      bytes.write((int) rest);
      return this;
    }

    Out raw(byte[] more) {
      bytes.writeBytes(more);
      return this;
    }

    Out text(String text) {
      return leb(text.length()).raw(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    }

    Out sized(Out inner) {
      byte[] content = inner.bytes();
      return leb(content.length).raw(content);
    }

    byte[] bytes() {
      return bytes.toByteArray();
    }
  }

  private static Out out(long count) {
    return new Out().leb(count);
  }

  /// @param name one of those that the test lists
  static byte[] of(String name) {
    Module module = new Module();
    return switch (name) {
      // More than the caps allow: refused before anything is compiled.
      case "deeper blocks" -> nested(module, 20_001);
      case "50,000 locals" -> module.code(out(1).leb(50_000).add(0x7f)).bytes();
      case "four billion locals" -> module.code(out(1).leb(0xffff_ffffL).add(0x7f)).bytes();
      case "four billion functions" -> module.section(3, out(0xffff_ffffL)).bytes();
      case "a table of four billion" ->
          module.section(4, out(1).add(0x70, 0).leb(0xffff_ffffL)).bytes();
      case "a memory of 4 GiB" -> module.section(5, out(1).add(0).leb(65_536)).bytes();
      case "a number that never ends" -> module.section(3, new Out().repeat(1_000, 0x80)).bytes();
      case "a body longer than its section" ->
          module.section(10, out(1).leb(1 << 20).add(0, 0x0b)).bytes();
      // Within the caps: compiled, or given up within the limits.
      case "deep blocks" -> nested(module, 15_000);
      case "a br_table of a million" -> branches(module, 1_000_000);
      case "a br_table of 65,000" -> branches(module, 65_000);
      case "9,999 locals" -> module.code(out(1).leb(9_999).add(0x7e)).bytes();
      case "a function over the JVM's limit" ->
          module
              .code(out(0).repeat(100_000, 0x41, 1, 0x41, 1, 0x6a, 0x1a).add(0x41, 0, 0x10, 0))
              .bytes();
      case "10,000 functions" -> functions(module, 10_000);
      case "a hundred tables" -> {
        Out tables = out(100);
        for (int n = 0; n < 100; n++) {
          tables.add(0x70, 0).leb(1_000_000);
        }
        yield module.section(4, tables).bytes();
      }
      case "300 parameters" -> types(module, 1, 300);
      case "types of a thousand" -> types(module, 10_000, 1_000);
      case "10,000 types of 240" -> types(module, 10_000, 240);
      case "30 MiB of custom section" -> module.custom(30 << 20).bytes();
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static byte[] branches(Module module, int labels) {
    Out code = out(0).add(0x02, 0x40, 0x41, 0, 0x0e).leb(labels).repeat(labels + 1, 0);
    return module.code(code.add(0x0b)).bytes();
  }

  private static byte[] types(Module module, int count, int parameters) {
    Out types = out(count + 2).add(0x60, 1, 0x7f, 0, 0x60, 0, 0);
    for (int n = 0; n < count; n++) {
      types.add(0x60).leb(parameters).repeat(parameters, 0x7f).add(0);
    }
    return module.section(1, types).bytes();
  }

  private static byte[] nested(Module module, int depth) {
    Out code = out(0).repeat(depth, 0x02, 0x40).repeat(depth, 0x0b);
    return module.code(code.add(0x41, 0, 0x10, 0)).bytes();
  }

  private static byte[] functions(Module module, int count) {
    Out types = out(count);
    Out bodies = out(count);
    for (int n = 0; n < count; n++) {
      types.add(1);
      bodies.add(8, 0, 0x41, 0, 0x1a, 0x01, 0x01, 0x01, 0x0b);
    }
    return module.section(3, types).section(10, bodies).bytes();
  }
}
