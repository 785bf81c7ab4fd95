package hooke.node.config;

/// A document that cannot be used as it is: what is wrong, in which file and field, and what would
/// do.
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ConfigException(String message) {
    super(message);
  }

  /// The text, never absent.
  @Override
  public String getMessage() {
    return String.valueOf(super.getMessage());
  }
}
