package hooke.devnet.languages;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.rpc.ErrorInfo;
import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.CloseReason;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.SlotState;
import hooke.chain.contract.Verification;
import hooke.devnet.testing.Devnet;
import hooke.devnet.testing.DevnetConsumer;
import hooke.devnet.testing.DevnetNode;
import hooke.node.market.OrderView;
import hooke.node.rpc.TlsIdentity;
import hooke.node.task.PreparedTask;
import hooke.node.task.Proof;
import hooke.node.task.TaskDraft;
import hooke.v1.GetNodeRequest;
import hooke.v1.GetNodeResponse;
import hooke.v1.GetProviderRequest;
import hooke.v1.MarketServiceGrpc;
import hooke.v1.NodeServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslContextBuilder;
import io.grpc.netty.shaded.io.netty.handler.ssl.SslProvider;
import io.grpc.protobuf.StatusProto;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A devnet as strangers meet it, who have proto/ and a wallet: Node.js, curl, a browser's
/// gRPC-Web, and gRPC's own transport.
class OtherLanguagesTest {
  private static final String TEXT = "to be or not to be\nthat is the question\n";
  private static final Path CLIENT = Path.of("..", "clients", "node").toAbsolutePath().normalize();
  private static final String NOBODY = "providers/99";

  @TempDir private static Path folder;

  private static Devnet world;
  private static DevnetConsumer alice;
  private static DevnetNode node;
  private static Bytes32 key;
  private static URI address;

  @BeforeAll
  static void open() throws Exception {
    world = Devnet.in(folder.resolve("world")).nodes(2).start();
    alice = world.consumer("alice");
    node = world.nodes().getFirst();
    key = node.directory().profile().tlsKeyHash();
    String endpoint = node.directory().profile().endpoint();
    address = URI.create(endpoint.startsWith("https://") ? endpoint : "https://" + endpoint);
  }

  @AfterAll
  static void close() {
    if (world != null) {
      world.close();
    }
  }

  private record Ran(int exit, String out, String err) {}

  private static Ran run(Path directory, String... command)
      throws IOException, InterruptedException {
    return run(alice, directory, command);
  }

