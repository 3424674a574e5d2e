package authsome;

import java.net.Authenticator;
import java.net.PasswordAuthentication;

/** For clients that ask the JVM for the password of a proxy, such as gRPC. */
final class ProxyAuthenticator extends Authenticator {
  private final RunProxy proxy;

  ProxyAuthenticator(RunProxy proxy) {
    this.proxy = proxy;
  }

  @Override
  protected PasswordAuthentication getPasswordAuthentication() {
    if (getRequestorType() != RequestorType.PROXY || getRequestingPort() != proxy.port) return null;
    if (getRequestingSite() == null ? !proxy.host.equals(getRequestingHost()) : !proxy.is(getRequestingSite(), proxy.port)) {
      return null;
    }
    return new PasswordAuthentication(proxy.user, proxy.password.toCharArray());
  }
}
