/// The words every other part of the door speaks: addresses, hashes, amounts, calls, reverts and
/// the one family of errors. Values only: nothing here opens a socket, reads a clock or knows what
/// an order is.
@NullMarked
package hooke.chain;

import org.jspecify.annotations.NullMarked;
