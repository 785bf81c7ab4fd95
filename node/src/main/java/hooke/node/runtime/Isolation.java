package hooke.node.runtime;

/// What stands between a program and the machine it runs on.
///
/// @param holds whether strangers' programs may be run behind it on a machine that matters
/// @param description one line for logs and people: what holds, or what does not and why
public record Isolation(boolean holds, String description) {}
