package hooke.node.runtime.engine;

import hooke.node.runtime.wasi.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/// Writes what a run leaves into a directory, as it comes.
record FolderOutput(Path directory, Path[] file) implements Output {
  FolderOutput(Path directory) throws IOException {
    this(directory, new Path[1]);
    Files.createDirectory(directory.resolve("out"));
    Files.createFile(directory.resolve("stdout"));
    Files.createFile(directory.resolve("stderr"));
  }

  private static void append(Path to, byte[] bytes) throws IOException {
    Files.write(to, bytes, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  @Override
  public void stream(int number, byte[] bytes, int offset, int length) throws IOException {
    append(
        directory.resolve(number == 1 ? "stdout" : "stderr"),
        Arrays.copyOfRange(bytes, offset, offset + length));
  }

  @Override
  public void directory(String path) throws IOException {
    Files.createDirectory(directory.resolve(path));
  }

  @Override
  public void file(String path, long size) throws IOException {
    file[0] = Files.createFile(directory.resolve(path));
  }

  @Override
  public void link(String path, String target) throws IOException {
    Files.createSymbolicLink(directory.resolve(path), Path.of(target));
  }

  @Override
  public void content(byte[] bytes, int length) throws IOException {
    append(file[0], Arrays.copyOf(bytes, length));
  }
}
