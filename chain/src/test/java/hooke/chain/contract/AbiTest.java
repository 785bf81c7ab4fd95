package hooke.chain.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Data;
import hooke.chain.Keccak;
import hooke.chain.Wei;
import hooke.chain.rpc.LogEntry;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class AbiTest {
  private static final LogPosition AT = new LogPosition(1, Bytes32.ZERO, Bytes32.ZERO, 0);

  /// The example of the "Contract ABI Specification": `sam("dave", true, [1,2,3])`, and `f` with
  /// dynamic arguments.
  @Test
  void theSpecificationsExamplesComeOut() {
    List<Abi.Member> members =
        List.of(
            new Abi.Member("a", new Abi.Type.Bytes(), false),
            new Abi.Member("b", new Abi.Type.Bool(), false),
            new Abi.Member("c", new Abi.Type.Array(new Abi.Type.Int(256, false)), false));
    Data encoded =
        Data.of(
            Abi.encode(
                members,
                List.of(
                    Data.of("dave".getBytes(StandardCharsets.US_ASCII)), true, List.of(1, 2, 3))));
    assertEquals(
        "0x"
            + "0000000000000000000000000000000000000000000000000000000000000060"
            + "0000000000000000000000000000000000000000000000000000000000000001"
            + "00000000000000000000000000000000000000000000000000000000000000a0"
            + "0000000000000000000000000000000000000000000000000000000000000004"
            + "6461766500000000000000000000000000000000000000000000000000000000"
            + "0000000000000000000000000000000000000000000000000000000000000003"
            + "0000000000000000000000000000000000000000000000000000000000000001"
            + "0000000000000000000000000000000000000000000000000000000000000002"
            + "0000000000000000000000000000000000000000000000000000000000000003",
        encoded.hex());
    Fields back = Abi.decode(members, encoded);
    assertEquals("dave", new String(back.data("a").bytes(), StandardCharsets.US_ASCII));
    assertTrue(back.flag("b"));
  }

  @Test
  void everyEventOfTheLawHasARecord() {
    Set<String> records =
        Arrays.stream(LawEvent.class.getPermittedSubclasses())
            .flatMap(each ->
                each.isInterface()
                    ? Arrays.stream(each.getPermittedSubclasses())
                    : java.util.stream.Stream.of(each))
            .flatMap(each ->
                each.isInterface()
                    ? Arrays.stream(each.getPermittedSubclasses())
                    : java.util.stream.Stream.of(each))
            .flatMap(each ->
                each.isInterface()
                    ? Arrays.stream(each.getPermittedSubclasses())
                    : java.util.stream.Stream.of(each))
            .map(Class::getSimpleName)
            .collect(Collectors.toCollection(TreeSet::new));
    Set<String> law =
        Artifact.HOOKE.abi().events().values().stream()
            .map(Abi.Event::name)
            .collect(Collectors.toCollection(TreeSet::new));
    records.remove("Unreadable");
    assertEquals(law, records);
  }

  /// A log of zeros for every event: each member that a record asks for is in the ABI.
  @Test
  void everyEventDecodes() {
    for (Abi.Event event : Artifact.HOOKE.abi().events().values()) {
      List<Bytes32> topics = new ArrayList<>(List.of(event.topic()));
      List<Abi.Member> plain = new ArrayList<>();
      for (Abi.Member member : event.inputs()) {
        if (member.indexed()) {
          topics.add(Bytes32.ZERO);
        } else {
          plain.add(member);
        }
      }
      Data data = Data.of(Abi.encode(plain, plain.stream().map(m -> zero(m.type())).toList()));
      LawEvent decoded =
          LawCodec.event(
              new LogEntry(Address.ZERO, topics, data, 1, Bytes32.ZERO, Bytes32.ZERO, 0));
      assertEquals(event.name(), decoded.getClass().getSimpleName(), decoded.toString());
      assertEquals(AT, decoded.at());
    }
  }

  @Test
  void logsOfStrangersNeverThrow() {
    for (Abi.Event event : Artifact.HOOKE.abi().events().values()) {
      for (int size : new int[] {0, 31, 64, 1_000}) {
        byte[] noise = new byte[size];
        Arrays.fill(noise, (byte) 0xff);
        LogEntry log =
            new LogEntry(
                Address.ZERO,
                List.of(event.topic()),
                Data.of(noise),
                1,
                Bytes32.ZERO,
                Bytes32.ZERO,
                0);
        assertEquals(AT, LawCodec.event(log).at());
      }
    }
  }

  /// A reordered enum in Solidity would be read wrongly here without any error.
  @Test
  void enumsAreNumberedAsInTheLaw() throws java.io.IOException {
    String source = "";
    for (String file : List.of("ITasks.sol", "IDisputes.sol", "ILeases.sol")) {
      source +=
          java.nio.file.Files.readString(
              hooke.chain.TestChain.CONTRACTS.resolve("src/interfaces").resolve(file));
    }
    for (Class<? extends Enum<?>> type :
        List.<Class<? extends Enum<?>>>of(
            Verification.class,
            OrderState.class,
            CloseReason.class,
            SlotState.class,
            ChallengeState.class,
            LeaseSlotState.class,
            LeaseEnd.class,
            LeaseOverReason.class)) {
      var match =
          java.util.regex.Pattern.compile("enum " + type.getSimpleName() + " \\{([^}]*)}")
              .matcher(source);
      assertTrue(match.find(), type.getSimpleName());
      List<String> law =
          Arrays.stream(match.group(1).split(",", -1))
              .map(String::strip)
              .map(name ->
                  name.equals(name.toUpperCase(Locale.ROOT))
                      ? name
                      : name.replaceAll("(?<=[a-z])(?=[A-Z])", "_").toUpperCase(Locale.ROOT))
              .toList();
      List<String> ours =
          Arrays.stream(type.getEnumConstants()).map(constant -> constant.name()).toList();
      assertEquals(law, ours);
    }
  }

  @Test
  void everySentenceIsAboutAnErrorAndItsArguments() {
    var errors =
        java.util.stream.Stream.concat(
                Artifact.HOOKE.abi().failures().values().stream(),
                Artifact.TOKEN.abi().failures().values().stream())
            .collect(Collectors.toMap(Abi.Failure::name, each -> each, (a, b) -> a));
    Reverts.sentences()
        .forEach((name, sentence) -> {
          Abi.Failure failure = errors.get(name);
          if (failure == null) {
            throw new AssertionError("the law has no error " + name);
          }
          Set<String> arguments =
              failure.inputs().stream().map(Abi.Member::name).collect(Collectors.toSet());
          var places = java.util.regex.Pattern.compile("\\{(\\w+)").matcher(sentence);
          while (places.find()) {
            assertTrue(arguments.contains(places.group(1)), name + ": " + places.group(1));
          }
        });
    for (Abi.Failure failure : Artifact.HOOKE.abi().failures().values()) {
      Data data =
          Data.parse(
              failure.selector().hex()
                  + Data.of(
                          Abi.encode(
                              failure.inputs(),
                              failure.inputs().stream().map(m -> zero(m.type())).toList()))
                      .hex()
                      .substring(2));
      assertEquals(failure.name(), Reverts.decode(data).name());
    }
  }

  @Test
  void payIsRoundedUpAsInTheLaw() {
    assertEquals(Wei.of(1), Terms.payUp(1, 1));
    assertEquals(Wei.of(1), Terms.payUp(1_000_000, 1));
    assertEquals(Wei.of(2), Terms.payUp(1_000_001, 1));
    assertEquals(Wei.ZERO, Terms.payUp(0, 5));
    assertTrue(
        Keccak.hash().toString().startsWith("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b"));
  }

  private static Object zero(Abi.Type type) {
    return switch (type) {
      case Abi.Type.Int _ -> 0;
      case Abi.Type.Bool _ -> false;
      case Abi.Type.Account _ -> Address.ZERO;
      case Abi.Type.Fixed fixed -> Data.of(new byte[fixed.length()]);
      case Abi.Type.Bytes _ -> Data.EMPTY;
      case Abi.Type.Text _ -> "";
      case Abi.Type.Array _ -> List.of();
      case Abi.Type.Struct struct ->
          struct.members().stream().map(member -> zero(member.type())).toList();
    };
  }
}
