package hooke.node.spec;

import java.io.IOException;

/// Bytes that are no archive of ours, or one that breaks a rule of names, links or sizes. Reading
/// it again never helps, which tells it from a disk or a connection that failed.
public final class BadArchive extends IOException {
  private static final long serialVersionUID = 1L;

  BadArchive(String problem) {
    super(problem);
  }
}
