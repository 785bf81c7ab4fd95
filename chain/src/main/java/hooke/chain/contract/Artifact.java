package hooke.chain.contract;

import hooke.chain.ChainException;
import hooke.chain.Data;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// What the compiler wrote about one contract: its ABI and the code that creates it. Packed into
/// this module's jar by the build.
final class Artifact {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /// The law as everybody calls it. Its code is [CreationCode]'s business.
  static final Artifact HOOKE = load("src/interfaces/IHooke.sol/IHooke.json");

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

  /// The code that creates the contract, without its arguments.
  Data code() {
    return Data.parse(json.path("bytecode").asString());
  }

  /// The code that the contract has once it is deployed, with zeros for its immutables.
  Data deployedCode() {
    return Data.parse(json.path("deployedBytecode").asString());
  }

  /// Where each immutable stands in the deployed code: once for each use.
  List<List<Place>> immutables() {
    List<List<Place>> immutables = new ArrayList<>();
    for (JsonNode uses : json.path("immutableReferences")) {
      List<Place> places = new ArrayList<>();
      for (JsonNode use : uses) {
        places.add(new Place(use.path("start").asInt(), use.path("length").asInt()));
      }
      immutables.add(places);
    }
    return immutables;
  }

  /// Bytes of code.
  record Place(int start, int length) {
    int end() {
      return start + length;
    }
  }
}
