package hooke.node.rpc.json;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import hooke.node.rpc.ErrorCode;
import hooke.node.rpc.RpcException;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// Reads the parameters behind a path's `?` into a message: each is a field's name, in either
/// spelling, dots between the names of nested ones; a repeated field may come more than once.
final class Query {
  private final Message.Builder into;
  private final Set<String> seen;

  private Query(Message.Builder into, Set<String> seen) {
    this.into = into;
    this.seen = seen;
  }

  /// @param query as it came, percent-encoded
  /// @param bound places that the path has filled
  /// @throws RpcException if a parameter is none of the message's, or its value none of the field's
  static void read(String query, Set<String> bound, Message.Builder into) {
    Query reader = new Query(into, new HashSet<>(bound));
    for (String each : query.split("&", -1)) {
      if (!each.isEmpty()) {
        int equals = each.indexOf('=');
        reader.parameter(
            decoded(equals < 0 ? each : each.substring(0, equals)),
            equals < 0 ? "" : decoded(each.substring(equals + 1)));
      }
    }
  }

  private static String decoded(String text) {
    return Percent.decode(text, true)
        .orElseThrow(() ->
            new RpcException(
                ErrorCode.INVALID_ARGUMENT,
                "the parameter %s is not percent-encoded UTF-8".formatted(Fields.quoted(text))));
  }

  private void parameter(String name, String text) {
    Message.Builder parent = into;
    String at = "";
    String[] names = name.split("\\.", -1);
    for (int i = 0; ; i++) {
      Message.Builder holder = parent;
      String place = at;
      String part = names[i];
      Optional<FieldDescriptor> found = Fields.find(holder.getDescriptorForType(), part);
      FieldDescriptor field =
          found.orElseThrow(() -> Fields.unknown(holder.getDescriptorForType(), place, part));
      at = Fields.at(at, field);
      boolean last = i == names.length - 1;
      if (Scalars.single(field)) {
        if (!last) {
          throw Fields.refused(
              at + "." + names[i + 1],
              "%s has no fields, so no %s".formatted(at, Fields.quoted(names[i + 1])));
        }
        set(holder, field, at, text);
        return;
      }
      if (last || field.isRepeated()) {
        throw Fields.refused(at, at + " holds more than a parameter can say");
      }
      Fields.refuseSecond(holder, field, at);
      parent = holder.getFieldBuilder(field);
    }
  }

  private void set(Message.Builder parent, FieldDescriptor field, String at, String text) {
    Object value = Scalars.read(field, text, at);
    if (field.isRepeated()) {
      parent.addRepeatedField(field, value);
      return;
    }
    if (!seen.add(at)) {
      throw Fields.twice(at);
    }
    Fields.refuseSecond(parent, field, at);
    parent.setField(field, value);
  }
}
