package hooke.devnet.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import com.google.protobuf.Duration;
import com.google.rpc.ErrorInfo;
import hooke.chain.Wei;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.NodeProfile;
import hooke.chain.contract.SlotState;
import hooke.chain.tx.Transactions;
import hooke.devnet.testing.Devnet;
import hooke.devnet.testing.DevnetConsumer;
import hooke.devnet.testing.DevnetNode;
import hooke.node.market.OrderView;
import hooke.node.task.TaskBuyer;
import hooke.v1.DownloadResultResponse;
import hooke.v1.Offer;
import hooke.v1.QuoteOrderRequest;
import hooke.v1.QuoteOrderResponse;
import hooke.v1.Reason;
import hooke.v1.Refusal;
import hooke.v1.Result;
import hooke.v1.Task;
import hooke.v1.UploadBlobRequest;
import hooke.v1.WatchTaskResponse;
import io.grpc.Status;
import io.grpc.protobuf.StatusProto;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// A provider that lies against an honest consumer: what it can cost in money, time, disk and on
/// the terminal. One honest node is there beside it.
final class HostileProviderTest {
  /// Clears the screen, names the window, fills the clipboard, and forges a line of ours.
  private static final String EVIL =
      """
      \u001b[2J\u001b]0;PWNED\u0007\u001b]52;c;ZXZpbA==\u0007\u009b1A\rexit code 0 on node 1
      hooke: type your password:\u202e
      """;

  @TempDir private static Path folder;

  private static Devnet world;
  private static DevnetConsumer alice;
  private static RogueNode rogue;

  @BeforeAll
  static void open() throws Exception {
    world = Devnet.in(folder.resolve("world")).nodes(1).start();
    rogue = new RogueNode(world);
    alice = world.consumer("alice");
  }

  @AfterAll
  static void close() {
    if (rogue != null) {
      rogue.close();
    }
    world.close();
  }

  @BeforeEach
  void honest() {
    rogue.play(new RogueNode.Script() {});
  }

  private static Path task(String more) throws IOException {
    Path file = Files.createTempFile(folder, "task", ".yaml");
    Files.writeString(
        file,
        "program: %s\nargs: ['100']\nlimits: {fuel: 1G}\n%s"
            .formatted(world.example("primes"), more));
    return file;
  }

  private static void assertClean(String words) {
    for (String line : words.split("\n", -1)) {
      assertTrue(
          line.codePoints()
              .noneMatch(
                  c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT),
          () -> "a stranger's words reached the terminal: " + line);
      assertFalse(line.equals("exit code 0 on node 1"), line);
      assertFalse(line.startsWith("hooke: type"), line);
    }
  }

  /// An order that only the rogue may take.
  private static TaskBuyer.Placed orderFromRogue() throws Exception {
    return alice.order(
        Worlds.brief(world.example("primes"))
            .args(List.of("100"))
            .allow(List.of(rogue.operatorId()))
            .build());
  }

  private static QuoteOrderResponse offer(long floor, long price, long delaySeconds) {
    return QuoteOrderResponse.newBuilder()
        .setOffer(
            Offer.newBuilder()
                .setFloorPrice(floor)
                .setPrice(price)
                .setBidDelay(Duration.newBuilder().setSeconds(delaySeconds)))
        .build();
  }

  private static QuoteOrderResponse refusal(String message) {
    return QuoteOrderResponse.newBuilder()
        .setRefusal(
            Refusal.newBuilder().addReasons(Reason.newBuilder().setCode(EVIL).setMessage(message)))
        .build();
  }