  private static Ran run(DevnetConsumer who, Path directory, String... command)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile(folder, "out", "");
    Path err = Files.createTempFile(folder, "err", "");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(directory.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().put("HOOKE_HOME", who.home().toString());
    Process process = builder.start();
    try {
      assertTrue(
          process.waitFor(Devnet.PATIENCE.toSeconds() * 2, TimeUnit.SECONDS),
          () -> String.join(" ", command) + " does not end");
      return new Ran(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      process.destroyForcibly();
    }
  }

  private static Ran nodeJs(Path directory, String... arguments)
      throws IOException, InterruptedException {
    return nodeJs(alice, directory, arguments);
  }

  private static Ran nodeJs(DevnetConsumer who, Path directory, String... arguments)
      throws IOException, InterruptedException {
    assertTrue(
        Files.isDirectory(CLIENT.resolve("node_modules")),
        "the client's dependencies are missing: npm ci --prefix clients/node");
    List<String> command = new ArrayList<>(List.of("node"));
    command.addAll(List.of(arguments));
    return run(who, directory, command.toArray(String[]::new));
  }

  private static String group(String pattern, String text) {
    Matcher found = Pattern.compile(pattern).matcher(text);
    assertTrue(found.find(), () -> pattern + " is not in " + text);
    return found.group(1);
  }

  @Test
  void nodeJsBuysATaskAndTheChainSettlesIt() throws Exception {
    Path book = folder.resolve("book.txt");
    Files.writeString(book, TEXT);
    Ran ran =
        nodeJs(
            folder,
            CLIENT.resolve("examples").resolve("run-task.mjs").toString(),
            world.example("wordcount").toString(),
            "--in",
            "book.txt",
            "--out",
            "result",
            "--output",
            "json",
            "--",
            "/in/book.txt");
    assertEquals(0, ran.exit(), ran.err());
    Bytes32 id = Bytes32.parse(group("\"order\": \"(0x[0-9a-f]{64})\"", ran.out()));
    OrderView order = world.await(id, OrderView::closed);
    assertEquals(CloseReason.SETTLED, order.closeReason());
    assertEquals(alice.wallet().address(), order.terms().consumer());
    assertEquals(SlotState.RELEASED, order.slot(0).state(), "its receipt left nothing held back");
    assertEquals(group("\"root\": \"(0x[0-9a-f]{64})\"", ran.out()), order.resultRoot().toString());
    assertEquals(
        2, new TreeSet<>(List.of(order.terms().originA(), order.terms().originB())).size());

    DevnetConsumer.Ran again =
        alice.hooke("task", "result", id.toString(), "--out", folder.resolve("again").toString());
    assertEquals(0, again.exit(), again.err());
    for (String file : List.of("stdout", "stderr", "out/counts.tsv")) {
      assertArrayEquals(
          Files.readAllBytes(folder.resolve("again").resolve(file)),
          Files.readAllBytes(folder.resolve("result").resolve(file)),
          file);
    }
    assertTrue(
        Files.readString(folder.resolve("result").resolve("stdout"))
            .matches("(?s) +2 +10 +40 /in/book\\.txt\n.*"));
  }

  @Test
  void nodeJsPaysByVoucherForWhatIsBeyondTheAllowance() throws Exception {
    DevnetConsumer bob = world.consumer("bob");
    assertEquals(0, bob.hooke("wallet", "withdraw", "999.9").exit());
    Files.write(folder.resolve("large"), new byte[17 << 20]);
    String[] command = {
      CLIENT.resolve("examples").resolve("run-task.mjs").toString(),
      world.example("primes").toString(),
      "--in",
      "large",
      "--upload-budget",
      "0",
      "--",
      "100"
    };
    Ran refused = nodeJs(bob, folder, command);
    assertTrue(refused.exit() != 0 && refused.err().contains("uploadBudget"), refused.err());
    command[5] = Wei.parse("0.01").value().toString();
    Ran ran = nodeJs(bob, folder, command);
    assertEquals(0, ran.exit(), ran.err());
    assertTrue(ran.err().contains("token-wei by voucher"), ran.err());
    for (DevnetNode each : world.nodes()) {
      assertEquals(
          world.law().tabOf(bob.wallet().address(), each.operatorId()).balance(),
          each.node()
              .agent()
              .vouchers()
              .promised(bob.wallet().address(), each.operatorId(), Wei.ZERO));
    }
  }

  @Test
  void nodeJsBuysAnArrayAndSignsNothingWhileItMayBeChallenged() throws Exception {
    List<String> numbers = List.of("1000", "1001", "1002", "1003", "1004");
    Path lines = folder.resolve("numbers");
    Files.write(lines, numbers);
    CompletableFuture<Ran> running =
        CompletableFuture.supplyAsync(() -> {
          try {
            return nodeJs(
                folder,
                CLIENT.resolve("examples").resolve("run-task.mjs").toString(),
                world.example("primes").toString(),
                "--array",
                "numbers",
                "--slots",
                "2",
                "--fuel",
                "100000000",
                "--verify",
                "optimistic",
                "--out",
                "counted");
          } catch (IOException | InterruptedException e) {
            throw new CompletionException(e);
          }
        });
    Bytes32 id = awaitArray(numbers.size());
    OrderView delivered =
        world.await(
            id, o -> o.slots().stream().allMatch(slot -> slot.state() == SlotState.DELIVERED));
    assertEquals(Verification.OPTIMISTIC, delivered.terms().mode());
    try (PreparedTask same =
        PreparedTask.of(
            TaskDraft.of(world.example("primes"))
                .array(lines)
                .slots(2)
                .fuel(100_000_000)
                .proof(Proof.OPTIMISTIC)
                .build())) {
      assertEquals(
          Bytes32.of(same.specId().bytes()), delivered.terms().spec(), "as Java writes it");
      assertEquals(same.diskMibUp(3), delivered.terms().diskMib());
    }

    world.pass(Duration.ofSeconds(delivered.terms().windowSeconds()));
    Ran ran = running.get(2, TimeUnit.MINUTES);
    assertEquals(0, ran.exit(), ran.err());
    assertTrue(ran.err().contains("5 of 5 tasks exited with 0"), ran.err());
    for (LawEvent.Settled settled : world.events(id, LawEvent.Settled.class)) {
      assertFalse(settled.held().isZero(), "no receipt was given before it was settled");
    }
    Path counted = folder.resolve("counted");
    assertEquals(numbers.size(), Files.readAllLines(counted.resolve("results.jsonl")).size());
    world.await(id, o -> o.slots().stream().allMatch(slot -> slot.state() == SlotState.RELEASED));

    Path again = folder.resolve("counted-again");
    DevnetConsumer.Ran java =
        alice.hooke("task", "result", id.toString(), "--out", again.toString());
    assertEquals(0, java.exit(), java.err());
    for (int index = 0; index < numbers.size(); index++) {
      assertArrayEquals(
          Files.readAllBytes(again.resolve(index + "/stdout")),
          Files.readAllBytes(counted.resolve(index + "/stdout")),
          "task " + index);
    }
  }

  /// The order of so many tasks, once it is placed.
  private static Bytes32 awaitArray(int tasks) throws InterruptedException {
    long until = System.nanoTime() + Devnet.PATIENCE.toNanos();
    while (System.nanoTime() < until) {
      world.view().sync();
      for (OrderView order : world.view().market().orders()) {
        if (order.terms().tasks() == tasks) {
          return order.id();
        }
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
    throw new AssertionError("no array was ordered within " + Devnet.PATIENCE);
  }

  @Test
  void nodeJsSeesWhyItWasRefused() throws Exception {
    Ran ran =
        nodeJs(
            CLIENT,
            "--input-type=module",
            "--eval",
            """
            import { join } from 'node:path';
            import { Hooke, hookeHome, openWallet, readConfig } from './src/index.js';
            const wallet = join(hookeHome(), 'wallets', 'alice');
            const { network } = await readConfig();
            const hooke = await Hooke.connect(network, await openWallet(`${wallet}.json`, `${wallet}.password`));
            const node = await hooke.node(%d);
            for (const [call, options] of [
              [['MarketService', 'GetProvider', { name: '%s' }], {}],
              [['TaskService', 'GetTask', { name: 'tasks/x' }], {}],
              [['TaskService', 'GetTask', { name: 'tasks/x' }], { group: 'blob' }],
            ]) {
              await node.call(...call, options).catch((e) => console.log(e.reason, JSON.stringify(e.metadata)));
            }
            node.close();
            """
                .formatted(node.id(), NOBODY));
    assertEquals(0, ran.exit(), ran.err());
    assertEquals(
        "PROVIDER_NOT_FOUND {}\nTOKEN_MISSING {}\nTOKEN_WRONG_GROUP {\"group\":\"task\"}\n",
        ran.out());
  }

  private static Ran curl(Bytes32 pin, String path, String... more)
      throws IOException, InterruptedException {
    String hash = Base64.getEncoder().encodeToString(pin.bytes());
    List<String> command =
        new ArrayList<>(
            List.of(
                "curl",
                "--silent",
                "--show-error",
                "--max-time",
                "30",
                "--insecure",
                "--pinnedpubkey",
                "sha256//" + hash,
                address.resolve(path).toString()));
    command.addAll(List.of(more));
    return run(folder, command.toArray(String[]::new));
  }

  private static void assumeCurl() throws InterruptedException {
    boolean there = false;
    try {
      there = run(folder, "curl", "--version").exit() == 0;
    } catch (IOException e) {
      // Said below.
    }
    assumeTrue(there, "curl is not installed: JSON is not tried as curl asks for it");
  }

  @Test
  void curlGetsJsonFromTheOneWithTheKeyOnly() throws Exception {
    assumeCurl();
    Ran described = curl(key, "/v1/node");
    assertEquals(0, described.exit(), described.err());
    assertTrue(
        described.out().contains("\"nodeId\":" + node.id() + ","), "a number: " + described.out());
    assertTrue(
        described.out().contains("\"chainId\":\"" + world.network().chainId() + "\""),
        "64 bits are text: " + described.out());
    assertTrue(
        curl(key, "/v1/providers?page_size=1").out().contains("\"nextPageToken\":\"1\""),
        "the first of two pages");

    Ran another = curl(world.nodes().get(1).directory().profile().tlsKeyHash(), "/v1/node");
    assertNotEquals(0, another.exit());
    assertEquals("", another.out());
  }

  @Test
  void curlSeesWhyItWasRefused() throws Exception {
    assumeCurl();
    Ran refused = curl(key, "/v1/" + NOBODY, "--write-out", "%{http_code}");
    assertTrue(refused.out().endsWith("404"), refused.out());
    assertTrue(refused.out().contains("\"code\":5"), refused.out());
    assertTrue(
        refused.out().contains("\"@type\":\"type.googleapis.com/google.rpc.ErrorInfo\""),
        refused.out());
    assertEquals("PROVIDER_NOT_FOUND", group("\"reason\":\"([A-Z_]+)\"", refused.out()));
    Ran stranger = curl(key, "/v1/tasks/x", "--write-out", "%{http_code}");
    assertTrue(stranger.out().endsWith("401"), stranger.out());
    assertEquals("TOKEN_MISSING", group("\"reason\":\"([A-Z_]+)\"", stranger.out()));
  }

  @Test
  void curlReadsItsOwnTaskWithATokenForItsCertificate() throws Exception {
    assumeCurl();
    Ran made =
        nodeJs(
            folder,
            CLIENT.resolve("examples").resolve("access-token.mjs").toString(),
            Integer.toString(node.id()),
            "task");
    assertEquals(0, made.exit(), made.err());
    Path config = folder.resolve("access.curl");
    Files.writeString(config, made.out());
    String none = "/v1/tasks/0x" + "ab".repeat(32) + "-0";
    Ran asked = curl(key, none, "--config", config.toString());
    assertEquals("TASK_NOT_FOUND", group("\"reason\":\"([A-Z_]+)\"", asked.out()));
    // The same token without the certificate it is bound to.
    String header = group("header = \"([^\"]+)\"", made.out());
    Ran stolen = curl(key, none, "--header", header);
    assertEquals("TOKEN_WRONG_KEY", group("\"reason\":\"([A-Z_]+)\"", stolen.out()));
  }

  /// Its certificate, for those who can only check names and chains.
  private static Path certificate(DevnetNode of) {
    return of.directory().config().directory().resolve(TlsIdentity.CERTIFICATE_FILE);
  }

  @Test
  void curlChecksTheNameWithTheCertificateAsRoot() throws Exception {
    assumeCurl();
    String named = "https://" + TlsIdentity.NAME + ":" + address.getPort();
    String there = "%s:%d:%s".formatted(TlsIdentity.NAME, address.getPort(), address.getHost());
    for (String url : List.of(address.toString(), named)) {
      String[] command = {
        "curl", "-sS", "--max-time", "30", "--resolve", there, "--cacert", "", url + "/v1/node"
      };
      command[7] = certificate(node).toString();
      Ran described = run(folder, command);
      assertEquals(0, described.exit(), described.err());
      assertTrue(described.out().contains("\"nodeId\":" + node.id() + ","), described.out());
      command[7] = certificate(world.nodes().get(1)).toString();
      assertEquals(60, run(folder, command).exit(), "another node's certificate");
    }
  }

  @Test
  void curlIsToldWhichParameterIsNone() throws Exception {
    assumeCurl();
    assertTrue(
        curl(key, "/v1/providers?pageSize=1").out().contains("\"nextPageToken\":\"1\""),
        "either spelling");
    Ran refused = curl(key, "/v1/providers?page_sise=1", "--write-out", "%{http_code}");
    assertTrue(refused.out().endsWith("400"), refused.out());
    assertTrue(refused.out().contains("there is no 'page_sise'"), refused.out());
    assertEquals("INVALID_ARGUMENT", group("\"reason\":\"([A-Z_]+)\"", refused.out()));
    Ran plain = run(folder, "curl", "-sS", address.toString().replace("https:", "http:"));
    assertEquals("TLS_REQUIRED", group("\"reason\":\"([A-Z_]+)\"", plain.out()));
    assertTrue(plain.out().contains("https://"), plain.out());
  }

  @Test
  void pythonsGrpcChecksTheNameAsTheReadmeSays() throws Exception {
    Path python = Path.of("/usr/bin/python3"); // Debian's, which has Debian's packages.
    Path plugin = Path.of("/usr/bin/grpc_python_plugin");
    assumeTrue(
        Files.isExecutable(python)
            && Files.isExecutable(plugin)
            && run(folder, python.toString(), "-c", "import grpc").exit() == 0,
        "python3-grpcio, protobuf-compiler and protobuf-compiler-grpc are not installed:"
            + " Python's gRPC is NOT TRIED");
    Path proto = CLIENT.resolve("../../proto").normalize();
    Path directory = Files.createDirectories(folder.resolve("python"));
    Path stubs = Files.createDirectories(directory.resolve("stubs"));
    List<String> protoc =
        new ArrayList<>(
            List.of(
                "protoc",
                "-I",
                proto.resolve("src/main/proto").toString(),
                "-I",
                proto.resolve("third_party").toString(),
                "--python_out=" + stubs,
                "--grpc_python_out=" + stubs,
                "--plugin=protoc-gen-grpc_python=" + plugin));
    for (String root : List.of("src/main/proto", "third_party")) {
      try (Stream<Path> files = Files.walk(proto.resolve(root))) {
        files
            .filter(file -> file.toString().endsWith(".proto"))
            .forEach(file -> protoc.add(proto.resolve(root).relativize(file).toString()));
      }
    }
    Ran made = run(directory, protoc.toArray(String[]::new));
    assertEquals(0, made.exit(), made.err());

    String readme = Files.readString(proto.resolve("README.md"));
    String there = address.getHost() + ":" + address.getPort();
    String script = group("(?s)```python\n(.*?)```", readme).replace("127.0.0.1:7601", there);
    String override = "('grpc.ssl_target_name_override', 'node.hooke')";
    assertTrue(script.contains(there) && script.contains(override), script);
    Files.copy(certificate(node), directory.resolve("node.pem"));
    for (String options : List.of(override, "")) {
      Ran ran = run(directory, python.toString(), "-c", script.replace(override, options));
      assertEquals(0, ran.exit(), ran.err());
      assertEquals("nodes/%d\nPROVIDER_NOT_FOUND\n".formatted(node.id()), ran.out());
    }
    Files.copy(
        certificate(world.nodes().get(1)),
        directory.resolve("node.pem"),
        StandardCopyOption.REPLACE_EXISTING);
    Ran other = run(directory, python.toString(), "-c", script);
    assertNotEquals(0, other.exit(), "another node's certificate");
    assertEquals("", other.out());
  }

  @Test
  void nodeJsGrpcChecksTheNameWithTheCertificateAsRoot() throws Exception {
    for (String options : List.of("{ 'grpc.ssl_target_name_override': 'node.hooke' }", "{}")) {
      String script =
          """
          import { readFileSync } from 'node:fs';
          import grpc from '@grpc/grpc-js';
          const root = grpc.credentials.createSsl(readFileSync('%s'));
          const client = new grpc.Client('localhost:%d', root, %s);
          client.makeUnaryRequest('/hooke.v1.NodeService/GetNode', () => Buffer.alloc(0), (bytes) => bytes, {},
            { deadline: Date.now() + 30_000 },
            (error, answer) => { console.log(error ? grpc.status[error.code] : answer.includes('nodes/')); client.close(); });
          """;
      Ran ran =
          nodeJs(
              CLIENT,
              "--input-type=module",
              "--eval",
              script.formatted(certificate(node), address.getPort(), options));
      assertEquals("true\n", ran.out(), ran.err());
      Ran other =
          nodeJs(
              CLIENT,
              "--input-type=module",
              "--eval",
              script.formatted(certificate(world.nodes().get(1)), address.getPort(), options));
      assertEquals("UNAVAILABLE\n", other.out(), other.err());
    }
  }

  @Test
  void javasGrpcChecksTheNameWithTheCertificateAsRoot() throws Exception {
    for (String authority : List.of(TlsIdentity.NAME, "localhost", address.getHost())) {
      ManagedChannel channel =
          NettyChannelBuilder.forAddress(address.getHost(), address.getPort())
              .overrideAuthority(authority)
              .sslContext(
                  GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK)
                      .trustManager(certificate(node).toFile())
                      .build())
              .build();
      try {
        assertEquals(
            node.id(),
            NodeServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(30, TimeUnit.SECONDS)
                .getNode(GetNodeRequest.getDefaultInstance())
                .getNode()
                .getNodeId());
      } finally {
        channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
      }
    }
  }

  private static HttpResponse<byte[]> web(String method, byte[] message) throws Exception {
    byte[] frame =
        ByteBuffer.allocate(5 + message.length)
            .put((byte) 0)
            .putInt(message.length)
            .put(message)
            .array();
    try (HttpClient client =
        HttpClient.newBuilder().sslContext(new PinnedTrust(key).context()).build()) {
      return client.send(
          HttpRequest.newBuilder(address.resolve("/" + method))
              .header("content-type", "application/grpc-web+proto")
              .header("x-grpc-web", "1")
              .POST(BodyPublishers.ofByteArray(frame))
              .build(),
          BodyHandlers.ofByteArray());
    }
  }

  @Test
  void aBrowserIsAnsweredInGrpcWeb() throws Exception {
    HttpResponse<byte[]> answer =
        web(
            NodeServiceGrpc.getGetNodeMethod().getFullMethodName(),
            GetNodeRequest.getDefaultInstance().toByteArray());
    assertEquals(200, answer.statusCode());
    ByteBuffer frames = ByteBuffer.wrap(answer.body());
    assertEquals(0, frames.get(), "a message comes first");
    byte[] message = new byte[frames.getInt()];
    frames.get(message);
    assertEquals(node.id(), GetNodeResponse.parseFrom(message).getNode().getNodeId());
    assertEquals((byte) 0x80, frames.get(), "then the trailers");
    byte[] trailers = new byte[frames.getInt()];
    frames.get(trailers);
    assertTrue(
        new String(trailers, StandardCharsets.US_ASCII).matches("(?s).*grpc-status: ?0\r\n.*"));
    assertEquals(0, frames.remaining());
  }

  @Test
  void aBrowserSeesWhyItWasRefused() throws Exception {
    HttpResponse<byte[]> answer =
        web(
            MarketServiceGrpc.getGetProviderMethod().getFullMethodName(),
            GetProviderRequest.newBuilder().setName(NOBODY).build().toByteArray());
    String trailers =
        answer.headers().map() + new String(answer.body(), StandardCharsets.ISO_8859_1);
    String details = group("grpc-status-details-bin[=:] ?\\[?([A-Za-z0-9+/=]+)", trailers);
    com.google.rpc.Status status =
        com.google.rpc.Status.parseFrom(Base64.getDecoder().decode(details));
    assertEquals("PROVIDER_NOT_FOUND", status.getDetails(0).unpack(ErrorInfo.class).getReason());
  }

  @FunctionalInterface
  private interface Use {
    void of(ManagedChannel channel) throws Exception;
  }

  /// gRPC's own transport, of which the house uses nothing.
  private static void withChannel(Use use) throws Exception {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(address.getHost(), address.getPort())
            .sslContext(
                GrpcSslContexts.configure(SslContextBuilder.forClient(), SslProvider.JDK)
                    .trustManager(new PinnedTrust(key))
                    .build())
            .build();
    try {
      use.of(channel);
    } finally {
      channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    }
  }

  @Test
  void healthIsTheStandardOne() throws Exception {
    withChannel(channel ->
        assertEquals(
            HealthCheckResponse.ServingStatus.SERVING,
            HealthGrpc.newBlockingStub(channel)
                .withDeadlineAfter(30, TimeUnit.SECONDS)
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus()));
  }

  @Test
  void reflectionListsTheServicesUnderBothItsNames() throws Exception {
    MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> newer =
        ServerReflectionGrpc.getServerReflectionInfoMethod();
    withChannel(channel -> {
      for (String name : List.of("grpc.reflection.v1", "grpc.reflection.v1alpha")) {
        MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> method =
            newer.toBuilder()
                .setFullMethodName(name + ".ServerReflection/ServerReflectionInfo")
                .build();
        List<String> services =
            reflected(
                    channel,
                    method,
                    ServerReflectionRequest.newBuilder().setListServices("").build())
                .getListServicesResponse()
                .getServiceList()
                .stream()
                .map(service -> service.getName())
                .toList();
        assertTrue(
            services.containsAll(
                List.of(
                    "hooke.v1.NodeService",
                    "hooke.v1.MarketService",
                    "hooke.v1.TaskService",
                    "grpc.reflection.v1.ServerReflection",
                    "grpc.reflection.v1alpha.ServerReflection",
                    "grpc.health.v1.Health")),
            services.toString());
        for (String symbol : List.of("hooke.v1.TaskService", name + ".ServerReflection")) {
          assertTrue(
              reflected(
                          channel,
                          method,
                          ServerReflectionRequest.newBuilder()
                              .setFileContainingSymbol(symbol)
                              .build())
                      .getFileDescriptorResponse()
                      .getFileDescriptorProtoCount()
                  > 0,
              symbol);
        }
      }
    });
  }

  private static ServerReflectionResponse reflected(
      ManagedChannel channel,
      MethodDescriptor<ServerReflectionRequest, ServerReflectionResponse> method,
      ServerReflectionRequest question)
      throws Exception {
    CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> questions =
        ClientCalls.asyncBidiStreamingCall(
            channel.newCall(method, CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS)),
            new StreamObserver<>() {
              @Override
              public void onNext(ServerReflectionResponse value) {
                answer.complete(value);
              }

              @Override
              public void onError(Throwable thrown) {
                answer.completeExceptionally(thrown);
              }

              @Override
              public void onCompleted() {
                answer.completeExceptionally(new IllegalStateException("no answer"));
              }
            });
    questions.onNext(question);
    ServerReflectionResponse given = answer.get(30, TimeUnit.SECONDS);
    questions.onCompleted();
    return given;
  }

  @Test
  void grpcCarriesTheDetails() throws Exception {
    withChannel(channel -> {
      StatusRuntimeException refused =
          assertThrows(
              StatusRuntimeException.class,
              () ->
                  MarketServiceGrpc.newBlockingStub(channel)
                      .withDeadlineAfter(30, TimeUnit.SECONDS)
                      .getProvider(GetProviderRequest.newBuilder().setName(NOBODY).build()));
      com.google.rpc.Status status = StatusProto.fromThrowable(refused);
      assertTrue(status != null && status.getDetailsCount() == 1);
      ErrorInfo info = status.getDetails(0).unpack(ErrorInfo.class);
      assertEquals("PROVIDER_NOT_FOUND", info.getReason());
      assertEquals("hooke.v1", info.getDomain());
    });
  }
}
