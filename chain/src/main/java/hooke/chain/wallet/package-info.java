/// Keys: made, imported, kept in encrypted files, and used to sign. A key never leaves this package
/// in the clear except by [hooke.chain.wallet.Wallet#exportKey], and no `toString` or message shows
/// one.
@NullMarked
package hooke.chain.wallet;

import org.jspecify.annotations.NullMarked;
