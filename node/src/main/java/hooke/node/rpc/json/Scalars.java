package hooke.node.rpc.json;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.Timestamp;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// Single values as text, each with one meaning or a refusal. The forms are proto3's JSON mapping.
final class Scalars {
  /// More than any number here has; also keeps exponents from becoming gigabytes of digits.
  private static final int MAX_DIGITS = 40;

  private static final Pattern NUMBER =
      Pattern.compile("-?(0|[1-9][0-9]*)(\\.[0-9]+)?([eE][+-]?[0-9]{1,2})?");

  private static final Pattern DURATION = Pattern.compile("(-?)([0-9]{1,12})(?:\\.([0-9]{1,9}))?s");

  /// Of `google.protobuf.Duration` and `google.protobuf.Timestamp`.
  private static final long MAX_DURATION_SECONDS = 315_576_000_000L;

  private static final Instant FIRST = Instant.parse("0001-01-01T00:00:00Z");
  private static final Instant LAST = Instant.parse("9999-12-31T23:59:59.999999999Z");

  private Scalars() {}

  /// Whether a field's values are written as single words: everything but other messages.
  static boolean single(FieldDescriptor field) {
    return field.getJavaType() != FieldDescriptor.JavaType.MESSAGE
        || duration(field)
        || time(field);
  }

  static boolean duration(FieldDescriptor field) {
    return field.getMessageType().getFullName().equals(Duration.getDescriptor().getFullName());
  }

  static boolean time(FieldDescriptor field) {
    return field.getMessageType().getFullName().equals(Timestamp.getDescriptor().getFullName());
  }

  /// Whether this house can read a field's values; nothing else is in the API.
  static boolean readable(FieldDescriptor field) {
    return switch (field.getType()) {
      case INT32, INT64, UINT32, UINT64, BOOL, STRING, BYTES, ENUM -> true;
      case MESSAGE ->
          single(field)
              || (!field.isMapField()
                  && !field.getMessageType().getFullName().startsWith("google.protobuf."));
      case DOUBLE, FLOAT, FIXED32, FIXED64, SFIXED32, SFIXED64, SINT32, SINT64, GROUP -> false;
    };
  }

  /// A value for `Message.Builder.setField`.
  ///
  /// @param at the field's place, for a refusal
  /// @throws hooke.node.rpc.RpcException if the text is none of the field's values
  static Object read(FieldDescriptor field, String text, String at) {
    return switch (field.getType()) {
      case INT32 -> number(text, at, 31, true).intValue();
      case UINT32 -> number(text, at, 32, false).intValue();
      case INT64 -> number(text, at, 63, true).longValue();
      case UINT64 -> number(text, at, 64, false).longValue();
      case BOOL ->
          switch (text) {
            case "true" -> true;
            case "false" -> false;
            default ->
                throw Fields.refused(
                    at, "%s: %s is neither true nor false".formatted(at, Fields.quoted(text)));
          };
      case STRING -> string(text, at);
      case BYTES -> bytes(text, at);
      case ENUM -> choice(field, text, at);
      case MESSAGE -> duration(field) ? span(text, at) : instant(text, at);
      default -> throw new IllegalStateException(field + " has no JSON form here");
    };
  }

  private static BigInteger number(String text, String at, int bits, boolean signed) {
    if (!NUMBER.matcher(text).matches()) {
      throw Fields.refused(at, "%s: %s is no whole number".formatted(at, Fields.quoted(text)));
    }
    BigInteger limit = BigInteger.ONE.shiftLeft(bits);
    BigInteger least = signed ? limit.negate() : BigInteger.ZERO;
    BigInteger value = null;
    if (text.length() <= MAX_DIGITS) {
      try {
        value = new BigDecimal(text).toBigIntegerExact();
      } catch (ArithmeticException e) {
        throw Fields.refused(at, "%s: %s is no whole number".formatted(at, Fields.quoted(text)));
      }
    }
    if (value == null || value.compareTo(least) < 0 || value.compareTo(limit) >= 0) {
      throw Fields.refused(
          at,
          "%s: %s does not fit; it may be %s to %s"
              .formatted(at, Fields.quoted(text), least, limit.subtract(BigInteger.ONE)));
    }
    return value;
  }

  private static String string(String text, String at) {
    for (int i = 0; i < text.length(); i++) {
      char each = text.charAt(i);
      if (Character.isHighSurrogate(each)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(each)) {
        throw Fields.refused(at, at + " holds half of a character (a surrogate without the other)");
      }
    }
    return text;
  }

  private static ByteString bytes(String text, String at) {
    try {
      // Either alphabet, with padding or without.
      return ByteString.copyFrom(
          Base64.getDecoder().decode(text.replace('-', '+').replace('_', '/')));
    } catch (IllegalArgumentException e) {
      throw Fields.refused(at, "%s: %s is not base64".formatted(at, Fields.quoted(text)));
    }
  }

  private static EnumValueDescriptor choice(FieldDescriptor field, String text, String at) {
    EnumValueDescriptor value = field.getEnumType().findValueByName(text);
    if (value == null && text.matches("0|[1-9][0-9]{0,8}")) {
      value = field.getEnumType().findValueByNumber(Integer.parseInt(text));
    }
    if (value == null) {
      throw Fields.refused(
          at,
          "%s: there is no %s; known: %s"
              .formatted(
                  at,
                  Fields.quoted(text),
                  field.getEnumType().getValues().stream()
                      .map(EnumValueDescriptor::getName)
                      .collect(Collectors.joining(", "))));
    }
    return value;
  }

  private static Duration span(String text, String at) {
    Matcher form = DURATION.matcher(text);
    if (!form.matches() || Long.parseLong(form.group(2)) > MAX_DURATION_SECONDS) {
      throw Fields.refused(
          at, "%s: %s is no duration such as 3600s".formatted(at, Fields.quoted(text)));
    }
    int sign = form.group(1).isEmpty() ? 1 : -1;
    String fraction = form.group(3) == null ? "" : form.group(3);
    return Duration.newBuilder()
        .setSeconds(sign * Long.parseLong(form.group(2)))
        .setNanos(sign * Integer.parseInt((fraction + "000000000").substring(0, 9)))
        .build();
  }

  private static Timestamp instant(String text, String at) {
    try {
      Instant time = OffsetDateTime.parse(text, DateTimeFormatter.ISO_OFFSET_DATE_TIME).toInstant();
      if (!time.isBefore(FIRST) && !time.isAfter(LAST)) {
        return Timestamp.newBuilder()
            .setSeconds(time.getEpochSecond())
            .setNanos(time.getNano())
            .build();
      }
    } catch (DateTimeException e) {
      // Falls through to the one sentence about what may stand here.
    }
    throw Fields.refused(
        at, "%s: %s is no time such as 2030-01-31T12:00:00Z".formatted(at, Fields.quoted(text)));
  }
}
