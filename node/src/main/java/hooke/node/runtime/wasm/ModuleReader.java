package hooke.node.runtime.wasm;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Reads a module's sections once, front to back, checking structure, caps and every index, but not
/// operand types.
///
/// Indexes are checked here because [Metering] appends globals, locals and types: an index that was
/// out of range in the original must not become one that names an appended thing.
final class ModuleReader {
  private static final int[] ORDER = {0, 1, 2, 3, 4, 5, 7, 8, 9, 10, 12, 13, 11};

  private final byte[] bytes;
  private final ModuleCaps caps;
  private final List<WasmModule.Section> sections = new ArrayList<>();
  private final List<FuncType> types = new ArrayList<>();
  private final List<WasmModule.Import> imports = new ArrayList<>();
  private final List<WasmModule.Table> tables = new ArrayList<>();
  private final List<WasmModule.Global> globals = new ArrayList<>();
  private final List<WasmModule.Export> exports = new ArrayList<>();
  private final List<WasmModule.Body> bodies = new ArrayList<>();
  private final Set<String> exportNames = new HashSet<>();
  private int[] functionTypes = {};
  private int importedFunctions;
  private int memories;
  private int memoryMinimum;
  private long memoryMaximum = -1;
  private int start = -1;
  private int elementSegments;
  private int dataSegments;
  private int dataCount = -1;

  private ModuleReader(byte[] bytes, ModuleCaps caps) {
    this.bytes = bytes;
    this.caps = caps;
  }

  static WasmModule read(byte[] bytes, ModuleCaps caps) {
    return new ModuleReader(bytes, caps).read();
  }

  private WasmModule read() {
    header();
    Cursor in = new Cursor(bytes, 8, bytes.length);
    int last = 0;
    while (!in.atEnd()) {
      int id = in.u8();
      long size = in.u32();
      int from = in.at();
      in.skip(size);
      if (id >= ORDER.length) {
        throw in.malformed("an unknown section " + id);
      }
      if (id == 13) {
        throw unsupported("exception tags; compile without -fwasm-exceptions");
      }
      if (id != 0) {
        if (ORDER[id] <= last) {
          throw in.malformed("section " + id + " twice or out of order");
        }
        last = ORDER[id];
      }
      Cursor section = new Cursor(bytes, from, in.at());
      section(id, section);
      if (id == 0) {
        continue;
      }
      if (!section.atEnd()) {
        throw section.malformed("bytes left over in section " + id);
      }
      sections.add(new WasmModule.Section(id, from, in.at()));
    }
    if (bodies.size() != functionTypes.length - importedFunctions) {
      throw new BadModule(
          Refusal.MALFORMED,
          "The module declares "
              + (functionTypes.length - importedFunctions)
              + " functions but has "
              + bodies.size()
              + " bodies. Was the file cut?");
    }
    if (dataCount >= 0 && dataCount != dataSegments) {
      throw new BadModule(
          Refusal.MALFORMED,
          "The module announces "
              + dataCount
              + " data segments but has "
              + dataSegments
              + ". Was the file cut?");
    }
    entryPoints();
    return new WasmModule(
        bytes,
        List.copyOf(sections),
        List.copyOf(types),
        List.copyOf(imports),
        functionTypes,
        List.copyOf(tables),
        List.copyOf(globals),
        List.copyOf(exports),
        start,
        List.copyOf(bodies),
        memoryMinimum,
        memoryMaximum);
  }

  private void header() {
    if (bytes.length > caps.moduleBytes()) {
      throw new BadModule(
          Refusal.TOO_LARGE,
          "The module has "
              + bytes.length
              + " bytes; the cap of this profile is "
              + caps.moduleBytes()
              + ".");
    }
    byte[] magic = {0, 'a', 's', 'm'};
    for (int i = 0; i < 4; i++) {
      if (i >= bytes.length && i > 0) {
        throw new BadModule(
            Refusal.TRUNCATED, "The module ends in the middle, after " + bytes.length + " bytes.");
      }
      if (i >= bytes.length || bytes[i] != magic[i]) {
        throw new BadModule(
            Refusal.NOT_WASM, "This is not a Wasm module: " + Inspection.lookOf(bytes) + ".");
      }
    }
    if (bytes.length < 8) {
      throw new BadModule(
          Refusal.TRUNCATED, "The module ends in the middle, after " + bytes.length + " bytes.");
    }
    int version = (bytes[4] & 0xff) | ((bytes[5] & 0xff) << 8);
    int layer = (bytes[6] & 0xff) | ((bytes[7] & 0xff) << 8);
    if (layer == 1) {
      throw unsupported(
          "the component model (a WASI preview 2 component); build a core module for wasm32-wasip1"
              + " instead");
    }
    if (version != 1 || layer != 0) {
      throw unsupported("binary format version " + version);
    }
  }

