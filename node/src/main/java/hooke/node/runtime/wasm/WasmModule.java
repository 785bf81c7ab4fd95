package hooke.node.runtime.wasm;

import java.util.List;

/// A WASI program that was read and found well-formed: what it imports and exports, how large it
/// is, and where its parts lie in its bytes. Made by [Inspection#of(byte\[\])] only.
public final class WasmModule {

  /// One imported function.
  public record Import(String module, String name, FuncType type) {}

  /// One section: its id and where its content lies.
  record Section(int id, int start, int end) {}

  /// A global's type letter (see [FuncType]) and whether it can change.
  record Global(char type, boolean mutable) {}

  /// One export: kind 0 function, 1 table, 2 memory, 3 global.
  record Export(String name, int kind, int index) {}

  /// A table's element type letter, first size, and largest size (-1 when it names none).
  record Table(char type, int minimum, long maximum) {}

  /// One function's body: after its size field, up to and with its final `end`; and whether it has
  /// a call in it.
  record Body(int start, int end, boolean calls) {}

  private final byte[] bytes;
  private final List<Section> sections;
  private final List<FuncType> types;
  private final List<Import> imports;
  private final int[] functionTypes;
  private final List<Table> tables;
  private final List<Global> globals;
  private final List<Export> exports;
  private final int start;
  private final List<Body> bodies;
  private final int memoryMinimum;
  private final long memoryMaximum;

  WasmModule(
      byte[] bytes,
      List<Section> sections,
      List<FuncType> types,
      List<Import> imports,
      int[] functionTypes,
      List<Table> tables,
      List<Global> globals,
      List<Export> exports,
      int start,
      List<Body> bodies,
      int memoryMinimum,
      long memoryMaximum) {
    this.bytes = bytes;
    this.sections = sections;
    this.types = types;
    this.imports = imports;
    this.functionTypes = functionTypes;
    this.tables = tables;
    this.globals = globals;
    this.exports = exports;
    this.start = start;
    this.bodies = bodies;
    this.memoryMinimum = memoryMinimum;
    this.memoryMaximum = memoryMaximum;
  }

  /// Bytes the program's memory starts with. An order must give at least as much.
  public long memoryBytes() {
    return (long) memoryMinimum << 16;
  }

  /// Largest memory the program itself asks for, in bytes; 4 GiB when it names none.
  public long memoryMaximumBytes() {
    return (memoryMaximum < 0 ? 1L << 16 : memoryMaximum) << 16;
  }

  /// Functions it imports, in order.
  public List<Import> imports() {
    return imports;
  }

  /// Functions it defines.
  public int functions() {
    return bodies.size();
  }

  /// Size of the file.
  public int size() {
    return bytes.length;
  }

  byte[] bytes() {
    return bytes;
  }

  List<Section> sections() {
    return sections;
  }

  List<FuncType> types() {
    return types;
  }

  /// Type indexes of all functions, imported ones first.
  int functionType(int function) {
    return functionTypes[function];
  }

  int functionCount() {
    return functionTypes.length;
  }

  List<Table> tables() {
    return tables;
  }

  List<Global> globals() {
    return globals;
  }

  List<Export> exports() {
    return exports;
  }

  /// The function run at instantiation, or -1.
  int start() {
    return start;
  }

  List<Body> bodies() {
    return bodies;
  }
}
