package hooke.node.rpc;

import com.google.protobuf.ByteString;
import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Data;
import hooke.chain.contract.Account;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.Verification;
import hooke.node.config.NodeConfig;
import hooke.node.market.Job;
import hooke.node.market.MarketAgent;
import hooke.node.market.NodeView;
import hooke.node.market.OrderView;
import hooke.node.market.SlotView;
import hooke.node.spec.ResultLeaf;
import hooke.node.spec.SlotResult;
import hooke.storage.BlobId;
import hooke.storage.BlobStore;
import hooke.v1.CheckBlobsRequest;
import hooke.v1.CheckBlobsResponse;
import hooke.v1.DownloadBlobRequest;
import hooke.v1.DownloadBlobResponse;
import hooke.v1.DownloadResultRequest;
import hooke.v1.DownloadResultResponse;
import hooke.v1.GetTaskRequest;
import hooke.v1.GetTaskResponse;
import hooke.v1.LogChunk;
import hooke.v1.ReadLogsRequest;
import hooke.v1.ReadLogsResponse;
import hooke.v1.SubmitReceiptRequest;
import hooke.v1.SubmitReceiptResponse;
import hooke.v1.Task;
import hooke.v1.TaskServiceGrpc;
import hooke.v1.UploadBlobRequest;
import hooke.v1.UploadBlobResponse;
import hooke.v1.WatchTaskRequest;
import hooke.v1.WatchTaskResponse;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.io.InputStream;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Blobs and tasks at this node. A task is visible only to its order's consumer, and in QUORUM
/// neither its result nor its output before commits are closed: a lazy provider could buy them from
/// him.
public final class TaskApi extends TaskServiceGrpc.TaskServiceImplBase {
  private static final Duration TICK = Duration.ofSeconds(5);
  private static final int LOG_CHUNK = 1 << 16;
  private static final int MAX_LOG_READ = 1 << 20;
  private static final Pattern NAME = Pattern.compile("tasks/(0x[0-9a-f]{64})-([0-9]{1,3})");

  private final MarketAgent agent;
  private final BlobStore store;
  private final BlobApi blobs;
  private final TaskOutput output;

  /// @param law says what accounts have in the vault, on which uploads depend
  public TaskApi(
      NodeConfig config, MarketAgent agent, BlobStore store, HookeContract law, Clock clock) {
    this.agent = agent;
    this.store = store;
    this.output = new TaskOutput(store);
    this.blobs =
        new BlobApi(
            store,
            new BlobApi.Quota(
                address -> {
                  Account account = law.accountOf(address);
                  return account.free().plus(account.locked());
                },
                config.freeUploadBytes(),
                config.uploadBytesPerToken(),
                config.maxRetention()),
            new PaidUploads(
                agent.vouchers(),
                () -> agent.self().filter(NodeView::active).map(NodeView::operatorId).orElse(0),
                agent.market()::tab,
                law.domain(),
                config.uploadPrice()),
            agent::promisedBytes,
            clock);
  }

  @Override
  public StreamObserver<UploadBlobRequest> uploadBlob(StreamObserver<UploadBlobResponse> to) {
    return blobs.upload(AccessInterceptor.caller(), to);
  }

  @Override
  public void checkBlobs(CheckBlobsRequest request, StreamObserver<CheckBlobsResponse> to) {
    Answers.one(to, () -> blobs.check(request, AccessInterceptor.caller()));
  }

  @Override
  public void downloadBlob(DownloadBlobRequest request, StreamObserver<DownloadBlobResponse> to) {
    Address caller = AccessInterceptor.caller();
    Answers.stream("download", to, replies -> blobs.download(request, caller, replies));
  }

  @Override
  public void getTask(GetTaskRequest request, StreamObserver<GetTaskResponse> to) {
    Answers.one(
        to,
        () ->
            GetTaskResponse.newBuilder()
                .setTask(read(request.getName(), AccessInterceptor.caller()).describe())
                .build());
  }

