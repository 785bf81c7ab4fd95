package hooke.devnet.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.contract.SlotState;
import hooke.chain.contract.Terms;
import hooke.chain.tx.Transactions;
import hooke.devnet.testing.Devnet;
import hooke.devnet.testing.DevnetConsumer;
import hooke.devnet.testing.DevnetNode;
import hooke.node.market.OrderView;
import hooke.node.rpc.NodeClient;
import hooke.node.rpc.RpcFailure;
import hooke.node.spec.UnitPrice;
import hooke.node.task.TaskBuyer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What one consumer has a node make ready keeps no other one waiting.
final class FairPreparationTest {
  private static final UnitPrice ENOUGH = new UnitPrice(1_000_000_000_000_000L);

  @TempDir private static Path folder;

  private static Devnet world;
  private static DevnetConsumer alice;
  private static DevnetConsumer mallory;

  @BeforeAll
  static void open() throws Exception {
    world = Devnet.in(folder.resolve("world")).nodes(3).start();
    alice = world.consumer("alice");
    mallory = world.consumer("mallory");
  }

  @AfterAll
  static void close() {
    world.close();
  }

  /// The same for another, from other origins, and for one operator alone.
  private static Terms like(Terms t, Address consumer, int operator, int originA, int originB) {
    return new Terms(
        consumer,
        t.nonce() ^ 1,
        t.spec(),
        t.tasks(),
        t.cpuMillis(),
        t.memoryMib(),
        t.diskMib(),
        t.startPrice(),
        t.maxPrice(),
        t.rampSeconds(),
        t.fuelLimit(),
        t.openSeconds(),
        t.runSeconds(),
        t.windowSeconds(),
        t.retentionSeconds(),
        t.minStake(),
        Bytes32.of(ByteBuffer.allocate(32).putInt(operator).array()),
        t.exclusiveKey(),
        t.mode(),
        t.quorum(),
        t.slots(),
        originA,
        originB);
  }

  private static void order(DevnetConsumer who, Terms terms) throws Exception {
    new Transactions(world.client()).send(world.law().order(terms), who.wallet());
  }

  /// What cancelling gives back stays in the vault, for orders by hand.
  private static void cancel(DevnetConsumer who, Terms terms) throws Exception {
    new Transactions(world.client()).send(world.law().cancel(terms), who.wallet());
  }

  /// A program whose functions are long, each with a body by chance.
  private static Path large(int number, int functions) throws IOException {
    SplittableRandom random = new SplittableRandom(number);
    byte[] operators = {0x6a, 0x6b, 0x6c, 0x71, 0x72, 0x73, 0x74, 0x76};
    ByteArrayOutputStream code = new ByteArrayOutputStream();
    code.writeBytes(unsigned(functions + 1));
    code.writeBytes(new byte[] {2, 0, 0x0b});
    for (int n = 0; n < functions; n++) {
      ByteArrayOutputStream body = new ByteArrayOutputStream();
      body.writeBytes(new byte[] {1, 8, 0x7f});
      for (int k = 0; k < 1_500; k++) {
        body.writeBytes(
            new byte[] {
              0x20,
              (byte) random.nextInt(8),
              0x20,
              (byte) random.nextInt(8),
              operators[random.nextInt(8)],
              0x21,
              (byte) random.nextInt(8)
            });
      }
      body.write(0x0b);
      code.writeBytes(unsigned(body.size()));
      body.writeTo(code);
    }
    ByteArrayOutputStream types = new ByteArrayOutputStream();
    types.writeBytes(unsigned(functions + 1));
    types.writeBytes(new byte[functions + 1]);
    ByteArrayOutputStream module = new ByteArrayOutputStream();
    module.writeBytes(new byte[] {0, 0x61, 0x73, 0x6d, 1, 0, 0, 0});
    section(module, 1, new byte[] {1, 0x60, 0, 0});
    section(module, 3, types.toByteArray());
    section(module, 5, new byte[] {1, 0, 1});
    ByteArrayOutputStream exports = new ByteArrayOutputStream();
    exports.write(2);
    exports.writeBytes(new byte[] {6, 'm', 'e', 'm', 'o', 'r', 'y', 2, 0});
    exports.writeBytes(new byte[] {6, '_', 's', 't', 'a', 'r', 't', 0, 0});
    section(module, 7, exports.toByteArray());
    section(module, 10, code.toByteArray());
    return Files.write(folder.resolve("large" + number + ".wasm"), module.toByteArray());
  }

