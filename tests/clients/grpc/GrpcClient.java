import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;

/** A client of gRPC for Java without code that was generated: `GrpcClient <host>`. */
class GrpcClient {
  static final MethodDescriptor.Marshaller<String> TEXT = new MethodDescriptor.Marshaller<String>() {
    @Override
    public InputStream stream(String value) {
      return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String parse(InputStream stream) {
      try {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException failure) {
        throw new IllegalStateException(failure);
      }
    }
  };

  public static void main(String[] arguments) throws Exception {
    ManagedChannel channel = ManagedChannelBuilder.forTarget(arguments[0] + ":443").build();
    ask(channel, MethodDescriptor.MethodType.UNARY, "test.Echo/Say", "hello");
    ask(channel, MethodDescriptor.MethodType.SERVER_STREAMING, "test.Echo/Count", "3");
    channel.shutdownNow();
  }

  static void ask(ManagedChannel channel, MethodDescriptor.MethodType type, String name, String text) throws Exception {
    ClientCall<String, String> call = channel.newCall(
        MethodDescriptor.newBuilder(TEXT, TEXT).setType(type).setFullMethodName(name).build(), CallOptions.DEFAULT);
    Metadata metadata = new Metadata();
    metadata.put(Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer authsome-proxy-managed");
    CountDownLatch ended = new CountDownLatch(1);
    call.start(new ClientCall.Listener<String>() {
      @Override
      public void onMessage(String message) {
        System.out.println(message);
      }

      @Override
      public void onClose(Status status, Metadata trailers) {
        if (!status.isOk()) System.out.println(status);
        ended.countDown();
      }
    }, metadata);
    call.request(100);
    call.sendMessage(text);
    call.halfClose();
    ended.await();
  }
}
