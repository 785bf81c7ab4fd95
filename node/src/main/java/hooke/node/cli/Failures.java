package hooke.node.cli;

import hooke.chain.ChainException;
import hooke.node.config.ConfigException;
import hooke.node.task.TaskException;
import hooke.storage.StorageFailure;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;

/// The one table from what can go wrong to what a user is told.
final class Failures {
  private Failures() {}

  /// @param hint what to do next; may be empty
  record Failure(ExitCode exit, String message, String hint) {}

  static Failure of(Throwable e) {
    String message = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return switch (e) {
      case CliException cli -> new Failure(cli.exit(), message, cli.hint());
      case TaskException task -> new Failure(exit(task.code()), message, task.hint());
      case ChainException chain -> new Failure(exit(chain.code()), message, hint(chain.code()));
      case ConfigException ignored -> new Failure(ExitCode.BAD_INPUT, message, "");
      case StorageFailure ignored ->
          new Failure(
              ExitCode.DISK_FAILED,
              message,
              "look at the disk and start again: what was promised is taken up where it was");
      case UncheckedIOException ignored ->
          new Failure(ExitCode.CANNOT_CREATE, withCause(e, message), "");
      case IOException ignored -> new Failure(ExitCode.DISK_FAILED, withCause(e, message), "");
      case IllegalArgumentException ignored -> new Failure(ExitCode.USAGE, message, "");
      case InterruptedException ignored -> new Failure(ExitCode.INTERRUPTED, "interrupted", "");
      default ->
          new Failure(
              ExitCode.INTERNAL,
              "this is a defect of hooke: %s: %s".formatted(e.getClass().getSimpleName(), message),
              "please report it with the command; HOOKE_TRACE=1 shows where it happened");
    };
  }

  /// A failing disk, or a port that is taken, is no defect: what the system said of it tells more.
  private static String withCause(Throwable e, String message) {
    String told =
        switch (e) {
          case NoSuchFileException ignored -> "there is no " + message;
          case AccessDeniedException ignored -> "no access to " + message;
          default -> message;
        };
    Throwable cause = e.getCause();
    String why = cause == null || cause.getMessage() == null ? "" : cause.getMessage();
    return told.contains(why) ? told : told + ": " + why;
  }

  private static ExitCode exit(TaskException.Code code) {
    return switch (code) {
      case BAD_INPUT, BAD_PROGRAM, INPUT_CHANGED -> ExitCode.BAD_INPUT;
      case NO_INPUT, UNKNOWN_ORDER -> ExitCode.NO_INPUT;
      case OUTPUT_BLOCKED -> ExitCode.CANNOT_CREATE;
      case NO_FUNDS -> ExitCode.NOT_ENOUGH_FUNDS;
      case NOT_OWNER -> ExitCode.NOT_PERMITTED;
      case WRONG_STATE, TIMEOUT -> ExitCode.TEMPORARY;
      case NO_OFFER, NO_RESULT -> ExitCode.MARKET_SAID_NO;
      case UNREACHABLE, BAD_RESULT -> ExitCode.UNAVAILABLE;
    };
  }

  private static ExitCode exit(ChainException.Code code) {
    return switch (code) {
      case REVERTED -> ExitCode.MARKET_SAID_NO;
      case WRONG_CHAIN, TOOL_MISSING -> ExitCode.CONFIG;
      case NO_GAS_MONEY -> ExitCode.NOT_ENOUGH_FUNDS;
      case WRONG_PASSWORD -> ExitCode.NOT_PERMITTED;
      case WALLET_INVALID -> ExitCode.BAD_INPUT;
      case WALLET_EXISTS, STORE_FAILED -> ExitCode.CANNOT_CREATE;
      case CHAIN_UNREACHABLE, RPC_REFUSED, START_FAILED -> ExitCode.UNAVAILABLE;
      case NOT_MINED, NONCE_TAKEN, LANE_FULL, CLOSED -> ExitCode.TEMPORARY;
      case LAW_MISMATCH -> ExitCode.INTERNAL;
    };
  }

  private static String hint(ChainException.Code code) {
    return switch (code) {
      case CHAIN_UNREACHABLE -> "is the chain running? a devnet: hooke devnet up";
      case WRONG_CHAIN -> "choose another network with --network, or a devnet: hooke devnet up";
      case WRONG_PASSWORD -> "nothing was sent";
      case NO_GAS_MONEY -> "nothing was sent";
      default -> "";
    };
  }
}
