package hooke.devnet.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.devnet.process.DevnetState;
import hooke.devnet.process.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Two people, or two jobs of a build, start a devnet each on one machine at the same moment: two
/// processes of the program with homes of their own.
final class TwoDevnetsTest {
  private static final int PATIENCE_SECONDS = 180;

  @TempDir private Path folder;

  private Layout layout(String name) {
    return new Layout(folder.resolve(name), Path.of("..").toAbsolutePath().normalize());
  }

  private Process hooke(String home, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dcom.linecorp.armeria.warnNettyVersions=false",
                "-Dhooke.home=" + layout(home).checkout(),
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx384m",
                "-cp",
                System.getProperty("java.class.path"),
                "hooke.devnet.Main"));
    command.addAll(List.of(arguments));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(said(home).toFile()));
    builder.environment().put("HOOKE_HOME", layout(home).home().toString());
    return builder.start();
  }

  private Path said(String home) {
    return folder.resolve(home + ".said");
  }

  private void succeeds(String home, Process process) throws IOException, InterruptedException {
    try {
      assertTrue(process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS), home + " does not end");
      assertEquals(0, process.exitValue(), Files.readString(said(home)));
    } finally {
      process.destroyForcibly();
    }
  }

  @Test
  void eachHasItsOwnChainAndBuysOnIt() throws Exception {
    List<String> homes = List.of("a", "b");
    try {
      List<Process> starting = new ArrayList<>();
      for (String home : homes) {
        starting.add(hooke(home, "devnet", "up", "--nodes", "1", "--detach"));
      }
      for (int i = 0; i < homes.size(); i++) {
        succeeds(homes.get(i), starting.get(i));
      }
      List<Process> buying = new ArrayList<>();
      for (String home : homes) {
        String program = layout(home).checkout().resolve("examples/primes.wasm").toString();
        buying.add(hooke(home, "task", "run", program, "--", "1000"));
      }
      for (int i = 0; i < homes.size(); i++) {
        succeeds(homes.get(i), buying.get(i));
      }
      DevnetState a = DevnetState.read(layout("a").stateFile()).orElseThrow();
      DevnetState b = DevnetState.read(layout("b").stateFile()).orElseThrow();
      assertNotEquals(a.chain().genesis(), b.chain().genesis());
      assertNotEquals(a.chain().rpc(), b.chain().rpc());
      assertNotEquals(a.nodes().getFirst().port(), b.nodes().getFirst().port());
    } finally {
      for (String home : homes) {
        hooke(home, "devnet", "down", "--wipe").waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
      }
    }
    for (String home : homes) {
      assertTrue(!Files.exists(layout(home).stateFile()), Files.readString(said(home)));
    }
  }
}
