package hooke.node.task;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hooke.v1.Offer;
import hooke.v1.QuoteOrderResponse;
import hooke.v1.Reason;
import hooke.v1.Refusal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class NoBidYetTest {
  private final NoBidYet noBidYet = new NoBidYet();

  private static Reason reason(String text) {
    return Reason.newBuilder().setMessage(text).build();
  }

  private static QuoteOrderResponse compiling(int seconds) {
    String text = "compiling its program: " + seconds + " s so far";
    return QuoteOrderResponse.newBuilder()
        .setOffer(Offer.newBuilder().setPreparing(reason(text)))
        .build();
  }

  private static QuoteOrderResponse refusal(String... reasons) {
    Refusal.Builder refusal = Refusal.newBuilder();
    for (String text : reasons) {
      refusal.addReasons(reason(text));
    }
    return QuoteOrderResponse.newBuilder().setRefusal(refusal).build();
  }

  @Test
  void everyNodesReasonIsTold() {
    Map<Integer, QuoteOrderResponse> answers = new TreeMap<>();
    answers.put(2, refusal("it is full", "it is dear"));
    answers.put(1, compiling(12));
    assertEquals(
        Optional.of(
            "no bid yet: node 1: compiling its program: 12 s so far; node 2: it is full, it is dear"),
        noBidYet.line("no bid yet", answers));
  }

  @Test
  void whatWasSaidIsNotSaidAgainButWhatGoesOnIs() {
    Map<Integer, QuoteOrderResponse> full = Map.of(1, refusal("it is full"));
    assertEquals(true, noBidYet.line("no bid yet", full).isPresent());
    assertEquals(Optional.empty(), noBidYet.line("no bid yet", full));
    assertEquals(true, noBidYet.line("no bid yet", Map.of(1, compiling(12))).isPresent());
    assertEquals(true, noBidYet.line("no bid yet", Map.of(1, compiling(22))).isPresent());
  }

  @Test
  void whoeverIsAboutToBidNeedsNoExcuse() {
    QuoteOrderResponse bids =
        QuoteOrderResponse.newBuilder().setOffer(Offer.getDefaultInstance()).build();
    assertEquals(Optional.empty(), noBidYet.line("no bid yet", Map.of(1, bids)));
    assertEquals(Optional.empty(), noBidYet.line("no bid yet", Map.of()));
  }

  private static QuoteOrderResponse coded(String code, boolean temporary) {
    return QuoteOrderResponse.newBuilder()
        .setRefusal(
            Refusal.newBuilder()
                .addReasons(
                    Reason.newBuilder()
                        .setCode(code)
                        .setMessage("it says " + code)
                        .setTemporary(temporary)))
        .build();
  }

  @Test
  void aNodeWhoseBidIsOnItsWayDoesNotSoundLikeARefusal() {
    Map<Integer, QuoteOrderResponse> answers =
        Map.of(1, coded("ALREADY_TAKEN", true), 2, coded("NO_ROOM", true));
    assertEquals(
        Optional.of("no bid yet: node 2: it says NO_ROOM"), noBidYet.line("no bid yet", answers));
    assertEquals(
        Optional.empty(),
        new NoBidYet().line("no bid yet", Map.of(1, coded("ALREADY_TAKEN", true))));
  }

  @Test
  void anOrderIsHopelessOnceEveryNodeHasRefusedForGood() {
    Duration now = Duration.ZERO;
    QuoteOrderResponse bad = coded("CANNOT_RUN", false);
    QuoteOrderResponse dear = coded("PRICE_BELOW_FLOOR", false);
    List<Integer> two = List.of(1, 2);
    assertEquals(
        Optional.of(
            new NoBidYet.Hopeless(
                "node 1: it says CANNOT_RUN; node 2: it says CANNOT_RUN", true, false, Set.of())),
        NoBidYet.hopeless(two, Map.of(1, bad, 2, bad), now));
    assertEquals(
        Optional.of(false),
        NoBidYet.hopeless(two, Map.of(1, bad, 2, dear), now).map(NoBidYet.Hopeless::task));
    // One prepares, has a bid on its way, or is full for now.
    assertEquals(Optional.empty(), NoBidYet.hopeless(two, Map.of(1, bad, 2, compiling(3)), now));
    assertEquals(
        Optional.empty(),
        NoBidYet.hopeless(two, Map.of(1, bad, 2, coded("ALREADY_TAKEN", true)), now));
    assertEquals(
        Optional.empty(), NoBidYet.hopeless(two, Map.of(1, bad, 2, coded("NO_ROOM", true)), now));
  }

  @Test
  void whoSaysNothingIsWaitedForAMinute() {
    Map<Integer, QuoteOrderResponse> one = Map.of(1, coded("CANNOT_RUN", false));
    assertEquals(
        Optional.empty(), NoBidYet.hopeless(List.of(1, 2), one, NoBidYet.SILENCE.minusNanos(1)));
    assertEquals(true, NoBidYet.hopeless(List.of(1, 2), one, NoBidYet.SILENCE).isPresent());
    assertEquals(Optional.empty(), NoBidYet.hopeless(List.of(1), Map.of(), Duration.ofDays(1)));
  }

  @Test
  void anOrderIsTooCheapOnceNobodyIsLeftWhoWouldTakeItForThat() {
    QuoteOrderResponse bad = coded("CANNOT_RUN", false);
    QuoteOrderResponse dear = coded("PRICE_BELOW_FLOOR", false);
    QuoteOrderResponse dearForNow = coded("PRICE_BELOW_FLOOR", true);
    QuoteOrderResponse bait =
        QuoteOrderResponse.newBuilder().setOffer(Offer.getDefaultInstance()).build();
    List<Integer> two = List.of(1, 2);
    Duration now = Duration.ZERO;
    Duration later = NoBidYet.SILENCE;
    assertEquals(
        Optional.of(Set.of()),
        NoBidYet.tooCheap(two, Map.of(1, bad, 2, dear), now).map(NoBidYet.Hopeless::idle));
    // Its load may pass, and a bid may be on its way.
    assertEquals(Optional.empty(), NoBidYet.tooCheap(two, Map.of(1, bad, 2, dearForNow), now));
    assertEquals(Optional.empty(), NoBidYet.tooCheap(two, Map.of(1, bait, 2, dear), now));
    assertEquals(
        Optional.of(Set.of(1)),
        NoBidYet.tooCheap(two, Map.of(1, bait, 2, dearForNow), later).map(NoBidYet.Hopeless::idle));
    // Nobody wants more, one still prepares, one is full.
    assertEquals(Optional.empty(), NoBidYet.tooCheap(two, Map.of(1, bait, 2, bad), later));
    assertEquals(Optional.empty(), NoBidYet.tooCheap(two, Map.of(1, compiling(9), 2, dear), later));
    assertEquals(
        Optional.empty(),
        NoBidYet.tooCheap(two, Map.of(1, coded("NO_ROOM", true), 2, dear), later));
  }
}
