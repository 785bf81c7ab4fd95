package hooke.node.runtime.worker;

import hooke.node.runtime.wasi.OutputBudget;
import java.io.DataOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/// What a program does that runs as code in a worker's JVM. Each says what worked, or dies trying.
/// Numbers of system calls are those of x86-64.
@SuppressWarnings("restricted")
final class Attacks {
  private static final int WRONG_MAGIC = 0x4f4f4f4f;

  private Attacks() {}

  static String run(String name, String argument) {
    try {
      return switch (name) {
        case "files" -> files(argument);
        case "network" -> network(Integer.parseInt(argument));
        case "powers" -> powers();
        case "signals" -> signals(Long.parseLong(argument));
        case "descriptors" -> descriptors();
        case "call" -> "call " + call(argument.split(" "));
        case "processes" -> "started " + new ProcessBuilder("/bin/sh").start().pid();
        case "threads" -> threads();
        case "heap" -> heap();
        case "mapped" -> mapped(Integer.decode(argument));
        case "disk" -> disk();
        case "sparse" -> sparse();
        case "errors" -> errors();
        case "silence" -> silence();
        case "deaf" -> deaf();
        case "raw" -> raw(argument);
        default -> "no such attack: " + name;
      };
    } catch (IOException | InterruptedException e) {
      return e.toString();
    }
  }

  private static void attempt(List<String> worked, String what, Callable<?> action) {
    try {
      Object result = action.call();
      worked.add(what + " = " + result);
    } catch (Exception e) {
      // It holds.
    }
  }

  /// @param secrets paths of things that belong to others, one after the other with `|` between
  private static String files(String secrets) throws IOException {
    List<String> worked = new ArrayList<>();
    List<String> paths = new ArrayList<>(List.of(secrets.split("\\|")));
    paths.addAll(
        List.of(
            "/proc/self/environ",
            "/proc/1/cmdline",
            "/proc/self/root",
            "/proc/sys/kernel/core_pattern",
            "/sys/kernel",
            "/sys/fs/cgroup",
            "/etc/passwd",
            "/etc/shadow",
            "/etc/hostname",
            "/root",
            "/home",
            "/tmp",
            "/var",
            "/run",
            "/boot",
            "/usr/bin/sh",
            "/bin/sh",
            "/dev/mem",
            "/dev/shm",
            "/dev/tty",
            "/dev/fuse"));
    for (String each : paths) {
      Path path = Path.of(each);
      if (Files.isDirectory(path)) {
        try (Stream<Path> inside = Files.list(path)) {
          // Directories that lead to what is shown are there; what lies in them is not.
          inside.filter(Files::isRegularFile).forEach(file -> worked.add("listed " + file));
        } catch (IOException e) {
          // It holds.
        }
      } else {
        attempt(worked, "read " + path, () -> Files.readAllBytes(path).length);
      }
      attempt(worked, "wrote " + path, () -> Files.write(path, new byte[1]));
    }
    for (Path folder :
        List.of(
            Path.of("/"),
            Path.of("/dev"),
            Path.of("/usr"),
            Path.of(System.getProperty("java.home")))) {
      attempt(worked, "made a file in " + folder, () -> Files.createFile(folder.resolve("x")));
      attempt(
          worked,
          "made a directory in " + folder,
          () -> Files.createDirectory(folder.resolve("d")));
      attempt(
          worked,
          "made a link in " + folder,
          () -> Files.createSymbolicLink(folder.resolve("l"), Path.of("/")));
    }
    return String.join("\n", worked);
  }

  private static String network(int port) {
    List<String> worked = new ArrayList<>();
    InetAddress here = InetAddress.getLoopbackAddress();
    attempt(
        worked,
        "connected",
        () -> {
          try (Socket socket = new Socket()) {
            socket.connect(new InetSocketAddress(here, port), 1_000);
            return socket;
          }
        });
    attempt(worked, "listened", () -> new ServerSocket(0, 1, here));
    attempt(worked, "sent", () -> new DatagramSocket(0, here));
    attempt(
        worked,
        "unix",
        () -> {
          ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
          return channel.bind(UnixDomainSocketAddress.of("/tmp/x"));
        });
    return String.join("\n", worked);
  }