  private static BadModule unsupported(String what) {
    return new BadModule(
        Refusal.UNSUPPORTED_FEATURE,
        "The module uses " + what + ". Profile wasm-det/1 is WebAssembly 2.0 without SIMD.");
  }

  private void section(int id, Cursor in) {
    switch (id) {
      case 0 -> in.name();
      case 1 -> types(in);
      case 2 -> imports(in);
      case 3 -> functions(in);
      case 4 -> tables(in);
      case 5 -> memories(in);
      case 6 -> globals(in);
      case 7 -> exports(in);
      case 8 -> start = in.index(functionTypes.length, "function");
      case 9 -> elements(in);
      case 10 -> code(in);
      case 11 -> data(in);
      case 12 -> dataCount = in.index();
      default -> throw new AssertionError(id);
    }
  }

  private void types(Cursor in) {
    int count = in.count(caps.types(), "types");
    for (int i = 0; i < count; i++) {
      int form = in.u8();
      if (form != 0x60) {
        throw unsupported(
            String.format("a type that is no function (%02x; garbage collection)", form));
      }
      types.add(new FuncType(valueTypes(in, "parameters"), valueTypes(in, "results")));
    }
  }

  private String valueTypes(Cursor in, String what) {
    int count = in.count(caps.typeSlots(), what);
    StringBuilder letters = new StringBuilder(count);
    int slots = 0;
    for (int i = 0; i < count; i++) {
      char letter = valueType(in);
      letters.append(letter);
      slots += letter == 'I' || letter == 'F' ? 2 : 1;
    }
    if (slots > caps.typeSlots()) {
      throw new BadModule(
          Refusal.TOO_LARGE,
          "A function type has %d %s (64-bit numbers count twice); the cap of this profile is %d."
              .formatted(slots, what, caps.typeSlots()));
    }
    return letters.toString();
  }

  private static char valueType(Cursor in) {
    int code = in.u8();
    char letter = FuncType.letter(code);
    if (letter == 0) {
      throw code == 0x7b
          ? unsupported(
              "SIMD vectors; compile without -msimd128 (or with -C target-feature=-simd128)")
          : in.malformed(String.format("an unknown value type %02x", code));
    }
    return letter;
  }

  private static char referenceType(Cursor in) {
    int code = in.u8();
    char letter = FuncType.letter(code);
    if (letter != 'r' && letter != 'x') {
      throw in.malformed(String.format("an unknown reference type %02x", code));
    }
    return letter;
  }

  private void imports(Cursor in) {
    int count = in.count(1_000, "imports");
    functionTypes = new int[count];
    Map<String, WasmModule.Import> byName = new HashMap<>();
    for (int i = 0; i < count; i++) {
      String module = in.name();
      String name = in.name();
      int kind = in.u8();
      if (kind != 0) {
        String what =
            switch (kind) {
              case 1 -> "table";
              case 2 -> "memory";
              case 3 -> "global";
              default -> "thing of kind " + kind;
            };
        throw new BadModule(
            Refusal.UNKNOWN_IMPORT,
            Imports.unknown(module, name)
                + "It is a "
                + what
                + "; only functions of "
                + Imports.WASI
                + " may be imported.");
      }
      int type = in.index(types.size(), "type");
      WasmModule.Import imported = new WasmModule.Import(module, name, types.get(type));
      Imports.check(module, name, imported.type());
      // Engines find imports by name.
      WasmModule.Import same = byName.putIfAbsent(module + "." + name, imported);
      if (same != null && !same.equals(imported)) {
        throw new BadModule(
            Refusal.UNKNOWN_IMPORT,
            "The module imports "
                + module
                + "."
                + Imports.printable(name)
                + " twice, with different types.");
      }
      imports.add(imported);
      functionTypes[i] = type;
    }
    importedFunctions = count;
  }

