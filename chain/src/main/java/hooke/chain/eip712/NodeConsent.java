package hooke.chain.eip712;

import hooke.chain.Address;
import hooke.chain.Bytes32;

/// "I serve this operator": signed by the node key, so that nobody registers another's machine.
public record NodeConsent(Address operator, Address key) implements TypedData {
  private static final Bytes32 TYPE = Struct.type("NodeConsent(address operator,address key)");

  @Override
  public Bytes32 structHash() {
    return Struct.hash(TYPE, Struct.address(operator), Struct.address(key));
  }
}
