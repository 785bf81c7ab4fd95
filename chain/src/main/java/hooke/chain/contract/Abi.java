package hooke.chain.contract;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.ChainException;
import hooke.chain.Data;
import hooke.chain.Keccak;
import hooke.chain.Wei;
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/// A contract's interface, read from the ABI that its compiler wrote, and the encoding it
/// prescribes (Solidity's "Contract ABI Specification").
///
/// Reading the ABI at run time keeps one source of truth: signatures, selectors, error names and
/// struct layouts are never typed a second time in Java, so they cannot differ from the law.
/// web3j's own coder wants a generated class for every struct; a test holds this one against the
/// specification's example, and the order id against the contract's.
///
/// Java values: `uintN`/`intN` are [BigInteger] (given also as `Long`, `Integer`, [Wei], enum),
/// `address` is [Address], `bytes32` is [Bytes32], other bytes are [Data], structs are lists
/// (given) or [Fields] (taken), arrays are lists.
final class Abi {
  private static final int WORD = 32;
  private static final BigInteger TWO_256 = BigInteger.ONE.shiftLeft(256);

  private final String contract;
  private final Map<String, Function> functions = new HashMap<>();
  private final Map<Bytes32, Event> events = new HashMap<>();
  private final Map<Data, Failure> failures = new HashMap<>();

  private Abi(String contract) {
    this.contract = contract;
  }

  record Member(String name, Type type, boolean indexed) {}

  record Function(String name, List<Member> inputs, List<Member> outputs, Data selector) {}

  record Event(String name, List<Member> inputs, Bytes32 topic) {}

  /// A custom error.
  record Failure(String name, List<Member> inputs, Data selector) {}

  /// The closed set of Solidity's types.
  sealed interface Type {
    /// As it stands in a signature.
    String canonical();

    boolean dynamic();

    /// Bytes of the head when static.
    int size();

    sealed interface Elementary extends Type {
      @Override
      default int size() {
        return WORD;
      }
    }

    record Int(int bits, boolean signed) implements Elementary {
      @Override
      public String canonical() {
        return (signed ? "int" : "uint") + bits;
      }

      @Override
      public boolean dynamic() {
        return false;
      }
    }

    record Bool() implements Elementary {
      @Override
      public String canonical() {
        return "bool";
      }

      @Override
      public boolean dynamic() {
        return false;
      }
    }

    record Account() implements Elementary {
      @Override
      public String canonical() {
        return "address";
      }

      @Override
      public boolean dynamic() {
        return false;
      }
    }

    record Fixed(int length) implements Elementary {
      @Override
      public String canonical() {
        return "bytes" + length;
      }

      @Override
      public boolean dynamic() {
        return false;
      }
    }

    record Bytes() implements Elementary {
      @Override
      public String canonical() {
        return "bytes";
      }

      @Override
      public boolean dynamic() {
        return true;
      }
    }

    record Text() implements Elementary {
      @Override
      public String canonical() {
        return "string";
      }

      @Override
      public boolean dynamic() {
        return true;
      }
    }

    record Array(Type element) implements Elementary {
      @Override
      public String canonical() {
        return element.canonical() + "[]";
      }

      @Override
      public boolean dynamic() {
        return true;
      }
    }

    record Struct(List<Member> members) implements Type {
      @Override
      public String canonical() {
        return signature(members);
      }

      @Override
      public boolean dynamic() {
        return members.stream().anyMatch(member -> member.type().dynamic());
      }

      @Override
      public int size() {
        return members.stream().mapToInt(member -> headSize(member.type())).sum();
      }
    }
  }

  static Abi parse(String contract, JsonNode json) {
    Abi abi = new Abi(contract);
    for (JsonNode entry : json) {
      String kind = entry.path("type").asString();
      if (kind.equals("constructor") || kind.equals("receive") || kind.equals("fallback")) {
        continue;
      }
      String name = entry.path("name").asString();
      List<Member> inputs = members(entry.path("inputs"));
      Bytes32 hash = Keccak.hash((name + signature(inputs)).getBytes(StandardCharsets.UTF_8));
      Data selector = hash.data().slice(0, 4);
      switch (kind) {
        case "function" -> {
          List<Member> outputs = members(entry.path("outputs"));
          abi.functions.put(name, new Function(name, inputs, outputs, selector));
        }
        case "event" -> abi.events.put(hash, new Event(name, inputs, hash));
        case "error" -> abi.failures.put(selector, new Failure(name, inputs, selector));
        default -> throw mismatch(contract, "has an entry of the unknown kind " + kind);
      }
    }
    return abi;
  }

  Function function(String name) {
    Function function = functions.get(name);
    if (function == null) {
      throw mismatch(contract, "has no function " + name);
    }
    return function;
  }

  Map<String, Function> functions() {
    return functions;
  }

  Map<Bytes32, Event> events() {
    return events;
  }

