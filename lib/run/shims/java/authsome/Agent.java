package authsome;

import java.io.File;
import java.lang.instrument.Instrumentation;
import java.net.Authenticator;
import java.net.ProxySelector;

/** Leads a JVM in a run to the proxy of the run: what works without it goes on to, whatever fails in here. */
public final class Agent {
  private Agent() {}

  /** `arguments` is the file of the certificates that this run trusts, in the folder of the run. */
  public static void premain(String arguments, Instrumentation instrumentation) {
    if (System.getenv("AUTHSOME_PROXY_MODE") == null || arguments == null) return;
    try {
      start(arguments, instrumentation);
    } catch (Throwable unforeseen) {
      // The program runs without help.
    }
  }

  private static void start(String arguments, Instrumentation instrumentation) throws Exception {
    RunProxy proxy = RunProxy.ofEnvironment();
    if (proxy == null) return;
    // The run is over where they are gone: this JVM outlives it, or was started by a program that does.
    File bundle = new File(arguments);
    if (!bundle.exists()) return;
    try {
      TrustStore.trust(bundle, new File(bundle.getParentFile(), "java.jks"));
    } catch (Throwable unwritable) {
      // The proxy is asked all the same.
    }
    StringBuilder exempt = new StringBuilder();
    for (String name : proxy.exempt) {
      if (exempt.length() > 0) exempt.append('|');
      exempt.append(name.indexOf(':') < 0 ? name : '[' + name + ']');
      if (name.matches(".*[a-z].*") && name.indexOf(':') < 0) exempt.append("|*.").append(name);
    }
    for (String scheme : new String[] {"http", "https"}) {
      Properties.set(scheme + ".proxyHost", proxy.host);
      Properties.set(scheme + ".proxyPort", String.valueOf(proxy.port));
    }
    Properties.set("http.nonProxyHosts", exempt.toString());
    // Otherwise the JDK gives no proxy a password in plain text, not even on this machine.
    Properties.set("jdk.http.auth.tunneling.disabledSchemes", "");
    Properties.set("jdk.http.auth.proxying.disabledSchemes", "");
    ProxySelector.setDefault(new RunProxySelector(proxy, bundle, ProxySelector.getDefault()));
    Authenticator.setDefault(new ProxyAuthenticator(proxy));
    CallsDefinition.define(instrumentation);
    Patches.install(instrumentation, proxy, bundle);
  }
}
