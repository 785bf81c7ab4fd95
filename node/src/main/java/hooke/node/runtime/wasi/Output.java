package hooke.node.runtime.wasi;

import java.io.IOException;

/// Takes what a program leaves: its streams while it runs, its files at the end. Those who
/// implement it for somebody they do not trust check every call.
public interface Output {
  /// Part of standard output (1) or standard error (2).
  void stream(int number, byte[] bytes, int offset, int length) throws IOException;

  /// An empty directory, after the one it lies in. Paths begin with `out/` or `work/`, have
  /// slashes, and come in the order of [hooke.node.runtime.TreeEntry#DEPTH_FIRST].
  void directory(String path) throws IOException;

  /// A file, after the directory it lies in; its content follows.
  void file(String path, long size) throws IOException;

  /// A symbolic link, after the directory it lies in. The target is relative to that directory.
  void link(String path, String target) throws IOException;

  /// The next `length` bytes of the last file.
  void content(byte[] bytes, int length) throws IOException;
}
