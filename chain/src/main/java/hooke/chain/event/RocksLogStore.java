package hooke.chain.event;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.ChainException;
import hooke.chain.Data;
import hooke.chain.rpc.BlockRef;
import hooke.chain.rpc.ChainIdentity;
import hooke.chain.rpc.LogEntry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/// Keeps blocks and logs in RocksDB. Not synced at each write: what a power failure takes is read
/// from the chain again.
///
/// Keys: `i` the identity; `b` and the block number (8 bytes) a block with its logs.
public final class RocksLogStore implements LogStore {
  private static final byte[] IDENTITY = "i".getBytes(StandardCharsets.US_ASCII);
  private static final byte[] END = "c".getBytes(StandardCharsets.US_ASCII);
  private static final byte FORMAT = 1;

  private final Options options;
  private final RocksDB db;

  public RocksLogStore(Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot make the folder " + folder, e);
    }
    options = new Options().setCreateIfMissing(true).setMaxOpenFiles(64).setKeepLogFileNum(2);
    try {
      db = RocksDB.open(options, folder.toString());
    } catch (RocksDBException e) {
      options.close();
      throw new ChainException(
          ChainException.Code.STORE_FAILED,
          "cannot open the event store %s (%s): is another node using it?"
              .formatted(folder, e.getMessage()),
          e);
    }
  }

  @Override
  public Optional<ChainIdentity> identity() {
    try {
      byte[] value = db.get(IDENTITY);
      if (value == null) {
        return Optional.empty();
      }
      ByteBuffer in = ByteBuffer.wrap(value);
      long chainId = in.getLong();
      byte[] genesis = new byte[Bytes32.SIZE];
      byte[] contract = new byte[Address.SIZE];
      in.get(genesis).get(contract);
      return Optional.of(new ChainIdentity(chainId, Bytes32.of(genesis), Address.of(contract)));
    } catch (RocksDBException e) {
      throw failed(e);
    }
  }

  @Override
  public void bind(ChainIdentity identity) {
    ByteBuffer out = ByteBuffer.allocate(8 + Bytes32.SIZE + Address.SIZE);
    out.putLong(identity.chainId());
    out.put(identity.genesisHash().bytes()).put(identity.contract().bytes());
    try {
      db.put(IDENTITY, out.array());
    } catch (RocksDBException e) {
      throw failed(e);
    }
  }

  @Override
  public Optional<BlockRef> tip() {
    return floor(Long.MAX_VALUE);
  }

  @Override
  public Optional<BlockRef> floor(long number) {
    try (RocksIterator iterator = db.newIterator()) {
      iterator.seekForPrev(key(number));
      return iterator.isValid() && iterator.key()[0] == 'b'
          ? Optional.of(read(iterator.value()).block())
          : Optional.empty();
    }
  }

  @Override
  public void append(List<BlockLogs> blocks) {
    if (blocks.isEmpty()) {
      return;
    }
    long oldTip = tip().map(BlockRef::number).orElse(blocks.getFirst().block().number());
    try (WriteBatch batch = new WriteBatch();
        WriteOptions write = new WriteOptions()) {
      for (BlockLogs each : blocks) {
        batch.put(key(each.block().number()), write(each));
      }
      long newTip = blocks.getLast().block().number();
      try (RocksIterator iterator = db.newIterator()) {
        long from = Math.max(0, oldTip - KEPT_BLOCKS);
        for (iterator.seek(key(from));
            iterator.isValid() && number(iterator.key()) < newTip - KEPT_BLOCKS;
            iterator.next()) {
          if (read(iterator.value()).logs().isEmpty()) {
            batch.delete(iterator.key());
          }
        }
      }
      db.write(write, batch);
    } catch (RocksDBException e) {
      throw failed(e);
    }
  }

  @Override
  public void rollback(long number) {
    try {
      db.deleteRange(key(number + 1), END);
    } catch (RocksDBException e) {
      throw failed(e);
    }
  }

  @Override
  public void replay(Consumer<BlockLogs> consumer) {
    long tip = tip().map(BlockRef::number).orElse(-1L);
    try (RocksIterator iterator = db.newIterator()) {
      for (iterator.seek(key(0)); iterator.isValid() && iterator.key()[0] == 'b'; iterator.next()) {
        BlockLogs block = read(iterator.value());
        if (!block.logs().isEmpty() || block.block().number() == tip) {
          consumer.accept(block);
        }
      }
    }
  }

  @Override
  public void close() {
    db.close();
    options.close();
  }

  private static byte[] key(long number) {
    return ByteBuffer.allocate(9).put((byte) 'b').putLong(number).array();
  }

  private static long number(byte[] key) {
    return key[0] == 'b' ? ByteBuffer.wrap(key, 1, 8).getLong() : Long.MAX_VALUE;
  }

  private static byte[] write(BlockLogs block) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      out.writeLong(block.block().number());
      out.write(block.block().hash().bytes());
      out.write(block.block().parent().bytes());
      out.writeLong(block.block().timestamp());
      out.writeInt(block.logs().size());
      for (LogEntry log : block.logs()) {
        out.write(log.address().bytes());
        out.writeByte(log.topics().size());
        for (Bytes32 topic : log.topics()) {
          out.write(topic.bytes());
        }
        out.writeInt(log.data().size());
        out.write(log.data().bytes());
        out.write(log.transaction().bytes());
        out.writeInt(log.index());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static BlockLogs read(byte[] value) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(value))) {
      if (in.readByte() != FORMAT) {
        throw new ChainException(
            ChainException.Code.STORE_FAILED,
            "the event store was written by another version: remove it, it is rebuilt from the chain");
      }
      long number = in.readLong();
      Bytes32 hash = Bytes32.of(in.readNBytes(Bytes32.SIZE));
      Bytes32 parent = Bytes32.of(in.readNBytes(Bytes32.SIZE));
      BlockRef block = new BlockRef(number, hash, parent, in.readLong());
      int count = in.readInt();
      List<LogEntry> logs = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        Address address = Address.of(in.readNBytes(Address.SIZE));
        int topicCount = in.readByte();
        List<Bytes32> topics = new ArrayList<>(topicCount);
        for (int t = 0; t < topicCount; t++) {
          topics.add(Bytes32.of(in.readNBytes(Bytes32.SIZE)));
        }
        Data data = Data.of(in.readNBytes(in.readInt()));
        Bytes32 transaction = Bytes32.of(in.readNBytes(Bytes32.SIZE));
        logs.add(new LogEntry(address, topics, data, number, hash, transaction, in.readInt()));
      }
      return new BlockLogs(block, logs);
    } catch (IOException | IllegalArgumentException e) {
      throw new ChainException(
          ChainException.Code.STORE_FAILED,
          "the event store is damaged: remove it, it is rebuilt from the chain",
          e);
    }
  }

  private static ChainException failed(RocksDBException e) {
    return new ChainException(
        ChainException.Code.STORE_FAILED, "the event store failed: " + e.getMessage(), e);
  }
}