  /// Who it is and what it may: user, capabilities, new privileges, limits.
  private static String powers() {
    long header = Kernel.bytes(8);
    long data = Kernel.bytes(24);
    MemorySegment.ofAddress(header).reinterpret(8).set(ValueLayout.JAVA_INT, 0, 0x2008_0522);
    long got = Kernel.call(125, header, data);
    int[] sets = MemorySegment.ofAddress(data).reinterpret(24).toArray(ValueLayout.JAVA_INT);
    long limit = Kernel.bytes(16);
    MemorySegment wanted = MemorySegment.ofAddress(limit).reinterpret(16);
    wanted.set(ValueLayout.JAVA_LONG, 0, -1);
    wanted.set(ValueLayout.JAVA_LONG, 8, -1);
    return "uid "
        + Kernel.call(102)
        + "; capabilities "
        + got
        + " "
        + Arrays.stream(sets).mapToObj(Integer::toHexString).toList()
        + "; setuid(0) "
        + Kernel.call(105, 0)
        + "; no new privileges "
        + Kernel.call(157, 39, 0, 0, 0, 0)
        + "; seccomp "
        + Kernel.call(157, 21, 0, 0, 0, 0)
        + "; raised limits "
        + List.of(
            Kernel.call(302, 0, 1, limit, 0), // RLIMIT_FSIZE
            Kernel.call(302, 0, 2, limit, 0), // RLIMIT_DATA
            Kernel.call(302, 0, 6, limit, 0)); // RLIMIT_NPROC
  }

  /// tgkill is a call that a JVM needs.
  private static String signals(long node) {
    return "the node "
        + Kernel.call(234, node, node, 9)
        + ", the first "
        + Kernel.call(234, 1, 1, 9);
  }

  /// Descriptors beside the standard ones that are pipes, sockets or directories, or can be written
  /// to and are not the scratch file.
  private static String descriptors() {
    List<String> found = new ArrayList<>();
    long scratch = inode(4, Kernel.text(scratch().toString()))[0];
    for (int fd = 3; fd < 4_096; fd++) {
      long flags = Kernel.call(72, fd, 3, 0); // F_GETFL
      if (flags >= 0) {
        long[] inode = inode(5, fd);
        boolean device = inode[1] == 2;
        boolean file = inode[1] == 8;
        boolean written = (flags & 3) != 0 && inode[0] != scratch;
        if (written || !(device || file)) {
          found.add("fd " + fd + " flags " + flags + " type " + inode[1]);
        }
      }
    }
    return String.join("\n", found);
  }

  /// Number and type, by stat or fstat.
  private static long[] inode(long call, long what) {
    long stat = Kernel.bytes(256);
    Kernel.call(call, what, stat);
    MemorySegment fields = MemorySegment.ofAddress(stat).reinterpret(256);
    return new long[] {
      fields.get(ValueLayout.JAVA_LONG, 8), fields.get(ValueLayout.JAVA_INT, 24) >> 12
    };
  }

  private static long call(String[] words) {
    long[] arguments = new long[words.length - 1];
    for (int n = 1; n < words.length; n++) {
      arguments[n - 1] = words[n].startsWith("/") ? Kernel.text(words[n]) : Long.decode(words[n]);
    }
    return Kernel.call(Long.decode(words[0]), arguments);
  }

