package hooke.node.rpc;

import com.google.protobuf.ByteString;
import hooke.chain.Bytes32;
import hooke.chain.eip712.AccessToken;
import hooke.chain.eip712.Domain;
import hooke.chain.wallet.Signer;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Access tokens of one account for one node and one TLS key: signed when first needed, used until
/// shortly before they expire. Any thread.
final class Tokens {
  /// Below the node's maximum, so that clocks may differ by some minutes.
  private static final Duration LIFE = Duration.ofMinutes(10);

  private static final Duration RENEW = Duration.ofMinutes(5);

  private final Domain domain;
  private final int node;
  private final Bytes32 clientKey;
  private final Signer signer;
  private final Clock clock;
  private final Map<String, Signed> signed = new ConcurrentHashMap<>();

  private record Signed(String header, Instant expiry) {}

  Tokens(Domain domain, int node, Bytes32 clientKey, Signer signer, Clock clock) {
    this.domain = domain;
    this.node = node;
    this.clientKey = clientKey;
    this.signer = signer;
    this.clock = clock;
  }

  /// The `authorization` header that opens a group.
  String header(String group) {
    Instant now = clock.instant();
    return signed
        .compute(
            group,
            (name, last) ->
                last != null && now.plus(RENEW).isBefore(last.expiry())
                    ? last
                    : sign(name, now.plus(LIFE)))
        .header();
  }

  private Signed sign(String group, Instant expiry) {
    long seconds = expiry.getEpochSecond();
    byte[] signature =
        new AccessToken(node, group, clientKey, seconds).sign(domain, signer).data().bytes();
    hooke.v1.AccessToken token =
        hooke.v1.AccessToken.newBuilder()
            .setChainId(domain.chainId())
            .setContract(ByteString.copyFrom(domain.contract().bytes()))
            .setNode(node)
            .setGroup(group)
            .setClientKey(ByteString.copyFrom(clientKey.bytes()))
            .setExpirySeconds(seconds)
            .setAccount(ByteString.copyFrom(signer.address().bytes()))
            .setSignature(ByteString.copyFrom(signature))
            .build();
    return new Signed(
        AccessCheck.SCHEME
            + Base64.getUrlEncoder().withoutPadding().encodeToString(token.toByteArray()),
        expiry);
  }
}
