package hooke.node.config;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.Optional;

/// Which addresses of the market's nodes are connected to. Anybody registers what he likes, so an
/// endpoint must not lead a stranger's connections into the network of whoever makes them.
public enum Reach {
  /// Addresses of the Internet.
  PUBLIC,
  /// Loopback and private addresses, too: a network of one machine, or of one house.
  PRIVATE;

  private enum Kind {
    INTERNET(""),
    PRIVATE("a private"),
    LOOPBACK("a loopback"),
    LINK("a link-local"),
    GROUP("a multicast"),
    NOWHERE("an unspecified or reserved");

    private final String words;

    Kind(String words) {
      this.words = words;
    }
  }

  /// Why an address is not connected to; empty when it may be.
  public Optional<String> objection(InetAddress address) {
    Kind kind = kind(address);
    return switch (kind) {
      case INTERNET -> Optional.empty();
      case PRIVATE, LOOPBACK ->
          this == PRIVATE
              ? Optional.empty()
              : Optional.of(
                  "%s is %s address, which this network's settings do not allow (privateNodes)"
                      .formatted(address.getHostAddress(), kind.words));
      case LINK, GROUP, NOWHERE ->
          Optional.of(
              "%s is %s address, which no node can have"
                  .formatted(address.getHostAddress(), kind.words));
    };
  }

  private static Kind kind(InetAddress address) {
    byte[] bytes = address.getAddress();
    return address instanceof Inet4Address ? kind4(bytes) : kind6(bytes);
  }

  /// By the registries of IANA for special addresses (RFC 6890).
  private static Kind kind4(byte[] bytes) {
    int first = bytes[0] & 0xff;
    int second = bytes[1] & 0xff;
    return switch (first) {
      case 0 -> Kind.NOWHERE;
      case 10 -> Kind.PRIVATE;
      case 100 -> second >> 6 == 1 ? Kind.PRIVATE : Kind.INTERNET; // RFC 6598
      case 127 -> Kind.LOOPBACK;
      case 169 -> second == 254 ? Kind.LINK : Kind.INTERNET;
      case 172 -> second >> 4 == 1 ? Kind.PRIVATE : Kind.INTERNET;
      case 192 ->
          second == 168
              ? Kind.PRIVATE
              : second == 0 && bytes[2] == 0 ? Kind.NOWHERE : Kind.INTERNET;
      case 198 -> second >> 1 == 9 ? Kind.PRIVATE : Kind.INTERNET; // RFC 2544
      default -> first >= 240 ? Kind.NOWHERE : first >= 224 ? Kind.GROUP : Kind.INTERNET;
    };
  }

  private static Kind kind6(byte[] bytes) {
    boolean zero = zero(bytes, 0, 12);
    if (zero && zero(bytes, 12, 15)) {
      return switch (bytes[15]) {
        case 0 -> Kind.NOWHERE;
        case 1 -> Kind.LOOPBACK;
        default -> Kind.NOWHERE;
      };
    }
    // Forms that end, or begin, at an IPv4 address: compatible, translated (RFC 6052, RFC 2765),
    // 6to4.
    if (zero || starts(bytes, 0x00, 0x64, 0xff, 0x9b) || translated(bytes)) {
      return kind4(Arrays.copyOfRange(bytes, 12, 16));
    }
    if (starts(bytes, 0x20, 0x02)) {
      return kind4(Arrays.copyOfRange(bytes, 2, 6));
    }
    int first = (bytes[0] & 0xff) << 8 | (bytes[1] & 0xff);
    if (first >> 8 == 0xff) {
      return Kind.GROUP;
    }
    if (first >> 6 == 0xfe80 >> 6) {
      return Kind.LINK;
    }
    if (first >> 9 == 0xfc00 >> 9 || first >> 6 == 0xfec0 >> 6) {
      return Kind.PRIVATE;
    }
    // All that is given out lies in 2000::/3; 2001:0::/32 (Teredo) hides IPv4 addresses.
    return first >> 13 != 1 || starts(bytes, 0x20, 0x01, 0, 0) ? Kind.NOWHERE : Kind.INTERNET;
  }

  /// `::ffff:a.b.c.d`, which the JDK makes IPv4 itself, and `::ffff:0:a.b.c.d`.
  private static boolean translated(byte[] bytes) {
    return zero(bytes, 0, 8)
        && ((zero(bytes, 8, 10) && bytes[10] == -1 && bytes[11] == -1)
            || (bytes[8] == -1 && bytes[9] == -1 && zero(bytes, 10, 12)));
  }

  private static boolean zero(byte[] bytes, int from, int to) {
    for (int n = from; n < to; n++) {
      if (bytes[n] != 0) {
        return false;
      }
    }
    return true;
  }

  private static boolean starts(byte[] bytes, int... with) {
    for (int n = 0; n < with.length; n++) {
      if ((bytes[n] & 0xff) != with[n]) {
        return false;
      }
    }
    return true;
  }

  /// Whether a host's spelling alone says that it is of one machine or house: `localhost`, or such
  /// an address. What a name server would answer is not asked.
  public static boolean isPrivate(String host) {
    if (host.equalsIgnoreCase("localhost")) {
      return true;
    }
    Optional<InetAddress> literal = literal(host);
    return literal.isPresent()
        && switch (kind(literal.get())) {
          case PRIVATE, LOOPBACK -> true;
          case INTERNET, LINK, GROUP, NOWHERE -> false;
        };
  }

  /// An address that is written as one; empty for a name, which is not looked up.
  public static Optional<InetAddress> literal(String host) {
    String bare = host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    try {
      return bare.indexOf(':') >= 0 || bare.matches("\\d{1,3}(\\.\\d{1,3}){3}")
          ? Optional.of(InetAddress.ofLiteral(bare))
          : Optional.empty();
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /// The first of a host's addresses that may be connected to.
  ///
  /// @throws UnknownHostException when there is none, saying why
  public InetAddress first(InetAddress[] addresses) throws UnknownHostException {
    String why = "it has no address";
    for (InetAddress address : addresses) {
      Optional<String> objection = objection(address);
      if (objection.isEmpty()) {
        return address;
      }
      why = objection.get();
    }
    throw new UnknownHostException(why);
  }
}
