import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;

class Apache5 {
    static void ask() throws Exception {
        ask(HttpClients.createDefault());
    }

    static void askWithSystemProperties() throws Exception {
        ask(HttpClients.createSystem());
    }

    private static void ask(CloseableHttpClient client) throws Exception {
        var request = new HttpGet(Standard.URL);
        request.setHeader("Authorization", Standard.BEARER);
        Standard.check(client.execute(request, response -> response.getCode()));
    }
}
