package hooke.node.spec;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.contract.SumTree;
import hooke.node.runtime.Outcome;
import hooke.storage.BlobId;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LeafTableTest {
  private static ResultLeaf leaf(int index) {
    return new ResultLeaf(
        index, Outcome.EXITED, index, 100L + index, 10_240, BlobId.of(new byte[] {(byte) index}));
  }

  private static LeafTable table(int first, int count) {
    return new LeafTable(
        first, IntStream.range(first, first + count).mapToObj(LeafTableTest::leaf).toList());
  }

  @Test
  void itsBytesGiveItBack() {
    LeafTable table = table(7, 5);
    assertEquals(table, LeafTable.parse(table.bytes()));
    assertEquals(5 * ResultLeaf.BYTES, table.bytes().length);
  }

  @Test
  void itsRootHoldsEachLeafAtItsPlaceAndAllFuel() {
    LeafTable table = table(7, 5);
    SumTree.Sum root = table.sum();
    assertEquals(IntStream.range(107, 112).sum(), root.fuel());
    for (int index = 7; index < 12; index++) {
      SumTree.Sum leaf = new SumTree.Sum(leaf(index).root(), leaf(index).fuel());
      assertTrue(SumTree.holds(leaf, index - 7, 5, table.path(index), root));
      assertFalse(SumTree.holds(leaf, (index - 6) % 5, 5, table.path(index), root));
    }
  }

  @Test
  void oneLeafIsItsOwnRoot() {
    assertEquals(leaf(3).root(), table(3, 1).sum().hash());
    assertTrue(table(3, 1).path(3).isEmpty());
  }

  @Test
  void aGapAnEmptyTableAndACutOneAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new LeafTable(0, List.of()));
    assertThrows(IllegalArgumentException.class, () -> new LeafTable(0, List.of(leaf(0), leaf(2))));
    byte[] bytes = table(0, 2).bytes();
    assertThrows(
        IllegalArgumentException.class,
        () -> LeafTable.parse(Arrays.copyOf(bytes, bytes.length - 1)));
    assertThrows(IllegalArgumentException.class, () -> LeafTable.parse(new byte[0]));
  }
}
