/// The devnet's operating system side: processes that outlive the command that started them, their
/// ports and logs, and the file that remembers them. Knows nothing of chains, wallets or tasks.
@NullMarked
package hooke.devnet.process;

import org.jspecify.annotations.NullMarked;
