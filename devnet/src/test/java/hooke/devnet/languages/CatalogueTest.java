package hooke.devnet.languages;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.node.rpc.ErrorCode;
import hooke.scheduler.bidding.Reason;
import hooke.v1.NodeProto;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The words of proto/ are those of the code.
class CatalogueTest {
  private static final Path PROTO = Path.of("..", "proto");
  private static final Pattern ROW = Pattern.compile("(?m)^\\| `([A-Z_]+)` \\| ([^|]+) \\|");

  private static String readme() throws IOException {
    return Files.readString(PROTO.resolve("README.md"));
  }

  private static String section(String title) throws IOException {
    String text = readme();
    int from = text.indexOf("## " + title);
    assertTrue(from >= 0, "proto/README.md has a section " + title);
    int to = text.indexOf("\n## ", from);
    return text.substring(from, to < 0 ? text.length() : to);
  }

  @Test
  void everyReasonIsInTheCatalogueWithItsCodeAndWhetherToTryAgain() throws IOException {
    List<String> expected =
        Arrays.stream(ErrorCode.values())
            .map(code ->
                "%s %s%s".formatted(code, code.status(), code.retryable() ? ", try again" : ""))
            .toList();
    List<String> written =
        ROW.matcher(section("Reasons of errors"))
            .results()
            .map(row -> row.group(1) + " " + row.group(2).strip())
            .toList();
    assertEquals(String.join("\n", expected), String.join("\n", written));
  }

  @Test
  void everyReasonNotToBidIsListed() throws IOException {
    TreeSet<String> expected =
        records(Reason.class)
            .map(type -> type.getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", "_"))
            .map(name -> name.toUpperCase(Locale.ROOT))
            .collect(Collectors.toCollection(TreeSet::new));
    TreeSet<String> written =
        Pattern.compile("`([A-Z_]+)`")
            .matcher(section("Reasons not to bid"))
            .results()
            .map(match -> match.group(1))
            .collect(Collectors.toCollection(TreeSet::new));
    assertEquals(expected, written);
  }

  private static Stream<Class<?>> records(Class<?> type) {
    return type.isRecord()
        ? Stream.of(type)
        : Stream.of(type.getPermittedSubclasses()).flatMap(CatalogueTest::records);
  }

  @Test
  void theProtoFilesNameNoReasonThatIsNotInTheCatalogue() throws IOException {
    TreeSet<String> known =
        Arrays.stream(ErrorCode.values())
            .flatMap(code -> Stream.of(code.name(), code.status().name()))
            .collect(Collectors.toCollection(TreeSet::new));
    TreeSet<String> unknown = new TreeSet<>();
    for (String file : List.of("auth", "node", "market", "task", "spec")) {
      String text =
          Files.readString(PROTO.resolve("src/main/proto/hooke/v1").resolve(file + ".proto"));
      // In parentheses, or at the end of a sentence after a colon: where comments name reasons.
      for (MatchResult named :
          Pattern.compile("(?:\\(|: |, )([A-Z]+(?:_[A-Z]+)+)(?=[),.;]| \\()")
              .matcher(text)
              .results()
              .toList()) {
        if (!known.contains(named.group(1)) && !text.contains(" " + named.group(1) + " = ")) {
          unknown.add(file + ".proto: " + named.group(1));
        }
      }
    }
    assertEquals(new TreeSet<>(), unknown);
  }

  @Test
  void theGoogleFilesAreThoseThatTheHouseIsBuiltWith() throws IOException {
    Path folder = PROTO.resolve("third_party");
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = folder.relativize(file).toString();
        try (InputStream built = NodeProto.class.getClassLoader().getResourceAsStream(name)) {
          assertTrue(built != null, name + " is in no library of the house");
          assertArrayEquals(built.readAllBytes(), Files.readAllBytes(file), name);
        }
      }
    }
  }
}
