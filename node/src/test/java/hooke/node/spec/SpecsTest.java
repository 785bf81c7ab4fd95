package hooke.node.spec;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import hooke.v1.BlobRef;
import hooke.v1.EnvironmentVariable;
import hooke.v1.TaskSpec;
import java.time.Instant;
import java.util.Collections;
import java.util.HexFormat;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SpecsTest {
  private static TaskSpec.Builder spec() {
    return TaskSpec.newBuilder()
        .setRuntime("wasm")
        .setProfile("wasm-det/1")
        .setProgram(BlobRef.newBuilder().setId(ByteString.copyFrom(new byte[32])).setSizeBytes(9));
  }

  private static EnvironmentVariable variable(String name, String value) {
    return EnvironmentVariable.newBuilder().setName(name).setValue(value).build();
  }

  @Test
  void aSpecWithoutANameOfItsOwnIsWhatItAlwaysWas() throws Exception {
    byte[] bytes = Specs.encode(spec().build());
    assertArrayEquals(
        HexFormat.of()
            .parseHex(
                "0a047761736d"
                    + "120a7761736d2d6465742f31"
                    + "1a24"
                    + "0a20"
                    + "00".repeat(32)
                    + "1009"),
        bytes);
    assertEquals("task", Specs.argv0(Specs.decode(bytes)));
  }

  @Test
  void aNameOfItsOwnIsRead() throws Exception {
    for (String name : new String[] {"clang++", "/usr/bin/wc", "ä".repeat(127)}) {
      assertEquals(name, Specs.argv0(Specs.decode(Specs.encode(spec().setArgv0(name).build()))));
    }
  }

  @Test
  void clocksStartWhereTheSpecSaysOrIn2000() throws Exception {
    assertEquals(Instant.parse("2000-01-01T00:00:00Z"), Specs.clock(read(spec())));
    for (String time :
        new String[] {
          "1970-01-01T00:00:00Z", "2026-01-31T12:00:00.000000001Z", "2200-01-01T00:00:00Z"
        }) {
      Instant instant = Instant.parse(time);
      Timestamp.Builder at =
          Timestamp.newBuilder().setSeconds(instant.getEpochSecond()).setNanos(instant.getNano());
      assertEquals(instant, Specs.clock(read(spec().setClockTime(at))));
    }
  }

  private static TaskSpec read(TaskSpec.Builder spec) throws Specs.BadSpec {
    return Specs.decode(Specs.encode(spec.build()));
  }

  private static TaskSpec.Builder at(long seconds, int nanos) {
    return spec().setClockTime(Timestamp.newBuilder().setSeconds(seconds).setNanos(nanos));
  }

  @Test
  void asMuchTextAsARunTakesIsRead() throws Exception {
    // Each argument has a byte at its end, and so has the name.
    TaskSpec spec = spec().addAllArgs(Collections.nCopies(4, "a".repeat((64 << 10) - 3))).build();
    Specs.decode(Specs.encode(spec));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource
  void whatNoRunTakesIsRefusedBeforeABid(TaskSpec.Builder spec, String why) {
    String message =
        assertThrows(Specs.BadSpec.class, () -> Specs.decode(Specs.encode(spec.build())))
            .getMessage();
    assertTrue(message != null && message.contains(why), message);
  }

  static Stream<Arguments> whatNoRunTakesIsRefusedBeforeABid() {
    return Stream.of(
        Arguments.of(at(-1, 0), "clock_time"),
        Arguments.of(at(0, -1), "clock_time"),
        Arguments.of(at(0, 1_000_000_000), "clock_time"),
        Arguments.of(at(7_258_118_400L, 1), "clock_time"),
        Arguments.of(at(Long.MAX_VALUE, 0), "clock_time"),
        Arguments.of(at(Long.MIN_VALUE, 0), "clock_time"),
        Arguments.of(spec().setArgv0("task"), "goes without saying"),
        Arguments.of(spec().setArgv0("ä".repeat(128)), "255 bytes"),
        Arguments.of(spec().setArgv0("a\0b"), "NUL"),
        Arguments.of(spec().addArgs("a\0b"), "NUL"),
        Arguments.of(spec().addEnv(variable("A", "\0")), "NUL"),
        Arguments.of(spec().addEnv(variable("A\0", "")), "NUL"),
        Arguments.of(spec().addEnv(variable("", "x")), "not a variable's name"),
        Arguments.of(spec().addEnv(variable("A=B", "x")), "not a variable's name"),
        Arguments.of(spec().addEnv(variable("B", "")).addEnv(variable("A", "")), "not sorted"),
        Arguments.of(spec().addEnv(variable("A", "")).addEnv(variable("A", "")), "twice"),
        Arguments.of(
            spec().addAllArgs(Collections.nCopies(4, "a".repeat((64 << 10) - 2))), "262145 bytes"),
        Arguments.of(spec().addAllArgs(Collections.nCopies(300_000, "")), "the most is 262144"));
  }
}
