package hooke.node.spec;

import java.io.IOException;

/// An archive, or archives together, that no node can lay out: the fault is in the bytes, and the
/// same everywhere.
public final class BadArchive extends IOException {
  private static final long serialVersionUID = 1L;

  public BadArchive(String problem) {
    super(problem);
  }

  BadArchive(String problem, Throwable cause) {
    super(problem, cause);
  }
}
