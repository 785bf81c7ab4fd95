package hooke.node.rpc;

import com.google.protobuf.ProtocolMessageEnum;
import hooke.chain.Address;
import hooke.chain.Bytes32;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What requests for resources have in common: names, and fields that filter. Whatever has not the
/// form it should have is refused with a word that names it.
final class Requests {
  private Requests() {}

  /// The id in a name such as `orders/0x...`.
  ///
  /// @param collection such as `orders`
  static Bytes32 id(String collection, String name) {
    String id = after(collection, name);
    try {
      return Bytes32.parse(id);
    } catch (IllegalArgumentException e) {
      throw invalid("a name here is %s/ and an id, 0x and 64 hex digits".formatted(collection));
    }
  }

  /// The number in a name such as `providers/7`.
  static int number(String collection, String name) {
    String number = after(collection, name);
    try {
      return Integer.parseInt(number);
    } catch (NumberFormatException e) {
      throw invalid("a name here is %s/ and a number".formatted(collection));
    }
  }

  private static String after(String collection, String name) {
    String prefix = collection + "/";
    if (!name.startsWith(prefix)) {
      throw invalid("a name here begins with " + prefix);
    }
    return name.substring(prefix.length());
  }

  /// Whether an address is the wanted one; every one is when none is named.
  static Predicate<Address> address(String wanted) {
    if (wanted.isEmpty()) {
      return any -> true;
    }
    try {
      return Address.parse(wanted)::equals;
    } catch (IllegalArgumentException e) {
      throw invalid(e.getMessage());
    }
  }

  /// Whether a value is among the wanted ones; every one is when none is named.
  ///
  /// @param field for the refusal of a number that has no name here
  static <E extends Enum<E> & ProtocolMessageEnum> Predicate<E> among(
      String field, List<E> wanted) {
    for (E each : wanted) {
      if (each.name().equals("UNRECOGNIZED")) {
        throw invalid(field + " has a value that this node does not know");
      }
    }
    return wanted.isEmpty() ? any -> true : wanted::contains;
  }

  /// Whether an id begins with the wanted digits; every one does when there are none.
  static Predicate<Bytes32> prefix(String wanted) {
    if (!wanted.matches("(0[xX])?[0-9a-fA-F]{0,64}")) {
      throw invalid("an id_prefix is up to 64 hex digits, with or without 0x");
    }
    String digits = wanted.toLowerCase(Locale.ROOT);
    String prefix = digits.startsWith("0x") || digits.isEmpty() ? digits : "0x" + digits;
    return id -> id.toString().startsWith(prefix);
  }

  static RpcException invalid(@Nullable String sentence) {
    return new RpcException(
        ErrorCode.INVALID_ARGUMENT, sentence == null ? "the request is not valid" : sentence);
  }
}
