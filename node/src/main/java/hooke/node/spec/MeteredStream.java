package hooke.node.spec;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/// A stream of which only so much may be read until the reader allows more: so a parser that keeps
/// what it reads cannot be made to keep a stranger's gigabytes.
final class MeteredStream extends FilterInputStream {
  private long left;

  MeteredStream(InputStream in) {
    super(in);
  }

  /// From here on so many bytes may be read.
  void allow(long bytes) {
    left = bytes;
  }

  @Override
  public int read() throws IOException {
    int one = super.read();
    count(one < 0 ? 0 : 1);
    return one;
  }

  @Override
  public int read(byte[] buffer, int offset, int length) throws IOException {
    int read = super.read(buffer, offset, length);
    count(Math.max(0, read));
    return read;
  }

  @Override
  public long skip(long bytes) throws IOException {
    long skipped = super.skip(bytes);
    count(skipped);
    return skipped;
  }

  @Override
  public boolean markSupported() {
    return false;
  }

  private void count(long bytes) throws BadArchive {
    left -= bytes;
    if (left < 0) {
      throw new BadArchive("the archive's headers are longer than a file's header needs to be");
    }
  }
}
