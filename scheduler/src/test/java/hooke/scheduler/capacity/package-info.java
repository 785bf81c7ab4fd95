/// Claims about `hooke.scheduler.capacity`.
@NullMarked
package hooke.scheduler.capacity;

import org.jspecify.annotations.NullMarked;
