package hooke.node.task;

import hooke.chain.Wei;

/// What a node says to an upload that did not fail.
public sealed interface UploadAnswer {
  /// It keeps the blob.
  record Kept() implements UploadAnswer {}

  /// It would keep the blob for money. Its own word: who pays bounds it.
  ///
  /// @param cost of this blob
  /// @param total what the voucher must be for: this cost and all that was promised to its operator
  ///   before
  record Asks(Wei cost, Wei total) implements UploadAnswer {}

  /// It may take the same voucher a little later: it has not seen the tab's money yet, or takes
  /// another paid upload of the account.
  ///
  /// @param why in words
  record NotYet(String why) implements UploadAnswer {}
}
