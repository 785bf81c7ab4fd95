package hooke.node.rpc;

import hooke.chain.Bytes32;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.TreeSet;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x9.ECNamedCurveTable;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.math.ec.ECPoint;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.util.IPAddress;

/// A TLS key with a self-signed certificate (EC P-256, RFC 5480). What counts is the key: a node's
/// key hash is on chain, and a client's stands in its access tokens. A node's certificate also
/// carries names (RFC 5280, 4.2.1.6), because some clients cannot leave names out: [#NAME] and the
/// host of the node's endpoint. Dates mean nothing, and it never has to be renewed.
public record TlsIdentity(PrivateKey key, X509Certificate certificate) {
  /// File of the certificate in a node's directory.
  public static final String CERTIFICATE_FILE = "tls.crt";

  /// File of the private key, PKCS #8.
  public static final String KEY_FILE = "tls.key";

  /// A DNS name that every node's certificate carries: for clients that must check one and have
  /// pinned the certificate or its key.
  public static final String NAME = "node.hooke";

  private static final Duration BACKDATED = Duration.ofDays(1);
  private static final Duration VALID = Duration.ofDays(36_500);
  private static final String CURVE = "secp256r1";
  private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1", "::1");

  /// A new key, whose certificate has no names but its subject.
  public static TlsIdentity create(String commonName) {
    try {
      KeyPair pair = newKeys();
      return new TlsIdentity(pair.getPrivate(), certify(commonName, pair, List.of()));
    } catch (GeneralSecurityException | OperatorCreationException | IOException e) {
      throw new IllegalStateException("every JDK has EC P-256", e);
    }
  }

  /// Reads the identity in `directory`. Makes a key there if it has none, for its owner alone, and
  /// a certificate of that key if it has none or one without the names of `host`: the key, and so
  /// the pin on chain, stays.
  ///
  /// @param host of the node's endpoint: a DNS name or an IP address, with or without brackets
  /// @throws IOException if the files cannot be read or written, or do not hold a key and its
  ///   certificate
  public static TlsIdentity in(Path directory, String host) throws IOException {
    Path certificateFile = directory.resolve(CERTIFICATE_FILE);
    Path keyFile = directory.resolve(KEY_FILE);
    try {
      if (!Files.exists(keyFile)) {
        if (Files.exists(certificateFile)) {
          throw new GeneralSecurityException("there is a certificate without its key");
        }
        Files.createDirectories(directory);
        Path draft = draft(keyFile);
        Files.deleteIfExists(draft); // Left by a start that was cut off.
        Files.createFile(
            draft,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        Files.writeString(draft, pem("PRIVATE KEY", newKeys().getPrivate().getEncoded()));
        Files.move(draft, keyFile, StandardCopyOption.ATOMIC_MOVE);
      }
      KeyPair pair = pair(Files.readString(keyFile));
      List<GeneralName> names = names(host);
      if (Files.exists(certificateFile)) {
        X509Certificate found = certificate(Files.readAllBytes(certificateFile));
        if (!found.getPublicKey().equals(pair.getPublic())) {
          throw new GeneralSecurityException("the certificate is another key's");
        }
        if (carries(found, names)) {
          return new TlsIdentity(pair.getPrivate(), found);
        }
      }
      X509Certificate made = certify("hooke node", pair, names);
      Files.writeString(draft(certificateFile), pem("CERTIFICATE", made.getEncoded()));
      Files.move(
          draft(certificateFile),
          certificateFile,
          StandardCopyOption.ATOMIC_MOVE,
          StandardCopyOption.REPLACE_EXISTING);
      return new TlsIdentity(pair.getPrivate(), made);
    } catch (GeneralSecurityException | IllegalArgumentException | OperatorCreationException e) {
      throw new IOException(
          "%s and %s in %s hold no EC key and certificate: %s"
              .formatted(CERTIFICATE_FILE, KEY_FILE, directory, e.getMessage()),
          e);
    }
  }

  private static Path draft(Path file) {
    return file.resolveSibling(file.getFileName() + ".new");
  }

  private static KeyPair newKeys() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec(CURVE));
    return generator.generateKeyPair();
  }

  private static X509Certificate certify(String commonName, KeyPair pair, List<GeneralName> names)
      throws GeneralSecurityException, OperatorCreationException, IOException {
    X500Name subject = new X500Name("CN=" + commonName);
    Instant now = Instant.now();
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            subject,
            new BigInteger(120, new SecureRandom()).setBit(1),
            Date.from(now.minus(BACKDATED)),
            Date.from(now.plus(VALID)),
            subject,
            pair.getPublic());
    if (!names.isEmpty()) {
      builder.addExtension(
          Extension.subjectAlternativeName,
          false,
          new GeneralNames(names.toArray(GeneralName[]::new)));
    }
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
  }

  /// What a certificate for this host carries. Behind a loopback address everybody says another
  /// one.
  private static List<GeneralName> names(String host) {
    String bare = host.replaceFirst("^\\[(.*)]$", "$1");
    TreeSet<String> all = new TreeSet<>(List.of(NAME, bare));
    if (bare.startsWith("127.") || LOOPBACK.contains(bare)) {
      all.addAll(LOOPBACK);
    }
    return all.stream()
        .map(name ->
            new GeneralName(
                IPAddress.isValid(name) ? GeneralName.iPAddress : GeneralName.dNSName, name))
        .toList();
  }

  private static boolean carries(X509Certificate certificate, List<GeneralName> names)
      throws GeneralSecurityException {
    byte[] found = certificate.getExtensionValue(Extension.subjectAlternativeName.getId());
    try {
      return found != null
          && GeneralNames.getInstance(ASN1OctetString.getInstance(found).getOctets())
              .equals(new GeneralNames(names.toArray(GeneralName[]::new)));
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static X509Certificate certificate(byte[] pem) throws GeneralSecurityException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem));
  }

  /// Both keys; the file holds the private one, and the other follows from it.
  private static KeyPair pair(String pem) throws GeneralSecurityException {
    KeyFactory keys = KeyFactory.getInstance("EC");
    ECPrivateKey secret = (ECPrivateKey) keys.generatePrivate(new PKCS8EncodedKeySpec(der(pem)));
    ECPoint point = ECNamedCurveTable.getByName(CURVE).getG().multiply(secret.getS()).normalize();
    PublicKey shown =
        keys.generatePublic(
            new ECPublicKeySpec(
                new java.security.spec.ECPoint(
                    point.getAffineXCoord().toBigInteger(), point.getAffineYCoord().toBigInteger()),
                secret.getParams()));
    return new KeyPair(shown, secret);
  }

  /// SHA-256 of the key's SubjectPublicKeyInfo: what is registered on chain and pinned by clients.
  public Bytes32 keyHash() {
    return keyHash(certificate.getPublicKey());
  }

  /// SHA-256 of a key's SubjectPublicKeyInfo (DER, RFC 5280).
  public static Bytes32 keyHash(PublicKey key) {
    try {
      return Bytes32.of(MessageDigest.getInstance("SHA-256").digest(key.getEncoded()));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  private static String pem(String what, byte[] der) {
    Base64.Encoder encoder = Base64.getMimeEncoder(64, "\n".getBytes(StandardCharsets.US_ASCII));
    return "-----BEGIN %s-----\n%s\n-----END %s-----\n"
        .formatted(what, encoder.encodeToString(der), what);
  }

  private static byte[] der(String pem) {
    return Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]+-----", ""));
  }

  /// Not the key.
  @Override
  public String toString() {
    return "TlsIdentity[" + keyHash() + "]";
  }
}
