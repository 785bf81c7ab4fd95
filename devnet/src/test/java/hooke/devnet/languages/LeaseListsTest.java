package hooke.devnet.languages;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.ErrorInfo;
import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.LeaseTerms;
import hooke.chain.contract.Leases;
import hooke.chain.contract.Mandates;
import hooke.chain.tx.Transactions;
import hooke.devnet.testing.Devnet;
import hooke.devnet.testing.DevnetConsumer;
import hooke.devnet.testing.DevnetNode;
import hooke.node.market.MarketAgent;
import hooke.v1.GetLeaseRequest;
import hooke.v1.GetMandateRequest;
import hooke.v1.GetProviderRequest;
import hooke.v1.GetVolumeRequest;
import hooke.v1.Lease;
import hooke.v1.LeaseSlot;
import hooke.v1.ListLeasesRequest;
import hooke.v1.ListLeasesResponse;
import hooke.v1.ListMandatesRequest;
import hooke.v1.ListVolumesRequest;
import hooke.v1.Mandate;
import hooke.v1.MarketServiceGrpc;
import hooke.v1.Provider;
import hooke.v1.Replica;
import hooke.v1.Volume;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import io.grpc.protobuf.StatusProto;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/// Leases, volumes and mandates of a devnet, as a node shows them in gRPC and JSON, and the command
/// line without one.
class LeaseListsTest {
  private static final Bytes32 ROOT = Bytes32.parse("11".repeat(32));
  private static final long PRICE = 1_000_000_000L;

  @TempDir private static Path folder;

  private static Devnet world;
  private static DevnetConsumer alice;
  private static DevnetConsumer bob;
  private static DevnetNode node;
  private static URI address;
  private static ManagedChannel channel;
  private static Bytes32 service;
  private static Bytes32 volume;

