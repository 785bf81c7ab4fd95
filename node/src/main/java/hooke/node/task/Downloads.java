package hooke.node.task;

import hooke.chain.Bytes32;
import hooke.chain.contract.SumTree;
import hooke.node.market.OrderView;
import hooke.node.market.SlotView;
import hooke.node.spec.BadArchive;
import hooke.node.spec.LeafTable;
import hooke.node.spec.ResultArchive;
import hooke.node.spec.ResultLeaf;
import hooke.storage.BlobHasher;
import hooke.storage.BlobId;
import hooke.v1.ArrayResult;
import hooke.v1.Result;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/// Results as providers serve them, checked to the last byte and kept in a temporary folder until
/// this is closed. Any thread.
final class Downloads implements AutoCloseable {
  private final Consumer<String> progress;
  private final Path folder;
  private final Map<Bytes32, TaskWatch.Fetched> fetched = new ConcurrentHashMap<>();
  private final Map<Bytes32, LeafTable> tables = new ConcurrentHashMap<>();
  private final Map<BlobId, Path> archives = new ConcurrentHashMap<>();

  Downloads(Consumer<String> progress) {
    this.progress = progress;
    try {
      this.folder = Scratch.folder("hooke-result");
    } catch (IOException e) {
      throw new TaskException(
          TaskException.Code.OUTPUT_BLOCKED,
          "no temporary folder can be made: " + LocalBlob.reason(e),
          "free some space or set TMPDIR",
          e);
    }
  }

  /// The single task's result with this root, if it is here.
  Optional<TaskWatch.Fetched> fetched(Bytes32 root) {
    return Optional.ofNullable(fetched.get(root));
  }

  /// The leaves of an array's slot with this root, if they and their archives are here.
  Optional<LeafTable> table(Bytes32 root) {
    return Optional.ofNullable(tables.get(root));
  }

  /// Downloads a result unless an equal one is here, checks every byte against the leaf and the
  /// leaf against the root, and that it has the form of a result.
  TaskWatch.Fetched fetch(OrderView order, int slot, ProviderNode provider, Result claimed) {
    ResultLeaf leaf = leafOf(claimed);
    TaskWatch.Fetched known = fetched.get(leaf.root());
    if (known != null) {
      return known;
    }
    requireRoom(order, leaf.size());
    Pace pace = new Pace(leaf.size(), 1);
    TaskWatch.Fetched verified =
        new TaskWatch.Fetched(
            leaf, archive(leaf, pace, out -> provider.result(order.id(), slot, out)));
    fetched.put(leaf.root(), verified);
    return verified;
  }

  @FunctionalInterface
  private interface Serving<T> {
    T to(OutputStream out) throws IOException;
  }

  /// The archive that a leaf names: the one that is here, or what a provider serves as it.
  private Path archive(ResultLeaf leaf, Pace pace, Serving<Result> serving) {
    Path known = archives.get(leaf.archive());
    if (known != null) {
      return known;
    }
    Path part = null;
    try {
      part = Files.createTempFile(folder, "archive", ".part");
      BlobHasher hasher = new BlobHasher();
      Result header;
      try (OutputStream out =
          new Hashing(
              new BufferedOutputStream(Files.newOutputStream(part)), hasher, leaf.size(), pace)) {
        header = serving.to(out);
      }
      if (!leafOf(header).equals(leaf)
          || hasher.size() != leaf.size()
          || !hasher.finish().equals(leaf.archive())) {
        throw new TaskException(
            TaskException.Code.BAD_RESULT,
            "it served a result that is not the one it claims",
            "nothing was signed for it");
      }
      requireForm(part);
      Path archive = folder.resolve(leaf.archive() + ".tar");
      Files.move(part, archive, StandardCopyOption.REPLACE_EXISTING);
      archives.put(leaf.archive(), archive);
      return archive;
    } catch (IOException e) {
      throw new TaskException(
          TaskException.Code.UNREACHABLE,
          "its result could not be fetched: " + LocalBlob.reason(e),
          "try again: hooke task result",
          e);
    } finally {
      if (part != null) {
        part.toFile().delete(); // It is there no more where it became the archive.
      }
    }
  }

  /// Refuses to fetch more than the order gives the results of one slot together.
  private static void requireRoom(OrderView order, long bytes) {
    long most = (long) order.terms().diskMib() << 20;
    if (bytes < 0 || bytes > most) {
      throw new TaskException(
          TaskException.Code.BAD_RESULT,
          "it claims a result of %s bytes, the order has room for %,d"
              .formatted(Long.toUnsignedString(bytes), most),
          "nothing was fetched or signed for it");
    }
  }

