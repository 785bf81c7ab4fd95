package hooke.chain.contract;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Data;
import hooke.chain.Wei;
import hooke.chain.contract.Abi.UnreadableException;
import java.math.BigInteger;
import java.util.Map;

/// Decoded values by name. A getter fails with [UnreadableException] when the number does not fit
/// what Java asks for, and with `IllegalArgumentException` when the ABI has no such name (a defect,
/// found by the first test).
record Fields(Map<String, Object> values) {

  Object value(String name) {
    Object value = values.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "the ABI names no '" + name + "' among " + values.keySet());
    }
    return value;
  }

  /// The first value, whatever its name.
  Object first() {
    return values.values().iterator().next();
  }

  Address address(String name) {
    return (Address) value(name);
  }

  Bytes32 bytes32(String name) {
    return (Bytes32) value(name);
  }

  Data data(String name) {
    return (Data) value(name);
  }

  String text(String name) {
    return (String) value(name);
  }

  boolean flag(String name) {
    return (Boolean) value(name);
  }

  Fields struct(String name) {
    return (Fields) value(name);
  }

  BigInteger number(String name) {
    return (BigInteger) value(name);
  }

  Wei wei(String name) {
    return new Wei(number(name));
  }

  /// An unsigned number that fits 31 bits.
  int int32(String name) {
    BigInteger number = number(name);
    if (number.bitLength() > 31) {
      throw new UnreadableException("%s is too large: %s".formatted(name, number));
    }
    return number.intValue();
  }

  /// An unsigned number that fits 63 bits.
  long int64(String name) {
    BigInteger number = number(name);
    if (number.bitLength() > 63) {
      throw new UnreadableException("%s is too large: %s".formatted(name, number));
    }
    return number.longValue();
  }

  /// All bits of a `uint64`; one above 2^63-1 is negative here.
  long bits64(String name) {
    return number(name).longValue();
  }

  <E extends Enum<E>> E constant(String name, Class<E> type) {
    E[] constants = type.getEnumConstants();
    int ordinal = int32(name);
    if (constants == null || ordinal >= constants.length) {
      throw new UnreadableException("%s has no number %d".formatted(type.getSimpleName(), ordinal));
    }
    return constants[ordinal];
  }
}
