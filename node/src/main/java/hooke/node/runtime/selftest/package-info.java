/// Shows that a runtime gives the answers that everybody else's gives, on programs made to tell
/// machines apart: a provider finds out before it has a bond at stake. Knows the interface
/// [hooke.node.runtime.TaskRuntime] alone, so that programs go the way that strangers' go.
@NullMarked
package hooke.node.runtime.selftest;

import org.jspecify.annotations.NullMarked;
