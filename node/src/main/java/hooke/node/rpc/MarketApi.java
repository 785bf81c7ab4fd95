package hooke.node.rpc;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.node.market.MarketAgent;
import hooke.node.market.MarketState;
import hooke.node.market.OrderView;
import hooke.v1.GetLeaseRequest;
import hooke.v1.GetLeaseResponse;
import hooke.v1.GetMandateRequest;
import hooke.v1.GetMandateResponse;
import hooke.v1.GetOrderRequest;
import hooke.v1.GetOrderResponse;
import hooke.v1.GetProviderRequest;
import hooke.v1.GetProviderResponse;
import hooke.v1.GetVolumeRequest;
import hooke.v1.GetVolumeResponse;
import hooke.v1.ListLeasesRequest;
import hooke.v1.ListLeasesResponse;
import hooke.v1.ListMandatesRequest;
import hooke.v1.ListMandatesResponse;
import hooke.v1.ListOrdersRequest;
import hooke.v1.ListOrdersResponse;
import hooke.v1.ListProvidersRequest;
import hooke.v1.ListProvidersResponse;
import hooke.v1.ListVolumesRequest;
import hooke.v1.ListVolumesResponse;
import hooke.v1.MarketServiceGrpc;
import hooke.v1.QuoteOrderRequest;
import hooke.v1.QuoteOrderResponse;
import hooke.v1.WatchOrdersRequest;
import hooke.v1.WatchOrdersResponse;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/// Shows the market as this node has folded it from the chain, and says what this node would bid.
/// All of it is public.
public final class MarketApi extends MarketServiceGrpc.MarketServiceImplBase {
  private static final int MAX_CURRENT = 1_000;
  private static final Duration TICK = Duration.ofSeconds(5);

  private final MarketAgent agent;
  private final ProviderList providers;
  private final OrderList orders;
  private final LeaseList leases;
  private final MandateList mandates;
  private final Quotes quotes;

  public MarketApi(MarketAgent agent) {
    this.agent = agent;
    LongSupplier now = () -> agent.head().map(head -> head.timestamp()).orElse(0L);
    providers = new ProviderList(market());
    orders = new OrderList(market());
    leases = new LeaseList(market(), now);
    mandates = new MandateList(market(), now);
    quotes = new Quotes(agent);
  }

  private MarketState market() {
    return agent.market();
  }

  @Override
  public void listProviders(
      ListProvidersRequest request, StreamObserver<ListProvidersResponse> to) {
    Answers.one(to, () -> providers.list(request));
  }

  @Override
  public void getProvider(GetProviderRequest request, StreamObserver<GetProviderResponse> to) {
    Answers.one(to, () -> providers.get(request));
  }

  @Override
  public void listOrders(ListOrdersRequest request, StreamObserver<ListOrdersResponse> to) {
    Answers.one(to, () -> orders.list(request));
  }

  @Override
  public void getOrder(GetOrderRequest request, StreamObserver<GetOrderResponse> to) {
    Answers.one(to, () -> orders.get(request));
  }

  @Override
  public void listLeases(ListLeasesRequest request, StreamObserver<ListLeasesResponse> to) {
    Answers.one(to, () -> leases.list(request));
  }

  @Override
  public void getLease(GetLeaseRequest request, StreamObserver<GetLeaseResponse> to) {
    Answers.one(to, () -> leases.get(request));
  }

  @Override
  public void listVolumes(ListVolumesRequest request, StreamObserver<ListVolumesResponse> to) {
    Answers.one(to, () -> leases.list(request));
  }

  @Override
  public void getVolume(GetVolumeRequest request, StreamObserver<GetVolumeResponse> to) {
    Answers.one(to, () -> leases.get(request));
  }

  @Override
  public void listMandates(ListMandatesRequest request, StreamObserver<ListMandatesResponse> to) {
    Answers.one(to, () -> mandates.list(request));
  }

  @Override
  public void getMandate(GetMandateRequest request, StreamObserver<GetMandateResponse> to) {
    Answers.one(to, () -> mandates.get(request));
  }

  @Override
  public void watchOrders(WatchOrdersRequest request, StreamObserver<WatchOrdersResponse> to) {
    Answers.stream("watch orders", to, replies -> watch(request, replies));
  }

  private void watch(WatchOrdersRequest request, ReplyStream<WatchOrdersResponse> to)
      throws InterruptedException {
    Predicate<Address> consumer = Requests.address(request.getConsumer());
    Predicate<OrderView> wanted = order -> consumer.test(order.terms().consumer());
    if (!request.getOrder().isEmpty()) {
      Bytes32 id = Requests.id(OrderList.COLLECTION, request.getOrder());
      wanted = wanted.and(order -> order.id().equals(id));
    }
    long told = market().changes();
    long seen = agent.version();
    if (request.getIncludeCurrent()) {
      Deque<OrderView> newest = new ArrayDeque<>();
      market().newestOrders().filter(wanted).limit(MAX_CURRENT).forEach(newest::addFirst);
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
    Answers.one(to, () -> quotes.quote(request));
  }
}
