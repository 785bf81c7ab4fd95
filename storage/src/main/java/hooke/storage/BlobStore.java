package hooke.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/// Blobs on one disk, addressed by content, in RocksDB.
///
/// # What is kept
///
/// A blob's bytes stand once, however many keep it, cut into chunks of 64 KiB under a *file number*
/// of the store's own. So an upload can be written before its hash is known to be right, and made
/// visible by one small synced batch. Until then a marker in `uploads` names the file; whatever is
/// marked when the store opens was cut off and is removed.
///
/// | family | key | value |
/// | --- | --- | --- |
/// | `chunks` | file u64, chunk u32 | up to 64 KiB |
/// | `roots` | file u64 | 32 bytes a chunk: the Merkle root of its leaves |
/// | `blobs` | id | file u64, size u64 |
/// | `holdings` | id, owner | expiry in Unix milliseconds u64, access u8 |
/// | `expiries` | expiry u64, id, owner | nothing |
/// | `pins` | id, name | nothing |
/// | `garbage` | id | nothing: no holding or pin was left, the next sweep looks |
/// | `uploads` | file u64 | nothing |
///
/// # Invariants
///
/// 1. What a put reported as stored is on disk, synced, and its bytes hash to its id.
/// 2. A blob goes only when it has no holding, no pin and no open reader.
/// 3. The bytes of blobs and of uploads under way never exceed the capacity; an owner's never
///    exceed the limit given with the put that added them.
/// 4. After a crash at any point: every blob whole or absent, no bytes without a blob.
/// 5. Every chunk is checked against its root when read; damage is an error, never wrong bytes.
///
/// Any thread may call; bookkeeping is under one lock, bytes flow outside it.
public final class BlobStore implements AutoCloseable {
  private static final int CHUNKS_PER_BATCH = 16;
  private static final int SWEEP_LIMIT = 1_000;
  private static final byte[] NOTHING = {};

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, Long> usedByOwner = new HashMap<>();
  private final Map<Long, Integer> readersByFile = new HashMap<>();
  private final long capacity;
  private final BlobDatabase db;
  private final ColumnFamilyHandle chunks;
  private final ColumnFamilyHandle roots;
  private final ColumnFamilyHandle blobs;
  private final ColumnFamilyHandle holdings;
  private final ColumnFamilyHandle expiries;
  private final ColumnFamilyHandle pins;
  private final ColumnFamilyHandle garbage;
  private final ColumnFamilyHandle uploads;
  private long used;
  private long nextFile = 1;

  private BlobStore(Path directory, long capacity) throws IOException {
    this.capacity = capacity;
    Files.createDirectories(directory);
    db =
        BlobDatabase.open(
            directory,
            List.of(
                "chunks", "roots", "blobs", "holdings", "expiries", "pins", "garbage", "uploads"));
    chunks = db.family("chunks");
    roots = db.family("roots");
    blobs = db.family("blobs");
    holdings = db.family("holdings");
    expiries = db.family("expiries");
    pins = db.family("pins");
    garbage = db.family("garbage");
    uploads = db.family("uploads");
  }

  /// Opens the store in this directory, making it when there is none, and removes what cut-off
  /// uploads left.
  ///
  /// @param capacity room for blobs in bytes, from 0; may differ from the last time
  /// @throws IOException when the directory cannot be used, or another process has it open
  public static BlobStore open(Path directory, long capacity) throws IOException {
    if (capacity < 0) {
      throw new IllegalArgumentException("capacity is " + capacity + " bytes");
    }
    BlobStore store = new BlobStore(directory, capacity);
    store.recover();
    return store;
  }

  /// Stores a blob for an owner, reading exactly its bytes from the stream (which is not closed).
  ///
  /// When the owner could read the blob already, nothing is read: the holding is added or extended.
  /// Else the bytes must come whole even if the store has them, for naming a hash is no proof of
  /// knowing what it stands for.
  ///
  /// @param id what the bytes must hash to
  /// @param size how many there must be
  /// @param holding for whom, until when, readable by whom
  /// @param ownerLimit what the owner may keep in total, in bytes
  /// @throws IOException when the stream fails; nothing is kept then
  public PutOutcome put(BlobId id, long size, Holding holding, long ownerLimit, InputStream content)
      throws IOException {
    return put(id, size, holding, ownerLimit, 0, content);
  }

