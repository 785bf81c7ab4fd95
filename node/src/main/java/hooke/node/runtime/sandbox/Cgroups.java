package hooke.node.runtime.sandbox;

import java.io.IOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Control groups for processes, below the node's own, where the kernel and the host's owner let
/// the node make them. Both versions, also mixed as on hosts between the two.
///
/// Version 2 lets no group have processes and limited children at once. So a node that is alone in
/// its group, as a service with `Delegate=yes` is, moves itself into a child first; one that shares
/// its group with others leaves it as it is, and has no groups.
///
/// Reference: `Documentation/admin-guide/cgroup-v2.rst` and `cgroup-v1/` of the kernel.
final class Cgroups {
  /// Cores one process may use: one for the program, one for the JVM's compiler and collector.
  private static final int CORES = 2;

  private static final int PERIOD_MICROS = 100_000;
  private static final String PREFIX = "hooke-";
  private static final long EMPTY_MILLIS = 500;
  private static final long LATE_MILLIS = 60_000;

  /// What is limited.
  enum Controller {
    MEMORY,
    PIDS,
    CPU;

    private String kernelName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// Where groups of one controller are made.
  private record Parent(Path directory, boolean second) {}

  private final Map<Controller, Parent> parents;
  private final AtomicLong next = new AtomicLong();

  private Cgroups(Map<Controller, Parent> parents) {
    this.parents = parents;
  }

  /// Those that this process may make groups with.
  static Cgroups find() {
    return find(Path.of("/proc/self"));
  }

  /// As [#find()], with the process's files in another place, for tests.
  static Cgroups find(Path self) {
    Map<Controller, Parent> found = new EnumMap<>(Controller.class);
    try {
      for (Mount mount : mounts(self)) {
        for (Controller controller : mount.controllers()) {
          Parent parent = new Parent(mount.own(), mount.second());
          if (!found.containsKey(controller) && usable(parent, controller)) {
            found.put(controller, parent);
          }
        }
      }
    } catch (IOException e) {
      System.getLogger(Cgroups.class.getName())
          .log(System.Logger.Level.INFO, "no control groups: {0}", e.toString());
      return new Cgroups(Map.of());
    }
    found.values().forEach(parent -> sweep(parent.directory()));
    return new Cgroups(found);
  }

  /// One line for people.
  String description() {
    return parents.isEmpty()
        ? "resource limits only (no control groups that this user may write)"
        : "control groups ("
            + parents.keySet().stream()
                .map(Controller::kernelName)
                .collect(Collectors.joining(", "))
            + ") and resource limits";
  }

  Set<Controller> controllers() {
    return parents.keySet();
  }

  /// A mounted hierarchy, and this process's group in it.
  private record Mount(Path own, boolean second, List<Controller> controllers) {}

  private static List<Mount> mounts(Path self) throws IOException {
    List<String> groups = Files.readAllLines(self.resolve("cgroup"));
    List<Mount> mounts = new ArrayList<>();
    for (String line : Files.readAllLines(self.resolve("mountinfo"))) {
      // id parent device root point options [optional...] - type source super-options (proc(5))
      String[] halves = line.split(" - ", 2);
      String[] left = halves[0].split(" ", -1);
      String[] right = halves.length == 2 ? halves[1].split(" ") : new String[0];
      if (left.length < 5 || right.length < 3 || !right[0].startsWith("cgroup")) {
        continue;
      }
      boolean second = right[0].equals("cgroup2");
      Set<String> options = new HashSet<>(Arrays.asList(right[2].split(",")));
      for (String group : groups) {
        String[] parts = group.split(":", 3);
        boolean here =
            second
                ? parts[0].equals("0") && parts[1].isEmpty()
                : !parts[1].isEmpty() && options.containsAll(Arrays.asList(parts[1].split(",")));
        if (parts.length == 3 && here) {
          Path own = below(Path.of(left[4]), left[3], parts[2]);
          mounts.add(new Mount(own, second, controllers(own, second, parts[1])));
        }
      }
    }
    return mounts;
  }

  /// A mount may show a part of the hierarchy only, as in containers.
  private static Path below(Path point, String root, String group) {
    String rest =
        group.startsWith(root) && !root.equals("/") ? group.substring(root.length()) : group;
    return point.resolve(rest.replaceFirst("^/+", "")).normalize();
  }

  private static List<Controller> controllers(Path own, boolean second, String names)
      throws IOException {
    Path offered = own.resolve("cgroup.controllers");
    if (second && !Files.isReadable(offered)) {
      return List.of();
    }
    Set<String> here =
        new HashSet<>(
            Arrays.asList(
                second ? Files.readString(offered).strip().split(" ") : names.split(",")));
    return Arrays.stream(Controller.values()).filter(c -> here.contains(c.kernelName())).toList();
  }

