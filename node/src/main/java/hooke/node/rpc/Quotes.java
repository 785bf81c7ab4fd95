package hooke.node.rpc;

import hooke.chain.Bytes32;
import hooke.node.market.MarketAgent;
import hooke.node.spec.Specs;
import hooke.scheduler.bidding.Decision;
import hooke.v1.Offer;
import hooke.v1.QuoteOrderRequest;
import hooke.v1.QuoteOrderResponse;
import hooke.v1.Reason;
import hooke.v1.Refusal;
import hooke.v1.TaskSpec;
import java.math.BigInteger;
import java.time.Duration;

/// Says what this node would bid, or why it would not.
final class Quotes {
  private final MarketAgent agent;

  Quotes(MarketAgent agent) {
    this.agent = agent;
  }

  QuoteOrderResponse quote(QuoteOrderRequest request) {
    if (!request.getOrder().isEmpty()) {
      return standing(Requests.id(OrderList.COLLECTION, request.getOrder()));
    }
    TaskSpec spec;
    try {
      spec = Specs.decode(Specs.encode(request.getSpec()));
    } catch (Specs.BadSpec e) {
      throw new RpcException(
          ErrorCode.SPEC_INVALID, e.getMessage() == null ? "the spec is bad" : e.getMessage());
    }
    Decision decision;
    try {
      decision = agent.quote(Wire.terms(request.getTerms()), spec);
    } catch (IllegalStateException e) {
      throw new RpcException(
          ErrorCode.NOT_READY, "this node is not registered yet, or still reads the chain");
    } catch (IllegalArgumentException e) {
      throw Requests.invalid("the terms cannot be in an order: " + e.getMessage());
    }
    return answer(decision);
  }

  private QuoteOrderResponse standing(Bytes32 id) {
    MarketAgent.Standing standing;
    try {
      standing = agent.standing(id).orElseThrow(() -> OrderList.unseen(id));
    } catch (IllegalStateException e) {
      throw new RpcException(
          ErrorCode.NOT_READY, "this node is not registered yet, or still reads the chain");
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw Requests.invalid("the order asks for the impossible: " + e.getMessage());
    }
    QuoteOrderResponse answer = answer(standing.decision());
    if (standing.preparing().isEmpty()) {
      return answer;
    }
    return answer.toBuilder()
        .setOffer(answer.getOffer().toBuilder().setPreparing(reason(standing.preparing().get())))
        .build();
  }

  private QuoteOrderResponse answer(Decision decision) {
    return switch (decision) {
      case Decision.Bid bid -> offer(bid.floor(), bid.price(), Duration.ZERO);
      case Decision.Wait wait ->
          offer(
              wait.floor(),
              wait.price(),
              Duration.ofSeconds(
                  Math.max(
                      0,
                      wait.until().getEpochSecond()
                          - agent.head().map(head -> head.timestamp()).orElse(0L))));
      case Decision.Decline decline -> refusal(decline);
    };
  }

  private static QuoteOrderResponse offer(long floor, long price, Duration delay) {
    return QuoteOrderResponse.newBuilder()
        .setOffer(
            Offer.newBuilder()
                .setFloorPrice(floor)
                .setPrice(price)
                .setBidDelay(
                    com.google.protobuf.Duration.newBuilder().setSeconds(delay.toSeconds())))
        .build();
  }

  private static QuoteOrderResponse refusal(Decision.Decline decline) {
    Refusal.Builder refusal = Refusal.newBuilder();
    for (var reason : decline.reasons()) {
      Reason.Builder said = reason(reason);
      if (reason instanceof hooke.scheduler.bidding.Reason.PriceBelowFloor price) {
        said.setFloorPrice(price.floor().min(BigInteger.valueOf(Long.MAX_VALUE)).longValue());
      }
      refusal.addReasons(said);
    }
    return QuoteOrderResponse.newBuilder().setRefusal(refusal).build();
  }

  private static Reason.Builder reason(hooke.scheduler.bidding.Reason reason) {
    return Reason.newBuilder()
        .setCode(reason.code())
        .setMessage(reason.sentence())
        .setTemporary(reason.horizon() != hooke.scheduler.bidding.Reason.Horizon.NEVER);
  }
}