  /// The same for an owner who may not fill the store.
  ///
  /// @param keepFree bytes of the capacity that must be left
  public PutOutcome put(
      BlobId id, long size, Holding holding, long ownerLimit, long keepFree, InputStream content)
      throws IOException {
    if (size < 0) {
      throw new IllegalArgumentException("size is " + size);
    }
    long file;
    lock.lock();
    try {
      Optional<Entry> entry = find(id);
      if (entry.isPresent() && read(id, entry.get()).readableBy(holding.owner())) {
        return entry.get().size == size
            ? hold(id, entry.get(), holding, ownerLimit)
            : new PutOutcome.WrongSize(size, entry.get().size);
      }
      Optional<PutOutcome> refused = roomFor(size, holding.owner(), ownerLimit, keepFree);
      if (refused.isPresent()) {
        return refused.get();
      }
      file = nextFile++;
      // Not synced: the first synced write carries it, and before that there is nothing to find.
      db.write(batch -> batch.put(uploads, number(file), NOTHING));
    } finally {
      lock.unlock();
    }
    boolean kept = false;
    Taking taking = new Taking(holding.owner(), ownerLimit, keepFree);
    try {
      BlobHasher hasher = new BlobHasher();
      PutOutcome fault = receive(file, size, content, hasher, taking);
      if (fault == null) {
        BlobId actual = hasher.finish();
        fault = actual.equals(id) ? null : new PutOutcome.WrongHash(actual);
      }
      if (fault != null) {
        return fault;
      }
      lock.lock();
      try {
        Optional<Entry> entry = find(id);
        if (entry.isPresent()) {
          // Someone else's upload of the same bytes came first, or the owner could not read what is
          // there.
          taking.giveBack();
          return hold(id, entry.get(), holding, ownerLimit);
        }
        db.writeSynced(batch -> {
          batch.delete(uploads, number(file));
          batch.put(roots, number(file), joined(hasher.chunkRoots()));
          batch.put(blobs, id.bytes(), new Entry(file, size).bytes());
          putHolding(batch, id, holding);
        });
        kept = true;
        return new PutOutcome.Stored(holding.expiry());
      } finally {
        lock.unlock();
      }
    } finally {
      if (!kept) {
        lock.lock();
        try {
          taking.giveBack();
          if (db.isOpen()) {
            db.write(batch -> dropFile(batch, file));
          }
        } finally {
          lock.unlock();
        }
      }
    }
  }

  /// Opens a blob for reading from this byte on, or empty when the store has none of that id. The
  /// bytes stay until the stream is closed, whatever expires meanwhile. Reading throws
  /// [BlobDamaged] rather than giving wrong bytes.
  ///
  /// @throws IndexOutOfBoundsException when the offset is negative or beyond the end
  public Optional<BlobReader> read(BlobId id, long offset) {
    lock.lock();
    try {
      Optional<Entry> entry = find(id);
      if (entry.isEmpty()) {
        return Optional.empty();
      }
      long size = entry.get().size;
      if (offset < 0 || offset > size) {
        throw new IndexOutOfBoundsException("byte " + offset + " of " + size);
      }
      readersByFile.merge(entry.get().file, 1, Integer::sum);
      return Optional.of(new BlobReader(this, id, entry.get().file, size, offset));
    } finally {
      lock.unlock();
    }
  }

