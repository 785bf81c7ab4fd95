package hooke.devnet;

import hooke.devnet.process.ChainHost;
import hooke.devnet.process.DetachedProcess;
import hooke.devnet.process.DevnetLock;
import hooke.devnet.process.DevnetState;
import hooke.devnet.process.Layout;
import hooke.devnet.process.NodeHost;
import hooke.devnet.process.Ports;
import hooke.devnet.process.ProcessRef;
import hooke.devnet.process.TakeDown;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// A devnet of operating system processes that outlive the command which started them. Every
/// operation looks at what runs and closes the difference to what was asked, under a lock: `up`
/// after a cut-off `up` goes on, `up` after a crash heals.
public final class ProcessDevnet {
  private static final int CHAIN_PORT = 8_545;
  private static final int FIRST_NODE_PORT = 7_601;
  private static final int CHAIN_ATTEMPTS = 5;
  private static final int SHOWN_LINES = 12;

  private final Layout layout;
  private final Progress progress;
  private final Founding founding;
  private final ChainHost chains;
  private final NodeHost nodes;
  private final ReentrantLock threads = new ReentrantLock();
  private volatile boolean abandoned;
  private volatile @Nullable Thread raising;

  /// Looks at nothing yet.
  ///
  /// @param mainClass of the program whose `node run` is a node
  public ProcessDevnet(Layout layout, Progress progress, Founding founding, String mainClass) {
    this.layout = layout;
    this.progress = progress;
    this.founding = founding;
    this.chains = new ChainHost(layout);
    this.nodes = new NodeHost(layout, mainClass);
  }

  /// Makes an `up` that another thread of this process is in stop at its next step; a [#down] after
  /// this waits for that. For ^C.
  public void abandon() {
    abandoned = true;
    Thread thread = raising;
    if (thread != null) {
      thread.interrupt();
    }
  }

  private interface AutoLock extends AutoCloseable {
    @Override
    void close();
  }

  /// One thread of this process, then one process of this machine.
  private AutoLock lock() {
    threads.lock();
    try {
      DevnetLock processes = DevnetLock.take(layout);
      return () -> {
        try {
          processes.close(); // First: the next thread would find its own process in the way.
        } finally {
          threads.unlock();
        }
      };
    } catch (RuntimeException e) {
      threads.unlock();
      throw e;
    }
  }

  public Optional<DevnetState> state() {
    return DevnetState.read(layout.stateFile());
  }

  /// The state of a devnet that is there.
  public DevnetState existing() {
    return state()
        .orElseThrow(() ->
            new DevnetException(
                "there is no devnet under " + layout.devnet() + "; `hooke devnet up` starts one",
                DevnetException.Code.USAGE));
  }

  /// Brings everything up, or heals what is not; returns when all nodes bid.
  public DevnetState up(UpRequest request) {
    try (AutoLock _ = lock()) {
      Optional<DevnetState> found = state();
      if (found.isPresent() && request.fresh()) {
        new TakeDown(layout, progress).run(found.get(), true);
        found = Optional.empty();
      }
      if (found.isPresent()) {
        refuseOther(found.get(), request);
        if (complete(found.get(), request)) {
          progress.step("devnet: already up");
          return found.get();
        }
      }
      raising = Thread.currentThread();
      try {
        Ports ports = Ports.of(layout.stateFile());
        return raise(plan(found, request, ports), found.isPresent(), ports);
      } finally {
        raising = null;
      }
    }
  }