  @Override
  public void readLogs(ReadLogsRequest request, StreamObserver<ReadLogsResponse> to) {
    Answers.one(
        to,
        () -> {
          Run run = read(request.getName(), AccessInterceptor.caller());
          if (request.getStream() != LogChunk.Stream.STDOUT
              && request.getStream() != LogChunk.Stream.STDERR) {
            throw new RpcException(ErrorCode.INVALID_ARGUMENT, "stream must be STDOUT or STDERR");
          }
          int most =
              request.getMaxBytes() == 0
                  ? LOG_CHUNK
                  : Math.min(request.getMaxBytes() & Integer.MAX_VALUE, MAX_LOG_READ);
          long offset = request.getOffsetBytes();
          if (request.hasIndex() || run.isArray()) {
            return arrayLog(request, run, most);
          }
          ByteString data = run.log(request.getStream(), offset, most);
          return piece(
              request,
              data,
              run.complete() && offset + data.size() >= run.logSize(request.getStream()));
        });
  }

  /// How often a task's output is looked for where the run has taken it meanwhile.
  private static final int LOG_LOOKS = 3;

  private ReadLogsResponse arrayLog(ReadLogsRequest request, Run seen, int most)
      throws IOException {
    if (!request.hasIndex() || !seen.isArray()) {
      throw new RpcException(
          ErrorCode.INVALID_ARGUMENT,
          seen.isArray()
              ? "this task is a slot of an array: say which of its tasks, from %d to %d"
                  .formatted(seen.slot().first(), seen.slot().first() + seen.slot().count() - 1)
              : "this task is not of an array: leave the index out");
    }
    int index = request.getIndex();
    String entry = Run.entry(request.getStream());
    long offset = request.getOffsetBytes();
    Run run = seen;
    for (int look = 0; look < LOG_LOOKS; look++) {
      run.requireOutput(index);
      ResultLeaf leaf = run.finished(index);
      if (leaf != null) {
        if (store.info(leaf.archive()).isEmpty()) {
          throw gone();
        }
        ByteString data =
            offset < 0 ? ByteString.EMPTY : output.kept(leaf.archive(), entry, offset, most);
        return piece(request, data, offset + data.size() >= output.keptSize(leaf.archive(), entry));
      }
      if (!run.runs(index) || offset < 0) {
        break;
      }
      ByteString data =
          TaskOutput.growing(
              agent.runDirectory(run.order().id(), run.slot().slot()), entry, offset, most);
      run = read(request.getName(), AccessInterceptor.caller());
      // Had the next task begun meanwhile, these could be its bytes.
      if (run.runs(index)) {
        return piece(request, data, false);
      }
    }
    return piece(request, ByteString.EMPTY, false);
  }

  private static ReadLogsResponse piece(ReadLogsRequest request, ByteString data, boolean end) {
    return ReadLogsResponse.newBuilder()
        .setLog(
            LogChunk.newBuilder()
                .setStream(request.getStream())
                .setOffsetBytes(request.getOffsetBytes())
                .setData(data))
        .setEnd(end)
        .build();
  }

  @Override
  public void watchTask(WatchTaskRequest request, StreamObserver<WatchTaskResponse> to) {
    Address caller = AccessInterceptor.caller();
    Answers.stream("watch task", to, replies -> watch(request, caller, replies));
  }

  private void watch(WatchTaskRequest request, Address caller, ReplyStream<WatchTaskResponse> to)
      throws Exception {
    Run run = read(request.getName(), caller);
    long stdout = request.getStdoutOffsetBytes();
    long stderr = request.getStderrOffsetBytes();
    Task told = Task.getDefaultInstance();
    AutoCloseable attached = agent.attach(run.order().id(), run.slot().slot());
    try {
      while (!to.isCancelled()) {
        long seen = agent.version();
        run = read(request.getName(), caller);
        Task task = run.describe();
        Task state = task.toBuilder().clearStdoutBytes().clearStderrBytes().build();
        if (!state.equals(told)) {
          to.send(WatchTaskResponse.newBuilder().setTask(task).build());
          told = state;
        }
        if (!request.getNoLogs()) {
          stdout = sendLog(run, LogChunk.Stream.STDOUT, stdout, to);
          stderr = sendLog(run, LogChunk.Stream.STDERR, stderr, to);
        }
        switch (task.getState()) {
          case SETTLED, FAILED, CANCELLED -> {
            return;
          }
          case STATE_UNSPECIFIED, FETCHING, QUEUED, RUNNING, READY, DELIVERED, UNRECOGNIZED ->
              agent.awaitChange(seen, TICK);
        }
      }
    } finally {
      attached.close();
    }
  }

