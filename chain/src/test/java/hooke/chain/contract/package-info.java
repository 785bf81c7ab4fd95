/// Tests of the package's claims.
@NullMarked
package hooke.chain.contract;

import org.jspecify.annotations.NullMarked;