  private static void refuseOther(DevnetState state, UpRequest request) {
    DevnetState.Chain chain = state.chain();
    boolean otherKind = request.kind().map(kind -> kind != chain.kind()).orElse(false);
    boolean otherUrl = request.external().map(url -> !url.equals(chain.rpc())).orElse(false);
    if (otherKind || otherUrl) {
      throw new DevnetException(
          "this devnet lives on %s at %s; to change the chain, start a new world: `hooke devnet up --fresh --chain ...`"
              .formatted(chain.kind().word(), chain.rpc()),
          DevnetException.Code.USAGE);
    }
    boolean chainGone =
        chain.kind() == DevnetState.Kind.HARDHAT
            && !chain.genesis().isEmpty()
            && !chain.process().map(ProcessRef::alive).orElse(false);
    if (chainGone) {
      throw ChainHost.newWorld("the Hardhat chain of this devnet ended, and it lived in memory");
    }
  }

  private boolean complete(DevnetState state, UpRequest request) {
    return state.nodes().size() >= request.nodes().orElse(1)
        && !state.chain().contract().isEmpty()
        && state.nodes().stream()
            .allMatch(node -> node.alive() && !node.process().map(ProcessRef::paused).orElse(false))
        && chains.answers(state.chain());
  }

  private DevnetState plan(Optional<DevnetState> found, UpRequest request, Ports ports) {
    found.ifPresent(state -> {
      ports.taken(state.chain().rpc().getPort());
      state.nodes().forEach(node -> ports.taken(node.port()));
    });
    DevnetState state =
        found.orElseGet(() -> {
          DevnetState.Kind kind = request.kind().orElse(DevnetState.Kind.HARDHAT);
          URI rpc =
              request
                  .external()
                  .orElseGet(
                      () -> URI.create("http://127.0.0.1:" + told("chain", CHAIN_PORT, ports)));
          return new DevnetState(
              new DevnetState.Chain(
                  kind, rpc, request.blockTime(), Optional.empty(), "", "", "", 0),
              List.of(),
              Optional.empty());
        });
    int wanted =
        request
            .nodes()
            .orElse(state.nodes().isEmpty() ? UpRequest.DEFAULT_NODES : state.nodes().size());
    for (int number = state.nodes().size() + 1; number <= wanted; number++) {
      String name = "node" + number;
      state =
          state.withNode(
              new DevnetState.Node(
                  name,
                  "operator" + number,
                  told(name, FIRST_NODE_PORT + number - 1, ports),
                  Optional.empty()));
    }
    return state;
  }

  private int told(String name, int usual, Ports ports) {
    int port = ports.near(usual);
    if (port != usual) {
      progress.step(name + ": port " + usual + " is taken, using " + port);
    }
    return port;
  }

  private DevnetState raise(DevnetState planned, boolean healing, Ports ports) {
    Layout.create(layout.devnet());
    DevnetState state = planned;
    state.write(layout.stateFile());
    boolean started = !state.chain().process().map(ProcessRef::alive).orElse(false);
    state = withChainUp(state, ports);
    progress.step(
        "chain: %s at %s%s"
            .formatted(
                state.chain().kind().word(), state.chain().rpc(), started ? "" : " (was running)"));
    state = kept(founding.found(state, this::kept));
    if (started) {
      chains.mineByTheClock(state.chain());
    }
    for (DevnetState.Node node : state.nodes()) {
      boolean ran = node.alive();
      DevnetState.Node running = nodes.start(node);
      state = kept(state.withNode(running));
      if (!ran) {
        progress.step("%s: %s".formatted(node.name(), healing ? "started again" : "started"));
      }
    }
    founding.awaitBidding(state);
    return state;
  }

  /// A new world's chain moves on where another program takes its port between choice and start; an
  /// old one's port is written in configurations, and cannot.
  private DevnetState withChainUp(DevnetState planned, Ports ports) {
    DevnetState state = planned;
    for (int attempt = 1; ; attempt++) {
      state = kept(state.withChain(chains.start(state.chain())));
      try {
        return kept(state.withChain(chains.awaitAnswer(state.chain())));
      } catch (DevnetException e) {
        if (e.code() != DevnetException.Code.PORT_TAKEN
            || !state.chain().genesis().isEmpty()
            || attempt == CHAIN_ATTEMPTS) {
          throw e;
        }
        URI next =
            URI.create("http://127.0.0.1:" + told("chain", state.chain().rpc().getPort(), ports));
        state = kept(state.withChain(state.chain().withoutProcess().withRpc(next)));
      }
    }
  }

