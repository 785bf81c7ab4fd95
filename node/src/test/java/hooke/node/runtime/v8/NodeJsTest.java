package hooke.node.runtime.v8;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@DisabledOnOs(OS.WINDOWS)
final class NodeJsTest {
  @TempDir Path directory;

  private Path program(String folder, String says) throws IOException {
    Path file = Files.createDirectories(directory.resolve(folder)).resolve("node");
    Files.writeString(file, "#!/bin/sh\necho '" + says + "'\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    return file;
  }

  private static String why(NodeJs.Search search) {
    return assertInstanceOf(NodeJs.Missing.class, search).why();
  }

  @Test
  void theFirstOnPathThatIsRecentEnoughIsTaken() throws IOException {
    program("old", "v18.20.4");
    Path recent = program("recent", "v22.1.0").toRealPath();
    String path = "relative:%s/old:%s:%s/recent".formatted(directory, directory, directory);
    assertEquals(new NodeJs.Found(new NodeJs(recent, "22.1.0")), NodeJs.find(null, path));
  }

  @Test
  void whatIsMissingIsSaid() throws IOException {
    assertTrue(why(NodeJs.find(null, "")).contains("install Node.js 20"));
    Path old = program("old", "v18.20.4");
    String tooOld = old + " is Node.js 18.20.4; 20 or newer is needed";
    assertEquals(tooOld, why(NodeJs.find(old, "")));
    assertEquals(tooOld, why(NodeJs.find(null, directory + "/old")));
    assertTrue(why(NodeJs.find(program("other", "hello"), "")).contains("it says 'hello'"));
    assertTrue(why(NodeJs.find(directory, "")).endsWith("is not a program"));
  }
}