  @Test
  void nonsenseInAQuoteStopsNoPurchase() throws Exception {
    Map<String, RogueNode.Script> scripts = new TreeMap<>();
    scripts.put("price -1", quoting(offer(-1, -1, 0)));
    scripts.put("price max", quoting(offer(Long.MAX_VALUE, Long.MAX_VALUE, 0)));
    scripts.put("delay max", quoting(offer(1, 1, Long.MAX_VALUE)));
    scripts.put("delay min", quoting(offer(1, 1, Long.MIN_VALUE)));
    scripts.put("nothing", quoting(QuoteOrderResponse.getDefaultInstance()));
    scripts.put("evil", quoting(refusal(EVIL)));
    scripts.put("flood", quoting(refusal("x".repeat(1 << 20))));
    scripts.put(
        "no refusal",
        quoting(QuoteOrderResponse.newBuilder().setRefusal(Refusal.getDefaultInstance()).build()));
    scripts.put(
        "status",
        new RogueNode.Script() {
          @Override
          public QuoteOrderResponse quote(QuoteOrderRequest request) {
            throw Status.UNAVAILABLE.withDescription(EVIL).asRuntimeException();
          }
        });
    String quote = task("").toString();
    for (Map.Entry<String, RogueNode.Script> each : scripts.entrySet()) {
      rogue.play(each.getValue());
      DevnetConsumer.Ran ran = alice.hooke("quote", quote);
      assertEquals(0, ran.exit(), () -> each.getKey() + ": " + ran.err() + ran.out());
      assertClean(ran.out() + ran.err());
      assertTrue((ran.out() + ran.err()).length() < 10_000, each.getKey());
    }
    // Nobody shall have to lock what it alone would ask.
    rogue.play(
        quoting(
            QuoteOrderResponse.newBuilder()
                .setRefusal(
                    Refusal.newBuilder()
                        .addReasons(
                            Reason.newBuilder()
                                .setCode("PRICE_BELOW_FLOOR")
                                .setMessage("more")
                                .setTemporary(true)
                                .setFloorPrice(Long.MAX_VALUE)))
                .build()));
    DevnetConsumer.Ran bought =
        alice.hooke("task", "run", world.example("primes").toString(), "--fuel", "1G", "--", "100");
    assertEquals(0, bought.exit(), bought.err());
    assertClean(bought.err());
  }

  private static RogueNode.Script quoting(QuoteOrderResponse answer) {
    return new RogueNode.Script() {
      @Override
      public QuoteOrderResponse quote(QuoteOrderRequest request) {
        return answer;
      }
    };
  }

  /// Nothing is connected to: each is an address that the client refuses by its spelling.
  @Test
  void anEndpointInNobodysNetworkStopsNoPurchase() throws Exception {
    DevnetNode nowhere = world.register();
    NodeProfile own = nowhere.directory().profile();
    for (String endpoint : List.of("169.254.169.254:80", "[1::2::3]:1")) {
      new Transactions(world.client())
          .send(
              world
                  .law()
                  .update(
                      new NodeProfile(
                          own.key(),
                          endpoint,
                          own.tlsKeyHash(),
                          own.cpuMillis(),
                          own.memoryMib(),
                          own.diskMib(),
                          "")),
              nowhere.operator());
      DevnetConsumer.Ran ran = alice.hooke("quote", task("").toString());
      assertEquals(0, ran.exit(), () -> endpoint + ": " + ran.err());
      String why = endpoint.startsWith("[1::") ? "is no address" : "is not connected to";
      assertTrue(ran.out().contains(why), ran.out());
    }
    new Transactions(world.client()).send(world.law().retire(own.key()), nowhere.operator());
  }

