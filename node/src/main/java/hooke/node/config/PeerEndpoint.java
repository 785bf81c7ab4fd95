package hooke.node.config;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Where a node answers, as the law lets it be registered: `host:port`, perhaps behind `https://`.
/// Chains of others may hold anything, so it is read again here, by the same rule.
///
/// @param host a name, an IPv4 address, or an IPv6 address without its brackets
/// @param port from 1 to 65,535
public record PeerEndpoint(String host, int port) {
  private static final int MAX = 256;
  private static final Pattern FORM =
      Pattern.compile(
          "(?:https://)?(?:\\[([0-9A-Fa-f:.]+)]|([0-9A-Za-z._-]+)):([1-9][0-9]{0,4})/?");
  private static final int LAST_PORT = 65_535;

  /// Empty for what is no endpoint.
  public static Optional<PeerEndpoint> parse(String text) {
    Matcher form = FORM.matcher(text.length() > MAX ? "" : text);
    if (!form.matches() || Integer.parseInt(form.group(3)) > LAST_PORT) {
      return Optional.empty();
    }
    String host = form.group(1) != null ? form.group(1) : form.group(2);
    return Optional.of(new PeerEndpoint(host, Integer.parseInt(form.group(3))));
  }

  /// Whether the host is an IPv6 address.
  public boolean isIpv6() {
    return host.indexOf(':') >= 0;
  }

  /// `host:port`, with brackets where they belong.
  @Override
  public String toString() {
    return (isIpv6() ? "[" + host + "]" : host) + ":" + port;
  }
}