  Map<Data, Failure> failures() {
    return failures;
  }

  /// Call data of a function.
  Data encode(String name, Object... arguments) {
    Function function = function(name);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(function.selector().bytes());
    out.writeBytes(encode(function.inputs(), Arrays.asList(arguments)));
    return Data.of(out.toByteArray());
  }

  /// What a function returned, by name; unnamed outputs are named by position ("0", "1").
  Fields result(String name, Data returned) {
    return decode(function(name).outputs(), returned);
  }

  /// `abi.encode` of the values as the members say.
  static byte[] encode(List<Member> members, List<?> values) {
    if (members.size() != values.size()) {
      throw new IllegalArgumentException(
          "%d values for %s".formatted(values.size(), signature(members)));
    }
    int headSize = members.stream().mapToInt(member -> headSize(member.type())).sum();
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    ByteArrayOutputStream tail = new ByteArrayOutputStream();
    for (int i = 0; i < members.size(); i++) {
      Type type = members.get(i).type();
      byte[] encoded = encode(type, values.get(i));
      if (type.dynamic()) {
        head.writeBytes(word(BigInteger.valueOf(headSize + (long) tail.size())));
        tail.writeBytes(encoded);
      } else {
        head.writeBytes(encoded);
      }
    }
    head.writeBytes(tail.toByteArray());
    return head.toByteArray();
  }

  /// Reads `data` as the members say.
  ///
  /// @throws UnreadableException if it is cut short or malformed
  static Fields decode(List<Member> members, Data data) {
    return new Reader(data.bytes()).members(members, 0);
  }

  /// Reads a log: indexed members from the topics, the others from the data.
  static Fields decode(Event event, List<Bytes32> topics, Data data) {
    List<Member> plain = event.inputs().stream().filter(member -> !member.indexed()).toList();
    Fields values = decode(plain, data);
    Map<String, Object> all = new LinkedHashMap<>();
    int topic = 1;
    for (Member member : event.inputs()) {
      if (!member.indexed()) {
        all.put(member.name(), values.value(member.name()));
        continue;
      }
      if (topic >= topics.size()) {
        throw new UnreadableException("the log lacks the topic of " + member.name());
      }
      all.put(member.name(), new Reader(topics.get(topic).bytes()).value(member.type(), 0, 0));
      topic++;
    }
    return new Fields(all);
  }

  private static byte[] encode(Type type, Object value) {
    return switch (type) {
      case Type.Int number -> word(inRange(number, integer(value)));
      case Type.Bool ignored -> word((Boolean) value ? BigInteger.ONE : BigInteger.ZERO);
      case Type.Account ignored -> leftPadded(((Address) value).bytes());
      case Type.Fixed fixed -> {
        byte[] bytes = value instanceof Bytes32 b ? b.bytes() : ((Data) value).bytes();
        if (bytes.length != fixed.length()) {
          throw new IllegalArgumentException(bytes.length + " bytes for " + type.canonical());
        }
        yield Arrays.copyOf(bytes, WORD);
      }
      case Type.Bytes ignored -> sized(((Data) value).bytes());
      case Type.Text ignored -> sized(((String) value).getBytes(StandardCharsets.UTF_8));
      case Type.Array array -> {
        List<?> elements = (List<?>) value;
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(word(BigInteger.valueOf(elements.size())));
        out.writeBytes(
            encode(
                elements.stream().map(e -> new Member("", array.element(), false)).toList(),
                elements));
        yield out.toByteArray();
      }
      case Type.Struct struct -> encode(struct.members(), (List<?>) value);
    };
  }

  @SuppressWarnings("EnumOrdinal") // Solidity numbers its enums the same way; a test compares them.
  private static BigInteger integer(Object value) {
    return switch (value) {
      case BigInteger number -> number;
      case Long number -> BigInteger.valueOf(number);
      case Integer number -> BigInteger.valueOf(number);
      case Wei amount -> amount.value();
      case Enum<?> constant -> BigInteger.valueOf(constant.ordinal());
      default -> throw new IllegalArgumentException("not a number: " + value);
    };
  }

  private static BigInteger inRange(Type.Int type, BigInteger number) {
    boolean fits =
        type.signed()
            ? number.bitLength() < type.bits()
            : number.signum() >= 0 && number.bitLength() <= type.bits();
    if (!fits) {
      throw new IllegalArgumentException(number + " does not fit " + type.canonical());
    }
    return number;
  }

  private static byte[] word(BigInteger number) {
    return leftPadded((number.signum() < 0 ? number.add(TWO_256) : number).toByteArray());
  }

  private static byte[] leftPadded(byte[] bytes) {
    byte[] word = new byte[WORD];
    int length = Math.min(bytes.length, WORD);
    System.arraycopy(bytes, bytes.length - length, word, WORD - length, length);
    return word;
  }

