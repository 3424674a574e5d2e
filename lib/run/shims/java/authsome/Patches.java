package authsome;

import java.io.File;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.net.AuthsomeCalls;
import java.security.ProtectionDomain;

/**
 * The methods that call the agent: those of the JDK that write to a socket, so that no client needs to know the proxy's
 * password, and those of clients that would not ask for a proxy.
 */
final class Patches implements ClassFileTransformer {
  private static final String CALLS = "java/net/AuthsomeCalls";

  private Patches() {}

  static void install(Instrumentation instrumentation, RunProxy proxy, File bundle) throws Exception {
    AuthsomeCalls.install(new Calls(proxy, bundle));
    instrumentation.addTransformer(new Patches(), true);
    for (Class<?> loaded : instrumentation.getAllLoadedClasses()) {
      if (methodsOf(loaded.getName().replace('.', '/')) != null) instrumentation.retransformClasses(loaded);
    }
  }

  @Override
  public byte[] transform(ClassLoader loader, String name, Class<?> old, ProtectionDomain domain, byte[] bytes) {
    String[] methods = name == null ? null : methodsOf(name);
    if (methods == null) return null;
    try {
      ClassPatch patch = new ClassPatch(bytes);
      for (String method : methods) patch.method(method, codeOf(method));
      return patch.bytes();
    } catch (Throwable unknownForm) {
      return null;
    }
  }

  private static final String BYTES = "write([BII)V";
  private static final String FULLY = "blockingWriteFully([BII)V";
  private static final String BUFFER = "write(Ljava/nio/ByteBuffer;)I";
  /** Of a proxy in the settings of Maven, which count more than the one of the JVM. */
  private static final String IS_ACTIVE = "isActive()Z";
  private static final String BUFFERS = "write([Ljava/nio/ByteBuffer;II)J";

  /** The methods to patch in a class, or null. */
  private static String[] methodsOf(String name) {
    switch (name.charAt(0)) {
      case 's':
        if (name.equals("sun/nio/ch/NioSocketImpl")) return new String[] {BYTES};
        if (name.equals("sun/nio/ch/SocketChannelImpl")) return new String[] {BUFFER, BUFFERS, FULLY};
        break;
      case 'j':
        if (name.equals("java/net/SocketOutputStream")) return new String[] {BYTES};
        break;
      case 'o':
        // Maven 3, and Maven 4 besides.
        if (name.equals("org/apache/maven/settings/Proxy") || name.equals("org/apache/maven/api/settings/Proxy")) {
          return new String[] {IS_ACTIVE};
        }
        break;
      case 'r':
        if (name.equals("reactor/netty/http/client/HttpClientConnect")) {
          return new String[] {"connect()Lreactor/core/publisher/Mono;"};
        }
        break;
      default:
    }
    // Also copies in other packages, as many programs have them.
    if (name.endsWith("HttpClientBuilder") || name.endsWith("HttpAsyncClientBuilder")) {
      int at = name.indexOf("/http/impl/");
      if (at < 0) return null;
      String prefix = name.substring(0, at);
      if (name.endsWith("/http/impl/client/HttpClientBuilder")) {
        return new String[] {"build()L" + prefix + "/http/impl/client/CloseableHttpClient;"};
      }
      if (name.endsWith("/http/impl/nio/client/HttpAsyncClientBuilder")) {
        return new String[] {"build()L" + prefix + "/http/impl/nio/client/CloseableHttpAsyncClient;"};
      }
      if (name.endsWith("/http/impl/classic/HttpClientBuilder")) {
        return new String[] {"build()L" + prefix + "/http/impl/classic/CloseableHttpClient;"};
      }
      if (name.endsWith("/http/impl/async/HttpAsyncClientBuilder")) {
        return new String[] {"build()L" + prefix + "/http/impl/async/CloseableHttpAsyncClient;"};
      }
    }
    return null;
  }

  /** What a method begins with: see ClassPatch for the numbers. */
  private static ClassPatch.Code codeOf(String method) {
    switch (method) {
      case BYTES:
      case FULLY:
        return new ClassPatch.Code(CALLS, "bytes", "(Ljava/lang/Object;[BII)[B", true,
            // local = bytes(this, bytes, start, length)
            ALOAD_0, ALOAD_1, ILOAD_2, ILOAD_3, INVOKESTATIC, ClassPatch.METHOD, ASTORE, ClassPatch.LOCAL,
            // if (local != null) { bytes = local; start = 0; length = local.length; }
            ALOAD, ClassPatch.LOCAL, IFNULL, ClassPatch.END, ALOAD, ClassPatch.LOCAL, ASTORE_1,
            ICONST_0, ISTORE_2, ALOAD, ClassPatch.LOCAL, ARRAYLENGTH, ISTORE_3);
      case BUFFER:
        return new ClassPatch.Code(CALLS, "buffer", "(Ljava/lang/Object;Ljava/nio/ByteBuffer;)I", true,
            // local = buffer(this, buffer); if (local >= 0) return local;
            ALOAD_0, ALOAD_1, INVOKESTATIC, ClassPatch.METHOD, ISTORE, ClassPatch.LOCAL,
            ILOAD, ClassPatch.LOCAL, IFLT, ClassPatch.END, ILOAD, ClassPatch.LOCAL, IRETURN);
      case BUFFERS:
        return new ClassPatch.Code(CALLS, "buffers", "(Ljava/lang/Object;[Ljava/nio/ByteBuffer;II)I", true,
            ALOAD_0, ALOAD_1, ILOAD_2, ILOAD_3, INVOKESTATIC, ClassPatch.METHOD, ISTORE, ClassPatch.LOCAL,
            ILOAD, ClassPatch.LOCAL, IFLT, ClassPatch.END, ILOAD, ClassPatch.LOCAL, I2L, LRETURN);
      case IS_ACTIVE:
        return new ClassPatch.Code(CALLS, "lead", "()Z", true,
            // if (lead()) return false;
            INVOKESTATIC, ClassPatch.METHOD, IFEQ, ClassPatch.END, ICONST_0, IRETURN);
      default:
        return new ClassPatch.Code(CALLS, "built", "(Ljava/lang/Object;)V", false,
            ALOAD_0, INVOKESTATIC, ClassPatch.METHOD);
    }
  }

  private static final int ICONST_0 = 3;
  private static final int ILOAD = 21;
  private static final int ALOAD = 25;
  private static final int ILOAD_2 = 28;
  private static final int ILOAD_3 = 29;
  private static final int ALOAD_0 = 42;
  private static final int ALOAD_1 = 43;
  private static final int ISTORE = 54;
  private static final int ASTORE = 58;
  private static final int ISTORE_2 = 61;
  private static final int ISTORE_3 = 62;
  private static final int ASTORE_1 = 76;
  private static final int I2L = 133;
  private static final int IFEQ = 153;
  private static final int IFLT = 155;
  private static final int IRETURN = 172;
  private static final int LRETURN = 173;
  private static final int INVOKESTATIC = 184;
  private static final int ARRAYLENGTH = 190;
  private static final int IFNULL = 198;
}
