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

  @Override
  public Prepared prepare(byte[] metered, CompiledCode code) {
    validated(metered);
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
