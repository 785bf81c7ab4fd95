package hooke.node.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// What runs programs, as an operator chooses it.
final class NodeConfigTest {
  private static final String CHOICE = "wasm:\n  engine: endive\n";
  private static final Address SOMEWHERE = Address.parse("0x" + "11".repeat(20));

  @TempDir private Path directory;

  private NodeConfig read(String wasm) throws IOException {
    Network network =
        new Network(
            List.of(URI.create("http://127.0.0.1:1")), 1, Bytes32.ZERO, SOMEWHERE, SOMEWHERE, 0);
    String template =
        NodeConfig.template(network, "127.0.0.1:0", URI.create("https://127.0.0.1:1"), 1);
    assertTrue(template.contains(CHOICE), template);
    Files.writeString(directory.resolve(NodeConfig.FILE), template.replace(CHOICE, wasm));
    return NodeConfig.read(directory);
  }

  @Test
  void programsRunOnTheJvmUnlessTheOperatorSaysOtherwise() throws Exception {
    assertEquals(NodeConfig.WasmEngine.ENDIVE, read(CHOICE).wasmEngine());
    assertEquals(NodeConfig.WasmEngine.ENDIVE, read("").wasmEngine());
  }

  @Test
  void v8MayBeToldWhereItsNodeJsIs() throws Exception {
    assertNull(read("wasm:\n  engine: v8\n").nodeJs());
    NodeConfig told = read("wasm:\n  engine: v8\n  node: /opt/node/bin/node\n");
    assertEquals(NodeConfig.WasmEngine.V8, told.wasmEngine());
    assertEquals(Path.of("/opt/node/bin/node"), told.nodeJs());
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '"',
      value = {
        "engine: spidermonkey, wasm.engine: 'spidermonkey' is neither endive nor v8",
        "engine: V8, wasm.engine: 'V8' is neither endive nor v8",
        "node: bin/node, wasm.node",
        "motor: v8, wasm.motor is not a known key"
      })
  void whatCannotBeChosenNamesItsField(String line, String expected) {
    String message =
        assertThrows(ConfigException.class, () -> read("wasm:\n  " + line + "\n")).getMessage();
    assertTrue(message != null && message.contains(expected), message);
  }
}
