package hooke.node.task;

import static org.junit.jupiter.api.Assertions.assertEquals;

import hooke.v1.Offer;
import hooke.v1.QuoteOrderResponse;
import hooke.v1.Reason;
import hooke.v1.Refusal;
import java.util.Map;
import java.util.Optional;
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
}
