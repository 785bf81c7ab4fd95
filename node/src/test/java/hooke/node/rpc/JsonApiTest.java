package hooke.node.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import com.google.rpc.ErrorInfo;
import com.google.rpc.Status;
import hooke.chain.eip712.Domain;
import hooke.chain.wallet.Wallet;
import hooke.v1.GetNodeRequest;
import hooke.v1.GetNodeResponse;
import hooke.v1.GetOrderRequest;
import hooke.v1.GetOrderResponse;
import hooke.v1.Lease;
import hooke.v1.ListLeasesRequest;
import hooke.v1.ListLeasesResponse;
import hooke.v1.ListOrdersRequest;
import hooke.v1.ListOrdersResponse;
import hooke.v1.MarketServiceGrpc;
import hooke.v1.NodeServiceGrpc;
import hooke.v1.Order;
import hooke.v1.QuoteOrderRequest;
import hooke.v1.QuoteOrderResponse;
import hooke.v1.TaskServiceGrpc;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// JSON over real HTTP against methods that write down what reached them.
@SuppressWarnings("NullAway.Init")
final class JsonApiTest {
  private static final String BODY = "application/json";
  private static final TlsIdentity IDENTITY = TlsIdentity.create("test");
  private static final AtomicReference<@Nullable Message> REACHED = new AtomicReference<>();

  private static RpcServer server;
  private static HttpClient http;

