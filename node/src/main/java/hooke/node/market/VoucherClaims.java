package hooke.node.market;

import hooke.chain.Wei;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.Tab;
import hooke.chain.eip712.SignedVoucher;
import hooke.chain.eip712.Voucher;
import java.util.HashSet;
import java.util.Set;

/// Claims vouchers on chain when they are worth it, or when a consumer is about to take back what
/// they are covered by, or could take its word back because it is a contract (ERC-1271).
///
/// Vouchers are for an operator, so two nodes of one could be promised the same money. Where an
/// operator has several nodes each claims at once, and the next voucher starts from there.
final class VoucherClaims {
  private final Vouchers vouchers;
  private final MarketState state;
  private final HookeContract law;
  private final Sends sends;
  private final Wei claimFrom;

  /// Those that are under way, by intent.
  private final Set<String> claiming = new HashSet<>();

  /// @param claimFrom what vouchers of one consumer must be worth together
  VoucherClaims(
      Vouchers vouchers, MarketState state, HookeContract law, Sends sends, Wei claimFrom) {
    this.vouchers = vouchers;
    this.state = state;
    this.law = law;
    this.sends = sends;
    this.claimFrom = claimFrom;
  }

  void attend(Moment moment) {
    for (SignedVoucher signed : vouchers.held()) {
      if (signed.voucher().operatorId() == moment.me().operatorId()) {
        attend(signed, moment);
      }
    }
  }

  private void attend(SignedVoucher signed, Moment moment) {
    Voucher voucher = signed.voucher();
    Tab tab = state.tab(voucher.consumer(), voucher.operatorId());
    String intent =
        "redeem/%d/%s/%d"
            .formatted(voucher.operatorId(), voucher.consumer(), voucher.total().value());
    if (voucher.total().compareTo(tab.redeemed()) <= 0) {
      if (claiming.remove(intent)) {
        sends.forget(intent);
      }
      return;
    }
    Wei worth = voucher.total().minus(tab.redeemed());
    boolean covered = worth.compareTo(tab.balance()) <= 0;
    boolean due =
        tab.closesAt() != 0
            || worth.compareTo(claimFrom) >= 0
            || hasSiblings(moment.me())
            || !HookeContract.isSignedByKey(
                voucher.consumer(), voucher.digest(law.domain()), signed.signature());
    if (covered && due) {
      claiming.add(intent);
      sends.send(
          intent,
          law.redeem(voucher.consumer(), voucher.operatorId(), voucher.total(), signed.signature()),
          moment);
    }
  }

  private boolean hasSiblings(NodeView me) {
    return state.nodes().stream()
        .anyMatch(
            node -> node.active() && node.operatorId() == me.operatorId() && node.id() != me.id());
  }
}
