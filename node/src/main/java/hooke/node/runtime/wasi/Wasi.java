package hooke.node.runtime.wasi;

import hooke.node.runtime.wasm.Imports;
import hooke.node.runtime.wasm.Schedule;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The WASI preview 1 functions of one run, called by name.
///
/// - The one preopened directory is `/`, descriptor 3; see [FileTree].
/// - CPU-time clocks show the fuel used; for the others, see [Clocks].
/// - Programs of snapshot 0 (`wasi_unstable`) get its layouts: a file's links are counted in 32
///   bits, `whence` has another order, and a timer carries a name of its own.
/// - No stream is a terminal, nothing is a socket. Signals are not supported.
/// - Every call costs fuel by [Schedule], before it does anything.
///
/// One thread, the one that runs the program.
public final class Wasi {
  /// Descriptors open at once.
  public static final int DESCRIPTORS = 1_024;

  /// Most buffers in one read or write, and most subscriptions in one poll.
  public static final int VECTORS = 1_024;

  /// Longest path a program may pass.
  public static final int PATH = 4_096;

  private static final int CHUNK = 64 << 10;
  private static final int APPEND = 1;
  private static final int START = 0;
  private static final int CURRENT = 1;
  private static final int END = 2;

  private final Clocks clocks;
  private final FileTree files;
  private final Output output;
  private final OutputBudget budget;
  private final List<byte[]> args;
  private final List<byte[]> env;
  private final int argBytes;
  private final int envBytes;
  private final RandomStream random;
  private final TreeMap<Integer, Descriptor> descriptors = new TreeMap<>();
  private final byte[] buffer = new byte[CHUNK];

  /// @param args the program's name first
  /// @param env sorted by name before the program sees it
  public Wasi(
      Clocks clocks,
      RandomStream random,
      List<String> args,
      Map<String, String> env,
      InputStream stdin,
      Output output,
      FileTree files,
      OutputBudget budget) {
    this.clocks = clocks;
    this.random = random;
    this.files = files;
    this.output = output;
    this.budget = budget;
    this.args = args.stream().map(Wasi::terminated).toList();
    TreeMap<String, String> sorted = new TreeMap<>(Inode.BYTEWISE);
    sorted.putAll(env);
    this.env = new ArrayList<>();
    sorted.forEach((name, value) -> this.env.add(terminated(name + "=" + value)));
    this.argBytes = this.args.stream().mapToInt(s -> s.length).sum();
    this.envBytes = this.env.stream().mapToInt(s -> s.length).sum();
    descriptors.put(0, new Descriptor.In(stdin));
    descriptors.put(1, new Descriptor.Log(1));
    descriptors.put(2, new Descriptor.Log(2));
    descriptors.put(3, new Descriptor.Folder(files.root(), true));
  }

  private static byte[] terminated(String text) {
    return (text + "\0").getBytes(StandardCharsets.UTF_8);
  }

  /// Closes what the program left open, so that its files are whole on disk.
  public void close() {
    for (Descriptor descriptor : descriptors.values()) {
      if (descriptor instanceof Descriptor.OpenFile open) {
        open.file.close();
      }
    }
    descriptors.clear();
  }

  /// Calls a function.
  ///
  /// @param module one of [Imports#modules()]
  /// @param name a function of that module
  /// @param a arguments in order, i32 in the low half
  /// @return the error number for the program, 0 for success
  /// @throws Halt when the program ends here
  public int call(String module, String name, Guest guest, long[] a) {
    guest.charge(Schedule.HOST_CALL);
    try {
      return dispatch(module.equals(Imports.WASI_UNSTABLE), name, guest, a);
    } catch (WasiError e) {
      return e.errno();
    }
  }

