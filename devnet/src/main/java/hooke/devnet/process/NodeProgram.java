package hooke.devnet.process;

import hooke.node.runtime.worker.WorkerSettings;
import java.nio.file.Path;
import java.util.List;

/// The command line of a provider node: this very program again, with the flags the launcher gives
/// a node.
public final class NodeProgram {
  private static final String HEAP = "-Xmx384m";

  private NodeProgram() {}

  /// `hooke node run DIR` without the launcher: the same JVM and class path as this process.
  ///
  /// @param mainClass of the program, which has the whole command tree
  public static List<String> run(Layout layout, String mainClass, Path directory) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-Dcom.linecorp.armeria.warnNettyVersions=false",
        "-Dhooke.home=" + layout.checkout(),
        // Made by the first of them, once for every devnet of this checkout.
        "-D"
            + WorkerSettings.IMAGE_PROPERTY
            + "="
            + layout.checkout().resolve("devnet/target/worker-image"),
        "-XX:+UseSerialGC",
        // Of a devnet's nodes many share few cores and none runs for days: the second compiler
        // would cost each more time at its start than it ever wins back.
        "-XX:TieredStopAtLevel=1",
        // Classes already laid out by the commands' shared archive load faster; an unfit archive is
        // ignored.
        "-Xshare:auto",
        "-XX:SharedArchiveFile=" + layout.checkout().resolve("devnet/target/hooke.jsa"),
        "-Xlog:cds=off",
        "-Xlog:cds+dynamic=off",
        "-Xlog:aot=off",
        HEAP,
        "-cp",
        System.getProperty("java.class.path"),
        mainClass,
        "node",
        "run",
        directory.toString());
  }
}
