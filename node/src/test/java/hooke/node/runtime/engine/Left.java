package hooke.node.runtime.engine;

import hooke.node.runtime.wasi.Output;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/// Keeps what a program leaves: streams and files by name, one character a byte; a directory's name
/// ends in `/`, and a link's content is `-> ` and its target.
final class Left implements Output {
  private final Map<String, ByteArrayOutputStream> all = new TreeMap<>();
  private String file = "";

  private ByteArrayOutputStream of(String name) {
    return all.computeIfAbsent(name, _ -> new ByteArrayOutputStream());
  }

  @Override
  public void stream(int number, byte[] bytes, int offset, int length) {
    of(number == 1 ? "stdout" : "stderr").write(bytes, offset, length);
  }

  @Override
  public void directory(String path) {
    of(path + "/");
  }

  @Override
  public void file(String path, long size) {
    file = path;
    of(path);
  }

  @Override
  public void link(String path, String target) {
    of(path).writeBytes(("-> " + target).getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void content(byte[] bytes, int length) {
    of(file).write(bytes, 0, length);
  }

  Map<String, String> all() {
    Map<String, String> text = new TreeMap<>();
    all.forEach((name, bytes) -> text.put(name, bytes.toString(StandardCharsets.ISO_8859_1)));
    return text;
  }
}
