package hooke.node.runtime.worker;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompiledCacheTest {
  @TempDir Path home;

  private static void put(CompiledCache cache, String program, int bytes) throws IOException {
    try (CompiledCache.Entering entering = cache.enter(program)) {
      entering.add(new byte[bytes]);
      entering.keep(65_536);
    }
  }

  private static void damage(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
  }

  @Test
  void whatWasUsedLongestAgoMakesRoom() throws Exception {
    CompiledCache cache = new CompiledCache(home, "v1", 10_000);
    for (String program : List.of("a", "b", "c", "d")) {
      put(cache, program, 2_400);
      Files.setLastModifiedTime(
          home.resolve("v1-" + program), FileTime.fromMillis(program.charAt(0)));
    }
    assertTrue(cache.find("a").isPresent());
    put(cache, "e", 2_400);
    assertTrue(cache.find("a").isPresent(), "used a moment ago");
    assertTrue(cache.find("b").isEmpty());
    assertTrue(cache.find("c").isPresent());
  }

  @Test
  void oneProgramCannotTakeTheWholeCache() throws Exception {
    CompiledCache cache = new CompiledCache(home, "v1", 10_000);
    put(cache, "a", 2_600);
    assertTrue(cache.find("a").isEmpty(), "more than a quarter");
  }

  @Test
  void codeOfAnotherVersionIsNotFound() throws Exception {
    put(new CompiledCache(home, "v1", 10_000), "a", 10);
    assertTrue(new CompiledCache(home, "v1", 10_000).find("a").isPresent());
    assertTrue(new CompiledCache(home, "v2", 10_000).find("a").isEmpty());
  }

  @Test
  void whatIsDamagedIsNotRead() throws Exception {
    CompiledCache cache = new CompiledCache(home, "v1", 10_000);
    CompiledCache.Ready ready = new CompiledCache.Ready(65_536, new byte[60], new byte[100]);
    try (CompiledCache.Entering entering = cache.enter("a")) {
      entering.add(CompiledCache.Ready.content(ready.metered(), ready.code()));
      entering.keep(ready.memoryBytes());
    }
    Path file = cache.find("a").orElseThrow().file();
    CompiledCache.Ready read = Objects.requireNonNull(CompiledCache.read(file));
    assertArrayEquals(ready.metered(), read.metered());
    assertArrayEquals(ready.code(), read.code());
    assertTrue(cache.findSound("a").isPresent());
    damage(file);
    assertNull(CompiledCache.read(file));
    assertTrue(cache.findSound("a").isEmpty());
    assertFalse(Files.exists(file), "deleted");
    Files.write(file, new byte[3]);
    assertTrue(cache.find("a").isEmpty());
  }
}
