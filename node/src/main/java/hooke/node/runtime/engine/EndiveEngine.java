package hooke.node.runtime.engine;

import hooke.node.runtime.wasi.Guest;
import hooke.node.runtime.wasi.Halt;
import hooke.node.runtime.wasi.Wasi;
import hooke.node.runtime.wasm.Metering;
import java.io.DataInputStream;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import run.endive.runtime.GlobalInstance;
import run.endive.runtime.HostFunction;
import run.endive.runtime.ImportValues;
import run.endive.runtime.Instance;
import run.endive.runtime.InterpreterMachine;
import run.endive.runtime.Machine;
import run.endive.runtime.Memory;
import run.endive.runtime.WasmInterruptedException;
import run.endive.wasm.UnlinkableException;
import run.endive.wasm.WasmEngineException;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.FunctionImport;
import run.endive.wasm.types.FunctionType;
import run.endive.wasm.types.MemoryLimits;

/// Endive, either compiling modules to JVM bytecode or interpreting them.
///
/// Functions over the JVM's method limit are interpreted also when compiling. Keeps the last few
/// modules' loaded classes, so that what the JVM's own compiler did for them is not lost between
/// two runs. One run at a time.
public final class EndiveEngine implements Engine {
  /// Modules whose classes stay loaded.
  private static final int LOADED_MODULES = 4;

  private final boolean compiles;

  /// A module without the functions that are compiled, and what runs them.
  private record Loaded(byte[] module, Function<Instance, Machine> machines) {}

