package hooke.node.rpc;

import hooke.chain.Bytes32;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;

/// Takes the one server whose key is registered on chain.
final class PinnedKey extends AnyCertificate {
  private final Bytes32 hash;

  PinnedKey(Bytes32 hash) {
    this.hash = hash;
  }

  @Override
  void check(X509Certificate certificate) throws CertificateException {
    Bytes32 shown = TlsIdentity.keyHash(certificate.getPublicKey());
    if (!shown.equals(hash)) {
      throw new CertificateException(
          "it shows TLS key %s…, the chain says %s…".formatted(shown.prefix(12), hash.prefix(12)));
    }
  }
}
