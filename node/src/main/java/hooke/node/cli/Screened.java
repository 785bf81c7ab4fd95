package hooke.node.cli;

import hooke.node.spec.Escaped;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/// A program's own output on its way to a terminal: words and lines pass, what could move a cursor,
/// name a window, fill a clipboard or hide is written as an escape. A line is never written over,
/// and the last one is ended, so that what hooke says next stands on a line of its own.
final class Screened extends OutputStream {
  private static final int MOST_SEQUENCE = 4;

  private final PrintStream to;

  /// The beginning of a character whose rest has not come.
  private final byte[] begun = new byte[MOST_SEQUENCE];

  private int length;
  private boolean carriage;
  private boolean inLine;

  Screened(PrintStream to) {
    this.to = to;
  }

  @Override
  public void write(int one) {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int count) {
    StringBuilder text = new StringBuilder();
    for (int n = offset; n < offset + count; n++) {
      begun[length++] = bytes[n];
      take(text, false);
    }
    show(text);
  }

  /// Moves what is a character, or can be none, from `begun` into `text`.
  private void take(StringBuilder text, boolean last) {
    while (length > 0) {
      int wanted = wanted(begun[0]);
      int sound = 1;
      while (sound < Math.min(length, wanted) && (begun[sound] & 0xc0) == 0x80) {
        sound++;
      }
      if (sound == length && length < wanted && !last) {
        return;
      }
      int used = sound == wanted ? wanted : 1;
      byte[] one = new byte[used];
      System.arraycopy(begun, 0, one, 0, used);
      add(text, one);
      length -= used;
      System.arraycopy(begun, used, begun, 0, length);
    }
  }

  private static int wanted(byte first) {
    int bits = first & 0xff;
    return bits >= 0xf0 ? 4 : bits >= 0xe0 ? 3 : bits >= 0xc0 ? 2 : 1;
  }

  private void add(StringBuilder text, byte[] one) {
    boolean ended = carriage;
    carriage = one.length == 1 && one[0] == '\r';
    if (carriage) {
      if (ended) {
        text.append("\\r");
      }
      return;
    }
    boolean newline = one.length == 1 && one[0] == '\n';
    if (ended && !newline) {
      text.append("\\r");
    }
    text.append(
        newline || (one.length == 1 && one[0] == '\t')
            ? new String(one, StandardCharsets.US_ASCII)
            : Escaped.name(one));
  }

  private void show(StringBuilder text) {
    if (!text.isEmpty()) {
      inLine = text.charAt(text.length() - 1) != '\n';
      to.print(text);
    }
  }

  @Override
  public void flush() {
    to.flush();
  }

  /// Ends what is begun; the terminal stays open.
  @Override
  public void close() throws IOException {
    StringBuilder text = new StringBuilder();
    take(text, true);
    if (carriage) {
      text.append("\\r");
      carriage = false;
    }
    show(text);
    if (inLine) {
      to.println();
      inLine = false;
    }
    to.flush();
  }
}