  private DevnetState kept(DevnetState state) {
    state.write(layout.stateFile());
    if (abandoned && raising == Thread.currentThread()) {
      throw new DevnetException("left before everything was up", DevnetException.Code.BUSY);
    }
    return state;
  }

  /// Writes down that this process watches over the devnet until [#down].
  public DevnetState supervise(ProcessRef self) {
    try (AutoLock _ = lock()) {
      return kept(existing().withSupervisor(Optional.of(self)));
    }
  }

  /// Ends everything; afterwards no process of the devnet runs.
  ///
  /// @param wipe also forget the world
  /// @return false if there was nothing to end
  public boolean down(boolean wipe) {
    try (AutoLock _ = lock()) {
      Optional<DevnetState> state = state();
      if (state.isEmpty()) {
        if (wipe) {
          Layout.delete(layout.nodes());
          Layout.delete(layout.chain());
          Layout.delete(layout.logs());
        }
        return false;
      }
      new TakeDown(layout, progress).run(state.get(), wipe);
      return true;
    }
  }

  public void kill(String name) {
    try (AutoLock _ = lock()) {
      DevnetState state = existing();
      kept(state.withNode(nodes.kill(node(state, name))));
      progress.step(name + ": killed (SIGKILL); `hooke devnet start " + name + "` starts it again");
    }
  }

  public void pause(String name) {
    try (AutoLock _ = lock()) {
      nodes.pause(node(existing(), name));
      progress.step(name + ": frozen (SIGSTOP); `hooke devnet start " + name + "` lets it go on");
    }
  }

  /// Starts a node that ended, or lets a frozen one go on, and waits until it bids.
  public void start(String name) {
    try (AutoLock _ = lock()) {
      DevnetState state = existing();
      if (!chains.answers(state.chain())) {
        throw new DevnetException(
            "the chain at " + state.chain().rpc() + " does not answer; see `hooke devnet status`",
            DevnetException.Code.UNAVAILABLE);
      }
      state = kept(state.withNode(nodes.start(node(state, name))));
      founding.awaitBidding(state);
      progress.step(name + ": runs and bids");
    }
  }

  private static DevnetState.Node node(DevnetState state, String name) {
    return state
        .node(name)
        .orElseThrow(() ->
            new DevnetException(
                "there is no node '%s'; there are %s"
                    .formatted(
                        name,
                        String.join(
                            ", ", state.nodes().stream().map(DevnetState.Node::name).toList())),
                DevnetException.Code.USAGE));
  }

  /// How a process stands.
  public enum Condition {
    RUNNING,
    PAUSED,
    ENDED
  }

  public static Condition conditionOf(Optional<ProcessRef> process) {
    if (process.isEmpty() || !process.get().alive()) {
      return Condition.ENDED;
    }
    return process.get().paused() ? Condition.PAUSED : Condition.RUNNING;
  }

  public boolean chainAnswers(DevnetState state) {
    return chains.answers(state.chain());
  }

  /// Nodes that ended without being asked to, with the end of their logs. For the one who watches.
  public List<String> casualties(DevnetState before, DevnetState now) {
    List<String> lines = new ArrayList<>();
    for (DevnetState.Node node : now.nodes()) {
      boolean asked = node.process().isEmpty();
      boolean ranBefore = before.node(node.name()).map(DevnetState.Node::alive).orElse(false);
      if (!asked && ranBefore && !node.alive()) {
        lines.add("%s ended; the end of %s:".formatted(node.name(), layout.log(node.name())));
        lines.addAll(DetachedProcess.lastLines(layout.log(node.name()), SHOWN_LINES));
        lines.add("`hooke devnet start " + node.name() + "` starts it again");
      }
    }
    return lines;
  }
}
