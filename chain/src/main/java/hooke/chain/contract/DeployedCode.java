package hooke.chain.contract;

import hooke.chain.Address;
import hooke.chain.Data;
import hooke.chain.WrongChain;
import hooke.chain.rpc.ChainClient;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/// Whether the contract at an address is the law: the code that this program ships, in Hooke and in
/// every part that it delegates to. Whoever names a contract could name one with the same interface
/// and other rules, which would keep what is staked or paid there.
///
/// Hooke's immutables (token, parts) are whatever its deployment gave it, so their places are
/// masked; where its parts are, it says itself, which can be believed once its code is known. Parts
/// have no immutables. What the compiler appends about the sources, so their comments too, is left
/// out: it does nothing. Trusts the endpoint, as everything does that is read from it.
public final class DeployedCode {
  /// Bytes of what solc appends, its own length included: an IPFS hash and the compiler's version,
  /// in CBOR.
  private static final int METADATA_BYTES = 53;

  private DeployedCode() {}

  /// Compares what is deployed with what this program ships.
  ///
  /// @throws WrongChain in a sentence that says what differs, where, and what to do
  public static void verify(ChainClient client, Address contract) {
    Artifact hooke = CreationCode.artifact("Hooke");
    compare("Hooke", hooke, client.codes(List.of(contract)).getFirst(), contract, client);
    List<Address> addresses = new HookeContract(client, contract).parts();
    List<Data> codes = client.codes(addresses);
    for (int i = 0; i < CreationCode.PARTS.size(); i++) {
      String part = CreationCode.PARTS.get(i);
      compare(
          "Hooke's part " + part,
          CreationCode.artifact(part),
          codes.get(i),
          addresses.get(i),
          client);
    }
  }

  private static void compare(
      String what, Artifact artifact, Data found, Address at, ChainClient client) {
    byte[] there = executable(found);
    OptionalInt forged = mask(there, artifact.immutables());
    int differs = Arrays.mismatch(there, executable(artifact.deployedCode()));
    if (differs < 0 && forged.isEmpty()) {
      return;
    }
    String how;
    if (found.isEmpty()) {
      how = "there is no code";
    } else if (differs >= 0) {
      how =
          "its code of %d bytes, ours of %d, differs from byte %d on"
              .formatted(found.size(), artifact.deployedCode().size(), differs);
    } else {
      how = "it takes one immutable for two values, at byte " + forged.getAsInt();
    }
    throw new WrongChain(
        "the contract at %s on %s is not %s as this program knows it (%s): it may keep what is staked or paid there; name a contract that this version of Hooke deployed, or use the version that deployed it"
            .formatted(at, client.endpoints(), what, how));
  }

  /// Overwrites immutables with zeros. Returns where one is not the same in all its places, which
  /// no constructor of ours leaves: it could show one part and run another.
  private static OptionalInt mask(byte[] code, List<List<Artifact.Place>> immutables) {
    OptionalInt forged = OptionalInt.empty();
    for (List<Artifact.Place> places : immutables) {
      Artifact.Place first = places.getFirst();
      for (Artifact.Place place : places) {
        if (place.end() <= code.length
            && first.end() <= code.length
            && !Arrays.equals(code, first.start(), first.end(), code, place.start(), place.end())) {
          forged = OptionalInt.of(place.start());
        }
      }
      for (Artifact.Place place : places) {
        if (place.end() <= code.length) {
          Arrays.fill(code, place.start(), place.end(), (byte) 0);
        }
      }
    }
    return forged;
  }

  private static byte[] executable(Data code) {
    return Arrays.copyOf(code.bytes(), Math.max(0, code.size() - METADATA_BYTES));
  }
}