  private void functions(Cursor in) {
    int count = in.count(caps.functions(), "functions");
    int[] all = java.util.Arrays.copyOf(functionTypes, importedFunctions + count);
    for (int i = 0; i < count; i++) {
      all[importedFunctions + i] = in.index(types.size(), "type");
    }
    functionTypes = all;
  }

  private void tables(Cursor in) {
    int count = in.count(100, "tables");
    long total = 0;
    for (int i = 0; i < count; i++) {
      if (in.peek() == 0x40) {
        throw unsupported("tables with a first value");
      }
      char type = referenceType(in);
      int flags = in.u8();
      if (flags > 1) {
        throw unsupported("a shared or 64-bit table");
      }
      long minimum = in.u32();
      long maximum = flags == 1 ? in.u32() : -1;
      total += minimum;
      if (total > caps.tableEntries()) {
        throw new BadModule(
            Refusal.TOO_LARGE,
            "The module's tables have "
                + total
                + " entries; the cap of this profile is "
                + caps.tableEntries()
                + ".");
      }
      tables.add(new WasmModule.Table(type, (int) minimum, maximum));
    }
  }

  private void memories(Cursor in) {
    memories = in.count(100, "memories");
    if (memories > 1) {
      throw unsupported("several memories");
    }
    if (memories == 1) {
      int flags = in.u8();
      if (flags > 1) {
        throw unsupported((flags & 2) != 0 ? "shared memory (threads)" : "64-bit memory");
      }
      long minimum = in.u32();
      memoryMaximum = flags == 1 ? in.u32() : -1;
      if (minimum > caps.memoryPages()) {
        throw new BadModule(
            Refusal.TOO_LARGE,
            "The module starts with "
                + (minimum << 16)
                + " bytes of memory; the cap of this profile is "
                + ((long) caps.memoryPages() << 16)
                + ".");
      }
      if (memoryMaximum > 1 << 16 || (memoryMaximum >= 0 && memoryMaximum < minimum)) {
        throw in.malformed("a memory's limits");
      }
      memoryMinimum = (int) minimum;
    }
  }

  private void globals(Cursor in) {
    int count = in.count(caps.globals(), "globals");
    for (int i = 0; i < count; i++) {
      char type = valueType(in);
      int mutable = in.u8();
      if (mutable > 1) {
        throw in.malformed("a global's mutability");
      }
      constant(in, i);
      globals.add(new WasmModule.Global(type, mutable == 1));
    }
  }

  /// A constant expression: constants, references and earlier globals.
  private void constant(Cursor in, int visibleGlobals) {
    while (true) {
      int op = in.u8();
      switch (op) {
        case Op.END -> {
          return;
        }
        case Op.I32_CONST -> in.s32();
        case Op.I64_CONST -> in.s64();
        case Op.F32_CONST -> in.skip(4);
        case Op.F64_CONST -> in.skip(8);
        case Op.GLOBAL_GET -> in.index(visibleGlobals, "global");
        case Op.REF_NULL -> referenceType(in);
        case Op.REF_FUNC -> in.index(functionTypes.length, "function");
        default ->
            throw in.malformed(String.format("instruction %02x in a constant expression", op));
      }
    }
  }

  private void exports(Cursor in) {
    int count = in.count(caps.exports(), "exports");
    for (int i = 0; i < count; i++) {
      String name = in.name();
      int kind = in.u8();
      int index =
          switch (kind) {
            case 0 -> in.index(functionTypes.length, "function");
            case 1 -> in.index(tables.size(), "table");
            case 2 -> in.index(memories, "memory");
            case 3 -> in.index(globals.size(), "global");
            default -> throw in.malformed("an export of kind " + kind);
          };
      if (name.startsWith(Metering.RESERVED)) {
        throw new BadModule(
            Refusal.UNSUPPORTED_FEATURE,
            "The module exports \""
                + name.replaceAll("\\p{Cntrl}", "?")
                + "\"; names starting with \""
                + Metering.RESERVED
                + "\" are reserved for metering.");
      }
      if (!exportNames.add(name)) {
        throw in.malformed("two exports of one name");
      }
      exports.add(new WasmModule.Export(name, kind, index));
    }
  }

