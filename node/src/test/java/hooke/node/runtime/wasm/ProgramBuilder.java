package hooke.node.runtime.wasm;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Puts a WASI program together, byte by byte. Imports `fd_write` (function 0), `proc_exit`
/// (function
/// 1) and what else it is told to, has a memory, a table and globals, and a function that shows
///    memory (function 2 where nothing else is imported).
final class ProgramBuilder {
  static final int FD_WRITE = 0;
  static final int PROC_EXIT = 1;

  /// Takes an address and a length, and writes that much memory to standard output.
  static final int SHOW = 2;

  /// Where [#SHOW] keeps what it passes on.
  private static final int VECTOR = 65_520;

  private final List<String> imports = new ArrayList<>(List.of("fd_write", "proc_exit"));
  private final List<FuncType> types = new ArrayList<>();
  private final List<Integer> functions = new ArrayList<>();
  private final List<Out> bodies = new ArrayList<>();
  private final List<byte[]> passive = new ArrayList<>();
  private final List<byte[]> active = new ArrayList<>();
  private final Out globals = new Out(64);
  private int globalCount;
  private int memoryMinimum = 1;
  private int memoryMaximum = -1;
  private int tableSize;
  private int tableMaximum = -1;
  private int[] tableFunctions = {};
  private int[] passiveFunctions = {};
  private @Nullable Integer start;

  /// @param more functions of WASI that it imports
  ProgramBuilder(String... more) {
    imports.addAll(List.of(more));
    imports.forEach(name -> type(typeOf(name)));
    Out show = new Out(64);
    show.u8(Op.I32_CONST).signed(VECTOR).u8(Op.LOCAL_GET, 0).u8(0x36, 2).u32(0);
    show.u8(Op.I32_CONST).signed(VECTOR + 4).u8(Op.LOCAL_GET, 1).u8(0x36, 2).u32(0);
    show.u8(Op.I32_CONST, 1).u8(Op.I32_CONST).signed(VECTOR).u8(Op.I32_CONST, 1);
    show.u8(Op.I32_CONST).signed(VECTOR + 8).u8(Op.CALL, FD_WRITE).u8(Op.DROP);
    add("ii", "", "", show);
  }

  /// Index of a type, added when it is new.
  int type(FuncType type) {
    int known = types.indexOf(type);
    if (known >= 0) {
      return known;
    }
    types.add(type);
    return types.size() - 1;
  }

  /// Index of the next function.
  int next() {
    return imports.size() + bodies.size();
  }

  /// Index of an imported function.
  int imported(String name) {
    return imports.indexOf(name);
  }

  private static FuncType typeOf(String imported) {
    return Objects.requireNonNull(Imports.functions().get(imported), imported);
  }

  /// Adds a function; its code lacks the final `end`.
  int add(String params, String results, String locals, Out code) {
    int index = next();
    functions.add(type(new FuncType(params, results)));
    Out body = new Out(64).u32(locals.length());
    locals.chars().forEach(letter -> body.u8(1, FuncType.code((char) letter)));
    bodies.add(body.raw(code.toBytes()).u8(Op.END));
    return index;
  }

  /// Adds a variable.
  int global(char type, Out value) {
    globals.u8(FuncType.code(type), 1).raw(value.toBytes()).u8(Op.END);
    return globalCount++;
  }

  /// @param maximum -1 for none
  ProgramBuilder memory(int minimum, int maximum) {
    memoryMinimum = minimum;
    memoryMaximum = maximum;
    return this;
  }

  /// @param maximum -1 for none
  /// @param filled functions in its first entries
  ProgramBuilder table(int size, int maximum, int... filled) {
    tableSize = size;
    tableMaximum = maximum;
    tableFunctions = filled;
    return this;
  }

  /// A passive element segment, number 1 when the table is filled, else 0.
  ProgramBuilder elements(int... held) {
    passiveFunctions = held;
    return this;
  }

  ProgramBuilder startAt(int function) {
    start = function;
    return this;
  }

  /// A passive data segment; they are numbered before the active ones.
  ProgramBuilder data(byte[] bytes) {
    passive.add(bytes);
    return this;
  }

  /// An active data segment at address 0.
  ProgramBuilder filled(byte[] bytes) {
    active.add(bytes);
    return this;
  }

  byte[] build(int main) {
    Out out = new Out(1024).raw(new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0});
    Out section = new Out(256).u32(types.size());
    for (FuncType type : types) {
      section.u8(0x60);
      for (String letters : List.of(type.params(), type.results())) {
        section.u32(letters.length());
        letters.chars().forEach(letter -> section.u8(FuncType.code((char) letter)));
      }
    }
    out.u8(1).sized(section);
    Out imported = new Out(64).u32(imports.size());
    for (String name : imports) {
      imported.name(Imports.WASI).name(name).u8(0).u32(type(typeOf(name)));
    }
    out.u8(2).sized(imported);
    Out declared = new Out(64).u32(functions.size());
    functions.forEach(declared::u32);
    out.u8(3).sized(declared);
    if (tableSize > 0) {
      out.u8(4).sized(limits(new Out(8).u32(1).u8(0x70), tableSize, tableMaximum));
    }
    out.u8(5).sized(limits(new Out(8).u32(1), memoryMinimum, memoryMaximum));
    out.u8(6).sized(new Out(64).u32(globalCount).raw(globals.toBytes()));
    Out exports = new Out(64).u32(2);
    exports.name("memory").u8(2, 0).name("_start").u8(0).u32(main);
    out.u8(7).sized(exports);
    if (start != null) {
      out.u8(8).sized(new Out(4).u32(start));
    }
    if (tableFunctions.length + passiveFunctions.length > 0) {
      Out elements =
          new Out(64)
              .u32((tableFunctions.length > 0 ? 1 : 0) + (passiveFunctions.length > 0 ? 1 : 0));
      if (tableFunctions.length > 0) {
        elements.u8(0).u8(Op.I32_CONST, 0).u8(Op.END).u32(tableFunctions.length);
        for (int function : tableFunctions) {
          elements.u32(function);
        }
      }
      if (passiveFunctions.length > 0) {
        elements.u8(1, 0).u32(passiveFunctions.length);
        for (int function : passiveFunctions) {
          elements.u32(function);
        }
      }
      out.u8(9).sized(elements);
    }
    out.u8(12).sized(new Out(4).u32(passive.size() + active.size()));
    Out code = new Out(1024).u32(bodies.size());
    bodies.forEach(code::sized);
    out.u8(10).sized(code);
    Out data = new Out(256).u32(passive.size() + active.size());
    for (byte[] bytes : passive) {
      data.u8(1).u32(bytes.length).raw(bytes);
    }
    for (byte[] bytes : active) {
      data.u8(0).u8(Op.I32_CONST, 0).u8(Op.END).u32(bytes.length).raw(bytes);
    }
    return out.u8(11).sized(data).toBytes();
  }

  private static Out limits(Out out, int minimum, int maximum) {
    out.u8(maximum < 0 ? 0 : 1).u32(minimum);
    return maximum < 0 ? out : out.u32(maximum);
  }
}
