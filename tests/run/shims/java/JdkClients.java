import java.io.InputStream;
import java.net.Authenticator;
import java.net.HttpURLConnection;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** Clients of the JDK alone, as programs use them; prints the status and what came. */
class JdkClients {
  static final String BEARER = "Bearer authsome-proxy-managed";

  public static void main(String[] arguments) throws Exception {
    for (String each : arguments[0].split(",")) System.out.println(ask(each, arguments[1]));
  }

  static String ask(String client, String url) throws Exception {
    switch (client) {
      case "HttpURLConnection": {
        HttpURLConnection connection = (HttpURLConnection) new URL(url).openConnection();
        connection.setRequestProperty("Authorization", BEARER);
        try (InputStream in = connection.getInputStream()) {
          return connection.getResponseCode() + " " + new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
      }
      case "HttpClient":
        return send(HttpClient.newHttpClient(), url);
      case "HttpClient.Builder":
        return send(HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.ALWAYS).connectTimeout(Duration.ofMinutes(1))
            .authenticator(new Authenticator() {}).build(), url);
      case "SocketChannel":
        try (SocketChannel channel = SocketChannel.open(proxy())) {
          return throughTunnel(channel.socket(), url);
        }
      case "Socket":
        try (Socket socket = new Socket()) {
          socket.connect(proxy());
          return throughTunnel(socket, url);
        }
      case "anotherProxy":
        // One that the program was told of by somebody else must not learn the password of the run.
        try (ServerSocket another = new ServerSocket(0);
            SocketChannel channel = SocketChannel.open(new InetSocketAddress("127.0.0.1", another.getLocalPort()))) {
          byte[] head = "CONNECT a.example:443 HTTP/1.1\r\nHost: a.example\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
          int written = channel.write(ByteBuffer.wrap(head));
          channel.shutdownOutput();
          try (Socket accepted = another.accept()) {
            byte[] seen = accepted.getInputStream().readAllBytes();
            return written + " " + new String(seen, StandardCharsets.US_ASCII).replace("\r\n", "|");
          }
        }
      case "properties":
        return System.getProperties() + " " + java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments();
      case "selector":
        return java.net.ProxySelector.getDefault().getClass().getName() + " " + System.getProperty("javax.net.ssl.trustStore");
      default:
        throw new IllegalArgumentException(client);
    }
  }

  static String send(HttpClient client, String url) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(url)).header("Authorization", BEARER).build();
    HttpResponse<String> response = client.send(request, HttpResponse.BodyHandlers.ofString());
    return response.statusCode() + " " + response.body();
  }

  static InetSocketAddress proxy() {
    return new InetSocketAddress(System.getProperty("https.proxyHost"), Integer.getInteger("https.proxyPort"));
  }

  /** A client that knows the address of a proxy and no password. */
  static String throughTunnel(Socket socket, String url) throws Exception {
    String host = URI.create(url).getHost();
    String head = "CONNECT " + host + ":443 HTTP/1.1\r\nHost: " + host + ":443\r\n\r\n";
    socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
    StringBuilder answer = new StringBuilder();
    while (answer.indexOf("\r\n\r\n") < 0) {
      int value = socket.getInputStream().read();
      if (value < 0) break;
      answer.append((char) value);
    }
    if (!answer.toString().startsWith("HTTP/1.1 200")) return answer.toString().trim();
    SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
    try (SSLSocket tls = (SSLSocket) factory.createSocket(socket, host, 443, true)) {
      String request = "GET " + URI.create(url).getPath() + " HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\nAuthorization: " + BEARER + "\r\n\r\n";
      tls.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
      String response = new String(tls.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return response.substring(9, 12) + " " + response.substring(response.indexOf("\r\n\r\n") + 4);
    }
  }
}
