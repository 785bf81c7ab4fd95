package hooke.chain.contract;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Call;
import hooke.chain.Keccak;
import hooke.chain.Wei;
import java.util.List;

/// Mandates through the law's door: an agent orders for an owner who is away. As in
/// [HookeContract], methods that return a [Call] make a transaction to be sent, the others ask the
/// newest block; names, units and reverts are those of `IMandates`.
public final class Mandates {
  private final HookeContract law;

  public Mandates(HookeContract law) {
    this.law = law;
  }

  /// Leaf of a template in the tree of a mandate: the hash of its hash. A tree of one template is
  /// its leaf.
  public static Bytes32 leafOf(Bytes32 templateHash) {
    return Keccak.hash(templateHash.bytes());
  }

  // Owners.

  /// Gives a mandate, and locks its budget; the sender becomes its owner.
  ///
  /// @param root of the tree over the templates
  /// @param from first unix second at which the agent may order
  public Call open(Address agent, Bytes32 root, Wei budget, long from, long until) {
    return law.call("openMandate", agent, root, budget, from, until);
  }

  public Call fund(int mandate, Wei amount) {
    return law.call("fundMandate", mandate, amount);
  }

  public Call revoke(int mandate) {
    return law.call("revokeMandate", mandate);
  }

  /// Ends a mandate whose time is over; anyone.
  public Call end(int mandate) {
    return law.call("endMandate", mandate);
  }

  // Agents.

  /// Orders from a template.
  ///
  /// @param proof from the template's leaf to the root
  /// @param number of this order among the template's, from 0
  public Call order(
      int mandate, Template template, List<Bytes32> proof, int number, int originA, int originB) {
    return law.call(
        "orderUnder", mandate, LawCodec.values(template), proof, number, originA, originB);
  }

  /// Puts what a template's last order gave back into the budget again.
  ///
  /// @param terms of that order
  public Call recover(int mandate, Bytes32 templateHash, Terms terms) {
    return law.call("recoverBudget", mandate, templateHash, LawCodec.values(terms));
  }

  // Views.

  public int count() {
    return law.view("mandateCount").int32("0");
  }

  public Mandate of(int mandate) {
    Fields f = law.view("mandateOf", mandate).struct("0");
    return new Mandate(
        f.address("owner"),
        f.int64("from"),
        f.int64("until"),
        f.flag("ended"),
        f.address("agent"),
        f.wei("budget"),
        f.bytes32("root"));
  }

  public Bytes32 hashOf(Template template) {
    return law.view("templateHash", LawCodec.values(template)).bytes32("0");
  }

  /// The terms of the next order that a template would make with these origins.
  public Terms nextOrder(int mandate, Template template, int originA, int originB) {
    return LawCodec.terms(
        law.view("nextOrder", mandate, LawCodec.values(template), originA, originB)
            .struct("terms"));
  }
}