  /// A leaf of a blob with its audit path, or empty when the store has none of that id. An empty
  /// blob has one leaf without bytes, which the law may ask for. Reads one chunk and the roots.
  ///
  /// @throws IndexOutOfBoundsException when there is no such leaf
  public Optional<LeafProof> prove(BlobId id, long leaf) throws IOException {
    Optional<BlobReader> opened = read(id, 0);
    if (opened.isEmpty()) {
      return Optional.empty();
    }
    try (BlobReader reader = opened.get()) {
      if (reader.size() == 0 && leaf == 0) {
        return Optional.of(new LeafProof(id, 0, 0, new byte[0], List.of()));
      }
      long leaves = BlobHasher.leaves(reader.size());
      if (leaf < 0 || leaf >= leaves) {
        throw new IndexOutOfBoundsException("leaf " + leaf + " of " + leaves);
      }
      int leavesPerChunk = BlobHasher.CHUNK_SIZE / BlobHasher.LEAF_SIZE;
      int chunkIndex = Math.toIntExact(leaf / leavesPerChunk);
      int inChunk = (int) (leaf % leavesPerChunk);
      byte[] chunk = reader.chunk(chunkIndex);
      List<byte[]> path =
          new ArrayList<>(MerkleTree.path(BlobHasher.leafHashes(chunk, chunk.length), inChunk));
      path.addAll(MerkleTree.path(reader.chunkRoots(), chunkIndex));
      int from = inChunk * BlobHasher.LEAF_SIZE;
      byte[] data =
          Arrays.copyOfRange(chunk, from, Math.min(from + BlobHasher.LEAF_SIZE, chunk.length));
      return Optional.of(new LeafProof(id, reader.size(), leaf, data, path));
    }
  }

  /// What the store knows of a blob, or empty when it has none of that id.
  public Optional<BlobInfo> info(BlobId id) {
    lock.lock();
    try {
      return find(id).map(entry -> read(id, entry));
    } finally {
      lock.unlock();
    }
  }

  /// Keeps a blob, whoever lets go of it, until the pin of this name is taken off. Pinning twice is
  /// pinning once.
  ///
  /// @param name whatever the pin is for, e.g. an order's id; 1 to 200 characters
  /// @return whether there is such a blob
  public boolean pin(BlobId id, String name) {
    byte[] key = key(id, pinName(name));
    lock.lock();
    try {
      if (find(id).isEmpty()) {
        return false;
      }
      db.writeSynced(batch -> {
        batch.put(pins, key, NOTHING);
        batch.delete(garbage, id.bytes());
      });
      return true;
    } finally {
      lock.unlock();
    }
  }

  /// Takes a pin off. Does nothing when there is none of that name.
  public void unpin(BlobId id, String name) {
    byte[] key = key(id, pinName(name));
    lock.lock();
    try {
      db.writeSynced(batch -> {
        batch.delete(pins, key);
        batch.put(garbage, id.bytes(), NOTHING);
      });
    } finally {
      lock.unlock();
    }
  }

  /// Lets go of an owner's holding before it expires. Does nothing when there is none.
  public void drop(BlobId id, String owner) {
    lock.lock();
    try {
      Optional<Entry> entry = find(id);
      Optional<Holding> holding = holding(id, owner);
      if (entry.isPresent() && holding.isPresent()) {
        db.writeSynced(batch -> dropHolding(batch, id, holding.get()));
        releaseOwner(owner, entry.get().size);
      }
    } finally {
      lock.unlock();
    }
  }

  /// The same for many blobs, in one write.
  public void drop(Collection<BlobId> ids, String owner) {
    lock.lock();
    try {
      Map<BlobId, Holding> held = new LinkedHashMap<>();
      for (BlobId id : ids) {
        holding(id, owner).ifPresent(holding -> held.put(id, holding));
      }
      if (held.isEmpty()) {
        return;
      }
      db.writeSynced(batch -> {
        for (Map.Entry<BlobId, Holding> each : held.entrySet()) {
          dropHolding(batch, each.getKey(), each.getValue());
        }
      });
      held.keySet().forEach(id -> find(id).ifPresent(entry -> releaseOwner(owner, entry.size)));
    } finally {
      lock.unlock();
    }
  }

