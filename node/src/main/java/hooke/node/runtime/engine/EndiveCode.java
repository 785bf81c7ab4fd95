package hooke.node.runtime.engine;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;
import run.endive.compiler.InterpreterFallback;
import run.endive.compiler.internal.ByteClassCollector;
import run.endive.compiler.internal.Compiler;
import run.endive.compiler.internal.CompilerResult;
import run.endive.runtime.Instance;
import run.endive.runtime.Machine;
import run.endive.wasm.WasmModule;

/// What Endive makes of a module: JVM classes, and the functions that are too large for the JVM and
/// stay with Endive's interpreter.
///
/// Endive takes a module as a whole and holds some hundred bytes per instruction meanwhile: more
/// than 2 GiB for Python, more than there is for a C++ compiler. So it is handed the module many
/// times here, each time with other functions and all else left out ([Bodies]); of what it makes,
/// the classes of those functions are taken. This works since classes hold a fixed number of
/// functions by their numbers.
final class EndiveCode {
  /// Code that is handed over at a time, in bytes.
  private static final int PIECE = 1 << 20;

  /// More of it at a time, per function: the functions that are left out cost something each time.
  private static final int PIECE_PER_FUNCTION = 16;

  /// Functions in a class. Few, since classes are loaded when their first function is called, and a
  /// run uses a part of a large program only.
  private static final int GROUP = 128;

  private static final String GROUP_NAME = Compiler.DEFAULT_CLASS_NAME + "FuncGroup_";

  private record Packed(byte[] bytes, int length) {}

  private final Set<Integer> interpreted;
  private final Map<String, Packed> classes;

  private EndiveCode(Set<Integer> interpreted, Map<String, Packed> classes) {
    this.interpreted = interpreted;
    this.classes = classes;
  }

  /// Functions left to the interpreter, by their number in the module.
  Set<Integer> interpreted() {
    return interpreted;
  }

  /// Compiles a module, checking its types on the way.
  static EndiveCode compile(Bodies bodies) {
    for (int group = GROUP; group > 0; group /= 2) {
      EndiveCode code = compile(bodies, group);
      if (code != null) {
        return code;
      }
    }
    throw new IllegalStateException("a function's class is too large for the JVM");
  }

  /// @return null when a class of so many functions became too large
  private static @Nullable EndiveCode compile(Bodies bodies, int group) {
    int all = bodies.imported() + bodies.count();
    int groups = Math.ceilDiv(all, group);
    long piece = PIECE + (long) PIECE_PER_FUNCTION * all;
    Set<Integer> interpreted = new HashSet<>();
    Map<String, Packed> classes = new HashMap<>();
    int from = 0;
    while (from < groups) {
      int to = from;
      long size = 0;
      do {
        size += size(bodies, group, to++);
      } while (to < groups && size + size(bodies, group, to) <= piece);
      CompilerResult made = compile(bodies, group, from, to, Set.of());
      interpreted.addAll(made.interpretedFunctions());
      Map<String, byte[]> found = made.classBytes();
      if (found.containsKey(GROUP_NAME + groups) || !found.containsKey(GROUP_NAME + (groups - 1))) {
        return null;
      }
      for (int n = from; n < to; n++) {
        pack(GROUP_NAME + n, found, classes);
      }
      from = to;
    }
    // What is not a group of functions depends on which functions are interpreted.
    CompilerResult rest = compile(bodies, group, 0, 0, interpreted);
    for (String name : rest.classBytes().keySet()) {
      if (!name.startsWith(GROUP_NAME)) {
        pack(name, rest.classBytes(), classes);
      }
    }
    return new EndiveCode(interpreted, classes);
  }

  private static long size(Bodies bodies, int group, int number) {
    long size = 0;
    int first = Math.max(0, number * group - bodies.imported());
    int end = Math.min(bodies.count(), (number + 1) * group - bodies.imported());
    for (int n = first; n < end; n++) {
      size += bodies.size(n);
    }
    return size;
  }

