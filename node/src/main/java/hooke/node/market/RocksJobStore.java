package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Data;
import hooke.chain.Wei;
import hooke.chain.eip712.SignedVoucher;
import hooke.chain.eip712.Voucher;
import hooke.node.spec.ResultLeaf;
import hooke.storage.StorageFailure;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Jobs and vouchers in RocksDB, synced.
///
/// | key | value |
/// | --- | --- |
/// | `fence` | the first fencing number of the latest start |
/// | `j`, order, slot u8 | the job |
/// | `l`, order, slot u8, attempt u32, index u32 | a leaf, and the CRC-32C of key and leaf |
/// | `d`, spec | why no order of it is bid for |
/// | `v`, operator u32, consumer | length u8 and bytes of the total in wei, the signature |
///
/// Runs write leaves from threads of their own, also while the node stops; the monitor keeps them
/// from a database that is closed.
public final class RocksJobStore implements JobStore {
  private static final byte[] FENCE = "fence".getBytes(StandardCharsets.US_ASCII);
  private static final byte JOB = 'j';
  private static final byte LEAF = 'l';
  private static final byte DECLINED = 'd';
  private static final byte VOUCHER = 'v';
  private static final int SLOT_BYTES = 1 + Bytes32.SIZE + 1;
  private static final int LEAF_KEY_BYTES = SLOT_BYTES + 4 + 4;
  private static final Logger LOG = LoggerFactory.getLogger(RocksJobStore.class);

  /// Fences handed out between two starts stay below this.
  private static final long FENCES_PER_START = 1L << 32;

  static {
    RocksDB.loadLibrary();
  }

  private final Options options;
  private final WriteOptions synced;
  private final RocksDB db;
  private boolean closed;

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
  public synchronized void put(Job job) {
    boolean over = job.phase() == Job.Phase.DONE || job.phase() == Job.Phase.FAILED;
    try (WriteBatch batch = new WriteBatch()) {
      batch.put(slotKey(JOB, job), job.encode());
      forgetLeaves(batch, job, over ? null : leafKey(job, 0));
      db.write(synced, batch);
    } catch (RocksDBException e) {
      throw failed("cannot keep job " + job.order().prefix(12), e);
    }
  }

  @Override
  public synchronized void remove(Job job) {
    try (WriteBatch batch = new WriteBatch()) {
      batch.delete(slotKey(JOB, job));
      forgetLeaves(batch, job, null);
      db.write(synced, batch);
    } catch (RocksDBException e) {
      throw failed("cannot remove job " + job.order().prefix(12), e);
    }
  }

  /// Takes the slot's leaves out: those before a key, or all.
  private void forgetLeaves(WriteBatch batch, Job job, byte @Nullable [] before)
      throws RocksDBException {
    byte[] from = slotKey(LEAF, job);
    byte[] to = before;
    if (to == null) {
      to = Arrays.copyOf(from, LEAF_KEY_BYTES);
      Arrays.fill(to, SLOT_BYTES, LEAF_KEY_BYTES, (byte) 0xff);
    }
    try (RocksIterator rows = db.newIterator()) {
      rows.seek(from);
      // A range that holds nothing would still cost every later reader.
      if (rows.isValid() && Arrays.compareUnsigned(rows.key(), to) < 0) {
        batch.deleteRange(from, to);
      }
      rows.status();
    }
  }

  @Override
  public synchronized void put(Job job, ResultLeaf leaf) {
    if (closed) {
      throw new StorageFailure(
          "the end of task %d of order %s is not kept"
              .formatted(leaf.index(), job.order().prefix(12)),
          new IllegalStateException("this node has stopped"));
    }
    byte[] key = leafKey(job, leaf.index());
    try {
      db.put(
          synced,
          key,
          ByteBuffer.allocate(ResultLeaf.BYTES + 4)
              .put(leaf.bytes())
              .putInt(checksum(key, leaf.bytes()))
              .array());
    } catch (RocksDBException e) {
      throw failed(
          "cannot keep the leaf of task %d of order %s"
              .formatted(leaf.index(), job.order().prefix(12)),
          e);
    }
  }

  @Override
  public synchronized List<ResultLeaf> leaves(Job job) {
    List<ResultLeaf> leaves = new ArrayList<>();
    if (closed) {
      return leaves;
    }
    byte[] assignment = Arrays.copyOf(leafKey(job, 0), SLOT_BYTES + 4);
    try (RocksIterator rows = db.newIterator()) {
      for (rows.seek(assignment); rows.isValid() && isUnder(assignment, rows.key()); rows.next()) {
        readLeaf(rows.key(), rows.value())
            .ifPresentOrElse(
                leaves::add,
                () ->
                    LOG.warn(
                        "a leaf of order {} slot {} is damaged: its task is run again",
                        job.order().prefix(12),
                        job.slot()));
      }
      rows.status();
    } catch (RocksDBException e) {
      throw failed("cannot read the leaves of order " + job.order().prefix(12), e);
    }
    return leaves;
  }

  @Override
  public synchronized Optional<ResultLeaf> leaf(Job job, int index) {
    byte[] key = leafKey(job, index);
    try {
      byte[] value = closed ? null : db.get(key);
      return value == null ? Optional.empty() : readLeaf(key, value);
    } catch (RocksDBException e) {
      throw failed("cannot read the leaves of order " + job.order().prefix(12), e);
    }
  }

