package hooke.devnet.scenario;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Address;
import hooke.chain.Wei;
import hooke.chain.contract.Tab;
import hooke.devnet.testing.Devnet;
import hooke.devnet.testing.DevnetConsumer;
import hooke.devnet.testing.DevnetNode;
import hooke.node.cli.ExitCode;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Files that are more than a node keeps for their owner at no price.
final class UploadTest {
  private static final int MIB = 1 << 20;

  @TempDir private Path folder;

  /// More than the 16 MiB that anybody may keep, in two files.
  private Path files() throws Exception {
    Path data = Files.createDirectory(folder.resolve("data"));
    byte[] bytes = new byte[MIB];
    SplittableRandom random = new SplittableRandom(7);
    for (String name : new String[] {"one", "two"}) {
      try (OutputStream to = Files.newOutputStream(data.resolve(name))) {
        for (int i = 0; i < 12; i++) {
          random.nextBytes(bytes);
          to.write(bytes);
        }
      }
    }
    return data;
  }

  @Test
  void whatIsMoreIsPaidByVoucherAndClaimedBeforeTheTabIsTakenBack() throws Exception {
    try (Devnet world = Devnet.in(folder.resolve("world")).nodes(3).start()) {
      DevnetConsumer alice = world.consumer("alice");
      Address account = alice.wallet().address();
      assertEquals(0, alice.hooke("wallet", "withdraw", "999.5").exit());
      String[] run = {
        "task",
        "run",
        world.example("primes").toString(),
        "--in",
        files().toString(),
        "--fuel",
        "1G",
        "--upload-budget",
        "0",
        "--",
        "1000"
      };
      Path task = folder.resolve("task.yaml");
      Files.writeString(
          task,
          "program: %s\ninputs: [data]\nlimits: {fuel: 1G}\n".formatted(world.example("primes")));
      DevnetConsumer.Ran quote = alice.hooke("quote", task.toString());
      assertTrue(quote.out().contains("HKE for keeping them at two nodes"), quote.out());
      Files.writeString(
          task, "program: %s\nlimits: {fuel: 1G}\n".formatted(world.example("primes")));
      assertEquals(0, alice.hooke("wallet", "withdraw", "0.5").exit());
      DevnetConsumer.Ran small = alice.hooke("quote", task.toString());
      assertTrue(small.out().contains("kept at no price"), small.out());
      assertEquals(0, alice.hooke("wallet", "deposit", "0.5").exit());
      DevnetConsumer.Ran refused = alice.hooke(run);
      assertEquals(ExitCode.NOT_ENOUGH_FUNDS.number(), refused.exit(), refused.err());
      assertTrue(refused.err().contains("--upload-budget"), refused.err());
      assertEquals(Wei.ZERO, world.law().accountOf(account).locked(), "nothing was locked");

      run[8] = "0.01";
      DevnetConsumer.Ran ran = alice.hooke(run);
      assertEquals(0, ran.exit(), ran.err());
      assertTrue(ran.err().contains("HKE by voucher"), ran.err());
      DevnetConsumer.Ran again = alice.hooke(run);
      assertEquals(0, again.exit(), again.err());

      int paid = 0;
      for (DevnetNode node : world.nodes()) {
        Tab open = world.law().tabOf(account, node.operatorId());
        if (open.balance().isZero()) {
          continue;
        }
        paid++;
        assertEquals(Wei.ZERO, open.redeemed(), "one claim costs more than this is worth");
        Wei before = world.law().accountOf(node.operator().address()).free();
        String operator = Integer.toString(node.operatorId());
        assertEquals(0, alice.hooke("wallet", "close-tab", operator).exit());
        world.await(
            "a claim by provider " + operator,
            market -> !market.tab(account, node.operatorId()).redeemed().isZero());
        Tab closing = world.law().tabOf(account, node.operatorId());
        assertEquals(open.balance(), closing.redeemed().plus(closing.balance()));
        assertEquals(
            before.plus(closing.redeemed()),
            world.law().accountOf(node.operator().address()).free());
        DevnetConsumer.Ran early = alice.hooke("wallet", "close-tab", operator);
        assertFalse(early.exit() == 0, early.out());
      }
      assertEquals(2, paid, "two origins of different operators");
      DevnetConsumer.Ran tabs = alice.hooke("wallet", "tabs", "-o", "json");
      assertEquals(0, tabs.exit(), tabs.err());
      assertEquals(2, tabs.out().split("\"redeemed\": \"0\\.0000", -1).length - 1, tabs.out());
    }
  }

  @Test
  void whatNobodyClaimedComesBackADayAfterNotice() throws Exception {
    try (Devnet world = Devnet.in(folder.resolve("world")).nodes(1).start()) {
      DevnetConsumer alice = world.consumer("alice");
      Address account = alice.wallet().address();
      Wei before = world.law().accountOf(account).free();
      alice.chain().send(world.law().openTab(1, Wei.tokens(2)), alice.wallet());
      String[] close = {"wallet", "close-tab", "1"};
      DevnetConsumer.Ran notice = alice.hooke(close);
      assertTrue(notice.out().startsWith("gave notice: from "), notice.out());
      DevnetConsumer.Ran early = alice.hooke(close);
      assertEquals(ExitCode.TEMPORARY.number(), early.exit(), early.err());
      world.pass(Duration.ofDays(1));
      DevnetConsumer.Ran late = alice.hooke(close);
      assertTrue(late.out().startsWith("took back 2 HKE"), late.out());
      assertEquals(before, world.law().accountOf(account).free());
      DevnetConsumer.Ran nothing = alice.hooke(close);
      assertEquals(ExitCode.USAGE.number(), nothing.exit(), nothing.err());
    }
  }
}
