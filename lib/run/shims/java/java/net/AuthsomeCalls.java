package java.net;

import java.io.IOException;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/**
 * What the patched methods call, see authsome.Patches. It is defined in java.base, since only what lies there is seen by
 * the JDK and by every class loader; what it does is in the subclass that the agent brings.
 */
public abstract class AuthsomeCalls {
  private static volatile AuthsomeCalls installed;

  public static void install(AuthsomeCalls calls) {
    installed = calls;
  }

  /** What to write to this address in place of the head that these bytes begin with, or null; see authsome.Calls. */
  protected abstract byte[] head(InetAddress address, int port, byte[] bytes);

  /** A client is about to be built or to connect: it may be given a proxy. */
  protected abstract void client(Object builder) throws Exception;

  /** Whether the run goes on, whose proxy counts more than those of settings. */
  protected abstract boolean leads();

  /** Before a socket writes: what it should write in their place, or null for just these. */
  public static byte[] bytes(Object writer, byte[] bytes, int start, int length) {
    AuthsomeCalls calls = installed;
    if (calls == null || length < SHORTEST || !isLetter(bytes[start])) return null;
    try {
      byte[] given = new byte[length];
      System.arraycopy(bytes, start, given, 0, length);
      int size = headSize(given);
      InetSocketAddress peer = peer(writer);
      byte[] head = peer == null ? null : calls.head(peer.getAddress(), peer.getPort(), given);
      if (head == null) return null;
      byte[] all = new byte[head.length + length - size];
      System.arraycopy(head, 0, all, 0, head.length);
      System.arraycopy(given, size, all, head.length, length - size);
      return all;
    } catch (Throwable unforeseen) {
      return null;
    }
  }

  /** Before a channel writes: how many bytes of the buffer were written here, or -1 if none was. */
  public static int buffer(Object channel, ByteBuffer buffer) throws IOException {
    AuthsomeCalls calls = installed;
    if (calls == null || buffer.remaining() < SHORTEST || !isLetter(buffer.get(buffer.position()))) return -1;
    ByteBuffer head;
    int size;
    try {
      byte[] given = new byte[Math.min(buffer.remaining(), LONGEST)];
      buffer.duplicate().get(given);
      size = headSize(given);
      InetSocketAddress peer = peer(channel);
      byte[] found = peer == null ? null : calls.head(peer.getAddress(), peer.getPort(), given);
      if (found == null) return -1;
      head = ByteBuffer.wrap(found);
    } catch (Throwable unforeseen) {
      return -1;
    }
    // The first bytes of a connection, or few: there is room for them.
    for (int tries = 0; head.hasRemaining(); tries++) {
      if (tries == MOST_TRIES) throw new IOException("The proxy takes no more bytes");
      if (((SocketChannel) channel).write(head) == 0) Thread.yield();
    }
    // Through its superclass: Java 8 has no such method of its own.
    ((java.nio.Buffer) buffer).position(buffer.position() + size);
    return size;
  }

  /** The same for several buffers. */
  public static int buffers(Object channel, ByteBuffer[] buffers, int start, int length) throws IOException {
    if (installed == null) return -1;
    for (int at = start; at < start + length && at < buffers.length; at++) {
      if (buffers[at] != null && buffers[at].hasRemaining()) return buffer(channel, buffers[at]);
    }
    return -1;
  }

  public static void built(Object builder) {
    AuthsomeCalls calls = installed;
    if (calls == null) return;
    try {
      calls.client(builder);
    } catch (Throwable unforeseen) {
      // It is built as the program says.
    }
  }

  public static boolean lead() {
    AuthsomeCalls calls = installed;
    return calls != null && calls.leads();
  }

  private static final int SHORTEST = 16;
  private static final int LONGEST = 65536;
  private static final int MOST_TRIES = 10000;

  private static boolean isLetter(byte value) {
    return value >= 'A' && value <= 'Z';
  }

  /** Length of a head with the empty line that ends it; of its first line, where that is not there. */
  public static int headSize(byte[] bytes) {
    int first = 0;
    for (int at = 1; at < bytes.length; at++) {
      if (bytes[at] != '\n' || bytes[at - 1] != '\r') continue;
      if (first == 0) first = at + 1;
      if (at >= 3 && bytes[at - 2] == '\n') return at + 1;
    }
    return first;
  }

  /** Where a socket or channel is connected to, or null. */
  private static InetSocketAddress peer(Object writer) throws Exception {
    if (writer instanceof SocketChannel) {
      return (InetSocketAddress) ((SocketChannel) writer).getRemoteAddress();
    }
    SocketImpl socket;
    if (writer instanceof SocketImpl) {
      socket = (SocketImpl) writer;
    } else {
      // java.net.SocketOutputStream, until Java 12.
      Field field = writer.getClass().getDeclaredField("impl");
      field.setAccessible(true);
      socket = (SocketImpl) field.get(writer);
    }
    return socket.address == null ? null : new InetSocketAddress(socket.address, socket.port);
  }
}
