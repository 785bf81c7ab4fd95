package hooke.node.task;

import hooke.node.runtime.engine.CompiledCode;
import hooke.node.runtime.engine.Engine;
import hooke.node.runtime.engine.Validator;
import hooke.node.runtime.wasm.Inspection;
import hooke.node.runtime.wasm.Metering;
import hooke.storage.BlobId;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The check that every provider makes of a program, types and all, made where nothing is locked
/// yet. It is the buyer's own file, so it is read in this process.
///
/// What took long and passed is noted by its hash, so that a large program is read once.
///
/// @param noted directory of the notes; empty: nothing is noted
/// @param progress told in words what takes some seconds
public record ProgramCheck(Optional<Path> noted, Consumer<String> progress) {
  /// Nothing is noted, and everything read each time.
  public static final ProgramCheck EACH_TIME = new ProgramCheck(Optional.empty(), line -> {});

  /// Whoever changes what is refused changes this: notes of another version count nothing.
  private static final String VERSION = "1";

  /// Larger programs take a while.
  private static final int LARGE_BYTES = 2 << 20;

  private static final Duration LONG = Duration.ofMillis(500);

  /// Deep nesting is read by recursion.
  private static final long STACK_BYTES = 256L << 20;

  /// What was found.
  sealed interface Verdict {
    /// Every node can prepare it.
    ///
    /// @param memoryBytes what it starts with
    record Sound(long memoryBytes) implements Verdict {}

    /// None can.
    record Refused(String why) implements Verdict {}

    /// This machine could not tell; nodes will.
    record Unknown(String why) implements Verdict {}
  }

  Verdict of(byte[] program, BlobId id) {
    return switch (Inspection.of(program)) {
      case Inspection.Refused refused -> new Verdict.Refused(refused.message());
      case Inspection.Accepted accepted -> {
        Path note = noted.map(folder -> folder.resolve(VERSION + "-" + id)).orElse(null);
        if (note != null && Files.exists(note)) {
          yield new Verdict.Sound(accepted.module().memoryBytes());
        }
        if (program.length > LARGE_BYTES) {
          progress.accept(
              "checking the program (%d MB) as providers will; this is done once"
                  .formatted(program.length / 1_000_000));
        }
        yield validated(accepted, note);
      }
    };
  }

  private static Verdict validated(Inspection.Accepted accepted, @Nullable Path note) {
    long start = System.nanoTime();
    CompletableFuture<Verdict> verdict = new CompletableFuture<>();
    new Thread(null, () -> verdict.complete(validate(accepted)), "program-check", STACK_BYTES)
        .start();
    Verdict found = verdict.join();
    if (found instanceof Verdict.Sound
        && note != null
        && System.nanoTime() - start > LONG.toNanos()) {
      write(note);
    }
    return found;
  }

  private static Verdict validate(Inspection.Accepted accepted) {
    try {
      byte[] metered = Metering.meter(accepted.module());
      var _ = new Validator().prepare(metered, new Unkept());
      return new Verdict.Sound(accepted.module().memoryBytes());
    } catch (Engine.InvalidModuleException e) {
      return new Verdict.Refused(String.valueOf(e.getMessage()));
    } catch (RuntimeException | Error e) {
      return new Verdict.Unknown(e.toString());
    }
  }

  /// Validating keeps nothing.
  private static final class Unkept implements CompiledCode {
    @Override
    public byte @Nullable [] stored() {
      return null;
    }

    @Override
    public void store(byte[] code) {}
  }

  /// A note that cannot be written costs the next check its time, and nothing else.
  private static void write(Path note) {
    try {
      Path folder = note.getParent();
      if (folder != null) {
        Files.createDirectories(folder);
      }
      Files.createFile(note);
    } catch (FileAlreadyExistsException e) {
      // Noted by another command meanwhile.
    } catch (IOException e) {
      System.getLogger(ProgramCheck.class.getName())
          .log(System.Logger.Level.DEBUG, "{0} cannot be written: {1}", note, e.getMessage());
    }
  }
}