  /// Removes holdings that have expired and blobs that nothing keeps any more. Does a bounded
  /// amount of work: call again while it says there is more.
  ///
  /// @param now the present; a holding goes when its expiry is not after it
  public Swept sweep(Instant now) {
    lock.lock();
    try {
      int expired = 0;
      boolean more = false;
      for (byte[] key : db.firstKeys(expiries, SWEEP_LIMIT + 1)) {
        ByteBuffer parts = ByteBuffer.wrap(key);
        long expiry = parts.getLong();
        if (expiry > now.toEpochMilli()) {
          break;
        }
        if (expired == SWEEP_LIMIT) {
          more = true;
          break;
        }
        byte[] idBytes = new byte[BlobId.SIZE];
        parts.get(idBytes);
        BlobId id = BlobId.fromBytes(idBytes);
        String owner = US_ASCII.decode(parts).toString();
        Optional<Entry> entry = find(id);
        Optional<Holding> holding = holding(id, owner);
        if (entry.isPresent() && holding.isPresent()) {
          db.write(batch -> dropHolding(batch, id, holding.get()));
          releaseOwner(owner, entry.get().size);
        } else {
          db.write(batch -> batch.delete(expiries, key));
        }
        expired++;
      }
      int removed = 0;
      long freed = 0;
      List<byte[]> candidates = db.firstKeys(garbage, SWEEP_LIMIT + 1);
      more |= candidates.size() > SWEEP_LIMIT;
      for (byte[] key : candidates.subList(0, Math.min(SWEEP_LIMIT, candidates.size()))) {
        BlobId id = BlobId.fromBytes(key);
        Optional<Entry> entry = find(id);
        if (entry.isEmpty() || isKept(id)) {
          db.write(batch -> batch.delete(garbage, key));
        } else if (!readersByFile.containsKey(entry.get().file)) {
          db.write(batch -> {
            batch.delete(garbage, key);
            batch.delete(blobs, key);
            dropFile(batch, entry.get().file);
          });
          used -= entry.get().size;
          freed += entry.get().size;
          removed++;
        }
      }
      return new Swept(expired, removed, freed, more);
    } finally {
      lock.unlock();
    }
  }

  /// What a sweep did.
  ///
  /// @param expired holdings that had expired
  /// @param removed blobs removed
  /// @param freed their bytes
  /// @param more whether another sweep at once would find work
  public record Swept(int expired, int removed, long freed, boolean more) {}

  /// Bytes of blobs and of uploads under way.
  public long used() {
    lock.lock();
    try {
      return used;
    } finally {
      lock.unlock();
    }
  }

  /// Bytes this owner keeps or is uploading.
  public long used(String owner) {
    lock.lock();
    try {
      return usedByOwner.getOrDefault(owner, 0L);
    } finally {
      lock.unlock();
    }
  }

  /// Room for blobs in bytes, as opened.
  public long capacity() {
    return capacity;
  }

  /// Closes the store. Uploads and readers still under way fail.
  @Override
  public void close() {
    db.close();
  }

  // Reading, for BlobReader.

  byte[] chunk(BlobId id, long file, int index, long size, byte[] root) throws IOException {
    byte[] value = db.get(chunks, chunkKey(file, index));
    long expected = Math.min(BlobHasher.CHUNK_SIZE, size - (long) index * BlobHasher.CHUNK_SIZE);
    if (value == null
        || value.length != expected
        || !Arrays.equals(root, MerkleTree.root(BlobHasher.leafHashes(value, value.length)))) {
      throw new BlobDamaged(id, index);
    }
    return value;
  }

  List<byte[]> chunkRoots(BlobId id, long file, long size) throws IOException {
    byte[] value = db.get(roots, number(file));
    List<byte[]> list = new ArrayList<>();
    for (int at = 0; value != null && at + BlobId.SIZE <= value.length; at += BlobId.SIZE) {
      list.add(Arrays.copyOfRange(value, at, at + BlobId.SIZE));
    }
    long expected = (size + BlobHasher.CHUNK_SIZE - 1) / BlobHasher.CHUNK_SIZE;
    if (list.size() != expected || !Arrays.equals(MerkleTree.root(list), id.bytes())) {
      throw new BlobDamaged(id, 0);
    }
    return list;
  }

  void readerClosed(long file) {
    lock.lock();
    try {
      readersByFile.computeIfPresent(file, (_, readers) -> readers == 1 ? null : readers - 1);
    } finally {
      lock.unlock();
    }
  }

  // Everything below runs under the lock, but for receive().

  private void recover() {
    lock.lock();
    try {
      for (byte[] key : db.firstKeys(uploads, Integer.MAX_VALUE)) {
        long file = ByteBuffer.wrap(key).getLong();
        nextFile = Math.max(nextFile, file + 1);
        db.write(batch -> dropFile(batch, file));
      }
      db.scan(
          blobs,
          NOTHING,
          (_, value) -> {
            Entry entry = Entry.of(value);
            used += entry.size;
            nextFile = Math.max(nextFile, entry.file + 1);
            return true;
          });
      db.scan(
          holdings,
          NOTHING,
          (key, _) -> {
            BlobId id = BlobId.fromBytes(Arrays.copyOf(key, BlobId.SIZE));
            String owner = new String(key, BlobId.SIZE, key.length - BlobId.SIZE, US_ASCII);
            find(id).ifPresent(entry -> usedByOwner.merge(owner, entry.size, Long::sum));
            return true;
          });
    } finally {
      lock.unlock();
    }
  }

