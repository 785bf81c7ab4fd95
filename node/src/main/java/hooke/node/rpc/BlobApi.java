package hooke.node.rpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import hooke.chain.Address;
import hooke.chain.Wei;
import hooke.node.market.PacedStream;
import hooke.storage.BlobId;
import hooke.storage.BlobInfo;
import hooke.storage.BlobStore;
import hooke.storage.Holding;
import hooke.storage.PutOutcome;
import hooke.v1.CheckBlobsRequest;
import hooke.v1.CheckBlobsResponse;
import hooke.v1.DownloadBlobRequest;
import hooke.v1.DownloadBlobResponse;
import hooke.v1.HeldBlob;
import hooke.v1.UploadBlobRequest;
import hooke.v1.UploadBlobResponse;
import hooke.v1.UploadHeader;
import hooke.v1.Voucher;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The blob methods of `TaskService`, over the store alone. Uploads count against what the account
/// may keep here at no price, which its money in the market's vault decides: an account that holds
/// nothing can store nothing. What goes beyond is paid by voucher. All uploads together may fill
/// half of the store, and each must come at a rate that is of use.
final class BlobApi {
  static final int MAX_CHECKED = 1_000;
  static final int MAX_UPLOAD_CHUNK = 1 << 20;
  static final int DOWNLOAD_CHUNK = 1 << 16;
  static final Duration DEFAULT_KEEP = Duration.ofHours(1);

  private final BlobStore store;

  /// Left for what this node itself must keep: inputs of what it runs, and results, without which
  /// it would break a promise.
  private final long half;

  private final LongSupplier promised;

  private final Quota quota;
  private final PaidUploads payments;
  private final Clock clock;

  /// What accounts may keep here.
  ///
  /// @param balance what an account has in the vault, locked parts included
  /// @param freeBytes for any account with a balance
  /// @param bytesPerToken for each whole token of the balance
  /// @param maxKeep later expiries are cut to this
  record Quota(
      Function<Address, Wei> balance, long freeBytes, long bytesPerToken, Duration maxKeep) {
    private static final BigInteger TOKEN = BigInteger.TEN.pow(Wei.DECIMALS);

    long limit(Wei balance) {
      if (balance.isZero()) {
        return 0;
      }
      BigInteger paid = balance.value().divide(TOKEN).multiply(BigInteger.valueOf(bytesPerToken));
      return paid.add(BigInteger.valueOf(freeBytes))
          .min(BigInteger.valueOf(Long.MAX_VALUE >> 1))
          .longValue();
    }

    /// What must be deposited before `bytes` in total may be kept.
    Wei missing(Wei balance, BigInteger bytes) {
      BigInteger beyond = bytes.subtract(BigInteger.valueOf(freeBytes)).max(BigInteger.ZERO);
      BigInteger perToken = BigInteger.valueOf(Math.max(1, bytesPerToken));
      BigInteger tokensUp = beyond.add(perToken).subtract(BigInteger.ONE).divide(perToken);
      BigInteger wanted = tokensUp.multiply(TOKEN).max(BigInteger.ONE);
      return new Wei(wanted.subtract(balance.value()).max(BigInteger.ZERO));
    }
  }

  BlobApi(BlobStore store, Quota quota, PaidUploads payments, Clock clock) {
    this(store, quota, payments, () -> 0, clock);
  }

  /// @param promised bytes that results may still fill
  BlobApi(BlobStore store, Quota quota, PaidUploads payments, LongSupplier promised, Clock clock) {
    this.store = store;
    this.half = store.capacity() / 2;
    this.promised = promised;
    this.quota = quota;
    this.payments = payments;
    this.clock = clock;
  }

  private long keepFree() {
    return Math.max(half, promised.getAsLong());
  }

  CheckBlobsResponse check(CheckBlobsRequest request, Address caller) {
    if (request.getBlobsCount() > MAX_CHECKED) {
      throw new RpcException(
          ErrorCode.INVALID_ARGUMENT,
          "%d blobs were asked for; at most %d go into one call"
              .formatted(request.getBlobsCount(), MAX_CHECKED));
    }
    CheckBlobsResponse.Builder held = CheckBlobsResponse.newBuilder();
    for (String text : request.getBlobsList()) {
      BlobInfo info = store.info(id(text)).orElse(null);
      if (info != null && info.readableBy(caller.toString())) {
        held.addHeld(
            HeldBlob.newBuilder()
                .setBlob(info.id().toString())
                .setSizeBytes(info.size())
                .setExpireTime(Times.of(info.expiry())));
      }
    }
    return held.build();
  }

