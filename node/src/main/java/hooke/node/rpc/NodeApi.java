package hooke.node.rpc;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.rpc.BlockRef;
import hooke.node.config.NodeConfig;
import hooke.node.market.DeclinedSpec;
import hooke.node.market.MarketAgent;
import hooke.node.market.NodeView;
import hooke.node.market.OperatorView;
import hooke.node.runtime.TaskRuntime;
import hooke.scheduler.capacity.Reservation;
import hooke.storage.BlobId;
import hooke.storage.BlobStore;
import hooke.v1.ClearDeclinedSpecsRequest;
import hooke.v1.ClearDeclinedSpecsResponse;
import hooke.v1.GetNodeRequest;
import hooke.v1.GetNodeResponse;
import hooke.v1.ListDeclinedSpecsRequest;
import hooke.v1.ListDeclinedSpecsResponse;
import hooke.v1.Node;
import hooke.v1.NodeServiceGrpc;
import hooke.v1.Resources;
import io.grpc.stub.StreamObserver;
import java.time.Instant;
import java.util.List;

/// Says who answers here, for which chain, with what.
public final class NodeApi extends NodeServiceGrpc.NodeServiceImplBase {
  private static final long MIB = 1L << 20;
  private static final int MAX_CLEARED = 1_000;
  private static final String PROFILE = "wasm-det/1";

  private final NodeConfig config;
  private final MarketAgent agent;
  private final BlobStore blobs;
  private final String version;
  private final Address key;
  private final TaskRuntime runtime;
  private final Instant started;

  /// @param key address of the node key
  /// @param version of the software
  /// @param runtime what runs programs here
  /// @param started when the process started
  public NodeApi(
      NodeConfig config,
      MarketAgent agent,
      BlobStore blobs,
      Address key,
      String version,
      TaskRuntime runtime,
      Instant started) {
    this.config = config;
    this.agent = agent;
    this.blobs = blobs;
    this.key = key;
    this.version = version;
    this.runtime = runtime;
    this.started = started;
  }

  @Override
  public void getNode(GetNodeRequest request, StreamObserver<GetNodeResponse> to) {
    Answers.one(to, () -> GetNodeResponse.newBuilder().setNode(describe()).build());
  }

  @Override
  public void listDeclinedSpecs(
      ListDeclinedSpecsRequest request, StreamObserver<ListDeclinedSpecsResponse> to) {
    Answers.one(
        to,
        () -> {
          requireOwner(AccessInterceptor.caller());
          return ListDeclinedSpecsResponse.newBuilder()
              .addAllSpecs(agent.declined().all().stream().map(NodeApi::wire).toList())
              .build();
        });
  }

  @Override
  public void clearDeclinedSpecs(
      ClearDeclinedSpecsRequest request, StreamObserver<ClearDeclinedSpecsResponse> to) {
    Answers.one(
        to,
        () -> {
          requireOwner(AccessInterceptor.caller());
          if (request.getSpecsCount() > MAX_CLEARED) {
            throw new RpcException(
                ErrorCode.INVALID_ARGUMENT,
                "%d specs are named; at most %d go into one call"
                    .formatted(request.getSpecsCount(), MAX_CLEARED));
          }
          List<Bytes32> named =
              request.getSpecsList().stream()
                  .map(spec -> Bytes32.of(BlobApi.id(spec).bytes()))
                  .toList();
          List<Bytes32> specs =
              named.isEmpty()
                  ? agent.declined().all().stream().map(DeclinedSpec::spec).toList()
                  : named;
          return ClearDeclinedSpecsResponse.newBuilder()
              .setCleared((int) specs.stream().filter(agent.declined()::clear).count())
              .build();
        });
  }

  /// The node's own key, and its operator's account.
  private void requireOwner(Address caller) {
    boolean operators =
        agent
            .self()
            .flatMap(self -> agent.market().operator(self.operatorId()))
            .filter(operator -> operator.account().equals(caller))
            .isPresent();
    if (!operators && !caller.equals(key)) {
      throw new RpcException(
          ErrorCode.NOT_OWNER, "this is for the node's own key and its operator's account");
    }
  }

  private static hooke.v1.DeclinedSpec wire(DeclinedSpec declined) {
    hooke.v1.DeclinedSpec.Builder wire =
        hooke.v1.DeclinedSpec.newBuilder()
            .setSpec(BlobId.fromBytes(declined.spec().bytes()).toString())
            .setOrder("orders/" + declined.order())
            .setSlot(declined.slot())
            .setConsumer(Wire.address(declined.consumer()))
            .setReason(declined.why())
            .setDeclineTime(Times.of(declined.at()));
    declined.until().map(Times::of).ifPresent(wire::setExpireTime);
    return wire.build();
  }

  private Node describe() {
    NodeView self = agent.self().orElse(null);
    hooke.scheduler.model.Resources used = hooke.scheduler.model.Resources.ZERO;
    for (Reservation held : agent.ledger().reservations()) {
      used = used.plus(held.claim().resources());
    }
    Node.Builder node =
        Node.newBuilder()
            .setName("nodes/" + (self == null ? 0 : self.id()))
            .setState(state(self))
            .setVersion(version)
            .setNodeKey(Wire.address(key))
            .setChainId(config.network().chainId())
            .setGenesisHash(config.network().genesis().toString())
            .setContract(Wire.address(config.network().contract()))
            .setSyncedBlock(agent.head().map(BlockRef::number).orElse(0L))
            .setCapacity(resources(config.capacity().total()))
            .setUsed(resources(used))
            .addProfiles(PROFILE)
            .setBlobCapacityBytes(blobs.capacity())
            .setBlobUsedBytes(blobs.used())
            .setStartTime(Times.of(started))
            .setSandboxed(runtime.isolation().holds())
            .setWasmEngine(runtime.engine())
            .setFreeUploadBytes(config.freeUploadBytes())
            .setUploadBytesPerToken(config.uploadBytesPerToken())
            .setUploadGibHourWei(config.uploadPrice().gibHour().value().toString());
    if (self != null) {
      node.setNodeId(self.id()).setOperatorId(self.operatorId());
      agent
          .market()
          .operator(self.operatorId())
          .map(OperatorView::account)
          .ifPresent(account -> node.setOperator(Wire.address(account)));
    }
    return node.build();
  }

  private Node.State state(@org.jspecify.annotations.Nullable NodeView self) {
    if (agent.head().isEmpty()) {
      return Node.State.SYNCING;
    }
    if (self == null || !self.active()) {
      return Node.State.UNREGISTERED;
    }
    if (agent.draining()) {
      return Node.State.DRAINING;
    }
    return runtime.unfit().isPresent() ? Node.State.UNFIT : Node.State.ACTIVE;
  }

  private static Resources resources(hooke.scheduler.model.Resources from) {
    return Resources.newBuilder()
        .setCpuMillis((int) Math.min(from.cpuMillis(), Integer.MAX_VALUE))
        .setMemoryMib((int) Math.min(from.memoryBytes() / MIB, Integer.MAX_VALUE))
        .setDiskMib((int) Math.min(from.diskBytes() / MIB, Integer.MAX_VALUE))
        .build();
  }
}
