import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.HttpURLConnection;
import java.net.URL;

/** As JdkClients, in the words of Java 8. */
class Java8Client {
  public static void main(String[] arguments) throws Exception {
    HttpURLConnection connection = (HttpURLConnection) new URL(arguments[0]).openConnection();
    connection.setRequestProperty("Authorization", "Bearer authsome-proxy-managed");
    try (BufferedReader in = new BufferedReader(new InputStreamReader(connection.getInputStream()))) {
      System.out.println(connection.getResponseCode() + " " + in.readLine());
    }
  }
}
