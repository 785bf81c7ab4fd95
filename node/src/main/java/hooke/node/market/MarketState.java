package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.Tab;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Stream;

/// The market folded from the law's events: operators, nodes, orders, leases with services and
/// volumes among them, mandates, tabs. It knows nothing that is not on chain, so a consumer with a
/// wallet alone can rebuild it, and two machines that saw the same blocks hold equal states.
///
/// Each kind of thing has a fold of its own: [ProviderFold], [OrderFold], [LeaseFold],
/// [MandateFold], [TabFold]. They share an [UndoLog]: a rollback puts the views back that were
/// replaced, those of the newest [#UNDO_BLOCKS] blocks.
///
/// One thread applies events; any thread may read. Views are immutable and replaced whole, so a
/// reader sees each of them as it was after some block.
public final class MarketState {
  /// Most blocks that a rollback may take back; several times the depth at which Ethereum is final.
  public static final int UNDO_BLOCKS = UndoLog.BLOCKS;

  private final UndoLog undo = new UndoLog();
  private final ProviderFold providers = new ProviderFold(undo);
  private final OrderFold orders = new OrderFold(undo, providers);
  private final LeaseFold leases = new LeaseFold(undo, providers);
  private final MandateFold mandates = new MandateFold(undo);
  private final TabFold tabs = new TabFold(undo);

  /// Orders that changed.
  ///
  /// @param upTo to ask with the next time
  public record Changes(long upTo, List<OrderView> orders) {}

  /// Undoes every event of blocks after `block`.
  ///
  /// @return false, and nothing is changed, if that reaches deeper than [#UNDO_BLOCKS]: then the
  ///   market must be folded anew from the chain's events
  public boolean rollback(long block) {
    return undo.rollback(block);
  }

  /// Takes one event in.
  ///
  /// @param time unix seconds of the event's block
  /// @return the order of tasks that it changed, if it changed one
  public Optional<OrderView> apply(LawEvent event, long time) {
    undo.begin(event.at().block());
    switch (event) {
      case LawEvent.OfProvider e -> providers.apply(e, time);
      case LawEvent.OfOrder e -> orders.apply(e, time);
      case LawEvent.OfLease e -> leases.apply(e, time);
      case LawEvent.OfMandate e -> mandates.apply(e, time);
      case LawEvent.OfTab e -> tabs.apply(e);
      case LawEvent.Deposited ignored -> {}
      case LawEvent.Withdrawn ignored -> {}
      case LawEvent.Burned ignored -> {}
      case LawEvent.Unreadable ignored -> {}
    }
    return event instanceof LawEvent.OfOrder e ? order(e.order()) : Optional.empty();
  }

  // Orders.

  public Optional<OrderView> order(Bytes32 id) {
    return orders.orders().get(id);
  }

  /// The order that a jury's order judges.
  public Optional<OrderView> judgedBy(Bytes32 jury) {
    return orders.judgedBy(jury);
  }

  /// All orders, the newest first; equal blocks by id, so that two readers list them alike.
  public List<OrderView> orders() {
    return newestOrders().toList();
  }

  /// Orders as [#orders] lists them, from behind the one with this block and id on; read as far as
  /// wanted, without copying the rest.
  public Stream<OrderView> ordersBehind(long block, Bytes32 id) {
    return orders.orders().behind(block, id);
  }

  /// [#orders], read as far as wanted.
  public Stream<OrderView> newestOrders() {
    return orders.orders().all();
  }

  /// Orders that are not closed, in no particular order and without copying.
  public Collection<OrderView> liveOrders() {
    return orders.live();
  }

  /// Bonds that broke lately, the oldest first.
  public Iterable<Loss> losses() {
    return orders.losses();
  }

  /// Number of the latest change of an order; grows with each.
  public long changes() {
    return orders.changes();
  }

  /// Orders that changed after the change numbered `seen`, each once and as it is now.
  public Changes changedAfter(long seen) {
    return orders.changedAfter(seen);
  }

  // Leases, with services and volumes among them.

  public Optional<LeaseView> lease(Bytes32 id) {
    return leases.leases().get(id);
  }

  /// Lease orders, the newest first, as [#newestOrders].
  public Stream<LeaseView> newestLeases() {
    return leases.leases().all();
  }

  /// Lease orders, as [#ordersBehind].
  public Stream<LeaseView> leasesBehind(long block, Bytes32 id) {
    return leases.leases().behind(block, id);
  }

  // Mandates.

  public Optional<MandateView> mandate(int number) {
    return mandates.mandate(number);
  }

  /// Mandates, the newest first, read as far as wanted.
  public Stream<MandateView> newestMandates() {
    return mandates.newest();
  }

  /// Mandates with a number below `number`, the newest first, read as far as wanted.
  public Stream<MandateView> mandatesBehind(int number) {
    return mandates.behind(number);
  }

  // Tabs.

  /// What a consumer has locked for an operator's vouchers; all zero when there never was a tab.
  public Tab tab(Address consumer, int operatorId) {
    return tabs.tab(consumer, operatorId);
  }

  /// A consumer's tabs by the operator's number, those that are empty among them.
  public SortedMap<Integer, Tab> tabs(Address consumer) {
    return tabs.tabs(consumer);
  }

  // Providers.

  public Optional<OperatorView> operator(int id) {
    return providers.operator(id);
  }

  public Optional<OperatorView> operatorOf(Address account) {
    return providers.operatorOf(account);
  }

  /// Operators by number.
  public List<OperatorView> operators() {
    return providers.operators();
  }

  public Optional<NodeView> node(int id) {
    return providers.node(id);
  }

  public Optional<NodeView> nodeOf(Address key) {
    return providers.nodeOf(key);
  }

  /// Nodes by number.
  public List<NodeView> nodes() {
    return providers.nodes();
  }
}
