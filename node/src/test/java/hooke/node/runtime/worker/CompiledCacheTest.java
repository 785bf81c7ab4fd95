package hooke.node.runtime.worker;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
    put(cache, "a", 4_000);
    put(cache, "b", 4_000);
    Files.setLastModifiedTime(
        home.resolve("v1-a"), java.nio.file.attribute.FileTime.fromMillis(1_000));
    Files.setLastModifiedTime(
        home.resolve("v1-b"), java.nio.file.attribute.FileTime.fromMillis(2_000));
    assertTrue(cache.find("a").isPresent());
    put(cache, "c", 4_000);
    assertTrue(cache.find("a").isPresent());
    assertTrue(cache.find("b").isEmpty());
    put(cache, "d", 20_000);
    assertTrue(cache.find("d").isEmpty(), "larger than the whole cache");
    assertTrue(cache.find("c").isPresent());
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
    put(cache, "a", 100);
    Path file = cache.find("a").orElseThrow().file();
    assertEquals(100, Objects.requireNonNull(CompiledCache.read(file)).length);
    assertTrue(cache.findSound("a").isPresent());
    damage(file);
    assertNull(CompiledCache.read(file));
    assertTrue(cache.findSound("a").isEmpty());
    assertFalse(Files.exists(file), "deleted");
    Files.write(file, new byte[3]);
    assertTrue(cache.find("a").isEmpty());
  }
}
