package hooke.node.market;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.Keccak;
import hooke.chain.Wei;
import hooke.chain.contract.LawEvent;
import hooke.chain.contract.LeaseTerms;
import hooke.chain.contract.LogPosition;
import hooke.chain.contract.NodeProfile;
import hooke.chain.contract.Terms;
import hooke.chain.contract.Verification;
import hooke.chain.rpc.BlockRef;
import hooke.chain.wallet.Wallet;
import java.nio.ByteBuffer;

/// The law's events as a test makes them up.
final class Events {
  static final long TIME = 1_800_000_000L;
  static final Wallet CONSUMER = Wallet.random();

  private Events() {}

  static Bytes32 hash(long number) {
    return Keccak.hash(ByteBuffer.allocate(8).putLong(number).array());
  }

  static BlockRef block(long number) {
    return new BlockRef(number, hash(number), hash(number - 1), TIME + number);
  }

  static LogPosition at(long block) {
    return new LogPosition(block, hash(block), Bytes32.ZERO, 0);
  }

  static Terms terms(long nonce) {
    return terms(nonce, hash(nonce));
  }

  static Terms terms(long nonce, Bytes32 spec) {
    return terms(nonce, spec, 1_000_000);
  }

  /// @param price for a million units of fuel
  static Terms terms(long nonce, Bytes32 spec, long price) {
    return terms(nonce, spec, price, Verification.ATTENDED);
  }

  static Terms terms(long nonce, Bytes32 spec, long price, Verification mode) {
    return new Terms(
        CONSUMER.address(),
        nonce,
        spec,
        1,
        1_000,
        64,
        64,
        price,
        price,
        0,
        1_000_000_000,
        600,
        600,
        60,
        600,
        Wei.ZERO,
        Bytes32.ZERO,
        Bytes32.ZERO,
        mode,
        1,
        1,
        0,
        0);
  }

  static LawEvent operator(long block, int id) {
    return new LawEvent.OperatorRegistered(at(block), id, Wallet.random().address());
  }

  static LawEvent node(long block, int id, int operator, Address key) {
    return new LawEvent.NodeRegistered(
        at(block),
        id,
        operator,
        new NodeProfile(key, "127.0.0.1:1", Bytes32.ZERO, 1_000, 1_024, 1_024, ""));
  }

  static LawEvent staked(long block, int operator) {
    return new LawEvent.Staked(at(block), operator, Wei.tokens(1_000));
  }

  static LawEvent ordered(long block, Bytes32 id, Terms terms) {
    return new LawEvent.Ordered(at(block), id, terms.consumer(), terms);
  }

  static LawEvent assigned(long block, Bytes32 order, int operator, int node) {
    return new LawEvent.Assigned(
        at(block), order, 0, operator, node, 1_000_000, TIME + block + 600);
  }

  /// Up to three slots, one of them open at once; a grace of 30 s, a bond of 1 wei.
  ///
  /// @param epochSeconds 0: not a volume
  static LeaseTerms leaseTerms(long nonce, int epochSeconds) {
    return new LeaseTerms(
        CONSUMER.address(),
        nonce,
        hash(nonce),
        1_000,
        64,
        64,
        1,
        100,
        0,
        1,
        3,
        epochSeconds != 0,
        86_400,
        0,
        60,
        Wei.of(1),
        Wei.ZERO,
        Bytes32.ZERO,
        Bytes32.ZERO,
        Address.ZERO,
        Address.ZERO,
        0,
        Wei.ZERO,
        30,
        epochSeconds,
        epochSeconds == 0 ? 0 : 1,
        0,
        0,
        0);
  }

  /// With an escrow of 1,000 wei.
  static LawEvent leaseOrdered(long block, Bytes32 id, LeaseTerms terms) {
    return new LawEvent.LeaseOrdered(at(block), id, terms.consumer(), terms, Wei.of(1_000));
  }
}
