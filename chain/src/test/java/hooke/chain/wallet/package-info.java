/// Tests of the package's claims.
@NullMarked
package hooke.chain.wallet;

import org.jspecify.annotations.NullMarked;
