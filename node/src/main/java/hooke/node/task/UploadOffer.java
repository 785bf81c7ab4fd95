package hooke.node.task;

import hooke.chain.Wei;

/// What a node asks for keeping a blob beyond what it keeps at no price. Its own word: who pays
/// bounds it.
///
/// @param cost of this blob
/// @param total what the voucher must be for: this cost and all that was promised to its operator
///   before
public record UploadOffer(Wei cost, Wei total) {}
