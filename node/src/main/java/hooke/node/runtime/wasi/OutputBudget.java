package hooke.node.runtime.wasi;

/// Bytes a program may keep: its stdout and stderr, the files it has, and [#ENTRY] for every file
/// and directory (what an archive spends on a name, and what bounds their number). A deleted file's
/// bytes come back once nothing has it open.
///
/// The count depends on the program alone, so reaching the limit is a result that others can
/// verify.
public final class OutputBudget {
  /// What a name costs.
  public static final long ENTRY = 512;

  private final long limit;
  private long used;

  /// @param limit in bytes
  public OutputBudget(long limit) {
    this.limit = limit;
  }

  /// Counts `bytes` more; throws [Halt.OutputLimit] instead when they do not fit.
  void take(long bytes) {
    if (bytes > limit - used) {
      throw new Halt.OutputLimit(limit);
    }
    used += bytes;
  }

  void giveBack(long bytes) {
    used -= bytes;
  }

  /// Bytes in use.
  public long used() {
    return used;
  }
}
