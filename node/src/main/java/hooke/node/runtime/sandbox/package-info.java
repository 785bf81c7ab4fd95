/// What stands between a worker process and the host: starting one so that it sees nothing but what
/// it needs, and cannot use more than it is given.
///
/// Knows processes and the kernel; nothing of Wasm, jobs or orders.
@NullMarked
package hooke.node.runtime.sandbox;

import org.jspecify.annotations.NullMarked;
