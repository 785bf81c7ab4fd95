package hooke.devnet.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.devnet.Main;
import hooke.devnet.testing.Devnet;
import hooke.devnet.testing.DevnetConsumer;
import hooke.node.cli.ExitCode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The program as a process of its own, in environments as cron, systemd and containers give it. A
/// shell makes names and words, so that none of them passes this JVM's own character set.
@EnabledOnOs(OS.LINUX)
final class BuyerTest {
  private static final long PATIENCE_SECONDS = 240;

  @TempDir private Path folder;

  private record Ran(int exit, String out, String err) {}

  /// Runs a script in which `hooke` is the program.
  ///
  /// @param environment `NAME=VALUE`, all that it has besides `PATH` and `HOOKE_HOME`
  private Ran script(Path home, List<String> environment, String script) throws Exception {
    Path out = folder.resolve("stdout");
    Path err = folder.resolve("stderr");
    List<String> command = new ArrayList<>(List.of("/usr/bin/env", "-i"));
    command.add("PATH=" + System.getenv("PATH"));
    command.add("HOOKE_HOME=" + home);
    command.addAll(environment);
    command.addAll(
        List.of(
            "/bin/sh",
            "-c",
            "hooke() { \"$JAVA\" --enable-native-access=ALL-UNNAMED --sun-misc-unsafe-memory-access=allow"
                + " -Dcom.linecorp.armeria.warnNettyVersions=false -XX:+UseSerialGC"
                + " -XX:TieredStopAtLevel=1 $FLAGS -cp \"$CP\" "
                + Main.class.getName()
                + " \"$@\"; }\n"
                + script));
    command.add(4, "JAVA=" + Path.of(System.getProperty("java.home"), "bin", "java"));
    command.add(5, "CP=" + absolute(System.getProperty("java.class.path")));
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile())
            .start();
    process.getOutputStream().close();
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("the script does not end: " + Files.readString(err));
    }
    return new Ran(process.exitValue(), text(out), text(err));
  }

  private static String absolute(String classPath) {
    List<String> each = new ArrayList<>();
    for (String entry : classPath.split(java.io.File.pathSeparator, -1)) {
      each.add(Path.of(entry).toAbsolutePath().toString());
    }
    return String.join(java.io.File.pathSeparator, each);
  }

  /// Strict: output that is not UTF-8 fails.
  private static String text(Path file) throws IOException {
    return StandardCharsets.UTF_8
        .newDecoder()
        .decode(java.nio.ByteBuffer.wrap(Files.readAllBytes(file)))
        .toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"NONE=1", "LANG=C", "LC_ALL=POSIX", "LC_ALL=C.UTF-8", "LANG=de_DE"})
  void wordsAreUtf8OrRefusedInAnyLocale(String locale) throws Exception {
    Path home = folder.resolve("home");
    Ran named = script(home, List.of(locale), "hooke quote \"$(printf 'n\\303\\266.yaml')\"");
    assertEquals(ExitCode.BAD_INPUT.number(), named.exit(), named.err());
    assertTrue(named.err().contains("n\u00f6.yaml: no such file"), named.err());

    Ran bad =
        script(
            home,
            List.of(locale),
            "n=$(printf 'bad\\377'); echo x > \"$n\"; hooke task run nope.wasm --in \"$n\"");
    assertEquals(ExitCode.BAD_INPUT.number(), bad.exit(), bad.err());
    assertTrue(bad.err().contains("the argument 'bad\\xff' is not UTF-8"), bad.err());

    Ran homeless =
        script(
            home,
            List.of(locale),
            "HOOKE_HOME=\"$(printf '%s-\\377' \"$HOOKE_HOME\")\" hooke task list");
    assertEquals(ExitCode.BAD_INPUT.number(), homeless.exit(), homeless.err());
    assertTrue(homeless.err().contains("HOOKE_HOME"), homeless.err());
  }

  /// Digits and letters of other countries change neither what is read nor what is written.
  @ParameterizedTest
  @ValueSource(strings = {"tr", "ar -Duser.country=EG", "th -Duser.country=TH -Duser.variant=TH"})
  void numbersAndNamesHaveOneFormInEveryLanguage(String language) throws Exception {
    Ran ran =
        script(
            folder.resolve("home"),
            List.of("FLAGS=-Duser.language=" + language),
            "hooke task run nope.wasm --run-duration 0s");
    assertEquals(ExitCode.USAGE.number(), ran.exit(), ran.err());
    assertTrue(ran.err().contains("from 1 s to 365 d"), ran.err());
  }

  @Test
  void aTaskIsBoughtWithoutAnyLocale() throws Exception {
    try (Devnet world = Devnet.in(folder.resolve("world")).nodes(3).start()) {
      DevnetConsumer alice = world.consumer("alice");
      String wasm = world.example("wordcount").toString();

      // In a directory whose own name is lost to a JVM, into one like it.
      Ran ran =
          script(
              alice.home(),
              List.of("LANG=C"),
              "d=$(printf '\\303\\274'); mkdir \"$d\"; cd \"$d\"; f=$(printf '\\303\\251.txt'); echo hi > \"$f\"\n"
                  + "hooke task run %s --stdin \"$f\" --out \"$d\" -- \"$(printf '/in/\\345\\220\\215')\"; echo \"exit $?\";"
                      .formatted(wasm)
                  + " cat \"$d/stderr\"");
      assertTrue(ran.out().startsWith("exit 1\n"), ran.out() + ran.err());
      assertTrue(ran.out().contains("/in/\u540d: No such file"), ran.out());
      assertTrue(
          ran.err().contains("result in ") && ran.err().contains("/\u00fc/\u00fc"), ran.err());

      Ran inside =
          script(
              alice.home(),
              List.of("LANG=C"),
              "mkdir tree; echo x > \"tree/$(printf 'bad\\377')\"; hooke task run %s --in .=tree"
                  .formatted(wasm));
      assertEquals(ExitCode.BAD_INPUT.number(), inside.exit(), inside.err());
      assertTrue(inside.err().contains("tree/bad\\xff has a name that is not UTF-8"), inside.err());
      assertFalse(inside.err().contains("uploaded"), inside.err());

      Ran link =
          script(
              alice.home(),
              List.of(),
              "mkdir links; ln -s /etc/passwd links/out; hooke task run %s --in links"
                  .formatted(wasm));
      assertEquals(ExitCode.BAD_INPUT.number(), link.exit(), link.err());
      assertTrue(link.err().contains("links/out is a symbolic link to '/etc/passwd'"), link.err());

      Ran failed =
          script(
              alice.home(),
              List.of(),
              "hooke task run %s -- 256".formatted(world.example("exitcode")));
      assertTrue(failed.err().contains("exit code 256 on node"), failed.err());
      assertEquals(255, failed.exit(), "256 is no success");

      try (RandomAccessFile file = new RandomAccessFile(folder.resolve("big").toFile(), "rw")) {
        file.setLength(10L << 30);
      }
      long begun = System.nanoTime();
      Ran big = script(alice.home(), List.of(), "hooke task run %s --in big".formatted(wasm));
      assertEquals(ExitCode.MARKET_SAID_NO.number(), big.exit(), big.err());
      assertTrue(big.err().contains("this node takes at most 1,073,741,824 (1 GiB)"), big.err());
      assertFalse(big.err().contains("reading"), "none of it was read: " + big.err());
      assertTrue(System.nanoTime() - begun < TimeUnit.MINUTES.toNanos(2), "it took too long");
    }
  }
}
