/// What is signed off the chain, as EIP-712 typed data: receipts, access tokens, node consents and
/// token permits. Digests and signatures only: what a signature allows is decided where it is
/// shown.
@NullMarked
package hooke.chain.eip712;

import org.jspecify.annotations.NullMarked;
