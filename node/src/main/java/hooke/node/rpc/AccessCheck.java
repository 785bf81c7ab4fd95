package hooke.node.rpc;

import com.google.protobuf.InvalidProtocolBufferException;
import hooke.chain.Address;
import hooke.chain.Bytes32;
import hooke.chain.ChainException;
import hooke.chain.Data;
import hooke.chain.eip712.AccessToken;
import hooke.chain.eip712.Domain;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/// Decides whether an access token opens a group of methods to the holder of a TLS key. Knows
/// nothing of connections. Any thread.
public final class AccessCheck {
  /// A token may not be valid for longer from now.
  public static final Duration MAX_LIFE = Duration.ofMinutes(15);

  /// Before the token in the `authorization` header.
  public static final String SCHEME = "Hooke ";

  private static final int MAX_HEADER = 2_048;

  /// Contracts that are asked at one time; they cost this node a question to its chain each.
  private static final int CONTRACTS_AT_ONCE = 8;

  private final Domain domain;
  private final IntSupplier node;
  private final Contracts contracts;
  private final Clock clock;
  private final Semaphore asking = new Semaphore(CONTRACTS_AT_ONCE);

  /// Says whether the contract at an account's address stands by a signature (ERC-1271).
  @FunctionalInterface
  public interface Contracts {
    /// No account is a contract.
    Contracts NONE = (account, digest, signature) -> false;

    boolean standBy(Address account, Bytes32 digest, Data signature);
  }

  /// @param node this node's number on chain; 0 while it has none, and then no token is good
  public AccessCheck(Domain domain, IntSupplier node, Contracts contracts, Clock clock) {
    this.domain = domain;
    this.node = node;
    this.contracts = contracts;
    this.clock = clock;
  }

  /// The account behind a call.
  ///
  /// @param header the `authorization` header; null if there is none
  /// @param clientKey hash of the client certificate's key; null if it showed none
  /// @param group what the method asks for
  /// @throws RpcException saying what is wrong with the token
  public Address caller(@Nullable String header, @Nullable Bytes32 clientKey, String group) {
    if (header == null || !header.startsWith(SCHEME)) {
      throw new RpcException(
          ErrorCode.TOKEN_MISSING,
          "this call needs the header 'authorization: Hooke <token>' for group '" + group + "'");
    }
    hooke.v1.AccessToken token = parse(header);
    if (token.getChainId() != domain.chainId()
        || !Arrays.equals(token.getContract().toByteArray(), domain.contract().bytes())) {
      throw new RpcException(
          ErrorCode.TOKEN_WRONG_CHAIN,
          "the token is for chain %s, this node works on chain %d with contract %s"
              .formatted(
                  Long.toUnsignedString(token.getChainId()), domain.chainId(), domain.contract()),
          Map.of(
              "chain_id", Long.toString(domain.chainId()),
              "contract", domain.contract().toString()));
    }
    int self = node.getAsInt();
    if (self == 0 || token.getNode() != self) {
      throw new RpcException(
          ErrorCode.TOKEN_WRONG_NODE,
          self == 0
              ? "this node is not registered yet and takes no tokens"
              : "the token is for node %s, this is node %d"
                  .formatted(Integer.toUnsignedString(token.getNode()), self),
          Map.of("node_id", Integer.toString(self)));
    }
    if (!token.getGroup().equals(group)) {
      throw new RpcException(
          ErrorCode.TOKEN_WRONG_GROUP,
          "the token opens '%s', this call needs '%s'".formatted(shown(token.getGroup()), group),
          Map.of("group", group));
    }
    checkTime(token.getExpirySeconds());
    Bytes32 bound = Bytes32.of(token.getClientKey().toByteArray());
    if (clientKey == null || !bound.equals(clientKey)) {
      throw new RpcException(
          ErrorCode.TOKEN_WRONG_KEY,
          clientKey == null
              ? "the token is bound to a TLS key, but this connection shows no client certificate"
              : "the token is bound to another TLS key than this connection's");
    }
    Address account = Address.of(token.getAccount().toByteArray());
    AccessToken access = new AccessToken(self, group, bound, token.getExpirySeconds());
    Data signature = Data.of(token.getSignature().toByteArray());
    boolean signed =
        access.signer(domain, signature).filter(account::equals).isPresent()
            || standsBy(account, access.digest(domain), signature);
    if (!signed) {
      throw new RpcException(
          ErrorCode.TOKEN_FORGED, "the token's signature is not that of account " + account);
    }
    return account;
  }

  private boolean standsBy(Address account, Bytes32 digest, Data signature) {
    if (!asking.tryAcquire()) {
      throw new RpcException(
          ErrorCode.TOO_MANY_CALLS, "too many contracts are asked for their signature just now");
    }
    try {
      return contracts.standBy(account, digest, signature);
    } catch (ChainException e) {
      throw new RpcException(
          ErrorCode.CHAIN_UNREACHABLE, "this node cannot ask the account's contract at the moment");
    } finally {
      asking.release();
    }
  }

  private void checkTime(long expiry) {
    long now = clock.instant().getEpochSecond();
    if (expiry >= 0 && expiry <= now) {
      throw new RpcException(
          ErrorCode.TOKEN_EXPIRED,
          "the token expired %d seconds ago by this node's clock".formatted(now - expiry),
          Map.of("node_time_seconds", Long.toString(now)));
    }
    if (expiry < 0 || expiry > now + MAX_LIFE.toSeconds()) {
      throw new RpcException(
          ErrorCode.TOKEN_TOO_LONG_LIVED,
          "a token may be valid for at most %d minutes by this node's clock"
              .formatted(MAX_LIFE.toMinutes()),
          Map.of("node_time_seconds", Long.toString(now)));
    }
  }

  private static hooke.v1.AccessToken parse(String header) {
    try {
      if (header.length() <= MAX_HEADER) {
        hooke.v1.AccessToken token =
            hooke.v1.AccessToken.parseFrom(
                Base64.getUrlDecoder().decode(header.substring(SCHEME.length()).strip()));
        if (token.getClientKey().size() == Bytes32.SIZE
            && token.getAccount().size() == Address.SIZE) {
          return token;
        }
      }
    } catch (IllegalArgumentException | InvalidProtocolBufferException e) {
      // Falls through to the one sentence about what a token is.
    }
    throw new RpcException(
        ErrorCode.TOKEN_MALFORMED, "the token is not a base64url hooke.v1.AccessToken");
  }

  private static String shown(String group) {
    return group.length() > 20 ? group.substring(0, 20) + "…" : group;
  }
}
