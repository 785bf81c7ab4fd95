package hooke.node.runtime.wasi;

/// Bytes a program may keep: its stdout and stderr, the files it has, and [#ENTRY] for every name
/// (what an archive spends on one, and what bounds their number). A file's bytes count once for
/// each of its names, since a result has each as a file of its own; a deleted file's come back once
/// nothing has it open.
///
/// Names are also counted by number ([#ENTRIES]), since each takes memory of the host that no order
/// pays for. Both counts depend on the program alone, so reaching a limit is a result that others
/// can verify.
public final class OutputBudget {
  /// What a name costs.
  public static final long ENTRY = 512;

  /// Most files, directories and links at a time, by their names.
  public static final int ENTRIES = 100_000;

  private final long limit;
  private long used;
  private int entries;

  /// @param limit in bytes
  public OutputBudget(long limit) {
    this.limit = limit;
  }

  /// Counts `bytes` more; throws [Halt.OutputLimit] instead when they do not fit.
  void take(long bytes) {
    if (bytes > limit - used) {
      throw new Halt.OutputLimit(limit + " bytes");
    }
    used += bytes;
  }

  /// Counts `bytes` more for each of so many names.
  void take(long bytes, int names) {
    if (bytes > (limit - used) / names) {
      throw new Halt.OutputLimit(limit + " bytes");
    }
    used += bytes * names;
  }

  /// Counts one name more.
  void takeEntry() {
    if (entries == ENTRIES) {
      throw new Halt.OutputLimit(ENTRIES + " files, directories and links");
    }
    take(ENTRY);
    entries++;
  }

  void giveBackEntry() {
    entries--;
    giveBack(ENTRY);
  }

  void giveBack(long bytes) {
    used -= bytes;
  }

  /// Bytes in use.
  public long used() {
    return used;
  }
}
