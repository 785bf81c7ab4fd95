package hooke.node.rpc;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Chunks that arrive on one thread, read as a stream on another. Asks for one chunk at a time, so
/// nothing piles up.
final class IncomingBytes extends InputStream {
  /// Longest wait for the next chunk.
  static final Duration PATIENCE = Duration.ofSeconds(60);

  private sealed interface Part {
    record Bytes(ByteString bytes) implements Part {}

    record End() implements Part {}

    record Broken(IOException why) implements Part {}
  }

  private final Runnable askForMore;
  private final ArrayBlockingQueue<Part> arrived = new ArrayBlockingQueue<>(4);
  private ByteString chunk = ByteString.EMPTY;
  private int at;
  private @Nullable Part last;

  /// @param askForMore makes the sender send one more chunk
  IncomingBytes(Runnable askForMore) {
    this.askForMore = askForMore;
  }

  /// At most one chunk is under way, so there is always room.
  void arrived(ByteString bytes) {
    arrived.add(new Part.Bytes(bytes));
  }

  void ended() {
    arrived.add(new Part.End());
  }

  void broken(IOException why) {
    // When the reader has gone the queue may be full, and nobody minds.
    boolean told = arrived.offer(new Part.Broken(why));
    assert told || arrived.remainingCapacity() == 0;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
  }

  @Override
  public int read(byte[] to, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    while (at == chunk.size()) {
      if (!next()) {
        return -1;
      }
    }
    int n = Math.min(length, chunk.size() - at);
    chunk.substring(at, at + n).copyTo(to, offset);
    at += n;
    return n;
  }

  private boolean next() throws IOException {
    if (last == null) {
      askForMore.run();
      Part part;
      try {
        part = arrived.poll(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IOException("interrupted while waiting for the next chunk", e);
      }
      if (part == null) {
        throw new IOException("no chunk came for " + PATIENCE.toSeconds() + " seconds");
      }
      if (part instanceof Part.Bytes bytes) {
        chunk = bytes.bytes();
        at = 0;
        return true;
      }
      last = part;
    }
    if (last instanceof Part.Broken broken) {
      throw new IOException(broken.why().getMessage(), broken.why());
    }
    return false;
  }
}
