package hooke.node.market;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hooke.chain.Bytes32;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
