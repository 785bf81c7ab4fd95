/// Claims about `hooke.scheduler.model`.
@NullMarked
package hooke.scheduler.model;

import org.jspecify.annotations.NullMarked;
