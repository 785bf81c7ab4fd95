package hooke.node.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.node.config.ConfigException;
import hooke.node.config.Yaml;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class TaskFileTest {
  private static final Path FILE = Path.of("/tasks/t.yaml");

  private static TaskDraft read(String text) {
    return TaskFile.read(FILE, Yaml.parse("t.yaml", text));
  }

  @Test
  void everyFieldIsReadAndPathsAreRelativeToTheFile() {
    TaskDraft draft =
        read(
            """
            program: p.wasm
            argv0: clang++
            args: [-n, "3"]
            env: {LANG: C}
            stdin: in.txt
            inputs: [book.txt, {path: data, from: tree}]
            limits: {fuel: 2G, memory: 100000, output: 1 MiB, cpu: 500m}
            price: {start: 0.1, max: 0.5, ramp: 30 s}
            times: {open: 1 m, run: 1500 ms, window: 1 m, retention: 2 h}
            verify: quorum:2/3
            providers: {minStake: 100, allow: [1, 2, 3]}
            exclusiveKey: nightly
            clock: 2026-01-01T00:00:00Z
            seed: 7
            """);
    assertEquals(Path.of("/tasks/p.wasm"), draft.program());
    assertEquals(Optional.of("clang++"), draft.argv0());
    assertEquals(List.of("-n", "3"), draft.args());
    assertEquals(Optional.of(Path.of("/tasks/in.txt")), draft.stdin());
    assertEquals(
        List.of(
            new InputSource("book.txt", Path.of("/tasks/book.txt")),
            new InputSource("data", Path.of("/tasks/tree"))),
        draft.inputs());
    assertEquals(131_072, draft.memoryBytes(), "whole pages");
    assertEquals(Optional.of(Duration.ofSeconds(2)), draft.run(), "whole seconds, rounded up");
    assertEquals(500_000_000_000_000L, draft.maxPrice().orElseThrow().wei());
    assertEquals("quorum:2/3", draft.proof().toString());
    assertEquals(Optional.of(Instant.parse("2026-01-01T00:00:00Z")), draft.clock());
  }

  @Test
  void realTimeIsAskedFor() {
    assertTrue(read("program: p\nrealTime: true").realTime());
    assertFalse(read("program: p").realTime());
  }

  @ParameterizedTest
  @MethodSource
  void badInputNamesItsField(String text, String expected) {
    String message = assertThrows(ConfigException.class, () -> read(text)).getMessage();
    assertTrue(message.startsWith("t.yaml: ") || message.startsWith("/tasks/t.yaml: "), message);
    assertTrue(message.contains(expected), message);
  }

  static Stream<Arguments> badInputNamesItsField() {
    return Stream.of(
        Arguments.of("args: [a]", "program: is missing"),
        Arguments.of("program: p\ncolour: red", "colour is not a known key"),
        Arguments.of("program: p\nlimits: {feul: 1}", "limits.feul is not a known key"),
        Arguments.of("program: p\nlimits: {fuel: -1}", "limits.fuel"),
        Arguments.of("program: p\nlimits: {fuel: 0}", "limits.fuel"),
        Arguments.of("program: p\nlimits: {fuel: 99999999999999999999999}", "limits.fuel"),
        Arguments.of("program: p\nlimits: {memory: 5 GiB}", "limits.memory"),
        Arguments.of("program: p\nlimits: {memory: 1 XB}", "limits.memory"),
        Arguments.of("program: p\nlimits: {output: 1}", "limits.output"),
        Arguments.of("program: p\nprice: {max: -0.1}", "price.max"),
        Arguments.of("program: p\nprice: {max: 1e30}", "price.max"),
        Arguments.of("program: p\nprice: {max: 10000}", "price.max"),
        Arguments.of("program: p\nprice: {start: 2, max: 1}", "above the maximum"),
        Arguments.of("program: p\ntimes: {run: 10}", "times.run"),
        Arguments.of("program: p\ntimes: {run: 9999999 d}", "times.run"),
        Arguments.of("program: p\nverify: quorum:1/2", "verify"),
        Arguments.of("program: p\nverify: quorum:9/16", "verify"),
        Arguments.of("program: p\nverify: magic", "verify"),
        Arguments.of("program: p\ninputs: [{path: ../x, from: y}]", "inputs[0]"),
        Arguments.of("program: p\ninputs: [{path: /etc, from: y}]", "inputs[0]"),
        Arguments.of("program: p\ninputs: [a, a]", "two inputs"),
        Arguments.of("program: p\nproviders: {allow: [0]}", "providers.allow"),
        Arguments.of("program: p\nproviders: {minStake: x}", "providers.minStake"),
        Arguments.of("program: p\nseed: -1", "seed"),
        Arguments.of("program: p\nargv0: ''", "argv0"),
        Arguments.of("program: p\nargv0: " + "ä".repeat(128), "argv0"),
        Arguments.of("program: p\nlimits: {callDepth: 9}", "limits.callDepth is not a known key"),
        Arguments.of("program: p\nclock: 1969-12-31T23:59:59Z", "clock"),
        Arguments.of("program: p\nclock: 2200-01-01T00:00:01Z", "clock"),
        Arguments.of("program: p\nclock: yesterday", "clock"),
        Arguments.of("program: p\nrealTime: perhaps", "realTime"),
        Arguments.of("program: p\nrealTime: true\nverify: quorum:2/3", "only attended"),
        Arguments.of("program: p\nrealTime: true\nverify: optimistic", "only attended"),
        Arguments.of("program: p\nrealTime: true\nseed: 3", "does nothing in real time"));
  }
}
