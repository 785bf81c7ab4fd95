package hooke.node.runtime.selftest;

import hooke.node.runtime.Outcome;
import hooke.node.runtime.RunResult;
import hooke.node.runtime.TreeEntry;
import hooke.node.runtime.TreeListing;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// What a run came to, as far as providers must agree.
///
/// @param fuel used
/// @param left SHA-256, in hexadecimal, of all that it left: streams, names and contents
record Answer(Outcome outcome, int exitCode, long fuel, String left) {

  static Answer of(RunResult.Finished run) throws IOException {
    MessageDigest digest = sha256();
    file(digest, run.stdout());
    file(digest, run.stderr());
    TreeListing.read(
        run.left(),
        entry -> {
          switch (entry) {
            case TreeEntry.Directory(String path) -> text(digest, "directory " + path);
            case TreeEntry.File(String path, Path content, long size) -> {
              text(digest, "file " + path + " " + size);
              file(digest, content);
            }
            case TreeEntry.Link(String path, String target) ->
                text(digest, "link " + path + "\0" + target);
          }
        });
    return new Answer(
        run.outcome(), run.exitCode(), run.fuelUsed(), HexFormat.of().formatHex(digest.digest()));
  }

  private static void text(MessageDigest digest, String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    digest.update((byte) 0);
  }

  /// With its length first, so that no byte can belong to two of them.
  private static void file(MessageDigest digest, Path file) throws IOException {
    text(digest, Long.toString(Files.size(file)));
    try (InputStream in = Files.newInputStream(file)) {
      byte[] buffer = new byte[1 << 16];
      for (int n = in.read(buffer); n > 0; n = in.read(buffer)) {
        digest.update(buffer, 0, n);
      }
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /// As it stands in the file of answers.
  static Answer parse(String text) {
    String[] words = text.split(" ", -1);
    return new Answer(
        Outcome.valueOf(words[0]),
        Integer.parseUnsignedInt(words[1]),
        Long.parseLong(words[2]),
        words[3]);
  }

  @Override
  public String toString() {
    return outcome + " " + Integer.toUnsignedString(exitCode) + " " + fuel + " " + left;
  }

  /// How another one differs, for people.
  String differenceTo(Answer other) {
    if (outcome != other.outcome || exitCode != other.exitCode) {
      return "it ended %s %s, everywhere else %s %s"
          .formatted(
              other.outcome,
              Integer.toUnsignedString(other.exitCode),
              outcome,
              Integer.toUnsignedString(exitCode));
    }
    return fuel == other.fuel
        ? "it left other bytes than everywhere else"
        : "it used %d fuel, everywhere else %d".formatted(other.fuel, fuel);
  }
}