  private static CompilerResult compile(
      Bodies bodies, int group, int from, int to, Set<Integer> interpreted) {
    WasmModule part =
        Validator.validated(
            bodies.only(n -> {
              int number = (n + bodies.imported()) / group;
              return number >= from && number < to;
            }));
    Compiler.Builder builder =
        Compiler.builder(part)
            .withMaxFunctionsPerClass(group)
            .withClassCollectorFactory(ByteClassCollector::new);
    return interpreted.isEmpty()
        ? builder.withInterpreterFallback(InterpreterFallback.SILENT).build().compile()
        : builder
            .withInterpreterFallback(InterpreterFallback.FAIL)
            .withInterpretedFunctions(interpreted)
            .build()
            .compile();
  }

  private static void pack(String name, Map<String, byte[]> from, Map<String, Packed> to) {
    byte[] bytes = from.get(name);
    if (bytes == null) {
      throw new IllegalStateException("the compiler made no " + name);
    }
    try (Deflater deflater = new Deflater(Deflater.BEST_SPEED)) {
      deflater.setInput(bytes);
      deflater.finish();
      ByteArrayOutputStream packed = new ByteArrayOutputStream(bytes.length / 2);
      byte[] buffer = new byte[1 << 16];
      while (!deflater.finished()) {
        packed.write(buffer, 0, deflater.deflate(buffer));
      }
      // Some are named as in class files.
      to.put(name.replace('/', '.'), new Packed(packed.toByteArray(), bytes.length));
    }
  }

  /// All of it, for [#read(byte\[\])].
  byte[] toBytes() {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(interpreted.size());
      for (int function : interpreted) {
        out.writeInt(function);
      }
      out.writeInt(classes.size());
      for (Map.Entry<String, Packed> each : classes.entrySet()) {
        out.writeUTF(each.getKey());
        out.writeInt(each.getValue().length());
        out.writeInt(each.getValue().bytes().length);
        out.write(each.getValue().bytes());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory cannot fail", e);
    }
    return bytes.toByteArray();
  }

  /// Whether some of the functions are left to the interpreter, from the beginning of what
  /// [#toBytes()] wrote.
  static boolean interprets(DataInputStream in) throws IOException {
    return in.readInt() > 0;
  }

  /// Reads what [#toBytes()] wrote.
  static EndiveCode read(byte[] bytes) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(bytes))) {
      Set<Integer> interpreted = new HashSet<>();
      for (int n = in.readInt(); n > 0; n--) {
        interpreted.add(in.readInt());
      }
      Map<String, Packed> classes = new HashMap<>();
      for (int n = in.readInt(); n > 0; n--) {
        String name = in.readUTF();
        int length = in.readInt();
        classes.put(name, new Packed(in.readNBytes(in.readInt()), length));
      }
      return new EndiveCode(interpreted, classes);
    } catch (IOException e) {
      throw new IllegalStateException("kept code was checked and cannot be read", e);
    }
  }

  /// Makes machines for instances of this code's module. Classes are loaded as they are needed.
  Function<Instance, Machine> machines() {
    try {
      Class<?> main = new Loader().loadClass(Compiler.DEFAULT_CLASS_NAME);
      MethodHandle make =
          MethodHandles.publicLookup()
              .findConstructor(main, MethodType.methodType(void.class, Instance.class));
      return instance -> {
        try {
          return (Machine) make.invoke(instance);
        } catch (Throwable e) {
          throw new IllegalStateException("compiled code does not start", e);
        }
      };
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("compiled code cannot be loaded", e);
    }
  }

  private final class Loader extends ClassLoader {
    Loader() {
      super(EndiveCode.class.getClassLoader());
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      Packed packed = classes.get(name);
      if (packed == null) {
        throw new ClassNotFoundException(name);
      }
      byte[] bytes = new byte[packed.length()];
      try (Inflater inflater = new Inflater()) {
        inflater.setInput(packed.bytes());
        int done = 0;
        while (done < bytes.length) {
          int n = inflater.inflate(bytes, done, bytes.length - done);
          if (n == 0) {
            throw new ClassNotFoundException(name);
          }
          done += n;
        }
      } catch (DataFormatException e) {
        throw new ClassNotFoundException(name, e);
      }
      return defineClass(name, bytes, 0, bytes.length);
    }
  }
}
