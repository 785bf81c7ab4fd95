package hooke.chain.eip712;

import hooke.chain.Data;

/// A voucher as its consumer hands it over.
///
/// @param signature of `voucher`, as the consumer gave it
public record SignedVoucher(Voucher voucher, Data signature) {}
