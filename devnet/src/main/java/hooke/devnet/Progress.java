package hooke.devnet;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/// Tells a waiting person what happens, one line a step with the seconds since the start.
/// Thread-safe: nodes start in parallel.
public final class Progress {
  private final PrintWriter out;
  private final long start = System.nanoTime();

  public Progress(PrintWriter out) {
    this.out = out;
  }

  /// Prints `text` behind the time.
  public synchronized void step(String text) {
    out.printf(Locale.ROOT, "%6.1f s  %s%n", elapsed().toNanos() / 1e9, text);
    out.flush();
  }

  /// Prints lines without a time.
  public synchronized void say(String lines) {
    out.println(lines);
    out.flush();
  }

  public Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - start);
  }
}