  void download(DownloadBlobRequest request, Address caller, ReplyStream<DownloadBlobResponse> to)
      throws IOException {
    BlobId id = id(request.getBlob());
    BlobInfo info =
        store
            .info(id)
            .filter(found -> found.readableBy(caller.toString()))
            .orElseThrow(() ->
                new RpcException(
                    ErrorCode.BLOB_NOT_FOUND, "this node does not hold blob " + id.prefix()));
    DownloadBlobResponse.Builder first =
        DownloadBlobResponse.newBuilder().setSizeBytes(info.size());
    sendFrom(
        id,
        info.size(),
        request.getOffsetBytes(),
        chunk -> {
          to.send(first.setChunk(chunk).build());
          first.clearSizeBytes();
        });
    if (first.getSizeBytes() != 0 || info.size() == 0) {
      to.send(first.build());
    }
  }

  /// Gives a blob's bytes from an offset on, chunk by chunk.
  void sendFrom(BlobId id, long size, long offset, java.util.function.Consumer<ByteString> to)
      throws IOException {
    if (offset < 0 || offset > size) {
      throw new RpcException(
          ErrorCode.OFFSET_OUT_OF_RANGE,
          "offset %s is beyond the end at %d".formatted(Long.toUnsignedString(offset), size),
          Map.of("size_bytes", Long.toString(size)));
    }
    try (InputStream content =
        store
            .read(id, offset)
            .orElseThrow(() ->
                new RpcException(
                    ErrorCode.BLOB_NOT_FOUND, "this node does not hold blob " + id.prefix()))) {
      byte[] buffer = new byte[DOWNLOAD_CHUNK];
      for (int n; (n = content.readNBytes(buffer, 0, buffer.length)) > 0; ) {
        to.accept(ByteString.copyFrom(buffer, 0, n));
      }
    }
  }

  /// Takes an upload: returns who listens to its messages.
  StreamObserver<UploadBlobRequest> upload(Address caller, StreamObserver<UploadBlobResponse> to) {
    return new Upload(caller, (ServerCallStreamObserver<UploadBlobResponse>) to);
  }

  /// One upload. Messages come in on the call's own thread; a virtual thread stores the bytes.
  private final class Upload implements StreamObserver<UploadBlobRequest> {
    private final Address caller;
    private final ServerCallStreamObserver<UploadBlobResponse> to;
    private @Nullable IncomingBytes bytes;

    /// Set by the storing thread before it answers; what still comes in is let go.
    private volatile boolean answered;

    Upload(Address caller, ServerCallStreamObserver<UploadBlobResponse> to) {
      this.caller = caller;
      this.to = to;
      to.disableAutoRequest();
      to.setOnCancelHandler(() -> broken("the caller ended the upload"));
      to.request(1);
    }

    @Override
    public void onNext(UploadBlobRequest message) {
      if (answered) {
        return;
      }
      IncomingBytes open = bytes;
      if (message.hasHeader() && open == null) {
        begin(message.getHeader());
      } else if (message.hasChunk()
          && open != null
          && !message.getChunk().isEmpty()
          && message.getChunk().size() <= MAX_UPLOAD_CHUNK) {
        open.arrived(message.getChunk());
      } else {
        refuse(
            new RpcException(
                ErrorCode.UPLOAD_OUT_OF_ORDER,
                "an upload is one header, then chunks of 1 to %d bytes"
                    .formatted(MAX_UPLOAD_CHUNK)));
      }
    }

    @Override
    public void onError(Throwable thrown) {
      broken("the upload broke off");
    }

    @Override
    public void onCompleted() {
      IncomingBytes open = bytes;
      if (open != null) {
        open.ended();
      } else if (!answered) {
        refuse(new RpcException(ErrorCode.UPLOAD_OUT_OF_ORDER, "the upload had no header"));
      }
    }

