package hooke.node.rpc;

import com.linecorp.armeria.common.HttpRequest;
import com.linecorp.armeria.common.HttpResponse;
import com.linecorp.armeria.common.HttpStatus;
import com.linecorp.armeria.common.MediaType;
import com.linecorp.armeria.common.ResponseHeaders;
import com.linecorp.armeria.common.SerializationFormat;
import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.TlsKeyPair;
import com.linecorp.armeria.common.grpc.GrpcSerializationFormats;
import com.linecorp.armeria.common.util.BlockingTaskExecutor;
import com.linecorp.armeria.common.util.TlsEngineType;
import com.linecorp.armeria.server.HttpService;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.grpc.GrpcService;
import hooke.node.rpc.json.JsonApi;
import hooke.node.rpc.json.Refusals;
import hooke.storage.StorageFailure;
import hooke.v1.MarketServiceGrpc;
import hooke.v1.TaskServiceGrpc;
import io.grpc.BindableService;
import io.grpc.protobuf.services.ProtoReflectionServiceV1;
import io.netty.handler.ssl.ClientAuth;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;

/// The node's one port: gRPC, gRPC-Web and JSON over TLS, with health and reflection. Client
/// certificates are asked for and any is taken: what one is worth, its token says ([AccessCheck]).
/// Methods run on virtual threads and may block.
public final class RpcServer implements AutoCloseable {
  /// Bytes of one message, and of a whole request outside the upload.
  public static final int MAX_MESSAGE = 2 << 20;

  /// Calls under way, streams included.
  public static final int MAX_CALLS = 512;

  private static final int MAX_CONNECTIONS = 1_024;
  private static final int MAX_CALLS_PER_CONNECTION = 128;

  /// Bodies of methods that run at one time; streams have threads of their own.
  private static final int THREADS = 128;

  private static final Duration CALL = Duration.ofSeconds(30);
  private static final Duration IDLE = Duration.ofSeconds(90);
  private static final Duration PING = Duration.ofSeconds(30);
  private static final Duration GOODBYE = Duration.ofMillis(200);
  private static final Duration STOP = Duration.ofSeconds(2);

  private static final Set<SerializationFormat> FORMATS =
      Set.of(
          GrpcSerializationFormats.PROTO,
          GrpcSerializationFormats.PROTO_WEB,
          GrpcSerializationFormats.PROTO_WEB_TEXT);

  private static final Set<String> UPLOADS =
      Set.of(path(TaskServiceGrpc.getUploadBlobMethod().getFullMethodName()));

  private static final Set<String> STREAMS =
      Set.of(
          path(TaskServiceGrpc.getUploadBlobMethod().getFullMethodName()),
          path(TaskServiceGrpc.getDownloadBlobMethod().getFullMethodName()),
          path(TaskServiceGrpc.getDownloadResultMethod().getFullMethodName()),
          path(TaskServiceGrpc.getWatchTaskMethod().getFullMethodName()),
          path(MarketServiceGrpc.getWatchOrdersMethod().getFullMethodName()));

  private final Server server;
  private final ScheduledExecutorService threads;

  private RpcServer(Server server, ScheduledExecutorService threads) {
    this.server = server;
    this.threads = threads;
  }

