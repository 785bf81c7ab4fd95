package hooke.chain.eip712;

import hooke.chain.Bytes32;

/// Lets a caller of a node's API prove who it is. Useless to anyone who sees it: it names the node,
/// the group of methods, the expiry and the client's ephemeral TLS key.
///
/// @param node id of the node it is shown to
/// @param group group of methods: `node`, `market`, `task` or `blob`
/// @param clientKey SHA-256 of the SubjectPublicKeyInfo of the client's TLS certificate
/// @param expiry unix seconds
public record AccessToken(int node, String group, Bytes32 clientKey, long expiry)
    implements TypedData {
  private static final Bytes32 TYPE =
      Struct.type("AccessToken(uint32 node,string group,bytes32 clientKey,uint64 expiry)");

  @Override
  public Bytes32 structHash() {
    return Struct.hash(
        TYPE, Struct.number(node), Struct.text(group), clientKey, Struct.number(expiry));
  }
}
