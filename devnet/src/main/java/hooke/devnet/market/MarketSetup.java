package hooke.devnet.market;

import hooke.chain.Address;
import hooke.chain.Call;
import hooke.chain.Data;
import hooke.chain.Signature;
import hooke.chain.Wei;
import hooke.chain.contract.HookeContract;
import hooke.chain.contract.Node;
import hooke.chain.contract.NodeProfile;
import hooke.chain.contract.Token;
import hooke.chain.eip712.NodeConsent;
import hooke.chain.eip712.Permit;
import hooke.chain.rpc.ChainClient;
import hooke.chain.testing.LocalChain;
import hooke.chain.tx.Deployment;
import hooke.chain.tx.Transactions;
import hooke.chain.wallet.Signer;
import hooke.chain.wallet.Wallet;
import hooke.devnet.DevnetException;
import java.util.ArrayList;
import java.util.List;

/// Funds accounts and puts providers on a devnet's market. Every method looks first and does only
/// what is missing, so it may be repeated. Blocking; one thread at a time, since all money comes
/// from one account.
public final class MarketSetup {
  /// Gas money for everybody; a devnet's ether is free.
  private static final Wei GAS = Wei.tokens(100);

  private static final Wei LEAST_GAS = Wei.tokens(1);

  /// Permits name the chain's time, which may run ahead of this machine's when tests move it.
  private static final long PERMIT_SECONDS = 3_600;

  private final ChainClient client;
  private final HookeContract law;
  private final Token token;
  private final Signer treasurer;
  private final Transactions transactions;

  public MarketSetup(ChainClient client, HookeContract law, Token token) {
    this.client = client;
    this.law = law;
    this.token = token;
    this.treasurer = LocalChain.account(0);
    this.transactions = new Transactions(client);
  }

  /// Puts token and law on a chain.
  ///
  /// @throws DevnetException if the chain does not know the test mnemonic's money
  public static Deployment deploy(ChainClient client) throws InterruptedException {
    Wallet treasurer = LocalChain.account(0);
    if (client.balance(treasurer.address()).compareTo(GAS) < 0) {
      throw new DevnetException(
          "%s has no money for %s, the first account of the well-known test mnemonic: a devnet needs a development chain"
              .formatted(client.endpoints(), treasurer.address()),
          DevnetException.Code.USAGE);
    }
    return Deployment.deploy(client, treasurer);
  }

  /// Sees to it that `account` can pay for transactions.
  public void gas(Address account) throws InterruptedException {
    if (client.balance(account).compareTo(LEAST_GAS) < 0) {
      transactions.send(Call.transfer(account, GAS), treasurer);
    }
  }

  /// Sees to it that `consumer` has gas, and once `vault` tokens in the vault and `wallet` more
  /// outside.
  ///
  /// An account that ever had tokens gets no more: a devnet's user may spend them all.
  public void consumer(Wallet consumer, Wei wallet, Wei vault) throws InterruptedException {
    gas(consumer.address());
    var account = law.accountOf(consumer.address());
    boolean hasHad =
        !token.balanceOf(consumer.address()).isZero()
            || !account.free().isZero()
            || !account.locked().isZero();
    if (hasHad) {
      return;
    }
    transactions.send(token.mint(consumer.address(), wallet.plus(vault)), treasurer);
    if (!vault.isZero()) {
      transactions.send(deposit(consumer, vault), consumer);
    }
  }

  /// Sees to it that the node is registered by `operator`, and that an operator who is new has
  /// `stake` at stake. Everything the operator does is one transaction.
  ///
  /// @param profile names the node's key
  /// @return the node's number
  public int provider(Wallet operator, NodeProfile profile, Signer nodeKey, Wei stake)
      throws InterruptedException {
    gas(operator.address());
    gas(profile.key());
    boolean newcomer = law.operatorIdOf(operator.address()) == 0;
    List<Call> calls = new ArrayList<>();
    if (newcomer && law.accountOf(operator.address()).free().compareTo(stake) < 0) {
      transactions.send(token.mint(operator.address(), stake), treasurer);
      calls.add(deposit(operator, stake));
    }
    Node node = law.nodeOf(profile.key());
    if (!node.known()) {
      calls.add(law.register(profile, consent(operator.address(), profile.key(), nodeKey)));
    }
    if (newcomer) {
      calls.add(law.stake(stake));
    }
    if (!calls.isEmpty()) {
      transactions.send(law.multicall(calls), operator);
    }
    return law.nodeOf(profile.key()).nodeId();
  }

  private Data consent(Address operator, Address key, Signer nodeKey) {
    return new NodeConsent(operator, key).sign(law.domain(), nodeKey).data();
  }

  private Call deposit(Wallet owner, Wei amount) {
    long deadline = client.latest().timestamp() + PERMIT_SECONDS;
    Permit permit = token.permit(owner.address(), law.address(), amount, deadline);
    Signature signature = permit.sign(token.domain(), owner);
    return law.depositWithPermit(amount, deadline, signature);
  }
}
