package hooke.chain.wallet;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.ChainException;
import hooke.chain.Data;
import hooke.chain.Signature;
import java.math.BigInteger;
import java.security.SecureRandom;
import java.security.SignatureException;
import java.util.Optional;
import org.web3j.crypto.ECKeyPair;
import org.web3j.crypto.Keys;
import org.web3j.crypto.Sign;
import org.web3j.utils.Numeric;

/// A secp256k1 key in memory.
public final class Wallet implements Signer {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final BigInteger ORDER = Sign.CURVE_PARAMS.getN();

  private final ECKeyPair pair;
  private final Address address;

  private Wallet(ECKeyPair pair) {
    this.pair = pair;
    this.address = Address.parse(Numeric.prependHexPrefix(Keys.getAddress(pair)));
  }

  /// A fresh key from the system's randomness.
  public static Wallet random() {
    byte[] bytes = new byte[Bytes32.SIZE];
    BigInteger key;
    do {
      RANDOM.nextBytes(bytes);
      key = new BigInteger(1, bytes);
    } while (key.signum() == 0 || key.compareTo(ORDER) >= 0);
    return new Wallet(ECKeyPair.create(key));
  }

  /// The wallet of a private key.
  ///
  /// @throws ChainException `WALLET_INVALID` if it is zero or not below the curve's order
  public static Wallet of(Bytes32 privateKey) {
    BigInteger key = new BigInteger(1, privateKey.bytes());
    if (key.signum() == 0 || key.compareTo(ORDER) >= 0) {
      throw new ChainException(
          ChainException.Code.WALLET_INVALID,
          "the private key is out of range: it must be between 1 and the order of secp256k1");
    }
    return new Wallet(ECKeyPair.create(key));
  }

  /// Reads 64 hex digits, with or without `0x`. The message of a failure does not repeat them.
  public static Wallet parse(String privateKey) {
    String digits = privateKey.strip();
    if (!digits.matches("(0[xX])?[0-9a-fA-F]{64}")) {
      throw new ChainException(
          ChainException.Code.WALLET_INVALID, "a private key is 64 hex digits, with or without 0x");
    }
    return of(Bytes32.parse(digits));
  }

  static Wallet of(ECKeyPair pair) {
    return new Wallet(pair);
  }

  /// Who signed `digest`; empty if the signature fits no key.
  public static Optional<Address> recover(Bytes32 digest, Signature signature) {
    BigInteger s = new BigInteger(1, signature.s().bytes());
    if (s.compareTo(ORDER.shiftRight(1)) > 0) {
      return Optional.empty(); // The contracts refuse the malleable twin too.
    }
    try {
      BigInteger key =
          Sign.signedMessageHashToKey(
              digest.bytes(),
              new Sign.SignatureData(
                  (byte) signature.v(), signature.r().bytes(), signature.s().bytes()));
      return Optional.of(Address.parse(Numeric.prependHexPrefix(Keys.getAddress(key))));
    } catch (SignatureException | RuntimeException e) {
      return Optional.empty();
    }
  }

  /// Who signed `digest`, when `signature` has a signature's 65 bytes.
  public static Optional<Address> recover(Bytes32 digest, Data signature) {
    if (signature.size() != Signature.SIZE) {
      return Optional.empty();
    }
    int v = signature.bytes()[64] & 0xff;
    return v == 0 || v == 1 || v == 27 || v == 28
        ? recover(digest, Signature.of(signature))
        : Optional.empty();
  }

  @Override
  public Address address() {
    return address;
  }

  @Override
  public Signature sign(Bytes32 digest) {
    Sign.SignatureData signed = Sign.signMessage(digest.bytes(), pair, false);
    return new Signature(
        Bytes32.of(signed.getR()), Bytes32.of(signed.getS()), signed.getV()[0] & 0xff);
  }

  /// The private key. For keystores and explicit exports only.
  public Bytes32 exportKey() {
    return Bytes32.of(Numeric.toBytesPadded(pair.getPrivateKey(), Bytes32.SIZE));
  }

  @Override
  public String toString() {
    return "Wallet " + address;
  }
}
