package hooke.node.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import hooke.chain.Address;
import hooke.chain.Bytes32;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Where a stranger's registration may lead a connection. Nothing here is connected to.
final class ReachTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "169.254.169.254",
        "224.0.0.1",
        "239.255.255.250",
        "0.0.0.0",
        "0.1.2.3",
        "255.255.255.255",
        "240.0.0.1",
        "192.0.0.1",
        "::",
        "fe80::1",
        "febf::1",
        "ff02::1",
        "::ffff:169.254.169.254",
        "::ffff:0:169.254.169.254",
        "::169.254.169.254",
        "64:ff9b::169.254.169.254",
        "64:ff9b:1::169.254.169.254",
        "2002:a9fe:a9fe::1",
        "2001:0:1::1",
        "4000::1"
      })
  void noNetworkLeadsThere(String address) {
    for (Reach reach : Reach.values()) {
      assertTrue(reach.objection(InetAddress.ofLiteral(address)).isPresent(), address);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "127.0.0.1",
        "127.255.255.254",
        "10.1.2.3",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "100.64.0.1",
        "198.18.0.1",
        "::1",
        "fd00:ec2::254",
        "fec0::1",
        "::ffff:127.0.0.1",
        "64:ff9b::10.0.0.1",
        "2002:7f00:1::"
      })
  void onlyAPrivateNetworkLeadsThere(String address) {
    assertTrue(Reach.PUBLIC.objection(InetAddress.ofLiteral(address)).isPresent());
    assertEquals(Optional.empty(), Reach.PRIVATE.objection(InetAddress.ofLiteral(address)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "8.8.8.8",
        "172.15.0.1",
        "172.32.0.1",
        "100.128.0.1",
        "169.253.1.1",
        "2606:4700::1"
      })
  void theInternetIsOpen(String address) {
    assertEquals(Optional.empty(), Reach.PUBLIC.objection(InetAddress.ofLiteral(address)));
  }

  @Test
  void ofAHostsAddressesOnlyAllowedOnesAreTaken() throws UnknownHostException {
    InetAddress inside = InetAddress.ofLiteral("10.0.0.1");
    InetAddress outside = InetAddress.ofLiteral("8.8.8.8");
    assertEquals(outside, Reach.PUBLIC.first(new InetAddress[] {inside, outside}));
    assertTrue(
        assertThrows(
                UnknownHostException.class, () -> Reach.PUBLIC.first(new InetAddress[] {inside}))
            .toString()
            .contains("private"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x:1",
        "https://node.example:65535",
        "https://127.0.0.1:7601/",
        "[::1]:7601",
        "a_b-c.example:80",
        "2130706433:80"
      })
  void anEndpointIsAHostAndAPort(String text) {
    assertTrue(PeerEndpoint.parse(text).isPresent());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "x:",
        "x:0",
        "x:01",
        "x:65536",
        "x:99999",
        "x:-1",
        "x:123456",
        ":80",
        "http://x:1",
        "https://user@x:1",
        "x:1/path",
        "x:1?y",
        "x y:1",
        "[::1:1",
        "::1:1",
        "ü:1",
        "x:٣",
        "x:1\n",
        "\u001b]0;t\u0007:1"
      })
  void whatIsNoEndpointIsNone(String text) {
    assertEquals(Optional.empty(), PeerEndpoint.parse(text));
    assertEquals(Optional.empty(), PeerEndpoint.parse("x".repeat(256) + ":1"));
  }

  private static Network network(String rpc, long chain) {
    Address somewhere = Address.parse("0x" + "11".repeat(20));
    return new Network(List.of(URI.create(rpc)), chain, Bytes32.ZERO, somewhere, somewhere, 0);
  }

  @Test
  void aNetworkIsPrivateWhereItsChainIs() {
    assertEquals(Reach.PRIVATE, network("http://127.0.0.1:8545", 31_337).reach());
    assertEquals(Reach.PRIVATE, network("http://192.168.7.7:8545", 31_337).reach());
    assertEquals(Reach.PUBLIC, network("https://rpc.example", 1).reach());
    assertEquals(Reach.PUBLIC, network("http://169.254.169.254", 1).reach());
    assertFalse(Reach.isPrivate("localhost.example"));
  }
}
