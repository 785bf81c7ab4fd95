package hooke.devnet.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/// A process known by number and start time, so that a number which the system gave to somebody
/// else meanwhile is never signalled.
///
/// @param name for messages: `chain`, `node1`
/// @param started to the millisecond, as the operating system tells it
public record ProcessRef(String name, long pid, Instant started) {
  /// The system computes start times from the boot time, which a clock adjustment may move a
  /// little. No number is reused this fast.
  private static final Duration SAME_START = Duration.ofSeconds(2);

  private static final Duration AFTER_KILL = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(20);
  private static final char ZOMBIE = 'Z';
  private static final char STOPPED = 'T';
  private static final char UNKNOWN = '?';

  /// Names a process that runs now.
  public static ProcessRef of(String name, ProcessHandle handle) {
    return new ProcessRef(name, handle.pid(), handle.info().startInstant().orElseGet(Instant::now));
  }

  /// The running process, if it is still the one meant.
  public Optional<ProcessHandle> handle() {
    return ProcessHandle.of(pid)
        .filter(ProcessHandle::isAlive)
        .filter(this::isSame)
        .filter(found -> state() != ZOMBIE);
  }

  private boolean isSame(ProcessHandle found) {
    return found
        .info()
        .startInstant()
        .map(start -> Duration.between(start, started).abs().compareTo(SAME_START) <= 0)
        .orElse(false);
  }

  public boolean alive() {
    return handle().isPresent();
  }

  /// Asks the process to end (SIGTERM), and ends it by force when `grace` is over. Returns when it
  /// is gone.
  ///
  /// @return whether it went by itself
  public boolean stop(Duration grace) {
    Optional<ProcessHandle> running = handle();
    if (running.isEmpty()) {
      return true;
    }
    if (paused()) {
      resume();
    }
    running.get().destroy();
    if (gone(grace)) {
      return true;
    }
    kill();
    return false;
  }

  /// Ends the process by force (SIGKILL), also a paused one. Returns when it is gone.
  public void kill() {
    handle()
        .ifPresent(running -> {
          running.destroyForcibly();
          if (!gone(AFTER_KILL)) {
            throw new IllegalStateException(
                "%s (process %d) does not die, not even by SIGKILL".formatted(name, pid));
          }
        });
  }

  /// Polls, because nobody but a parent is told of a death, and the parent may be gone or may never
  /// reap.
  private boolean gone(Duration within) {
    long deadline = System.nanoTime() + within.toNanos();
    while (alive()) {
      if (System.nanoTime() - deadline > 0) {
        return false;
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
    return true;
  }

  /// Freezes the process (SIGSTOP): it keeps its memory and connections and does nothing.
  public void pause() {
    signal("STOP");
    await(STOPPED, true);
  }

  /// Lets a frozen process go on (SIGCONT).
  public void resume() {
    signal("CONT");
    await(STOPPED, false);
  }

  /// A signal takes effect a moment after it was sent.
  private void await(char state, boolean wanted) {
    long deadline = System.nanoTime() + AFTER_KILL.toNanos();
    while (state() != UNKNOWN && (state() == state) != wanted && System.nanoTime() < deadline) {
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  /// Whether the process is frozen; false where the system does not tell.
  public boolean paused() {
    return alive() && state() == STOPPED;
  }

  /// The state's letter as Linux tells it: a process that ended but was not reaped is a zombie, and
  /// counts as gone.
  private char state() {
    try {
      String stat = Files.readString(Path.of("/proc", Long.toString(pid), "stat"));
      // "123 (name) S ...": the name may hold anything, so count from its closing bracket.
      return stat.charAt(stat.lastIndexOf(')') + 2);
    } catch (IOException e) {
      return UNKNOWN;
    }
  }

  private void signal(String signal) {
    if (!alive()) {
      throw new IllegalStateException("%s (process %d) does not run".formatted(name, pid));
    }
    try {
      // The shell's own kill: the program of that name is not on every machine.
      Process shell =
          new ProcessBuilder(List.of("sh", "-c", "kill -s " + signal + " " + pid))
              .redirectErrorStream(true)
              .start();
      int exit = shell.waitFor();
      if (exit != 0) {
        throw new IllegalStateException(
            "cannot signal %s (process %d): %s"
                .formatted(
                    name,
                    pid,
                    new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                        .strip()));
      }
    } catch (IOException e) {
      throw new IllegalStateException("cannot signal " + name, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while signalling " + name, e);
    }
  }
}
