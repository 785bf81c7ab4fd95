package hooke.node.spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// What this process was started with, as the text that it is, whatever the locale says.
///
/// A JVM decodes arguments and variables in the character set of its environment; under `LANG=C` an
/// `é` is lost. Linux still has the bytes. On macOS and Windows nothing is lost.
public final class HostWords {
  private static final char LOST = '\ufffd';

  private HostWords() {}

  /// A word that is not text, which no task can carry.
  public static final class NotText extends RuntimeException {
    private static final long serialVersionUID = 1L;

    NotText(String what, String shown) {
      super("%s '%s' is not UTF-8".formatted(what, shown));
    }
  }

  /// The arguments of `main`.
  ///
  /// @param given what the JVM made of them
  /// @throws NotText naming an argument that is not UTF-8
  public static String[] arguments(String[] given) {
    List<byte[]> all = words("cmdline");
    if (all.size() < given.length) {
      return checked(given);
    }
    List<byte[]> last = all.subList(all.size() - given.length, all.size());
    String[] exact = new String[given.length];
    for (int n = 0; n < given.length; n++) {
      exact[n] = text("the argument", last.get(n));
      if (HostNames.ascii(exact[n]) && !exact[n].equals(given[n])) {
        // Not the words that this was started with, as when somebody calls `main`.
        return checked(given);
      }
    }
    return exact;
  }

  private static String[] checked(String[] given) {
    for (String word : given) {
      if (word.indexOf(LOST) >= 0) {
        throw new NotText("the argument", Escaped.name(word));
      }
    }
    return given;
  }

  /// The variables. One of ours, or `HOME`, must be text; others that are not are left as the JVM
  /// reads them.
  ///
  /// @throws NotText naming a variable of ours that is not UTF-8
  public static Map<String, String> environment() {
    Map<String, String> exact = new HashMap<>(System.getenv());
    for (byte[] word : words("environ")) {
      int equals = 0;
      while (equals < word.length && word[equals] != '=') {
        equals++;
      }
      String name = new String(word, 0, equals, java.nio.charset.StandardCharsets.ISO_8859_1);
      if (equals < word.length && (name.startsWith("HOOKE_") || name.equals("HOME"))) {
        byte[] value = java.util.Arrays.copyOfRange(word, equals + 1, word.length);
        exact.put(name, text("the variable " + name, value));
      }
    }
    return Map.copyOf(exact);
  }

  private static String text(String what, byte[] word) {
    try {
      return ArchivePaths.utf8(word, 0, word.length, what);
    } catch (BadArchive e) {
      throw new NotText(what, Escaped.name(word));
    }
  }

  /// What Linux says of this process: words that each end in a NUL. None elsewhere.
  private static List<byte[]> words(String file) {
    List<byte[]> words = new ArrayList<>();
    try {
      byte[] bytes = Files.readAllBytes(Path.of("/proc/self", file));
      int from = 0;
      for (int n = 0; n < bytes.length; n++) {
        if (bytes[n] == 0) {
          words.add(java.util.Arrays.copyOfRange(bytes, from, n));
          from = n + 1;
        }
      }
    } catch (IOException e) {
      return List.of();
    }
    return words;
  }
}
