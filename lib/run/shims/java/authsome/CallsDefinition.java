package authsome;

import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.lang.instrument.Instrumentation;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.URI;
import java.security.ProtectionDomain;
import java.util.Collections;
import java.util.Map;
import java.util.Set;

/** Brings java.net.AuthsomeCalls into the JVM; it must be done before a class is loaded that names that one. */
final class CallsDefinition {
  private static final String NAME = "java/net/AuthsomeCalls";

  private CallsDefinition() {}

  /** Defines the class in java.base. To add the jar to the boot class path would print a warning and slow the start. */
  static void define(Instrumentation instrumentation) throws Exception {
    byte[] bytes;
    try (InputStream in = CallsDefinition.class.getResourceAsStream("/" + NAME + ".class")) {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      byte[] part = new byte[8192];
      for (int size = in.read(part); size >= 0; size = in.read(part)) out.write(part, 0, size);
      bytes = out.toByteArray();
    }
    Class<?> moduleType;
    try {
      moduleType = Class.forName("java.lang.Module");
    } catch (ClassNotFoundException java8) {
      Class<?> type = Class.forName("sun.misc.Unsafe");
      Field unsafe = type.getDeclaredField("theUnsafe");
      unsafe.setAccessible(true);
      type.getMethod("defineClass", String.class, byte[].class, int.class, int.class, ClassLoader.class, ProtectionDomain.class)
          .invoke(unsafe.get(null), NAME, bytes, 0, bytes.length, null, null);
      return;
    }
    Method moduleOf = Class.class.getMethod("getModule");
    Map<String, Set<Object>> opened = Collections.singletonMap("java.net", Collections.singleton(moduleOf.invoke(CallsDefinition.class)));
    Instrumentation.class.getMethod("redefineModule", moduleType, Set.class, Map.class, Map.class, Set.class, Map.class)
        .invoke(instrumentation, moduleOf.invoke(URI.class), Collections.emptySet(), Collections.emptyMap(), opened,
            Collections.emptySet(), Collections.emptyMap());
    Object lookup = MethodHandles.class.getMethod("privateLookupIn", Class.class, MethodHandles.Lookup.class)
        .invoke(null, URI.class, MethodHandles.lookup());
    MethodHandles.Lookup.class.getMethod("defineClass", byte[].class).invoke(lookup, (Object) bytes);
  }
}