    private void broken(String why) {
      IncomingBytes open = bytes;
      if (open != null) {
        open.broken(new IOException(why));
      }
    }

    private void refuse(RpcException why) {
      IncomingBytes open = bytes;
      if (open != null) {
        // The storing thread answers: only one may.
        open.broken(new Refused(why));
      } else {
        answered = true;
        Answers.fail(to, why);
      }
    }

    private void begin(UploadHeader header) {
      IncomingBytes open = new IncomingBytes(() -> to.request(1));
      bytes = open;
      Thread.ofVirtual()
          .name("upload")
          .start(() -> {
            try {
              UploadBlobResponse response = store(header, open, caller);
              answered = true;
              to.onNext(response);
              to.onCompleted();
            } catch (Refused e) {
              answered = true;
              Answers.fail(to, e.why);
            } catch (IOException e) {
              answered = true;
              Answers.fail(to, refusal(e));
            } catch (RuntimeException e) {
              answered = true;
              Answers.fail(to, e);
            }
          });
    }

    private static Exception refusal(IOException e) {
      return e.getCause() instanceof Refused refused
          ? refused.why
          : new RpcException(
              ErrorCode.STREAM_STALLED, "the upload did not go on: " + e.getMessage());
    }
  }

  private static final class Refused extends IOException {
    private static final long serialVersionUID = 1L;
    private final transient RpcException why;

    Refused(RpcException why) {
      super(why.getMessage());
      this.why = why;
    }
  }

  private UploadBlobResponse store(UploadHeader header, InputStream content, Address caller)
      throws IOException {
    BlobId id = id(header.getBlob());
    long size = header.getSizeBytes();
    long room = store.capacity() - half;
    if (size < 0 || size > room) {
      throw new RpcException(
          ErrorCode.BLOB_TOO_LARGE,
          "the blob has %s bytes, this node has room for %d in all"
              .formatted(Long.toUnsignedString(size), room),
          Map.of("limit_bytes", Long.toString(room)));
    }
    Instant expiry = expiry(header);
    Instant paidUntil = paidUntil(id, caller);
    if (!paidUntil.isBefore(expiry)) {
      return kept(id, paidUntil, true);
    }
    InputStream paced = PacedStream.ofUpload(content, size, System::nanoTime);
    Wei cost = cost(size, paidUntil, expiry);
    if (header.hasVoucher() && !cost.isZero()) {
      return storePaid(id, size, expiry, header.getVoucher(), cost, paced, caller);
    }
    Wei balance = quota.balance().apply(caller);
    Holding holding = new Holding(caller.toString(), expiry, Holding.Access.SHARED);
    PutOutcome outcome = store.put(id, size, holding, quota.limit(balance), keepFree(), paced);
    if (outcome instanceof PutOutcome.OverAllowance over) {
      throw overAllowance(over, caller, balance, cost);
    }
    return response(id, outcome);
  }

  private UploadBlobResponse storePaid(
      BlobId id,
      long size,
      Instant expiry,
      Voucher voucher,
      Wei cost,
      InputStream content,
      Address caller)
      throws IOException {
    Holding holding = new Holding(payer(caller), expiry, Holding.Access.SHARED);
    try (PaidUploads.Payment payment = payments.begin(caller, voucher, cost)) {
      boolean heldBefore = paidUntil(id, caller).isAfter(Instant.EPOCH);
      UploadBlobResponse response =
          response(id, store.put(id, size, holding, Long.MAX_VALUE, keepFree(), content));
      try {
        payment.take();
      } catch (RpcException e) {
        // What was paid for before stays: adding time to it is done at once, so no tab goes
        // meanwhile.
        if (!heldBefore) {
          store.drop(id, payer(caller));
        }
        throw e;
      }
      return response;
    }
  }

  /// Who holds what a caller has paid for: apart from what is kept for it at no price, so that
  /// neither counts against the other.
  private static String payer(Address caller) {
    return caller + "/paid";
  }

