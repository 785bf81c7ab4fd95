package hooke.devnet.languages;

import com.google.protobuf.ByteString;
import com.google.protobuf.Timestamp;
import hooke.chain.Bytes32;
import hooke.chain.Wei;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.Terms;
import hooke.chain.contract.Verification;
import hooke.chain.eip712.AccessToken;
import hooke.chain.eip712.Domain;
import hooke.chain.eip712.Receipt;
import hooke.chain.eip712.TypedData;
import hooke.chain.eip712.Voucher;
import hooke.chain.wallet.Wallet;
import hooke.node.rpc.TlsIdentity;
import hooke.node.runtime.Outcome;
import hooke.node.spec.LeafTable;
import hooke.node.spec.ResultLeaf;
import hooke.node.spec.Specs;
import hooke.storage.BlobId;
import hooke.v1.BlobRef;
import hooke.v1.EnvironmentVariable;
import hooke.v1.Input;
import hooke.v1.TaskArray;
import hooke.v1.TaskSpec;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/// Everything that a client must compute by itself, with fixed inputs, as the Java side computes
/// it. The text is `proto/vectors/hooke-v1.json`.
final class Vectors {
  static final long NOW = 1_800_000_000L;

  private static final HexFormat HEX = HexFormat.of();
  private static final Wallet CONSUMER = Wallet.parse("0x" + "42".repeat(32));
  private static final Domain DOMAIN =
      Domain.hooke(31_337, hooke.chain.Address.parse("0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512"));
  private static final Bytes32 ORDER = Bytes32.parse("0x" + "a5".repeat(32));

  private static final String CERTIFICATE =
      """
      -----BEGIN CERTIFICATE-----
      MIIBKjCB0qADAgECAhABEKCUv3cO2oemazDl4aUmMAoGCCqGSM49BAMCMBcxFTAT
      BgNVBAMMDGhvb2tlIGNsaWVudDAgFw0yMDAxMDEwMDAwMDBaGA85OTk5MTIzMTIz
      NTk1OVowFzEVMBMGA1UEAwwMaG9va2UgY2xpZW50MFkwEwYHKoZIzj0CAQYIKoZI
      zj0DAQcDQgAEWQfxswqocgpkTodLBQKfYaKyizmrVD4Z5Dg5dnjhEZxVjISoKvP8
      g+RAW6HMU1iKaIWK8rw1lujLaUu0mOJOHTAKBggqhkjOPQQDAgNHADBEAiA5qf6B
      lYl56vad7yzEh43Y5sxu9AKZvF+543NSoe2BKgIgB7Nk5fZx2nhBGaQXrxjCw8kt
      rz9xYNVn2pRvsgKIk4U=
      -----END CERTIFICATE-----
      """;

  private Vectors() {}

  static Wallet consumer() {
    return CONSUMER;
  }

  static Domain domain() {
    return DOMAIN;
  }

  /// The whole file.
  static String json() {
    Map<String, Object> all = new LinkedHashMap<>();
    all.put(
        "about",
        "What a client computes by itself, to check an implementation against. Written and checked by devnet's"
            + " VectorsTest, checked by clients/node/test/vectors.test.js. Byte i of each blob is (7 * i + i / 256)"
            + " mod 256. The key is a test key.");
    all.put("privateKey", CONSUMER.exportKey().toString());
    all.put("account", hex(CONSUMER.address().bytes()));
    all.put("chainId", DOMAIN.chainId());
    all.put("contract", hex(DOMAIN.contract().bytes()));
    all.put(
        "blobs",
        List.of(0, 1, 1_023, 1_024, 1_025, 2_048, 3_072, 65_536, 65_537, 1_000_000).stream()
            .map(Vectors::blob)
            .toList());
    all.put("certificates", List.of(certificate()));
    all.put("accessTokens", List.of(token(1, "task", NOW + 600), token(3, "blob", NOW + 1)));
    all.put("receipts", List.of(receipt(0, 787_140), receipt(14, Long.MAX_VALUE)));
    all.put(
        "vouchers",
        List.of(voucher(1, Wei.of(1)), voucher(2_000_000_000, Wei.tokens(1_000_000_000))));
    all.put(
        "leaves",
        List.of(leaf(Outcome.EXITED, 0), leaf(Outcome.EXITED, -1), leaf(Outcome.OUT_OF_FUEL, 0)));
    all.put("tables", List.of(table(1), table(2), table(3), table(7)));
    all.put("orders", List.of(order(attended()), order(quorum()), order(optimisticArray())));
    all.put(
        "specs",
        List.of(
            spec(
                TaskSpec.newBuilder()
                    .setRuntime("wasm")
                    .setProfile("wasm-det/1")
                    .setProgram(ref(1_025))
                    .build()),
            spec(fullSpec()),
            spec(
                TaskSpec.newBuilder()
                    .setRuntime("wasm")
                    .setProfile("wasm-det/1")
                    .setProgram(ref(1_025))
                    .setArgv0("clang++")
                    .build()),
            spec(
                TaskSpec.newBuilder()
                    .setRuntime("wasm")
                    .setProfile("wasm-det/1")
                    .setProgram(ref(1_025))
                    .setArray(TaskArray.newBuilder().setLines(ref(2_048)).setCount(300))
                    .build())));
    return write(all, "") + "\n";
  }

