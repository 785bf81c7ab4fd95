package hooke.node.runtime.wasm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InspectionTest {
  private static byte[] example(String name) throws IOException {
    return Files.readAllBytes(Path.of("../examples", name + ".wasm"));
  }

  private static byte[] module(int... sections) {
    byte[] bytes = new byte[8 + sections.length];
    System.arraycopy(new byte[] {0, 'a', 's', 'm', 1, 0, 0, 0}, 0, bytes, 0, 8);
    for (int i = 0; i < sections.length; i++) {
      bytes[8 + i] = (byte) sections[i];
    }
    return bytes;
  }

  private static Inspection.Refused refused(byte[] bytes) {
    return assertInstanceOf(Inspection.Refused.class, Inspection.of(bytes));
  }

  @ParameterizedTest
  @ValueSource(strings = {"wordcount", "sha256sum", "primes", "mandelbrot", "exitcode"})
  void examplesAreAccepted(String name) throws IOException {
    assertInstanceOf(Inspection.Accepted.class, Inspection.of(example(name)));
  }

  @Test
  void otherFilesAreCalledWhatTheyLookLike() {
    assertEquals(Refusal.NOT_WASM, refused(new byte[0]).reason());
    Inspection.Refused text = refused("(module)".getBytes(StandardCharsets.UTF_8));
    assertEquals(Refusal.NOT_WASM, text.reason());
    assertTrue(text.message().contains("wat2wasm"), text.message());
    assertTrue(refused(new byte[] {0x7f, 'E', 'L', 'F'}).message().contains("executable"));
  }

  @Test
  void aComponentIsToldFromAModule() {
    Inspection.Refused refused = refused(new byte[] {0, 'a', 's', 'm', 0x0d, 0, 1, 0});
    assertEquals(Refusal.UNSUPPORTED_FEATURE, refused.reason());
    assertTrue(refused.message().contains("component"), refused.message());
  }

  @Test
  void aLibraryIsNoProgram() {
    assertEquals(Refusal.NO_START, refused(module()).reason());
  }

  @Test
  void anUnknownImportIsNamed() {
    Inspection.Refused refused =
        refused(module(1, 4, 1, 0x60, 0, 0, 2, 9, 1, 3, 'e', 'n', 'v', 1, 'f', 0, 0));
    assertEquals(Refusal.UNKNOWN_IMPORT, refused.reason());
    assertTrue(refused.message().contains("env.f"), refused.message());
  }

  /// Hosts differ in what they add to WASI's sockets, and programs link it in whether they call it
  /// or not.
  @Test
  void socketsOfOtherHostsMayBeImportedWithOneTypeEach() {
    assertTrue(imported(new int[] {0}).message().contains("_start"));
    Inspection.Refused floats = imported(new int[] {1});
    assertEquals(Refusal.UNKNOWN_IMPORT, floats.reason());
    assertTrue(floats.message().contains("sock_x as (f32) -> (i32)"), floats.message());
    Inspection.Refused twice = imported(new int[] {0, 2});
    assertEquals(Refusal.UNKNOWN_IMPORT, twice.reason());
    assertTrue(twice.message().contains("sock_x twice"), twice.message());
  }

  /// Why a module is refused that imports `wasi_unstable.sock_x` with each of these types: (i32) ->
  /// i32, (f32) -> i32, (i64) -> i32.
  private static Inspection.Refused imported(int[] types) {
    ByteArrayOutputStream imports = new ByteArrayOutputStream();
    imports.write(types.length);
    for (int type : types) {
      for (String name : List.of("wasi_unstable", "sock_x")) {
        imports.write(name.length());
        imports.writeBytes(name.getBytes(StandardCharsets.US_ASCII));
      }
      imports.write(0);
      imports.write(type);
    }
    ByteArrayOutputStream sections = new ByteArrayOutputStream();
    sections.writeBytes(
        new byte[] {
          1, 16, 3, 0x60, 1, 0x7f, 1, 0x7f, 0x60, 1, 0x7d, 1, 0x7f, 0x60, 1, 0x7e, 1, 0x7f
        });
    sections.write(2);
    sections.write(imports.size());
    sections.writeBytes(imports.toByteArray());
    return refused(module(ints(sections.toByteArray())));
  }

  private static int[] ints(byte[] bytes) {
    int[] ints = new int[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      ints[i] = bytes[i];
    }
    return ints;
  }

  @Test
  void simdIsNamed() {
    byte[] simd =
        module(1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 9, 1, 7, 0, 0xfd, 0x0c, 0, 0, 0, 0x0b);
    Inspection.Refused refused = refused(simd);
    assertEquals(Refusal.UNSUPPORTED_FEATURE, refused.reason());
    assertTrue(refused.message().contains("SIMD"), refused.message());
  }

  @Test
  void aModuleMayNotNameTheFuelItself() {
    // A global.get of an index that only metering would define.
    byte[] thief = module(1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, 7, 1, 5, 0, 0x23, 0, 0x1a, 0x0b);
    assertEquals(Refusal.INVALID, refused(thief).reason());
  }

  @Test
  void everyPrefixIsRefused() throws IOException {
    byte[] whole = example("primes");
    for (int length = 0; length < whole.length; length += length < 4_000 ? 1 : 37) {
      Inspection found = Inspection.of(Arrays.copyOf(whole, length));
      assertInstanceOf(Inspection.Refused.class, found, "a prefix of " + length + " bytes");
    }
  }

  /// Broken modules are refused or still well-formed; in the latter case metering must not fail
  /// either.
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void flippedBytesNeverThrow(long seed) throws IOException {
    byte[] whole = example("exitcode");
    SplittableRandom random = new SplittableRandom(seed);
    int refused = 0;
    for (int round = 0; round < 250; round++) {
      byte[] broken = whole.clone();
      for (int flips = random.nextInt(1, 4); flips > 0; flips--) {
        broken[random.nextInt(broken.length)] = (byte) random.nextInt(256);
      }
      switch (Inspection.of(broken)) {
        case Inspection.Refused r -> {
          refused++;
          assertFalse(r.message().isEmpty());
        }
        case Inspection.Accepted accepted ->
            assertTrue(Metering.meter(accepted.module()).length > 0);
      }
    }
    assertTrue(refused > 0, "seed " + seed);
  }
}