  private int dispatch(boolean old, String name, Guest g, long[] a) {
    return switch (name) {
      case "args_get" -> strings(g, args, i(a, 0), i(a, 1));
      case "args_sizes_get" -> sizes(g, args, argBytes, i(a, 0), i(a, 1));
      case "environ_get" -> strings(g, env, i(a, 0), i(a, 1));
      case "environ_sizes_get" -> sizes(g, env, envBytes, i(a, 0), i(a, 1));
      case "clock_res_get" -> {
        clock(g, i(a, 0));
        g.writeLong(i(a, 1), 1);
        yield Errno.SUCCESS;
      }
      case "clock_time_get" -> {
        g.writeLong(i(a, 2), clock(g, i(a, 0)));
        yield Errno.SUCCESS;
      }
      case "fd_advise", "fd_datasync", "fd_sync" -> {
        descriptor(i(a, 0));
        yield Errno.SUCCESS;
      }
      case "fd_allocate" -> allocate(i(a, 0), a[1], a[2]);
      case "fd_close" -> close(i(a, 0));
      case "fd_fdstat_get" -> descriptorStat(g, i(a, 0), i(a, 1));
      case "fd_fdstat_set_flags" -> setFlags(i(a, 0), i(a, 1));
      case "fd_fdstat_set_rights" -> setRights(i(a, 0), a[1], a[2]);
      case "fd_filestat_get" -> fileStat(g, old, i(a, 0), i(a, 1));
      case "fd_filestat_set_size" -> {
        if (a[1] < 0) {
          throw new WasiError(Errno.INVAL);
        }
        writableFile(i(a, 0)).file.resize(a[1]);
        yield Errno.SUCCESS;
      }
      case "fd_filestat_set_times" -> {
        Inode inode =
            switch (descriptor(i(a, 0))) {
              case Descriptor.OpenFile open -> open.file;
              case Descriptor.Folder folder -> folder.directory;
              default -> throw new WasiError(Errno.NOTSUP);
            };
        yield setTimes(g, inode, a[1], a[2], i(a, 3));
      }
      case "fd_pread" -> readAt(g, i(a, 0), i(a, 1), i(a, 2), a[3], i(a, 4));
      case "fd_prestat_get" -> {
        preopened(i(a, 0));
        g.writeInt(i(a, 1), 0);
        g.writeInt(i(a, 1) + 4, 1);
        yield Errno.SUCCESS;
      }
      case "fd_prestat_dir_name" -> {
        preopened(i(a, 0));
        if (Integer.compareUnsigned(i(a, 2), 1) < 0) {
          throw new WasiError(Errno.NAMETOOLONG);
        }
        g.write(i(a, 1), new byte[] {'/'}, 0, 1);
        yield Errno.SUCCESS;
      }
      case "fd_pwrite" -> writeAt(g, i(a, 0), i(a, 1), i(a, 2), a[3], i(a, 4));
      case "fd_read" -> read(g, i(a, 0), i(a, 1), i(a, 2), i(a, 3));
      case "fd_readdir" -> list(g, i(a, 0), i(a, 1), i(a, 2), a[3], i(a, 4));
      case "fd_renumber" -> renumber(i(a, 0), i(a, 1));
      case "fd_seek" -> seek(g, i(a, 0), a[1], whence(old, i(a, 2)), i(a, 3));
      case "fd_tell" -> seek(g, i(a, 0), 0, CURRENT, i(a, 1));
      case "fd_write" -> write(g, i(a, 0), i(a, 1), i(a, 2), i(a, 3));
      case "path_create_directory" -> {
        g.charge(Schedule.HOST_CHANGE);
        files.createDirectory(changed(g, i(a, 0), i(a, 1), i(a, 2)), now(g));
        yield Errno.SUCCESS;
      }
      case "path_filestat_get" ->
          fileStat(g, old, place(g, i(a, 0), i(a, 2), i(a, 3), last(i(a, 1))).existing(), i(a, 4));
      case "path_link" -> {
        g.charge(Schedule.HOST_CHANGE);
        FileTree.Place from = place(g, i(a, 0), i(a, 2), i(a, 3), last(i(a, 1)));
        files.link(from, changed(g, i(a, 4), i(a, 5), i(a, 6)), now(g));
        yield Errno.SUCCESS;
      }
      case "path_filestat_set_times" ->
          setTimes(
              g,
              place(g, i(a, 0), i(a, 2), i(a, 3), last(i(a, 1))).existing(),
              a[4],
              a[5],
              i(a, 6));
      case "path_open" -> open(g, a);
      case "path_readlink" -> readLink(g, i(a, 0), i(a, 1), i(a, 2), i(a, 3), i(a, 4), i(a, 5));
      case "path_remove_directory" -> {
        g.charge(Schedule.HOST_CHANGE);
        files.removeDirectory(changed(g, i(a, 0), i(a, 1), i(a, 2)), now(g));
        yield Errno.SUCCESS;
      }
      case "path_rename" -> {
        g.charge(Schedule.HOST_CHANGE);
        FileTree.Place from = changed(g, i(a, 0), i(a, 1), i(a, 2));
        files.rename(from, changed(g, i(a, 3), i(a, 4), i(a, 5)), now(g));
        yield Errno.SUCCESS;
      }
      case "path_symlink" -> {
        g.charge(Schedule.HOST_CHANGE);
        String target = text(g, i(a, 0), i(a, 1), FileTree.TARGET_BYTES);
        files.createLink(target, changed(g, i(a, 2), i(a, 3), i(a, 4)), now(g));
        yield Errno.SUCCESS;
      }
      case "path_unlink_file" -> {
        g.charge(Schedule.HOST_CHANGE);
        files.removeFile(changed(g, i(a, 0), i(a, 1), i(a, 2)), now(g));
        yield Errno.SUCCESS;
      }
      case "proc_raise" -> Errno.NOTSUP;
      case "poll_oneoff" -> poll(g, old, i(a, 0), i(a, 1), i(a, 2), i(a, 3));
      case "proc_exit" -> throw new Halt.Exited(i(a, 0));
      case "random_get" -> random(g, i(a, 0), i(a, 1));
      case "sched_yield" -> Errno.SUCCESS;
      case "sock_accept", "sock_recv", "sock_send", "sock_shutdown" ->
          a.length == 0 ? Errno.NOTSUP : noSocket(i(a, 0));
      default -> {
        if (!name.startsWith(Imports.SOCKET)) {
          throw new IllegalArgumentException("not a function of WASI: " + name);
        }
        yield Errno.NOTSUP;
      }
    };
  }

