package hooke.node.rpc;

import hooke.node.market.MarketState;
import hooke.node.market.NodeView;
import hooke.node.market.OperatorView;
import hooke.v1.GetProviderRequest;
import hooke.v1.GetProviderResponse;
import hooke.v1.ListProvidersRequest;
import hooke.v1.ListProvidersResponse;
import java.util.List;
import java.util.Optional;

/// Answers for providers.
final class ProviderList {
  static final String COLLECTION = "providers";

  private final MarketState market;

  ProviderList(MarketState market) {
    this.market = market;
  }

  ListProvidersResponse list(ListProvidersRequest request) {
    int after = Pages.behind(request.getPageToken(), 0);
    List<NodeView> nodes = market.nodes();
    ListProvidersResponse.Builder page = ListProvidersResponse.newBuilder();
    Optional<OperatorView> last =
        Pages.fill(
            request.getPageSize(),
            market.operators().stream().filter(operator -> operator.id() > after),
            operator -> Wire.provider(operator, nodes),
            page::addProviders);
    last.ifPresent(operator -> page.setNextPageToken(Integer.toString(operator.id())));
    return page.build();
  }

  GetProviderResponse get(GetProviderRequest request) {
    int id = Requests.number(COLLECTION, request.getName());
    OperatorView operator =
        market
            .operator(id)
            .orElseThrow(
                () -> new RpcException(ErrorCode.PROVIDER_NOT_FOUND, "there is no provider " + id));
    return GetProviderResponse.newBuilder()
        .setProvider(Wire.provider(operator, market.nodes()))
        .build();
  }
}