  private static boolean usable(Parent parent, Controller controller) {
    if (!Files.isWritable(parent.directory())) {
      return false;
    }
    try {
      return !parent.second() || enable(parent.directory(), controller);
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean enable(Path group, Controller controller) throws IOException {
    Path control = group.resolve("cgroup.subtree_control");
    if (Set.of(Files.readString(control).strip().split(" ")).contains(controller.kernelName())) {
      return true;
    }
    try {
      Files.writeString(control, "+" + controller.kernelName());
      return true;
    } catch (FileSystemException e) {
      if (!moveAside(group)) {
        return false;
      }
      Files.writeString(control, "+" + controller.kernelName());
      return true;
    }
  }

  /// Moves this process into a child of its group, where it is the only one in it.
  private static boolean moveAside(Path group) throws IOException {
    String own = Long.toString(ProcessHandle.current().pid());
    if (!Files.readAllLines(group.resolve("cgroup.procs")).equals(List.of(own))) {
      return false;
    }
    Path aside = group.resolve(PREFIX + "node");
    Files.createDirectories(aside);
    Files.writeString(aside.resolve("cgroup.procs"), own);
    return true;
  }

  /// Removes groups of nodes that are gone; the kernel keeps those that have processes.
  private static void sweep(Path directory) {
    try (Stream<Path> children = Files.list(directory)) {
      for (Path child : children.toList()) {
        String name = String.valueOf(child.getFileName());
        String[] parts = name.split("-", -1);
        if (name.startsWith(PREFIX) && parts.length == 3 && parts[1].matches("\\d{1,9}")) {
          if (ProcessHandle.of(Long.parseLong(parts[1])).isEmpty()) {
            remove(child, EMPTY_MILLIS);
          }
        }
      }
    } catch (IOException e) {
      System.getLogger(Cgroups.class.getName())
          .log(System.Logger.Level.INFO, "old control groups stay: {0}", e.toString());
    }
  }

  /// Groups for one process, empty so far.
  Group make(Launch launch) throws IOException {
    String name = PREFIX + ProcessHandle.current().pid() + "-" + next.incrementAndGet();
    Set<Path> made = new LinkedHashSet<>();
    Group group = new Group(made);
    try {
      for (Map.Entry<Controller, Parent> each : parents.entrySet()) {
        Path directory = each.getValue().directory().resolve(name);
        if (made.add(directory)) {
          Files.createDirectory(directory);
        }
        limit(directory, each.getKey(), each.getValue().second(), launch);
      }
      return group;
    } catch (IOException e) {
      group.close();
      throw e;
    }
  }

  private static void limit(Path group, Controller controller, boolean second, Launch launch)
      throws IOException {
    switch (controller) {
      case MEMORY -> {
        String bytes = Long.toString(launch.memoryBytes());
        if (second) {
          Files.writeString(group.resolve("memory.max"), bytes);
          optional(group.resolve("memory.swap.max"), "0");
          // All of it or nothing: half a worker is of no use.
          optional(group.resolve("memory.oom.group"), "1");
        } else {
          Files.writeString(group.resolve("memory.limit_in_bytes"), bytes);
          optional(group.resolve("memory.memsw.limit_in_bytes"), bytes);
        }
      }
      case PIDS ->
          // bubblewrap has two processes of its own beside the worker's threads.
          Files.writeString(group.resolve("pids.max"), Integer.toString(launch.threads() + 4));
      case CPU -> {
        if (second) {
          Files.writeString(group.resolve("cpu.max"), CORES * PERIOD_MICROS + " " + PERIOD_MICROS);
          optional(group.resolve("cpu.weight"), "50");
        } else {
          Files.writeString(group.resolve("cpu.cfs_period_us"), Integer.toString(PERIOD_MICROS));
          Files.writeString(
              group.resolve("cpu.cfs_quota_us"), Integer.toString(CORES * PERIOD_MICROS));
          optional(group.resolve("cpu.shares"), "512");
        }
      }
    }
  }

  /// Writes what not every kernel has.
  private static void optional(Path file, String value) throws IOException {
    if (Files.isWritable(file)) {
      Files.writeString(file, value);
    }
  }

  /// One process's groups. Closing removes them, once they are empty.
  static final class Group implements AutoCloseable {
    private final Set<Path> directories;

    private Group(Set<Path> directories) {
      this.directories = directories;
    }

    Set<Path> directories() {
      return directories;
    }

    /// Whether the kernel has killed something in it for its memory.
    boolean ranOutOfMemory() {
      for (Path directory : directories) {
        for (String name : List.of("memory.events", "memory.oom_control")) {
          try {
            if (Files.readAllLines(directory.resolve(name)).stream()
                .anyMatch(line -> line.matches("oom_kill [1-9]\\d*"))) {
              return true;
            }
          } catch (IOException e) {
            // Not this version's file.
          }
        }
      }
      return false;
    }

    @Override
    public void close() {
      for (Path directory : directories) {
        if (!remove(directory, EMPTY_MILLIS)) {
          // A process with much memory takes its time to die: nobody need wait for that.
          Thread.ofVirtual().name("remove-control-group").start(() -> removeLate(directory));
        }
      }
    }

    private static void removeLate(Path directory) {
      if (!remove(directory, LATE_MILLIS)) {
        System.getLogger(Cgroups.class.getName())
            .log(System.Logger.Level.WARNING, "a control group stays: {0}", directory);
      }
    }
  }

  /// Processes leave their group a moment after they were killed.
  private static boolean remove(Path directory, long millis) {
    long until = System.nanoTime() + millis * 1_000_000;
    while (true) {
      try {
        Files.deleteIfExists(directory);
        return true;
      } catch (DirectoryNotEmptyException e) {
        return false;
      } catch (IOException e) {
        if (System.nanoTime() > until) {
          return false;
        }
        try {
          Thread.sleep(5);
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          return false;
        }
      }
    }
  }
}
