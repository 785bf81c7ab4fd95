/// Tests of the package's claims.
@NullMarked
package hooke.chain.tx;

import org.jspecify.annotations.NullMarked;
