package hooke.node.rpc;

import hooke.chain.Bytes32;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
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
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// A TLS key with a self-signed certificate (EC P-256, RFC 5480). Nobody trusts the certificate for
/// what it says: a node's key hash is on chain, and a client's stands in its access tokens. So
/// names and dates in it mean nothing, and it never has to be renewed.
public record TlsIdentity(PrivateKey key, X509Certificate certificate) {
  /// File of the certificate in a node's directory.
  public static final String CERTIFICATE_FILE = "tls.crt";

  /// File of the private key, PKCS #8.
  public static final String KEY_FILE = "tls.key";

  private static final Duration BACKDATED = Duration.ofDays(1);
  private static final Duration VALID = Duration.ofDays(36_500);

  /// A new key.
  public static TlsIdentity create(String commonName) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair pair = generator.generateKeyPair();
      X500Name name = new X500Name("CN=" + commonName);
      Instant now = Instant.now();
      X509Certificate certificate =
          new JcaX509CertificateConverter()
              .getCertificate(
                  new JcaX509v3CertificateBuilder(
                          name,
                          new BigInteger(120, new SecureRandom()).setBit(1),
                          Date.from(now.minus(BACKDATED)),
                          Date.from(now.plus(VALID)),
                          name,
                          pair.getPublic())
                      .build(
                          new JcaContentSignerBuilder("SHA256withECDSA").build(pair.getPrivate())));
      return new TlsIdentity(pair.getPrivate(), certificate);
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("every JDK has EC P-256", e);
    }
  }

  /// Reads the identity in `directory`, or makes one there if it has none. The key file is for its
  /// owner alone.
  ///
  /// @throws IOException if the files cannot be read or written, or do not hold a key and
  ///   certificate
  public static TlsIdentity in(Path directory) throws IOException {
    Path certificateFile = directory.resolve(CERTIFICATE_FILE);
    Path keyFile = directory.resolve(KEY_FILE);
    if (!Files.exists(certificateFile) && !Files.exists(keyFile)) {
      TlsIdentity made = create("hooke node");
      Files.createDirectories(directory);
      Files.createFile(
          keyFile,
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      Files.writeString(
          keyFile, pem("PRIVATE KEY", made.key.getEncoded()), StandardOpenOption.WRITE);
      try {
        Files.writeString(certificateFile, pem("CERTIFICATE", made.certificate.getEncoded()));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("a certificate just made has an encoding", e);
      }
      return made;
    }
    try {
      X509Certificate certificate =
          (X509Certificate)
              CertificateFactory.getInstance("X.509")
                  .generateCertificate(
                      new ByteArrayInputStream(Files.readAllBytes(certificateFile)));
      PrivateKey key =
          KeyFactory.getInstance("EC")
              .generatePrivate(new PKCS8EncodedKeySpec(der(Files.readString(keyFile))));
      return new TlsIdentity(key, certificate);
    } catch (GeneralSecurityException | IllegalArgumentException e) {
      throw new IOException(
          "%s and %s in %s hold no EC key and certificate: %s"
              .formatted(CERTIFICATE_FILE, KEY_FILE, directory, e.getMessage()),
          e);
    }
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
