package hooke.node.runtime.engine;

import java.io.ByteArrayInputStream;
import run.endive.wasm.InvalidException;
import run.endive.wasm.MalformedException;
import run.endive.wasm.Parser;
import run.endive.wasm.WasmModule;

/// Checks types, and runs nothing: what happens in the JVM to a program that another engine runs.
/// The metered module itself is what is kept for that engine.
public final class Validator implements Engine {
  @Override
  public String name() {
    return "validator";
  }

  /// Code that is checked at a time, in bytes: a parsed instruction takes some hundred bytes.
  private static final int PIECE = 4 << 20;

  @Override
  public Prepared prepare(byte[] metered, CompiledCode code) {
    Bodies bodies = new Bodies(metered);
    int from = 0;
    do {
      int first = from;
      int end = bodies.count() == 0 ? 0 : bodies.pieceEnd(first, PIECE);
      validated(bodies.only(n -> n >= first && n < end));
      from = end;
    } while (from < bodies.count());
    code.store(metered);
    return (_, _, _) -> new Ending(Ending.Kind.HOST_ENGINE, 0, 0, "a validator runs nothing");
  }

  /// The module as Endive reads it.
  ///
  /// @throws Engine.InvalidModuleException when it does not pass Wasm's validation
  static WasmModule validated(byte[] metered) {
    return parsed(metered, true);
  }

  /// As [#validated], or without a look at types where somebody has had one.
  static WasmModule parsed(byte[] metered, boolean validates) {
    try {
      return Parser.builder()
          .withValidation(validates)
          .build()
          .parse(() -> new ByteArrayInputStream(metered));
    } catch (InvalidException | MalformedException e) {
      throw new InvalidModuleException(
          "The module does not pass Wasm's validation: " + e.getMessage() + ".");
    }
  }
}