  /// Reads an archive through, so that no receipt is signed for what cannot be unpacked.
  private static void requireForm(Path archive) throws IOException {
    boolean[] streams = new boolean[2];
    try (InputStream in = Files.newInputStream(archive)) {
      ResultArchive.read(
          in,
          ResultArchive.Kind.RESULT,
          Files.size(archive),
          new ResultArchive.Visitor() {
            @Override
            public void directory(String path) {}

            @Override
            public void file(String path, long size, InputStream content) {
              streams[0] |= path.equals("stdout");
              streams[1] |= path.equals("stderr");
            }

            @Override
            public void link(String path, String target) {}
          });
    } catch (BadArchive e) {
      throw badForm(String.valueOf(e.getMessage()));
    }
    if (!streams[0] || !streams[1]) {
      throw badForm("it holds no stdout or no stderr");
    }
  }

  private static TaskException badForm(String why) {
    return new TaskException(
        TaskException.Code.BAD_RESULT,
        "it served what is no result: " + why,
        "nothing was signed for it");
  }

  /// Downloads what an array's slot gave, its table of leaves and every archive, and checks it all.
  LeafTable fetchTable(OrderView order, SlotView slot, ProviderNode provider) {
    LeafTable table = table(slot, order.id(), provider);
    long bytes = 0;
    for (ResultLeaf leaf : table.leaves()) {
      requireRoom(order, leaf.size());
      bytes += leaf.size();
      requireRoom(order, bytes);
    }
    Pace pace = new Pace(bytes, table.leaves().size());
    for (ResultLeaf leaf : table.leaves()) {
      archive(leaf, pace, out -> provider.archive(order.id(), slot.slot(), leaf.index(), out));
    }
    if (tables.put(table.sum().hash(), table) == null) {
      progress.accept("slot %d: %d results are here".formatted(slot.slot(), table.leaves().size()));
    }
    return table;
  }

  private static LeafTable table(SlotView slot, Bytes32 order, ProviderNode provider) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      long most = (long) slot.count() * ResultLeaf.BYTES;
      ArrayResult header =
          provider.table(
              order, slot.slot(), new Hashing(bytes, new BlobHasher(), most, new Pace(most, 1)));
      LeafTable table = LeafTable.parse(bytes.toByteArray());
      SumTree.Sum sum = table.sum();
      if (table.first() == slot.first()
          && table.leaves().size() == header.getCount()
          && sum.hash().equals(Bytes32.parse(header.getRoot()))
          && sum.fuel() == header.getFuel()
          && table.leaves().stream().allMatch(leaf -> leaf.size() >= 0 && leaf.fuel() >= 0)) {
        return table;
      }
    } catch (IllegalArgumentException | ArithmeticException e) {
      // Falls through to the one sentence about what it served.
    } catch (IOException e) {
      throw new TaskException(
          TaskException.Code.UNREACHABLE,
          "its results could not be fetched: " + LocalBlob.reason(e),
          "try again: hooke task result",
          e);
    }
    throw new TaskException(
        TaskException.Code.BAD_RESULT,
        "it served a table of results that is not the one it claims",
        "nothing was signed for it");
  }

  /// Where the archive of a collected leaf is; lives as long as this.
  Path archive(ResultLeaf leaf) {
    return Objects.requireNonNull(archives.get(leaf.archive()), "it was not collected");
  }

  private static ResultLeaf leafOf(Result result) {
    try {
      ResultLeaf leaf = ResultLeaf.parse(result.getLeaf().toByteArray());
      if (leaf.size() >= 0 && leaf.fuel() >= 0) {
        return leaf;
      }
    } catch (IllegalArgumentException e) {
      // Falls through to the one sentence about what it served.
    }
    throw new TaskException(
        TaskException.Code.BAD_RESULT, "it served no result leaf", "nothing was signed for it");
  }

  @Override
  public void close() {
    Scratch.remove(folder);
  }

  /// Hashes what passes, and ends the transfer when more comes than was claimed, or too slowly.
  private static final class Hashing extends FilterOutputStream {
    private final BlobHasher hasher;
    private final long limit;
    private final Pace pace;

    Hashing(OutputStream out, BlobHasher hasher, long limit, Pace pace) {
      super(out);
      this.pace = pace;
      this.hasher = hasher;
      this.limit = limit;
    }

    @Override
    public void write(int one) throws IOException {
      write(new byte[] {(byte) one}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) throws IOException {
      if (hasher.size() + length > limit) {
        throw new IOException("it is longer than the %,d bytes that were claimed".formatted(limit));
      }
      pace.check();
      hasher.update(bytes, offset, length);
      out.write(bytes, offset, length);
    }
  }
}
