package hooke.node.runtime.wasm;

/// Upper bounds on what a module may contain. A module beyond one is refused before anything is
/// compiled.
///
/// All caps are part of the profile: two nodes must agree on what they refuse.
///
/// @param moduleBytes size of the file
/// @param functions functions defined in the module
/// @param functionBytes size of one function's body
/// @param meteredFunctionBytes what metering makes of it at most, counted by [CodeReader#metered()]
/// @param meteredBytes the sum of that over all functions
/// @param locals parameters and locals of one function
/// @param operands values on the operand stack of one function
/// @param nesting blocks within blocks in one function
/// @param targets labels of one `br_table`
/// @param types function types
/// @param typeSlots parameters of a type, and its results: each, with 64-bit numbers counted twice.
///   An engine on the JVM passes them as those of a method, which has 255
/// @param globals globals
/// @param exports exports
/// @param segments element segments, data segments: each
/// @param tableEntries entries that all tables together start with, and may each grow to a share of
/// @param memoryPages pages of 64 KiB that the memory may start with
public record ModuleCaps(
    int moduleBytes,
    int functions,
    int functionBytes,
    int meteredFunctionBytes,
    long meteredBytes,
    int locals,
    int operands,
    int nesting,
    int targets,
    int types,
    int typeSlots,
    int globals,
    int exports,
    int segments,
    int tableEntries,
    int memoryPages) {

  /// The caps of profile `wasm-det/1`. The largest programs known fit: LLVM with all its tools has
  /// 75 MB and 133,000 functions, Pandoc 620,000 functions.
  public static final ModuleCaps WASM_DET_1 =
      new ModuleCaps(
          128 << 20,
          999_000,
          4 << 20,
          7_500_000,
          512L << 20,
          10_000,
          10_000,
          20_000,
          65_000,
          20_000,
          240,
          50_000,
          20_000,
          100_000,
          1_000_000,
          32_767);
}
