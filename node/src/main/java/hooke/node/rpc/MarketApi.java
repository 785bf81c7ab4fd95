package hooke.node.rpc;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.node.market.MarketAgent;
import hooke.node.market.MarketState;
import hooke.node.market.NodeView;
import hooke.node.market.OperatorView;
import hooke.node.market.OrderView;
import hooke.node.spec.Specs;
import hooke.scheduler.bidding.Decision;
import hooke.v1.GetOrderRequest;
import hooke.v1.GetOrderResponse;
import hooke.v1.GetProviderRequest;
import hooke.v1.GetProviderResponse;
import hooke.v1.ListOrdersRequest;
import hooke.v1.ListOrdersResponse;
import hooke.v1.ListProvidersRequest;
import hooke.v1.ListProvidersResponse;
import hooke.v1.MarketServiceGrpc;
import hooke.v1.Offer;
import hooke.v1.QuoteOrderRequest;
import hooke.v1.QuoteOrderResponse;
import hooke.v1.Reason;
import hooke.v1.Refusal;
import hooke.v1.TaskSpec;
import hooke.v1.WatchOrdersRequest;
import hooke.v1.WatchOrdersResponse;
import io.grpc.stub.StreamObserver;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Shows the market as this node has folded it from the chain, and says what this node would bid.
/// All of it is public.
public final class MarketApi extends MarketServiceGrpc.MarketServiceImplBase {
  private static final int DEFAULT_PAGE = 100;
  private static final int MAX_PAGE = 1_000;
  private static final Duration TICK = Duration.ofSeconds(5);

  private final MarketAgent agent;

  public MarketApi(MarketAgent agent) {
    this.agent = agent;
  }

  private MarketState market() {
    return agent.market();
  }

  @Override
  public void listProviders(
      ListProvidersRequest request, StreamObserver<ListProvidersResponse> to) {
    Answers.one(
        to,
        () -> {
          int size = pageSize(request.getPageSize());
          int after = request.getPageToken().isEmpty() ? 0 : number(request.getPageToken());
          List<NodeView> nodes = market().nodes();
          ListProvidersResponse.Builder page = ListProvidersResponse.newBuilder();
          for (OperatorView operator : market().operators()) {
            if (operator.id() > after) {
              if (page.getProvidersCount() == size) {
                page.setNextPageToken(
                    Integer.toString(page.getProviders(size - 1).getOperatorId()));
                break;
              }
              page.addProviders(Wire.provider(operator, nodes));
            }
          }
          return page.build();
        });
  }

  @Override
  public void getProvider(GetProviderRequest request, StreamObserver<GetProviderResponse> to) {
    Answers.one(
        to,
        () -> {
          int id = number(after("providers/", request.getName()));
          OperatorView operator =
              market()
                  .operator(id)
                  .orElseThrow(() ->
                      new RpcException(ErrorCode.PROVIDER_NOT_FOUND, "there is no provider " + id));
          return GetProviderResponse.newBuilder()
              .setProvider(Wire.provider(operator, market().nodes()))
              .build();
        });
  }

  @Override
  public void listOrders(ListOrdersRequest request, StreamObserver<ListOrdersResponse> to) {
    Answers.one(
        to,
        () -> {
          int size = pageSize(request.getPageSize());
          Predicate<OrderView> wanted = filter(request);
          ListOrdersResponse.Builder page = ListOrdersResponse.newBuilder();
          Iterator<OrderView> orders = behind(request.getPageToken()).filter(wanted).iterator();
          while (orders.hasNext()) {
            if (page.getOrdersCount() == size) {
              var last = page.getOrders(size - 1);
              page.setNextPageToken(last.getBlock() + "-" + after("orders/", last.getName()));
              break;
            }
            page.addOrders(Wire.order(orders.next()));
          }
          return page.build();
        });
  }

  private static Predicate<OrderView> filter(ListOrdersRequest request) {
    Predicate<OrderView> wanted = order -> true;
    if (!request.getConsumer().isEmpty()) {
      wanted = wanted.and(of(request.getConsumer()));
    }
    if (request.getStatesCount() > 0) {
      wanted = wanted.and(order -> request.getStatesList().contains(Wire.state(order)));
    }
    if (request.getNodeId() != 0) {
      wanted =
          wanted.and(order ->
              order.slots().stream().anyMatch(slot -> slot.nodeId() == request.getNodeId()));
    }
    if (!request.getIdPrefix().isEmpty()) {
      String prefix = request.getIdPrefix().toLowerCase(Locale.ROOT);
      String digits = prefix.startsWith("0x") ? prefix : "0x" + prefix;
      wanted = wanted.and(order -> order.id().toString().startsWith(digits));
    }
    return wanted;
  }

