package hooke.node.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Data;
import hooke.chain.Wei;
import hooke.chain.eip712.SignedVoucher;
import hooke.chain.eip712.Voucher;
import hooke.node.runtime.Outcome;
import hooke.node.spec.ResultLeaf;
import hooke.storage.BlobId;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksIterator;

final class JobsTest {
  @TempDir private Path folder;

  private static Job job(long order, Instant ended) {
    return Job.accepted(Events.hash(order), 0, 1, Bytes32.ZERO)
        .running(ended.toEpochMilli())
        .failed("it did not work", ended.toEpochMilli());
  }

  @Test
  void jobsOutliveTheProcessUntilNobodyCanAskForThem() {
    Instant now = Instant.ofEpochSecond(Events.TIME);
    Job fresh = job(1, now);
    Job needed = job(2, now.minus(Jobs.REMEMBERED.multipliedBy(3)));
    Job over = job(3, now.minus(Jobs.REMEMBERED.multipliedBy(3)));
    try (JobStore store = RocksJobStore.open(folder)) {
      Jobs jobs = new Jobs(store);
      List.of(fresh, needed, over).forEach(jobs::keep);
    }
    try (JobStore store = RocksJobStore.open(folder)) {
      Jobs jobs = new Jobs(store);
      assertEquals(3, jobs.all().size());
      jobs.forget(job -> job.equals(needed), now);
    }
    try (JobStore store = RocksJobStore.open(folder)) {
      assertEquals(List.of(fresh, needed), new Jobs(store).all());
    }
  }

  @Test
  void theLatestVoucherOfEachConsumerOutlivesTheProcess() {
    Address other = Address.parse("0x" + "ff".repeat(20));
    SignedVoucher first = voucher(Events.CONSUMER.address(), 1, Wei.of(5));
    SignedVoucher later = voucher(Events.CONSUMER.address(), 1, Wei.tokens(1_000_000_000));
    SignedVoucher elsewhere = voucher(Events.CONSUMER.address(), 2, Wei.ZERO);
    SignedVoucher others = voucher(other, 1, Wei.of(255));
    try (JobStore store = RocksJobStore.open(folder)) {
      Vouchers vouchers = new Vouchers(store);
      List.of(first, elsewhere, others, later).forEach(vouchers::accept);
    }
    try (JobStore store = RocksJobStore.open(folder)) {
      Vouchers vouchers = new Vouchers(store);
      assertEquals(Set.of(later, elsewhere, others), Set.copyOf(vouchers.held()));
      assertEquals(Wei.of(255), vouchers.promised(other, 1, Wei.of(3)));
      assertEquals(Wei.of(300), vouchers.promised(other, 1, Wei.of(300)), "claimed by another");
      assertTrue(store.all().isEmpty(), "a voucher is no job");
    }
  }

  private static SignedVoucher voucher(Address consumer, int operator, Wei total) {
    return new SignedVoucher(new Voucher(consumer, operator, total), Data.of(new byte[] {1, 2, 3}));
  }

  private static ResultLeaf leaf(int index) {
    return new ResultLeaf(
        index, Outcome.EXITED, 0, 1_000 + index, 2, BlobId.of(new byte[] {(byte) index}));
  }

  @Test
  void leavesOutliveTheProcessUntilTheirJobIsOver() {
    Job job = Job.accepted(Events.hash(1), 3, 1, Bytes32.ZERO).running(1);
    Job other = Job.accepted(Events.hash(1), 4, 1, Bytes32.ZERO).running(1);
    try (JobStore store = RocksJobStore.open(folder)) {
      store.put(job);
      store.put(other);
      store.put(job, leaf(7));
      store.put(job, leaf(8));
      store.put(other, leaf(9));
    }
    try (JobStore store = RocksJobStore.open(folder)) {
      store.put(job.again());
      assertEquals(List.of(leaf(7), leaf(8)), store.leaves(job));
      assertEquals(Optional.of(leaf(8)), store.leaf(job, 8));
      assertEquals(Optional.empty(), store.leaf(job, 9), "another slot's");
      store.put(job.failed("the deadline passed", 2));
      assertEquals(List.of(), store.leaves(job));
      assertEquals(List.of(leaf(9)), store.leaves(other));
      store.remove(other);
      assertEquals(List.of(), store.leaves(other));
    }
  }

  @Test
  void leavesOfAnEarlierAssignmentAreForgottenWithTheNextOne() {
    Job first = Job.accepted(Events.hash(1), 3, 1, Bytes32.ZERO);
    Job second = Job.accepted(Events.hash(1), 3, 2, Bytes32.ZERO);
    try (JobStore store = RocksJobStore.open(folder)) {
      store.put(first);
      store.put(first, leaf(7));
      assertEquals(List.of(), store.leaves(second));
      store.put(second);
      assertEquals(List.of(), store.leaves(first));
    }
  }

  @Test
  void aDamagedLeafIsLeftOut() throws Exception {
    Job job = Job.accepted(Events.hash(1), 3, 1, Bytes32.ZERO);
    try (JobStore store = RocksJobStore.open(folder)) {
      store.put(job);
      List.of(7, 8, 9).forEach(index -> store.put(job, leaf(index)));
    }
    try (RocksDB db = RocksDB.open(folder.toString());
        RocksIterator rows = db.newIterator()) {
      rows.seek(new byte[] {'l'});
      byte[] intact = rows.value();
      rows.next();
      byte[] damaged = rows.value();
      damaged[20] ^= 1;
      db.put(rows.key(), damaged);
      rows.next();
      db.put(rows.key(), intact);
    }
    try (JobStore store = RocksJobStore.open(folder)) {
      assertEquals(List.of(leaf(7)), store.leaves(job), "a flipped bit, another task's leaf");
    }
  }

  @Test
  void everyStartHasFencesOfItsOwn() {
    long first;
    try (JobStore store = RocksJobStore.open(folder)) {
      first = store.nextStart();
    }
    try (JobStore store = RocksJobStore.open(folder)) {
      assertEquals(first + (1L << 32), store.nextStart());
    }
  }
}