  private static int i(long[] args, int index) {
    return (int) args[index];
  }

  private long now(Guest g) {
    return clocks.realtime(g);
  }

  private long clock(Guest g, int id) {
    return switch (id) {
      case 0 -> clocks.realtime(g);
      case 1 -> clocks.monotonic(g);
      case 2, 3 -> g.used();
      default -> throw new WasiError(Errno.INVAL);
    };
  }

  private static int strings(Guest g, List<byte[]> strings, int pointers, int text) {
    int at = text;
    int pointer = pointers;
    g.charge(eights(strings.size()));
    for (byte[] string : strings) {
      g.charge(string.length);
      g.writeInt(pointer, at);
      g.write(at, string, 0, string.length);
      pointer += 4;
      at += string.length;
    }
    return Errno.SUCCESS;
  }

  private static int sizes(Guest g, List<byte[]> strings, int total, int count, int bytes) {
    g.writeInt(count, strings.size());
    g.writeInt(bytes, total);
    return Errno.SUCCESS;
  }

  private static long eights(int count) {
    return (count >> 3) * Schedule.HOST_EIGHT;
  }

  private Descriptor descriptor(int fd) {
    Descriptor descriptor = descriptors.get(fd);
    if (descriptor == null) {
      throw new WasiError(Errno.BADF);
    }
    return descriptor;
  }

  private void preopened(int fd) {
    if (!(descriptor(fd) instanceof Descriptor.Folder folder && folder.preopened)) {
      throw new WasiError(Errno.BADF);
    }
  }

  private Descriptor.OpenFile file(int fd) {
    return switch (descriptor(fd)) {
      case Descriptor.OpenFile open -> open;
      case Descriptor.Folder _ -> throw new WasiError(Errno.ISDIR);
      default -> throw new WasiError(Errno.SPIPE);
    };
  }

  private static void require(Descriptor descriptor, long right) {
    if (!descriptor.may(right)) {
      throw new WasiError(Errno.BADF);
    }
  }

  private Descriptor.OpenFile writableFile(int fd) {
    Descriptor.OpenFile open = file(fd);
    require(open, Descriptor.WRITE);
    return open;
  }

  /// A directory's descriptor is one for its place only, and Linux takes such a one for nothing
  /// else.
  private int noSocket(int fd) {
    return descriptor(fd) instanceof Descriptor.Folder ? Errno.BADF : Errno.NOTSOCK;
  }

  private FileTree.Place place(Guest g, int fd, int path, int length, FileTree.Last last) {
    Descriptor descriptor = descriptor(fd);
    if (!(descriptor instanceof Descriptor.Folder folder)) {
      throw new WasiError(Errno.NOTDIR);
    }
    return files.resolve(folder.directory, text(g, path, length, PATH), last, g);
  }

