package hooke.node.runtime.sandbox;

import hooke.node.runtime.Isolation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// Processes behind [bubblewrap](https://github.com/containers/bubblewrap).
///
/// What a process has:
///
/// - namespaces of its own of every kind: no network, no other processes, no host name, no IPC;
/// - a root file system made for it, in memory and read-only: the [Program], the libraries that
///   loads, the files of its [Launch], `/dev/null` and random numbers. No `/proc`, no `/sys`, no
///   `/tmp`, no home;
/// - write access to the files of its [Launch] and nothing else;
/// - no capabilities, no way to new privileges, a session of its own, a user id that is nobody's:
///   where the node runs as root that is a real one, above all ranges in use; where it does not,
///   the user's own behind a user namespace, since nobody else may be had;
/// - the system calls that [SeccompFilter] lets its program make;
/// - limits on memory, threads and CPU by [Cgroups] where those may be written, and by resource
///   limits in any case;
/// - the end of the node as its own: it dies with it.
///
/// The chain of programs is `sh` (joins the control groups, opens the filter) - `bwrap` - `prlimit`
/// - `setpriv` where the node is root - the program. Each replaces itself by the next.
final class Bubblewrap implements Sandbox {
  /// Beyond what systemd, containers and people use: systemd's "Users, Groups, UIDs and GIDs".
  private static final int FIRST_UID = 0x7000_0000;

  private static final int UIDS = 1 << 16;
  private static final int OPEN_FILES = 4_096;

  /// What a process commits beside what [Launch#memoryBytes] counts, before the kernel would call
  /// it too much data: reserved but never touched.
  private static final long DATA_SLACK = 512L << 20;

  private static final String SCRIPT =
      """
      filter=$1; shift
      while [ "$1" != -- ]; do echo $$ >"$1/cgroup.procs" || exit 125; shift; done; shift
      echo 1000 2>/dev/null >/proc/self/oom_score_adj
      exec "$@" 3<"$filter"
      """;

  /// Exit code of a process that the kernel ended for a system call, as a shell says it.
  private static final int BAD_SYSTEM_CALL = 128 + 31;

  /// The kernel ends a bubblewrap when the thread ends that started it (PR_SET_PDEATHSIG): so one
  /// thread starts them all and never ends.
  private static final ExecutorService STARTER =
      Executors.newSingleThreadExecutor(
          task -> Thread.ofPlatform().daemon().name("sandbox-starter").unstarted(task));

  private static final AtomicInteger NEXT_UID =
      new AtomicInteger((int) (ProcessHandle.current().pid() * 101 % UIDS));

  private final Path shell;
  private final Path bwrap;
  private final Path prlimit;
  private final @Nullable Path setpriv;
  private final SeccompFilter.Machine machine;
  private final Cgroups cgroups;

  /// What a program needs of the host, found once.
  private record Needs(Set<Path> shared, byte[] filter) {}

  private final Map<Program, Needs> known = new ConcurrentHashMap<>();

  private Bubblewrap(
      Path shell,
      Path bwrap,
      Path prlimit,
      @Nullable Path setpriv,
      SeccompFilter.Machine machine,
      Cgroups cgroups) {
    this.shell = shell;
    this.bwrap = bwrap;
    this.prlimit = prlimit;
    this.setpriv = setpriv;
    this.machine = machine;
    this.cgroups = cgroups;
  }

  /// What looking for it gave.
  sealed interface Search {}

  record Found(Bubblewrap sandbox) implements Search {}

  /// @param why in words for a person who could change it
  record Missing(String why) implements Search {}

