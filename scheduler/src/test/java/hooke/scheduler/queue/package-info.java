/// Claims about `hooke.scheduler.queue`.
@NullMarked
package hooke.scheduler.queue;

import org.jspecify.annotations.NullMarked;
