import java.net.HttpURLConnection;
import java.net.URL;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.HttpClients;

/** {@code Java8 <client>}: as {@code Main} of java/, on Java 8. */
class Java8 {
    private static final String URL = "https://api.openai.com/v1/models";
    private static final String BEARER = "Bearer " + System.getenv("OPENAI_API_KEY");

    public static void main(String[] args) throws Exception {
        int status = ask(args[0]);
        if (status != 200) throw new IllegalStateException("status " + status);
        System.out.println("done");
        System.exit(0);
    }

    private static int ask(String client) throws Exception {
        switch (client) {
            case "UrlConn":
                HttpURLConnection connection = (HttpURLConnection) new URL(URL).openConnection();
                connection.setRequestProperty("Authorization", BEARER);
                return connection.getResponseCode();
            case "Ok":
                Request request = new Request.Builder().url(URL).header("Authorization", BEARER).build();
                try (Response response = new OkHttpClient().newCall(request).execute()) {
                    return response.code();
                }
            case "Apache5":
                HttpGet get = new HttpGet(URL);
                get.setHeader("Authorization", BEARER);
                return HttpClients.createDefault().execute(get, response -> response.getCode());
            default:
                throw new IllegalArgumentException("there is no client " + client);
        }
    }
}