  /// Looks for all its parts and runs a JVM in it.
  static Search tryOut() {
    try {
      return search();
    } catch (IOException e) {
      return new Missing("bubblewrap cannot be used: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return new Missing("interrupted while looking for bubblewrap");
    }
  }

  private static Search search() throws IOException, InterruptedException {
    if (!System.getProperty("os.name", "").equals("Linux")) {
      return new Missing("bubblewrap exists on Linux only");
    }
    SeccompFilter.Machine machine =
        switch (System.getProperty("os.arch", "")) {
          case "amd64", "x86_64" -> SeccompFilter.Machine.X86_64;
          case "aarch64" -> SeccompFilter.Machine.AARCH64;
          default -> null;
        };
    if (machine == null) {
      return new Missing("no seccomp filter is written for " + System.getProperty("os.arch"));
    }
    boolean root = Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0);
    Optional<Path> bwrap = HostFiles.program("bwrap");
    Optional<Path> shell = HostFiles.program("sh");
    Optional<Path> prlimit = HostFiles.program("prlimit");
    Optional<Path> setpriv = root ? HostFiles.program("setpriv") : Optional.empty();
    if (bwrap.isEmpty()) {
      return new Missing("bubblewrap is not installed");
    }
    if (shell.isEmpty() || prlimit.isEmpty() || (root && setpriv.isEmpty())) {
      return new Missing("bubblewrap is here, but sh, prlimit or setpriv of util-linux is not");
    }
    Bubblewrap sandbox =
        new Bubblewrap(
            shell.get(), bwrap.get(), prlimit.get(), setpriv.orElse(null), machine, Cgroups.find());
    Optional<String> complaint = sandbox.complaint(Program.jvm());
    return complaint.isEmpty() ? new Found(sandbox) : new Missing(complaint.get());
  }

  @Override
  public Optional<String> refuses(Program program) {
    try {
      return complaint(program);
    } catch (IOException e) {
      return Optional.of("no " + program.name() + " runs in bubblewrap: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.of("interrupted while trying out bubblewrap");
    }
  }

  /// Lets a program show that it runs; empty when it does.
  private Optional<String> complaint(Program program) throws IOException, InterruptedException {
    Path home = Files.createTempDirectory("hooke-sandbox");
    Launch launch =
        new Launch(
            program, program.probe(), home, List.of(), List.of(), 1 << 20, 512 << 20, 64 << 20, 64);
    try (Confined probe = start(launch)) {
      probe.process().getOutputStream().close();
      byte[] said = probe.process().getErrorStream().readAllBytes();
      if (!probe.process().waitFor(30, TimeUnit.SECONDS)) {
        return Optional.of("a " + program.name() + " in bubblewrap does not end");
      }
      if (probe.process().exitValue() == 0) {
        return Optional.empty();
      }
      String words = new String(said, StandardCharsets.UTF_8).strip();
      return Optional.of(
          "no "
              + program.name()
              + " runs in bubblewrap: "
              + (words.isEmpty() ? probe.verdict().sentence() : words.replaceAll("\\s+", " ")));
    } finally {
      delete(home);
    }
  }

  private Needs needs(Program program) throws IOException {
    Needs found = known.get(program);
    if (found == null) {
      found = new Needs(shared(program), SeccompFilter.of(machine, program.calls()));
      known.put(program, found);
    }
    return found;
  }

  private Set<Path> shared(Program program) throws IOException {
    List<Path> binaries = new ArrayList<>(program.binaries());
    binaries.add(program.executable());
    binaries.add(prlimit);
    if (setpriv != null) {
      binaries.add(setpriv);
    }
    Set<Path> shared;
    try {
      shared = new TreeSet<>(HostFiles.libraries(binaries));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while looking for a program's libraries", e);
    }
    HostFiles.locale().ifPresent(shared::add);
    shared.add(program.executable());
    shared.add(prlimit);
    if (setpriv != null) {
      shared.add(setpriv);
    }
    for (Path folder : program.folders()) {
      shared.removeIf(path -> path.startsWith(folder));
      shared.addAll(HostFiles.linkedFrom(folder));
      shared.add(folder);
    }
    return shared;
  }

  @Override
  public Isolation isolation() {
    return new Isolation(
        true,
        String.format(
            Locale.ROOT,
            "workers run in bubblewrap: own namespaces, no network, no host files, seccomp, %s user id; limits by %s",
            setpriv == null ? "the node's" : "their own",
            cgroups.description()));
  }

  @Override
  public Confined start(Launch launch) throws IOException {
    int uid = setpriv == null ? -1 : FIRST_UID + Math.floorMod(NEXT_UID.getAndIncrement(), UIDS);
    for (Path file : launch.writable()) {
      if (uid >= 0) {
        Files.setAttribute(file, "unix:uid", uid);
      }
    }
    Needs needs = needs(launch.program());
    Path program = Files.write(launch.home().resolve("seccomp"), needs.filter());
    Cgroups.Group group = cgroups.make(launch);
    try {
      List<String> command = new ArrayList<>(List.of(shell.toString(), "-c", SCRIPT, "sh"));
      command.add(program.toString());
      group.directories().forEach(directory -> command.add(directory.toString()));
      command.add("--");
      command.addAll(bwrap(launch, needs.shared(), uid));
      ProcessBuilder builder = new ProcessBuilder(command);
      builder.environment().clear();
      return new Wrapped(started(builder::start), group);
    } catch (IOException e) {
      group.close();
      throw e;
    }
  }

  private static Process started(Callable<Process> start) throws IOException {
    try {
      return STARTER.submit(start).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while a process was started", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException io) {
        throw io;
      }
      throw new IOException(e.getCause());
    }
  }

