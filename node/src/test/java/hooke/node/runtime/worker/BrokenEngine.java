package hooke.node.runtime.worker;

import hooke.node.runtime.engine.CompiledCode;
import hooke.node.runtime.engine.Ending;
import hooke.node.runtime.engine.EndiveEngine;
import hooke.node.runtime.engine.Engine;
import hooke.node.runtime.wasi.Wasi;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/// A worker whose engine was broken: a program that exports a name starting with [#ATTACK] gets to
/// run code of its own in the worker's JVM. All others run as usual.
final class BrokenEngine implements Engine {
  /// Then the attack's name; after a space, its argument.
  static final String ATTACK = "attack:";

  private final EndiveEngine sound = EndiveEngine.compiling();

  /// In place of [WorkerMain].
  public static void main(String[] args) throws IOException, InterruptedException {
    WorkerMain.serve(new BrokenEngine(), args);
  }

  @Override
  public String name() {
    return "broken";
  }

  @Override
  public Prepared prepare(byte[] metered, CompiledCode code) {
    String text = new String(metered, StandardCharsets.ISO_8859_1);
    int at = text.indexOf(ATTACK);
    if (at < 0) {
      return sound.prepare(metered, code);
    }
    // The bytes before it are its length: one of a name under 128 bytes, else two.
    int length = text.charAt(at - 1);
    if (length < 0x80 && at > 1 && text.charAt(at - 2) >= 0x80) {
      length = (length << 7) | (text.charAt(at - 2) & 0x7f);
    }
    String name =
        new String(metered, at + ATTACK.length(), length - ATTACK.length(), StandardCharsets.UTF_8);
    return new Prepared() {
      @Override
      public Ending run(Wasi wasi, long fuel, int memoryPages) {
        String[] words = name.split(" ", 2);
        String said = Attacks.run(words[0], words.length > 1 ? words[1] : "");
        return new Ending(Ending.Kind.TRAPPED, 0, 1, said);
      }
    };
  }
}