  /// Starts to answer.
  ///
  /// @param host address to bind to
  /// @param port its port; 0 picks a free one
  /// @param failed told when a call met a broken disk, which this node cannot go on with
  /// @throws IOException if the address cannot be bound
  public static RpcServer start(
      String host,
      int port,
      TlsIdentity identity,
      AccessCheck check,
      Consumer<StorageFailure> failed,
      List<BindableService> services)
      throws IOException {
    AccessInterceptor access = new AccessInterceptor(check, failed, MAX_CALLS);
    OlderReflection older = new OlderReflection();
    GrpcService grpc =
        GrpcService.builder()
            .addServices(services)
            .addService(ProtoReflectionServiceV1.newInstance())
            .addService(older)
            .enableHealthCheckService(true)
            .supportedSerializationFormats(FORMATS)
            .useBlockingTaskExecutor(true)
            .maxRequestMessageLength(MAX_MESSAGE)
            .intercept(access)
            .build();
    older.answerBy(grpc.services());
    ScheduledExecutorService threads =
        Executors.newScheduledThreadPool(THREADS, Thread.ofVirtual().name("rpc-", 0).factory());
    Server server =
        Server.builder()
            // Without TLS nothing is answered but that TLS is needed.
            .port(new InetSocketAddress(host, port), SessionProtocol.HTTPS, SessionProtocol.HTTP)
            .tls(TlsKeyPair.of(identity.key(), identity.certificate()))
            .tlsEngineType(TlsEngineType.JDK)
            .tlsCustomizer(tls -> tls.clientAuth(ClientAuth.OPTIONAL).trustManager(new AnyClient()))
            .blockingTaskExecutor(BlockingTaskExecutor.of(threads), false)
            .maxNumConnections(MAX_CONNECTIONS)
            .http2MaxStreamsPerConnection(MAX_CALLS_PER_CONNECTION)
            .maxRequestLength(MAX_MESSAGE)
            .requestTimeout(CALL)
            .idleTimeout(IDLE)
            .pingInterval(PING)
            .gracefulShutdownTimeout(GOODBYE, STOP)
            .service(grpc, service -> service.decorate(RpcServer::onlyGrpc))
            .serviceUnder(JsonApi.PREFIX, new JsonApi(services, access))
            .errorHandler(new Refusals())
            .decorator(RpcServer::limit)
            .decorator(RpcServer::onlyTls)
            .build();
    try {
      server.start().join();
    } catch (CompletionException e) {
      threads.shutdownNow();
      throw new IOException(
          "the API cannot listen on %s:%d: %s"
              .formatted(host, port, e.getCause() == null ? e : e.getCause().getMessage()),
          e);
    }
    return new RpcServer(server, threads);
  }

  /// The port that is listened on.
  public int port() {
    return server.activeLocalPort();
  }

  private static HttpResponse limit(
      HttpService next, ServiceRequestContext context, HttpRequest request) throws Exception {
    if (STREAMS.contains(context.path())) {
      context.clearRequestTimeout();
    }
    if (UPLOADS.contains(context.path())) {
      // Each message is bounded, the store bounds the whole.
      context.setMaxRequestLength(0);
    }
    return next.serve(context, request);
  }

  private static HttpResponse onlyTls(
      HttpService next, ServiceRequestContext context, HttpRequest request) throws Exception {
    if (context.sessionProtocol().isTls()) {
      return next.serve(context, request);
    }
    String sentence = "this port speaks TLS only: say https:// instead of http://";
    if (isGrpc(request)) {
      return HttpResponse.of(
          ResponseHeaders.builder(HttpStatus.OK)
              .contentType(GrpcSerializationFormats.PROTO.mediaType())
              .setInt("grpc-status", ErrorCode.TLS_REQUIRED.status().value())
              .set("grpc-message", sentence)
              .endOfStream(true)
              .build());
    }
    throw new RpcException(ErrorCode.TLS_REQUIRED, sentence);
  }

  private static HttpResponse onlyGrpc(
      HttpService next, ServiceRequestContext context, HttpRequest request) throws Exception {
    if (isGrpc(request)) {
      return next.serve(context, request);
    }
    throw new RpcException(
        ErrorCode.CONTENT_TYPE_UNSUPPORTED,
        "this path is gRPC's and takes application/grpc or application/grpc-web; JSON is below "
            + JsonApi.PREFIX);
  }

  private static boolean isGrpc(HttpRequest request) {
    MediaType type = request.contentType();
    return type != null && FORMATS.stream().anyMatch(format -> format.isAccepted(type));
  }

  private static String path(String fullMethodName) {
    return "/" + fullMethodName;
  }

  /// Ends open calls and stops listening.
  @Override
  public void close() {
    try {
      server.stop().join();
    } finally {
      threads.shutdownNow();
    }
  }

  private static final class AnyClient extends AnyCertificate {
    @Override
    void check(X509Certificate certificate) {
      // Possession of the key is all there is to prove; the handshake does.
    }
  }
}
