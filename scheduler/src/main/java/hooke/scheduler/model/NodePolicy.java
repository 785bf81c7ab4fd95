package hooke.scheduler.model;

import java.util.Optional;
import java.util.Set;

/// What a node can do and what its operator wants for it. Changes only with the configuration.
///
/// @param operatorId the operator's number in the law
/// @param nodeId the node's number in the law; also makes its order of bids differ from others'
/// @param profiles metering profiles it runs, for instance "wasm-det/1"
/// @param modes verifications it takes part in
/// @param onlyFor consumers whose programs it runs, where it has no sandbox for strangers'; empty:
///   anyone's
public record NodePolicy(
    long operatorId,
    long nodeId,
    Set<String> profiles,
    Set<Verification> modes,
    Optional<Set<String>> onlyFor,
    Speed speed,
    Tariff tariff,
    Limits limits,
    Delays delays) {

  public NodePolicy {
    Require.range("operatorId", operatorId, 0, 0xFFFF_FFFFL);
    Require.range("nodeId", nodeId, 0, 0xFFFF_FFFFL);
    profiles = Set.copyOf(profiles);
    modes = Set.copyOf(modes);
    onlyFor = onlyFor.map(Set::copyOf);
  }
}
