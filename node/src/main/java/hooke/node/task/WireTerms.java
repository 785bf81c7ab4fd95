package hooke.node.task;

import com.google.protobuf.Duration;
import hooke.chain.contract.Terms;
import hooke.v1.Resources;
import hooke.v1.Verification;

/// The law's terms as `hooke.v1` writes them.
public final class WireTerms {
  private WireTerms() {}

  public static hooke.v1.Terms of(Terms terms) {
    hooke.v1.Terms.Builder wire =
        hooke.v1.Terms.newBuilder()
            .setConsumer(terms.consumer().toString().toLowerCase(java.util.Locale.ROOT))
            .setNonce(terms.nonce())
            .setSpec(terms.spec().toString().substring(2))
            .setTasks(terms.tasks())
            .setResources(
                Resources.newBuilder()
                    .setCpuMillis(terms.cpuMillis())
                    .setMemoryMib(terms.memoryMib())
                    .setDiskMib(terms.diskMib()))
            .setStartPrice(terms.startPrice())
            .setMaxPrice(terms.maxPrice())
            .setRamp(seconds(terms.rampSeconds()))
            .setFuelLimit(terms.fuelLimit())
            .setOpenDuration(seconds(terms.openSeconds()))
            .setRunDuration(seconds(terms.runSeconds()))
            .setWindow(seconds(terms.windowSeconds()))
            .setRetention(seconds(terms.retentionSeconds()))
            .setMinStakeWei(terms.minStake().value().toString())
            .addAllAllowedOperatorIds(TaskBuyer.unpacked(terms.allow()))
            .setVerification(
                switch (terms.mode()) {
                  case ATTENDED -> Verification.ATTENDED;
                  case OPTIMISTIC -> Verification.OPTIMISTIC;
                  case QUORUM -> Verification.QUORUM;
                })
            .setQuorum(terms.quorum())
            .setSlots(terms.slots());
    if (!terms.exclusiveKey().isZero()) {
      wire.setExclusiveKey(terms.exclusiveKey().toString());
    }
    if (terms.originA() != 0) {
      wire.addOriginNodeIds(terms.originA());
    }
    if (terms.originB() != 0) {
      wire.addOriginNodeIds(terms.originB());
    }
    return wire.build();
  }

  private static Duration seconds(int seconds) {
    return Duration.newBuilder().setSeconds(seconds).build();
  }
}