  private static long sendLog(
      Run run, LogChunk.Stream stream, long from, ReplyStream<WatchTaskResponse> to) {
    long at = from;
    while (true) {
      ByteString data = run.log(stream, at, LOG_CHUNK);
      if (data.isEmpty()) {
        return at;
      }
      to.send(
          WatchTaskResponse.newBuilder()
              .setLog(LogChunk.newBuilder().setStream(stream).setOffsetBytes(at).setData(data))
              .build());
      at += data.size();
    }
  }

  @Override
  public void downloadResult(
      DownloadResultRequest request, StreamObserver<DownloadResultResponse> to) {
    Address caller = AccessInterceptor.caller();
    Answers.stream(
        "download result",
        to,
        replies -> {
          Run run = request.hasIndex() ? read(request.getName(), caller) : find(request.getName());
          // Whoever watches an OPTIMISTIC order compares leaves, which hold hashes and numbers
          // only.
          boolean leaves =
              run.order().terms().mode() == Verification.OPTIMISTIC
                  && run.slot().root() != null
                  && run.isArray();
          if (!leaves) {
            run = read(request.getName(), caller);
          }
          SlotResult result = run.result();
          ResultLeaf leaf = result.leaf();
          if (request.hasIndex()) {
            leaf = leafOf(result, request.getIndex());
          }
          BlobId wanted = leaf == null ? result.kept() : leaf.archive();
          if (store.info(wanted).isEmpty()) {
            throw gone();
          }
          replies.send(
              leaf == null
                  ? DownloadResultResponse.newBuilder()
                      .setArrayResult(Wire.arrayResult(result))
                      .build()
                  : DownloadResultResponse.newBuilder().setResult(Wire.result(leaf)).build());
          blobs.sendFrom(
              wanted,
              leaf == null ? result.size() : leaf.size(),
              request.getOffsetBytes(),
              chunk -> replies.send(DownloadResultResponse.newBuilder().setChunk(chunk).build()));
        });
  }

  private static RpcException gone() {
    return new RpcException(
        ErrorCode.RESULT_GONE, "the result was kept as long as promised and is gone");
  }

  /// One leaf of the table that an array's slot left, without reading the others.
  private ResultLeaf leafOf(SlotResult result, int index) throws IOException {
    long place = Integer.toUnsignedLong(index) - result.first();
    if (result.leaf() != null || place < 0 || place >= result.count()) {
      throw new RpcException(
          ErrorCode.INVALID_ARGUMENT,
          result.leaf() != null
              ? "this task is not of an array: leave the index out"
              : "this slot has the tasks from %d to %d"
                  .formatted(result.first(), result.first() + result.count() - 1));
    }
    try (InputStream in =
        store.read(result.kept(), place * ResultLeaf.BYTES).orElseThrow(TaskApi::gone)) {
      return ResultLeaf.parse(in.readNBytes(ResultLeaf.BYTES));
    }
  }

  @Override
  public void submitReceipt(
      SubmitReceiptRequest request, StreamObserver<SubmitReceiptResponse> to) {
    Answers.one(
        to,
        () -> {
          Run run = read(request.getName(), AccessInterceptor.caller());
          run.result();
          Data receipt = Data.of(request.getReceipt().toByteArray());
          if (!agent.submitReceipt(run.order().id(), run.slot().slot(), receipt)) {
            throw new RpcException(
                ErrorCode.RECEIPT_INVALID, "the receipt is not the consumer's over this result");
          }
          return SubmitReceiptResponse.newBuilder()
              .setTask(read(request.getName(), AccessInterceptor.caller()).describe())
              .build();
        });
  }

