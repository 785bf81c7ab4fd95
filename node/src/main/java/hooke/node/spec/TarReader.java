package hooke.node.spec;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Reads the headers of a tar that a stranger wrote: ustar with pax records (IEEE 1003.1-2017, pax,
/// "pax Interchange Format" and "ustar Interchange Format") and GNU tar's long names. Names are the
/// archive's bytes, read as strict UTF-8 and never changed.
///
/// Our own rather than a library's, since those keep extended headers in memory at the length that
/// the archive claims, replace bytes that are no text, take separators of the host for `/`, and
/// read a file that ends early as one that ends.
final class TarReader {
  private static final int BLOCK = 512;

  /// Bytes of an extended header: two paths, and what some writers add about times and owners.
  static final int MAX_EXTENDED = 64 << 10;

  /// Far more than any disk; sums of it with a block do not overflow.
  private static final long MAX_CONTENT = 1L << 60;

  private final InputStream in;
  private final byte[] block = new byte[BLOCK];
  private long content;
  private int padding;
  private int headers;

  TarReader(InputStream in) {
    this.in = in;
  }

  /// One entry.
  ///
  /// @param type `0` a file, `2` a symbolic link, `5` a directory
  /// @param target of a link
  record Entry(char type, String path, String target, long size) {}

  /// What extended headers say about the entry after them.
  private static final class Extended {
    @Nullable String path;
    @Nullable String target;
    long size = -1;
    boolean gnuPath;
    boolean gnuTarget;
    boolean pax;
  }

  /// The next entry; null at the archive's end. What is left of the one before is passed over.
  @Nullable Entry next() throws IOException {
    skip();
    Extended extended = new Extended();
    while (true) {
      fill();
      if (zero()) {
        if (extended.pax || extended.gnuPath || extended.gnuTarget) {
          throw new BadArchive("the archive ends after an extended header");
        }
        return null;
      }
      if (++headers > 2 * ResultArchive.MAX_ENTRIES) {
        throw new BadArchive("the archive holds too many headers");
      }
      checkSum();
      char type = (char) (block[156] & 0xff);
      switch (type) {
        case 'x' -> {
          once(extended.pax);
          extended.pax = true;
          records(extended(number(124, 12)), extended);
        }
        // What a global header says of names and sizes would hold for all entries; no writer we
        // know
        // does that, and the rest is about times and owners.
        case 'g' -> {
          Extended global = new Extended();
          records(extended(number(124, 12)), global);
          if (global.path != null || global.target != null || global.size >= 0) {
            throw new BadArchive("the archive gives one name or size to all its entries");
          }
        }
        case 'L' -> {
          once(extended.gnuPath);
          extended.gnuPath = true;
          extended.path = longName();
        }
        case 'K' -> {
          once(extended.gnuTarget);
          extended.gnuTarget = true;
          extended.target = longName();
        }
        default -> {
          return entry(type, extended);
        }
      }
    }
  }

  private static void once(boolean seen) throws BadArchive {
    if (seen) {
      throw new BadArchive("the archive says twice what an entry is named");
    }
  }

  private Entry entry(char type, Extended extended) throws IOException {
    String path = extended.path == null ? shortName() : extended.path;
    long size = extended.size >= 0 ? extended.size : number(124, 12);
    char plain =
        switch (type) {
          case '0', '\0', '7' -> path.endsWith("/") ? '5' : '0';
          case '2', '5' -> type;
          case '1' ->
              throw new BadArchive(
                  "the archive's entry '%s' is a hard link".formatted(Escaped.name(path)));
          default ->
              throw new BadArchive(
                  "the archive's entry '%s' is neither a file nor a directory"
                      .formatted(Escaped.name(path)));
        };
    if (size > MAX_CONTENT) {
      throw new BadArchive(
          "the archive's entry '%s' claims %,d bytes".formatted(Escaped.name(path), size));
    }
    if (plain != '0' && size != 0) {
      throw new BadArchive(
          "the archive's entry '%s' has content, but is no file".formatted(Escaped.name(path)));
    }
    String target = "";
    if (plain == '2') {
      target =
          extended.target == null
              ? ArchivePaths.utf8(block, 157, end(157, 100), "a link's target")
              : extended.target;
    }
    if (plain == '5' && path.endsWith("/")) {
      path = path.substring(0, path.length() - 1);
    }
    content = size;
    padding = (int) (-size & (BLOCK - 1L));
    return new Entry(plain, path, target, size);
  }

  private String shortName() throws BadArchive {
    String name = ArchivePaths.utf8(block, 0, end(0, 100), "the archive's entry");
    // GNU tar keeps times where POSIX has the first part of a long name.
    boolean posix = new String(block, 257, 6, StandardCharsets.ISO_8859_1).equals("ustar\0");
    int prefix = posix ? end(345, 155) : 0;
    return prefix == 0
        ? name
        : ArchivePaths.utf8(block, 345, prefix, "the archive's entry") + "/" + name;
  }

  /// Length of a field that ends at its first NUL or is full.
  private int end(int offset, int length) {
    int n = 0;
    while (n < length && block[offset + n] != 0) {
      n++;
    }
    return n;
  }

  private String longName() throws IOException {
    byte[] bytes = extended(number(124, 12));
    int length = bytes.length;
    if (length > 0 && bytes[length - 1] == 0) {
      length--;
    }
    return ArchivePaths.utf8(bytes, 0, length, "the archive's entry");
  }

  private byte[] extended(long size) throws IOException {
    if (size > MAX_EXTENDED) {
      throw new BadArchive(
          "the archive has a header of %,d bytes; the most is %,d".formatted(size, MAX_EXTENDED));
    }
    byte[] bytes = new byte[(int) size];
    readFully(bytes);
    readFully(new byte[(int) (-size & (BLOCK - 1L))]);
    return bytes;
  }

  /// Records `length keyword=value\n`, of which the length counts all of the record.
  private static void records(byte[] bytes, Extended into) throws BadArchive {
    int at = 0;
    while (at < bytes.length) {
      int digits = at;
      int length = 0;
      while (digits < bytes.length
          && bytes[digits] >= '0'
          && bytes[digits] <= '9'
          && digits - at < 6) {
        length = length * 10 + bytes[digits++] - '0';
      }
      int equals = digits + 1;
      while (equals < bytes.length && bytes[equals] != '=') {
        equals++;
      }
      int end = at + length;
      if (digits == at
          || digits >= bytes.length
          || bytes[digits] != ' '
          || end > bytes.length
          || equals >= end
          || bytes[end - 1] != '\n') {
        throw new BadArchive("the archive has a header that is no list of pax records");
      }
      String key = new String(bytes, digits + 1, equals - digits - 1, StandardCharsets.ISO_8859_1);
      record(key, bytes, equals + 1, end - equals - 2, into);
      at = end;
    }
  }

  private static void record(String key, byte[] bytes, int offset, int length, Extended into)
      throws BadArchive {
    switch (key) {
      case "path" -> {
        once(into.path != null);
        into.path = ArchivePaths.utf8(bytes, offset, length, "the archive's entry");
      }
      case "linkpath" -> {
        once(into.target != null);
        into.target = ArchivePaths.utf8(bytes, offset, length, "a link's target");
      }
      case "size" -> {
        once(into.size >= 0);
        into.size = decimal(bytes, offset, length);
      }
      default -> {
        if (key.startsWith("GNU.sparse.")) {
          throw new BadArchive("the archive holds a sparse file, which no node unpacks");
        }
      }
    }
  }

  private static long decimal(byte[] bytes, int offset, int length) throws BadArchive {
    long number = 0;
    boolean sound = length > 0 && length <= 18;
    for (int n = 0; sound && n < length; n++) {
      int digit = bytes[offset + n] - '0';
      sound = digit >= 0 && digit <= 9;
      number = number * 10 + digit;
    }
    if (!sound) {
      throw new BadArchive("the archive has a header whose size is no number");
    }
    return number;
  }

  /// Octal digits among blanks, or GNU's big-endian binary behind a first byte of 0x80.
  private long number(int offset, int length) throws BadArchive {
    long number = 0;
    boolean sound = true;
    if ((block[offset] & 0xff) == 0x80) {
      for (int n = 1; n < length; n++) {
        sound &= number >>> 55 == 0;
        number = (number << 8) | (block[offset + n] & 0xff);
      }
    } else {
      int n = 0;
      while (n < length && block[offset + n] == ' ') {
        n++;
      }
      while (n < length && block[offset + n] >= '0' && block[offset + n] <= '7') {
        number = (number << 3) + block[offset + n++] - '0';
      }
      while (n < length) {
        sound &= block[offset + n] == ' ' || block[offset + n] == 0;
        n++;
      }
    }
    if (!sound || number < 0) {
      throw new BadArchive("the archive has a header whose size is no number");
    }
    return number;
  }

  private void checkSum() throws BadArchive {
    long said = number(148, 8);
    long unsigned = 8 * ' ';
    long signed = unsigned;
    for (int n = 0; n < BLOCK; n++) {
      if (n < 148 || n >= 156) {
        unsigned += block[n] & 0xff;
        signed += block[n];
      }
    }
    if (said != unsigned && said != signed) {
      throw new BadArchive("this is no tar archive, or a damaged one");
    }
  }

  private boolean zero() {
    for (byte each : block) {
      if (each != 0) {
        return false;
      }
    }
    return true;
  }

  private void fill() throws IOException {
    readFully(block);
  }

  private void readFully(byte[] bytes) throws IOException {
    if (in.readNBytes(bytes, 0, bytes.length) < bytes.length) {
      throw new BadArchive("the archive ends too early");
    }
  }

  private void skip() throws IOException {
    try {
      in.skipNBytes(content + padding);
    } catch (EOFException e) {
      throw new BadArchive("the archive ends too early");
    }
    content = 0;
    padding = 0;
  }

  /// The bytes of the entry that [#next] gave last.
  InputStream content() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] bytes, int offset, int length) throws IOException {
        if (content == 0) {
          return -1;
        }
        int n = in.read(bytes, offset, (int) Math.min(length, content));
        if (n < 0) {
          throw new BadArchive("the archive ends too early");
        }
        content -= n;
        return n;
      }

      @Override
      public int available() {
        return (int) Math.min(Integer.MAX_VALUE, content);
      }
    };
  }
}
