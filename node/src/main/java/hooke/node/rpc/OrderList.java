package hooke.node.rpc;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.node.market.MarketState;
import hooke.node.market.OrderView;
import hooke.v1.GetOrderRequest;
import hooke.v1.GetOrderResponse;
import hooke.v1.ListOrdersRequest;
import hooke.v1.ListOrdersResponse;
import hooke.v1.Order;
import java.util.Optional;
import java.util.function.Predicate;

/// Answers for orders of tasks.
final class OrderList {
  static final String COLLECTION = "orders";

  private final MarketState market;

  OrderList(MarketState market) {
    this.market = market;
  }

  ListOrdersResponse list(ListOrdersRequest request) {
    ListOrdersResponse.Builder page = ListOrdersResponse.newBuilder();
    Optional<OrderView> last =
        Pages.fill(
            request.getPageSize(),
            Pages.behind(request.getPageToken(), market::newestOrders, market::ordersBehind)
                .filter(wanted(request)),
            Wire::order,
            page::addOrders);
    last.ifPresent(order -> page.setNextPageToken(Pages.token(order.block(), order.id())));
    return page.build();
  }

  private static Predicate<OrderView> wanted(ListOrdersRequest request) {
    Predicate<Address> consumer = Requests.address(request.getConsumer());
    Predicate<Bytes32> id = Requests.prefix(request.getIdPrefix());
    Predicate<Order.State> state = Requests.among("states", request.getStatesList());
    int node = request.getNodeId();
    return order ->
        consumer.test(order.terms().consumer())
            && id.test(order.id())
            && state.test(Wire.state(order))
            && (node == 0 || order.slots().stream().anyMatch(slot -> slot.nodeId() == node));
  }

  GetOrderResponse get(GetOrderRequest request) {
    Bytes32 id = Requests.id(COLLECTION, request.getName());
    OrderView order = market.order(id).orElseThrow(() -> unseen(id));
    return GetOrderResponse.newBuilder().setOrder(Wire.order(order)).build();
  }

  static RpcException unseen(Bytes32 id) {
    return new RpcException(
        ErrorCode.ORDER_NOT_FOUND, "this node has seen no order " + id.prefix(12));
  }
}
