package hooke.node.runtime.wasm;

import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What a task may import: the functions of WASI preview 1, with their signatures.
///
/// Sockets are listed and answer "not supported": compilers link them in without the program ever
/// calling them.
public final class Imports {
  /// The one module a task may import from. `wasi_unstable`, its predecessor, is told apart in the
  /// message.
  public static final String WASI = "wasi_snapshot_preview1";

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
    allow("sock_accept", "iii");
    allow("sock_recv", "iiiiii");
    allow("sock_send", "iiiii");
    allow("sock_shutdown", "ii");
    FUNCTIONS.put("proc_exit", new FuncType("i", ""));
  }

  private Imports() {}

  private static void allow(String name, String params) {
    FUNCTIONS.put(name, new FuncType(params, "i"));
  }

  /// All allowed functions by name, sorted.
  public static Map<String, FuncType> functions() {
    return java.util.Collections.unmodifiableMap(FUNCTIONS);
  }

  static void check(String module, String name, FuncType type) {
    if (!module.equals(WASI)) {
      throw new BadModule(Refusal.UNKNOWN_IMPORT, unknown(module, name) + hint(module));
    }
    @Nullable FuncType allowed = FUNCTIONS.get(name);
    if (allowed == null) {
      throw new BadModule(
          Refusal.UNKNOWN_IMPORT,
          unknown(module, name)
              + "WASI preview 1 has: "
              + String.join(", ", FUNCTIONS.keySet())
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
              + ", but WASI preview 1 defines it as "
              + allowed.text()
              + ".");
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
      case "wasi_unstable" ->
          "It was built for the older WASI snapshot 0; rebuild it for " + WASI + ".";
      case "env" ->
          "Imports from \"env\" are functions the linker did not find, or a module made for a browser (Emscripten); "
              + "link everything in and build for wasm32-wasi.";
      case "wasi" -> "WASI threads are not supported.";
      default -> "Only functions of " + WASI + " may be imported.";
    };
  }

  private static String printable(String name) {
    String shown = name.length() > 80 ? name.substring(0, 80) + "..." : name;
    return shown.replaceAll("\\p{Cntrl}", "?");
  }
}
