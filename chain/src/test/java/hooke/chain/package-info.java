/// Tests of the values, and the one Hardhat node that the others share.
@NullMarked
package hooke.chain;

import org.jspecify.annotations.NullMarked;