  private static Optional<ResultLeaf> readLeaf(byte[] key, byte[] value) {
    if (key.length != LEAF_KEY_BYTES || value.length != ResultLeaf.BYTES + 4) {
      return Optional.empty();
    }
    byte[] bytes = Arrays.copyOf(value, ResultLeaf.BYTES);
    if (ByteBuffer.wrap(value).getInt(ResultLeaf.BYTES) != checksum(key, bytes)) {
      return Optional.empty();
    }
    return Optional.of(ResultLeaf.parse(bytes));
  }

  private static int checksum(byte[] key, byte[] leaf) {
    CRC32C sum = new CRC32C();
    sum.update(key);
    sum.update(leaf);
    return (int) sum.getValue();
  }

  private static boolean isUnder(byte[] prefix, byte[] key) {
    return key.length >= prefix.length
        && Arrays.equals(prefix, 0, prefix.length, key, 0, prefix.length);
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

  @Override
  public synchronized void put(SignedVoucher signed) {
    Voucher voucher = signed.voucher();
    if (closed) {
      throw new StorageFailure(
          "a voucher of " + voucher.consumer() + " is not kept",
          new IllegalStateException("this node has stopped"));
    }
    byte[] total = voucher.total().value().toByteArray();
    byte[] signature = signed.signature().bytes();
    try {
      db.put(
          synced,
          ByteBuffer.allocate(1 + 4 + Address.SIZE)
              .put(VOUCHER)
              .putInt(voucher.operatorId())
              .put(voucher.consumer().bytes())
              .array(),
          ByteBuffer.allocate(1 + total.length + signature.length)
              .put((byte) total.length)
              .put(total)
              .put(signature)
              .array());
    } catch (RocksDBException e) {
      throw failed("cannot keep a voucher of " + voucher.consumer(), e);
    }
  }

  @Override
  public synchronized List<SignedVoucher> vouchers() {
    List<SignedVoucher> vouchers = new ArrayList<>();
    try (RocksIterator rows = db.newIterator()) {
      for (rows.seek(new byte[] {VOUCHER});
          rows.isValid() && rows.key()[0] == VOUCHER;
          rows.next()) {
        ByteBuffer key = ByteBuffer.wrap(rows.key(), 1, 4 + Address.SIZE);
        int operator = key.getInt();
        byte[] consumer = new byte[Address.SIZE];
        key.get(consumer);
        ByteBuffer value = ByteBuffer.wrap(rows.value());
        byte[] total = new byte[value.get()];
        value.get(total);
        byte[] signature = new byte[value.remaining()];
        value.get(signature);
        vouchers.add(
            new SignedVoucher(
                new Voucher(Address.of(consumer), operator, new Wei(new BigInteger(total))),
                Data.of(signature)));
      }
      rows.status();
    } catch (RocksDBException e) {
      throw failed("cannot read the vouchers", e);
    }
    return vouchers;
  }

  @Override
  public synchronized void put(DeclinedSpec declined) {
    if (closed) {
      throw new StorageFailure(
          "that spec %s is declined is not kept".formatted(declined.spec().prefix(12)),
          new IllegalStateException("this node has stopped"));
    }
    try {
      db.put(synced, declinedKey(declined.spec()), declined.encode());
    } catch (RocksDBException e) {
      throw failed("cannot keep that spec %s is declined".formatted(declined.spec().prefix(12)), e);
    }
  }

  @Override
  public synchronized void removeDeclined(Bytes32 spec) {
    if (closed) {
      throw new StorageFailure(
          "spec %s cannot be cleared".formatted(spec.prefix(12)),
          new IllegalStateException("this node has stopped"));
    }
    try {
      db.delete(synced, declinedKey(spec));
    } catch (RocksDBException e) {
      throw failed("cannot clear spec " + spec.prefix(12), e);
    }
  }

  @Override
  public synchronized List<DeclinedSpec> declined() {
    List<DeclinedSpec> declined = new ArrayList<>();
    try (RocksIterator rows = db.newIterator()) {
      for (rows.seek(new byte[] {DECLINED});
          rows.isValid() && isUnder(new byte[] {DECLINED}, rows.key());
          rows.next()) {
        declined.add(DeclinedSpec.decode(rows.value()));
      }
      rows.status();
    } catch (RocksDBException e) {
      throw failed("cannot read the declined specs", e);
    }
    return declined;
  }

  private static byte[] declinedKey(Bytes32 spec) {
    return ByteBuffer.allocate(1 + Bytes32.SIZE).put(DECLINED).put(spec.bytes()).array();
  }

  private static byte[] slotKey(byte kind, Job job) {
    return ByteBuffer.allocate(SLOT_BYTES)
        .put(kind)
        .put(job.order().bytes())
        .put((byte) job.slot())
        .array();
  }

  private static byte[] leafKey(Job job, int index) {
    return ByteBuffer.allocate(LEAF_KEY_BYTES)
        .put(slotKey(LEAF, job))
        .putInt(job.attempt())
        .putInt(index)
        .array();
  }

  @Override
  public synchronized void close() {
    closed = true;
    db.close();
    synced.close();
    options.close();
  }
}
