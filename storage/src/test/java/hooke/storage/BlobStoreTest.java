package hooke.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobStoreTest {
  private static final Instant SOON = Instant.ofEpochSecond(1_000);

  @TempDir Path directory;

  private static byte[] bytes(int size) {
    byte[] bytes = new byte[size];
    new SplittableRandom(size).nextBytes(bytes);
    return bytes;
  }

  private static Holding of(String owner, Holding.Access access) {
    return new Holding(owner, SOON, access);
  }

  private static PutOutcome put(BlobStore store, byte[] content, Holding holding, long limit)
      throws IOException {
    return store.put(
        BlobId.of(content), content.length, holding, limit, new ByteArrayInputStream(content));
  }

  @Test
  void rootsAreThoseOfTheCertificateTransparencyVectors() {
    List<String> leaves =
        List.of(
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f");
    List<byte[]> hashes =
        leaves.stream().map(l -> MerkleTree.leafHash(HexFormat.of().parseHex(l))).toList();
    byte[] root = MerkleTree.root(hashes);
    assertEquals(
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        HexFormat.of().formatHex(root));
    for (int i = 0; i < hashes.size(); i++) {
      assertTrue(MerkleTree.verify(hashes.get(i), i, 8, MerkleTree.path(hashes, i), root));
      assertFalse(MerkleTree.verify(hashes.get(i), i ^ 1, 8, MerkleTree.path(hashes, i), root));
    }
  }

  @Test
  void whoAnnouncesMuchTakesNoRoomBeforeItsBytesCome() throws IOException {
    byte[] other = bytes(600_000);
    byte[] announced = bytes(900_000);
    try (BlobStore store = BlobStore.open(directory, 1 << 20)) {
      InputStream slow =
          new FilterInputStream(new ByteArrayInputStream(announced)) {
            private boolean met;

            @Override
            public int read(byte[] to, int offset, int length) throws IOException {
              if (!met) {
                met = true;
                assertInstanceOf(
                    PutOutcome.Stored.class,
                    put(store, other, of("b", Holding.Access.SHARED), 1 << 20));
              }
              return super.read(to, offset, length);
            }
          };
      assertInstanceOf(
          PutOutcome.Full.class,
          store.put(
              BlobId.of(announced),
              announced.length,
              of("a", Holding.Access.SHARED),
              1 << 20,
              slow));
      assertEquals(600_000, store.used(), "what came of it before there was no more room is gone");
      assertEquals(0, store.used("a"));
    }
  }

  @Test
  void manyHoldingsAreDroppedAtOnceAndNobodyElses() throws IOException {
    byte[] shared = bytes(1_000);
    byte[] own = bytes(2_000);
    try (BlobStore store = BlobStore.open(directory, 1 << 20)) {
      put(store, shared, of("a", Holding.Access.OWNER_ONLY), 1 << 20);
      put(store, shared, of("b", Holding.Access.OWNER_ONLY), 1 << 20);
      put(store, own, of("a", Holding.Access.OWNER_ONLY), 1 << 20);
      store.drop(List.of(BlobId.of(shared), BlobId.of(own), BlobId.of(bytes(3))), "a");
      assertEquals(0, store.used("a"));
      store.sweep(SOON.minusSeconds(1));
      assertEquals(1_000, store.used());
      assertTrue(store.info(BlobId.of(shared)).orElseThrow().readableBy("b"));
    }
  }

  @Test
  void whatWasStoredIsReadFromAnyOffsetAndProvedAfterReopening() throws IOException {
    byte[] content = bytes(200_001);
    BlobId id = BlobId.of(content);
    try (BlobStore store = BlobStore.open(directory, 1 << 20)) {
      assertInstanceOf(
          PutOutcome.Stored.class, put(store, content, of("a", Holding.Access.SHARED), 1 << 20));
    }
    try (BlobStore store = BlobStore.open(directory, 1 << 20)) {
      assertEquals(200_001, store.used());
      assertEquals(200_001, store.used("a"));
      try (BlobReader reader = store.read(id, 70_000).orElseThrow()) {
        assertArrayEquals(
            java.util.Arrays.copyOfRange(content, 70_000, 200_001), reader.readAllBytes());
      }
      for (long leaf : new long[] {0, 63, 64, 130, 195}) {
        assertTrue(store.prove(id, leaf).orElseThrow().holds());
      }
    }
  }

  @Test
  void theOnlyLeafOfAnEmptyBlobIsProvedAndALeafOfTheWrongLengthIsNot() throws IOException {
    BlobId empty = BlobId.of(new byte[0]);
    try (BlobStore store = BlobStore.open(directory, 10_000)) {
      put(store, new byte[0], of("a", Holding.Access.SHARED), 10_000);
      LeafProof proof = store.prove(empty, 0).orElseThrow();
      assertTrue(proof.holds());
      assertFalse(new LeafProof(empty, 0, 1, proof.leaf(), proof.path()).holds());
    }
    byte[] content = bytes(1_000);
    BlobId id = BlobId.of(content);
    assertTrue(new LeafProof(id, 1_000, 0, content, List.of()).holds());
    assertFalse(new LeafProof(id, 1_001, 0, content, List.of()).holds(), "a byte is missing");
  }

  @Test
  void refusalsLeaveNothingBehind() throws IOException {
    byte[] content = bytes(100_000);
    Holding a = of("a", Holding.Access.SHARED);
    try (BlobStore store = BlobStore.open(directory, 150_000)) {
      assertInstanceOf(PutOutcome.OverAllowance.class, put(store, content, a, 99_999));
      assertInstanceOf(PutOutcome.Full.class, put(store, bytes(150_001), a, 1 << 20));
      BlobId wrong = BlobId.of(bytes(5));
      assertInstanceOf(
          PutOutcome.WrongHash.class,
          store.put(wrong, content.length, a, 1 << 20, new ByteArrayInputStream(content)));
      assertInstanceOf(
          PutOutcome.WrongSize.class,
          store.put(BlobId.of(content), 99_999, a, 1 << 20, new ByteArrayInputStream(content)));
      PutOutcome.Full full =
          assertInstanceOf(
              PutOutcome.Full.class,
              store.put(
                  BlobId.of(content),
                  content.length,
                  a,
                  0,
                  50_001,
                  new ByteArrayInputStream(content)));
      assertEquals(99_999, full.capacity(), "less what must be left");
      assertEquals(0, store.used());
      assertEquals(0, store.used("a"));
    }
  }

  @Test
  void whoNamesABlobThatIsHereKnowsItsSize() throws IOException {
    byte[] content = bytes(1_000);
    BlobId id = BlobId.of(content);
    try (BlobStore store = BlobStore.open(directory, 10_000)) {
      put(store, content, of("a", Holding.Access.SHARED), 10_000);
      for (long told : new long[] {0, 999, 1_001}) {
        PutOutcome.WrongSize wrong =
            assertInstanceOf(
                PutOutcome.WrongSize.class,
                store.put(
                    id,
                    told,
                    of("b", Holding.Access.SHARED),
                    10_000,
                    new ByteArrayInputStream(content)));
        assertEquals(1_000, wrong.atLeast());
      }
      assertEquals(0, store.used("b"));
    }
  }

  @Test
  void namingAPrivateBlobGivesNoAccessToIt() throws IOException {
    byte[] content = bytes(1_000);
    BlobId id = BlobId.of(content);
    try (BlobStore store = BlobStore.open(directory, 10_000)) {
      put(store, content, of("a", Holding.Access.OWNER_ONLY), 10_000);
      assertInstanceOf(
          PutOutcome.WrongSize.class,
          store.put(
              id,
              1_000,
              of("b", Holding.Access.SHARED),
              10_000,
              new ByteArrayInputStream(new byte[0])));
      assertFalse(store.info(id).orElseThrow().readableBy("b"));
      assertInstanceOf(
          PutOutcome.AlreadyHeld.class,
          put(store, content, of("b", Holding.Access.OWNER_ONLY), 10_000));
      assertTrue(store.info(id).orElseThrow().readableBy("b"));
      assertEquals(1_000, store.used());
    }
  }

  @Test
  void aBlobGoesAtItsExpiryUnlessPinnedOrRead() throws IOException {
    byte[] content = bytes(1_000);
    BlobId id = BlobId.of(content);
    try (BlobStore store = BlobStore.open(directory, 10_000)) {
      put(store, content, of("a", Holding.Access.SHARED), 10_000);
      assertEquals(0, store.sweep(SOON.minusMillis(1)).expired());
      assertTrue(store.pin(id, "order"));
      assertEquals(1, store.sweep(SOON).expired());
      assertTrue(store.info(id).isPresent());
      store.unpin(id, "order");
      try (BlobReader reader = store.read(id, 0).orElseThrow()) {
        assertEquals(0, store.sweep(SOON).removed());
        assertArrayEquals(content, reader.readAllBytes());
      }
      assertEquals(1, store.sweep(SOON).removed());
      assertEquals(0, store.used());
      assertEquals(0, store.used("a"));
      assertTrue(store.info(id).isEmpty());
    }
  }
}
