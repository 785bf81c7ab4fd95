package hooke.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/// The RocksDB under a [BlobStore]: families of sorted keys, batches that are written whole or not
/// at all. It knows nothing of blobs. A failure of the disk is a [StorageFailure]; touching it
/// after [#close] is an exception and not, as RocksDB has it, the end of the JVM.
///
/// Any thread may call.
final class BlobDatabase implements AutoCloseable {
  private static final byte[] NOTHING = {};

  static {
    RocksDB.loadLibrary();
  }

  /// Held for reading by whoever touches the database, for writing by who closes it.
  private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock();

  private final List<String> families;
  private final List<ColumnFamilyHandle> handles = new ArrayList<>();
  private final List<AutoCloseable> nativeOptions = new ArrayList<>();
  private final WriteOptions synced = new WriteOptions().setSync(true);
  private final WriteOptions unsynced = new WriteOptions();
  private final RocksDB db;
  private volatile boolean closed;

  private BlobDatabase(Path directory, List<String> families) throws IOException {
    this.families = new ArrayList<>(List.of("default"));
    this.families.addAll(families);
    DBOptions options =
        owned(
            new DBOptions()
                .setCreateIfMissing(true)
                .setCreateMissingColumnFamilies(true)
                .setDbWriteBufferSize(64L << 20)
                .setMaxTotalWalSize(256L << 20)
                .setKeepLogFileNum(2)
                .setMaxOpenFiles(256));
    ColumnFamilyOptions family =
        owned(new ColumnFamilyOptions().setCompressionType(CompressionType.LZ4_COMPRESSION));
    List<ColumnFamilyDescriptor> descriptors =
        this.families.stream()
            .map(name -> new ColumnFamilyDescriptor(name.getBytes(US_ASCII), family))
            .toList();
    try {
      db = RocksDB.open(options, directory.toString(), descriptors, handles);
    } catch (RocksDBException e) {
      closeOptions();
      throw new IOException("Cannot open the blob store at " + directory + ": " + said(e), e);
    }
  }

  /// Opens the database in this directory, making it when there is none.
  ///
  /// @throws IOException when the directory cannot be used, or another process has it open
  static BlobDatabase open(Path directory, List<String> families) throws IOException {
    return new BlobDatabase(directory, families);
  }

  ColumnFamilyHandle family(String name) {
    return handles.get(families.indexOf(name));
  }

  boolean isOpen() {
    return !closed;
  }

  @FunctionalInterface
  interface Change {
    void to(WriteBatch batch) throws RocksDBException;
  }

  @FunctionalInterface
  interface Visitor {
    /// Whether to go on.
    boolean visit(byte[] key, byte[] value);
  }

  /// Writes all of a change; the next synced write makes it durable.
  void write(Change change) {
    write(unsynced, change);
  }

  /// Writes all of a change, durable with everything before it when this returns.
  void writeSynced(Change change) {
    write(synced, change);
  }

  private void write(WriteOptions options, Change change) {
    try (WriteBatch batch = new WriteBatch()) {
      inside(() -> {
        change.to(batch);
        db.write(options, batch);
      });
    }
  }

  /// Writes a batch that was filled by [#add]; the next synced write makes it durable.
  void write(WriteBatch batch) {
    inside(() -> db.write(unsynced, batch));
  }

  void add(WriteBatch batch, ColumnFamilyHandle family, byte[] key, byte[] value) {
    inside(() -> batch.put(family, key, value));
  }

  byte @Nullable [] get(ColumnFamilyHandle family, byte[] key) {
    byte[][] value = new byte[1][];
    inside(() -> value[0] = db.get(family, key));
    return value[0];
  }

  /// Shows what has keys that begin with `prefix`, in their order.
  void scan(ColumnFamilyHandle family, byte[] prefix, Visitor visitor) {
    inside(() -> {
      try (RocksIterator it = db.newIterator(family)) {
        for (it.seek(prefix); it.isValid(); it.next()) {
          byte[] key = it.key();
          if (key.length < prefix.length
              || !Arrays.equals(prefix, 0, prefix.length, key, 0, prefix.length)
              || !visitor.visit(key, it.value())) {
            break;
          }
        }
        it.status();
      }
    });
  }

  List<byte[]> firstKeys(ColumnFamilyHandle family, int limit) {
    return firstKeys(family, NOTHING, limit);
  }

  List<byte[]> firstKeys(ColumnFamilyHandle family, byte[] prefix, int limit) {
    List<byte[]> keys = new ArrayList<>();
    scan(
        family,
        prefix,
        (key, _) -> {
          keys.add(key);
          return keys.size() < limit;
        });
    return keys;
  }

  @FunctionalInterface
  private interface Access {
    void run() throws RocksDBException;
  }

  private void inside(Access access) {
    gate.readLock().lock();
    try {
      if (closed) {
        throw new IllegalStateException("The blob store is closed");
      }
      access.run();
    } catch (RocksDBException e) {
      throw new StorageFailure("The blob store failed: " + said(e), e);
    } finally {
      gate.readLock().unlock();
    }
  }

  @Override
  public void close() {
    gate.writeLock().lock();
    try {
      if (closed) {
        return;
      }
      closed = true;
      handles.forEach(ColumnFamilyHandle::close);
      db.close();
      synced.close();
      unsynced.close();
      closeOptions();
    } finally {
      gate.writeLock().unlock();
    }
  }

  private static String said(RocksDBException e) {
    String message = e.getMessage();
    return message == null ? "unknown" : message;
  }

  private <T extends AutoCloseable> T owned(T option) {
    nativeOptions.add(option);
    return option;
  }

  private void closeOptions() {
    for (AutoCloseable option : nativeOptions) {
      try {
        option.close();
      } catch (Exception e) {
        throw new IllegalStateException("Options do not fail to close", e);
      }
    }
  }
}
