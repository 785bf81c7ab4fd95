package hooke.node.spec;

/// The fuel of a run as it is reported, compared and paid: what the program burned, and what took
/// the provider's time beside that, at the profile's rates (`wasm-det-1.md`, "What a run is
/// billed").
public final class BilledFuel {
  /// For starting a program, whatever it does. A limit must be more.
  public static final long START = 2_000_000;

  /// For each page of 64 KiB that its memory starts with: the same as for one that it grows by.
  public static final long PAGE = 16_384;

  private static final long PAGE_BYTES = 1 << 16;

  private BilledFuel() {}

  /// What a program may burn under a limit.
  public static long leftToBurn(long limit) {
    return Math.max(1, limit - START);
  }

  /// What a run is billed: one more for each byte of its result's archive, and never more than the
  /// limit.
  ///
  /// @param burned by the program
  /// @param memoryBytes what its memory started with
  /// @param archiveBytes size of its result's archive
  public static long of(long limit, long burned, long memoryBytes, long archiveBytes) {
    long pages = Math.ceilDiv(memoryBytes, PAGE_BYTES);
    // None of the addends is near the end of a long: a program burns at most its limit.
    long beside = START + PAGE * pages + archiveBytes;
    return burned > limit - beside ? limit : burned + beside;
  }
}
