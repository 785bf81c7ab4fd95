package hooke.node.runtime.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import hooke.node.runtime.sandbox.Confined;
import hooke.node.runtime.sandbox.Launch;
import hooke.node.runtime.sandbox.Sandbox;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What somebody could do who broke out of V8 and runs what he likes in the worker's process.
final class V8AttackTest {
  private static final Sandbox SANDBOX = Sandbox.detect();

  @TempDir Path directory;

  private record Ended(int code, Confined.Verdict verdict, String said) {}

  private Ended run(String script) throws Exception {
    assumeTrue(SANDBOX.isolation().holds(), () -> SANDBOX.isolation().description());
    Path readable = Files.createDirectories(directory.resolve("in"));
    Path scratch = Files.createFile(directory.resolve("scratch"));
    Launch launch =
        new Launch(
            AnyNodeJs.FOUND.program(),
            List.of("-e", script),
            directory,
            List.of(readable),
            List.of(scratch),
            1 << 20,
            1 << 30,
            64 << 20,
            64);
    try (Confined confined = SANDBOX.start(launch)) {
      Process process = confined.process();
      process.getOutputStream().close();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertTrue(process.waitFor(60, TimeUnit.SECONDS));
      return new Ended(process.exitValue(), confined.verdict(), said);
    }
  }

  @Test
  void thereIsNothingToReadAndNowhereToWrite() throws Exception {
    Ended ended =
        run(
            """
            const fs = require("node:fs");
            const tries = {
              passwd: () => fs.readFileSync("/etc/passwd"),
              processes: () => fs.readdirSync("/proc"),
              home: () => fs.readdirSync("/root"),
              temporary: () => fs.writeFileSync("/tmp/x", "x"),
              root: () => fs.writeFileSync("/x", "x"),
              itself: () => fs.appendFileSync(process.execPath, "x"),
            };
            for (const [name, attempt] of Object.entries(tries)) {
              try { attempt(); fs.writeSync(1, name + " "); } catch (e) {}
            }
            fs.writeSync(1, "done " + (process.getuid() === 0));
            """);
    assertEquals("done false", ended.said());
    assertEquals(0, ended.code());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "require('node:child_process').spawnSync('/bin/sh', ['-c', 'true'])",
        "process.kill(process.pid, 'SIGTERM')",
        "process.kill(1, 'SIGKILL')",
      })
  void whatOnlyAnAttackerWouldTryEndsTheProcess(String script) throws Exception {
    assertEquals(Confined.Verdict.SYSTEM_CALL, run(script).verdict());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "require('node:net').connect(80, '127.0.0.1')",
        "require('node:net').createServer().listen(0)",
        "require('node:dgram').createSocket('udp4').bind(0)",
      })
  void thereIsNoNetwork(String script) throws Exception {
    Ended ended =
        run(
            "process.on('uncaughtException', e => {"
                + " require('node:fs').writeSync(1, e.code); process.exit(7); });"
                + script);
    assertEquals(7, ended.code(), ended::toString);
    assertTrue(List.of("EACCES", "ENOTTY").contains(ended.said()), ended::toString);
  }
}
