package hooke.node.runtime.v8;

import hooke.node.runtime.wasi.FileTree;
import hooke.node.runtime.wasi.OutputBudget;
import hooke.node.runtime.wasi.Wasi;
import hooke.node.runtime.wasm.Imports;
import hooke.node.runtime.wasm.Metering;
import hooke.node.runtime.wasm.ModuleCaps;
import hooke.node.runtime.wasm.Schedule;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// The scripts of a worker on Node.js: where they lie, and what they are told.
///
/// No number of the profile stands in them: they are given the ones that the JVM's engines use.
public final class Scripts {
  private static final String MAIN = "worker.mjs";

  /// All of them, worker.mjs first, in the order in which one would read them.
  static final List<String> NAMES =
      List.of(
          MAIN,
          "program.mjs",
          "engine.mjs",
          "guest.mjs",
          "wasi.mjs",
          "files.mjs",
          "listing.mjs",
          "scratch.mjs",
          "clocks.mjs",
          "random.mjs",
          "halt.mjs",
          "answers.mjs",
          "frames.mjs");

  private Scripts() {}

  /// Lays the scripts out in a directory, readable for all, in place of what lies there.
  ///
  /// @return the one to start
  public static Path unpack(Path directory) throws IOException {
    Files.createDirectories(directory);
    permit(directory, "rwxr-xr-x");
    for (String name : NAMES) {
      try (InputStream script = Scripts.class.getResourceAsStream(name)) {
        if (script == null) {
          throw new IOException("this build of the node lacks its script " + name);
        }
        Path file = directory.resolve(name);
        Path temporary = Files.createTempFile(directory, name, ".new");
        Files.write(temporary, script.readAllBytes());
        permit(temporary, "rw-r--r--");
        Files.move(
            temporary,
            file,
            java.nio.file.StandardCopyOption.ATOMIC_MOVE,
            java.nio.file.StandardCopyOption.REPLACE_EXISTING);
      }
    }
    return directory.resolve(MAIN);
  }

  private static void permit(Path path, String permissions) throws IOException {
    if (Files.getFileStore(path).supportsFileAttributeView("posix")) {
      Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(permissions));
    }
  }

  /// What they are told, as JSON.
  ///
  /// @param heapBytes of JavaScript objects: the file tree, names, frames
  /// @param stackBytes of the thread that runs programs
  /// @param optimisedBytes programs beyond this size are optimised where they are busy only
  public static String settings(long heapBytes, long stackBytes, long optimisedBytes) {
    return "{\"profile\":"
        + object(profile())
        + ",\"optimisedBytes\":"
        + optimisedBytes
        + ",\"limits\":"
        + object(
            Map.of(
                "maxOldGenerationSizeMb", heapBytes >> 20,
                "stackSizeMb", stackBytes >> 20))
        + "}";
  }

  /// Numbers and names of profile `wasm-det/1` that are needed beside the metered module.
  static Map<String, Object> profile() {
    Map<String, Object> profile = new LinkedHashMap<>();
    profile.put("schedule", schedule());
    profile.put("unstableImportModule", Imports.WASI_UNSTABLE);
    profile.put("socket", Imports.SOCKET);
    profile.put("fuel", Metering.FUEL);
    profile.put("depth", Metering.DEPTH);
    profile.put("start", Metering.START);
    profile.put("depthLimit", Metering.DEPTH_LIMIT);
    profile.put("memoryPages", ModuleCaps.WASM_DET_1.memoryPages());
    profile.put("outputEntryBytes", OutputBudget.ENTRY);
    profile.put("outputEntries", OutputBudget.ENTRIES);
    profile.put("inputEntries", FileTree.INPUT_ENTRIES);
    profile.put("nameBytes", FileTree.NAME_BYTES);
    profile.put("pathBytes", FileTree.PATH_BYTES);
    profile.put("targetBytes", FileTree.TARGET_BYTES);
    profile.put("links", FileTree.LINKS);
    profile.put("descriptors", Wasi.DESCRIPTORS);
    profile.put("vectors", Wasi.VECTORS);
    profile.put("path", Wasi.PATH);
    return profile;
  }

  private static Map<String, Object> schedule() {
    Map<String, Object> schedule = new LinkedHashMap<>();
    schedule.put("HOST_CALL", Schedule.HOST_CALL);
    schedule.put("HOST_EIGHT", Schedule.HOST_EIGHT);
    schedule.put("HOST_PATH", Schedule.HOST_PATH);
    schedule.put("HOST_CHANGE", Schedule.HOST_CHANGE);
    schedule.put("HOST_TRANSFER", Schedule.HOST_TRANSFER);
    schedule.put("HOST_BYTE", Schedule.HOST_BYTE);
    schedule.put("HOST_RANDOM_BYTE", Schedule.HOST_RANDOM_BYTE);
    schedule.put("HOST_ENTRY", Schedule.HOST_ENTRY);
    return schedule;
  }

  /// Names and texts here are plain ASCII words: nothing to escape.
  private static String object(Map<String, ?> fields) {
    return fields.entrySet().stream()
        .map(field -> "\"" + field.getKey() + "\":" + value(field.getValue()))
        .collect(Collectors.joining(",", "{", "}"));
  }

  @SuppressWarnings("unchecked")
  private static String value(Object value) {
    return switch (value) {
      case Map<?, ?> map -> object((Map<String, ?>) map);
      case String text -> "\"" + text + "\"";
      default -> value.toString();
    };
  }
}
