import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.concurrent.CompletionStage;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.TrustManagerFactory;

/**
 * A peer made of the JDK's own WebSocket client, as NetBackup is Java.
 *
 * <p>usage: JdkPeer URL CA_FILE TLS_VERSION. Does what each line of stdin says (`send FILE CHARS`: as text in fragments of so many
 * characters; `ping TEXT`; `close CODE`) and prints a JSON line for all that it sees.
 */
final class JdkPeer implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    public static void main(String[] args) throws Exception {
        SSLParameters tls = new SSLParameters();
        tls.setProtocols(new String[] {args[2]});
        HttpClient client = HttpClient.newBuilder().sslContext(trusting(args[1])).sslParameters(tls).build();
        WebSocket socket = client.newWebSocketBuilder().buildAsync(URI.create(args[0]), new JdkPeer()).join();
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) obey(socket, line.split(" "));
        System.exit(0);
    }

    private static void obey(WebSocket socket, String[] command) throws Exception {
        switch (command[0]) {
            case "send" -> send(socket, Files.readString(Path.of(command[1])), Integer.parseInt(command[2]));
            case "ping" -> socket.sendPing(StandardCharsets.UTF_8.encode(command[1])).join();
            case "close" -> socket.sendClose(Integer.parseInt(command[1]), "").join();
            default -> throw new IllegalArgumentException(command[0]);
        }
    }

    private static void send(WebSocket socket, String message, int fragment) {
        int from = 0;
        do {
            int to = Math.min(from + fragment, message.length());
            // A fragment may end anywhere in the bytes, but this client takes no half of a surrogate pair.
            if (to < message.length() && Character.isHighSurrogate(message.charAt(to - 1))) to++;
            socket.sendText(message.substring(from, to), to == message.length()).join();
            from = to;
        } while (from < message.length());
    }

    private static SSLContext trusting(String caFile) throws Exception {
        KeyStore trusted = KeyStore.getInstance(KeyStore.getDefaultType());
        trusted.load(null, null);
        try (InputStream pem = new FileInputStream(caFile)) {
            Certificate ca = CertificateFactory.getInstance("X.509").generateCertificate(pem);
            trusted.setCertificateEntry("ca", ca);
        }
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }

    @Override
    public void onOpen(WebSocket socket) {
        tell("open", "");
        socket.request(1);
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence part, boolean last) {
        text.append(part);
        if (last) {
            tell("text", text.toString());
            text.setLength(0);
        }
        socket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onPing(WebSocket socket, ByteBuffer payload) {
        tell("ping", StandardCharsets.UTF_8.decode(payload).toString());
        socket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onPong(WebSocket socket, ByteBuffer payload) {
        tell("pong", StandardCharsets.UTF_8.decode(payload).toString());
        socket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
        tell("close", String.valueOf(code));
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
        tell("error", error.toString());
    }

    private static synchronized void tell(String event, String data) {
        StringBuilder escaped = new StringBuilder();
        for (char c : data.toCharArray()) {
            if (c < ' ' || c > '~' || c == '"' || c == '\\') escaped.append(String.format("\\u%04x", (int) c));
            else escaped.append(c);
        }
        System.out.println("{\"event\":\"" + event + "\",\"data\":\"" + escaped + "\"}");
    }
}
