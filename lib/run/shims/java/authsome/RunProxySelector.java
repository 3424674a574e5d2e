package authsome;

import java.io.File;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.util.Collections;
import java.util.List;

/** Leads HTTP to the proxy of the run as long as there is one; a daemon may outlive it. */
final class RunProxySelector extends ProxySelector {
  private final RunProxy proxy;
  private final File bundle;
  private final ProxySelector others;

  RunProxySelector(RunProxy proxy, File bundle, ProxySelector others) {
    this.proxy = proxy;
    this.bundle = bundle;
    this.others = others;
  }

  @Override
  public List<Proxy> select(URI uri) {
    String scheme = uri == null ? null : uri.getScheme();
    if (!"http".equalsIgnoreCase(scheme) && !"https".equalsIgnoreCase(scheme)) {
      return others == null ? Collections.singletonList(Proxy.NO_PROXY) : others.select(uri);
    }
    if (uri.getHost() == null || proxy.exempts(uri.getHost())) return Collections.singletonList(Proxy.NO_PROXY);
    if (!bundle.exists()) {
      Properties.restore();
      return others == null ? Collections.singletonList(Proxy.NO_PROXY) : others.select(uri);
    }
    // Resolved, as that of the JDK: some clients take no other.
    return Collections.singletonList(new Proxy(Proxy.Type.HTTP, new InetSocketAddress(proxy.host, proxy.port)));
  }

  @Override
  public void connectFailed(URI uri, SocketAddress address, IOException failure) {
    if (others != null && uri != null) others.connectFailed(uri, address, failure);
  }
}
