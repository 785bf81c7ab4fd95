/// Worker processes: JVMs that compile and run strangers' modules, so that the node's own JVM never
/// does.
///
/// [hooke.node.runtime.worker.WasmRuntime] is what a node uses;
/// [hooke.node.runtime.worker.WorkerMain] is what runs in the worker. How a worker is shut off from
/// the host is a [hooke.node.runtime.worker.Sandbox].
@NullMarked
package hooke.node.runtime.worker;

import org.jspecify.annotations.NullMarked;