  /// Until when a blob is kept because the caller has paid for it; the epoch where it has not.
  private Instant paidUntil(BlobId id, Address caller) {
    return store.info(id).stream()
        .flatMap(info -> info.holdings().stream())
        .filter(holding -> holding.owner().equals(payer(caller)))
        .map(Holding::expiry)
        .findFirst()
        .orElse(Instant.EPOCH);
  }

  /// What it costs to keep a blob until `expiry`; what was paid for before is not paid again.
  private Wei cost(long size, Instant paidUntil, Instant expiry) {
    Instant now = clock.instant();
    Instant from = paidUntil.isAfter(now) ? paidUntil : now;
    return from.isBefore(expiry) ? payments.cost(size, Duration.between(from, expiry)) : Wei.ZERO;
  }

  private static UploadBlobResponse response(BlobId id, PutOutcome outcome) {
    return switch (outcome) {
      case PutOutcome.Stored stored -> kept(id, stored.expiry(), false);
      case PutOutcome.AlreadyHeld held -> kept(id, held.expiry(), true);
      case PutOutcome.WrongHash wrong ->
          throw new RpcException(
              ErrorCode.BLOB_HASH_MISMATCH,
              "the bytes are blob %s, not %s".formatted(wrong.actual().prefix(), id.prefix()),
              Map.of("actual", wrong.actual().toString()));
      case PutOutcome.WrongSize wrong ->
          throw new RpcException(
              ErrorCode.BLOB_SIZE_MISMATCH,
              "the header says %d bytes, the blob has %s%d"
                  .formatted(
                      wrong.declared(),
                      wrong.atLeast() > wrong.declared() ? "at least " : "",
                      wrong.atLeast()));
      case PutOutcome.OverAllowance over ->
          throw new IllegalStateException("what has no limit is over it: " + over);
      case PutOutcome.Full full ->
          throw new RpcException(
              ErrorCode.STORAGE_FULL,
              "%d bytes are needed, %d are free"
                  .formatted(full.needed(), Math.max(0, full.capacity() - full.used())),
              Map.of(
                  "used_bytes", Long.toString(full.used()),
                  "capacity_bytes", Long.toString(full.capacity()),
                  "needed_bytes", Long.toString(full.needed())));
    };
  }

  private RpcException overAllowance(
      PutOutcome.OverAllowance over, Address caller, Wei balance, Wei cost) {
    Wei deposit =
        quota.missing(
            balance, BigInteger.valueOf(over.used()).add(BigInteger.valueOf(over.needed())));
    Map<String, String> metadata = new TreeMap<>(payments.offer(caller, cost));
    metadata.put("used_bytes", Long.toString(over.used()));
    metadata.put("limit_bytes", Long.toString(over.limit()));
    metadata.put("needed_bytes", Long.toString(over.needed()));
    metadata.put("deposit_wei", deposit.value().toString());
    return new RpcException(
        ErrorCode.UPLOAD_ALLOWANCE_EXCEEDED,
        "%d bytes more are needed and %d of %d are used; deposit %s tokens in the vault for the rest, or pay %s tokens for this upload by voucher"
            .formatted(over.needed(), over.used(), over.limit(), deposit, cost),
        metadata);
  }

  private Instant expiry(UploadHeader header) {
    Instant now = clock.instant();
    if (!header.hasExpireTime()) {
      return now.plus(DEFAULT_KEEP);
    }
    Timestamp asked = header.getExpireTime();
    Instant latest = now.plus(quota.maxKeep());
    if (asked.getSeconds() > latest.getEpochSecond()) {
      return latest;
    }
    if (asked.getSeconds() <= now.getEpochSecond()) {
      throw new RpcException(
          ErrorCode.INVALID_ARGUMENT, "expire_time is in the past by this node's clock");
    }
    return Instant.ofEpochSecond(asked.getSeconds());
  }

  private static UploadBlobResponse kept(BlobId id, Instant expiry, boolean before) {
    return UploadBlobResponse.newBuilder()
        .setBlob(id.toString())
        .setExpireTime(Times.of(expiry))
        .setAlreadyHeld(before)
        .build();
  }

  static BlobId id(String text) {
    return BlobId.parse(text)
        .orElseThrow(() ->
            new RpcException(
                ErrorCode.INVALID_ARGUMENT, "a blob's id is 64 hex digits, without 0x"));
  }
}