  private final Map<String, Loaded> loaded =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Loaded> eldest) {
          return size() > LOADED_MODULES;
        }
      };

  private EndiveEngine(boolean compiles) {
    this.compiles = compiles;
  }

  /// An engine that compiles.
  public static EndiveEngine compiling() {
    return new EndiveEngine(true);
  }

  /// An engine that interprets: some sixty times slower, and a second opinion in tests.
  public static EndiveEngine interpreting() {
    return new EndiveEngine(false);
  }

  /// Whether a program, of which this is the kept code, leaves functions to the interpreter.
  public static boolean interprets(DataInputStream kept) throws IOException {
    return EndiveCode.interprets(kept);
  }

  @Override
  public String name() {
    return compiles ? "endive-compiled" : "endive-interpreted";
  }

  @Override
  public Prepared prepare(byte[] metered, CompiledCode code) {
    if (!compiles) {
      return new Program(metered, true, InterpreterMachine::new);
    }
    String digest = digest(metered);
    Loaded known = loaded.get(digest);
    if (known == null) {
      known = load(new Bodies(metered), code);
      loaded.put(digest, known);
    }
    // Who compiled it had validated the module: that is most of the time of reading one.
    return new Program(known.module(), false, known.machines());
  }

  private static Loaded load(Bodies bodies, CompiledCode code) {
    byte[] stored = code.stored();
    EndiveCode compiled = stored == null ? EndiveCode.compile(bodies) : EndiveCode.read(stored);
    if (stored == null) {
      code.store(compiled.toBytes());
    }
    return new Loaded(
        bodies.only(n -> compiled.interpreted().contains(n + bodies.imported())),
        compiled.machines());
  }

  private static final class Program implements Prepared {
    private final byte[] bytes;
    private final Function<Instance, Machine> machines;
    private final List<Long> tables;
    private WasmModule module;

    Program(byte[] bytes, boolean validates, Function<Instance, Machine> machines) {
      this.bytes = bytes;
      this.module = Validator.parsed(bytes, validates);
      this.machines = machines;
      this.tables = tables(module);
    }

    @Override
    public Ending run(Wasi wasi, long fuel, int memoryPages) {
      // Endive keeps the sizes of tables in the parsed module.
      if (!tables(module).equals(tables)) {
        module = Validator.parsed(bytes, false);
      }
      return new Run(module, machines, wasi, fuel, memoryPages).run();
    }

    private static List<Long> tables(WasmModule module) {
      List<Long> sizes = new ArrayList<>();
      for (int i = 0; i < module.tableSection().tableCount(); i++) {
        sizes.add(module.tableSection().getTable(i).limits().min());
      }
      return sizes;
    }
  }

  private static String digest(byte[] module) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(module));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }

  private static final class Run {
    private final WasmModule module;
    private final Function<Instance, Machine> machines;
    private final Wasi wasi;
    private final long limit;
    private final int memoryPages;
    private @Nullable GlobalInstance fuel;
    private @Nullable GlobalInstance depth;

    Run(
        WasmModule module,
        Function<Instance, Machine> machines,
        Wasi wasi,
        long limit,
        int memoryPages) {
      this.module = module;
      this.machines = machines;
      this.wasi = wasi;
      this.limit = limit;
      this.memoryPages = memoryPages;
    }

    Ending run() {
      try {
        start();
        return left() < 0 ? outOfFuel() : ending(Ending.Kind.EXITED, 0, "");
      } catch (Halt.Exited e) {
        return ending(Ending.Kind.EXITED, e.code(), "");
      } catch (Halt.OutOfFuel e) {
        return outOfFuel();
      } catch (Halt.OutputLimit e) {
        return ending(Ending.Kind.OUTPUT_LIMIT, 0, String.valueOf(e.getMessage()));
      } catch (Halt.HostDisk e) {
        return ending(Ending.Kind.HOST_DISK, 0, String.valueOf(e.getMessage()));
      } catch (Halt.Trapped e) {
        return ending(Ending.Kind.TRAPPED, 0, String.valueOf(e.getMessage()));
      } catch (WasmInterruptedException e) {
        return ending(Ending.Kind.HOST_ENGINE, 0, "interrupted");
      } catch (StackOverflowError e) {
        return ending(Ending.Kind.HOST_STACK, 0, "the host's stack was too small");
      } catch (WasmEngineException e) {
        if (e.getCause() instanceof StackOverflowError) {
          return ending(Ending.Kind.HOST_STACK, 0, "the host's stack was too small");
        }
        return left() < 0 ? outOfFuel() : ending(Ending.Kind.TRAPPED, 0, trap(e));
      } catch (RuntimeException e) {
        return ending(Ending.Kind.HOST_ENGINE, 0, e.toString());
      }
    }

    private void start() {
      int declared =
          module
              .memorySection()
              .map(memories -> memories.getMemory(0).limits().initialPages())
              .orElse(0);
      int maximum =
          module
              .memorySection()
              .map(memories -> memories.getMemory(0).limits().maximumPages())
              .orElse(0);
      Instance instance;
      try {
        instance =
            Instance.builder(module)
                .withInitialize(false)
                .withStart(false)
                .withMemoryFactory(FlatMemory::new)
                .withMemoryLimits(
                    new MemoryLimits(declared, Math.max(declared, Math.min(maximum, memoryPages))))
                .withImportValues(imports())
                .withMachineFactory(machines)
                .build();
        instance.initialize(false);
      } catch (UnlinkableException e) {
        throw new IllegalStateException("imports were checked when the module was read", e);
      }
      GlobalInstance gauge = instance.exports().global(Metering.FUEL);
      gauge.setValue(limit);
      fuel = gauge;
      depth = instance.exports().global(Metering.DEPTH);
      for (int i = 0; i < module.exportSection().exportCount(); i++) {
        if (module.exportSection().getExport(i).name().equals(Metering.START)) {
          instance.export(Metering.START).apply();
        }
      }
      instance.export("_start").apply();
    }

    private ImportValues imports() {
      HostFunction[] functions =
          module.importSection().stream()
              .map(FunctionImport.class::cast)
              .map(one ->
                  host(one.module(), one.name(), module.typeSection().getType(one.typeIndex())))
              .toArray(HostFunction[]::new);
      return ImportValues.builder().addFunction(functions).build();
    }

    private HostFunction host(String wasiModule, String name, FunctionType type) {
      boolean returns = !type.returns().isEmpty();
      return new HostFunction(
          wasiModule,
          name,
          type,
          (instance, args) -> {
            long errno = wasi.call(wasiModule, name, guest(instance), args);
            return returns ? new long[] {errno} : new long[0];
          });
    }

    private @Nullable Guest guest;

    private Guest guest(Instance instance) {
      Guest known = guest;
      if (known == null) {
        GlobalInstance gauge = fuel;
        if (gauge == null) {
          throw new IllegalStateException("a host call before the program started");
        }
        known = new EndiveGuest(instance.memory(), gauge, limit);
        guest = known;
      }
      return known;
    }

    private long left() {
      return fuel == null ? limit : fuel.getValue();
    }

    private Ending ending(Ending.Kind kind, int exitCode, String message) {
      return new Ending(kind, exitCode, limit - left(), message);
    }

    private Ending outOfFuel() {
      return new Ending(
          Ending.Kind.OUT_OF_FUEL, 0, limit, "all " + limit + " units of fuel are used up");
    }

    private String trap(WasmEngineException e) {
      if (depth != null && depth.getValue() > Metering.DEPTH_LIMIT) {
        return "calls nest too deeply (an endless recursion?)";
      }
      return String.valueOf(e.getMessage());
    }
  }

  private record EndiveGuest(Memory memory, GlobalInstance fuel, long limit) implements Guest {
    @Override
    public void check(int address, long length) {
      long end = (address & 0xffffffffL) + length;
      if (length < 0 || end > (long) memory.pages() << 16) {
        throw new Halt.Trapped(
            String.format(
                "a host call was given %d bytes at %d, outside of memory",
                length, address & 0xffffffffL));
      }
    }

    @Override
    public void write(int address, byte[] from, int offset, int length) {
      check(address, length);
      memory.write(address, from, offset, length);
    }

    @Override
    public void read(int address, byte[] to, int offset, int length) {
      check(address, length);
      System.arraycopy(memory.readBytes(address, length), 0, to, offset, length);
    }

    @Override
    public void charge(long amount) {
      long left = fuel.getValue() - amount;
      fuel.setValue(left);
      if (left < 0) {
        throw new Halt.OutOfFuel();
      }
    }

    @Override
    public long used() {
      return limit - fuel.getValue();
    }
  }
}
