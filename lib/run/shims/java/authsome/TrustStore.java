package authsome;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** The certificates of the run as a key store, the only form that Java reads them in. */
final class TrustStore {
  private static final String PROPERTY = "javax.net.ssl.trustStore";
  private static final String PASSWORD = "changeit";
  private static final String BEGIN = "-----BEGIN CERTIFICATE-----";
  private static final String END = "-----END CERTIFICATE-----";

  private TrustStore() {}

  /** Makes the JVM trust them; the store is written once for each run, if its folder takes it. */
  static void trust(File bundle, File shared) throws Exception {
    String named = System.getProperty(PROPERTY);
    String type = System.getProperty(PROPERTY + "Type");
    if (named == null && type == null) {
      if (!shared.exists()) shared = write(ofBundle(bundle), shared);
    } else {
      shared = write(extended(named, type, bundle), null);
    }
    Properties.set(PROPERTY, shared.getPath());
    Properties.set(PROPERTY + "Type", "JKS");
    Properties.set(PROPERTY + "Password", PASSWORD);
    Properties.set(PROPERTY + "Provider", null);
  }

  /** At once, so that another JVM never reads half of it; in a file of its own where the folder is read-only. */
  private static File write(byte[] store, File wanted) throws Exception {
    if (wanted != null) {
      try {
        Path part = Files.createTempFile(wanted.getParentFile().toPath(), "java", ".part");
        Files.write(part, store);
        Files.move(part, wanted.toPath(), StandardCopyOption.ATOMIC_MOVE);
        return wanted;
      } catch (Exception readOnly) {
        // As in a sandbox.
      }
    }
    File own = File.createTempFile("authsome", ".jks");
    own.deleteOnExit();
    Files.write(own.toPath(), store);
    return own;
  }

  private static List<byte[]> certificates(File bundle) throws Exception {
    String text = new String(Files.readAllBytes(bundle.toPath()), StandardCharsets.ISO_8859_1);
    List<byte[]> ders = new ArrayList<>();
    for (int at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, at + 1)) {
      int end = text.indexOf(END, at);
      if (end < 0) break;
      ders.add(Base64.getMimeDecoder().decode(text.substring(at + BEGIN.length(), end)));
    }
    return ders;
  }

  /** In the format JKS, which every version reads, without the time that it takes to parse a certificate. */
  private static byte[] ofBundle(File bundle) throws Exception {
    List<byte[]> ders = certificates(bundle);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeInt(0xfeedfeed);
    out.writeInt(2);
    out.writeInt(ders.size());
    for (int at = 0; at < ders.size(); at++) {
      out.writeInt(2);
      out.writeUTF("authsome-" + at);
      out.writeLong(0);
      out.writeUTF("X.509");
      out.writeInt(ders.get(at).length);
      out.write(ders.get(at));
    }
    MessageDigest digest = MessageDigest.getInstance("SHA-1");
    digest.update(PASSWORD.getBytes(StandardCharsets.UTF_16BE));
    digest.update("Mighty Aphrodite".getBytes(StandardCharsets.UTF_8));
    digest.update(bytes.toByteArray());
    out.write(digest.digest());
    return bytes.toByteArray();
  }

  /** What the program was told to trust, and the CA of the run, which is the last of its bundle. */
  private static byte[] extended(String named, String type, File bundle) throws Exception {
    KeyStore store = KeyStore.getInstance(type == null ? KeyStore.getDefaultType() : type);
    String password = System.getProperty(PROPERTY + "Password");
    char[] secret = password == null || password.isEmpty() ? null : password.toCharArray();
    if (named == null || named.equals("NONE")) {
      store.load(null, secret);
    } else {
      try (InputStream in = new FileInputStream(named)) {
        store.load(in, secret);
      }
    }
    KeyStore all = KeyStore.getInstance("JKS");
    all.load(null, null);
    for (String alias : java.util.Collections.list(store.aliases())) {
      Certificate certificate = store.getCertificate(alias);
      if (certificate != null) all.setCertificateEntry("own-" + alias, certificate);
    }
    List<byte[]> ders = certificates(bundle);
    all.setCertificateEntry("authsome", CertificateFactory.getInstance("X.509")
        .generateCertificate(new java.io.ByteArrayInputStream(ders.get(ders.size() - 1))));
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    all.store(bytes, PASSWORD.toCharArray());
    return bytes.toByteArray();
  }
}
