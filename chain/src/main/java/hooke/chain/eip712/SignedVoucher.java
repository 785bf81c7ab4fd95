package hooke.chain.eip712;

import hooke.chain.Data;

/// A voucher as an operator holds it.
///
/// @param signature of `voucher` by its consumer, or what the contract at the consumer's address
///   stands by (ERC-1271)
public record SignedVoucher(Voucher voucher, Data signature) {}
