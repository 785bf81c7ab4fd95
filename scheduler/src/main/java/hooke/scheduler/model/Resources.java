package hooke.scheduler.model;

import java.util.ArrayList;
import java.util.List;

/// An amount of each resource that a node sells and a task needs.
///
/// Arithmetic is exact: a sum or difference outside the allowed range throws, never wraps.
///
/// @param cpuMillis thousandths of a core, 0 to [#MAX]
/// @param memoryBytes bytes of memory, 0 to [#MAX]
/// @param diskBytes bytes of working space on disk, 0 to [#MAX]
public record Resources(long cpuMillis, long memoryBytes, long diskBytes) {

  /// The most of any one resource: 2^60, an exbibyte. Two of them still add without overflow.
  public static final long MAX = 1L << 60;

  /// Nothing of anything.
  public static final Resources ZERO = new Resources(0, 0, 0);

  public Resources {
    Require.range("cpuMillis", cpuMillis, 0, MAX);
    Require.range("memoryBytes", memoryBytes, 0, MAX);
    Require.range("diskBytes", diskBytes, 0, MAX);
  }

  /// The sum; throws [IllegalArgumentException] above [#MAX].
  public Resources plus(Resources other) {
    return new Resources(
        cpuMillis + other.cpuMillis, memoryBytes + other.memoryBytes, diskBytes + other.diskBytes);
  }

  /// The difference; throws [IllegalArgumentException] below zero.
  public Resources minus(Resources other) {
    return new Resources(
        cpuMillis - other.cpuMillis, memoryBytes - other.memoryBytes, diskBytes - other.diskBytes);
  }

  /// Whether `free` has at least this much of everything.
  public boolean fitsIn(Resources free) {
    return cpuMillis <= free.cpuMillis
        && memoryBytes <= free.memoryBytes
        && diskBytes <= free.diskBytes;
  }

  /// What `free` lacks for this, one entry per resource; empty exactly when it [#fitsIn].
  public List<Shortfall> shortfall(Resources free) {
    List<Shortfall> lacks = new ArrayList<>(0);
    lack(lacks, Shortfall.Kind.CPU, cpuMillis, free.cpuMillis);
    lack(lacks, Shortfall.Kind.MEMORY, memoryBytes, free.memoryBytes);
    lack(lacks, Shortfall.Kind.DISK, diskBytes, free.diskBytes);
    return List.copyOf(lacks);
  }

  private static void lack(List<Shortfall> lacks, Shortfall.Kind kind, long needed, long free) {
    if (needed > free) {
      lacks.add(new Shortfall(kind, needed, free));
    }
  }
}
