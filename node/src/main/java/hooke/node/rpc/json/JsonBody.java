package hooke.node.rpc.json;

import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import hooke.node.rpc.ErrorCode;
import hooke.node.rpc.RpcException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.json.JsonFactory;

/// Reads a JSON text (RFC 8259) into a message by proto3's JSON mapping. Unlike its usual readers
/// nothing is dropped or guessed: what the message has no field for is refused, as is a name that
/// comes twice, in whatever spelling, an enum's number that nobody named, and text behind the end.
final class JsonBody {
  private static final int MAX_DEPTH = 32;
  private static final int MAX_NUMBER = 64;
  private static final int MAX_NAME = 1_024;
  private static final int MAX_REASON = 160;

  private static final JsonFactory JSON =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(MAX_DEPTH)
                  .maxNumberLength(MAX_NUMBER)
                  .maxNameLength(MAX_NAME)
                  .build())
          .build();

  private final JsonParser tokens;

  private JsonBody(JsonParser tokens) {
    this.tokens = tokens;
  }

  /// Fills a message that has nothing in it yet.
  ///
  /// @throws RpcException if the bytes are not JSON, or not of this message
  static void read(byte[] body, Message.Builder into) {
    try (JsonParser tokens = JSON.createParser(ObjectReadContext.empty(), utf8(body))) {
      if (tokens.nextToken() == null) {
        throw broken("it is empty; a request without fields is {}");
      }
      new JsonBody(tokens).message(into, "");
      if (tokens.nextToken() != null) {
        throw broken("more comes behind its end");
      }
    } catch (JacksonException e) {
      // What the parser says of its own source is for programmers.
      String why =
          String.valueOf(e.getOriginalMessage())
              .lines()
              .findFirst()
              .orElse("")
              .replaceFirst(" \\(start marker.*", "");
      throw broken(
          "%s (line %d, column %d)"
              .formatted(
                  why.length() > MAX_REASON ? why.substring(0, MAX_REASON) + "…" : why,
                  e.getLocation() == null ? 0 : e.getLocation().getLineNr(),
                  e.getLocation() == null ? 0 : e.getLocation().getColumnNr()));
    }
  }

  private static String utf8(byte[] body) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(body)).toString();
    } catch (CharacterCodingException e) {
      throw broken("it is not UTF-8");
    }
  }

  private static RpcException broken(String why) {
    return new RpcException(
        ErrorCode.INVALID_ARGUMENT, "the body is not the JSON asked for: " + why);
  }

  private void message(Message.Builder into, String at) {
    if (tokens.currentToken() != JsonToken.START_OBJECT) {
      throw wrong(at, "an object");
    }
    Set<FieldDescriptor> seen = new HashSet<>();
    while (tokens.nextToken() != JsonToken.END_OBJECT) {
      String name = tokens.currentName();
      FieldDescriptor field =
          Fields.find(into.getDescriptorForType(), name)
              .orElseThrow(() -> Fields.unknown(into.getDescriptorForType(), at, name));
      String place = Fields.at(at, field);
      if (!seen.add(field)) {
        throw Fields.twice(place);
      }
      if (tokens.nextToken() == JsonToken.VALUE_NULL) {
        continue; // As if it were not there.
      }
      Fields.refuseSecond(into, field, place);
      if (field.isRepeated()) {
        list(into, field, place);
      } else {
        into.setField(field, value(into, field, place));
      }
    }
  }

  private void list(Message.Builder into, FieldDescriptor field, String at) {
    if (tokens.currentToken() != JsonToken.START_ARRAY) {
      throw wrong(at, "a list");
    }
    for (int index = 0; tokens.nextToken() != JsonToken.END_ARRAY; index++) {
      into.addRepeatedField(field, value(into, field, at + "[" + index + "]"));
    }
  }

  private Object value(Message.Builder parent, FieldDescriptor field, String at) {
    if (!Scalars.single(field)) {
      Message.Builder child = parent.newBuilderForField(field);
      message(child, at);
      return child.build();
    }
    boolean fits =
        switch (tokens.currentToken()) {
          case VALUE_STRING -> field.getType() != FieldDescriptor.Type.BOOL;
          case VALUE_TRUE, VALUE_FALSE -> field.getType() == FieldDescriptor.Type.BOOL;
          case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT ->
              switch (field.getJavaType()) {
                case INT, LONG, ENUM -> true;
                default -> false;
              };
          default -> false;
        };
    if (!fits) {
      throw wrong(at, wanted(field));
    }
    return Scalars.read(field, tokens.getString(), at);
  }

  private static String wanted(FieldDescriptor field) {
    return switch (field.getJavaType()) {
      case INT, LONG -> "a number";
      case BOOLEAN -> "true or false";
      case BYTE_STRING -> "a string of base64";
      case ENUM -> "the name of a value";
      default -> "a string";
    };
  }

  private RpcException wrong(String at, String wanted) {
    String found =
        switch (tokens.currentToken()) {
          case START_OBJECT -> "an object";
          case START_ARRAY -> "a list";
          case VALUE_STRING -> "a string";
          case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> "a number";
          case VALUE_TRUE, VALUE_FALSE -> "true or false";
          case VALUE_NULL -> "null";
          default -> "something else";
        };
    return at.isEmpty()
        ? broken("it must be %s, and is %s".formatted(wanted, found))
        : Fields.refused(at, "%s must be %s, and is %s".formatted(at, wanted, found));
  }
}
