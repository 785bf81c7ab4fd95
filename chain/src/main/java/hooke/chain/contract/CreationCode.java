package hooke.chain.contract;

import hooke.chain.Address;
import hooke.chain.Data;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/// The code that creates the law's contracts, from what the contracts module compiled.
public final class CreationCode {
  private static final List<Abi.Member> ARGUMENTS =
      List.of(new Abi.Member("token", new Abi.Type.Account(), false));

  private CreationCode() {}

  public static Data token() {
    return Artifact.TOKEN.code(Map.of());
  }

  /// Libraries that Hooke calls; deployed first.
  public static Collection<String> libraries() {
    return Artifact.HOOKE.libraries();
  }

  public static Data library(String library) {
    return Artifact.load(library).code(Map.of());
  }

  /// The law, paid in `token`.
  ///
  /// @param libraries an address for each of [#libraries]
  public static Data hooke(Address token, Map<String, Address> libraries) {
    Data code = Artifact.HOOKE.code(libraries);
    return Data.parse(
        code.hex() + Data.of(Abi.encode(ARGUMENTS, List.of(token))).hex().substring(2));
  }
}