  /// As [#place], for a name that is made, moved or taken away.
  private FileTree.Place changed(Guest g, int fd, int path, int length) {
    return place(g, fd, path, length, FileTree.Last.CHANGED);
  }

  private static FileTree.Last last(int lookupFlags) {
    return (lookupFlags & 1) != 0 ? FileTree.Last.FOLLOWED : FileTree.Last.LOOKED_AT;
  }

  private static String text(Guest g, int at, int length, int most) {
    if (Integer.compareUnsigned(length, most) > 0) {
      throw new WasiError(Errno.NAMETOOLONG);
    }
    g.charge(Schedule.HOST_PATH);
    byte[] bytes = new byte[length];
    g.read(at, bytes, 0, length);
    return FileTree.text(bytes);
  }

  private int readLink(Guest g, int fd, int path, int length, int to, int room, int result) {
    g.check(result, 4);
    Inode inode = place(g, fd, path, length, FileTree.Last.LOOKED_AT).existing();
    if (!(inode instanceof Inode.Link link)) {
      throw new WasiError(Errno.INVAL);
    }
    byte[] target = link.target.getBytes(StandardCharsets.UTF_8);
    int size = (int) Math.min(target.length, room & 0xffffffffL);
    g.charge(size * Schedule.HOST_BYTE);
    g.write(to, target, 0, size);
    g.writeInt(result, size);
    return Errno.SUCCESS;
  }

  private int add(Descriptor descriptor) {
    if (descriptors.size() >= DESCRIPTORS) {
      throw new WasiError(Errno.MFILE);
    }
    int fd = 0;
    for (int taken : descriptors.keySet()) {
      if (taken != fd) {
        break;
      }
      fd++;
    }
    descriptors.put(fd, descriptor);
    return fd;
  }

  private int open(Guest g, long[] a) {
    int oflags = i(a, 4);
    boolean create = (oflags & 1) != 0;
    boolean directory = (oflags & 2) != 0;
    boolean exclusive = (oflags & 4) != 0;
    boolean truncate = (oflags & 8) != 0;
    boolean reads = (a[5] & Descriptor.READ) != 0;
    boolean writes = (a[5] & Descriptor.WRITE) != 0;
    int result = i(a, 8);
    g.check(result, 4);
    // What is to be new is not looked for where a link leads.
    FileTree.Last last = create && exclusive ? FileTree.Last.LOOKED_AT : last(i(a, 1));
    FileTree.Place place = place(g, i(a, 0), i(a, 2), i(a, 3), last);
    if (descriptors.size() >= DESCRIPTORS) {
      throw new WasiError(Errno.MFILE);
    }
    Inode inode = place.inode();
    if (inode != null && create && exclusive) {
      throw new WasiError(Errno.EXIST);
    }
    if (inode == null && create && !directory && !place.mustBeDirectory()) {
      g.charge(Schedule.HOST_CHANGE);
      inode = files.createFile(place, now(g));
    }
    if (inode == null) {
      throw new WasiError(Errno.NOENT);
    }
    Descriptor opened =
        switch (inode) {
          case Inode.Directory folder -> {
            if (truncate || create || writes) {
              throw new WasiError(Errno.ISDIR);
            }
            yield new Descriptor.Folder(folder, false);
          }
          case Inode.Link _ -> throw new WasiError(directory ? Errno.NOTDIR : Errno.LOOP);
          case Inode.File file -> {
            if (directory || place.mustBeDirectory()) {
              throw new WasiError(Errno.NOTDIR);
            }
            if ((writes || truncate) && !file.writable) {
              throw new WasiError(Errno.ROFS);
            }
            file.open();
            if (truncate) {
              file.resize(0);
              file.modified = now(g);
            }
            yield new Descriptor.OpenFile(file, reads, writes, i(a, 7) & 0x1f);
          }
        };
    g.writeInt(result, add(opened));
    return Errno.SUCCESS;
  }

  private int close(int fd) {
    if (descriptor(fd) instanceof Descriptor.OpenFile open) {
      open.file.close();
    }
    descriptors.remove(fd);
    return Errno.SUCCESS;
  }

  private int renumber(int from, int to) {
    Descriptor moved = descriptor(from);
    descriptor(to);
    if (from != to) {
      close(to);
      descriptors.remove(from);
      descriptors.put(to, moved);
    }
    return Errno.SUCCESS;
  }

