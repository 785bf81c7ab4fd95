package hooke.chain.contract;

import hooke.chain.Address;
import hooke.chain.ChainException;
import hooke.chain.Data;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What the compiler wrote about one contract: its ABI and the code that creates it. Packed into
/// this module's jar by the build.
final class Artifact {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  static final Artifact HOOKE = load("src/Hooke.sol/Hooke.json");
  static final Artifact TOKEN = load("src/DevToken.sol/DevToken.json");

  private final JsonNode json;
  private final Abi abi;

  private Artifact(JsonNode json) {
    this.json = json;
    this.abi = Abi.parse(json.path("contractName").asString(), json.path("abi"));
  }

  static Artifact load(String path) {
    try (InputStream in = Artifact.class.getResourceAsStream("/hooke/chain/artifacts/" + path)) {
      if (in == null) {
        throw new ChainException(
            ChainException.Code.LAW_MISMATCH,
            "the compiled contract %s is not in this program: build it with mvn, contracts first"
                .formatted(path));
      }
      return new Artifact(JSON.readTree(in.readAllBytes()));
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read the compiled contract " + path, e);
    }
  }

  Abi abi() {
    return abi;
  }

  /// Source paths of the libraries that must be deployed first: `src/lib/X.sol/X.json`.
  SortedSet<String> libraries() {
    SortedSet<String> libraries = new TreeSet<>();
    for (Map.Entry<String, JsonNode> source : json.path("linkReferences").properties()) {
      for (String name : source.getValue().propertyNames()) {
        libraries.add(source.getKey() + "/" + name + ".json");
      }
    }
    return libraries;
  }

  /// The creation code with the libraries' addresses written into it.
  Data code(Map<String, Address> libraries) {
    StringBuilder code = new StringBuilder(json.path("bytecode").asString().substring(2));
    for (Map.Entry<String, JsonNode> source : json.path("linkReferences").properties()) {
      for (Map.Entry<String, JsonNode> library : source.getValue().properties()) {
        Address address = libraries.get(source.getKey() + "/" + library.getKey() + ".json");
        if (address == null) {
          throw new IllegalArgumentException("no address for the library " + library.getKey());
        }
        String digits = Data.of(address.bytes()).hex().substring(2);
        for (JsonNode place : library.getValue()) {
          int start = place.path("start").asInt() * 2;
          code.replace(start, start + digits.length(), digits);
        }
      }
    }
    return Data.parse(code.toString());
  }
}
