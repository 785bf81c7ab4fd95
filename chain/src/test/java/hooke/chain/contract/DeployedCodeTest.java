package hooke.chain.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Address;
import hooke.chain.Data;
import hooke.chain.TestChain;
import hooke.chain.WrongChain;
import hooke.chain.rpc.ChainClient;
import hooke.chain.tx.Deployment;
import hooke.chain.tx.Transactions;
import hooke.chain.wallet.Wallet;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;

/// Which contracts a node takes for the law, on a real Hardhat node.
@Timeout(60)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DeployedCodeTest {
  private final ChainClient client = TestChain.client();
  private final Wallet deployer = TestChain.account();
  private Address hooke = Address.ZERO;

  @BeforeAll
  void deploy() throws InterruptedException {
    hooke = Deployment.deploy(client, deployer).hooke();
  }

  @AfterAll
  void close() {
    client.close();
  }

  @Test
  void theLawThatThisProgramDeploysIsTheLaw() {
    DeployedCode.verify(client, hooke);
    assertEquals(CreationCode.PARTS.size(), new HookeContract(client, hooke).parts().size());
  }

  /// Its constructor asks a part for its name only, which anybody can say.
  @Test
  void aLawWithATamperedPartIsRefusedByThePartsName() throws InterruptedException {
    Transactions transactions = new Transactions(client);
    List<Address> parts = new ArrayList<>(new HookeContract(client, hooke).parts());
    Address tampered =
        transactions.create(
            "Volumes and more",
            Artifact.load("src/testing/PossessionProbe.sol/PossessionProbe.json").code(),
            deployer);
    parts.set(CreationCode.PARTS.indexOf("Volumes"), tampered);
    Address other =
        transactions.create(
            "Hooke with it",
            CreationCode.hooke(new HookeContract(client, hooke).token(), parts),
            deployer);
    String refusal = refusal(other);
    assertTrue(refusal.contains("Hooke's part Volumes"), refusal);
    assertTrue(refusal.contains(tampered.toString()), refusal);
    assertTrue(refusal.contains(client.endpoints()), refusal);
  }

  @Test
  void whatIsNotHookeIsRefusedWhateverItAnswers() throws InterruptedException {
    assertTrue(refusal(deployer.address()).contains("there is no code"));
    assertTrue(refusal(new HookeContract(client, hooke).token()).contains("is not Hooke"));
    Data code = client.codes(List.of(hooke)).getFirst();
    byte[] one = code.bytes();
    int at = lastImmutable().end();
    one[at] ^= 1;
    String refusal = refusal(placed(Data.of(one)));
    assertTrue(refusal.contains("differs from byte %d on".formatted(at)), refusal);
    assertTrue(refusal(placed(code.slice(0, code.size() - 1))).contains("is not Hooke"));
  }

  /// What `parts()` shows and what the fallback runs stand in different places.
  @Test
  void aLawThatShowsOnePartAndRunsAnotherIsRefused() {
    byte[] code = client.codes(List.of(hooke)).getFirst().bytes();
    Artifact.Place place = lastImmutable();
    code[place.end() - 1] ^= 1;
    String refusal = refusal(placed(Data.of(code)));
    assertTrue(refusal.contains("one immutable for two values"), refusal);
  }

  /// Comments are part of the sources whose hash the compiler appends, and change no rule.
  @Test
  void aLawThatWasCompiledWithOtherCommentsIsTheSame() {
    byte[] code = client.codes(List.of(hooke)).getFirst().bytes();
    code[code.length - 20] ^= 1;
    DeployedCode.verify(client, placed(Data.of(code)));
  }

  private static Artifact.Place lastImmutable() {
    return CreationCode.artifact("Hooke").immutables().stream()
        .filter(places -> places.size() > 1)
        .map(List::getLast)
        .max(Comparator.comparingInt(Artifact.Place::start))
        .orElseThrow();
  }

  /// An address that has this code, by a method that only development chains have.
  private Address placed(Data code) {
    Address address = Wallet.random().address();
    client.raw("hardhat_setCode", address.toString(), code.hex());
    return address;
  }

  private String refusal(Address contract) {
    return assertThrows(WrongChain.class, () -> DeployedCode.verify(client, contract)).getMessage();
  }
}
