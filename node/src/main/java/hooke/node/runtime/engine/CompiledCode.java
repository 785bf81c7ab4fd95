package hooke.node.runtime.engine;

import org.jspecify.annotations.Nullable;

/// One module's compiled code, on its way between an engine and whoever keeps it for the next time.
/// Whoever can change what is stored can run code in the engine's process.
public interface CompiledCode {

  /// Keeps nothing and has nothing.
  CompiledCode NONE =
      new CompiledCode() {
        @Override
        public byte @Nullable [] stored() {
          return null;
        }

        @Override
        public void store(byte[] code) {}
      };

  /// What the same engine made of the same module earlier; null when there is nothing.
  byte @Nullable [] stored();

  /// What it made now.
  void store(byte[] code);
}
