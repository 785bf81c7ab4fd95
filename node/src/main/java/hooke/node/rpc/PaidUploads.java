package hooke.node.rpc;

import hooke.chain.Address;
import hooke.chain.Data;
import hooke.chain.Wei;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.Tab;
import hooke.chain.eip712.Domain;
import hooke.chain.eip712.SignedVoucher;
import hooke.chain.eip712.Voucher;
import hooke.node.market.Vouchers;
import hooke.node.spec.UploadPrice;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntSupplier;

/// Uploads beyond what the node keeps at no price, each paid by a voucher that is looked at before
/// the first byte is taken and kept once the last one is on disk. Any thread.
///
/// A voucher must be signed by the account's own key: a contract could take its word back
/// (ERC-1271), or make the claim cost more gas than it is worth. Contracts deposit instead.
final class PaidUploads {
  /// The law counts what a tab has paid in 104 bits.
  private static final int TOTAL_BITS = 104;

  private static final int MAX_DIGITS = 40;

  private final Vouchers vouchers;
  private final IntSupplier operator;
  private final Tabs tabs;
  private final Domain domain;
  private final UploadPrice price;

  /// What is locked for an operator's vouchers, as far as this node follows the chain: what may be
  /// reorganised away covers nothing yet.
  @FunctionalInterface
  interface Tabs {
    Tab of(Address consumer, int operatorId);
  }

  /// @param operator the operator that the node sells for; 0 while it takes no part in the market,
  ///   and then nothing can be paid for
  PaidUploads(
      Vouchers vouchers, IntSupplier operator, Tabs tabs, Domain domain, UploadPrice price) {
    this.vouchers = vouchers;
    this.operator = operator;
    this.tabs = tabs;
    this.domain = domain;
    this.price = price;
  }

  Wei cost(long bytes, Duration time) {
    return price.of(bytes, time);
  }

  /// What a refusal says about paying, by lower_snake name; empty where nothing can be paid for.
  Map<String, String> offer(Address consumer, Wei cost) {
    int seller = operator.getAsInt();
    if (seller == 0) {
      return Map.of();
    }
    return offer(seller, promised(consumer, seller, tabs.of(consumer, seller)).plus(cost), cost);
  }

  private Map<String, String> offer(int seller, Wei total, Wei cost) {
    return Map.of(
        "operator_id", Integer.toString(seller),
        "cost_wei", cost.value().toString(),
        "voucher_total_wei", total.value().toString(),
        "gib_hour_wei", price.gibHour().value().toString());
  }

  private Wei promised(Address consumer, int seller, Tab tab) {
    return vouchers.promised(consumer, seller, tab.redeemed());
  }

  /// An upload for which there is a good voucher.
  final class Payment implements AutoCloseable {
    private final Vouchers.Turn turn;
    private final SignedVoucher voucher;
    private final Wei cost;

    private Payment(Vouchers.Turn turn, SignedVoucher voucher, Wei cost) {
      this.turn = turn;
      this.voucher = voucher;
      this.cost = cost;
    }

    /// The upload is kept, so the voucher is too.
    ///
    /// @throws RpcException if it does not pay any more: uploads can take long, and the tab may
    ///   have been taken back meanwhile, or claimed from by another node of the operator
    void take() {
      requireGood(voucher.voucher(), cost);
      vouchers.accept(voucher);
    }

    @Override
    public void close() {
      turn.close();
    }
  }

  /// Begins an upload that costs so much.
  ///
  /// @throws RpcException if the voucher does not pay for it
  Payment begin(Address consumer, hooke.v1.Voucher told, Wei cost) {
    Vouchers.Turn turn =
        vouchers
            .begin(consumer)
            .orElseThrow(() ->
                new RpcException(
                    ErrorCode.PAID_UPLOAD_UNDERWAY,
                    "another upload of %s is being paid by voucher: one at a time"
                        .formatted(consumer)));
    try {
      return new Payment(turn, checked(consumer, told, cost), cost);
    } catch (RuntimeException e) {
      turn.close();
      throw e;
    }
  }

  private SignedVoucher checked(Address consumer, hooke.v1.Voucher told, Wei cost) {
    int seller = operator.getAsInt();
    if (seller == 0) {
      throw new RpcException(
          ErrorCode.NOT_READY, "this node takes no part in the market, so it sells nothing");
    }
    Voucher voucher = new Voucher(consumer, seller, total(told.getTotalWei()));
    Data signature = Data.of(told.getSignature().toByteArray());
    requireGood(voucher, cost);
    if (!HookeContract.isSignedByKey(consumer, voucher.digest(domain), signature)) {
      throw new RpcException(
          ErrorCode.VOUCHER_INVALID,
          "that is not the signature of the key of %s over a voucher for %s wei in all to operator %d"
              .formatted(consumer, voucher.total().value(), seller),
          Map.of("operator_id", Integer.toString(seller)));
    }
    return new SignedVoucher(voucher, signature);
  }

  /// Whether a voucher is for enough, and the tab holds it.
  private void requireGood(Voucher voucher, Wei cost) {
    int seller = voucher.operatorId();
    Tab tab = tabs.of(voucher.consumer(), seller);
    Wei asked = promised(voucher.consumer(), seller, tab).plus(cost);
    if (voucher.total().compareTo(asked) < 0) {
      throw new RpcException(
          ErrorCode.VOUCHER_TOO_SMALL,
          "the voucher is for %s tokens in all, %s are asked, of which %s for this upload"
              .formatted(voucher.total(), asked, cost),
          offer(seller, asked, cost));
    }
    Wei open = voucher.total().minus(tab.redeemed());
    Wei lacking = open.compareTo(tab.balance()) > 0 ? open.minus(tab.balance()) : Wei.ZERO;
    if (lacking.isZero() && tab.closesAt() == 0) {
      return;
    }
    Wei topUp = lacking.isZero() ? Wei.of(1) : lacking; // the least that keeps a tab open
    Map<String, String> metadata = new TreeMap<>(offer(seller, asked, cost));
    metadata.put("top_up_wei", topUp.value().toString());
    throw new RpcException(
        ErrorCode.TAB_TOO_SMALL,
        tab.closesAt() == 0
            ? "the tab with operator %d holds %s tokens, the voucher claims %s"
                .formatted(seller, tab.balance(), open)
            : "the tab with operator %d is closing; openTab keeps it open".formatted(seller),
        metadata);
  }

  private static Wei total(String text) {
    if (!text.isEmpty()
        && text.length() <= MAX_DIGITS
        && text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      BigInteger total = new BigInteger(text);
      if (total.bitLength() <= TOTAL_BITS) {
        return new Wei(total);
      }
    }
    throw new RpcException(
        ErrorCode.INVALID_ARGUMENT, "a voucher's total_wei is a decimal number below 2^104");
  }
}
