package hooke.node.runtime.worker;

import java.nio.file.Path;

/// The same claims with programs running in V8, in the sandbox where there is one.
final class V8RuntimeTest extends WasmRuntimeTest {
  @Override
  WorkerSettings settings(Path directory) {
    return WorkerSettings.of(directory, 1).with(new EngineChoice.V8(AnyNodeJs.FOUND));
  }
}
