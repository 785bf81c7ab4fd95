package hooke.node.runtime.wasm;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a task may import: the functions of WASI preview 1 and of its predecessor, snapshot 0, with
/// their signatures.
///
/// Snapshot 0 has the same functions with the same signatures; some structures and numbers differ
/// in memory, which [hooke.node.runtime.wasi.Wasi] sees to. A program may import from both.
///
/// Whatever starts with [#SOCKET] may be imported too, with integers as parameters, and answers
/// "not supported": hosts have added sockets of their own to WASI, and interpreters link them in
/// for programs that never call them.
public final class Imports {
  /// The module a task imports from.
  public static final String WASI = "wasi_snapshot_preview1";

  /// The same of programs built before 2020.
  public static final String WASI_UNSTABLE = "wasi_unstable";

  /// What the names of functions for sockets start with.
  public static final String SOCKET = "sock_";

  private static final Map<String, FuncType> FUNCTIONS = new TreeMap<>();

  static {
    allow("args_get", "ii");
    allow("args_sizes_get", "ii");
    allow("environ_get", "ii");
    allow("environ_sizes_get", "ii");
    allow("clock_res_get", "ii");
    allow("clock_time_get", "iIi");
    allow("fd_advise", "iIIi");
    allow("fd_allocate", "iII");
    allow("fd_close", "i");
    allow("fd_datasync", "i");
    allow("fd_fdstat_get", "ii");
    allow("fd_fdstat_set_flags", "ii");
    allow("fd_fdstat_set_rights", "iII");
    allow("fd_filestat_get", "ii");
    allow("fd_filestat_set_size", "iI");
    allow("fd_filestat_set_times", "iIIi");
    allow("fd_pread", "iiiIi");
    allow("fd_prestat_get", "ii");
    allow("fd_prestat_dir_name", "iii");
    allow("fd_pwrite", "iiiIi");
    allow("fd_read", "iiii");
    allow("fd_readdir", "iiiIi");
    allow("fd_renumber", "ii");
    allow("fd_seek", "iIii");
    allow("fd_sync", "i");
    allow("fd_tell", "ii");
    allow("fd_write", "iiii");
    allow("path_create_directory", "iii");
    allow("path_filestat_get", "iiiii");
    allow("path_filestat_set_times", "iiiiIIi");
    allow("path_link", "iiiiiii");
    allow("path_open", "iiiiiIIii");
    allow("path_readlink", "iiiiii");
    allow("path_remove_directory", "iii");
    allow("path_rename", "iiiiii");
    allow("path_symlink", "iiiii");
    allow("path_unlink_file", "iii");
    allow("poll_oneoff", "iiii");
    allow("proc_raise", "i");
    allow("sched_yield", "");
    allow("random_get", "ii");
    FUNCTIONS.put("proc_exit", new FuncType("i", ""));
  }

  private Imports() {}

  private static void allow(String name, String params) {
    FUNCTIONS.put(name, new FuncType(params, "i"));
  }

  /// The modules that may be imported from.
  public static List<String> modules() {
    return List.of(WASI, WASI_UNSTABLE);
  }

  /// What each module has, sockets aside, sorted by name.
  public static Map<String, FuncType> functions() {
    return Collections.unmodifiableMap(FUNCTIONS);
  }

  static void check(String module, String name, FuncType type) {
    if (!modules().contains(module)) {
      throw new BadModule(Refusal.UNKNOWN_IMPORT, unknown(module, name) + hint(module));
    }
    if (name.startsWith(SOCKET)) {
      checkSocket(module, name, type);
      return;
    }
    @Nullable FuncType allowed = FUNCTIONS.get(name);
    if (allowed == null) {
      throw new BadModule(
          Refusal.UNKNOWN_IMPORT,
          unknown(module, name)
              + "It may import: "
              + String.join(", ", FUNCTIONS.keySet())
              + ", and functions whose names start with "
              + SOCKET
              + ".");
    }
    if (!allowed.equals(type)) {
      throw new BadModule(
          Refusal.UNKNOWN_IMPORT,
          "The module imports "
              + module
              + "."
              + name
              + " as "
              + type.text()
              + ", but WASI defines it as "
              + allowed.text()
              + ".");
    }
  }

  private static void checkSocket(String module, String name, FuncType type) {
    if (!type.params().matches("[iI]*") || !type.results().equals("i")) {
      throw new BadModule(
          Refusal.UNKNOWN_IMPORT,
          "The module imports "
              + module
              + "."
              + printable(name)
              + " as "
              + type.text()
              + ", but functions for sockets take integers and answer with one i32.");
    }
  }

  static String unknown(String module, String name) {
    return "The module imports "
        + printable(module)
        + "."
        + printable(name)
        + ", which a task does not have. ";
  }

  private static String hint(String module) {
    return switch (module) {
      case "env" ->
          "Imports from \"env\" are functions the linker did not find, or a module made for a browser (Emscripten); "
              + "link everything in and build for wasm32-wasi.";
      case "wasi" -> "WASI threads are not supported.";
      default -> "Only functions of " + WASI + " may be imported.";
    };
  }

  static String printable(String name) {
    String shown = name.length() > 80 ? name.substring(0, 80) + "..." : name;
    return shown.replaceAll("\\p{Cntrl}", "?");
  }
}
