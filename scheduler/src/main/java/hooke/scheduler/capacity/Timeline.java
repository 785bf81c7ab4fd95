package hooke.scheduler.capacity;

import hooke.scheduler.model.Capacity;
import hooke.scheduler.model.Resources;
import java.util.Arrays;

/// CPU, memory and workers in use over time, as steps. Times are milliseconds since the epoch.
///
/// Step `i` lasts from `times[i]` to `times[i + 1]`, the last one for ever; the last one is always
/// unused, since every window ends. Filled by its maker and only read after that.
final class Timeline {

  private final Capacity capacity;
  private int size = 1;
  private long[] times = new long[8];
  private long[] cpu = new long[8];
  private long[] memory = new long[8];
  private int[] workers = new int[8];

  Timeline(Capacity capacity, long origin) {
    this.capacity = capacity;
    times[0] = origin;
  }

  /// Takes `resources` and a worker from `start` to `end`; the part before the origin is ignored.
  void add(Resources resources, long start, long end) {
    int first = split(Math.max(start, times[0]));
    int last = split(end);
    for (int i = first; i < last; i++) {
      cpu[i] += resources.cpuMillis();
      memory[i] += resources.memoryBytes();
      workers[i] += 1;
    }
  }

  /// The first instant from `notBefore` on at which `resources` and a worker are free for `length`.
  /// The caller has checked that an empty node has them.
  long earliest(Resources resources, long notBefore, long length) {
    long freeCpu = capacity.total().cpuMillis() - resources.cpuMillis();
    long freeMemory = capacity.total().memoryBytes() - resources.memoryBytes();
    int freeWorkers = capacity.workers() - 1;
    long start = Math.max(notBefore, times[0]);
    int i = stepAt(start);
    while (i < size - 1) {
      boolean room = cpu[i] <= freeCpu && memory[i] <= freeMemory && workers[i] <= freeWorkers;
      if (!room) {
        start = times[i + 1];
      } else if (times[i + 1] - start >= length) {
        return start;
      }
      i++;
    }
    return start;
  }

  long cpuUsedAt(long time) {
    return cpu[stepAt(time)];
  }

  long memoryUsedAt(long time) {
    return memory[stepAt(time)];
  }

  int workersUsedAt(long time) {
    return workers[stepAt(time)];
  }

  private int stepAt(long time) {
    int found = Arrays.binarySearch(times, 0, size, time);
    return found >= 0 ? found : Math.max(0, -found - 2);
  }

  /// The index of the step that begins at `time`, made by cutting one in two if need be.
  private int split(long time) {
    int at = stepAt(time);
    if (times[at] == time) {
      return at;
    }
    if (size == times.length) {
      int grown = 2 * size;
      times = Arrays.copyOf(times, grown);
      cpu = Arrays.copyOf(cpu, grown);
      memory = Arrays.copyOf(memory, grown);
      workers = Arrays.copyOf(workers, grown);
    }
    int moved = size - at;
    System.arraycopy(times, at, times, at + 1, moved);
    System.arraycopy(cpu, at, cpu, at + 1, moved);
    System.arraycopy(memory, at, memory, at + 1, moved);
    System.arraycopy(workers, at, workers, at + 1, moved);
    size++;
    times[at + 1] = time;
    return at + 1;
  }
}
