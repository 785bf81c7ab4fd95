package hooke.node.runtime.worker;

import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.TimeZone;
import org.jspecify.annotations.Nullable;

/// What of a host a worker's JVM could let a run feel: language, time zone, character set. It is
/// started with the same ones everywhere, and a worker looks at them before it serves: a run under
/// others might differ from everybody else's, and cost its provider a bond.
final class Surroundings {
  /// Flags that set them.
  static final List<String> FLAGS =
      List.of(
          "-Duser.language=en",
          "-Duser.country=",
          "-Duser.variant=",
          "-Duser.timezone=UTC",
          "-Dfile.encoding=UTF-8",
          "-Dstdout.encoding=UTF-8",
          "-Dstderr.encoding=UTF-8");

  private Surroundings() {}

  /// Why a worker must not serve here; null when it may.
  ///
  /// @param in what the node fills
  /// @param scratch the file that the worker writes
  static @Nullable String complaint(Path in, Path scratch) {
    if (!Charset.defaultCharset().equals(StandardCharsets.UTF_8)) {
      return "the character set is " + Charset.defaultCharset() + ", not UTF-8";
    }
    if (!Locale.getDefault(Locale.Category.FORMAT).equals(Locale.ENGLISH)
        || !Locale.getDefault(Locale.Category.DISPLAY).equals(Locale.ENGLISH)) {
      return "the locale is " + Locale.getDefault() + ", not en";
    }
    if (!TimeZone.getDefault().hasSameRules(TimeZone.getTimeZone("UTC"))) {
      return "the time zone is " + TimeZone.getDefault().getID() + ", not UTC";
    }
    // A path that the character set of this process's arguments cannot carry arrives as another.
    if (!Files.isDirectory(in) || !Files.isReadable(in)) {
      return "the directory of its jobs cannot be read, or its name is lost: " + in;
    }
    if (!Files.isWritable(scratch)) {
      return "its scratch file cannot be written, or its name is lost: " + scratch;
    }
    return null;
  }
}
