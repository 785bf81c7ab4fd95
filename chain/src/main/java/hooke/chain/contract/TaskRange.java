package hooke.chain.contract;

import hooke.chain.Wei;

/// Which tasks of its order a slot owns.
///
/// @param first index of the first one
/// @param count how many
/// @param bond the slot's bond
public record TaskRange(int first, int count, Wei bond) {}