  private static void section(ByteArrayOutputStream module, int id, byte[] content) {
    module.write(id);
    module.writeBytes(unsigned(content.length));
    module.writeBytes(content);
  }

  private static byte[] unsigned(int number) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    int left = number;
    while (left > 0x7f) {
      bytes.write((left & 0x7f) | 0x80);
      left >>>= 7;
    }
    bytes.write(left);
    return bytes.toByteArray();
  }

  @Test
  void aTinyTaskIsServedWhileLargeOnesOfAnotherAreMadeReady() throws Exception {
    DevnetNode node = world.node(3);
    List<TaskBuyer.Placed> larges = new ArrayList<>();
    for (int n = 0; n < 4; n++) {
      larges.add(
          mallory.order(
              Worlds.brief(large(n, 150))
                  .allow(List.of(node.operatorId()))
                  .run(Duration.ofMinutes(10))
                  .build()));
    }
    for (TaskBuyer.Placed cancelled : larges.subList(0, 2)) {
      if (world.await(cancelled.id(), o -> true).slot(0).state() == SlotState.OPEN) {
        cancel(mallory, cancelled.terms());
      }
    }
    TaskBuyer.Placed tiny =
        alice.order(
            Worlds.wordcount(world, folder, "short work first")
                .allow(List.of(node.operatorId()))
                .build());
    world.await(tiny.id(), o -> o.slot(0).state() == SlotState.DELIVERED);
    assertEquals(
        SlotState.OPEN,
        world.await(larges.getLast().id(), o -> true).slot(0).state(),
        "it was not waited for");
  }

  /// Waits until the node has looked for an order's spec in vain.
  private static void awaitMiss(DevnetNode node, Bytes32 order) throws InterruptedException {
    long end = System.nanoTime() + Devnet.PATIENCE.toNanos();
    String said = "";
    try (NodeClient client = node.client(mallory.wallet())) {
      do {
        assertTrue(System.nanoTime() < end, "it has not looked for the spec: " + said);
        try {
          said = client.quote(order, Duration.ofSeconds(5)).toString();
        } catch (RpcFailure e) {
          // It has not seen the block yet.
          said = "";
        }
      } while (!said.contains("nobody has brought it"));
    }
  }

  @Test
  void whoOrdersAnothersSpecWithAnOriginThatLacksItKeepsNobodyUnserved() throws Exception {
    Terms hers =
        alice
            .order(
                Worlds.wordcount(world, folder, "whose origins are right")
                    .maxPrice(ENOUGH)
                    .allow(List.of(99))
                    .build())
            .terms();
    cancel(alice, hers);
    Terms his =
        mallory
            .order(
                Worlds.wordcount(world, folder, "something else")
                    .maxPrice(ENOUGH)
                    .allow(List.of(99))
                    .build())
            .terms();
    cancel(mallory, his);
    DevnetNode node =
        world.nodes().stream()
            .filter(each -> each.id() != hers.originA() && each.id() != hers.originB())
            .findFirst()
            .orElseThrow();

    Terms shadow = like(hers, mallory.wallet().address(), node.operatorId(), node.id(), 0);
    order(mallory, shadow);
    awaitMiss(node, world.law().idOf(shadow));
    Terms honest =
        like(hers, alice.wallet().address(), node.operatorId(), hers.originA(), hers.originB());
    order(alice, honest);
    OrderView served =
        world.await(world.law().idOf(honest), o -> o.slot(0).state() == SlotState.DELIVERED);
    assertEquals(node.id(), served.slot(0).nodeId());
  }
}
