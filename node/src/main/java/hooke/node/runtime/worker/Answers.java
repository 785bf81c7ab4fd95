package hooke.node.runtime.worker;

import hooke.node.runtime.wasi.Output;
import java.io.IOException;
import java.io.OutputStream;
import java.util.Arrays;

/// What a worker says to its node.
///
/// The program's small writes are gathered, since many programs write line by line; a thread of its
/// own sends what has waited for [#PATIENCE_MILLIS], so that whoever follows the output sees it.
final class Answers implements Output {
  private static final long PATIENCE_MILLIS = 50;

  private final OutputStream to;

  // Guarded by this, as is `to`.
  private final byte[] gathered = new byte[Frame.PART];
  private int length;
  private int number;

  Answers(OutputStream to) {
    this.to = to;
  }

  /// Starts the thread that sends what has waited.
  void start() {
    Thread.ofPlatform()
        .daemon()
        .name("flush")
        .start(() -> {
          try {
            while (true) {
              Thread.sleep(PATIENCE_MILLIS);
              flush();
            }
          } catch (IOException | InterruptedException e) {
            // The node is gone, or this process is about to be.
            Runtime.getRuntime().halt(0);
          }
        });
  }

  /// Sends a frame, after what was gathered.
  synchronized void send(Frame frame) throws IOException {
    flush();
    Frame.write(to, frame);
  }

  /// Sends the parts of `bytes`.
  void code(byte[] bytes) throws IOException {
    for (int at = 0; at < bytes.length; at += Frame.PART) {
      send(new Frame.Code(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + Frame.PART))));
    }
  }

  private synchronized void flush() throws IOException {
    if (length > 0) {
      byte[] part = Arrays.copyOf(gathered, length);
      length = 0;
      Frame.write(to, new Frame.Stream(number, part));
    }
  }

  @Override
  public synchronized void stream(int stream, byte[] bytes, int offset, int count)
      throws IOException {
    if (stream != number || length + count > gathered.length) {
      flush();
      number = stream;
    }
    System.arraycopy(bytes, offset, gathered, length, count);
    length += count;
  }

  @Override
  public void directory(String path) throws IOException {
    send(new Frame.Directory(path));
  }

  @Override
  public void file(String path, long size) throws IOException {
    send(new Frame.File(path, size));
  }

  @Override
  public void link(String path, String target) throws IOException {
    send(new Frame.Link(path, target));
  }

  @Override
  public void content(byte[] bytes, int count) throws IOException {
    send(new Frame.Content(Arrays.copyOf(bytes, count)));
  }
}
