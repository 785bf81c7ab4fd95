package hooke.node.market;

import hooke.chain.Bytes32;
import hooke.storage.StorageFailure;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteOptions;

/// Jobs in RocksDB, synced.
public final class RocksJobStore implements JobStore {
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

  private RocksJobStore(Options options, WriteOptions synced, RocksDB db) {
    this.options = options;
    this.synced = synced;
    this.db = db;
  }

  /// Opens or creates the store in `directory`.
  public static RocksJobStore open(Path directory) {
    Options options = new Options().setCreateIfMissing(true).setKeepLogFileNum(2);
    try {
      return new RocksJobStore(
          options, new WriteOptions().setSync(true), RocksDB.open(options, directory.toString()));
    } catch (RocksDBException e) {
      options.close();
      throw failed("cannot open the job database in " + directory, e);
    }
  }

  private static StorageFailure failed(String what, RocksDBException cause) {
    return new StorageFailure(what + ": " + cause.getMessage(), cause);
  }

  @Override
  public long nextStart() {
    try {
      byte[] before = db.get(FENCE);
      long fence = before == null ? 1 : ByteBuffer.wrap(before).getLong() + FENCES_PER_START;
      db.put(synced, FENCE, ByteBuffer.allocate(8).putLong(fence).array());
      return fence;
    } catch (RocksDBException e) {
      throw failed("cannot keep the fencing number", e);
    }
  }

  @Override
  public void put(Job job) {
    try {
      db.put(synced, key(job), job.encode());
    } catch (RocksDBException e) {
      throw failed("cannot keep job " + job.order().prefix(12), e);
    }
  }

  @Override
  public void remove(Job job) {
    try {
      db.delete(synced, key(job));
    } catch (RocksDBException e) {
      throw failed("cannot remove job " + job.order().prefix(12), e);
    }
  }

  @Override
  public List<Job> all() {
    List<Job> jobs = new ArrayList<>();
    try (RocksIterator rows = db.newIterator()) {
      for (rows.seek(new byte[] {JOB}); rows.isValid() && rows.key()[0] == JOB; rows.next()) {
        jobs.add(Job.decode(rows.value()));
      }
      rows.status();
    } catch (RocksDBException e) {
      throw failed("cannot read the jobs", e);
    }
    return jobs;
  }

  private static byte[] key(Job job) {
    return ByteBuffer.allocate(1 + Bytes32.SIZE + 1)
        .put(JOB)
        .put(job.order().bytes())
        .put((byte) job.slot())
        .array();
  }

  @Override
  public void close() {
    db.close();
    synced.close();
    options.close();
  }
}
