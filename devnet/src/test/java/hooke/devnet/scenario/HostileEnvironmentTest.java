package hooke.devnet.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hooke.devnet.testing.Devnet;
import hooke.devnet.testing.DevnetConsumer;
import hooke.node.config.NodeConfig;
import hooke.node.spec.HostNames;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Nodes and buyers in environments as cron, systemd, containers and foreign desktops have them:
/// what of it reached a run would cost an honest provider its bond.
final class HostileEnvironmentTest {
  private static final List<String> NAMES =
      List.of(
          "é",
          "e\u0301",
          "名",
          "\ud83d\ude00",
          "new\nline",
          "back\\slash",
          " ",
          "Case",
          "case",
          "n".repeat(255),
          "é".repeat(127));

  @TempDir private Path folder;

  /// What every environment has here, and nothing that tells of language or place.
  private static Map<String, String> bare(String... more) {
    Map<String, String> environment = new TreeMap<>();
    environment.put("PATH", System.getenv("PATH"));
    environment.put("HOME", System.getenv("HOME"));
    for (int n = 0; n < more.length; n += 2) {
      environment.put(more[n], more[n + 1]);
    }
    return environment;
  }

  /// A locale in which a byte is a letter, made here since few machines still have one.
  private Map<String, String> latin() throws IOException, InterruptedException {
    Path locales = Files.createDirectories(folder.resolve("locales"));
    Process made =
        new ProcessBuilder(
                "localedef",
                "-i",
                "de_DE",
                "-f",
                "ISO-8859-1",
                locales.resolve("de_DE.ISO-8859-1").toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("localedef.log").toFile())
            .start();
    assumeTrue(
        made.waitFor() == 0,
        "no Latin locale can be made here: install localedef and its sources (Debian: locales)");
    return bare(
        "LC_ALL", "de_DE.ISO-8859-1", "LOCPATH", locales.toString(), "TZ", "Pacific/Chatham");
  }

  /// The whole corpus by the command that a provider gives, on both engines.
  @Test
  @Tag("long")
  void theSelftestAgreesInEveryEnvironment() throws Exception {
    try (Devnet world =
        Devnet.in(folder.resolve("world"))
            .nodes(0)
            .engines(NodeConfig.WasmEngine.V8, NodeConfig.WasmEngine.ENDIVE)
            .start()) {
      List<String> engines =
          List.of(
              world.register().directory().config().directory().toString(),
              world.register().directory().config().directory().toString());
      DevnetConsumer anybody = world.consumer("anybody");
      for (Map<String, String> environment :
          List.of(
              turkish(), egyptian(), bare("LC_ALL", "C.UTF-8", "TZ", "Asia/Kathmandu"), latin())) {
        for (String node : engines) {
          Path said = folder.resolve("said");
          Process test = anybody.hookeProcess(said, environment, "selftest", "--node", node);
          assertTrue(test.waitFor(3, TimeUnit.MINUTES), "it did not end");
          assertEquals(0, test.exitValue(), () -> environment + ": " + read(said));
        }
      }
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private static Map<String, String> turkish() {
    return bare("TZ", "Asia/Kolkata", "JAVA_TOOL_OPTIONS", "-Duser.language=tr -Duser.country=TR");
  }

  private static Map<String, String> egyptian() {
    return bare(
        "LC_ALL",
        "C",
        "TZ",
        "America/St_Johns",
        "JAVA_TOOL_OPTIONS",
        "-Duser.language=ar -Duser.country=EG");
  }

  @Test
  void noEnvironmentReachesARunOrAPurchase() throws Exception {
    Path data = Files.createDirectory(folder.resolve("data"));
    for (String name : NAMES) {
      Files.writeString(HostNames.child(data, name), "content of " + name);
    }
    try (Devnet world =
        Devnet.in(folder.resolve("world"))
            .nodes(0)
            .engines(
                NodeConfig.WasmEngine.ENDIVE,
                NodeConfig.WasmEngine.V8,
                NodeConfig.WasmEngine.ENDIVE)
            .start()) {
      world.register().startProcess(turkish());
      world.register().startProcess(egyptian());
      world.register().startProcess(latin());
      DevnetConsumer alice = world.consumer("alice");

      Path said = folder.resolve("said");
      Process run =
          alice.hookeProcess(
              said,
              bare("LANG", "C"),
              "task",
              "run",
              world.example("names").toString(),
              "--in",
              ".=" + data,
              "--out",
              folder.resolve("got").toString(),
              "--verify",
              "quorum:3/3",
              "--",
              "copy",
              "/in",
              "/out");
      assertTrue(run.waitFor(2, TimeUnit.MINUTES), "it did not end");
      String words = Files.readString(said);
      assertEquals(0, run.exitValue(), words);
      for (int slot = 0; slot < 3; slot++) {
        assertTrue(words.contains("slot " + slot + ": settled"), words);
      }
      Map<String, String> got = new TreeMap<>();
      try (DirectoryStream<Path> left =
          Files.newDirectoryStream(folder.resolve("got").resolve("out"))) {
        for (Path each : left) {
          got.put(HostNames.name(each), Files.readString(each));
        }
      }
      Map<String, String> wanted = new TreeMap<>();
      NAMES.forEach(name -> wanted.put(name, "content of " + name));
      assertEquals(wanted, got);
    }
  }
}
