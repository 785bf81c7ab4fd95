package hooke.node.runtime.wasi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.node.runtime.ListedTree;
import hooke.node.runtime.TreeListing;
import hooke.node.runtime.wasm.Imports;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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
  private static final int NOFOLLOW = 0;
  private static final int FOLLOW = 1;
  private static final int OTHER = 512;
  private static final int STAT = 2_048;
  private static final long FOLDER = 3;
  private static final long FILE = 4;
  private static final long LINK = 7;

  /// Where results and buffers of a call go.
  private static final long EPOCH = 1_234_567_890_123_456_789L;

  private static final long LIMIT = 100_000;

  private static final int RESULT = 1_024;

  private static final int BUFFER = 4_096;

  @TempDir Path host;

  private final Memory memory = new Memory();
  private final List<String> left = new ArrayList<>();
  private Scratch scratch;
  private int started;
  private FileTree files;
  private Wasi wasi;

  @BeforeEach
  void start() throws IOException {
    start(
        ListedTree.write(
            host.resolve("inputs"),
            Map.of(
                "text", "0123456789",
                "src/x.c", "int x;",
                "src/lib/", "",
                "src/back", "-> ../text",
                "out/old", "only under /in")));
  }

  private void start(Path in) throws IOException {
    if (started++ > 0) {
      scratch.close();
    }
    scratch = Scratch.open(host.resolve("scratch"));
    OutputBudget budget = new OutputBudget(LIMIT);
    files = new FileTree(in, scratch, budget, EPOCH);
    ByteArrayInputStream stdin = new ByteArrayInputStream("typed".getBytes(StandardCharsets.UTF_8));
    wasi =
        new Wasi(
            Clocks.ofFuel(EPOCH),
            RandomStream.ofSeed(new byte[1]),
            List.of("task"),
            Map.of(),
            stdin,
            output(),
            files,
            budget);
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
    return open(ROOT, path, FOLLOW, how, rights, flags);
  }

  private int open(int folder, String path, int follow, int how, long rights, int flags) {
    return call("path_open", folder, follow, 0, memory.put(0, path), how, rights, 0, flags, RESULT);
  }

  private int two(String name, String from, String to) {
    int length = memory.put(0, from);
    return call(name, ROOT, 0, length, ROOT, OTHER, memory.put(OTHER, to));
  }

  private int link(String from, String to) {
    return link(NOFOLLOW, from, to);
  }

  private int link(int follow, String from, String to) {
    int length = memory.put(0, from);
    return call("path_link", ROOT, follow, 0, length, ROOT, OTHER, memory.put(OTHER, to));
  }

  private int symlink(String target, String path) {
    int length = memory.put(0, target);
    return call("path_symlink", 0, length, ROOT, OTHER, memory.put(OTHER, path));
  }

  private String readLink(String path, int room) {
    int length = memory.put(0, path);
    assertEquals(Errno.SUCCESS, call("path_readlink", ROOT, 0, length, BUFFER, room, RESULT));
    return memory.text(BUFFER, memory.readInt(RESULT));
  }

  private void made(String path, String content) {
    int fd = opened(path, CREATE | EXCLUSIVE, WRITE, 0);
    write(fd, content);
    call("fd_close", fd);
  }

  private int stat(String path, int follow) {
    return call("path_filestat_get", ROOT, follow, 0, memory.put(0, path), STAT);
  }

  /// Kind, names and bytes of what is there.
  private List<Long> found(String path, int follow) {
    assertEquals(Errno.SUCCESS, stat(path, follow), path);
    return List.of(
        memory.readLong(STAT + 16) & 0xff, memory.readLong(STAT + 24), memory.readLong(STAT + 32));
  }

  private long inode(String path) {
    assertEquals(Errno.SUCCESS, stat(path, NOFOLLOW), path);
    return memory.readLong(STAT + 8);
  }

  private List<String> delivered() throws IOException {
    wasi.close();
    files.deliver(output());
    return left;
  }

  private List<String> names(String directory) {
    int fd = opened(directory, DIRECTORY, READ, 0);
    assertEquals(Errno.SUCCESS, call("fd_readdir", fd, BUFFER, 4_096, 0, RESULT));
    List<String> names = new ArrayList<>();
    int end = BUFFER + memory.readInt(RESULT);
    for (int at = BUFFER; at < end; at += 24 + memory.readInt(at + 16)) {
      names.add(memory.text(at + 24, memory.readInt(at + 16)));
    }
    return names;
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
    assertEquals(List.of("out/d/", "out/d/b 0"), delivered());
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
  void theWorkingDirectoryIsWritableAndDelivered() throws IOException {
    made("new.txt", "new");
    path("path_create_directory", "build");
    made("build/x.o", "object");
    path("path_create_directory", "empty");
    made("out/y", "");
    assertEquals(
        List.of("out/y 0", "work/build/", "work/build/x.o 6", "work/empty/", "work/new.txt 3"),
        delivered());
  }

  @Test
  void inputsAreAlsoWhereTheProgramBegins() {
    assertEquals("0123456789", read(opened("text", 0, READ, 0), 20));
    assertEquals(inode("in/text"), inode("text"), "one file in two places");
    assertEquals(List.of(FILE, 1L, 10L), found("text", NOFOLLOW));
    assertEquals("0123456789", read(opened("src/back", 0, READ, 0), 20));
    assertEquals("0123456789", read(opened("in/src/back", 0, READ, 0), 20));
    assertEquals(List.of(".", "..", "in", "out", "src", "text", "tmp"), names("."));
    assertEquals(List.of(".", ".."), names("out"), "an input named out is under /in only");
    assertEquals("only under /in", read(opened("in/out/old", 0, READ, 0), 20));
  }

  @Test
  void inodesAreNumberedAsTheListingTellsThem() {
    // A directory's twin comes right after it; one under /in/out has none.
    List<String> paths =
        List.of(
            ".",
            "in",
            "out",
            "tmp",
            "in/out",
            "in/out/old",
            "in/src",
            "src",
            "in/src/back",
            "in/src/lib",
            "src/lib",
            "in/src/x.c",
            "in/text");
    for (int n = 0; n < paths.size(); n++) {
      assertEquals(n + 1, inode(paths.get(n)), paths.get(n));
    }
    made("first", "");
    assertEquals(paths.size() + 1, inode("first"));
  }

  @Test
  void newFilesStandBesideInputsAndAreDeliveredWithTheirDirectories() throws IOException {
    path("path_create_directory", "src/obj");
    made("src/obj/x.o", "object");
    made("src/lib/made", "");
    assertEquals(Errno.NOENT, stat("in/src/obj", NOFOLLOW), "/in stays as it was");
    assertEquals(
        List.of(
            "work/src/",
            "work/src/lib/",
            "work/src/lib/made 0",
            "work/src/obj/",
            "work/src/obj/x.o 6"),
        delivered());
  }

  @Test
  void whatWasGivenStays() {
    for (String file : List.of("text", "in/text", "src/back", "in/src/back")) {
      assertEquals(Errno.ROFS, path("path_unlink_file", file), file);
      assertEquals(Errno.ROFS, two("path_rename", file, "elsewhere"), file);
      made("own", "");
      assertEquals(Errno.ROFS, two("path_rename", "own", file), file);
      path("path_unlink_file", "own");
    }
    assertEquals(Errno.ROFS, open("text", 0, WRITE, 0));
    assertEquals(Errno.ROFS, open("text", TRUNCATE, 0, 0));
    for (String directory : List.of("in", "out", "tmp", "src", "src/lib", "in/src")) {
      assertEquals(Errno.ROFS, path("path_remove_directory", directory), directory);
      assertEquals(Errno.ROFS, two("path_rename", directory, "elsewhere"), directory);
      path("path_create_directory", "own");
      assertEquals(Errno.ROFS, two("path_rename", "own", directory), directory);
      path("path_remove_directory", "own");
    }
    assertEquals(Errno.INVAL, path("path_remove_directory", "."));
    assertEquals(Errno.ROFS, path("path_create_directory", "in/new"));
    assertEquals(Errno.EXIST, path("path_create_directory", "src"));
  }

  @Test
  void namesMadeAnywhereCountAndPathsStayShort() {
    assertThrows(
        Halt.OutputLimit.class,
        () -> {
          for (int n = 0; n < 1_000; n++) {
            made("f" + n, "");
          }
        });
  }

  @Test
  void pathsAreAsLongAsTheyAreInTheResult() {
    String folders = "";
    for (int n = 0; n < 4; n++) {
      folders += "n".repeat(203) + "/";
      assertEquals(Errno.SUCCESS, path("path_create_directory", folders));
    }
    // "/work/" and these are 822.
    assertEquals(Errno.NAMETOOLONG, path("path_create_directory", folders + "m".repeat(203)));
    assertEquals(Errno.SUCCESS, path("path_create_directory", folders + "m".repeat(202)));
  }

  @Test
  void aDotDemandsADirectoryBeforeIt() {
    made("file", "");
    for (String path : List.of("file/.", "file/", "file/..", "file/./", "text/.", "file/x")) {
      assertEquals(Errno.NOTDIR, stat(path, FOLLOW), path);
      assertEquals(Errno.NOTDIR, open(path, 0, READ, 0), path);
      assertEquals(Errno.NOTDIR, path("path_unlink_file", path), path);
      assertEquals(Errno.NOTDIR, path("path_remove_directory", path), path);
      assertEquals(Errno.NOTDIR, two("path_rename", path, "other"), path);
    }
    for (String path : List.of("none/.", "none/..", "none/x")) {
      assertEquals(Errno.NOENT, stat(path, FOLLOW), path);
      assertEquals(Errno.NOENT, path("path_create_directory", path), path);
    }
    assertEquals(inode("out"), inode("out/."));
    path("path_create_directory", "own");
    assertEquals(Errno.INVAL, path("path_remove_directory", "own/."));
    assertEquals(Errno.EXIST, path("path_create_directory", "own/."));
  }

  @Test
  void aSlashBehindANewNameDemandsThatADirectoryIsRenamed() {
    made("file", "");
    link("file", "again");
    symlink("file", "soft");
    path("path_create_directory", "own");
    symlink("own", "folder");
    for (String to : List.of("file/", "again/", "soft/", "folder/", "none/")) {
      assertEquals(Errno.NOTDIR, two("path_rename", "file", to), to);
      assertEquals(Errno.NOTDIR, two("path_rename", "soft", to), to);
      assertEquals(Errno.NOTDIR, two("path_rename", "folder", to), to);
    }
    assertEquals(Errno.SUCCESS, two("path_rename", "file", "again"), "the same: nothing happens");
    assertEquals(Errno.SUCCESS, two("path_rename", "own", "own/"), "the same: nothing happens");
    assertEquals(Errno.SUCCESS, two("path_rename", "own/", "new/"));
  }

  @Test
  void linksAreFollowedWhereTheyLead() {
    path("path_create_directory", "d");
    made("d/f", "content");
    assertEquals(Errno.SUCCESS, symlink("d/f", "file"));
    assertEquals(Errno.SUCCESS, symlink("d", "folder"));
    assertEquals(List.of(LINK, 1L, 3L), found("file", NOFOLLOW));
    assertEquals(List.of(FILE, 1L, 7L), found("file", FOLLOW));
    assertEquals(List.of(FILE, 1L, 7L), found("folder/f", NOFOLLOW));
    assertEquals(List.of(LINK, 1L, 1L), found("folder", NOFOLLOW));
    assertEquals(List.of(FOLDER, 1L, 0L), found("folder/", NOFOLLOW));
    assertEquals(List.of(FOLDER, 1L, 0L), found("folder/.", NOFOLLOW));
    assertEquals("content", read(opened("file", 0, READ, 0), 20));
    opened("folder", DIRECTORY, READ, 0);
    assertEquals(Errno.LOOP, open(ROOT, "file", NOFOLLOW, 0, READ, 0));
    assertEquals(Errno.LOOP, open(ROOT, "file", NOFOLLOW, CREATE, READ, 0));
    assertEquals(Errno.NOTDIR, open(ROOT, "folder", NOFOLLOW, DIRECTORY, READ, 0));
    assertEquals(Errno.NOTDIR, open("file", DIRECTORY, READ, 0));
    assertEquals(Errno.NOTDIR, stat("file/", NOFOLLOW));
    assertEquals(Errno.EXIST, open("file", CREATE | EXCLUSIVE, WRITE, 0));
    assertEquals("d/f", readLink("file", 64));
    assertEquals("d/", readLink("file", 2));
    assertEquals(Errno.INVAL, call("path_readlink", ROOT, 0, memory.put(0, "d"), 0, 9, RESULT));
    int length = memory.put(0, "text");
    assertEquals(Errno.INVAL, call("path_readlink", ROOT, 0, length, BUFFER, 64, RESULT));
  }

  @Test
  void aLinkToNothingMakesItsTarget() {
    assertEquals(Errno.SUCCESS, symlink("tmp/target", "dangling"));
    assertEquals(Errno.NOENT, open("dangling", 0, READ, 0));
    assertEquals(Errno.EXIST, open("dangling", CREATE | EXCLUSIVE, WRITE, 0));
    assertEquals(Errno.EXIST, path("path_create_directory", "dangling"));
    write(opened("dangling", CREATE, WRITE, 0), "made");
    assertEquals("made", read(opened("tmp/target", 0, READ, 0), 20));
  }

  @Test
  void linksGoRoundFortyTimesAndNoMore() {
    made("l0", "end");
    for (int n = 1; n <= 41; n++) {
      assertEquals(Errno.SUCCESS, symlink("l" + (n - 1), "l" + n));
    }
    assertEquals(Errno.SUCCESS, stat("l40", FOLLOW));
    assertEquals(Errno.LOOP, stat("l41", FOLLOW));
    assertEquals(Errno.SUCCESS, stat("l41", NOFOLLOW));
    symlink("self", "self");
    assertEquals(Errno.LOOP, open("self", 0, READ, 0));
    assertEquals(Errno.LOOP, stat("self/x", NOFOLLOW));
    long before = memory.used();
    stat("l2", FOLLOW);
    assertEquals(200 + 3 * 2_000, memory.used() - before, "a link costs as a path does");
  }

  @Test
  void nothingLeadsOutOfWhereItStarted() {
    assertEquals(Errno.NOTCAPABLE, symlink("/text", "absolute"));
    assertEquals(Errno.NOENT, symlink("", "empty"));
    assertEquals(Errno.INVAL, symlink("a\0b", "nul"));
    assertEquals(Errno.NAMETOOLONG, symlink("n".repeat(1_025), "long"));
    assertEquals(Errno.SUCCESS, symlink("../../text", "out/far"));
    assertEquals(Errno.NOTCAPABLE, stat("out/far", FOLLOW));
    assertEquals(Errno.SUCCESS, symlink("../text", "out/near"));
    assertEquals(List.of(FILE, 1L, 10L), found("out/near", FOLLOW));
    int out = opened("out", DIRECTORY, READ, 0);
    assertEquals(Errno.NOTCAPABLE, open(out, "near", FOLLOW, 0, READ, 0), "above its own start");
    assertEquals(Errno.LOOP, open(out, "near", NOFOLLOW, 0, READ, 0));
  }

  @Test
  void linksAreNamesThatMoveAndGo() throws IOException {
    symlink("text", "l");
    assertEquals(Errno.SUCCESS, two("path_rename", "l", "m"));
    assertEquals(Errno.NOENT, stat("l", NOFOLLOW));
    assertEquals("text", readLink("m", 64));
    assertEquals(Errno.NOTDIR, path("path_remove_directory", "m"));
    assertEquals(Errno.EXIST, symlink("text", "m"));
    assertEquals(Errno.NOENT, symlink("text", "n/"));
    assertEquals(Errno.EXIST, symlink("text", "out/"));
    made("own", "");
    assertEquals(Errno.NOTDIR, symlink("text", "own/"));
    symlink("out", "folder");
    assertEquals(Errno.NOTDIR, path("path_unlink_file", "folder/"));
    assertEquals(Errno.NOTDIR, path("path_remove_directory", "folder/"));
    int times = memory.put(0, "m");
    assertEquals(Errno.SUCCESS, call("path_filestat_set_times", ROOT, NOFOLLOW, 0, times, 0, 7, 4));
    stat("m", NOFOLLOW);
    assertEquals(7, memory.readLong(STAT + 48));
    stat("text", NOFOLLOW);
    assertEquals(EPOCH, memory.readLong(STAT + 48));
    memory.put(0, "m");
    assertEquals(Errno.ROFS, call("path_filestat_set_times", ROOT, FOLLOW, 0, times, 0, 7, 4));
    assertEquals(Errno.SUCCESS, path("path_unlink_file", "folder"));
    assertEquals(Errno.SUCCESS, path("path_unlink_file", "m"));
    assertEquals(List.of("work/own 0"), delivered());
  }

  @Test
  void onlyLinksThatStayInTheirTreeAreDelivered() throws IOException {
    path("path_create_directory", "out/d");
    path("path_create_directory", "src/lib/e");
    List<String> stay = List.of("x", "x/y", "../x", "nowhere");
    for (int n = 0; n < stay.size(); n++) {
      symlink(stay.get(n), "out/d/" + n);
    }
    List<String> stray = List.of("../../x", "..", "x/", "./x", "x//y", "x/../y", "../x/.");
    for (int n = 0; n < stray.size(); n++) {
      assertEquals(Errno.SUCCESS, symlink(stray.get(n), "out/d/not" + n), stray.get(n));
    }
    symlink("../text", "out/up");
    symlink("../x.c", "src/lib/c");
    symlink("../x.c", "not");
    symlink("../../../x", "src/lib/not");
    assertEquals(
        List.of(
            "out/d/",
            "out/d/0 -> x",
            "out/d/1 -> x/y",
            "out/d/2 -> ../x",
            "out/d/3 -> nowhere",
            "work/src/",
            "work/src/lib/",
            "work/src/lib/c -> ../x.c",
            "work/src/lib/e/"),
        delivered());
  }

  @Test
  void hardLinksAreOneFile() throws IOException {
    made("one", "first");
    assertEquals(Errno.SUCCESS, link("one", "out/two"));
    assertEquals(inode("one"), inode("out/two"));
    assertEquals(List.of(FILE, 2L, 5L), found("one", NOFOLLOW));
    write(opened("out/two", TRUNCATE, WRITE, 0), "second");
    assertEquals("second", read(opened("one", 0, READ, 0), 20));
    assertEquals(Errno.SUCCESS, two("path_rename", "one", "out/two"), "the same: nothing happens");
    assertEquals(List.of(FILE, 2L, 6L), found("one", NOFOLLOW));
    int fd = opened("one", 0, READ, 0);
    path("path_unlink_file", "one");
    assertEquals(List.of(FILE, 1L, 6L), found("out/two", NOFOLLOW));
    assertEquals(Errno.SUCCESS, call("fd_filestat_get", fd, STAT));
    assertEquals(1, memory.readLong(STAT + 24));
    path("path_unlink_file", "out/two");
    assertEquals("second", read(fd, 20), "open, and without a name");
    assertEquals(Errno.SUCCESS, call("fd_filestat_get", fd, STAT));
    assertEquals(0, memory.readLong(STAT + 24));
    made("three", "3");
    link("three", "out/three");
    assertEquals(List.of("out/three 1", "work/three 1"), delivered());
  }

  @Test
  void someThingsAreNotLinked() {
    made("own", "");
    symlink("own", "soft");
    assertEquals(Errno.PERM, link("out", "other"));
    assertEquals(Errno.XDEV, link("text", "other"));
    assertEquals(Errno.XDEV, link("in/text", "in/other"));
    assertEquals(Errno.ROFS, link("own", "in/other"));
    assertEquals(Errno.EXIST, link("own", "own"));
    assertEquals(Errno.EXIST, link("own", "soft"));
    assertEquals(Errno.NOENT, link("own", "other/"));
    assertEquals(Errno.NOTDIR, link("own", "own/"));
    assertEquals(Errno.SUCCESS, link(FOLLOW, "soft", "followed"));
    assertEquals(inode("own"), inode("followed"));
    assertEquals(Errno.SUCCESS, link(NOFOLLOW, "soft", "kept"));
    assertEquals(List.of(LINK, 2L, 3L), found("kept", NOFOLLOW));
    path("path_unlink_file", "own");
    assertEquals(Errno.NOENT, link(FOLLOW, "soft", "nothing"));
  }

  @Test
  void aFilesBytesCountForEachOfItsNames() {
    int fd = opened("one", CREATE, WRITE, 0);
    assertEquals(Errno.SUCCESS, call("fd_allocate", fd, 0, 30_000));
    assertEquals(Errno.SUCCESS, link("one", "two"));
    assertEquals(Errno.SUCCESS, link("one", "three"));
    // 3 names of 30,512 bytes are 91,536: 2,821 more for each.
    assertEquals(Errno.SUCCESS, call("fd_allocate", fd, 0, 32_821));
    assertThrows(Halt.OutputLimit.class, () -> call("fd_allocate", fd, 0, 32_822));
    assertThrows(Halt.OutputLimit.class, () -> link("one", "four"));
    path("path_unlink_file", "three");
    assertEquals(Errno.SUCCESS, call("fd_filestat_set_size", fd, 100));
    path("path_unlink_file", "one");
    path("path_unlink_file", "two");
    assertEquals(
        Errno.SUCCESS, call("fd_allocate", fd, 0, LIMIT), "without a name they count once");
    assertThrows(Halt.OutputLimit.class, () -> call("fd_allocate", fd, 0, LIMIT + 1));
    call("fd_close", fd);
    assertEquals(Errno.SUCCESS, call("fd_allocate", opened("x", CREATE, WRITE, 0), 0, LIMIT - 512));
  }

  @Test
  void aLinksTargetCountsAsAFilesBytes() {
    int fd = opened("one", CREATE, WRITE, 0);
    symlink("t".repeat(400), "soft");
    assertEquals(Errno.SUCCESS, call("fd_allocate", fd, 0, LIMIT - 1_424));
    assertThrows(Halt.OutputLimit.class, () -> call("fd_allocate", fd, 0, LIMIT - 1_423));
    path("path_unlink_file", "soft");
    assertEquals(Errno.SUCCESS, call("fd_allocate", fd, 0, LIMIT - 512));
  }

  @Test
  void nothingIsASocket() {
    int file = opened("f", CREATE, WRITE, 0);
    for (String name : List.of("sock_accept", "sock_recv", "sock_send", "sock_shutdown")) {
      for (int fd : new int[] {0, 1, 2, file}) {
        assertEquals(Errno.NOTSOCK, call(name, fd, 0), name);
      }
      assertEquals(Errno.BADF, call(name, 99, 0), name);
      assertEquals(Errno.BADF, call(name, ROOT, 0), name);
      assertEquals(Errno.NOTSUP, call(name), "with other parameters: " + name);
    }
    assertEquals(Errno.NOTSUP, call("sock_of_some_host", 1));
  }

  @Test
  void rightsAreOnlyGivenUp() {
    int fd = opened("f", CREATE, READ | WRITE, 0);
    call("fd_fdstat_get", fd, RESULT);
    long all = memory.readLong(RESULT + 8);
    assertEquals(Errno.SUCCESS, call("fd_fdstat_set_rights", fd, all & ~WRITE, 0));
    assertEquals(Errno.NOTCAPABLE, call("fd_fdstat_set_rights", fd, all, 0));
    vector(1);
    assertEquals(Errno.BADF, call("fd_write", fd, 64, 1, RESULT));
    assertEquals(Errno.SUCCESS, call("fd_read", fd, 64, 1, RESULT));
    assertEquals(Errno.SUCCESS, call("fd_fdstat_set_rights", 1, 0, 0));
    assertEquals(Errno.BADF, call("fd_write", 1, 64, 1, RESULT));
    call("fd_fdstat_get", ROOT, RESULT);
    long folder = memory.readLong(RESULT + 8);
    assertEquals(0, folder & (READ | WRITE | 1 << 2 | 1 << 19 | 1 << 22), "not a file's");
    assertEquals(1 << 22, memory.readLong(RESULT + 16) & 1 << 22, "but its files'");
  }

  @Test
  void directoriesAreNotReadAsFiles() {
    int fd = opened("out", DIRECTORY, READ, 0);
    assertEquals(Errno.ISDIR, open("out", DIRECTORY, READ | WRITE, 0));
    vector(1);
    assertEquals(Errno.ISDIR, call("fd_read", fd, 64, 1, RESULT));
    assertEquals(Errno.BADF, call("fd_seek", fd, 0, 0, RESULT));
    assertEquals(Errno.BADF, call("fd_tell", fd, RESULT));
    assertEquals(Errno.ISDIR, call("fd_allocate", fd, 0, 0));
  }

  @Test
  void aRunWithOtherNamesIsNoRun() throws IOException {
    Map<String, byte[]> broken = new LinkedHashMap<>();
    broken.put("no end", listing(file("a")));
    broken.put("named twice", listing(file("a"), file("a"), END_OF_LISTING));
    broken.put("out of order", listing(file("b"), file("a"), END_OF_LISTING));
    broken.put("in no directory", listing(file("a/b"), END_OF_LISTING));
    broken.put("in a file", listing(file("a"), file("a/b"), END_OF_LISTING));
    broken.put("not UTF-8", listing(file("a\u00c3"), END_OF_LISTING));
    broken.put("unknown kind", listing(new byte[] {9, 0, 0, 0, 1, 'a'}, END_OF_LISTING));
    broken.put("more after the end", listing(END_OF_LISTING, END_OF_LISTING));
    broken.put("a dot", listing(file("."), END_OF_LISTING));
    broken.put("a long name", listing(file("n".repeat(256)), END_OF_LISTING));
    broken.put(
        "a link out",
        listing(new byte[] {2, 0, 0, 0, 1, 'a', 0, 0, 0, 4}, ascii("../x"), END_OF_LISTING));
    for (Map.Entry<String, byte[]> each : broken.entrySet()) {
      Path in = Files.createDirectory(host.resolve(each.getKey()));
      Files.write(in.resolve(TreeListing.NAMES), each.getValue());
      assertThrows(Halt.HostDisk.class, () -> start(in), each.getKey());
    }
  }

  private static final byte[] END_OF_LISTING = {3};

  private static byte[] listing(byte[]... parts) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.writeBytes(part);
    }
    return all.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /// An entry of a listing for an empty file.
  private static byte[] file(String path) {
    byte[] name = ascii(path);
    ByteBuffer entry = ByteBuffer.allocate(13 + name.length);
    return entry.put((byte) 1).putInt(name.length).put(name).putLong(0).array();
  }

  @Test
  void realTimeIsTheHosts() throws IOException {
    scratch.close();
    scratch = Scratch.open(host.resolve("other scratch"));
    OutputBudget budget = new OutputBudget(LIMIT);
    Clocks clocks = Clocks.ofHost();
    files = new FileTree(null, scratch, budget, clocks.start());
    wasi =
        new Wasi(
            clocks,
            RandomStream.ofHost(),
            List.of("task"),
            Map.of(),
            InputStream.nullInputStream(),
            output(),
            files,
            budget);
    long before = System.currentTimeMillis();
    call("clock_time_get", 0, 0, RESULT);
    long told = memory.readLong(RESULT) / 1_000_000;
    long after = System.currentTimeMillis();
    assertTrue(before <= told && told <= after, before + " " + told + " " + after);
    memory.writeLong(BUFFER, 7);
    memory.writeLong(BUFFER + 8, 0);
    memory.writeInt(BUFFER + 16, 1);
    memory.writeLong(BUFFER + 24, 20_000_000);
    memory.writeLong(BUFFER + 40, 0);
    long begun = System.nanoTime();
    assertEquals(Errno.SUCCESS, call("poll_oneoff", BUFFER, BUFFER + 512, 1, RESULT));
    assertTrue(System.nanoTime() - begun >= 20_000_000, "it really waits");
    assertEquals(1, memory.readInt(RESULT));
    call("random_get", BUFFER, 32);
    String random = memory.text(BUFFER, 32);
    call("random_get", BUFFER, 32);
    assertNotEquals(random, memory.text(BUFFER, 32));
    made("now", "");
    stat("now", NOFOLLOW);
    assertTrue(memory.readLong(STAT + 48) / 1_000_000 >= before, "files' times follow the clock");
  }
}
