package authsome;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;

/** The proxy of the run, as the environment names it. */
final class RunProxy {
  final String host;
  final int port;
  final String user;
  final String password;
  /** Host names without a leading dot that are asked directly, also below them. */
  final List<String> exempt = new ArrayList<>();
  private InetAddress address;

  private RunProxy(URI url, String noProxy) {
    host = url.getHost();
    port = url.getPort();
    String[] parts = (url.getUserInfo() == null ? "" : url.getUserInfo()).split(":", 2);
    user = parts[0];
    password = parts.length < 2 ? "" : parts[1];
    for (String entry : noProxy.toLowerCase(Locale.ROOT).split("[\\s,]+")) {
      String name = entry.startsWith("*.") ? entry.substring(2) : entry.startsWith(".") ? entry.substring(1) : entry;
      if (!name.isEmpty()) exempt.add(name);
    }
  }

  /** Null where the environment names none. */
  static RunProxy ofEnvironment() {
    String url = System.getenv("HTTPS_PROXY");
    if (url == null || !url.startsWith("http://")) return null;
    String noProxy = System.getenv("NO_PROXY");
    RunProxy proxy = new RunProxy(URI.create(url), noProxy == null ? "" : noProxy);
    return proxy.host == null || proxy.port < 1 ? null : proxy;
  }

  boolean is(InetAddress peer, int peerPort) {
    if (peerPort != port || peer == null) return false;
    try {
      if (address == null) address = InetAddress.getByName(host);
    } catch (Exception unknown) {
      return false;
    }
    return address.equals(peer);
  }

  InetSocketAddress unresolved() {
    return InetSocketAddress.createUnresolved(host, port);
  }

  String authorization() {
    byte[] pair = (user + ":" + password).getBytes(StandardCharsets.UTF_8);
    return "Basic " + Base64.getEncoder().encodeToString(pair);
  }

  boolean exempts(String name) {
    String wanted = name.toLowerCase(Locale.ROOT).replaceAll("^\\[|\\]$", "");
    for (String each : exempt) {
      if (each.equals("*") || wanted.equals(each) || wanted.endsWith("." + each)) return true;
    }
    return false;
  }
}