  @BeforeAll
  static void start() throws Exception {
    Domain domain = Domain.hooke(31_337, Wallet.random().address());
    server =
        RpcServer.start(
            "127.0.0.1",
            0,
            IDENTITY,
            new AccessCheck(domain, () -> 7, AccessCheck.Contracts.NONE, Clock.systemUTC()),
            _ -> {},
            List.of(new Describes(), new Lists(), new Tasks()));
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, new TrustManager[] {new PinnedKey(IDENTITY.keyHash())}, null);
    http = HttpClient.newBuilder().sslContext(tls).build();
  }

  @AfterAll
  static void stop() {
    http.close();
    server.close();
  }

  private static final class Describes extends NodeServiceGrpc.NodeServiceImplBase {
    @Override
    public void getNode(GetNodeRequest request, StreamObserver<GetNodeResponse> to) {
      Answers.one(to, () -> reached(request, GetNodeResponse.getDefaultInstance()));
    }
  }

  private static final class Tasks extends TaskServiceGrpc.TaskServiceImplBase {}

  private static final class Lists extends MarketServiceGrpc.MarketServiceImplBase {
    @Override
    public void listOrders(ListOrdersRequest request, StreamObserver<ListOrdersResponse> to) {
      Answers.one(
          to,
          () -> {
            if (request.getPageToken().equals("defect")) {
              throw new IllegalStateException("a defect with a secret in it");
            }
            return reached(request, ListOrdersResponse.getDefaultInstance());
          });
    }

    @Override
    public void listLeases(ListLeasesRequest request, StreamObserver<ListLeasesResponse> to) {
      Answers.one(to, () -> reached(request, ListLeasesResponse.getDefaultInstance()));
    }

    @Override
    public void getOrder(GetOrderRequest request, StreamObserver<GetOrderResponse> to) {
      Answers.one(to, () -> reached(request, GetOrderResponse.getDefaultInstance()));
    }

    @Override
    public void quoteOrder(QuoteOrderRequest request, StreamObserver<QuoteOrderResponse> to) {
      Answers.one(to, () -> reached(request, QuoteOrderResponse.getDefaultInstance()));
    }
  }

  private static <A> A reached(Message request, A answer) {
    REACHED.set(request);
    return answer;
  }

  private static HttpResponse<String> send(
      String method, String path, @Nullable String type, byte @Nullable [] body)
      throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + server.port() + path))
            .timeout(java.time.Duration.ofSeconds(10))
            .method(
                method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
    if (type != null) {
      request.header("content-type", type);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private static Message asked(String path) throws IOException, InterruptedException {
    REACHED.set(null);
    HttpResponse<String> answer = send("GET", path, null, null);
    assertEquals(200, answer.statusCode(), answer::body);
    return Objects.requireNonNull(REACHED.get());
  }

  private static QuoteOrderRequest quoted(String body) throws IOException, InterruptedException {
    REACHED.set(null);
    HttpResponse<String> answer =
        send("POST", "/v1/orders:quote", BODY, body.getBytes(StandardCharsets.UTF_8));
    assertEquals(200, answer.statusCode(), answer::body);
    return (QuoteOrderRequest) Objects.requireNonNull(REACHED.get());
  }

  /// Every refusal is exactly a `google.rpc.Status` with one reason.
  private static ErrorInfo refusal(HttpResponse<String> answer) throws IOException {
    assertEquals(
        "application/json; charset=utf-8",
        answer.headers().firstValue("content-type").orElse(""),
        answer::body);
    Status.Builder status = Status.newBuilder();
    JsonFormat.parser()
        .usingTypeRegistry(TypeRegistry.newBuilder().add(ErrorInfo.getDescriptor()).build())
        .merge(answer.body(), status);
    assertEquals(1, status.getDetailsCount(), answer::body);
    ErrorInfo info = status.getDetails(0).unpack(ErrorInfo.class);
    assertEquals("hooke.v1", info.getDomain());
    assertEquals(
        ErrorCode.valueOf(info.getReason()).status().value(), status.getCode(), answer::body);
    assertFalse(status.getMessage().isBlank(), answer::body);
    return info;
  }

  @Test
  void bothSpellingsAreTheSameParameter() throws Exception {
    ListOrdersRequest wanted =
        ListOrdersRequest.newBuilder()
            .setPageSize(2)
            .setNodeId(-1)
            .addStates(Order.State.OPEN)
            .addStates(Order.State.RUNNING)
            .setIdPrefix("a b+c")
            .build();
    for (String query :
        List.of(
            "page_size=2&node_id=4294967295&states=OPEN&states=RUNNING&id_prefix=a+b%2Bc",
            "&pageSize=2&nodeId=4294967295&states=1&states=RUNNING&idPrefix=a%20b%2bc&")) {
      assertEquals(wanted, asked("/v1/orders?" + query));
    }
    assertEquals(
        ListLeasesRequest.newBuilder().addKinds(Lease.Kind.SERVICE).setOperatorId(3).build(),
        asked("/v1/leases?kinds=SERVICE&operatorId=3"));
    assertEquals(ListOrdersRequest.getDefaultInstance(), asked("/v1/orders"));
    assertEquals(
        GetOrderRequest.newBuilder().setName("orders/é x").build(), asked("/v1/orders/%C3%A9%20x"));
  }

  @Test
  void bothSpellingsAreTheSameFieldOfABody() throws Exception {
    QuoteOrderRequest camel =
        quoted(
            """
            {"order": "", "terms": {"nonce": "18446744073709551615", "startPrice": 12, "maxPrice": 1.2e1,
             "ramp": "90s", "openDuration": "1.5s", "verification": "QUORUM", "quorum": null,
             "originNodeIds": [1, "4294967295"], "minStakeWei": "\\u00e9\\ud83d\\ude00"}}
            """);
    assertEquals(-1, camel.getTerms().getNonce());
    assertEquals(12, camel.getTerms().getMaxPrice());
    assertEquals(Duration.newBuilder().setSeconds(90).build(), camel.getTerms().getRamp());
    assertEquals(
        Duration.newBuilder().setSeconds(1).setNanos(500_000_000).build(),
        camel.getTerms().getOpenDuration());
    assertEquals(List.of(1, -1), camel.getTerms().getOriginNodeIdsList());
    assertEquals("é😀", camel.getTerms().getMinStakeWei());
    assertEquals(
        camel,
        quoted(
            """
            {"terms": {"nonce": "18446744073709551615", "start_price": "12", "max_price": 12.0, "ramp": "90.000s",
             "open_duration": "1.500s", "verification": 3, "origin_node_ids": ["1", 4294967295], "min_stake_wei": "é😀"}}
            """));
  }

  @Test
  void everythingThatAServerCanWriteIsReadAgain() throws Exception {
    QuoteOrderRequest whole =
        QuoteOrderRequest.newBuilder()
            .setTerms(camelTerms())
            .setOrder("orders/0x" + "ab".repeat(32))
            .build();
    assertEquals(whole, quoted(JsonFormat.printer().print(whole)));
    assertEquals(whole, quoted(JsonFormat.printer().preservingProtoFieldNames().print(whole)));
  }

  private static hooke.v1.Terms camelTerms() {
    return hooke.v1.Terms.newBuilder()
        .setNonce(-2)
        .setMaxPrice(Long.MAX_VALUE)
        .setRamp(Duration.newBuilder().setSeconds(30))
        .addAllowedOperatorIds(Integer.MIN_VALUE)
        .setVerification(hooke.v1.Verification.ATTENDED)
        .build();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /v1/orders?page_sise=2              | page_sise | 'page_sise'; known: page_size,
          /v1/orders?pagesize=2               | pagesize  | 'pagesize'
          /v1/orders?PageSize=2               | PageSize  | 'PageSize'
          /v1/orders?=2                       | ''        | no ''
          /v1/orders?page_size                | page_size | '' is no whole number
          /v1/orders?page_size=abc            | page_size | page_size: 'abc' is no whole number
          /v1/orders?page_size=1.5            | page_size | '1.5' is no whole number
          /v1/orders?page_size=%2B1           | page_size | '+1' is no whole number
          /v1/orders?page_size=0x10           | page_size | '0x10' is no whole number
          /v1/orders?page_size=2147483648     | page_size | '2147483648' does not fit; it may be -2147483648 to 2147483647
          /v1/orders?page_size=1e99           | page_size | does not fit
          /v1/orders?page_size=1e999999999    | page_size | is no whole number
          /v1/orders?node_id=-1               | node_id   | '-1' does not fit; it may be 0 to 4294967295
          /v1/orders?node_id=4294967296       | node_id   | does not fit
          /v1/orders?page_size=1&page_size=1  | page_size | page_size is given twice
          /v1/orders?page_size=1&pageSize=2   | page_size | page_size is given twice
          /v1/orders?states=FOO               | states    | states: there is no 'FOO'; known: STATE_UNSPECIFIED, OPEN
          /v1/orders?states=open              | states    | 'open'
          /v1/orders?states=OPEN&states=99    | states    | '99'
          /v1/orders?states.x=1               | states.x  | states has no fields, so no 'x'
          /v1/orders?page_size.=1             | page_size.| page_size has no fields, so no ''
          /v1/orders?consumer=%FF             |           | not percent-encoded UTF-8
          /v1/orders/0xab?name=orders/0xcd    | name      | name is given twice
          /v1/orders/0xab?view=FULL           | view      | 'view'; known: name
          /v1/node?verbose=true               | verbose   | 'verbose'; nothing is asked here
          /v1/providers?nodeId=1              | nodeId    | 'nodeId'; known: page_size, page_token
          /v1/orders/%FF                      |           | not percent-encoded UTF-8
          """)
  void parametersThatAreNoneAreRefusedByName(String path, @Nullable String field, String said)
      throws Exception {
    HttpResponse<String> answer = send("GET", path, null, null);
    assertEquals(400, answer.statusCode(), answer::body);
    ErrorInfo info = refusal(answer);
    assertEquals("INVALID_ARGUMENT", info.getReason());
    assertTrue(answer.body().contains(said.replace("\"", "\\\"")), answer::body);
    assertEquals(field == null ? "" : field, info.getMetadataOrDefault("field", ""), answer::body);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          `{"nope":1}`                              | nope                   | there is no 'nope'; known: spec, terms, order
          `{"terms":{"nope":{}}}`                   | terms.nope             | there is no 'nope' in terms; known: consumer
          `{"terms":{"maxPrice":1,"max_price":1}}`  | terms.max_price        | terms.max_price is given twice
          `{"terms":{},"terms":{}}`                 | terms                  | terms is given twice
          `{"terms":[]}`                            | terms                  | terms must be an object, and is a list
          `{"terms":1}`                             | terms                  | terms must be an object, and is a number
          `{"order":1}`                             | order                  | order must be a string, and is a number
          `{"order":true}`                          | order                  | order must be a string, and is true or false
          `{"order":"\\ud800"}`                     | order                  | half of a character
          `{"terms":{"maxPrice":"1 "}}`             | terms.max_price        | '1 ' is no whole number
          `{"terms":{"maxPrice":""}}`               | terms.max_price        | '' is no whole number
          `{"terms":{"maxPrice":true}}`             | terms.max_price        | must be a number, and is true or false
          `{"terms":{"maxPrice":1.5}}`              | terms.max_price        | '1.5' is no whole number
          `{"terms":{"maxPrice":-1}}`               | terms.max_price        | '-1' does not fit; it may be 0 to 18446744073709551615
          `{"terms":{"maxPrice":18446744073709551616}}` | terms.max_price    | does not fit
          `{"terms":{"maxPrice":1e99}}`             | terms.max_price        | does not fit
          `{"terms":{"maxPrice":1e999999999}}`      | terms.max_price        | is no whole number
          `{"terms":{"tasks":4294967296}}`          | terms.tasks            | does not fit; it may be 0 to 4294967295
          `{"terms":{"ramp":30}}`                   | terms.ramp             | must be a string, and is a number
          `{"terms":{"ramp":"30"}}`                 | terms.ramp             | '30' is no duration such as 3600s
          `{"terms":{"ramp":"1m"}}`                 | terms.ramp             | '1m' is no duration
          `{"terms":{"ramp":"+1s"}}`                | terms.ramp             | '+1s' is no duration
          `{"terms":{"ramp":"1.0000000001s"}}`      | terms.ramp             | is no duration
          `{"terms":{"ramp":"315576000001s"}}`      | terms.ramp             | is no duration
          `{"terms":{"verification":"SWORN"}}`      | terms.verification     | there is no 'SWORN'; known: VERIFICATION_UNSPECIFIED
          `{"terms":{"verification":99}}`           | terms.verification     | there is no '99'
          `{"terms":{"originNodeIds":7}}`           | terms.origin_node_ids  | must be a list, and is a number
          `{"terms":{"originNodeIds":[1,null]}}`    | terms.origin_node_ids[1] | must be a number, and is null
          `{"terms":{"originNodeIds":[1,[2]]}}`     | terms.origin_node_ids[1] | must be a number, and is a list
          `{"terms":{"originNodeIds":[1,"x"]}}`     | terms.origin_node_ids[1] | 'x' is no whole number
          `[1]`                                     |                        | it must be an object, and is a list
          `1`                                       |                        | it must be an object, and is a number
          `null`                                    |                        | it must be an object, and is null
          `{`                                       |                        | the body is not the JSON asked for
          `{"order":"x"`                            |                        | expected close marker for Object (line 1, column 13)
          `{"order":'x'}`                           |                        | the body is not the JSON asked for
          `{order:"x"}`                             |                        | the body is not the JSON asked for
          `{"order":"x",}`                          |                        | the body is not the JSON asked for
          `{"terms":{"maxPrice":NaN}}`              |                        | the body is not the JSON asked for
          `{"terms":{"maxPrice":01}}`               |                        | the body is not the JSON asked for
          `{} {}`                                   |                        | more comes behind its end
          `{} x`                                    |                        | the body is not the JSON asked for
          `// hi`                                   |                        | the body is not the JSON asked for
          ``                                        |                        | it is empty; a request without fields is {}
          """)
  void bodiesThatAreNoRequestAreRefusedByName(
      @Nullable String body, @Nullable String field, String said) throws Exception {
    HttpResponse<String> answer =
        send(
            "POST",
            "/v1/orders:quote",
            BODY,
            (body == null ? "" : body).getBytes(StandardCharsets.UTF_8));
    assertEquals(400, answer.statusCode(), answer::body);
    ErrorInfo info = refusal(answer);
    assertEquals("INVALID_ARGUMENT", info.getReason());
    assertTrue(answer.body().contains(said), answer::body);
    assertEquals(field == null ? "" : field, info.getMetadataOrDefault("field", ""), answer::body);
  }

  @Test
  void bytesOddEncodingsAndDepthAreRefused() throws Exception {
    List<byte[]> bodies = new ArrayList<>();
    bodies.add(new byte[] {'{', '"', 'o', (byte) 0xff, '"', ':', '1', '}'});
    bodies.add("{}".getBytes(StandardCharsets.UTF_16BE));
    bodies.add("\ufeff{}".getBytes(StandardCharsets.UTF_8));
    bodies.add("[".repeat(100_000).getBytes(StandardCharsets.UTF_8));
    bodies.add("{\"spec\":".repeat(10_000).getBytes(StandardCharsets.UTF_8));
    bodies.add(("{\"" + "n".repeat(100_000) + "\":1}").getBytes(StandardCharsets.UTF_8));
    bodies.add(
        ("{\"terms\":{\"maxPrice\":" + "9".repeat(100_000) + "}}")
            .getBytes(StandardCharsets.UTF_8));
    for (byte[] body : bodies) {
      HttpResponse<String> answer = send("POST", "/v1/orders:quote", BODY, body);
      assertEquals(400, answer.statusCode(), answer::body);
      assertEquals("INVALID_ARGUMENT", refusal(answer).getReason());
      assertTrue(answer.body().length() < 1_000, "an answer does not echo a megabyte");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          GET    | /v1/nope                     |                  |    | 404 | PATH_NOT_FOUND          | /v1/nope
          GET    | /                            |                  |    | 404 | PATH_NOT_FOUND          | '/'
          GET    | /favicon.ico?a=b             |                  |    | 404 | PATH_NOT_FOUND          | '/favicon.ico'
          GET    | /v1/orders/                  |                  |    | 404 | PATH_NOT_FOUND          | /v1/orders/
          GET    | /v1/orders/a/b               |                  |    | 404 | PATH_NOT_FOUND          | /v1/orders/a/b
          GET    | /v1/orders/a:nope            |                  |    | 404 | PATH_NOT_FOUND          | /v1/orders/a:nope
          GET    | /v2/orders                   |                  |    | 404 | PATH_NOT_FOUND          | /v2/orders
          POST   | /v1/orders                   | application/json | {} | 405 | METHOD_NOT_ALLOWED      | this path takes GET, not POST
          DELETE | /v1/node                     |                  |    | 405 | METHOD_NOT_ALLOWED      | this path takes GET, not DELETE
          GET    | /v1/orders:quote             |                  |    | 405 | METHOD_NOT_ALLOWED      | this path takes POST, not GET
          GET    | /hooke.v1.NodeService/GetNode |                 |    | 415 | CONTENT_TYPE_UNSUPPORTED | application/grpc
          POST   | /hooke.v1.NodeService/GetNode | application/json | {} | 415 | CONTENT_TYPE_UNSUPPORTED | application/grpc
          POST   | /hooke.v1.NodeService/GetNode | application/grpc+json | {} | 415 | CONTENT_TYPE_UNSUPPORTED | application/grpc
          POST   | /v1/orders:quote             | text/plain       | {} | 415 | CONTENT_TYPE_UNSUPPORTED | not 'text/plain'
          POST   | /v1/orders:quote             |                  | {} | 415 | CONTENT_TYPE_UNSUPPORTED | say content-type: application/json
          POST   | /v1/orders:quote             | application/x-www-form-urlencoded | {} | 415 | CONTENT_TYPE_UNSUPPORTED | application/json
          POST   | /v1/orders:quote             | application/json; charset=utf-16 | {} | 415 | CONTENT_TYPE_UNSUPPORTED | utf-16
          POST   | /v1/orders:quote?order=x     | application/json | {} | 400 | INVALID_ARGUMENT        | all fields are in the body
          GET    | /v1/node                     | application/json | {} | 400 | INVALID_ARGUMENT        | takes no body
          POST   | /v1/blobs:check              | application/json | {} | 401 | TOKEN_MISSING           | token
          POST   | /v1/tasks/a:submitReceipt    | application/json | `{"name":"tasks/b"}` | 400 | INVALID_ARGUMENT | name is in the path
          POST   | /v1/tasks/a:submitReceipt    | application/json | `{"receipt":"?"}` | 400 | INVALID_ARGUMENT | receipt: '?' is not base64
          POST   | /v1/tasks/a:submitReceipt    | application/json | `{"name":"tasks/a","receipt":"_-8"}` | 401 | TOKEN_MISSING | token
          GET    | /v1/orders?page_token=defect |                  |    | 500 | INTERNAL                | its log says why
          """)
  void everyRefusalIsAStatusWithAReason(
      String method,
      String path,
      @Nullable String type,
      @Nullable String body,
      int code,
      String reason,
      String said)
      throws Exception {
    HttpResponse<String> answer =
        send(method, path, type, body == null ? null : body.getBytes(StandardCharsets.UTF_8));
    assertEquals(code, answer.statusCode(), answer::body);
    assertEquals(reason, refusal(answer).getReason(), answer::body);
    assertTrue(answer.body().contains(said), answer::body);
    assertFalse(answer.body().contains("secret"), answer::body);
    assertEquals(
        code == 405 ? Optional.of(method.equals("GET") ? "POST" : "GET") : Optional.empty(),
        answer.headers().firstValue("allow"));
  }

  @Test
  void aRequestThatIsTooLargeIsRefusedWithAReason() throws Exception {
    SSLContext tls = SSLContext.getInstance("TLS");
    tls.init(null, new TrustManager[] {new PinnedKey(IDENTITY.keyHash())}, null);
    try (Socket socket =
        tls.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout(10_000);
      socket
          .getOutputStream()
          .write(
              ("POST /v1/orders:quote HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
                      + "content-type: application/json\r\ncontent-length: %d\r\n\r\n%s")
                  .formatted(RpcServer.MAX_MESSAGE + 1, " ".repeat(RpcServer.MAX_MESSAGE + 1))
                  .getBytes(StandardCharsets.US_ASCII));
      byte[] answer = socket.getInputStream().readNBytes(4_096);
      String text = new String(answer, StandardCharsets.UTF_8);
      assertTrue(text.startsWith("HTTP/1.1 413 "), text);
      assertTrue(text.contains("\"reason\":\"REQUEST_TOO_LARGE\""), text);
    }
  }

  /// What a socket without TLS says to these bytes.
  private static String plain(String request) throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      InputStream in = socket.getInputStream();
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  @Test
  void plainHttpIsToldToSayHttpsAndReachesNothing() throws Exception {
    REACHED.set(null);
    for (String path :
        List.of(
            "/v1/node",
            "/v1/nope",
            "/",
            "/v1/orders?page_size=2",
            "/hooke.v1.NodeService/GetNode")) {
      String answer = plain("GET " + path + " HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
      assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
      assertTrue(answer.contains("\"reason\":\"TLS_REQUIRED\""), answer);
      assertTrue(answer.contains("https://"), answer);
    }
    String grpc =
        plain(
            "POST /hooke.v1.NodeService/GetNode HTTP/1.1\r\nhost: x\r\nconnection: close\r\n"
                + "content-type: application/grpc\r\ncontent-length: 5\r\n\r\n\0\0\0\0\0");
    assertTrue(grpc.contains("grpc-status: 9") && grpc.contains("https://"), grpc);
    assertEquals(null, REACHED.get());
  }
}
