package hooke.devnet;

import hooke.devnet.process.DevnetState;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;

/// What `devnet up` is asked for.
///
/// @param nodes how many provider nodes there shall be; empty: as many as there are, or three
/// @param kind which chain; empty: the one there is, or Hardhat
/// @param external the chain's URL when the kind is `EXTERNAL`
/// @param blockTime between two blocks; zero mines on demand
/// @param fresh whether a world that is there is wiped first
public record UpRequest(
    Optional<Integer> nodes,
    Optional<DevnetState.Kind> kind,
    Optional<URI> external,
    Duration blockTime,
    boolean fresh) {
  public static final int DEFAULT_NODES = 3;
  public static final int MAX_NODES = 32;
}
