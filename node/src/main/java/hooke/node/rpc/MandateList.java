package hooke.node.rpc;

import hooke.chain.Address;
import hooke.node.market.MandateView;
import hooke.node.market.MarketState;
import hooke.v1.GetMandateRequest;
import hooke.v1.GetMandateResponse;
import hooke.v1.ListMandatesRequest;
import hooke.v1.ListMandatesResponse;
import hooke.v1.Mandate;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/// Answers for mandates.
final class MandateList {
  private static final String COLLECTION = "mandates";

  private final MarketState market;
  private final LongSupplier now;

  /// @param now unix seconds of the newest block
  MandateList(MarketState market, LongSupplier now) {
    this.market = market;
    this.now = now;
  }

  ListMandatesResponse list(ListMandatesRequest request) {
    long time = now.getAsLong();
    Predicate<Address> owner = Requests.address(request.getOwner());
    Predicate<Address> agent = Requests.address(request.getAgent());
    Predicate<Mandate.State> state = Requests.among("states", request.getStatesList());
    ListMandatesResponse.Builder page = ListMandatesResponse.newBuilder();
    Optional<MandateView> last =
        Pages.fill(
            request.getPageSize(),
            market
                .mandatesBehind(Pages.behind(request.getPageToken(), Integer.MAX_VALUE))
                .filter(mandate -> owner.test(mandate.owner()) && agent.test(mandate.agent()))
                .filter(mandate -> state.test(state(mandate, time))),
            mandate -> wire(mandate, time),
            page::addMandates);
    last.ifPresent(mandate -> page.setNextPageToken(Integer.toString(mandate.number())));
    return page.build();
  }

  GetMandateResponse get(GetMandateRequest request) {
    int number = Requests.number(COLLECTION, request.getName());
    MandateView mandate =
        market
            .mandate(number)
            .orElseThrow(() ->
                new RpcException(
                    ErrorCode.MANDATE_NOT_FOUND, "this node has seen no mandate " + number));
    return GetMandateResponse.newBuilder().setMandate(wire(mandate, now.getAsLong())).build();
  }

  private static Mandate.State state(MandateView view, long now) {
    return Mandate.State.valueOf(view.phase(now).name());
  }

  private static Mandate wire(MandateView view, long now) {
    Mandate.Builder mandate =
        Mandate.newBuilder()
            .setName(COLLECTION + "/" + view.number())
            .setMandateId(view.number())
            .setState(state(view, now))
            .setOwner(Wire.address(view.owner()))
            .setAgent(Wire.address(view.agent()))
            .setTemplateRoot(view.root().toString())
            .setBudgetWei(view.budget().value().toString())
            .setSpentWei(view.spent().value().toString())
            .setOrderCount(view.orders())
            .setStartTime(Times.seconds(view.from()))
            .setEndTime(Times.seconds(view.until()))
            .setBlock(view.block())
            .setCreateTime(Times.seconds(view.createdAt()));
    if (view.lastOrder() != null) {
      mandate.setLastOrder("orders/" + view.lastOrder());
    }
    return mandate.build();
  }
}
