package hooke.node.rpc.json;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Message;
import hooke.node.rpc.ErrorCode;
import hooke.node.rpc.RpcException;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// The fields of a request by the names that callers write, in either spelling, and the refusals
/// that name them.
final class Fields {
  private static final int SHOWN = 60;

  private Fields() {}

  /// A field's place for people and programs: `terms.max_price`, `blobs[3]`.
  static String at(String parent, FieldDescriptor field) {
    return parent.isEmpty() ? field.getName() : parent + "." + field.getName();
  }

  static Optional<FieldDescriptor> find(Descriptor type, String name) {
    return type.getFields().stream()
        .filter(field -> field.getName().equals(name) || field.getJsonName().equals(name))
        .findFirst();
  }

  static RpcException unknown(Descriptor type, String parent, String name) {
    String known =
        type.getFields().stream().map(FieldDescriptor::getName).collect(Collectors.joining(", "));
    String place = parent.isEmpty() ? "" : " in " + parent;
    return refused(
        parent.isEmpty() ? name : parent + "." + name,
        "there is no %s%s; %s"
            .formatted(
                quoted(name),
                place,
                known.isEmpty() ? "nothing is asked here" : "known: " + known));
  }

  static RpcException twice(String at) {
    return refused(at, at + " is given twice");
  }

  /// Refuses another choice of a oneof that holds one already.
  static void refuseSecond(Message.Builder into, FieldDescriptor field, String at) {
    OneofDescriptor choice = field.getRealContainingOneof();
    FieldDescriptor first = choice == null ? null : into.getOneofFieldDescriptor(choice);
    if (first != null && first != field) {
      throw refused(at, "%s and %s exclude each other".formatted(first.getName(), at));
    }
  }

  /// A refusal of what one field says.
  ///
  /// @param at the field's place; also in the refusal's metadata
  static RpcException refused(String at, String sentence) {
    return new RpcException(
        ErrorCode.INVALID_ARGUMENT,
        sentence,
        Map.of("field", at.substring(0, Math.min(at.length(), 200))));
  }

  /// What a caller wrote, short and on one line.
  static String quoted(String text) {
    String line = text.replaceAll("\\p{Cntrl}", "?");
    return "'" + (line.length() > SHOWN ? line.substring(0, SHOWN) + "…" : line) + "'";
  }
}