  private int allocate(int fd, long offset, long length) {
    Descriptor.OpenFile open = writableFile(fd);
    if (offset < 0 || length <= 0) {
      throw new WasiError(Errno.INVAL);
    }
    if (offset + length < 0) {
      throw new WasiError(Errno.FBIG);
    }
    open.file.reserve(offset + length);
    return Errno.SUCCESS;
  }

  private int descriptorStat(Guest g, int fd, int to) {
    Descriptor descriptor = descriptor(fd);
    g.check(to, 24);
    int type =
        switch (descriptor) {
          case Descriptor.In _, Descriptor.Log _ -> 0;
          case Descriptor.Folder folder -> folder.directory.type();
          case Descriptor.OpenFile open -> open.file.type();
        };
    int flags = descriptor instanceof Descriptor.OpenFile open ? open.flags : 0;
    g.writeLong(to, type | (long) flags << 16);
    g.writeLong(to + 8, descriptor.rights);
    g.writeLong(to + 16, descriptor.inheriting);
    return Errno.SUCCESS;
  }

  /// Rights are only ever given up.
  private int setRights(int fd, long rights, long inheriting) {
    Descriptor descriptor = descriptor(fd);
    if (!descriptor.may(rights) || (inheriting & ~descriptor.inheriting) != 0) {
      throw new WasiError(Errno.NOTCAPABLE);
    }
    descriptor.rights = rights;
    descriptor.inheriting = inheriting;
    return Errno.SUCCESS;
  }

  private int setFlags(int fd, int flags) {
    if ((flags & ~0x1f) != 0) {
      throw new WasiError(Errno.INVAL);
    }
    switch (descriptor(fd)) {
      case Descriptor.OpenFile open -> open.flags = flags;
      case Descriptor.Folder _ -> throw new WasiError(Errno.ISDIR);
      // Streams never block and always append: programs that ask for it get what they want.
      case Descriptor.In _, Descriptor.Log _ -> {}
    }
    return Errno.SUCCESS;
  }

  private int fileStat(Guest g, boolean old, int fd, int to) {
    return switch (descriptor(fd)) {
      case Descriptor.OpenFile open -> fileStat(g, old, open.file, to);
      case Descriptor.Folder folder -> fileStat(g, old, folder.directory, to);
      default -> fileStat(g, old, null, to);
    };
  }

  /// @param inode null for a stream, of which nothing is known
  private static int fileStat(Guest g, boolean old, @Nullable Inode inode, int to) {
    g.check(to, old ? 56 : 64);
    int type = inode == null ? 0 : inode.type();
    int names = inode == null ? 1 : inode.names;
    g.writeLong(to, inode == null ? 0 : 1);
    g.writeLong(to + 8, inode == null ? 0 : inode.number);
    int at = to + 16;
    if (old) {
      g.writeLong(at, type | (long) names << 32);
      at += 8;
    } else {
      g.writeLong(at, type);
      g.writeLong(at + 8, names);
      at += 16;
    }
    g.writeLong(at, inode == null ? 0 : inode.size());
    g.writeLong(at + 8, inode == null ? 0 : inode.accessed);
    g.writeLong(at + 16, inode == null ? 0 : inode.modified);
    g.writeLong(at + 24, inode == null ? 0 : inode.modified);
    return Errno.SUCCESS;
  }

  private int setTimes(Guest g, Inode inode, long accessed, long modified, int flags) {
    if ((flags & ~0xf) != 0 || (flags & 3) == 3 || (flags & 12) == 12) {
      throw new WasiError(Errno.INVAL);
    }
    if (!inode.writable) {
      throw new WasiError(Errno.ROFS);
    }
    if ((flags & 3) != 0) {
      inode.accessed = (flags & 1) != 0 ? accessed : now(g);
    }
    if ((flags & 12) != 0) {
      inode.modified = (flags & 4) != 0 ? modified : now(g);
    }
    return Errno.SUCCESS;
  }

  /// Snapshot 0 counts current, end, start.
  private static int whence(boolean old, int whence) {
    return old
        ? switch (whence) {
          case 0 -> CURRENT;
          case 1 -> END;
          case 2 -> START;
          default -> whence;
        }
        : whence;
  }

