/// In which order accepted work starts, and why some has not.
///
/// What must not live here: whether work is accepted, and the worker that runs it.
@NullMarked
package hooke.scheduler.queue;

import org.jspecify.annotations.NullMarked;
