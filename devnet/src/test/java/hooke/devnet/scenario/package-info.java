/// What happens on a whole market: real chain, real nodes, real programs.
@NullMarked
package hooke.devnet.scenario;

import org.jspecify.annotations.NullMarked;
