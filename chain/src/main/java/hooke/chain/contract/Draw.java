package hooke.chain.contract;

import hooke.chain.Bytes32;
import hooke.chain.Keccak;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/// What an epoch's seed asks of a replica, as the law computes it (`IVolumes.drawOf`).
///
/// @param picked whether it must prove in this epoch; it may in any that was drawn
/// @param leaves whose bytes a proof shows, in this order; one may be drawn twice; none of a volume
///   without leaves
public record Draw(boolean picked, List<Long> leaves) {
  /// How many leaves a proof shows.
  public static final int LEAVES = 5;

  private static final int WORD = 32;

  public Draw {
    leaves = List.copyOf(leaves);
  }

  /// The draw of one slot.
  ///
  /// @param slot 0 to 255
  /// @param drawOneIn of the volume's terms: one in so many replicas is picked; 0: none is
  /// @param leafCount of the anchor that was current when the epoch began
  public static Draw of(Bytes32 seed, int slot, int drawOneIn, long leafCount) {
    if (slot < 0 || slot > 0xff || drawOneIn < 0 || leafCount < 0) {
      throw new IllegalArgumentException(
          "no draw of slot %d, 1 in %d, of %d leaves: slots are 0 to 255, the others not negative"
              .formatted(slot, drawOneIn, leafCount));
    }
    boolean picked = drawOneIn != 0 && remainder(chance(seed, slot), drawOneIn) == 0;
    List<Long> leaves = new ArrayList<>();
    for (int i = 0; leafCount != 0 && i < LEAVES; i++) {
      leaves.add(remainder(chance(seed, slot, i), leafCount));
    }
    return new Draw(picked, leaves);
  }

  /// `uint256(keccak256(abi.encode(seed, numbers...)))`.
  private static BigInteger chance(Bytes32 seed, int... numbers) {
    ByteBuffer words = ByteBuffer.allocate(WORD * (1 + numbers.length)).put(seed.bytes());
    for (int i = 0; i < numbers.length; i++) {
      words.putInt(WORD * (i + 2) - Integer.BYTES, numbers[i]);
    }
    return new BigInteger(1, Keccak.hash(words.array()).bytes());
  }

  private static long remainder(BigInteger number, long divisor) {
    return number.mod(BigInteger.valueOf(divisor)).longValueExact();
  }
}
