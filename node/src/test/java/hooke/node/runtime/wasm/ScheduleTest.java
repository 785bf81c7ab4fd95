package hooke.node.runtime.wasm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import hooke.node.runtime.engine.CompiledCode;
import hooke.node.runtime.engine.Ending;
import hooke.node.runtime.engine.EndiveEngine;
import hooke.node.runtime.engine.Execution;
import hooke.node.runtime.engine.Job;
import hooke.node.runtime.engine.JobFiles;
import hooke.node.runtime.wasi.Output;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What programs cost, counted by hand from the profile. These numbers are frozen with it.
class ScheduleTest {
  @TempDir Path directory;

  private long fuel(ProgramBuilder program, String locals, Out code) throws InterruptedException {
    byte[] module = program.build(program.add("", "", locals, code));
    Inspection.Accepted accepted =
        assertInstanceOf(Inspection.Accepted.class, Inspection.of(module));
    Ending ending =
        Execution.run(
            EndiveEngine.interpreting()
                .prepare(Metering.meter(accepted.module()), CompiledCode.NONE),
            new Job(List.of("task"), Map.of(), "", 0, 1_000_000, 1 << 20, 1 << 20),
            new JobFiles(null, null, directory.resolve("scratch"), new Nothing()));
    assertEquals(Ending.Kind.EXITED, ending.kind(), ending.message());
    return ending.fuelUsed();
  }

  private static Out out() {
    return new Out(64);
  }

  private static Out i32(Out out, int value) {
    return out.u8(Op.I32_CONST).signed(value);
  }

  private static Out constants(int count) {
    Out code = out();
    for (int n = 0; n < count; n++) {
      i32(code, n);
    }
    return code;
  }

  private static Out drops(Out code, int count) {
    for (int n = 0; n < count; n++) {
      code.u8(Op.DROP);
    }
    return code;
  }

  @Test
  void growingATableCostsByTheSizeItHas() throws Exception {
    Out grow = i32(out().u8(Op.REF_NULL, 0x70), 3).u8(0xfc, 15).u8(0).u8(Op.DROP);
    // Two operands, the instruction, four for each new entry, an eighth of the old ones, drop.
    assertEquals(
        2 + 50 + 4 * 3 + 1_007 / 8 + 1, fuel(new ProgramBuilder().table(1_007, -1), "", grow));
    assertEquals(2 + 50 + 4 * 3 + 1, fuel(new ProgramBuilder().table(7, -1), "", grow));
  }

  @Test
  void aTableThatDoesNotGrowIsPaidToo() throws Exception {
    Out grow = i32(out().u8(Op.REF_NULL, 0x70), 3).u8(0xfc, 15).u8(0).u8(Op.DROP);
    assertEquals(
        2 + 50 + 4 * 3 + 800 / 8 + 1, fuel(new ProgramBuilder().table(800, 801), "", grow));
  }

  @Test
  void aCallCostsAQuarterOfWhatItLeaves() throws Exception {
    for (int count : new int[] {0, 3, 4, 103}) {
      ProgramBuilder program = new ProgramBuilder();
      int gives = program.add("", "i".repeat(count), "", constants(count));
      Out code = drops(out().u8(Op.CALL).u32(gives), count);
      assertEquals(5 + count / 4 + count + count, fuel(program, "", code), count + " results");
    }
  }

  @Test
  void aBranchCostsAQuarterOfWhatItCarries() throws Exception {
    for (int count : new int[] {0, 1, 3, 4, 103}) {
      ProgramBuilder program = new ProgramBuilder();
      int type = program.type(new FuncType("", "i".repeat(count)));
      Out code = out().u8(Op.BLOCK).signed(type).raw(constants(count + 1).toBytes());
      code.u8(Op.BR, 0).u8(Op.END);
      assertEquals(
          count + 1 + 1 + count / 4 + count,
          fuel(program, "", drops(code, count)),
          count + " values");
    }
  }

  @Test
  void aLoopsLabelCarriesItsParameters() throws Exception {
    ProgramBuilder program = new ProgramBuilder();
    // Five go in, none comes out.
    Out code = constants(5).u8(Op.LOOP).signed(program.type(new FuncType("iiiii", "")));
    i32(code, 0).u8(Op.BR_IF, 0);
    drops(code, 5).u8(Op.END);
    assertEquals(5 + 1 + 1 + 5 / 4 + 5, fuel(program, "", code));
  }

  @Test
  void aReturnCarriesTheFunctionsResults() throws Exception {
    ProgramBuilder program = new ProgramBuilder();
    int gives = program.add("", "iiiiiiii", "", constants(9).u8(Op.RETURN));
    Out code = drops(out().u8(Op.CALL).u32(gives), 8);
    assertEquals(5 + 8 / 4 + 9 + 1 + 8 / 4 + 8, fuel(program, "", code));
  }

  @Test
  void enteringAFunctionCostsByItsLocals() throws Exception {
    for (int locals : new int[] {0, 60, 61, 124, 125, 9_000}) {
      ProgramBuilder program = new ProgramBuilder();
      int called = program.add("iii", "", "I".repeat(locals), out());
      assertEquals(
          3 + 5 + (3 + locals) / 64 * 8,
          fuel(program, "", constants(3).u8(Op.CALL).u32(called)),
          locals + " locals");
    }
  }

  @Test
  void everyEightBuffersCostEighty() throws Exception {
    for (int count : new int[] {1, 7, 8, 1_023}) {
      // Empty ones, at address 0 on.
      Out code = i32(i32(i32(i32(out(), 1), 0), count), 60_000);
      code.u8(Op.CALL, ProgramBuilder.FD_WRITE).u8(Op.DROP);
      assertEquals(
          4 + 5 + 200 + 1_000 + count / 8 * 80 + 1,
          fuel(new ProgramBuilder(), "", code),
          count + "");
    }
  }

  private static final class Nothing implements Output {
    @Override
    public void stream(int number, byte[] bytes, int offset, int length) {}

    @Override
    public void directory(String path) {}

    @Override
    public void file(String path, long size) {}

    @Override
    public void link(String path, String target) {}

    @Override
    public void content(byte[] bytes, int length) {}
  }
}
