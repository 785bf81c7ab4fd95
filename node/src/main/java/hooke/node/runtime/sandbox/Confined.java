package hooke.node.runtime.sandbox;

/// A process in its sandbox. Closing kills it, waits for it, and leaves nothing of it behind.
public interface Confined extends AutoCloseable {
  /// Its streams and its end.
  Process process();

  /// Why it ended, as far as the sandbox knows; empty while it lives or when there is nothing to
  /// say.
  Verdict verdict();

  @Override
  void close();

  /// What the sandbox has to do with a process's end.
  enum Verdict {
    NOTHING(""),
    MEMORY("it used more memory than it was given"),
    SYSTEM_CALL("it made a system call that no worker makes");

    private final String sentence;

    Verdict(String sentence) {
      this.sentence = sentence;
    }

    public String sentence() {
      return sentence;
    }
  }
}
