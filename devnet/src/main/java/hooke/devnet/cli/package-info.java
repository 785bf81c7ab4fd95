/// `hooke devnet ...`: options, parsing, printing. What the commands do lives in `hooke.devnet` and
/// `hooke.devnet.process`.
@NullMarked
package hooke.devnet.cli;

import org.jspecify.annotations.NullMarked;
