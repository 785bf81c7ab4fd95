package hooke.node.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import com.google.protobuf.Duration;
import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.NodeProfile;
import hooke.chain.contract.Terms;
import hooke.chain.contract.Verification;
import hooke.node.market.NodeView;
import hooke.v1.Offer;
import hooke.v1.QuoteOrderResponse;
import hooke.v1.Reason;
import hooke.v1.Refusal;
import org.junit.jupiter.api.Test;

/// What a node says, however it says it, is an answer or none, and never an exception.
final class AnswerTest {
  private static final Address SOMEBODY = Address.parse("0x" + "11".repeat(20));
  private static final NodeView NODE =
      new NodeView(7, 3, new NodeProfile(SOMEBODY, "x:1", Bytes32.ZERO, 1, 1, 1, ""), true, 1);
  private static final Terms TERMS =
      new Terms(
          SOMEBODY,
          1,
          Bytes32.ZERO,
          1,
          1,
          1,
          1,
          5,
          10,
          0,
          1,
          300,
          60,
          60,
          60,
          Wei.ZERO,
          Bytes32.ZERO,
          Bytes32.ZERO,
          Verification.ATTENDED,
          1,
          1,
          0,
          0);

  private static Answer offer(long floor, long price, long seconds, int nanos) {
    return Answer.of(
        NODE,
        TERMS,
        QuoteOrderResponse.newBuilder()
            .setOffer(
                Offer.newBuilder()
                    .setFloorPrice(floor)
                    .setPrice(price)
                    .setBidDelay(Duration.newBuilder().setSeconds(seconds).setNanos(nanos)))
            .build());
  }

  @Test
  void whatCannotBeMeantIsSilence() {
    assertInstanceOf(Answer.Offers.class, offer(5, 10, 300, 999_999_999));
    assertInstanceOf(Answer.Silent.class, offer(-1, 5, 0, 0));
    assertInstanceOf(Answer.Silent.class, offer(5, -1, 0, 0));
    assertInstanceOf(Answer.Silent.class, offer(5, 4, 0, 0));
    assertInstanceOf(Answer.Silent.class, offer(5, 11, 0, 0));
    assertInstanceOf(Answer.Silent.class, offer(5, 5, Long.MAX_VALUE, 0));
    assertInstanceOf(Answer.Silent.class, offer(5, 5, Long.MIN_VALUE, 0));
    assertInstanceOf(Answer.Silent.class, offer(5, 5, 0, -1));
    assertInstanceOf(Answer.Silent.class, offer(5, 5, 0, Integer.MAX_VALUE));
    assertInstanceOf(
        Answer.Silent.class, Answer.of(NODE, TERMS, QuoteOrderResponse.getDefaultInstance()));
  }

  @Test
  void aRefusalIsBounded() {
    Refusal.Builder refusal = Refusal.newBuilder();
    for (int n = 0; n < 1_000; n++) {
      refusal.addReasons(Reason.newBuilder().setCode("NO_ROOM").setMessage("x".repeat(1_000)));
    }
    Answer answer =
        Answer.of(NODE, TERMS, QuoteOrderResponse.newBuilder().setRefusal(refusal).build());
    assertEquals(Answer.MAX_REASONS, ((Answer.Declines) answer).reasons().size());
    refusal.clearReasons().addReasons(Reason.newBuilder().setFloorPrice(-1));
    assertInstanceOf(
        Answer.Silent.class,
        Answer.of(NODE, TERMS, QuoteOrderResponse.newBuilder().setRefusal(refusal).build()));
  }
}
