/// Real chains on this machine, started and stopped like any resource: for devnets and for tests of
/// everything that needs a chain. Not for production: the accounts are known to everybody.
@NullMarked
package hooke.chain.testing;

import org.jspecify.annotations.NullMarked;
