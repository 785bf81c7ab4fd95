package hooke.chain.eip712;

import hooke.chain.Bytes32;

/// "This is the volume's next snapshot": signed by replicas it attests an anchor, by the owner or
/// its delegate it endorses one. The law calls the type `Anchor`.
///
/// @param seq from 1; one more than that of the anchor before
/// @param previous commit of the anchor before; zero for the first
/// @param leafCount leaves of 1,024 bytes in the data tree
public record AnchorStatement(
    Bytes32 volume, long seq, Bytes32 previous, Bytes32 commit, long leafCount)
    implements TypedData {
  private static final Bytes32 TYPE =
      Struct.type(
          "Anchor(bytes32 volume,uint64 seq,bytes32 previous,bytes32 commit,uint64 leafCount)");

  @Override
  public Bytes32 structHash() {
    return Struct.hash(
        TYPE, volume, Struct.number(seq), previous, commit, Struct.number(leafCount));
  }
}
