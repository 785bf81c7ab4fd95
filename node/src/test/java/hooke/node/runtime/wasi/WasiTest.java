package hooke.node.runtime.wasi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hooke.node.runtime.Trees;
import hooke.node.runtime.wasm.Imports;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WasiTest {
  private static final long READ = 1 << 1;
  private static final long WRITE = 1 << 6;
  private static final int CREATE = 1;
  private static final int DIRECTORY = 2;
  private static final int EXCLUSIVE = 4;
  private static final int TRUNCATE = 8;
  private static final int ROOT = 3;

  /// Where results and buffers of a call go.
  private static final long EPOCH = 1_234_567_890_123_456_789L;

  private static final int RESULT = 1_024;

  private static final int BUFFER = 4_096;

  @TempDir Path host;

  private final Memory memory = new Memory();
  private final List<String> left = new ArrayList<>();
  private Scratch scratch;
  private FileTree files;
  private Wasi wasi;

  @BeforeEach
  void start() throws IOException {
    Path in = Files.createDirectory(host.resolve("inputs"));
    Files.writeString(in.resolve("text"), "0123456789");
    scratch = Scratch.open(host.resolve("scratch"));
    OutputBudget budget = new OutputBudget(100_000);
    files = new FileTree(Trees.listed(in, host.resolve("listing")), scratch, budget, EPOCH);
    ByteArrayInputStream stdin = new ByteArrayInputStream("typed".getBytes(StandardCharsets.UTF_8));
    wasi = new Wasi(EPOCH, List.of("task"), Map.of(), new byte[1], stdin, output(), files, budget);
  }

  @AfterEach
  void stop() throws IOException {
    scratch.close();
  }

  private Output output() {
    return new Output() {
      @Override
      public void stream(int number, byte[] bytes, int offset, int length) {
        left.add(number + ":" + new String(bytes, offset, length, StandardCharsets.UTF_8));
      }

      @Override
      public void directory(String path) {
        left.add(path + "/");
      }

      @Override
      public void file(String path, long size) {
        left.add(path + " " + size);
      }

      @Override
      public void link(String path, String target) {
        left.add(path + " -> " + target);
      }

      @Override
      public void content(byte[] bytes, int length) {}
    };
  }

  private int call(String name, long... args) {
    return wasi.call(Imports.WASI, name, memory, args);
  }

  private int old(String name, long... args) {
    return wasi.call(Imports.WASI_UNSTABLE, name, memory, args);
  }

  private int path(String name, String path) {
    return call(name, ROOT, 0, memory.put(0, path));
  }

  private int open(String path, int how, long rights, int flags) {
    return call("path_open", ROOT, 0, 0, memory.put(0, path), how, rights, 0, flags, RESULT);
  }

  private int opened(String path, int how, long rights, int flags) {
    assertEquals(Errno.SUCCESS, open(path, how, rights, flags), path);
    return memory.readInt(RESULT);
  }

  private void write(int fd, String text) {
    vector(memory.put(BUFFER, text));
    assertEquals(Errno.SUCCESS, call("fd_write", fd, 64, 1, RESULT));
  }

  private String read(int fd, int length) {
    vector(length);
    assertEquals(Errno.SUCCESS, call("fd_read", fd, 64, 1, RESULT));
    return memory.text(BUFFER, memory.readInt(RESULT));
  }

  private void vector(int length) {
    memory.writeInt(64, BUFFER);
    memory.writeInt(68, length);
  }

  @Test
  void snapshotZeroCountsSeeksFromElsewhere() {
    int fd = opened("in/text", 0, READ, 0);
    assertEquals(Errno.SUCCESS, old("fd_seek", fd, 4, 2, RESULT));
    assertEquals(4, memory.readLong(RESULT), "2 is the start");
    assertEquals(Errno.SUCCESS, old("fd_seek", fd, 1, 0, RESULT));
    assertEquals(5, memory.readLong(RESULT), "0 is here");
    assertEquals(Errno.SUCCESS, old("fd_seek", fd, -1, 1, RESULT));
    assertEquals(9, memory.readLong(RESULT), "1 is the end");
    assertEquals(Errno.INVAL, old("fd_seek", fd, 0, 3, RESULT));
    assertEquals(Errno.SUCCESS, call("fd_seek", fd, 4, 0, RESULT));
    assertEquals(4, memory.readLong(RESULT), "in preview 1, 0 is the start");
  }

  @Test
  void snapshotZeroHasShorterFileAttributes() {
    int length = memory.put(0, "in/text");
    memory.writeLong(RESULT + 56, -1);
    assertEquals(Errno.SUCCESS, old("path_filestat_get", ROOT, 0, 0, length, RESULT));
    assertEquals(4, memory.readInt(RESULT + 16) & 0xff, "a file");
    assertEquals(1, memory.readInt(RESULT + 20), "links");
    assertEquals(10, memory.readLong(RESULT + 24), "size");
    assertEquals(EPOCH, memory.readLong(RESULT + 40), "modified");
    assertEquals(-1, memory.readLong(RESULT + 56), "56 bytes and no more");

    assertEquals(Errno.SUCCESS, call("path_filestat_get", ROOT, 0, 0, length, RESULT));
    assertEquals(1, memory.readLong(RESULT + 24), "links");
    assertEquals(10, memory.readLong(RESULT + 32), "size");
    assertEquals(EPOCH, memory.readLong(RESULT + 56), "changed");
  }

  @Test
  void snapshotZeroNamesItsTimers() {
    assertEquals(10, slept(true));
    assertEquals(10, slept(false));
  }

  /// Seconds that a poll for a timer of ten seconds and one of twenty takes.
  private long slept(boolean unstable) {
    int timer = unstable ? 24 : 16;
    for (int n = 0; n < 2; n++) {
      int at = BUFFER + n * (timer + 32);
      memory.write(at, new byte[timer + 32], 0, timer + 32);
      memory.writeLong(at, 70 + n);
      memory.writeInt(at + timer, 1);
      memory.writeLong(at + timer + 8, (n + 1) * 10_000_000_000L);
    }
    call("clock_time_get", 1, 0, RESULT);
    long before = memory.readLong(RESULT);
    long[] args = {BUFFER, BUFFER + 512, 2, RESULT};
    assertEquals(Errno.SUCCESS, unstable ? old("poll_oneoff", args) : call("poll_oneoff", args));
    assertEquals(1, memory.readInt(RESULT), "one event");
    assertEquals(70, memory.readLong(BUFFER + 512), "of the first timer");
    call("clock_time_get", 1, 0, RESULT);
    return (memory.readLong(RESULT) - before) / 1_000_000_000;
  }

  @Test
  void whatIsWrittenUnderTmpIsThereAndNotDelivered() throws IOException {
    write(opened("tmp/a", CREATE | EXCLUSIVE, READ | WRITE, 0), "one");
    assertEquals("one", read(opened("tmp/a", 0, READ, 0), 10));
    path("path_create_directory", "out/d");
    opened("out/d/b", CREATE, WRITE, 0);
    assertEquals(Errno.ROFS, path("path_create_directory", "elsewhere"));
    wasi.close();
    files.deliver(output());
    assertEquals(List.of("d/", "d/b 0"), left);
  }

  @Test
  void filesUnderTmpCountAgainstTheOutputLimit() {
    int fd = opened("tmp/a", CREATE, WRITE, 0);
    assertThrows(Halt.OutputLimit.class, () -> call("fd_allocate", fd, 0, 100_000));
  }

  @Test
  void openingKeepsItsPromises() {
    assertEquals(Errno.NOENT, open("out/a", 0, READ, 0));
    opened("out/a", CREATE | EXCLUSIVE, WRITE, 0);
    assertEquals(Errno.EXIST, open("out/a", CREATE | EXCLUSIVE, WRITE, 0));
    assertEquals(Errno.NOTDIR, open("out/a", DIRECTORY, READ, 0));
    assertEquals(Errno.ISDIR, open("out", 0, READ | WRITE, 0));
    assertEquals(Errno.ISDIR, open("out", CREATE, READ, 0));
    assertEquals(Errno.ROFS, open("in/text", 0, WRITE, 0));
    assertEquals(Errno.ROFS, open("in/text", TRUNCATE, READ, 0));
    assertEquals(Errno.ROFS, open("in/new", CREATE, WRITE, 0));
    opened("in", DIRECTORY, READ, 0);
  }

  @Test
  void appendingIgnoresTheOffset() {
    int fd = opened("out/log", CREATE, READ | WRITE, 1);
    write(fd, "one");
    call("fd_seek", fd, 0, 0, RESULT);
    write(fd, "two");
    call("fd_seek", fd, 0, 0, RESULT);
    assertEquals("onetwo", read(fd, 10));
  }

  @Test
  void anUnlinkedFileLivesAsLongAsItIsOpen() {
    int fd = opened("tmp/a", CREATE, READ | WRITE, 0);
    write(fd, "kept");
    assertEquals(Errno.SUCCESS, path("path_unlink_file", "tmp/a"));
    assertEquals(Errno.NOENT, open("tmp/a", 0, READ, 0));
    call("fd_seek", fd, 0, 0, RESULT);
    assertEquals("kept", read(fd, 10));
  }

  @Test
  void renamingReplacesAndKeepsWhatIsOpen() {
    write(opened("tmp/old", CREATE, WRITE, 0), "old");
    write(opened("out/new", CREATE, WRITE, 0), "new one");
    int length = memory.put(0, "tmp/old");
    int other = memory.put(512, "out/new");
    assertEquals(Errno.SUCCESS, call("path_rename", ROOT, 0, length, ROOT, 512, other));
    assertEquals("old", read(opened("out/new", 0, READ, 0), 10));
    assertEquals(Errno.NOENT, open("tmp/old", 0, READ, 0));
  }

  @Test
  void aListingReadsOnFromItsCookies() {
    for (String name : List.of("b", "a", "c")) {
      opened("tmp/" + name, CREATE, WRITE, 0);
    }
    int fd = opened("tmp", DIRECTORY, READ, 0);
    List<String> names = new ArrayList<>();
    long cookie = 0;
    while (true) {
      // Room for one entry and a piece of the next.
      assertEquals(Errno.SUCCESS, call("fd_readdir", fd, BUFFER, 30, cookie, RESULT));
      if (memory.readInt(RESULT) < 24) {
        break;
      }
      cookie = memory.readLong(BUFFER);
      names.add(memory.text(BUFFER + 24, memory.readInt(BUFFER + 16)));
      if (names.size() == 1) {
        path("path_unlink_file", "tmp/c");
      }
    }
    assertEquals(List.of(".", "..", "a", "b", "c"), names);
  }

  @Test
  void streamsTakeFlagsAndKnowNoPlace() {
    assertEquals(Errno.SUCCESS, call("fd_fdstat_set_flags", 0, 4));
    assertEquals(Errno.SPIPE, call("fd_seek", 1, 0, 0, RESULT));
    assertEquals("typed", read(0, 10));
    assertEquals("", read(0, 10));
  }

  @Test
  void linksAreNotSupportedAndSaySo() {
    int length = memory.put(0, "in/text");
    int other = memory.put(512, "out/link");
    assertEquals(Errno.NOTSUP, call("path_symlink", 0, length, ROOT, 512, other));
    assertEquals(Errno.NOTSUP, call("path_link", ROOT, 0, 0, length, ROOT, 512, other));
    assertEquals(Errno.INVAL, call("path_readlink", ROOT, 0, length, BUFFER, 64, RESULT));
  }
}