  /// The room that a put takes as its bytes come: who only says that many will keeps nobody else's
  /// bytes out.
  private final class Taking {
    private final String owner;
    private final long ownerLimit;
    private final long keepFree;
    private long taken;

    Taking(String owner, long ownerLimit, long keepFree) {
      this.owner = owner;
      this.ownerLimit = ownerLimit;
      this.keepFree = keepFree;
    }

    /// Takes so much more; says why where there is none.
    @Nullable PutOutcome more(long bytes) {
      lock.lock();
      try {
        PutOutcome refused = roomFor(bytes, owner, ownerLimit, keepFree).orElse(null);
        if (refused == null) {
          used += bytes;
          usedByOwner.merge(owner, bytes, Long::sum);
          taken += bytes;
        }
        return refused;
      } finally {
        lock.unlock();
      }
    }

    /// Under the lock.
    void giveBack() {
      if (taken > 0) {
        used -= taken;
        releaseOwner(owner, taken);
        taken = 0;
      }
    }
  }

  private @Nullable PutOutcome receive(
      long file, long size, InputStream content, BlobHasher hasher, Taking taking)
      throws IOException {
    byte[] chunk = new byte[BlobHasher.CHUNK_SIZE];
    long left = size;
    int index = 0;
    try (WriteBatch batch = new WriteBatch()) {
      while (left > 0) {
        int want = (int) Math.min(BlobHasher.CHUNK_SIZE, left);
        int got = content.readNBytes(chunk, 0, want);
        if (got < want) {
          return new PutOutcome.WrongSize(size, size - left + got);
        }
        PutOutcome refused = taking.more(got);
        if (refused != null) {
          return refused;
        }
        hasher.update(chunk, 0, got);
        byte[] key = chunkKey(file, index++);
        db.add(batch, chunks, key, Arrays.copyOf(chunk, got));
        left -= got;
        if (batch.count() == CHUNKS_PER_BATCH || left == 0) {
          // Not synced: the commit's synced write makes the whole log before it durable.
          db.write(batch);
          batch.clear();
        }
      }
    }
    if (content.read() >= 0) {
      return new PutOutcome.WrongSize(size, size + 1);
    }
    return null;
  }

  private PutOutcome hold(BlobId id, Entry entry, Holding wanted, long ownerLimit) {
    Optional<Holding> before = holding(id, wanted.owner());
    if (before.isEmpty()) {
      long ownerUsed = usedByOwner.getOrDefault(wanted.owner(), 0L);
      if (entry.size > ownerLimit - ownerUsed) {
        return new PutOutcome.OverAllowance(ownerUsed, ownerLimit, entry.size);
      }
    }
    Holding after = before.map(wanted::joinedWith).orElse(wanted);
    db.writeSynced(batch -> {
      if (before.isPresent()) {
        batch.delete(expiries, expiryKey(id, before.get()));
      } else {
        usedByOwner.merge(wanted.owner(), entry.size, Long::sum);
      }
      putHolding(batch, id, after);
      batch.delete(garbage, id.bytes());
    });
    return new PutOutcome.AlreadyHeld(after.expiry());
  }

  private Optional<PutOutcome> roomFor(long size, String owner, long ownerLimit, long keepFree) {
    // First: who may keep more for money should not pay before he hears that there is no room.
    if (size > capacity - keepFree - used) {
      return Optional.of(new PutOutcome.Full(used, capacity - keepFree, size));
    }
    long ownerUsed = usedByOwner.getOrDefault(owner, 0L);
    if (size > ownerLimit - ownerUsed) {
      return Optional.of(new PutOutcome.OverAllowance(ownerUsed, ownerLimit, size));
    }
    return Optional.empty();
  }

