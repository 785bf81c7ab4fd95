package hooke.chain.contract;

/// A node as the contract knows it by its key.
///
/// @param nodeId from 1; 0: the key is unknown
/// @param active false once retired
public record Node(int nodeId, int operatorId, boolean active) {
  public boolean known() {
    return nodeId != 0;
  }
}