  @BeforeAll
  static void open() throws Exception {
    world = Devnet.in(folder.resolve("world")).nodes(1).start();
    alice = world.consumer("alice");
    bob = world.consumer("bob");
    node = world.nodes().getFirst();
    String endpoint = node.directory().profile().endpoint();
    address = URI.create(endpoint.startsWith("https://") ? endpoint : "https://" + endpoint);
    channel =
        NettyChannelBuilder.forAddress(address.getHost(), address.getPort())
            .sslContext(
                GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK)
                    .trustManager(new PinnedTrust(node.directory().profile().tlsKeyHash()))
                    .build())
            .build();
    Leases leases = new Leases(world.law());
    Mandates mandates = new Mandates(world.law());
    Transactions transactions = new Transactions(world.client());
    LeaseTerms first = terms(1, bob.wallet().address(), 0);
    LeaseTerms second = terms(2, Address.ZERO, 600);
    service = leases.idOf(first);
    volume = leases.idOf(second);
    transactions.send(leases.order(first, Wei.tokens(1)), alice.wallet());
    transactions.send(leases.order(second, Wei.tokens(1)), alice.wallet());
    transactions.send(leases.bid(second, 1, PRICE, 64), node.directory().key());
    transactions.send(
        mandates.open(
            bob.wallet().address(),
            ROOT,
            Wei.tokens(3),
            0,
            world.client().latest().timestamp() + 3_600),
        alice.wallet());
    MarketAgent agent = node.node().agent();
    long until = System.nanoTime() + Devnet.PATIENCE.toNanos();
    while (agent.market().mandate(1).isEmpty()) {
      assertTrue(System.nanoTime() < until, node::toString);
      agent.awaitChange(agent.version(), Duration.ofMillis(100));
    }
  }

  @AfterAll
  static void close() throws InterruptedException {
    if (channel != null) {
      channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
    if (world != null) {
      world.close();
    }
  }

  private static LeaseTerms terms(long nonce, Address primary, int epochSeconds) {
    boolean volume = epochSeconds != 0;
    return new LeaseTerms(
        alice.wallet().address(),
        nonce,
        ROOT,
        1_000,
        256,
        64,
        PRICE,
        PRICE,
        0,
        2,
        3,
        volume,
        86_400,
        600,
        300,
        Wei.tokens(1),
        Wei.ZERO,
        Bytes32.ZERO,
        Bytes32.ZERO,
        primary,
        Address.ZERO,
        0,
        primary.isZero() ? Wei.ZERO : Wei.tokens(1),
        60,
        epochSeconds,
        volume ? 1 : 0,
        volume ? 2 : 0,
        1,
        0);
  }

  private static MarketServiceGrpc.MarketServiceBlockingStub market() {
    return MarketServiceGrpc.newBlockingStub(channel).withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  private static List<String> names(ListLeasesResponse page) {
    return page.getLeasesList().stream().map(Lease::getName).toList();
  }

  @Test
  void aLeaseIsShownWithItsTermsSlotsAndMoney() {
    Lease lease =
        market()
            .getLease(GetLeaseRequest.newBuilder().setName("leases/" + volume).build())
            .getLease();
    assertEquals(Lease.State.LIVE, lease.getState());
    assertEquals(Lease.Kind.VOLUME, lease.getKind());
    assertEquals(PRICE, lease.getTerms().getMaxPrice());
    assertEquals(600, lease.getTerms().getEpoch().getSeconds());
    assertEquals(
        List.of(LeaseSlot.State.OPEN, LeaseSlot.State.LEASED, LeaseSlot.State.VACANT),
        lease.getSlotsList().stream().map(LeaseSlot::getState).toList());
    assertEquals(node.id(), lease.getSlots(1).getNodeId());
    assertEquals(1, lease.getSlots(1).getVersion());
    assertEquals(Long.toString(PRICE), lease.getRateWei());
    assertEquals(Wei.tokens(1).value().toString(), lease.getDepositedWei());
    assertEquals(
        86_400,
        lease.getEndTime().getSeconds() - lease.getCreateTime().getSeconds(),
        "its term is over before its funds are");
    Provider provider =
        market()
            .getProvider(GetProviderRequest.newBuilder().setName("providers/1").build())
            .getProvider();
    assertEquals(Wei.tokens(1).value().toString(), provider.getLeaseBondedWei());
    assertEquals(Wei.tokens(1).value().toString(), provider.getBondedWei());
  }

  @Test
  void leasesAreFilteredAndPaged() {
    assertEquals(
        List.of("leases/" + volume, "leases/" + service),
        names(market().listLeases(ListLeasesRequest.getDefaultInstance())),
        "the newest first");
    ListLeasesResponse page =
        market().listLeases(ListLeasesRequest.newBuilder().setPageSize(1).build());
    assertEquals(List.of("leases/" + volume), names(page));
    ListLeasesResponse rest =
        market()
            .listLeases(
                ListLeasesRequest.newBuilder().setPageToken(page.getNextPageToken()).build());
    assertEquals(List.of("leases/" + service), names(rest));
    assertEquals("", rest.getNextPageToken());

    assertListed(service, ListLeasesRequest.newBuilder().addKinds(Lease.Kind.SERVICE));
    assertListed(volume, ListLeasesRequest.newBuilder().setOperatorId(node.operatorId()));
    assertListed(volume, ListLeasesRequest.newBuilder().setNodeId(node.id()));
    assertListed(service, ListLeasesRequest.newBuilder().setIdPrefix(service.prefix(10)));
    assertListed(null, ListLeasesRequest.newBuilder().addStates(Lease.State.OVER));
    assertListed(
        null, ListLeasesRequest.newBuilder().setConsumer(bob.wallet().address().toString()));
    assertRefused(
        "INVALID_ARGUMENT",
        () -> market().listLeases(ListLeasesRequest.newBuilder().setPageToken("x").build()));
    assertRefused(
        "INVALID_ARGUMENT",
        () -> market().listLeases(ListLeasesRequest.newBuilder().setConsumer("alice").build()));
  }

  private static void assertListed(@Nullable Bytes32 only, ListLeasesRequest.Builder request) {
    assertEquals(
        only == null ? List.of() : List.of("leases/" + only),
        names(market().listLeases(request.build())));
  }

  @Test
  void aVolumeIsShownWithItsReplicas() {
    Volume shown =
        market()
            .getVolume(GetVolumeRequest.newBuilder().setName("volumes/" + volume).build())
            .getVolume();
    assertEquals("leases/" + volume, shown.getLease());
    assertEquals(Volume.State.LIVE, shown.getState());
    assertEquals(64, shown.getQuotaMib());
    assertEquals(
        List.of(Replica.State.OPEN, Replica.State.UNPROVEN, Replica.State.VACANT),
        shown.getReplicasList().stream().map(Replica::getState).toList());
    assertEquals(3, shown.getReplicas(1).getFirstEpoch(), "after two epochs to copy");
    assertEquals(
        List.of(shown),
        market().listVolumes(ListVolumesRequest.getDefaultInstance()).getVolumesList());
    assertRefused(
        "VOLUME_NOT_FOUND",
        () ->
            market()
                .getVolume(GetVolumeRequest.newBuilder().setName("volumes/" + service).build()));
    assertRefused(
        "LEASE_NOT_FOUND",
        () -> market().getLease(GetLeaseRequest.newBuilder().setName("leases/" + ROOT).build()));
  }

  @Test
  void aMandateIsShownToOwnerAndAgent() {
    Mandate shown =
        market()
            .getMandate(GetMandateRequest.newBuilder().setName("mandates/1").build())
            .getMandate();
    assertEquals(Mandate.State.ACTIVE, shown.getState());
    assertEquals(ROOT.toString(), shown.getTemplateRoot());
    assertEquals(Wei.tokens(3).value().toString(), shown.getBudgetWei());
    assertEquals("0", shown.getSpentWei());
    String agent = bob.wallet().address().toString();
    assertEquals(
        List.of(shown),
        market()
            .listMandates(ListMandatesRequest.newBuilder().setAgent(agent).build())
            .getMandatesList());
    assertEquals(
        List.of(),
        market()
            .listMandates(ListMandatesRequest.newBuilder().setOwner(agent).build())
            .getMandatesList());
    assertRefused(
        "MANDATE_NOT_FOUND",
        () -> market().getMandate(GetMandateRequest.newBuilder().setName("mandates/9").build()));
  }

  private static void assertRefused(String reason, Executable call) {
    StatusRuntimeException refused = assertThrows(StatusRuntimeException.class, call);
    assertEquals(
        reason.equals("INVALID_ARGUMENT") ? Status.Code.INVALID_ARGUMENT : Status.Code.NOT_FOUND,
        refused.getStatus().getCode());
    try {
      assertEquals(
          reason,
          Objects.requireNonNull(StatusProto.fromThrowable(refused))
              .getDetails(0)
              .unpack(ErrorInfo.class)
              .getReason());
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  private static HttpResponse<String> json(String path) throws Exception {
    try (HttpClient client =
        HttpClient.newBuilder()
            .sslContext(new PinnedTrust(node.directory().profile().tlsKeyHash()).context())
            .build()) {
      return client.send(
          HttpRequest.newBuilder(address.resolve(path)).timeout(Duration.ofSeconds(30)).build(),
          BodyHandlers.ofString());
    }
  }

  @Test
  void theSameIsThereInJson() throws Exception {
    String lease = json("/v1/leases/" + volume).body();
    assertTrue(lease.contains("\"kind\":\"VOLUME\""), lease);
    assertTrue(lease.contains("\"rateWei\":\"" + PRICE + "\""), lease);
    String services = json("/v1/leases?kinds=SERVICE&states=LIVE&page_size=5").body();
    assertTrue(services.contains("leases/" + service), services);
    assertTrue(!services.contains("leases/" + volume), services);
    String volumes = json("/v1/volumes?node_id=" + node.id()).body();
    assertTrue(volumes.contains("\"state\":\"UNPROVEN\""), volumes);
    String mandates = json("/v1/mandates?states=ACTIVE").body();
    assertTrue(mandates.contains("\"name\":\"mandates/1\""), mandates);
    HttpResponse<String> none = json("/v1/mandates/9");
    assertEquals(404, none.statusCode());
    assertTrue(none.body().contains("MANDATE_NOT_FOUND"), none.body());
  }

  @Test
  void theCommandLineShowsThemFromTheChain() {
    assertSaid("volume +" + volume + "\n(?s:.*)quota +64 MiB", "market", "show", volume.prefix(8));
    assertSaid("service +live +0 of 3", "market", "list", "--kind", "leases");
    assertSaid(
        volume.prefix(12) + " +live +64 MiB +1 of 3 +-", "market", "list", "--kind", "volumes");
    assertSaid("1 +active +0x", "market", "list", "--kind", "mandates");
    assertSaid("budget +3 HKE left", "market", "show", "mandates/1");
    assertSaid("\"kind\": \"service\"", "market", "show", service.toString(), "-o", "json");
    assertSaid("bonded 1: tasks 0, leases and volumes 1", "provider", "show", "1");
    assertEquals(66, bob.hooke("market", "show", "mandates/2").exit());
  }

  private static void assertSaid(String pattern, String... command) {
    DevnetConsumer.Ran ran = bob.hooke(command);
    assertEquals(0, ran.exit(), ran.err());
    Predicate<String> said = Pattern.compile(pattern).asPredicate();
    assertTrue(said.test(ran.out()), ran.out());
  }
}
