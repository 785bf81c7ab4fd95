package hooke.node.rpc;

import com.google.protobuf.Timestamp;
import java.time.Instant;

/// Points in time on the wire.
final class Times {
  private Times() {}

  static Timestamp of(Instant time) {
    return Timestamp.newBuilder()
        .setSeconds(time.getEpochSecond())
        .setNanos(time.getNano())
        .build();
  }

  static Timestamp seconds(long unixSeconds) {
    return Timestamp.newBuilder().setSeconds(unixSeconds).build();
  }

  static Timestamp millis(long unixMillis) {
    return of(Instant.ofEpochMilli(unixMillis));
  }
}
