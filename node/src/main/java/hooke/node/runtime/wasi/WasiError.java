package hooke.node.runtime.wasi;

/// Thrown by a host function's parts, answered to the program as its number.
final class WasiError extends RuntimeException {
  private final int errno;

  WasiError(int errno) {
    super("errno " + errno, null, false, false);
    this.errno = errno;
  }

  int errno() {
    return errno;
  }
}