  /// What is known of one slot of the caller's at this moment.
  private Run read(String name, Address caller) {
    Run run = find(name);
    if (!run.order().terms().consumer().equals(caller)) {
      throw new RpcException(
          ErrorCode.NOT_OWNER,
          "order " + run.order().id().prefix(12) + " belongs to another account");
    }
    return run;
  }

  private Run find(String name) {
    Matcher parts = NAME.matcher(name);
    if (!parts.matches()) {
      throw new RpcException(
          ErrorCode.INVALID_ARGUMENT, "a task's name is tasks/{order id}-{slot}");
    }
    Bytes32 id = Bytes32.parse(parts.group(1));
    int number = Integer.parseInt(parts.group(2));
    OrderView order = agent.market().order(id).orElse(null);
    if (order == null || number >= order.slots().size()) {
      throw notHere(id, number);
    }
    SlotView slot = order.slot(number);
    int self = agent.self().map(NodeView::id).orElse(0);
    Job job = agent.job(id, number).orElse(null);
    boolean mine = slot.nodeId() == self && self != 0;
    if (!mine && job == null) {
      throw notHere(id, number);
    }
    return new Run(order, slot, mine, job);
  }

  private static RpcException notHere(Bytes32 order, int slot) {
    return new RpcException(
        ErrorCode.TASK_NOT_FOUND,
        "slot %d of order %s is not this node's".formatted(slot, order.prefix(12)));
  }

  /// One slot, what the chain says of it and what this node did.
  private final class Run {
    private final OrderView order;
    private final SlotView slot;
    private final boolean mine;
    private final @Nullable Job job;

    /// @param mine whether the present assignment is this node's
    /// @param job null before this node has begun
    Run(OrderView order, SlotView slot, boolean mine, @Nullable Job job) {
      this.order = order;
      this.slot = slot;
      this.mine = mine;
      this.job = job != null && mine && job.attempt() != slot.attempt() ? null : job;
    }

    OrderView order() {
      return order;
    }

    SlotView slot() {
      return slot;
    }

    private boolean open() {
      return agent.isResultOpen(order.id());
    }

    /// The result, if it is here and may be shown.
    @Nullable SlotResult shown() {
      return job != null && job.phase() == Job.Phase.DONE && open() ? job.result() : null;
    }

    SlotResult result() {
      SlotResult result = shown();
      if (result == null) {
        throw new RpcException(
            ErrorCode.RESULT_NOT_READY,
            job != null && job.phase() == Job.Phase.DONE
                ? "the result is shown when commits are closed"
                : "there is no result here yet");
      }
      return result;
    }

    /// Whether output grows no more.
    boolean complete() {
      return job != null
          && (job.phase() == Job.Phase.DONE || job.phase() == Job.Phase.FAILED)
          && open();
    }

    long logSize(LogChunk.Stream stream) {
      // Of an array no task's output is the slot's.
      if (job == null || !open() || isArray()) {
        return 0;
      }
      return switch (job.phase()) {
        case DONE -> stream == LogChunk.Stream.STDOUT ? job.stdoutSize() : job.stderrSize();
        case RUNNING -> TaskOutput.size(agent.runDirectory(order.id(), slot.slot()), entry(stream));
        case ACCEPTED, FAILED -> 0;
      };
    }

    /// Output from an offset on; empty when there is none there, or none to be shown yet.
    ByteString log(LogChunk.Stream stream, long offset, int most) {
      if (offset < 0 || offset >= logSize(stream) || job == null) {
        return ByteString.EMPTY;
      }
      ResultLeaf leaf = job.result() == null ? null : job.result().leaf();
      return leaf != null
          ? output.kept(leaf.archive(), entry(stream), offset, most)
          : TaskOutput.growing(
              agent.runDirectory(order.id(), slot.slot()), entry(stream), offset, most);
    }

    private boolean isArray() {
      return order.terms().tasks() != 1
          || (job != null && job.result() != null && job.result().leaf() == null)
          || current().isPresent();
    }

    private Optional<Integer> current() {
      return agent.current(order.id(), slot.slot());
    }

    /// Whether this task of the array runs now and may be looked at.
    boolean runs(int index) {
      return open() && current().filter(at -> at == index).isPresent();
    }