  private List<String> bwrap(Launch launch, Set<Path> shared, int uid) {
    List<String> line = new ArrayList<>(List.of(bwrap.toString()));
    add(line, "--unshare-ipc --unshare-pid --unshare-net --unshare-uts --unshare-cgroup-try");
    add(line, "--die-with-parent --new-session --hostname worker --cap-drop ALL");
    if (uid < 0) {
      add(line, "--unshare-user --uid 65534 --gid 65534");
    } else {
      // For setpriv, which gives them up.
      add(line, "--cap-add CAP_SETUID --cap-add CAP_SETGID --cap-add CAP_SETPCAP");
    }
    add(line, "--clearenv --setenv LC_ALL C.UTF-8 --setenv TZ UTC");
    if (!launch.program().libraryPath().isEmpty()) {
      String folders =
          String.join(":", launch.program().libraryPath().stream().map(Path::toString).toList());
      line.addAll(List.of("--setenv", "LD_LIBRARY_PATH", folders));
    }
    Set<Path> shown = new TreeSet<>(shared);
    launch.readable().forEach(path -> shown.add(path.toAbsolutePath()));
    Set<Path> written = new TreeSet<>();
    launch.writable().forEach(path -> written.add(path.toAbsolutePath()));
    for (Path folder : folders(shown, written)) {
      line.addAll(List.of("--dir", folder.toString()));
    }
    for (Path path : shown) {
      line.addAll(List.of("--ro-bind", path.toString(), path.toString()));
    }
    for (Path path : written) {
      line.addAll(List.of("--bind", path.toString(), path.toString()));
    }
    for (String device : List.of("/dev/null", "/dev/random", "/dev/urandom")) {
      line.addAll(List.of("--dev-bind", device, device));
    }
    add(line, "--remount-ro / --chdir / --seccomp 3 --");
    line.add(prlimit.toString());
    add(line, "--core=0 --nofile=" + OPEN_FILES + " --nproc=" + launch.threads());
    add(line, "--memlock=0 --msgqueue=0 --fsize=" + launch.fileBytes());
    add(line, "--data=" + (launch.memoryBytes() + launch.stackBytes() + DATA_SLACK));
    if (setpriv != null) {
      line.add(setpriv.toString());
      add(line, "--reuid " + uid + " --regid " + uid + " --clear-groups");
      add(line, "--inh-caps=-all --bounding-set=-all");
    }
    line.addAll(launch.command());
    return line;
  }

  private static void add(List<String> line, String words) {
    line.addAll(Arrays.asList(words.split(" ")));
  }

  /// Directories above what is shown, the outer ones first. Made here, since bubblewrap would make
  /// them readable for root alone.
  private static Set<Path> folders(Set<Path> shown, Set<Path> written) {
    Set<Path> folders = new TreeSet<>(Set.of(Path.of("/dev")));
    Stream.concat(shown.stream(), written.stream())
        .forEach(path -> {
          for (Path up = path.getParent();
              up != null && up.getNameCount() > 0;
              up = up.getParent()) {
            folders.add(up);
          }
        });
    // What is shown as a whole brings its own.
    folders.removeIf(folder -> shown.stream().anyMatch(folder::startsWith));
    return folders;
  }

  private static void delete(Path directory) {
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("cannot remove " + directory, e);
    }
  }

  private record Wrapped(Process process, Cgroups.Group group) implements Confined {
    @Override
    public Verdict verdict() {
      if (process.isAlive()) {
        return Verdict.NOTHING;
      }
      if (group.ranOutOfMemory()) {
        return Verdict.MEMORY;
      }
      return process.exitValue() == BAD_SYSTEM_CALL ? Verdict.SYSTEM_CALL : Verdict.NOTHING;
    }

    @Override
    public void close() {
      PlainProcess.kill(process);
      group.close();
    }
  }
}
