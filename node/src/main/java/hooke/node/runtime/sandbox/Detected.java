package hooke.node.runtime.sandbox;

/// The result of looking once: what this machine can do does not change while a process lives.
final class Detected {
  static final Sandbox BEST =
      switch (Bubblewrap.tryOut()) {
        case Bubblewrap.Found found -> found.sandbox();
        case Bubblewrap.Missing missing -> new PlainProcess(missing.why());
      };

  private Detected() {}
}
