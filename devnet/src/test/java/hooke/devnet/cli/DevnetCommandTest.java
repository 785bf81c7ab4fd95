package hooke.devnet.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.devnet.Founding;
import hooke.devnet.process.DevnetState;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.function.Consumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/// What bad options get: one sentence, the exit code for usage, and nothing started.
class DevnetCommandTest {
  @ParameterizedTest
  @CsvSource({
    "'--nodes=0', '1 to 32'",
    "'--nodes=-3', '1 to 32'",
    "'--nodes=99999', '1 to 32'",
    "'--block-time=fast', '--block-time'",
    "'--block-time=0s', '10 ms to 10 m'",
    "'--block-time=99d', '10 ms to 10 m'",
    "'--chain=ganache', 'hardhat, anvil or a URL'",
    "'--chain=ftp://x', 'hardhat, anvil or a URL'",
  })
  void aBadOptionIsNamed(String option, String said) {
    StringWriter err = new StringWriter();
    Founding none =
        new Founding() {
          @Override
          public DevnetState found(DevnetState state, Consumer<DevnetState> keep) {
            throw new AssertionError("nothing may be founded");
          }

          @Override
          public void awaitBidding(DevnetState state) {
            throw new AssertionError("nothing may be started");
          }
        };
    int code =
        new CommandLine(
                new DevnetCommand((layout, progress) -> none, (state, out) -> 0, "no.such.Program"))
            .setErr(new PrintWriter(err, true))
            .execute("up", option);
    assertEquals(64, code, err.toString());
    assertTrue(err.toString().contains(said), err.toString());
  }
}
