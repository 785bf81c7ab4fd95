package hooke.node.spec;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The lines of an array: one for each of its tasks, as described on `TaskArray`.
public final class ArrayLines {
  /// Longest line, in bytes.
  public static final int MAX_LINE_BYTES = 4_096;

  /// Largest file of lines.
  public static final int MAX_BYTES = 64 << 20;

  /// Most lines: the most tasks that an order can have.
  public static final int MAX_COUNT = 1 << 20;

  /// What a line takes the place of in an argument.
  public static final String PLACE = "{}";

  private ArrayLines() {}

  /// The lines from number `first` on, so many of them.
  ///
  /// @throws Specs.BadSpec if they are not what lines of an array are, or too few
  public static List<String> read(InputStream content, int first, int count)
      throws IOException, Specs.BadSpec {
    List<String> lines = new ArrayList<>();
    InputStream in = new BufferedInputStream(content, 1 << 16);
    for (int number = 0; number < first + count; number++) {
      String line = next(in, number);
      if (line == null) {
        throw new Specs.BadSpec("the array has " + number + " lines, fewer than its tasks");
      }
      if (number >= first) {
        lines.add(line);
      }
    }
    return lines;
  }

  /// How many lines there are.
  ///
  /// @throws Specs.BadSpec if they are not what lines of an array are
  public static int count(InputStream content) throws IOException, Specs.BadSpec {
    InputStream in = new BufferedInputStream(content, 1 << 16);
    int count = 0;
    while (next(in, count) != null) {
      count++;
      if (count > MAX_COUNT) {
        throw new Specs.BadSpec("the array has more than " + MAX_COUNT + " lines");
      }
    }
    return count;
  }

  private static @Nullable String next(InputStream in, int number)
      throws IOException, Specs.BadSpec {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    int one;
    while ((one = in.read()) != '\n') {
      if (one < 0) {
        if (line.size() > 0) {
          throw new Specs.BadSpec("line " + (number + 1) + " of the array has no end");
        }
        return null;
      }
      if (one == 0 || line.size() == MAX_LINE_BYTES) {
        throw new Specs.BadSpec(
            "line %d of the array %s"
                .formatted(
                    number + 1,
                    one == 0 ? "holds a NUL byte" : "is longer than " + MAX_LINE_BYTES + " bytes"));
      }
      line.write(one);
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(line.toByteArray()))
          .toString();
    } catch (CharacterCodingException e) {
      throw new Specs.BadSpec("line " + (number + 1) + " of the array is not UTF-8");
    }
  }

  /// The arguments of the task with this line.
  public static List<String> args(List<String> args, String line) {
    List<String> own = new ArrayList<>();
    boolean placed = false;
    for (String arg : args) {
      placed |= arg.contains(PLACE);
      own.add(arg.replace(PLACE, line));
    }
    if (!placed) {
      own.add(line);
    }
    return own;
  }

  /// How often [#args] writes a line.
  static int places(List<String> args) {
    int places = 0;
    for (String arg : args) {
      for (int at = arg.indexOf(PLACE); at >= 0; at = arg.indexOf(PLACE, at + PLACE.length())) {
        places++;
      }
    }
    return Math.max(1, places);
  }
}
