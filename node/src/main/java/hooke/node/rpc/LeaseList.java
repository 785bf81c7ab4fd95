package hooke.node.rpc;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.node.market.LeaseView;
import hooke.node.market.MarketState;
import hooke.v1.GetLeaseRequest;
import hooke.v1.GetLeaseResponse;
import hooke.v1.GetVolumeRequest;
import hooke.v1.GetVolumeResponse;
import hooke.v1.Lease;
import hooke.v1.ListLeasesRequest;
import hooke.v1.ListLeasesResponse;
import hooke.v1.ListVolumesRequest;
import hooke.v1.ListVolumesResponse;
import hooke.v1.Volume;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import java.util.stream.Stream;

/// Answers for lease orders, and for volumes, which are such.
final class LeaseList {
  private static final String LEASES = "leases";
  private static final String VOLUMES = "volumes";

  private final MarketState market;
  private final LongSupplier now;

  /// @param now unix seconds of the newest block
  LeaseList(MarketState market, LongSupplier now) {
    this.market = market;
    this.now = now;
  }

  ListLeasesResponse list(ListLeasesRequest request) {
    long time = now.getAsLong();
    ListLeasesResponse.Builder page = ListLeasesResponse.newBuilder();
    Predicate<Lease.State> state = Requests.among("states", request.getStatesList());
    Predicate<Lease.Kind> kind = Requests.among("kinds", request.getKindsList());
    Predicate<LeaseView> wanted =
        lease -> state.test(LeaseWire.state(lease, time)) && kind.test(LeaseWire.kind(lease));
    Optional<LeaseView> last =
        Pages.fill(
            request.getPageSize(),
            behind(request.getPageToken())
                .filter(of(request.getConsumer(), request.getIdPrefix()))
                .filter(heldBy(request.getOperatorId(), request.getNodeId()))
                .filter(wanted),
            lease -> LeaseWire.lease(lease, time),
            page::addLeases);
    last.ifPresent(lease -> page.setNextPageToken(Pages.token(lease.block(), lease.id())));
    return page.build();
  }

  GetLeaseResponse get(GetLeaseRequest request) {
    Bytes32 id = Requests.id(LEASES, request.getName());
    LeaseView lease =
        market
            .lease(id)
            .orElseThrow(() ->
                new RpcException(
                    ErrorCode.LEASE_NOT_FOUND, "this node has seen no lease " + id.prefix(12)));
    return GetLeaseResponse.newBuilder().setLease(LeaseWire.lease(lease, now.getAsLong())).build();
  }

  ListVolumesResponse list(ListVolumesRequest request) {
    long time = now.getAsLong();
    Predicate<Volume.State> state = Requests.among("states", request.getStatesList());
    ListVolumesResponse.Builder page = ListVolumesResponse.newBuilder();
    Optional<LeaseView> last =
        Pages.fill(
            request.getPageSize(),
            behind(request.getPageToken())
                .filter(lease -> lease.volume() != null)
                .filter(of(request.getOwner(), request.getIdPrefix()))
                .filter(heldBy(request.getOperatorId(), request.getNodeId()))
                .filter(lease -> state.test(LeaseWire.volumeState(lease, time))),
            lease -> LeaseWire.volume(lease, time).orElseThrow(),
            page::addVolumes);
    last.ifPresent(lease -> page.setNextPageToken(Pages.token(lease.block(), lease.id())));
    return page.build();
  }

  GetVolumeResponse get(GetVolumeRequest request) {
    Bytes32 id = Requests.id(VOLUMES, request.getName());
    Volume volume =
        market
            .lease(id)
            .flatMap(lease -> LeaseWire.volume(lease, now.getAsLong()))
            .orElseThrow(() ->
                new RpcException(
                    ErrorCode.VOLUME_NOT_FOUND, "this node has seen no volume " + id.prefix(12)));
    return GetVolumeResponse.newBuilder().setVolume(volume).build();
  }

  private Stream<LeaseView> behind(String token) {
    return Pages.behind(token, market::newestLeases, market::leasesBehind);
  }

  private static Predicate<LeaseView> of(String consumer, String idPrefix) {
    Predicate<Address> owner = Requests.address(consumer);
    Predicate<Bytes32> id = Requests.prefix(idPrefix);
    return lease -> owner.test(lease.terms().consumer()) && id.test(lease.id());
  }

  /// One slot must be both the operator's and the node's.
  private static Predicate<LeaseView> heldBy(int operator, int node) {
    if (operator == 0 && node == 0) {
      return any -> true;
    }
    return lease ->
        lease.slots().stream()
            .anyMatch(slot ->
                (operator == 0 || slot.operatorId() == operator)
                    && (node == 0 || slot.nodeId() == node));
  }
}