  private void elements(Cursor in) {
    elementSegments = in.count(caps.segments(), "element segments");
    for (int i = 0; i < elementSegments; i++) {
      int flags = in.index();
      if (flags > 7) {
        throw in.malformed("an element segment of kind " + flags);
      }
      boolean active = (flags & 1) == 0;
      boolean expressions = (flags & 4) != 0;
      if (active) {
        inTarget(in, (flags & 2) != 0, tables.size(), "table");
        constant(in, globals.size());
      }
      if ((flags & 3) != 0) {
        if (expressions) {
          referenceType(in);
        } else if (in.u8() != 0) {
          throw in.malformed("an element kind");
        }
      }
      int count = in.count(caps.tableEntries(), "elements in a segment");
      for (int j = 0; j < count; j++) {
        if (expressions) {
          constant(in, globals.size());
        } else {
          in.index(functionTypes.length, "function");
        }
      }
    }
  }

  /// The table or memory an active segment fills: named, or number 0, which must exist.
  private static void inTarget(Cursor in, boolean named, int bound, String what) {
    if (named) {
      in.index(bound, what);
    } else if (bound == 0) {
      throw new BadModule(
          Refusal.INVALID,
          "The module is invalid: a segment fills a " + what + " it does not have.");
    }
  }

  private void data(Cursor in) {
    dataSegments = in.count(caps.segments(), "data segments");
    for (int i = 0; i < dataSegments; i++) {
      int flags = in.index();
      if (flags > 2) {
        throw in.malformed("a data segment of kind " + flags);
      }
      if (flags != 1) {
        inTarget(in, flags == 2, memories, "memory");
        constant(in, globals.size());
      }
      in.skip(in.u32());
    }
  }

  private void code(Cursor in) {
    int count = in.count(caps.functions(), "function bodies");
    int expected = functionTypes.length - importedFunctions;
    if (count != expected) {
      throw in.malformed(count + " function bodies for " + expected + " functions");
    }
    CodeReader reader =
        new CodeReader(
            caps,
            types,
            functionTypes,
            globals.size(),
            tables.size(),
            memories,
            elementSegments,
            dataCount);
    long metered = 0;
    for (int i = 0; i < count; i++) {
      long size = in.u32();
      if (size > caps.functionBytes()) {
        throw new BadModule(
            Refusal.TOO_LARGE,
            "Function "
                + (importedFunctions + i)
                + " has "
                + size
                + " bytes of code; the cap of this profile is "
                + caps.functionBytes()
                + ".");
      }
      int from = in.at();
      in.skip(size);
      reader.check(
          new Cursor(bytes, from, in.at()), types.get(functionTypes[importedFunctions + i]));
      metered += reader.metered();
      if (metered > caps.meteredBytes()) {
        throw new BadModule(
            Refusal.TOO_LARGE,
            "The module would have more than "
                + caps.meteredBytes()
                + " bytes of code once it is metered, the cap of this profile.");
      }
      bodies.add(new WasmModule.Body(from, in.at(), reader.calls()));
    }
  }

  private void entryPoints() {
    WasmModule.Export main = null;
    boolean memory = false;
    boolean initialize = false;
    for (WasmModule.Export export : exports) {
      if (export.name().equals("_start") && export.kind() == 0) {
        main = export;
      }
      initialize |= export.name().equals("_initialize");
      memory |= export.name().equals("memory") && export.kind() == 2;
    }
    if (main == null) {
      throw new BadModule(
          Refusal.NO_START,
          "The module has no function \"_start\", so it is a library and not a program. "
              + (initialize
                  ? "It exports \"_initialize\": it was built as a reactor (-mexec-model=reactor,"
                      + " or a Rust cdylib)."
                  : "Build an executable for wasm32-wasi with a main function."));
    }
    if (!types.get(functionTypes[main.index()]).equals(new FuncType("", ""))) {
      throw new BadModule(
          Refusal.NO_START,
          "The module's \"_start\" takes or returns values; it must be () -> ().");
    }
    if (start >= 0 && !types.get(functionTypes[start]).equals(new FuncType("", ""))) {
      throw new BadModule(Refusal.INVALID, "The module's start function takes or returns values.");
    }
    if (!memory) {
      throw new BadModule(
          Refusal.NO_MEMORY,
          "The module exports no memory named \"memory\", which WASI needs. Was it linked for"
              + " wasm32-wasi?");
    }
  }
}