  private static byte[] tar(TarArchiveEntry... more) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (TarArchiveOutputStream tar = new TarArchiveOutputStream(bytes, "UTF-8")) {
      tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
      List<TarArchiveEntry> entries = new ArrayList<>();
      for (String name : List.of("stderr", "stdout")) {
        TarArchiveEntry entry = new TarArchiveEntry(name);
        entry.setSize(3);
        entries.add(entry);
      }
      entries.addAll(Arrays.asList(more));
      for (TarArchiveEntry entry : entries) {
        tar.putArchiveEntry(entry);
        tar.write("hi\n".getBytes(StandardCharsets.UTF_8), 0, (int) entry.getSize());
        tar.closeArchiveEntry();
      }
    }
    return bytes.toByteArray();
  }

  private static TarArchiveEntry entry(String name, byte type, String target) {
    TarArchiveEntry entry = new TarArchiveEntry(name, type, true);
    if (type == TarConstants.LF_NORMAL) {
      entry.setSize(1);
    } else if (!target.isEmpty()) {
      entry.setLinkName(target);
    }
    return entry;
  }

  private static TarArchiveEntry file(String name) {
    return entry(name, TarConstants.LF_NORMAL, "");
  }

  /// The archives of a stranger's tool box, none of which is a result.
  private static Map<String, byte[]> rubbish() throws IOException {
    Map<String, byte[]> archives = new TreeMap<>();
    archives.put(
        "garbage", "this is no archive at all".repeat(50).getBytes(StandardCharsets.UTF_8));
    archives.put("empty", new byte[0]);
    archives.put("cut", Arrays.copyOf(tar(file("out/big")), 3_000));
    archives.put("without streams", Arrays.copyOfRange(tar(), 2 * 1_024, tar().length));
    archives.put("up", tar(file("../../../PWN1")));
    archives.put("absolute", tar(file("/PWN2")));
    archives.put(
        "through a link", tar(entry("out", TarConstants.LF_SYMLINK, ".."), file("out/PWN3")));
    archives.put("hard link", tar(entry("out/h", TarConstants.LF_LINK, "/etc/passwd")));
    archives.put("device", tar(entry("out/d", TarConstants.LF_CHR, "")));
    archives.put("twice", tar(file("stdout")));
    archives.put("long", tar(file("out/" + "c".repeat(300))));
    archives.put("below a file", tar(file("out/a"), file("out/a/b")));
    byte[] giant = tar();
    archives.put("giant header", giantHeader(giant));
    return archives;
  }

  /// A pax header that says it is 2.2 GB long.
  private static byte[] giantHeader(byte[] after) {
    byte[] header = Arrays.copyOf(after, 512);
    header[156] = 'x';
    System.arraycopy("20000000000\0".getBytes(StandardCharsets.US_ASCII), 0, header, 124, 12);
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte each : header) {
      sum += each & 0xff;
    }
    System.arraycopy(
        "%06o\0 ".formatted(sum).getBytes(StandardCharsets.US_ASCII), 0, header, 148, 8);
    byte[] whole = Arrays.copyOf(header, 512 + after.length);
    System.arraycopy(after, 0, whole, 512, after.length);
    return whole;
  }

  /// What came of an order that only the rogue took.
  private record Followed(OrderView order, List<String> said) {}

  /// Follows an order until `enough` of what is said, refuses it then, and waits for its end.
  private static Followed followed(String enough) throws Exception {
    TaskBuyer.Placed task = orderFromRogue();
    List<String> said = new java.util.concurrent.CopyOnWriteArrayList<>();
    try (var watch = alice.watch(said)) {
      Thread waiting =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  watch.await(task.id());
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
      long until = System.nanoTime() + Devnet.PATIENCE.toNanos();
      while (said.stream().noneMatch(line -> line.contains(enough))) {
        assertTrue(System.nanoTime() < until, () -> "it was not said: " + enough + ": " + said);
        Thread.sleep(50);
      }
      DevnetConsumer.Ran refused = alice.hooke("task", "refuse", task.id().toString());
      assertEquals(0, refused.exit(), refused::err);
      OrderView over = world.await(task.id(), OrderView::closed);
      waiting.join();
      return new Followed(over, said);
    }
  }

  private static void assertUnpaid(Followed followed) {
    assertEquals(List.of(), rogue.receipts, followed.said()::toString);
    assertEquals(SlotState.REFUSED, followed.order().slot(0).state());
    assertEquals(List.of(), world.events(followed.order().id(), LawEvent.Settled.class));
    followed.said().forEach(HostileProviderTest::assertClean);
  }

  @Test
  void noReceiptIsSignedForRubbish() throws Exception {
    Map<String, byte[]> some = rubbish();
    some.keySet().retainAll(List.of("empty", "giant header", "up", "without streams"));
    assertNoneIsAcknowledged(some);
  }

  @Test
  @Tag("long")
  void noReceiptIsSignedForRubbishOfAnyKind() throws Exception {
    assertNoneIsAcknowledged(rubbish());
  }

  private static void assertNoneIsAcknowledged(Map<String, byte[]> archives) throws Exception {
    for (Map.Entry<String, byte[]> each : archives.entrySet()) {
      rogue.play(
          new RogueNode.Script() {
            @Override
            public byte[] archive() {
              return each.getValue();
            }
          });
      Followed followed = followed("hooke task refuse");
      assertUnpaid(followed);
      assertTrue(
          followed.said().stream().anyMatch(line -> line.contains("what is no result")),
          () -> each.getKey() + ": " + followed.said());
    }
    try (Stream<Path> all = Files.walk(folder)) {
      assertTrue(all.noneMatch(path -> path.getFileName().toString().startsWith("PWN")));
    }
  }

  @Test
  void aLeafThatClaimsMoreThanTheOrdersDiskIsNotFetched() throws Exception {
    for (long size : new long[] {1L << 40, Long.MIN_VALUE}) {
      rogue.play(
          new RogueNode.Script() {
            @Override
            public long size() {
              return size;
            }

            @Override
            public void download(Result result, RogueNode.Sink<DownloadResultResponse> to) {
              rogue.sent.incrementAndGet();
            }
          });
      assertUnpaid(followed("hooke task refuse"));
      assertEquals(0, rogue.sent.get(), "nothing was asked for");
    }
  }

  @Test
  void aResultThatNeverEndsIsCutOff() throws Exception {
    rogue.play(
        new RogueNode.Script() {
          @Override
          public byte[] archive() {
            return new byte[1_000];
          }

          @Override
          public void download(Result result, RogueNode.Sink<DownloadResultResponse> to)
              throws Exception {
            to.send(DownloadResultResponse.newBuilder().setResult(result).build());
            ByteString chunk = ByteString.copyFrom(new byte[1 << 16]);
            while (true) {
              to.send(DownloadResultResponse.newBuilder().setChunk(chunk).build());
            }
          }
        });
    assertUnpaid(followed("longer than the 1,000 bytes"));
  }

  /// A byte now and then, which would be settled for the liar before it had come.
  @Test
  @Tag("long")
  void aResultThatTricklesIsGivenUpWhileItCanBeRefused() throws Exception {
    rogue.play(
        new RogueNode.Script() {
          @Override
          public byte[] archive() {
            return new byte[1_000];
          }

          @Override
          public void download(Result result, RogueNode.Sink<DownloadResultResponse> to)
              throws Exception {
            to.send(DownloadResultResponse.newBuilder().setResult(result).build());
            while (true) {
              to.send(
                  DownloadResultResponse.newBuilder()
                      .setChunk(ByteString.copyFrom(new byte[1]))
                      .build());
              Thread.sleep(2_000);
            }
          }
        });
    assertUnpaid(followed("it did not come within 30 s: too slow"));
  }

  @Test
  void messagesWithoutContentDoNotKeepAReader() throws Exception {
    rogue.play(
        new RogueNode.Script() {
          @Override
          public byte[] archive() {
            return new byte[1_000];
          }

          @Override
          public void download(Result result, RogueNode.Sink<DownloadResultResponse> to)
              throws Exception {
            to.send(DownloadResultResponse.newBuilder().setResult(result).build());
            while (true) {
              to.send(DownloadResultResponse.getDefaultInstance());
            }
          }
        });
    assertUnpaid(followed("messages without content"));
  }

  @Test
  void aFloodOfNewsIsAFewLines() throws Exception {
    rogue.play(
        new RogueNode.Script() {
          @Override
          public void watch(Task delivered, RogueNode.Sink<WatchTaskResponse> to) throws Exception {
            for (int n = 0; ; n++) {
              to.send(
                  WatchTaskResponse.newBuilder()
                      .setTask(
                          delivered.toBuilder()
                              .setState(Task.State.FAILED)
                              .setFailure(n + EVIL.repeat(n % 100)))
                      .build());
            }
          }
        });
    Followed followed = followed("goes on like that");
    assertUnpaid(followed);
    assertTrue(followed.said().size() < 30, followed.said()::toString);
  }

  @Test
  void aWithheldResultMayBeRefusedWhileThatCanBeDone() throws Exception {
    rogue.play(
        new RogueNode.Script() {
          @Override
          public void watch(Task delivered, RogueNode.Sink<WatchTaskResponse> to) throws Exception {
            to.untilCancelled();
          }
        });
    Followed followed = followed("hooke task refuse");
    assertUnpaid(followed);
    assertTrue(
        followed.said().stream()
            .anyMatch(line -> line.matches(".*it is paid in \\d+ s unless you refuse it.*")),
        followed.said()::toString);
  }

  /// What a program printed is its own: raw in a pipe, also what a terminal would obey.
  @Test
  void aGoodResultIsPaidAndPrintedAsItIs() throws Exception {
    byte[] good = tar(file("out/x"));
    rogue.play(
        new RogueNode.Script() {
          @Override
          public byte[] archive() {
            return good;
          }
        });
    TaskBuyer.Placed task = orderFromRogue();
    DevnetConsumer.Ran waited = alice.hooke("task", "wait", task.id().toString());
    assertEquals(0, waited.exit(), waited.err());
    DevnetConsumer.Ran result = alice.hooke("task", "result", task.id().toString());
    assertEquals("hi\n", result.out());
    assertFalse(rogue.receipts.isEmpty());
  }

  private static RuntimeException asks(String reason, Map<String, String> metadata) {
    return StatusProto.toStatusRuntimeException(
        com.google.rpc.Status.newBuilder()
            .setCode(com.google.rpc.Code.RESOURCE_EXHAUSTED_VALUE)
            .setMessage("pay me" + EVIL)
            .addDetails(
                com.google.protobuf.Any.pack(
                    ErrorInfo.newBuilder().setReason(reason).putAllMetadata(metadata).build()))
            .build());
  }

  @Test
  void withoutABudgetNoVoucherIsSignedForWhatATabHolds() throws Exception {
    Wei inTab = Wei.parse("0.5");
    new Transactions(world.client())
        .send(world.law().openTab(rogue.operatorId(), inTab), alice.wallet());
    rogue.play(
        new RogueNode.Script() {
          @Override
          public RuntimeException refusal(UploadBlobRequest header) {
            return asks(
                "UPLOAD_ALLOWANCE_EXCEEDED",
                Map.of("cost_wei", "0", "voucher_total_wei", inTab.value().toString()));
          }
        });
    for (String budget : List.of("0", "0.1")) {
      DevnetConsumer.Ran ran =
          alice.hooke(
              "task",
              "run",
              world.example("primes").toString(),
              "--fuel",
              "1G",
              "--upload-budget",
              budget,
              "--",
              "100");
      assertEquals(0, ran.exit(), ran.err());
      assertClean(ran.err());
      assertEquals(List.of(), rogue.vouchers, ran.err());
    }
  }

  @Test
  void anOriginThatServesOtherBytesIsNone() throws Exception {
    rogue.play(
        new RogueNode.Script() {
          @Override
          public byte[] served(byte[] blob) {
            byte[] other = blob.clone();
            for (int n = 0; n < other.length; n++) {
              other[n] ^= 1;
            }
            return other;
          }
        });
    DevnetConsumer.Ran ran =
        alice.hooke("task", "run", world.example("primes").toString(), "--fuel", "1G", "--", "7");
    assertEquals(0, ran.exit(), ran.err());
    assertTrue(ran.err().contains("serves other bytes"), ran.err());
    assertFalse(ran.err().contains("blobs to node " + rogue.id()), ran.err());
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void temporaryFilesLieUnderTmpdirAndGoWithTheProcess() throws Exception {
    rogue.play(
        new RogueNode.Script() {
          @Override
          public byte[] archive() {
            return new byte[1_000];
          }

          @Override
          public void download(Result result, RogueNode.Sink<DownloadResultResponse> to)
              throws Exception {
            to.send(DownloadResultResponse.newBuilder().setResult(result).build());
            to.send(
                DownloadResultResponse.newBuilder()
                    .setChunk(ByteString.copyFrom(new byte[500]))
                    .build());
            rogue.sent.incrementAndGet();
            to.untilCancelled();
          }
        });
    TaskBuyer.Placed task = orderFromRogue();
    Path temporary = Files.createDirectory(folder.resolve("temporary"));
    Map<String, String> environment = new TreeMap<>(System.getenv());
    environment.put("TMPDIR", temporary.toString());
    Process wait =
        alice.hookeProcess(
            folder.resolve("said"), environment, "task", "wait", task.id().toString());
    long until = System.nanoTime() + Devnet.PATIENCE.toNanos();
    while (rogue.sent.get() == 0) {
      assertTrue(System.nanoTime() < until, () -> "nothing was fetched");
      Thread.sleep(50);
    }
    try (Stream<Path> files = Files.list(temporary)) {
      assertTrue(files.anyMatch(file -> file.getFileName().toString().startsWith("hooke-result")));
    }
    wait.destroy();
    assertTrue(wait.waitFor(20, TimeUnit.SECONDS));
    try (Stream<Path> files = Files.list(temporary)) {
      assertEquals(List.of(), files.toList());
    }
    alice.hooke("task", "refuse", task.id().toString());
  }

  /// Follows an order with the JavaScript client, and says each event on a line.
  private static final String FOLLOW =
      """
      import { Hooke, openWallet, readConfig } from 'CLIENT';
      const { network } = await readConfig();
      const hooke = await Hooke.connect(network, await openWallet(process.argv[3], process.argv[4]));
      const on = (event) => console.log(event.type, event.message ?? event.secondsLeft ?? '');
      try {
        const result = await hooke.result(process.argv[2], { on });
        console.log(String(await result.read('stdout')));
        await result.close();
      } catch (e) {
        console.log('ended:', e.message);
      }
      """;

  private static Process node(Path said, String... command) throws IOException {
    List<String> words = new ArrayList<>(List.of("node"));
    words.addAll(List.of(command));
    ProcessBuilder builder =
        new ProcessBuilder(words).redirectErrorStream(true).redirectOutput(said.toFile());
    builder.environment().put("HOOKE_HOME", alice.home().toString());
    return builder.start();
  }

  private static Path client() {
    return Path.of("..", "clients", "node").toAbsolutePath().normalize();
  }

  private static Process followInJavaScript(Path said, TaskBuyer.Placed task) throws IOException {
    Path script = Files.createTempFile(folder, "follow", ".mjs");
    Files.writeString(
        script, FOLLOW.replace("CLIENT", client().resolve("src/index.js").toString()));
    String wallet = alice.home().resolve("wallets").resolve("alice").toString();
    return node(
        said, script.toString(), task.id().toString(), wallet + ".json", wallet + ".password");
  }

  @Test
  void theJavaScriptClientBuysBesideNonsense() throws Exception {
    rogue.play(quoting(offer(-1, -1, Long.MAX_VALUE)));
    Path said = folder.resolve("js-bought");
    Process run =
        node(
            said,
            client().resolve("examples/run-task.mjs").toString(),
            world.example("primes").toString(),
            "--fuel",
            "1000000000",
            "--",
            "100");
    assertTrue(run.waitFor(90, TimeUnit.SECONDS), () -> "it does not end");
    assertEquals(0, run.exitValue(), Files.readString(said));
    assertClean(Files.readString(said));
  }

  @Test
  void theJavaScriptClientSignsNothingForRubbish() throws Exception {
    Map<String, byte[]> some = rubbish();
    some.keySet().retainAll(List.of("cut", "giant header"));
    for (Map.Entry<String, byte[]> each : some.entrySet()) {
      rogue.play(
          new RogueNode.Script() {
            @Override
            public byte[] archive() {
              return each.getValue();
            }
          });
      TaskBuyer.Placed task = orderFromRogue();
      Path said = Files.createTempFile(folder, "js", "");
      Process follow = followInJavaScript(said, task);
      awaitWords(said, "withheld");
      assertEquals(0, alice.hooke("task", "refuse", task.id().toString()).exit());
      assertTrue(follow.waitFor(30, TimeUnit.SECONDS), () -> "it does not end");
      String words = Files.readString(said);
      assertTrue(words.contains("it served what is no result"), words);
      assertClean(words);
      assertEquals(List.of(), rogue.receipts, words);
    }
  }

  @Test
  void theJavaScriptClientBoundsWhatComes() throws Exception {
    rogue.play(
        new RogueNode.Script() {
          @Override
          public void watch(Task delivered, RogueNode.Sink<WatchTaskResponse> to) throws Exception {
            for (int n = 0; ; n++) {
              to.send(
                  WatchTaskResponse.newBuilder()
                      .setTask(
                          delivered.toBuilder()
                              .setState(Task.State.FAILED)
                              .setFailure(n + EVIL.repeat(n % 100)))
                      .build());
            }
          }
        });
    TaskBuyer.Placed task = orderFromRogue();
    Path said = Files.createTempFile(folder, "js", "");
    Process follow = followInJavaScript(said, task);
    awaitWords(said, "goes on like that");
    assertEquals(0, alice.hooke("task", "refuse", task.id().toString()).exit());
    assertTrue(follow.waitFor(30, TimeUnit.SECONDS), () -> "it does not end");
    assertClean(Files.readString(said));
    assertTrue(Files.readAllLines(said).size() < 40, () -> "a flood reached the user");
  }

  private static void awaitWords(Path said, String words) throws Exception {
    long until = System.nanoTime() + Devnet.PATIENCE.toNanos();
    while (!Files.readString(said).contains(words)) {
      assertTrue(System.nanoTime() < until, Files.readString(said));
      Thread.sleep(50);
    }
  }
}
