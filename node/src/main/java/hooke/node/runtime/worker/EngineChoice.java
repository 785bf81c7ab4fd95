package hooke.node.runtime.worker;

import hooke.node.runtime.v8.NodeJs;
import java.time.Duration;

/// Which engine runs programs: the operator's choice. What a program does is the same with each.
public sealed interface EngineChoice {

  /// For people and the API.
  String description();

  /// The longest time that a run's code takes beside its fuel, for each MiB of the program's file:
  /// until what is called often is compiled by the engine, all of it is slow.
  Duration startPerMib();

  /// How many times slower a program may burn fuel that is interpreted in part.
  int interpreted();

  /// Endive: in the worker's JVM, compiled to its bytecode. Needs nothing beside the JDK.
  record Endive() implements EngineChoice {
    @Override
    public String description() {
      return "endive 1.0.0";
    }

    /// Clang, Ruby and esbuild, of 19 to 30 MiB, took 1.0 to 1.9 s for each beside their fuel.
    @Override
    public Duration startPerMib() {
      return Duration.ofSeconds(2);
    }

    @Override
    public int interpreted() {
      return 4;
    }
  }

  /// V8, in a Node.js. Faster, most of all for large programs.
  record V8(NodeJs nodeJs) implements EngineChoice {
    @Override
    public String description() {
      return "v8 of Node.js " + nodeJs.version();
    }

    @Override
    public Duration startPerMib() {
      return Duration.ofMillis(500);
    }

    /// It interprets nothing.
    @Override
    public int interpreted() {
      return 1;
    }
  }
}
