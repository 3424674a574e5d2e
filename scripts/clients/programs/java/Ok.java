import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;

class Ok {
    static Request request(String url) {
        return new Request.Builder().url(url).header("Authorization", Standard.BEARER).build();
    }

    static void ask() throws Exception {
        try (Response response = new OkHttpClient().newCall(request(Standard.URL)).execute()) {
            Standard.check(response.code());
        }
    }

    static void socket() throws Exception {
        var heard = new CountDownLatch(1);
        new OkHttpClient().newWebSocket(request("https://" + Standard.HOST + "/v1/realtime"), new WebSocketListener() {
            @Override
            public void onMessage(WebSocket socket, String text) {
                heard.countDown();
            }

            @Override
            public void onFailure(WebSocket socket, Throwable error, Response response) {
                error.printStackTrace();
                System.exit(1);
            }
        });
        if (!heard.await(20, TimeUnit.SECONDS)) throw new IllegalStateException("no message");
    }
}
