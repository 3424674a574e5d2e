import java.util.concurrent.Future;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.apache.hc.client5.http.async.methods.SimpleHttpResponse;
import org.apache.hc.client5.http.async.methods.SimpleRequestBuilder;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;

/** Clients of libraries, each as its own documentation begins; prints the status and what came. */
class LibraryClients {
  static final String BEARER = "Bearer authsome-proxy-managed";

  public static void main(String[] arguments) throws Exception {
    System.out.println(ask(arguments[0], arguments[1]));
    // Some keep threads.
    System.exit(0);
  }

  static String ask(String client, String url) throws Exception {
    switch (client) {
      case "OkHttp": {
        Request request = new Request.Builder().url(url).header("Authorization", BEARER).build();
        try (Response response = new OkHttpClient().newCall(request).execute()) {
          return response.code() + " " + response.body().string();
        }
      }
      case "Apache 5":
        try (var own = org.apache.hc.client5.http.impl.classic.HttpClients.createDefault()) {
          var get = new org.apache.hc.client5.http.classic.methods.HttpGet(url);
          get.setHeader("Authorization", BEARER);
          String text = own.execute(get, response ->
              response.getCode() + " " + org.apache.hc.core5.http.io.entity.EntityUtils.toString(response.getEntity()));
          return text;
        }
      case "Apache 5 async":
        try (CloseableHttpAsyncClient own = HttpAsyncClients.createDefault()) {
          own.start();
          Future<SimpleHttpResponse> response =
              own.execute(SimpleRequestBuilder.get(url).addHeader("Authorization", BEARER).build(), null);
          return response.get().getCode() + " " + response.get().getBodyText();
        }
      case "Apache 4":
        try (var own = org.apache.http.impl.client.HttpClients.createDefault()) {
          var get = new org.apache.http.client.methods.HttpGet(url);
          get.setHeader("Authorization", BEARER);
          var response = own.execute(get);
          return response.getStatusLine().getStatusCode() + " "
              + org.apache.http.util.EntityUtils.toString(response.getEntity());
        }
      case "Reactor Netty":
        return reactor.netty.http.client.HttpClient.create()
            .headers(headers -> headers.set("Authorization", BEARER)).get().uri(url)
            .responseSingle((response, body) -> body.asString().map(text -> response.status().code() + " " + text))
            .block();
      default:
        throw new IllegalArgumentException(client);
    }
  }
}
