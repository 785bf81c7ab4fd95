package hooke.node.runtime.worker;

import hooke.node.runtime.v8.NodeJs;

/// Which engine runs programs: the operator's choice. What a program does is the same with each.
public sealed interface EngineChoice {

  /// For people and the API.
  String description();

  /// Endive: in the worker's JVM, compiled to its bytecode. Needs nothing beside the JDK.
  record Endive() implements EngineChoice {
    @Override
    public String description() {
      return "endive 1.0.0";
    }
  }

  /// V8, in a Node.js. Faster, most of all for large programs.
  record V8(NodeJs nodeJs) implements EngineChoice {
    @Override
    public String description() {
      return "v8 of Node.js " + nodeJs.version();
    }
  }
}
