/// The consumer's side of a task: reading what is wanted, building the canonical spec, choosing
/// origins, asking for quotes, ordering, following, verifying and unpacking results. The command
/// line and tests share it; nothing here prints, prompts or parses options, and nothing runs a
/// task.
@NullMarked
package hooke.node.task;

import org.jspecify.annotations.NullMarked;
