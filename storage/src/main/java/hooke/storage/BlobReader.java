package hooke.storage;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The bytes of a blob from an offset to its end, each chunk checked before a byte of it is given
/// out.
///
/// While it is open the blob's bytes are not removed: close it. One thread at a time.
public final class BlobReader extends InputStream {
  private final BlobStore store;
  private final BlobId id;
  private final long file;
  private final long size;
  private long position;
  private @Nullable List<byte[]> roots;
  private byte[] chunk = {};
  private long chunkIndex = -1;
  private boolean closed;

  BlobReader(BlobStore store, BlobId id, long file, long size, long offset) {
    this.store = store;
    this.id = id;
    this.file = file;
    this.size = size;
    this.position = offset;
  }

  /// Size of the whole blob, wherever reading began.
  public long size() {
    return size;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    if (length == 0) {
      return 0;
    }
    if (position == size) {
      return -1;
    }
    long index = position / BlobHasher.CHUNK_SIZE;
    if (index != chunkIndex) {
      chunk = chunk(Math.toIntExact(index));
      chunkIndex = index;
    }
    int from = (int) (position % BlobHasher.CHUNK_SIZE);
    int n = Math.min(length, chunk.length - from);
    System.arraycopy(chunk, from, target, offset, n);
    position += n;
    return n;
  }

  @Override
  public int available() {
    return (int) Math.min(Integer.MAX_VALUE, size - position);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      store.readerClosed(file);
    }
  }

  byte[] chunk(int index) throws IOException {
    if (closed) {
      throw new IOException("The reader is closed");
    }
    return store.chunk(id, file, index, size, chunkRoots().get(index));
  }

  List<byte[]> chunkRoots() throws IOException {
    if (roots == null) {
      roots = store.chunkRoots(id, file, size);
    }
    return roots;
  }
}
