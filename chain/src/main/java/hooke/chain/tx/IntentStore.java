package hooke.chain.tx;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Call;
import hooke.chain.ChainException;
import hooke.chain.Data;
import hooke.chain.Wei;
import hooke.chain.rpc.Fees;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.rocksdb.Options;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/// Intents on disk, synced: what is not here was never sent. Key: the intent's id.
final class IntentStore implements AutoCloseable {
  private static final byte FORMAT = 2;

  static {
    RocksDB.loadLibrary();
  }

  private final Options options;
  private final RocksDB db;
  private final WriteOptions synced = new WriteOptions().setSync(true);

  /// Where an intent stands.
  ///
  /// @param nonce empty while it has none
  /// @param fees those of the newest of `sent`
  /// @param sent every transaction signed for it, all with the same nonce
  /// @param done the one that was mined and succeeded. Nonce and signed bytes stay beside it until
  ///   it is [#settled], for a reorganisation may take it back
  record Entry(
      String id,
      Call call,
      Address signer,
      OptionalLong nonce,
      long gas,
      Fees fees,
      List<SignedTx> sent,
      Optional<Bytes32> done) {
    Entry {
      sent = List.copyOf(sent);
    }

    static Entry fresh(String id, Call call, Address signer) {
      return new Entry(
          id,
          call,
          signer,
          OptionalLong.empty(),
          0,
          new Fees(BigInteger.ZERO, BigInteger.ZERO),
          List.of(),
          Optional.empty());
    }

    Entry signed(long withNonce, long withGas, Fees withFees, SignedTx tx) {
      List<SignedTx> all = new ArrayList<>(sent);
      all.add(tx);
      return new Entry(id, call, signer, OptionalLong.of(withNonce), withGas, withFees, all, done);
    }

    Entry done(Bytes32 transaction) {
      return new Entry(id, call, signer, nonce, gas, fees, sent, Optional.of(transaction));
    }

    /// The chain took it back: under way again, with the same nonce and bytes.
    Entry undone() {
      return new Entry(id, call, signer, nonce, gas, fees, sent, Optional.empty());
    }

    /// Too deep for any reorganisation: only the name of what was mined is kept.
    Entry settled() {
      return fresh(id, Call.of("done", Address.ZERO, Data.EMPTY), Address.ZERO)
          .done(done.orElseThrow());
    }
  }

  IntentStore(Path folder) {
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
          "cannot open the outbox %s (%s): is another node using it?"
              .formatted(folder, e.getMessage()),
          e);
    }
  }

  @Nullable Entry get(String id) {
    try {
      byte[] value = db.get(key(id));
      return value == null ? null : read(id, value);
    } catch (RocksDBException e) {
      throw failed(e);
    }
  }

  void put(Collection<Entry> entries) {
    try (WriteBatch batch = new WriteBatch()) {
      for (Entry entry : entries) {
        batch.put(key(entry.id()), write(entry));
      }
      db.write(synced, batch);
    } catch (RocksDBException e) {
      throw failed(e);
    }
  }

  void remove(String id) {
    try {
      db.delete(synced, key(id));
    } catch (RocksDBException e) {
      throw failed(e);
    }
  }

  /// All intents that are not done.
  List<Entry> pending() {
    List<Entry> pending = new ArrayList<>();
    try (RocksIterator iterator = db.newIterator()) {
      for (iterator.seekToFirst(); iterator.isValid(); iterator.next()) {
        Entry entry = read(new String(iterator.key(), StandardCharsets.UTF_8), iterator.value());
        if (entry.done().isEmpty()) {
          pending.add(entry);
        }
      }
    }
    return pending;
  }

  @Override
  public void close() {
    db.close();
    synced.close();
    options.close();
  }

  private static byte[] key(String id) {
    return id.getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] write(Entry entry) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeByte(FORMAT);
      out.writeBoolean(entry.done().isPresent());
      if (entry.done().isPresent()) {
        out.write(entry.done().get().bytes());
      }
      out.writeUTF(entry.call().what());
      out.write(entry.call().to().bytes());
      blob(out, entry.call().data());
      blob(out, Data.of(entry.call().value().value().toByteArray()));
      out.writeLong(entry.call().gas().orElse(-1));
      out.write(entry.signer().bytes());
      out.writeLong(entry.nonce().orElse(-1));
      out.writeLong(entry.gas());
      blob(out, Data.of(entry.fees().max().toByteArray()));
      blob(out, Data.of(entry.fees().priority().toByteArray()));
      out.writeInt(entry.sent().size());
      for (SignedTx tx : entry.sent()) {
        out.write(tx.hash().bytes());
        blob(out, tx.raw());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static Entry read(String id, byte[] value) {
    try (DataInputStream in = new DataInputStream(new ByteArrayInputStream(value))) {
      if (in.readByte() != FORMAT) {
        throw new ChainException(
            ChainException.Code.STORE_FAILED, "the outbox was written by another version");
      }
      Optional<Bytes32> done =
          in.readBoolean()
              ? Optional.of(Bytes32.of(in.readNBytes(Bytes32.SIZE)))
              : Optional.empty();
      String what = in.readUTF();
      Address to = Address.of(in.readNBytes(Address.SIZE));
      Data data = blob(in);
      Wei amount = new Wei(new BigInteger(blob(in).bytes()));
      OptionalLong callGas = optional(in.readLong());
      Address signer = Address.of(in.readNBytes(Address.SIZE));
      OptionalLong nonce = optional(in.readLong());
      long gas = in.readLong();
      BigInteger max = new BigInteger(blob(in).bytes());
      Fees fees = new Fees(max, new BigInteger(blob(in).bytes()));
      int count = in.readInt();
      List<SignedTx> sent = new ArrayList<>(count);
      for (int i = 0; i < count; i++) {
        sent.add(new SignedTx(Bytes32.of(in.readNBytes(Bytes32.SIZE)), blob(in)));
      }
      return new Entry(
          id, new Call(what, to, data, amount, callGas), signer, nonce, gas, fees, sent, done);
    } catch (IOException | IllegalArgumentException e) {
      throw new ChainException(ChainException.Code.STORE_FAILED, "the outbox is damaged", e);
    }
  }

  private static void blob(DataOutputStream out, Data data) throws IOException {
    out.writeInt(data.size());
    out.write(data.bytes());
  }

  private static Data blob(DataInputStream in) throws IOException {
    return Data.of(in.readNBytes(in.readInt()));
  }

  private static OptionalLong optional(long value) {
    return value < 0 ? OptionalLong.empty() : OptionalLong.of(value);
  }

  private static ChainException failed(RocksDBException e) {
    return new ChainException(
        ChainException.Code.STORE_FAILED, "the outbox failed: " + e.getMessage(), e);
  }
}
