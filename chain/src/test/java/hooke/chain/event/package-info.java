/// Tests of the package's claims.
@NullMarked
package hooke.chain.event;

import org.jspecify.annotations.NullMarked;
