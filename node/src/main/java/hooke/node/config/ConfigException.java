package hooke.node.config;

/// A document that cannot be used as it is: what is wrong, in which file and field, and what would do.
public final class ConfigException extends RuntimeException {
  public ConfigException(String message) {
    super(message);
  }
}