  private int seek(Guest g, int fd, long offset, int whence, int to) {
    Descriptor.OpenFile open =
        switch (descriptor(fd)) {
          case Descriptor.OpenFile file -> file;
          // Not "is a directory", which is for those who would read or write it.
          case Descriptor.Folder _ -> throw new WasiError(Errno.BADF);
          default -> throw new WasiError(Errno.SPIPE);
        };
    g.check(to, 8);
    long base =
        switch (whence) {
          case START -> 0;
          case CURRENT -> open.position;
          case END -> open.file.size();
          default -> throw new WasiError(Errno.INVAL);
        };
    long target = base + offset;
    if (target < 0) {
      throw new WasiError(Errno.INVAL);
    }
    open.position = target;
    g.writeLong(to, target);
    return Errno.SUCCESS;
  }

  /// The buffers of a read or write, all of them in memory, as address and length in turn.
  private static int[] vectors(Guest g, int at, int count) {
    if (Integer.compareUnsigned(count, VECTORS) > 0) {
      throw new WasiError(Errno.INVAL);
    }
    g.charge(eights(count));
    int[] vectors = new int[count * 2];
    if (count == 0) {
      return vectors;
    }
    byte[] raw = new byte[count * 8];
    g.read(at, raw, 0, raw.length);
    ByteBuffer.wrap(raw).order(ByteOrder.LITTLE_ENDIAN).asIntBuffer().get(vectors);
    for (int n = 0; n < vectors.length; n += 2) {
      g.check(vectors[n], vectors[n + 1] & 0xffffffffL);
    }
    return vectors;
  }

  private static long total(int[] vectors) {
    long total = 0;
    for (int n = 1; n < vectors.length; n += 2) {
      total += vectors[n] & 0xffffffffL;
    }
    return total;
  }

  private int read(Guest g, int fd, int vector, int count, int result) {
    g.charge(Schedule.HOST_TRANSFER);
    g.check(result, 4);
    switch (descriptor(fd)) {
      case Descriptor.In in ->
          g.writeInt(result, (int) readStream(g, in, vectors(g, vector, count)));
      case Descriptor.OpenFile open -> {
        long n = readFile(g, open, vectors(g, vector, count), open.position);
        open.position += n;
        g.writeInt(result, (int) n);
      }
      case Descriptor.Folder _ -> throw new WasiError(Errno.ISDIR);
      case Descriptor.Log _ -> throw new WasiError(Errno.BADF);
    }
    return Errno.SUCCESS;
  }

  private int readAt(Guest g, int fd, int vector, int count, long offset, int result) {
    g.charge(Schedule.HOST_TRANSFER);
    g.check(result, 4);
    if (offset < 0) {
      throw new WasiError(Errno.INVAL);
    }
    g.writeInt(result, (int) readFile(g, file(fd), vectors(g, vector, count), offset));
    return Errno.SUCCESS;
  }

  private long readFile(Guest g, Descriptor.OpenFile open, int[] vectors, long from) {
    require(open, Descriptor.READ);
    long left =
        Math.min(Math.min(total(vectors), Integer.MAX_VALUE), Math.max(0, open.file.size() - from));
    g.charge(left * Schedule.HOST_BYTE);
    // The file is read in large pieces, however small the buffers are.
    int n = 0;
    long filled = 0;
    for (long done = 0; done < left; ) {
      int size = (int) Math.min(CHUNK, left - done);
      open.file.read(from + done, buffer, size);
      for (int given = 0; given < size; ) {
        long room = (vectors[n + 1] & 0xffffffffL) - filled;
        if (room == 0) {
          n += 2;
          filled = 0;
          continue;
        }
        int part = (int) Math.min(room, size - given);
        g.write(vectors[n] + (int) filled, buffer, given, part);
        given += part;
        filled += part;
      }
      done += size;
    }
    return left;
  }

  /// Fills the buffers as far as the stream goes. Short reads happen only at its end, so that the
  /// count does not depend on the host.
  private long readStream(Guest g, Descriptor.In in, int[] vectors) {
    require(in, Descriptor.READ);
    long done = 0;
    try {
      for (int n = 0; n < vectors.length; n += 2) {
        long length = Math.min(vectors[n + 1] & 0xffffffffL, Integer.MAX_VALUE - done);
        for (long part = 0; part < length; ) {
          int size = (int) Math.min(CHUNK, length - part);
          int got = in.stream.readNBytes(buffer, 0, size);
          g.charge(got * Schedule.HOST_BYTE);
          g.write(vectors[n] + (int) part, buffer, 0, got);
          part += got;
          done += got;
          if (got < size) {
            return done;
          }
        }
      }
    } catch (IOException e) {
      throw Inode.disk(e);
    }
    return done;
  }

