package hooke.chain.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hooke.chain.Bytes32;
import hooke.chain.Call;
import hooke.chain.Reverted;
import hooke.chain.Signature;
import hooke.chain.TestChain;
import hooke.chain.Wei;
import hooke.chain.eip712.NodeConsent;
import hooke.chain.eip712.Permit;
import hooke.chain.rpc.ChainClient;
import hooke.chain.tx.Deployment;
import hooke.chain.tx.Transactions;
import hooke.chain.wallet.Wallet;
import java.util.List;

/// A law of a test's own on the tests' chain, and the first steps under it.
record DeployedLaw(Transactions transactions, Token token, HookeContract hooke) {
  static final Bytes32 ROOT = Bytes32.parse("11".repeat(32));

  static DeployedLaw on(ChainClient client) throws InterruptedException {
    Deployment deployment = Deployment.deploy(client, TestChain.account());
    return new DeployedLaw(
        new Transactions(client),
        new Token(client, deployment.token()),
        new HookeContract(client, deployment.hooke()));
  }

  /// A provider with one node and stake.
  void provide(Wallet owner, Wallet key) throws InterruptedException {
    deposit(owner, Wei.tokens(1_000));
    NodeProfile profile =
        new NodeProfile(key.address(), "127.0.0.1:7070", ROOT, 4_000, 8_192, 1_024, "zone=test");
    Signature consent = new NodeConsent(owner.address(), key.address()).sign(hooke.domain(), key);
    transactions.send(hooke.register(profile, consent.data()), owner);
    transactions.send(hooke.stake(Wei.tokens(500)), owner);
  }

  /// Mint, then one transaction: permit and deposit.
  void deposit(Wallet account, Wei amount) throws InterruptedException {
    transactions.send(token.mint(account.address(), amount), account);
    Permit permit = token.permit(account.address(), hooke.address(), amount, Integer.MAX_VALUE);
    Signature signature = permit.sign(token.domain(), account);
    transactions.send(
        hooke.multicall(List.of(hooke.depositWithPermit(amount, permit.deadline(), signature))),
        account);
  }

  Reverted assertRevert(String error, Call call, Wallet sender) {
    Reverted e = assertThrows(Reverted.class, () -> transactions.send(call, sender));
    assertEquals(error, e.revert().name(), e.getMessage());
    return e;
  }
}