  private static byte[] sized(byte[] bytes) {
    int padded = Math.ceilDiv(bytes.length, WORD) * WORD;
    byte[] out = Arrays.copyOf(word(BigInteger.valueOf(bytes.length)), WORD + padded);
    System.arraycopy(bytes, 0, out, WORD, bytes.length);
    return out;
  }

  private static int headSize(Type type) {
    return type.dynamic() ? WORD : type.size();
  }

  private static String signature(List<Member> members) {
    return members.stream()
        .map(member -> member.type().canonical())
        .collect(Collectors.joining(",", "(", ")"));
  }

  private static List<Member> members(JsonNode json) {
    List<Member> members = new ArrayList<>();
    for (JsonNode entry : json) {
      String name = entry.path("name").asString();
      members.add(
          new Member(
              name.isEmpty() ? String.valueOf(members.size()) : name,
              type(entry.path("type").asString(), entry),
              entry.path("indexed").asBoolean(false)));
    }
    return List.copyOf(members);
  }

  private static Type type(String text, JsonNode entry) {
    if (text.endsWith("[]")) {
      return new Type.Array(type(text.substring(0, text.length() - 2), entry));
    }
    if (text.equals("tuple")) {
      return new Type.Struct(members(entry.path("components")));
    }
    return switch (text) {
      case "bool" -> new Type.Bool();
      case "address" -> new Type.Account();
      case "bytes" -> new Type.Bytes();
      case "string" -> new Type.Text();
      default -> {
        if (text.startsWith("uint")) {
          yield new Type.Int(Integer.parseInt(text.substring(4)), false);
        }
        if (text.startsWith("int")) {
          yield new Type.Int(Integer.parseInt(text.substring(3)), true);
        }
        if (text.startsWith("bytes")) {
          yield new Type.Fixed(Integer.parseInt(text.substring(5)));
        }
        throw new ChainException(
            ChainException.Code.LAW_MISMATCH, "the ABI has a type this door cannot read: " + text);
      }
    };
  }

  private static ChainException mismatch(String contract, String what) {
    return new ChainException(
        ChainException.Code.LAW_MISMATCH,
        "the ABI of %s %s: build the contracts and this program from one version"
            .formatted(contract, what));
  }

  /// Reads words, with every offset and length checked against what is there: the data may come
  /// from a stranger.
  private static final class Reader {
    private final byte[] bytes;

    Reader(byte[] bytes) {
      this.bytes = bytes;
    }

    Fields members(List<Member> members, int base) {
      Map<String, Object> values = new LinkedHashMap<>();
      int head = base;
      for (Member member : members) {
        values.put(member.name(), value(member.type(), base, head));
        head += headSize(member.type());
      }
      return new Fields(values);
    }

    /// The value whose head stands at `head`; offsets in it count from `base`.
    Object value(Type type, int base, int head) {
      int at = type.dynamic() ? base + length(head) : head;
      return switch (type) {
        case Type.Int number -> number(number, at);
        case Type.Bool ignored -> number(new Type.Int(8, false), at).signum() != 0;
        case Type.Account ignored -> Address.of(slice(at + 12, Address.SIZE));
        case Type.Fixed fixed -> {
          byte[] value = slice(at, fixed.length());
          yield fixed.length() == Bytes32.SIZE ? Bytes32.of(value) : Data.of(value);
        }
        case Type.Bytes ignored -> Data.of(slice(at + WORD, length(at)));
        case Type.Text ignored -> new String(slice(at + WORD, length(at)), StandardCharsets.UTF_8);
        case Type.Array array -> {
          int count = length(at);
          int start = at + WORD;
          int step = headSize(array.element());
          if (count > (bytes.length - start) / WORD) {
            throw new UnreadableException("an array is longer than the data");
          }
          List<Object> elements = new ArrayList<>(count);
          for (int i = 0; i < count; i++) {
            elements.add(value(array.element(), start, start + i * step));
          }
          yield List.copyOf(elements);
        }
        case Type.Struct struct -> members(struct.members(), at);
      };
    }

    private BigInteger number(Type.Int type, int at) {
      byte[] word = slice(at, WORD);
      BigInteger number = type.signed() ? new BigInteger(word) : new BigInteger(1, word);
      if (number.bitLength() > type.bits()) {
        throw new UnreadableException("a number is larger than " + type.canonical());
      }
      return number;
    }

    private int length(int at) {
      BigInteger length = new BigInteger(1, slice(at, WORD));
      if (length.compareTo(BigInteger.valueOf(bytes.length)) > 0) {
        throw new UnreadableException("an offset or length points past the data");
      }
      return length.intValue();
    }

    private byte[] slice(int from, int length) {
      if (from < 0 || length < 0 || from > bytes.length - length) {
        throw new UnreadableException("the data is cut short");
      }
      return Arrays.copyOfRange(bytes, from, from + length);
    }
  }

  /// Data that is not what its type says.
  static final class UnreadableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    UnreadableException(String message) {
      super(message);
    }
  }
}
