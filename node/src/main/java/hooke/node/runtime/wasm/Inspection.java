package hooke.node.runtime.wasm;

import java.nio.charset.StandardCharsets;

/// What reading a program found: a module that can be run, or why not.
public sealed interface Inspection permits Inspection.Accepted, Inspection.Refused {

  /// A well-formed program. Types are not checked yet: an engine does that on the metered module.
  record Accepted(WasmModule module) implements Inspection {}

  /// Why it cannot be run.
  ///
  /// @param reason stable code
  /// @param message one or two sentences: what, where, and what to do
  record Refused(Refusal reason, String message) implements Inspection {}

  /// Reads a program with the profile's caps. Never throws for what the bytes contain; takes time
  /// linear in their number.
  static Inspection of(byte[] program) {
    return of(program, ModuleCaps.WASM_DET_1);
  }

  /// Reads a program with caps of the caller's.
  static Inspection of(byte[] program, ModuleCaps caps) {
    try {
      return new Accepted(ModuleReader.read(program, caps));
    } catch (BadModule e) {
      return new Refused(e.reason(), e.text());
    }
  }

  /// What the start of a file that is not a binary module looks like, for the message.
  static String lookOf(byte[] program) {
    if (program.length == 0) {
      return "it is empty";
    }
    if (program.length >= 4 && program[0] == 0x7f && program[1] == 'E' && program[2] == 'L') {
      return "it looks like a Linux executable; compile with --target=wasm32-wasi";
    }
    if (program.length >= 2 && program[0] == '#' && program[1] == '!') {
      return "it looks like a script";
    }
    String head =
        new String(program, 0, Math.min(program.length, 64), StandardCharsets.US_ASCII).strip();
    if (head.startsWith("(module") || head.startsWith(";;")) {
      return "it looks like Wasm text; turn it into a binary with wat2wasm";
    }
    StringBuilder hex = new StringBuilder("it starts with bytes");
    for (int i = 0; i < Math.min(4, program.length); i++) {
      hex.append(String.format(" %02x", program[i]));
    }
    return hex.toString();
  }
}