    /// Refuses a task of the array whose output is not here and will not be.
    void requireOutput(int index) {
      long place = Integer.toUnsignedLong(index) - slot.first();
      if (place < 0 || place >= slot.count()) {
        throw new RpcException(
            ErrorCode.TASK_NOT_FOUND,
            "slot %d has the tasks from %d to %d, not %d"
                .formatted(
                    slot.slot(),
                    slot.first(),
                    slot.first() + slot.count() - 1,
                    Integer.toUnsignedLong(index)));
      }
      if (job == null || job.phase() == Job.Phase.ACCEPTED || job.phase() == Job.Phase.RUNNING) {
        return;
      }
      SlotResult result = job.result();
      if (result == null || place >= result.count()) {
        throw new RpcException(
            ErrorCode.TASK_NOT_FOUND, "task %d has no result here".formatted(index));
      }
    }

    /// The leaf of a task of the array that is finished and may be shown; null if there is none.
    @Nullable ResultLeaf finished(int index) throws IOException {
      if (job == null || !open()) {
        return null;
      }
      SlotResult result = job.result();
      return result != null ? leafOf(result, index) : agent.leaf(job, index).orElse(null);
    }

    private int finishedTasks() {
      SlotResult result = shown();
      if (result != null) {
        return result.leaf() == null ? result.count() : 0;
      }
      return open() ? current().map(at -> at - slot.first()).orElse(0) : 0;
    }

    private static String entry(LogChunk.Stream stream) {
      return stream == LogChunk.Stream.STDOUT ? "stdout" : "stderr";
    }

    Task describe() {
      Task.Builder task =
          Task.newBuilder()
              .setName(NodeClient.taskName(order.id(), slot.slot()))
              .setOrder("orders/" + order.id())
              .setSlot(slot.slot())
              .setFinishedTasks(finishedTasks())
              .setStdoutBytes(logSize(LogChunk.Stream.STDOUT))
              .setStderrBytes(logSize(LogChunk.Stream.STDERR));
      state(task);
      SlotResult result = shown();
      if (result != null) {
        if (result.leaf() == null) {
          task.setArrayResult(Wire.arrayResult(result));
        } else {
          task.setResult(Wire.result(result.leaf()));
        }
        store
            .info(result.kept())
            .ifPresent(info -> task.setResultExpireTime(Times.of(info.expiry())));
      }
      if (job != null && job.startedAt() != 0) {
        task.setStartTime(Times.millis(job.startedAt()));
      }
      if (job != null && job.endedAt() != 0) {
        task.setEndTime(Times.millis(job.endedAt()));
      }
      return task.build();
    }

    private void state(Task.Builder task) {
      if (!mine) {
        task.setState(Task.State.FAILED)
            .setFailure("the slot was taken from this node when its deadline had passed");
        return;
      }
      switch (slot.state()) {
        case OPEN, ASSIGNED, COMMITTED -> task.setState(working(task));
        case DELIVERED, REVEALED -> task.setState(Task.State.DELIVERED);
        case SETTLED, RELEASED -> task.setState(Task.State.SETTLED);
        case REFUSED -> failed(task, "the consumer refused the result");
        case OUTVOTED -> failed(task, "the quorum had another result");
        case UNREVEALED -> failed(task, "the result was not revealed in time");
        case VOID -> failed(task, "no quorum formed");
        case FORFEITED -> failed(task, "a demanded piece of the result was not shown");
        case DISPROVED -> failed(task, "a challenge showed that the result was wrong");
        case CLOSED -> task.setState(Task.State.CANCELLED);
      }
    }

    private Task.State working(Task.Builder task) {
      if (job == null) {
        return Task.State.QUEUED;
      }
      return switch (job.phase()) {
        case ACCEPTED -> Task.State.QUEUED;
        case RUNNING -> Task.State.RUNNING;
        case DONE -> open() ? Task.State.READY : Task.State.RUNNING;
        case FAILED -> {
          task.setFailure(job.failure());
          yield Task.State.FAILED;
        }
      };
    }

    private static void failed(Task.Builder task, String why) {
      task.setState(Task.State.FAILED).setFailure(why);
    }
  }
}
