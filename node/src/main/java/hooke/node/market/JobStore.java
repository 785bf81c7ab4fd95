package hooke.node.market;

import hooke.chain.Bytes32;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteOptions;

/// Jobs on disk, synced before a write returns: what a node owes must survive its crash.
public final class JobStore implements AutoCloseable {
  private static final byte[] FENCE = "fence".getBytes(StandardCharsets.US_ASCII);
  private static final byte JOB = 'j';

  /// Fences handed out between two starts stay below this.
  private static final long FENCES_PER_START = 1L << 32;

  static {
    RocksDB.loadLibrary();
  }

  private final Options options;
  private final WriteOptions synced;
  private final RocksDB db;

  private JobStore(Options options, WriteOptions synced, RocksDB db) {
    this.options = options;
    this.synced = synced;
    this.db = db;
  }

  /// Opens or creates the store in `directory`.
  public static JobStore open(Path directory) {
    Options options = new Options().setCreateIfMissing(true).setKeepLogFileNum(2);
    try {
      return new JobStore(
          options, new WriteOptions().setSync(true), RocksDB.open(options, directory.toString()));
    } catch (RocksDBException e) {
      options.close();
      throw new JobStoreFailure("cannot open the job database in " + directory, e);
    }
  }

  /// The disk under the store failed; the node must stop rather than promise what it may forget.
  public static final class JobStoreFailure extends RuntimeException {
    private static final long serialVersionUID = 1L;

    JobStoreFailure(String what, RocksDBException cause) {
      super(what + ": " + cause.getMessage(), cause);
    }
  }

  /// The first fencing number of this start: larger than any of earlier ones.
  public long nextStart() {
    try {
      byte[] before = db.get(FENCE);
      long fence = before == null ? 1 : ByteBuffer.wrap(before).getLong() + FENCES_PER_START;
      db.put(synced, FENCE, ByteBuffer.allocate(8).putLong(fence).array());
      return fence;
    } catch (RocksDBException e) {
      throw new JobStoreFailure("cannot keep the fencing number", e);
    }
  }

  public void put(Job job) {
    try {
      db.put(synced, key(job.order(), job.slot()), job.encode());
    } catch (RocksDBException e) {
      throw new JobStoreFailure("cannot keep job " + job.order().prefix(12), e);
    }
  }

  public Optional<Job> get(Bytes32 order, int slot) {
    try {
      return Optional.ofNullable(db.get(key(order, slot))).map(Job::decode);
    } catch (RocksDBException e) {
      throw new JobStoreFailure("cannot read job " + order.prefix(12), e);
    }
  }

  public void remove(Bytes32 order, int slot) {
    try {
      db.delete(synced, key(order, slot));
    } catch (RocksDBException e) {
      throw new JobStoreFailure("cannot remove job " + order.prefix(12), e);
    }
  }

  /// Every job, by order and slot.
  public List<Job> all() {
    List<Job> jobs = new ArrayList<>();
    try (RocksIterator rows = db.newIterator()) {
      for (rows.seek(new byte[] {JOB}); rows.isValid() && rows.key()[0] == JOB; rows.next()) {
        jobs.add(Job.decode(rows.value()));
      }
    }
    return jobs;
  }

  private static byte[] key(Bytes32 order, int slot) {
    return ByteBuffer.allocate(1 + Bytes32.SIZE + 1)
        .put(JOB)
        .put(order.bytes())
        .put((byte) slot)
        .array();
  }

  @Override
  public void close() {
    db.close();
    synced.close();
    options.close();
  }
}