  private int write(Guest g, int fd, int vector, int count, int result) {
    g.charge(Schedule.HOST_TRANSFER);
    g.check(result, 4);
    switch (descriptor(fd)) {
      case Descriptor.Log log -> {
        int[] vectors = vectors(g, vector, count);
        require(log, Descriptor.WRITE);
        long total = writeLength(g, vectors);
        budget.take(total);
        writeStream(g, log, vectors);
        g.writeInt(result, (int) total);
      }
      case Descriptor.OpenFile open -> {
        if ((open.flags & APPEND) != 0) {
          open.position = open.file.size();
        }
        long n = writeFile(g, open, vectors(g, vector, count), open.position);
        open.position += n;
        g.writeInt(result, (int) n);
      }
      case Descriptor.Folder _ -> throw new WasiError(Errno.ISDIR);
      case Descriptor.In _ -> throw new WasiError(Errno.BADF);
    }
    return Errno.SUCCESS;
  }

  private int writeAt(Guest g, int fd, int vector, int count, long offset, int result) {
    g.charge(Schedule.HOST_TRANSFER);
    g.check(result, 4);
    if (offset < 0) {
      throw new WasiError(Errno.INVAL);
    }
    g.writeInt(result, (int) writeFile(g, file(fd), vectors(g, vector, count), offset));
    return Errno.SUCCESS;
  }

  private static long writeLength(Guest g, int[] vectors) {
    long total = total(vectors);
    if (total > Integer.MAX_VALUE) {
      throw new WasiError(Errno.INVAL);
    }
    g.charge(total * Schedule.HOST_BYTE);
    return total;
  }

  private long writeFile(Guest g, Descriptor.OpenFile open, int[] vectors, long at) {
    require(open, Descriptor.WRITE);
    long total = writeLength(g, vectors);
    if (at + total < 0) {
      throw new WasiError(Errno.FBIG);
    }
    if (total > 0) {
      open.file.reserve(at + total);
    }
    // The file is written in large pieces, however small the buffers are.
    long done = 0;
    int gathered = 0;
    for (int n = 0; n < vectors.length; n += 2) {
      long length = vectors[n + 1] & 0xffffffffL;
      for (long part = 0; part < length; ) {
        int size = (int) Math.min(CHUNK - gathered, length - part);
        g.read(vectors[n] + (int) part, buffer, gathered, size);
        gathered += size;
        part += size;
        if (gathered == CHUNK) {
          open.file.write(at + done, buffer, gathered);
          done += gathered;
          gathered = 0;
        }
      }
    }
    if (gathered > 0) {
      open.file.write(at + done, buffer, gathered);
      done += gathered;
    }
    open.file.modified = now(g);
    return done;
  }

  private void writeStream(Guest g, Descriptor.Log log, int[] vectors) {
    // In large pieces, however small the buffers are.
    int gathered = 0;
    try {
      for (int n = 0; n < vectors.length; n += 2) {
        long length = vectors[n + 1] & 0xffffffffL;
        for (long part = 0; part < length; ) {
          int size = (int) Math.min(CHUNK - gathered, length - part);
          g.read(vectors[n] + (int) part, buffer, gathered, size);
          gathered += size;
          part += size;
          if (gathered == CHUNK) {
            output.stream(log.number, buffer, 0, gathered);
            gathered = 0;
          }
        }
      }
      if (gathered > 0) {
        output.stream(log.number, buffer, 0, gathered);
      }
    } catch (IOException e) {
      throw Inode.disk(e);
    }
  }

  private int list(Guest g, int fd, int to, int length, long cookie, int result) {
    if (!(descriptor(fd) instanceof Descriptor.Folder folder)) {
      throw new WasiError(Errno.NOTDIR);
    }
    long room = length & 0xffffffffL;
    g.check(to, room);
    g.check(result, 4);
    List<Descriptor.Entry> listing = folder.listing;
    if (cookie == 0 || listing == null) {
      listing = listing(folder.directory);
      folder.listing = listing;
      g.charge(listing.size() * Schedule.HOST_ENTRY);
    }
    if (cookie < 0 || cookie > listing.size()) {
      throw new WasiError(Errno.INVAL);
    }
    long used = 0;
    for (int n = (int) cookie; n < listing.size() && used < room; n++) {
      Descriptor.Entry entry = listing.get(n);
      byte[] record = record(entry, n + 1L);
      int size = (int) Math.min(record.length, room - used);
      g.charge(Schedule.HOST_ENTRY);
      g.write(to + (int) used, record, 0, size);
      used += size;
    }
    g.writeInt(result, (int) used);
    return Errno.SUCCESS;
  }

