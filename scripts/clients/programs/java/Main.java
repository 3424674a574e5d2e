/** {@code Main <client>}: makes one request with the client, and ends with 0 if the API accepted it. */
class Main {
    public static void main(String[] args) throws Exception {
        switch (args[0]) {
            case "Ok" -> Ok.ask();
            case "OkSocket" -> Ok.socket();
            case "Apache5" -> Apache5.ask();
            case "Apache5System" -> Apache5.askWithSystemProperties();
            case "grpc" -> Grpc.ask();
            default -> Standard.main(args);
        }
        System.out.println("done");
        System.exit(0);
    }
}
