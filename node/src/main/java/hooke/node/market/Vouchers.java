package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.Wei;
import hooke.chain.eip712.SignedVoucher;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/// Vouchers that consumers gave this node for keeping their uploads: the latest of each, which
/// stands for all before it. They are on disk before an upload is answered; [VoucherClaims] turns
/// them into money. Any thread.
public final class Vouchers {
  private final JobStore store;
  private final Map<Account, SignedVoucher> held = new ConcurrentHashMap<>();
  private final Set<Address> paying = ConcurrentHashMap.newKeySet();

  private record Account(Address consumer, int operatorId) {
    static Account of(SignedVoucher signed) {
      return new Account(signed.voucher().consumer(), signed.voucher().operatorId());
    }
  }

  public Vouchers(JobStore store) {
    this.store = store;
    store.vouchers().forEach(voucher -> held.put(Account.of(voucher), voucher));
  }

  /// What the consumer has promised the operator so far: the next voucher's total is this and what
  /// the next upload costs.
  ///
  /// @param redeemed what was claimed of the consumer's tab, as the chain says
  public Wei promised(Address consumer, int operatorId, Wei redeemed) {
    SignedVoucher signed = held.get(new Account(consumer, operatorId));
    Wei promised = signed == null ? Wei.ZERO : signed.voucher().total();
    return promised.compareTo(redeemed) > 0 ? promised : redeemed;
  }

  /// Begins an upload that is paid by voucher. One at a time for each consumer: a second one at the
  /// same time could be paid with the same voucher.
  ///
  /// @return to close when the upload is over; empty while another one is under way
  public Optional<Turn> begin(Address consumer) {
    return paying.add(consumer) ? Optional.of(() -> paying.remove(consumer)) : Optional.empty();
  }

  /// A consumer's turn to pay.
  @FunctionalInterface
  public interface Turn extends AutoCloseable {
    @Override
    void close();
  }

  /// Keeps a voucher that was found good, in place of the earlier one.
  public void accept(SignedVoucher voucher) {
    store.put(voucher);
    held.put(Account.of(voucher), voucher);
  }

  /// The latest of each consumer for each operator.
  public List<SignedVoucher> held() {
    return List.copyOf(held.values());
  }
}
