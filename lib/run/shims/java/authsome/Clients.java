package authsome;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.ProxySelector;
import java.util.function.Supplier;

/** Clients that ask neither the properties nor the selector of the JVM for a proxy unless the program says so. */
final class Clients {
  private Clients() {}

  /** Gives `builder` the proxy of the run where the program chose none. */
  static void give(Object builder, RunProxy proxy) throws Exception {
    String name = builder.getClass().getName();
    if (name.startsWith("reactor.")) reactor(builder, proxy);
    else apache(builder, name.contains(".client5.") ? ".http.impl.routing." : ".http.impl.conn.");
  }

  /** Apache HttpClient 4 and 5, under any name that it was copied to. */
  private static void apache(Object builder, String places) throws Exception {
    if (field(builder, "proxy").get(builder) != null) return;
    Field planner = field(builder, "routePlanner");
    if (planner.get(builder) != null) return;
    Class<?> type = builder.getClass();
    while (!declares(type, "routePlanner")) type = type.getSuperclass();
    String name = type.getName();
    String prefix = name.substring(0, name.indexOf(".http.impl."));
    planner.set(builder, Class.forName(prefix + places + "SystemDefaultRoutePlanner", true, type.getClassLoader())
        .getConstructor(ProxySelector.class).newInstance((Object) null));
  }

  /** Reactor Netty, whose native transport passes no socket of the JVM. */
  private static void reactor(Object client, RunProxy proxy) throws Exception {
    Method configuration = method(client.getClass(), "configuration");
    Object config = configuration.invoke(client);
    Field provider = field(config, "proxyProvider");
    if (provider.get(config) != null) return;
    java.util.Properties properties = new java.util.Properties();
    for (String scheme : new String[] {"http", "https"}) {
      properties.setProperty(scheme + ".proxyHost", proxy.host);
      properties.setProperty(scheme + ".proxyPort", String.valueOf(proxy.port));
      properties.setProperty(scheme + ".proxyUser", proxy.user);
      properties.setProperty(scheme + ".proxyPassword", proxy.password);
    }
    String exempt = System.getProperty("http.nonProxyHosts");
    if (exempt != null) properties.setProperty("http.nonProxyHosts", exempt);
    Method from = method(provider.getType(), "createFrom", java.util.Properties.class);
    Object made = from.invoke(null, properties);
    provider.set(config, made instanceof Supplier ? ((Supplier<?>) made).get() : made);
    // The proxy resolves the names.
    Field resolver = field(config, "resolver");
    if (resolver.get(config) != null) return;
    resolver.set(config, Class.forName("io.netty.resolver.NoopAddressResolverGroup", true, client.getClass().getClassLoader())
        .getField("INSTANCE").get(null));
  }

  private static Field field(Object object, String name) throws Exception {
    Class<?> type = object.getClass();
    while (!declares(type, name)) type = type.getSuperclass();
    Field field = type.getDeclaredField(name);
    field.setAccessible(true);
    return field;
  }

  private static boolean declares(Class<?> type, String name) throws NoSuchFieldException {
    if (type == null) throw new NoSuchFieldException(name);
    for (Field field : type.getDeclaredFields()) {
      if (field.getName().equals(name)) return true;
    }
    return false;
  }

  private static Method method(Class<?> type, String name, Class<?>... parameters) throws Exception {
    for (Class<?> each = type; each != null; each = each.getSuperclass()) {
      try {
        Method method = each.getDeclaredMethod(name, parameters);
        method.setAccessible(true);
        return method;
      } catch (NoSuchMethodException above) {
        // Its superclass may have it.
      }
    }
    throw new NoSuchMethodException(name);
  }
}