  private void releaseOwner(String owner, long size) {
    usedByOwner.computeIfPresent(owner, (_, bytes) -> bytes == size ? null : bytes - size);
  }

  private boolean isKept(BlobId id) {
    return !db.firstKeys(holdings, id.bytes(), 1).isEmpty()
        || !db.firstKeys(pins, id.bytes(), 1).isEmpty();
  }

  private Optional<Entry> find(BlobId id) {
    return Optional.ofNullable(db.get(blobs, id.bytes())).map(Entry::of);
  }

  private Optional<Holding> holding(BlobId id, String owner) {
    return Optional.ofNullable(db.get(holdings, key(id, owner.getBytes(US_ASCII))))
        .map(value -> holding(owner, value));
  }

  private static Holding holding(String owner, byte[] value) {
    ByteBuffer parts = ByteBuffer.wrap(value);
    Instant expiry = Instant.ofEpochMilli(parts.getLong());
    return new Holding(
        owner, expiry, parts.get() == 0 ? Holding.Access.SHARED : Holding.Access.OWNER_ONLY);
  }

  private BlobInfo read(BlobId id, Entry entry) {
    List<Holding> held = new ArrayList<>();
    db.scan(
        holdings,
        id.bytes(),
        (key, value) -> {
          String owner = new String(key, BlobId.SIZE, key.length - BlobId.SIZE, US_ASCII);
          return held.add(holding(owner, value));
        });
    List<String> pinned =
        db.firstKeys(pins, id.bytes(), Integer.MAX_VALUE).stream()
            .map(key -> new String(key, BlobId.SIZE, key.length - BlobId.SIZE, UTF_8))
            .toList();
    return new BlobInfo(id, entry.size, List.copyOf(held), pinned);
  }

  private void putHolding(WriteBatch batch, BlobId id, Holding holding) throws RocksDBException {
    byte[] value =
        ByteBuffer.allocate(9)
            .putLong(holding.expiry().toEpochMilli())
            .put((byte) (holding.access() == Holding.Access.SHARED ? 0 : 1))
            .array();
    batch.put(holdings, key(id, holding.owner().getBytes(US_ASCII)), value);
    batch.put(expiries, expiryKey(id, holding), NOTHING);
  }

  private void dropHolding(WriteBatch batch, BlobId id, Holding holding) throws RocksDBException {
    batch.delete(holdings, key(id, holding.owner().getBytes(US_ASCII)));
    batch.delete(expiries, expiryKey(id, holding));
    batch.put(garbage, id.bytes(), NOTHING);
  }

  private void dropFile(WriteBatch batch, long file) throws RocksDBException {
    batch.deleteRange(chunks, number(file), number(file + 1));
    batch.delete(roots, number(file));
    batch.delete(uploads, number(file));
  }

  private record Entry(long file, long size) {
    static Entry of(byte[] value) {
      ByteBuffer parts = ByteBuffer.wrap(value);
      return new Entry(parts.getLong(), parts.getLong());
    }

    byte[] bytes() {
      return ByteBuffer.allocate(16).putLong(file).putLong(size).array();
    }
  }

  private static byte[] number(long number) {
    return ByteBuffer.allocate(8).putLong(number).array();
  }

  private static byte[] chunkKey(long file, int index) {
    return ByteBuffer.allocate(12).putLong(file).putInt(index).array();
  }

  private static byte[] key(BlobId id, byte[] rest) {
    return ByteBuffer.allocate(BlobId.SIZE + rest.length).put(id.bytes()).put(rest).array();
  }

  private static byte[] expiryKey(BlobId id, Holding holding) {
    byte[] owner = holding.owner().getBytes(US_ASCII);
    return ByteBuffer.allocate(8 + BlobId.SIZE + owner.length)
        .putLong(holding.expiry().toEpochMilli())
        .put(id.bytes())
        .put(owner)
        .array();
  }

  private static byte[] pinName(String name) {
    if (name.isEmpty() || name.length() > 200) {
      throw new IllegalArgumentException("A pin's name has 1 to 200 characters");
    }
    return name.getBytes(UTF_8);
  }

  private static byte[] joined(List<byte[]> roots) {
    ByteBuffer all = ByteBuffer.allocate(roots.size() * BlobId.SIZE);
    roots.forEach(all::put);
    return all.array();
  }
}