  private static Predicate<OrderView> of(String consumer) {
    try {
      Address address = Address.parse(consumer);
      return order -> order.terms().consumer().equals(address);
    } catch (IllegalArgumentException e) {
      throw invalid(e.getMessage());
    }
  }

  /// Orders behind the last one of the page before.
  private Stream<OrderView> behind(String token) {
    if (token.isEmpty()) {
      return market().newestOrders();
    }
    int dash = token.indexOf('-');
    try {
      long block = Long.parseLong(token.substring(0, Math.max(0, dash)));
      return market().ordersBehind(block, Bytes32.parse(token.substring(dash + 1)));
    } catch (IllegalArgumentException e) {
      throw invalid("the page token is none of this node's");
    }
  }

  @Override
  public void getOrder(GetOrderRequest request, StreamObserver<GetOrderResponse> to) {
    Answers.one(
        to,
        () -> {
          Bytes32 id = orderId(request.getName());
          OrderView order =
              market()
                  .order(id)
                  .orElseThrow(() ->
                      new RpcException(
                          ErrorCode.ORDER_NOT_FOUND,
                          "this node has seen no order " + id.prefix(12)));
          return GetOrderResponse.newBuilder().setOrder(Wire.order(order)).build();
        });
  }

  @Override
  public void watchOrders(WatchOrdersRequest request, StreamObserver<WatchOrdersResponse> to) {
    Answers.stream("watch orders", to, replies -> watch(request, replies));
  }

  private void watch(WatchOrdersRequest request, ReplyStream<WatchOrdersResponse> to)
      throws InterruptedException {
    Predicate<OrderView> wanted =
        request.getConsumer().isEmpty() ? order -> true : of(request.getConsumer());
    if (!request.getOrder().isEmpty()) {
      Bytes32 id = orderId(request.getOrder());
      wanted = wanted.and(order -> order.id().equals(id));
    }
    long told = market().changes();
    long seen = agent.version();
    if (request.getIncludeCurrent()) {
      Deque<OrderView> newest = new ArrayDeque<>();
      market().newestOrders().filter(wanted).limit(MAX_PAGE).forEach(newest::addFirst);
      for (OrderView order : newest) {
        to.send(changed(order));
      }
    }
    while (!to.isCancelled()) {
      MarketState.Changes news = market().changedAfter(told);
      told = news.upTo();
      for (OrderView order : news.orders()) {
        if (wanted.test(order)) {
          to.send(changed(order));
        }
      }
      seen = agent.awaitChange(seen, TICK);
    }
  }

  private static WatchOrdersResponse changed(OrderView order) {
    return WatchOrdersResponse.newBuilder()
        .setOrder(Wire.order(order))
        .setBlock(order.changedBlock())
        .build();
  }

  @Override
  public void quoteOrder(QuoteOrderRequest request, StreamObserver<QuoteOrderResponse> to) {
    Answers.one(to, () -> quote(request));
  }

  private QuoteOrderResponse quote(QuoteOrderRequest request) {
    if (!request.getOrder().isEmpty()) {
      return standing(orderId(request.getOrder()));
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
      throw invalid("the terms cannot be in an order: " + e.getMessage());
    }
    return answer(decision);
  }

  private QuoteOrderResponse standing(Bytes32 id) {
    MarketAgent.Standing standing;
    try {
      standing =
          agent
              .standing(id)
              .orElseThrow(() ->
                  new RpcException(
                      ErrorCode.ORDER_NOT_FOUND, "this node has seen no order " + id.prefix(12)));
    } catch (IllegalStateException e) {
      throw new RpcException(
          ErrorCode.NOT_READY, "this node is not registered yet, or still reads the chain");
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw invalid("the order asks for the impossible: " + e.getMessage());
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
              wait.floor(),
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

  private static int pageSize(int asked) {
    if (asked < 0) {
      throw invalid("page_size cannot be negative");
    }
    return asked == 0 ? DEFAULT_PAGE : Math.min(asked, MAX_PAGE);
  }

  static Bytes32 orderId(String name) {
    try {
      return Bytes32.parse(after("orders/", name));
    } catch (IllegalArgumentException e) {
      throw invalid("an order's name is orders/ and its id, 0x and 64 hex digits");
    }
  }

  private static String after(String prefix, String name) {
    if (!name.startsWith(prefix)) {
      throw invalid("a name here begins with " + prefix);
    }
    return name.substring(prefix.length());
  }

  private static int number(String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw invalid("a provider's number is needed");
    }
  }

  private static RpcException invalid(@org.jspecify.annotations.Nullable String sentence) {
    return new RpcException(
        ErrorCode.INVALID_ARGUMENT, sentence == null ? "the request is not valid" : sentence);
  }
}
