package hooke.chain.wallet;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.ChainException;
import hooke.chain.Keccak;
import hooke.chain.Signature;
import hooke.chain.testing.LocalChain;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

class WalletTest {
  private static final Bytes32 VECTOR_KEY =
      Bytes32.parse("7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d");

  @Test
  void theMnemonicOfHardhatGivesItsAccounts() {
    assertEquals(
        Address.parse("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
        LocalChain.account(0).address());
    assertEquals(
        Address.parse("0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
        LocalChain.account(1).address());
  }

  @Test
  void aWrongMnemonicIsRefusedWithoutRepeatingIt() {
    ChainException e =
        assertThrows(
            ChainException.class,
            () -> Mnemonic.parse("test test test test test test test test test test test test"));
    assertEquals(ChainException.Code.WALLET_INVALID, e.code());
    assertFalse(e.getMessage().contains("test test"));
    assertEquals(12, Mnemonic.random().words().split(" ").length);
  }

  /// A test vector of the Web3 Secret Storage definition.
  @Test
  void theVectorOfTheDefinitionOpens(@TempDir Path folder) throws IOException {
    Path pbkdf2 =
        Files.writeString(
            folder.resolve("pbkdf2"),
            """
            {"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},
            "ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46","kdf":"pbkdf2",
            "kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256",
            "salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},
            "mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},
            "id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3}
            """);
    assertEquals(VECTOR_KEY, Keystore.read(pbkdf2, "testpassword".toCharArray()).exportKey());
  }

  @Test
  void aKeystoreOpensWithItsPasswordOnlyAndIsNeverOverwritten(@TempDir Path folder)
      throws IOException {
    Path file = folder.resolve("keys").resolve("alice.json");
    Wallet wallet = Wallet.random();
    Keystore.write(file, wallet, "größer".toCharArray(), Keystore.Strength.LIGHT);
    assertEquals(wallet.exportKey(), Keystore.read(file, "größer".toCharArray()).exportKey());
    assertEquals(wallet.address(), Keystore.address(file));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    try (Stream<Path> files = Files.list(folder.resolve("keys"))) {
      assertEquals(1, files.count());
    }
    assertThrows(WrongPassword.class, () -> Keystore.read(file, "grosser".toCharArray()));
    ChainException e =
        assertThrows(
            ChainException.class,
            () ->
                Keystore.write(file, Wallet.random(), "x".toCharArray(), Keystore.Strength.LIGHT));
    assertEquals(ChainException.Code.WALLET_EXISTS, e.code());
  }

  @Test
  void web3jOpensWhatWeWrite(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("wallet");
    Wallet wallet = Wallet.random();
    Keystore.write(file, wallet, "secret".toCharArray(), Keystore.Strength.LIGHT);
    var theirs =
        JsonMapper.builder().build().readValue(file.toFile(), org.web3j.crypto.WalletFile.class);
    assertEquals(
        wallet.exportKey(),
        Wallet.of(org.web3j.crypto.Wallet.decrypt("secret", theirs)).exportKey());
  }

  @Test
  void aHostileKeystoreIsRefusedBeforeItTakesMemory(@TempDir Path folder) throws IOException {
    Path file =
        Files.writeString(
            folder.resolve("hostile"),
            """
            {"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"83dbcc02d8ccb40e466191a123791e0e"},
            "ciphertext":"d172bf743a674da9cdad04534d56926ef8358534d458fffccd4e6ad2fbde479c","kdf":"scrypt",
            "kdfparams":{"dklen":32,"n":1073741824,"p":1,"r":8,"salt":"ab"},"mac":"21"},"version":3}
            """);
    ChainException e =
        assertThrows(ChainException.class, () -> Keystore.read(file, "x".toCharArray()));
    assertEquals(ChainException.Code.WALLET_INVALID, e.code());
    assertThrows(
        ChainException.class, () -> Keystore.read(folder.resolve("none"), "x".toCharArray()));
  }

  @Test
  void aSignatureNamesItsSignerAndNoOneElse() {
    Wallet wallet = Wallet.random();
    Bytes32 digest =
        Keccak.hash("what is signed".getBytes(java.nio.charset.StandardCharsets.UTF_8));
    Signature signature = wallet.sign(digest);
    assertEquals(Optional.of(wallet.address()), Wallet.recover(digest, signature.data()));
    assertFalse(
        Wallet.recover(Keccak.hash(new byte[1]), signature).equals(Optional.of(wallet.address())));
    assertEquals(signature, Signature.of(signature.data()));
  }

  @Test
  void keysDoNotShowThemselves() {
    Wallet wallet = Wallet.random();
    assertFalse(wallet.toString().contains(wallet.exportKey().toString().substring(2)));
    assertTrue(wallet.toString().contains(wallet.address().toString()));
    ChainException e = assertThrows(ChainException.class, () -> Wallet.parse("abc123"));
    assertFalse(e.getMessage().contains("abc123"));
  }
}
