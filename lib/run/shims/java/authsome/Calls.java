package authsome;

import java.io.File;
import java.net.AuthsomeCalls;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Gives the run's password to the heads that any client of this JVM sends to the proxy of the run. */
final class Calls extends AuthsomeCalls {
  private final RunProxy proxy;
  private final File bundle;

  /** `bundle` is there as long as the run goes on. */
  Calls(RunProxy proxy, File bundle) {
    this.proxy = proxy;
    this.bundle = bundle;
  }

  @Override
  protected byte[] head(InetAddress address, int port, byte[] bytes) {
    if (!proxy.is(address, port)) return null;
    String head = new String(bytes, 0, headSize(bytes), StandardCharsets.ISO_8859_1);
    int line = head.indexOf("\r\n");
    if (line < 0 || !isForProxy(head.substring(0, line))) return null;
    if (head.toLowerCase(Locale.ROOT).contains("\r\nproxy-authorization:")) return null;
    String given = head.substring(0, line) + "\r\nProxy-Authorization: " + proxy.authorization() + head.substring(line);
    return given.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Whether a request line opens a tunnel, or names a whole URL. */
  private static boolean isForProxy(String line) {
    int space = line.indexOf(' ');
    if (space < 1 || !line.substring(line.lastIndexOf(' ') + 1).startsWith("HTTP/1.")) return false;
    return line.startsWith("CONNECT ") || line.regionMatches(true, space + 1, "http://", 0, 7);
  }

  @Override
  protected void client(Object builder) throws Exception {
    Clients.give(builder, proxy);
  }

  @Override
  protected boolean leads() {
    return bundle.exists();
  }
}
