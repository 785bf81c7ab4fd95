package hooke.node.market;

import hooke.chain.Wei;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.Tab;
import hooke.chain.eip712.SignedVoucher;
import hooke.chain.eip712.Voucher;
import java.math.BigInteger;
import java.util.HashMap;
import java.util.Map;

/// Claims vouchers on chain when they are worth it, or when a consumer is about to take back what
/// they are covered by, or this node is about to leave. One claim of a consumer's at a time, so
/// that nobody can make this node send more transactions than claims are worth.
///
/// Vouchers are for an operator, so two nodes of one could be promised the same money. Where an
/// operator has several nodes each claims soon, and the next voucher starts from there.
final class VoucherClaims {
  /// Beside another node of its operator a node claims from this part of the usual sum on.
  private static final BigInteger SOON = BigInteger.valueOf(100);

  private final Vouchers vouchers;
  private final MarketState state;
  private final HookeContract law;
  private final Sends sends;
  private final Wei claimFrom;

  /// The voucher that is being claimed, by the intent's first part.
  private final Map<String, Voucher> claiming = new HashMap<>();

  private long lookedAt = -1;

  /// @param claimFrom what vouchers of one consumer must be worth together
  VoucherClaims(
      Vouchers vouchers, MarketState state, HookeContract law, Sends sends, Wei claimFrom) {
    this.vouchers = vouchers;
    this.state = state;
    this.law = law;
    this.sends = sends;
    this.claimFrom = claimFrom;
  }

  /// Looks once a block.
  ///
  /// @param leaving whether this node takes no new work
  void attend(Moment moment, boolean leaving) {
    if (moment.block().number() == lookedAt) {
      return;
    }
    lookedAt = moment.block().number();
    NodeView me = moment.me();
    Wei worthIt =
        leaving || !me.active()
            ? Wei.of(1)
            : hasSiblings(me) ? new Wei(claimFrom.value().divide(SOON)) : claimFrom;
    for (SignedVoucher signed : vouchers.held()) {
      if (signed.voucher().operatorId() == me.operatorId()) {
        attend(signed, worthIt, moment);
      }
    }
  }

  /// Forgets what is under way: after a reorganisation what was mined may be so no more.
  void lookAgain() {
    claiming.clear();
    lookedAt = -1;
  }

  private void attend(SignedVoucher latest, Wei worthIt, Moment moment) {
    Voucher voucher = latest.voucher();
    Tab tab = state.tab(voucher.consumer(), voucher.operatorId());
    Wei open =
        voucher.total().compareTo(tab.redeemed()) > 0
            ? voucher.total().minus(tab.redeemed())
            : Wei.ZERO;
    if (open.isZero() && claiming.isEmpty()) {
      return;
    }
    String about = "redeem/" + voucher.operatorId() + "/" + voucher.consumer();
    Voucher underway = claiming.get(about);
    if (underway != null && underway.total().compareTo(tab.redeemed()) <= 0) {
      claiming.remove(about);
      sends.forget(about);
      underway = null;
    }
    boolean covered = open.compareTo(tab.balance()) <= 0;
    boolean due = !open.isZero() && (tab.closesAt() != 0 || open.compareTo(worthIt) >= 0);
    if (covered && due && (underway == null || underway.equals(voucher))) {
      claiming.put(about, voucher);
      sends.send(
          about + "/" + voucher.total().value(),
          law.redeem(voucher.consumer(), voucher.operatorId(), voucher.total(), latest.signature()),
          moment,
          why -> claiming.remove(about, voucher));
    }
  }

  private boolean hasSiblings(NodeView me) {
    return state.nodes().stream()
        .anyMatch(
            node -> node.active() && node.operatorId() == me.operatorId() && node.id() != me.id());
  }
}
