package hooke.chain.eip712;

import hooke.chain.Bytes32;

/// "I hold this result": signed by the consumer, it settles at once and releases what is held.
public record Receipt(Bytes32 order, int slot, Bytes32 root, long fuel) implements TypedData {
  private static final Bytes32 TYPE =
      Struct.type("Receipt(bytes32 order,uint8 slot,bytes32 root,uint64 fuel)");

  @Override
  public Bytes32 structHash() {
    return Struct.hash(TYPE, order, Struct.number(slot), root, Struct.number(fuel));
  }
}
