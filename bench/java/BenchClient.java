import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Kafka's own client, for what must not be judged by the bridge's code.
 *
 * <p>usage: BenchClient BOOTSTRAP. Does what each line of stdin says, one after the other, and prints a JSON line when it is done:
 *
 * <ul>
 *   <li>`produce-open ENTRIES IN_FLIGHT (TOPIC VALUE_BYTES)...`, `produce-run RAMP_MS DURATION_MS`, `produce-figures`,
 *       `produce-close`: see RawProducer
 *   <li>`read-back TOPICS EXPECTED_FILE ENTRIES (ID_PREFIX MESSAGES)...`: see ReadBack
 * </ul>
 *
 * <p>Ends with its stdin, whatever it does then, and with exit code 1 when something fails.
 */
final class BenchClient {
    private final String bootstrap;
    private RawProducer producer;

    private BenchClient(String bootstrap) {
        this.bootstrap = bootstrap;
    }

    public static void main(String[] args) throws Exception {
        PrintStream answers = System.out;
        // The client's log goes to what it takes for stdout.
        System.setOut(System.err);
        BenchClient client = new BenchClient(args[0]);
        ExecutorService worker = Executors.newSingleThreadExecutor();
        BufferedReader commands = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = commands.readLine(); line != null; line = commands.readLine()) {
            String[] command = line.split(" ");
            worker.execute(() -> answers.println(client.obeyOrEnd(command)));
        }
        Runtime.getRuntime().halt(0);
    }

    private String obeyOrEnd(String[] command) {
        try {
            return obey(command[0], Arrays.copyOfRange(command, 1, command.length));
        } catch (Throwable failure) {
            failure.printStackTrace();
            Runtime.getRuntime().halt(1);
            throw new AssertionError(failure);
        }
    }

    private String obey(String command, String[] args) throws Exception {
        switch (command) {
            case "produce-open":
                producer = new RawProducer(bootstrap, args);
                return "{}";
            case "produce-run":
                producer.run(Long.parseLong(args[0]), Long.parseLong(args[1]));
                return "{}";
            case "produce-figures":
                return producer.figures();
            case "produce-close":
                producer.close();
                return "{}";
            case "read-back":
                ReadBack readBack = new ReadBack(args);
                readBack.run(bootstrap);
                return readBack.findings();
            default:
                throw new IllegalArgumentException(command);
        }
    }
}
