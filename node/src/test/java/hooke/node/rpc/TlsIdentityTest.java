package hooke.node.rpc;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.cert.CertificateParsingException;
import java.util.Base64;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TlsIdentityTest {
  private static final String HOST = "203.0.113.7";

  @TempDir private Path home;

  private Path certificate() {
    return home.resolve(TlsIdentity.CERTIFICATE_FILE);
  }

  private Path key() {
    return home.resolve(TlsIdentity.KEY_FILE);
  }

  private static Set<String> names(TlsIdentity identity) throws CertificateParsingException {
    return identity.certificate().getSubjectAlternativeNames().stream()
        .map(name -> name.get(0) + " " + name.get(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  @Test
  void anIdentityIsMadeOnceAndItsKeyIsPrivate() throws IOException {
    TlsIdentity made = TlsIdentity.in(home, HOST);
    assertEquals(made, TlsIdentity.in(home, HOST));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(key())));
    try (var files = Files.list(home)) {
      assertEquals(List.of(certificate(), key()), files.sorted().toList());
    }
  }

  @Test
  void aCertificateNamesTheHouseAndTheEndpoint() throws Exception {
    assertEquals(Set.of("2 node.hooke", "7 203.0.113.7"), names(TlsIdentity.in(home, HOST)));
    assertEquals(
        Set.of("2 node.hooke", "2 node1.example.org"),
        names(TlsIdentity.in(home, "node1.example.org")));
    assertEquals(
        Set.of("2 node.hooke", "7 2001:db8:0:0:0:0:0:1"),
        names(TlsIdentity.in(home, "[2001:db8::1]")));
    Set<String> here = Set.of("2 node.hooke", "2 localhost", "7 127.0.0.1", "7 0:0:0:0:0:0:0:1");
    for (String loopback : List.of("127.0.0.1", "localhost", "[::1]")) {
      assertEquals(here, names(TlsIdentity.in(home, loopback)));
    }
  }

  @Test
  void anotherEndpointChangesTheCertificateAndNotThePin() throws Exception {
    TlsIdentity first = TlsIdentity.in(home, HOST);
    byte[] secret = Files.readAllBytes(key());
    TlsIdentity moved = TlsIdentity.in(home, "203.0.113.8");
    assertNotEquals(first.certificate(), moved.certificate());
    assertEquals(first.keyHash(), moved.keyHash());
    assertArrayEquals(secret, Files.readAllBytes(key()));
    assertEquals(moved, TlsIdentity.in(home, "203.0.113.8"), "and is kept from then on");
  }

  @Test
  void aCertificateWithoutNamesIsMadeAnewOfTheSameKey() throws Exception {
    TlsIdentity nameless = TlsIdentity.create("hooke node");
    Files.writeString(key(), pem("PRIVATE KEY", nameless.key().getEncoded()));
    Files.writeString(certificate(), pem("CERTIFICATE", nameless.certificate().getEncoded()));
    TlsIdentity named = TlsIdentity.in(home, HOST);
    assertEquals(nameless.keyHash(), named.keyHash());
    assertTrue(names(named).contains("2 node.hooke"));
    named.certificate().verify(named.certificate().getPublicKey());
  }

  @Test
  void aStartThatWasCutOffBeforeTheCertificateIsCompleted() throws IOException {
    TlsIdentity made = TlsIdentity.in(home, HOST);
    Files.delete(certificate());
    Files.writeString(home.resolve("tls.key.new"), "half a k");
    assertEquals(made.keyHash(), TlsIdentity.in(home, HOST).keyHash());
  }

  @Test
  void whatIsNoIdentityIsNotOverwritten() throws IOException {
    TlsIdentity made = TlsIdentity.in(home, HOST);
    String own = Files.readString(certificate());
    TlsIdentity.in(home.resolve("other"), HOST);
    Files.copy(
        home.resolve("other").resolve(TlsIdentity.CERTIFICATE_FILE),
        certificate(),
        java.nio.file.StandardCopyOption.REPLACE_EXISTING);
    assertRefused("another key's");
    Files.writeString(certificate(), own);
    Files.writeString(key(), "no key");
    assertRefused("tls.key");
    assertEquals("no key", Files.readString(key()));
    Files.delete(key());
    assertRefused("without its key");
    assertFalse(Files.exists(key()));
    assertEquals(own, Files.readString(certificate()));
    assertTrue(made.toString().contains(made.keyHash().toString()));
  }

  private void assertRefused(String why) {
    IOException refused = assertThrows(IOException.class, () -> TlsIdentity.in(home, HOST));
    assertTrue(refused.toString().contains(why), refused::toString);
  }

  private static String pem(String what, byte[] der) {
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(what, Base64.getMimeEncoder().encodeToString(der), what);
  }
}
