package hooke.devnet.scenario;

import hooke.node.config.NodeConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/// An engine that computes wrongly: a node whose V8 is given, in place of a program it has
/// prepared, the same program with one `i32.add` turned into `i32.sub`, as a bug in a compiler
/// would have it. Everything else about the node is as it should be.
final class Miscompiled {
  /// Exits with 40 + 2.
  private static final byte[] PROGRAM =
      HexFormat.of()
          .parseHex(
              "0061736d01000000" // header
                  + "01080260017f00600000" // types (i32) -> (), () -> ()
                  + "02240116776173695f736e617073686f745f7072657669657731" // wasi_snapshot_preview1
                  + "0970726f635f657869740000" // proc_exit, type 0
                  + "03020101" // function 1 is () -> ()
                  + "0503010001" // a page of memory
                  + "071302065f73746172740001066d656d6f72790200" // exports _start, memory
                  + "0a0b010900412841026a10000b"); // i32.const 40, i32.const 2, i32.add, call 0

  private static final byte[] SUM = HexFormat.of().parseHex("412841026a");
  private static final byte SUBTRACT = 0x6b;
  private static final int HASH = 32;
  private static final int HEADER = HASH + Long.BYTES;

  private Miscompiled() {}

  /// Writes the program to a file.
  static Path program(Path file) throws IOException {
    return Files.write(file, PROGRAM);
  }

  /// Falsifies what a node keeps of the program, which it has run before. The cache's own check
  /// finds nothing wrong.
  static void on(NodeConfig node) throws IOException {
    String name = "-" + HexFormat.of().formatHex(sha256(PROGRAM));
    Path cache = node.work().resolve("workers").resolve("compiled");
    Path kept;
    try (Stream<Path> files = Files.list(cache)) {
      List<Path> found = files.filter(file -> file.toString().endsWith(name)).toList();
      if (found.size() != 1) {
        throw new IllegalStateException("the node has not prepared the program: " + found);
      }
      kept = found.get(0);
    }
    byte[] all = Files.readAllBytes(kept);
    int at = indexOf(all, SUM);
    all[at + SUM.length - 1] = SUBTRACT;
    byte[] checked = new byte[all.length - HASH];
    System.arraycopy(all, HEADER, checked, 0, all.length - HEADER);
    System.arraycopy(all, HASH, checked, all.length - HEADER, Long.BYTES);
    ByteBuffer.wrap(all).put(sha256(checked));
    Files.write(kept, all);
  }

  private static int indexOf(byte[] all, byte[] wanted) {
    String text = HexFormat.of().formatHex(all);
    int at = text.indexOf(HexFormat.of().formatHex(wanted));
    if (at < 0 || at % 2 != 0) {
      throw new IllegalStateException("the node keeps something else than the metered module");
    }
    return at / 2;
  }

  private static byte[] sha256(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(bytes);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