  private static List<Descriptor.Entry> listing(Inode.Directory directory) {
    List<Descriptor.Entry> listing = new ArrayList<>(directory.entries.size() + 2);
    Inode.Directory parent = directory.parent;
    listing.add(Descriptor.Entry.of(".", directory));
    listing.add(Descriptor.Entry.of("..", parent == null ? directory : parent));
    directory.entries.forEach((name, inode) -> listing.add(Descriptor.Entry.of(name, inode)));
    return listing;
  }

  private static byte[] record(Descriptor.Entry entry, long next) {
    byte[] name = entry.name().getBytes(StandardCharsets.UTF_8);
    byte[] record = new byte[24 + name.length];
    for (int n = 0; n < 8; n++) {
      record[n] = (byte) (next >>> (8 * n));
      record[8 + n] = (byte) (entry.inode() >>> (8 * n));
    }
    record[16] = (byte) name.length;
    record[17] = (byte) (name.length >> 8);
    record[20] = (byte) entry.type();
    System.arraycopy(name, 0, record, 24, name.length);
    return record;
  }

  private int random(Guest g, int to, int length) {
    long left = length & 0xffffffffL;
    g.check(to, left);
    g.charge(left * Schedule.HOST_RANDOM_BYTE);
    for (long part = 0; part < left; part += CHUNK) {
      int size = (int) Math.min(CHUNK, left - part);
      random.fill(buffer, size);
      g.write(to + (int) part, buffer, 0, size);
    }
    return Errno.SUCCESS;
  }

  private record Timer(long userData, long deadline) {}

  /// Files and streams are always ready. With timers alone, it sleeps until the earliest.
  private int poll(Guest g, boolean old, int in, int out, int count, int result) {
    if (count <= 0 || count > VECTORS) {
      throw new WasiError(Errno.INVAL);
    }
    // Snapshot 0 puts a timer's name, 64 bits, before its clock.
    int timer = old ? 24 : 16;
    int subscription = timer + 32;
    g.check(in, (long) subscription * count);
    g.check(out, 32L * count);
    g.check(result, 4);
    g.charge(count * Schedule.HOST_ENTRY);
    long start = now(g);
    List<Timer> timers = new ArrayList<>();
    int events = 0;
    for (int n = 0; n < count; n++) {
      int at = in + subscription * n;
      long userData = g.readLong(at);
      int tag = g.readInt(at + 8) & 0xff;
      if (tag == 0) {
        int id = g.readInt(at + timer);
        long timeout = g.readLong(at + timer + 8);
        boolean absolute = (g.readInt(at + timer + 24) & 1) != 0;
        long zero = absolute ? start - clock(g, id) : start;
        long deadline = zero + timeout;
        // A timeout is unsigned: what overflows lies beyond the end of time.
        timers.add(
            new Timer(userData, timeout < 0 || deadline < timeout ? Long.MAX_VALUE : deadline));
      } else if (tag <= 2) {
        int errno = descriptors.containsKey(g.readInt(at + 16)) ? Errno.SUCCESS : Errno.BADF;
        event(g, out + 32 * events++, userData, errno, tag);
      } else {
        throw new WasiError(Errno.INVAL);
      }
    }
    long now = start;
    if (events == 0) {
      long earliest = timers.stream().mapToLong(Timer::deadline).min().orElse(start);
      if (earliest == Long.MAX_VALUE) {
        throw new Halt.Trapped("the program sleeps for ever");
      }
      now += clocks.sleep(Math.max(0, earliest - start));
    }
    for (Timer each : timers) {
      if (each.deadline() <= now) {
        event(g, out + 32 * events++, each.userData(), Errno.SUCCESS, 0);
      }
    }
    g.writeInt(result, events);
    return Errno.SUCCESS;
  }

  private static void event(Guest g, int at, long userData, int errno, int tag) {
    g.writeLong(at, userData);
    g.writeLong(at + 8, errno | (long) tag << 16);
    g.writeLong(at + 16, tag == 0 ? 0 : CHUNK);
    g.writeLong(at + 24, 0);
  }
}
