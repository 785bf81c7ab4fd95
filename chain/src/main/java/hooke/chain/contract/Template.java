package hooke.chain.contract;

import hooke.chain.Bytes32;
import java.util.List;

/// What an agent may order under a mandate.
///
/// @param terms but for `nonce`, `originA`, `originB`, and with bindings `spec`; the consumer is
///   the mandate's owner
/// @param uses how many of its orders may have a result
/// @param retries how many more times each use may be ordered when its order came to nothing
/// @param interval least seconds between two uses
public record Template(Terms terms, int uses, int retries, int interval, List<Binding> bindings) {
  public Template {
    bindings = List.copyOf(bindings);
  }

  /// An input that is an earlier order's result.
  ///
  /// @param input which of the spec's inputs, from 0
  /// @param partly of an array, take what was paid even if some of its tasks came to nothing
  /// @param template hash of the predecessor's template
  public record Binding(int input, boolean partly, Bytes32 template) {}
}