  static byte[] content(int size) {
    byte[] bytes = new byte[size];
    for (int i = 0; i < size; i++) {
      bytes[i] = (byte) (7 * i + i / 256);
    }
    return bytes;
  }

  private static Map<String, Object> blob(int size) {
    return fields("size", size, "id", BlobId.of(content(size)).toString());
  }

  static Bytes32 certificateKey() {
    try {
      return TlsIdentity.keyHash(
          CertificateFactory.getInstance("X.509")
              .generateCertificate(
                  new ByteArrayInputStream(CERTIFICATE.getBytes(StandardCharsets.US_ASCII)))
              .getPublicKey());
    } catch (CertificateException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Map<String, Object> certificate() {
    return fields("pem", CERTIFICATE, "keyHash", hex(certificateKey().bytes()));
  }

  private static Map<String, Object> token(int node, String group, long expiry) {
    AccessToken token = new AccessToken(node, group, certificateKey(), expiry);
    byte[] signature = token.sign(DOMAIN, CONSUMER).data().bytes();
    byte[] message =
        hooke.v1.AccessToken.newBuilder()
            .setChainId(DOMAIN.chainId())
            .setContract(bytes(DOMAIN.contract().bytes()))
            .setNode(node)
            .setGroup(group)
            .setClientKey(bytes(certificateKey().bytes()))
            .setExpirySeconds(expiry)
            .setAccount(bytes(CONSUMER.address().bytes()))
            .setSignature(bytes(signature))
            .build()
            .toByteArray();
    return fields(
        "node", node,
        "group", group,
        "clientKey", hex(certificateKey().bytes()),
        "expirySeconds", expiry,
        "digest", digest(token),
        "signature", hex(signature),
        "message", hex(message),
        "header", header(message));
  }

  private static String header(byte[] message) {
    return "Hooke " + Base64.getUrlEncoder().withoutPadding().encodeToString(message);
  }

  private static Map<String, Object> receipt(int slot, long fuel) {
    Receipt receipt = new Receipt(ORDER, slot, leaf(Outcome.EXITED, 0, fuel).root(), fuel);
    return fields(
        "order", ORDER.toString(),
        "slot", slot,
        "root", receipt.root().toString(),
        "fuel", Long.toString(fuel),
        "digest", digest(receipt),
        "signature", hex(receipt.sign(DOMAIN, CONSUMER).data().bytes()));
  }

  private static Map<String, Object> voucher(int operator, Wei total) {
    Voucher voucher = new Voucher(CONSUMER.address(), operator, total);
    return fields(
        "operatorId", operator,
        "total", total.value().toString(),
        "digest", digest(voucher),
        "signature", hex(voucher.sign(DOMAIN, CONSUMER).data().bytes()));
  }

  private static String digest(TypedData data) {
    return data.digest(DOMAIN).toString();
  }

  private static ResultLeaf leaf(Outcome outcome, int exitCode, long fuel) {
    return new ResultLeaf(0, outcome, exitCode, fuel, 10_240, BlobId.of(content(10_240)));
  }

  private static Map<String, Object> leaf(Outcome outcome, int exitCode) {
    ResultLeaf leaf = leaf(outcome, exitCode, 787_140);
    return fields(
        "index", 0,
        "outcome", outcome.name(),
        "exitCode", Integer.toUnsignedLong(exitCode),
        "fuel", Long.toString(leaf.fuel()),
        "size", Long.toString(leaf.size()),
        "archive", leaf.archive().toString(),
        "bytes", hex(leaf.bytes()),
        "root", leaf.root().toString());
  }

  private static Map<String, Object> table(int count) {
    List<ResultLeaf> leaves = new ArrayList<>();
    for (int index = 5; index < 5 + count; index++) {
      leaves.add(
          new ResultLeaf(
              index, Outcome.EXITED, index, 1_000L * index, index, BlobId.of(content(index))));
    }
    LeafTable table = new LeafTable(5, leaves);
    return fields(
        "table", hex(table.bytes()),
        "root", table.sum().hash().toString(),
        "fuel", Long.toString(table.sum().fuel()));
  }

  private static Terms attended() {
    return new Terms(
        CONSUMER.address(),
        1,
        Bytes32.of(BlobId.of(content(100)).bytes()),
        1,
        1_000,
        64,
        128,
        0,
        529_000_000_000L,
        30,
        10_000_000_000L,
        120,
        600,
        120,
        86_400,
        Wei.ZERO,
        Bytes32.ZERO,
        Bytes32.ZERO,
        Verification.ATTENDED,
        1,
        1,
        1,
        2);
  }

  private static Terms quorum() {
    return new Terms(
        CONSUMER.address(),
        Long.MAX_VALUE,
        ORDER,
        1,
        2_500,
        4_096,
        1,
        1,
        Long.MAX_VALUE,
        0,
        1,
        1,
        1,
        10,
        0,
        Wei.tokens(7),
        Bytes32.parse("0x" + "00".repeat(24) + "0000000300000001"),
        ORDER,
        Verification.QUORUM,
        2,
        3,
        7,
        0);
  }

  private static Terms optimisticArray() {
    return new Terms(
        CONSUMER.address(),
        2,
        ORDER,
        1_000,
        1_000,
        64,
        128,
        529_000_000_000L,
        529_000_000_000L,
        0,
        100_000_000L,
        300,
        1_200,
        120,
        86_400,
        Wei.ZERO,
        Bytes32.ZERO,
        Bytes32.ZERO,
        Verification.OPTIMISTIC,
        1,
        6,
        1,
        2);
  }

  private static Map<String, Object> order(Terms t) {
    return fields(
        "consumer", hex(t.consumer().bytes()),
        "nonce", Long.toString(t.nonce()),
        "spec", t.spec().toString(),
        "tasks", t.tasks(),
        "cpuMillis", t.cpuMillis(),
        "memoryMib", t.memoryMib(),
        "diskMib", t.diskMib(),
        "startPrice", Long.toString(t.startPrice()),
        "maxPrice", Long.toString(t.maxPrice()),
        "rampSeconds", t.rampSeconds(),
        "fuelLimit", Long.toString(t.fuelLimit()),
        "openSeconds", t.openSeconds(),
        "runSeconds", t.runSeconds(),
        "windowSeconds", t.windowSeconds(),
        "retentionSeconds", t.retentionSeconds(),
        "minStake", t.minStake().value().toString(),
        "allow", t.allow().toString(),
        "exclusiveKey", t.exclusiveKey().toString(),
        "mode", number(t.mode()),
        "quorum", t.quorum(),
        "slots", t.slots(),
        "originA", t.originA(),
        "originB", t.originB(),
        "escrow", t.escrow().value().toString(),
        "id", HookeContract.idOf(DOMAIN.chainId(), DOMAIN.contract(), t).toString());
  }

  private static int number(Verification mode) {
    return switch (mode) {
      case ATTENDED -> 0;
      case OPTIMISTIC -> 1;
      case QUORUM -> 2;
    };
  }

  private static BlobRef ref(int size) {
    return BlobRef.newBuilder()
        .setId(bytes(BlobId.of(content(size)).bytes()))
        .setSizeBytes(size)
        .build();
  }

  private static TaskSpec fullSpec() {
    return TaskSpec.newBuilder()
        .setRuntime("wasm")
        .setProfile("wasm-det/1")
        .setProgram(ref(1_025))
        .addArgs("")
        .addArgs("/in/book.txt")
        .addEnv(EnvironmentVariable.newBuilder().setName("EMPTY"))
        .addEnv(EnvironmentVariable.newBuilder().setName("LANG").setValue("de_DE.UTF-8 ß"))
        .setStdin(ref(0))
        .addInputs(
            Input.newBuilder().setPath("a-tree").setBlob(ref(3_072)).setFormat(Input.Format.TAR))
        .addInputs(
            Input.newBuilder().setPath("book.txt").setBlob(ref(1)).setFormat(Input.Format.FILE))
        .setMemoryLimitBytes(1L << 32)
        .setOutputLimitBytes(10_240)
        .setClockTime(Timestamp.newBuilder().setSeconds(NOW).setNanos(5_000_000))
        .setRandomSeed(Long.MAX_VALUE)
        .build();
  }

  private static Map<String, Object> spec(TaskSpec spec) {
    byte[] canonical = Specs.encode(spec);
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("runtime", spec.getRuntime());
    fields.put("profile", spec.getProfile());
    fields.put("program", shown(spec.getProgram()));
    if (spec.hasStdin()) {
      fields.put("args", spec.getArgsList());
      fields.put("env", spec.getEnvList().stream().map(Vectors::shown).toList());
      fields.put("stdin", shown(spec.getStdin()));
      fields.put("inputs", spec.getInputsList().stream().map(Vectors::shown).toList());
      fields.put("memoryLimitBytes", Long.toString(spec.getMemoryLimitBytes()));
      fields.put("outputLimitBytes", Long.toString(spec.getOutputLimitBytes()));
      fields.put(
          "clockTime",
          fields(
              "seconds", Long.toString(spec.getClockTime().getSeconds()),
              "nanos", spec.getClockTime().getNanos()));
      fields.put("randomSeed", Long.toString(spec.getRandomSeed()));
    }
    if (!spec.getArgv0().isEmpty()) {
      fields.put("argv0", spec.getArgv0());
    }
    if (spec.getRealTime()) {
      fields.put("realTime", true);
    }
    if (spec.hasArray()) {
      fields.put(
          "array",
          fields("lines", shown(spec.getArray().getLines()), "count", spec.getArray().getCount()));
    }
    return fields("spec", fields, "bytes", hex(canonical), "id", BlobId.of(canonical).toString());
  }

  private static Map<String, Object> shown(BlobRef blob) {
    return fields(
        "id", HEX.formatHex(blob.getId().toByteArray()),
        "sizeBytes", Long.toString(blob.getSizeBytes()));
  }

  private static Map<String, Object> shown(EnvironmentVariable variable) {
    return fields("name", variable.getName(), "value", variable.getValue());
  }

  private static Map<String, Object> shown(Input input) {
    return fields(
        "path", input.getPath(),
        "blob", shown(input.getBlob()),
        "format", input.getFormat().name());
  }

  private static ByteString bytes(byte[] bytes) {
    return ByteString.copyFrom(bytes);
  }

  private static String hex(byte[] bytes) {
    return "0x" + HEX.formatHex(bytes);
  }

  private static Map<String, Object> fields(Object... namesAndValues) {
    Map<String, Object> fields = new LinkedHashMap<>();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      fields.put((String) namesAndValues[i], namesAndValues[i + 1]);
    }
    return fields;
  }

  private static String write(Object value, String indent) {
    String inner = indent + "  ";
    return switch (value) {
      case Map<?, ?> map ->
          map.entrySet().stream()
              .map(entry -> inner + "\"" + entry.getKey() + "\": " + write(entry.getValue(), inner))
              .collect(Collectors.joining(",\n", "{\n", "\n" + indent + "}"));
      case List<?> list ->
          list.stream()
              .map(each -> inner + write(each, inner))
              .collect(Collectors.joining(",\n", "[\n", "\n" + indent + "]"));
      case Number number -> number.toString();
      default -> "\"" + value.toString().replace("\n", "\\n") + "\"";
    };
  }
}
