package hooke.chain.eip712;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Wei;

/// "The operator may have this much of my tab, for all so far": signed by the consumer.
///
/// @param total of all vouchers of this consumer for this operator, this one included
public record Voucher(Address consumer, int operatorId, Wei total) implements TypedData {
  private static final Bytes32 TYPE =
      Struct.type("Voucher(address consumer,uint32 operatorId,uint128 total)");

  @Override
  public Bytes32 structHash() {
    return Struct.hash(
        TYPE, Struct.address(consumer), Struct.number(operatorId), Struct.number(total));
  }
}
