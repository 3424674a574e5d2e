import java.net.HttpURLConnection;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** {@code Standard <client>}: makes one request with a client that Java brings, and ends with 0 if the API accepted it. */
class Standard {
    static final String HOST = "api.openai.com";
    static final String URL = "https://" + HOST + "/v1/models";
    static final String BEARER = "Bearer " + System.getenv("OPENAI_API_KEY");

    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "HttpClient" -> httpClient(HttpClient.Version.HTTP_2);
            case "HttpClient11" -> httpClient(HttpClient.Version.HTTP_1_1);
            case "WebSocket" -> webSocket();
            case "UrlConn" -> urlConnection();
            default -> throw new IllegalArgumentException("there is no client " + args[0]);
        }
        System.out.println("done");
        System.exit(0);
    }

    static void check(int status) {
        if (status != 200) throw new IllegalStateException("status " + status);
    }

    static void httpClient(HttpClient.Version version) throws Exception {
        var client = HttpClient.newBuilder().version(version).build();
        var request = HttpRequest.newBuilder(URI.create(URL)).header("Authorization", BEARER).build();
        check(client.send(request, BodyHandlers.discarding()).statusCode());
    }

    static void urlConnection() throws Exception {
        var connection = (HttpURLConnection) new URL(URL).openConnection();
        connection.setRequestProperty("Authorization", BEARER);
        check(connection.getResponseCode());
    }

    static void webSocket() throws Exception {
        var heard = new CountDownLatch(1);
        HttpClient.newHttpClient().newWebSocketBuilder().header("Authorization", BEARER)
            .buildAsync(URI.create("wss://" + HOST + "/v1/realtime"), new WebSocket.Listener() {
                @Override
                public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
                    heard.countDown();
                    return null;
                }
            }).get(20, TimeUnit.SECONDS);
        if (!heard.await(20, TimeUnit.SECONDS)) throw new IllegalStateException("no message");
    }
}
