package hooke.node.cli;

import hooke.chain.Address;
import hooke.chain.Wei;
import hooke.node.config.Network;
import hooke.node.task.Promises;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/// What a wallet promised operators by voucher, in `vouchers/` of the home: a file for each
/// operator with the total in HKE. Where it is lost, an operator that has not claimed yet asks for
/// what it was promised before as if it were new.
final class VoucherNotes implements Promises {
  private static final int MOST_BYTES = 100;

  private final Path folder;
  private final String whose;

  VoucherNotes(Path home, Network network, Address account) {
    folder = home.resolve("vouchers");
    whose = network.genesis().prefix(12) + "-" + network.contract() + "-" + account + "-";
  }

  private Path file(int operatorId) {
    return folder.resolve(whose + operatorId);
  }

  @Override
  public Wei to(int operatorId) {
    Path file = file(operatorId);
    try {
      return Files.exists(file) && Files.size(file) <= MOST_BYTES
          ? Wei.parse(Files.readString(file, StandardCharsets.UTF_8).strip())
          : Wei.ZERO;
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      return Wei.ZERO; // Damaged: as if it were lost.
    }
  }

  @Override
  public void promise(int operatorId, Wei total) {
    if (total.compareTo(to(operatorId)) <= 0) {
      return;
    }
    Path file = file(operatorId);
    try {
      Files.createDirectories(folder);
      Path fresh = Files.createTempFile(folder, "note", ".tmp");
      Files.writeString(fresh, total + "\n", StandardCharsets.UTF_8);
      Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }
}
