package hooke.chain.contract;

import hooke.chain.Address;
import hooke.chain.Data;
import java.util.ArrayList;
import java.util.List;

/// The code that creates the law's contracts, from what the contracts module compiled.
public final class CreationCode {
  /// The contracts whose code Hooke runs, in the order in which it takes their addresses. They are
  /// deployed first.
  public static final List<String> PARTS =
      List.of(
          "Registry", "Endings", "Disputes", "Mandates", "Leases", "Tenures", "Volumes", "Views");

  private CreationCode() {}

  public static Data token() {
    return Artifact.TOKEN.code();
  }

  /// One of [#PARTS].
  public static Data part(String name) {
    return artifact(name).code();
  }

  /// The law, paid in `token`.
  ///
  /// @param parts an address for each of [#PARTS]
  public static Data hooke(Address token, List<Address> parts) {
    if (parts.size() != PARTS.size()) {
      throw new IllegalArgumentException(
          "the law has %d parts, not %d".formatted(PARTS.size(), parts.size()));
    }
    List<Abi.Member> members = new ArrayList<>();
    List<Object> values = new ArrayList<>();
    members.add(new Abi.Member("token", new Abi.Type.Account(), false));
    values.add(token);
    for (int i = 0; i < parts.size(); i++) {
      members.add(new Abi.Member(PARTS.get(i), new Abi.Type.Account(), false));
      values.add(parts.get(i));
    }
    String arguments = Data.of(Abi.encode(members, values)).hex().substring(2);
    return Data.parse(artifact("Hooke").code().hex() + arguments);
  }

  /// What the compiler wrote about Hooke or one of [#PARTS].
  static Artifact artifact(String name) {
    return Artifact.load("src/%s.sol/%s.json".formatted(name, name));
  }
}
