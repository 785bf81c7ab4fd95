package hooke.node.rpc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import hooke.chain.Bytes32;
import hooke.chain.eip712.Domain;
import hooke.chain.wallet.Wallet;
import hooke.v1.AccessToken;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class AccessCheckTest {
  private static final Clock CLOCK =
      Clock.fixed(Instant.ofEpochSecond(1_800_000_000L), ZoneOffset.UTC);
  private static final Domain DOMAIN = Domain.hooke(31_337, Wallet.random().address());
  private static final Bytes32 CLIENT_KEY = TlsIdentity.create("client").keyHash();

  private final Wallet account = Wallet.random();
  private final AccessCheck check =
      new AccessCheck(DOMAIN, () -> 3, AccessCheck.Contracts.NONE, CLOCK);
  private final String header = new Tokens(DOMAIN, 3, CLIENT_KEY, account, CLOCK).header("task");

  private static void assertRefused(
      ErrorCode code, AccessCheck check, @Nullable String header, @Nullable Bytes32 key) {
    assertEquals(
        code, assertThrows(RpcException.class, () -> check.caller(header, key, "task")).code());
  }

  private String changed(UnaryOperator<AccessToken.Builder> change) throws Exception {
    AccessToken token =
        AccessToken.parseFrom(
            Base64.getUrlDecoder().decode(header.substring(AccessCheck.SCHEME.length())));
    return AccessCheck.SCHEME
        + Base64.getUrlEncoder()
            .encodeToString(change.apply(token.toBuilder()).build().toByteArray());
  }

  @Test
  void aGoodTokenTellsTheAccount() {
    assertEquals(account.address(), check.caller(header, CLIENT_KEY, "task"));
  }

  @Test
  void aTokenIsWorthNothingOnAnotherConnection() {
    assertRefused(ErrorCode.TOKEN_WRONG_KEY, check, header, null);
    assertRefused(ErrorCode.TOKEN_WRONG_KEY, check, header, TlsIdentity.create("thief").keyHash());
  }

  @Test
  void aTokenOpensOneGroup() {
    String blobs = new Tokens(DOMAIN, 3, CLIENT_KEY, account, CLOCK).header("blob");
    assertRefused(ErrorCode.TOKEN_WRONG_GROUP, check, blobs, CLIENT_KEY);
  }

  @Test
  void noFieldCanBeChangedAfterSigning() throws Exception {
    assertRefused(
        ErrorCode.TOKEN_FORGED,
        check,
        changed(token -> token.setExpirySeconds(token.getExpirySeconds() + 1)),
        CLIENT_KEY);
    assertRefused(
        ErrorCode.TOKEN_FORGED,
        check,
        changed(token ->
            token.setAccount(
                com.google.protobuf.ByteString.copyFrom(Wallet.random().address().bytes()))),
        CLIENT_KEY);
    assertRefused(
        ErrorCode.TOKEN_FORGED, check, changed(token -> token.clearSignature()), CLIENT_KEY);
  }

  @Test
  void whatIsNoTokenIsCalledSo() {
    assertRefused(ErrorCode.TOKEN_MISSING, check, null, CLIENT_KEY);
    assertRefused(ErrorCode.TOKEN_MISSING, check, "Bearer abc", CLIENT_KEY);
    assertRefused(ErrorCode.TOKEN_MALFORMED, check, "Hooke ???", CLIENT_KEY);
    assertRefused(ErrorCode.TOKEN_MALFORMED, check, "Hooke ", CLIENT_KEY);
    assertRefused(ErrorCode.TOKEN_MALFORMED, check, "Hooke " + "A".repeat(5_000), CLIENT_KEY);
  }

  @Test
  void anUnregisteredNodeTakesNoToken() {
    AccessCheck unregistered = new AccessCheck(DOMAIN, () -> 0, AccessCheck.Contracts.NONE, CLOCK);
    assertRefused(ErrorCode.TOKEN_WRONG_NODE, unregistered, header, CLIENT_KEY);
  }
}
