package hooke.devnet.process;

import hooke.devnet.DevnetException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/// Starts, freezes and ends a devnet's nodes, each a process of its own.
public final class NodeHost {
  /// A node that is asked to end finishes what it is writing; then force is used.
  public static final Duration GRACE = Duration.ofSeconds(10);

  private final Layout layout;
  private final String mainClass;

  /// Starts nothing yet.
  ///
  /// @param mainClass of the program whose `node run` is a node
  public NodeHost(Layout layout, String mainClass) {
    this.layout = layout;
    this.mainClass = mainClass;
  }

  /// Starts the node, or lets it go on if it is frozen; one that runs is left alone.
  public DevnetState.Node start(DevnetState.Node node) {
    return start(node, System.getenv());
  }

  /// The same with another environment than this process's.
  public DevnetState.Node start(DevnetState.Node node, Map<String, String> environment) {
    if (node.alive()) {
      node.process().filter(ProcessRef::paused).ifPresent(ProcessRef::resume);
      return node;
    }
    Layout.create(layout.logs());
    return node.withProcess(
        Optional.of(
            DetachedProcess.start(
                node.name(),
                NodeProgram.run(layout, mainClass, layout.node(node.name())),
                layout.node(node.name()),
                layout.log(node.name()),
                environment)));
  }

  /// Ends the node by force, as a power cut would.
  public DevnetState.Node kill(DevnetState.Node node) {
    running(node).kill();
    return node.withProcess(Optional.empty());
  }

  public void pause(DevnetState.Node node) {
    running(node).pause();
  }

  private static ProcessRef running(DevnetState.Node node) {
    return node.process()
        .filter(ProcessRef::alive)
        .orElseThrow(() ->
            new DevnetException(
                "%s does not run; `hooke devnet start %s` starts it"
                    .formatted(node.name(), node.name()),
                DevnetException.Code.USAGE));
  }
}
