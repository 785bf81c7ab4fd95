package hooke.node.runtime.worker;

import hooke.node.runtime.sandbox.Launch;

/// What a worker is: a process that speaks [Frame] on its standard streams.
interface WorkerProcess {
  /// How one is started.
  ///
  /// @param folder its own
  /// @param size the most that a job of it may ask for
  Launch launch(WorkerFolder folder, WorkerSize size);
}