  private static String threads() throws InterruptedException {
    CountDownLatch never = new CountDownLatch(1);
    int started = 0;
    try {
      for (; started < 100_000; started++) {
        Thread.ofPlatform()
            .daemon()
            .stackSize(64 << 10)
            .start(() -> {
              try {
                never.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
      }
    } catch (OutOfMemoryError e) {
      return "started " + started;
    }
    never.await();
    return "never";
  }

  @SuppressWarnings("ModifiedButNotUsed")
  private static String heap() {
    List<byte[]> all = new ArrayList<>();
    while (true) {
      all.add(new byte[1 << 20]);
    }
  }

  /// @param flags of mmap; that it fills the memory at once should be among them
  private static String mapped(int flags) {
    long total = 0;
    long part = 64L << 20;
    while (total < 16L << 30) {
      long at = Kernel.call(9, 0, part, 3, flags, -1, 0);
      if (at < 0 && at > -4_096) {
        return "mapped " + (total >> 20) + " MiB, then error " + -at;
      }
      total += part;
    }
    return "mapped it all";
  }

  /// The one file that a worker may write: it is in the command line that the JVM keeps.
  private static Path scratch() {
    return Path.of(System.getProperty("sun.java.command").split(" ", -1)[2]);
  }

  private static String disk() throws IOException {
    byte[] part = new byte[1 << 20];
    Arrays.fill(part, (byte) 1);
    long written = 0;
    try (FileChannel file = FileChannel.open(scratch(), StandardOpenOption.WRITE)) {
      while (written < 8L << 30) {
        written += file.write(ByteBuffer.wrap(part), written);
      }
    } catch (IOException e) {
      return "wrote " + written + " bytes, then " + e.getMessage();
    }
    return "wrote it all";
  }

  private static String sparse() throws IOException {
    try (FileChannel file = FileChannel.open(scratch(), StandardOpenOption.WRITE)) {
      file.write(ByteBuffer.allocate(1), 1L << 40);
      return "made a file of " + file.size();
    }
  }

  private static String errors() {
    String line = "all work and no play makes jack a dull boy ".repeat(100);
    while (true) {
      System.err.println(line);
    }
  }

  private static String silence() throws InterruptedException {
    new CountDownLatch(1).await();
    return "never";
  }

  /// Ends its answers and stays.
  private static String deaf() throws InterruptedException {
    Kernel.call(3, 1);
    return silence();
  }

  /// Bytes and frames of its own on the pipe to the node.
  private static String raw(String kind) throws IOException, InterruptedException {
    @SuppressWarnings("StreamResourceLeak")
    OutputStream pipe = new FileOutputStream(FileDescriptor.out);
    DataOutputStream out = new DataOutputStream(pipe);
    switch (kind) {
      case "garbage" -> {
        while (true) {
          out.writeInt(WRONG_MAGIC);
        }
      }
      case "huge" -> out.writeInt(Integer.MAX_VALUE);
      case "negative" -> out.writeInt(-1);
      case "empty" -> out.writeInt(0);
      case "unknown" -> {
        out.writeInt(1);
        out.writeByte(99);
      }
      case "long-text" -> {
        out.writeInt(5);
        out.writeByte(9);
        out.writeInt(Integer.MAX_VALUE);
      }
      case "left-over" -> {
        out.writeInt(10);
        out.writeByte(2);
        out.write(new byte[9]);
      }
      case "ready" -> Frame.write(pipe, new Frame.Ready());
      case "prepared" -> Frame.write(pipe, new Frame.Prepared(-1, Long.MAX_VALUE));
      case "work" -> Frame.write(pipe, new Frame.Work("", 1, false, false, false, null));
      case "stream" -> {
        while (true) {
          Frame.write(pipe, new Frame.Stream(1, new byte[Frame.PART]));
        }
      }
      case "third-stream" -> Frame.write(pipe, new Frame.Stream(3, new byte[1]));
      case "directories" -> {
        for (int n = 0; n < 2 * OutputBudget.ENTRIES; n++) {
          Frame.write(pipe, new Frame.Directory("out/d%06d".formatted(n)));
        }
      }
      case "more-content" -> {
        Frame.write(pipe, new Frame.File("out/f", 1));
        Frame.write(pipe, new Frame.Content(new byte[2]));
      }
      case "less-content" -> {
        Frame.write(pipe, new Frame.File("out/f", 2));
        Frame.write(pipe, new Frame.File("out/g", 0));
      }
      case "negative-size" -> Frame.write(pipe, new Frame.File("out/f", -1));
      case "giant" -> Frame.write(pipe, new Frame.File("out/f", Long.MAX_VALUE));
      case "twice" -> {
        Frame.write(pipe, new Frame.File("out/f", 0));
        Frame.write(pipe, new Frame.File("out/f", 0));
      }
      case "disorder" -> {
        Frame.write(pipe, new Frame.File("out/g", 0));
        Frame.write(pipe, new Frame.File("out/f", 0));
      }
      case "below-a-file" -> {
        Frame.write(pipe, new Frame.File("out/f", 0));
        Frame.write(pipe, new Frame.File("out/f/g", 0));
      }
      case "below-a-link" -> {
        Frame.write(pipe, new Frame.Link("out/l", "."));
        Frame.write(pipe, new Frame.File("out/l/g", 0));
      }
      case "fuel" -> done(pipe, Long.MAX_VALUE);
      case "no-fuel" -> done(pipe, -1);
      default -> {
        if (kind.startsWith("link ")) {
          Frame.write(pipe, new Frame.Link("out/l", kind.substring(5)));
          break;
        }
        if (!kind.startsWith("path ")) {
          return "no such thing to send: " + kind;
        }
        Frame.write(pipe, new Frame.File(kind.substring(5), 0));
      }
    }
    silence();
    return "never";
  }

  private static void done(OutputStream pipe, long fuel) throws IOException {
    var ending =
        new hooke.node.runtime.engine.Ending(
            hooke.node.runtime.engine.Ending.Kind.EXITED, 0, fuel, "");
    Frame.write(pipe, new Frame.Done(ending, 0));
  }
}
