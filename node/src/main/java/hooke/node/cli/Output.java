package hooke.node.cli;

import picocli.CommandLine.Option;

/// `-o json` on everything that lists or shows.
final class Output {
  /// How answers are written.
  enum Format {
    text,
    json
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "text",
      description = "text or json (default: text).")
  private Format format = Format.text;

  boolean json() {
    return format == Format.json;
  }
}
