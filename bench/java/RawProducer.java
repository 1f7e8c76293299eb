import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/**
 * What Kafka takes from a producer that has nothing else to do: idempotent, acks=all, no lingering. A message is so many records, given at
 * once; it is answered when all of them are confirmed, and so many messages are in flight. The records go to the topics in turns, each to
 * the partition of its key, which is one of 500.
 */
final class RawProducer {
    private static final int CLIENTS = 500;

    private final KafkaProducer<byte[], byte[]> producer;
    private final byte[][] keys = new byte[CLIENTS][];
    private final String[] topics;
    private final byte[][] values;
    private final int entries;
    private final int inFlight;
    private final Semaphore free;
    private volatile Exception failure;
    private volatile boolean counting;
    /** Of counted messages, in ns. */
    private final Latencies latencies = new Latencies();
    /** While messages were counted, in ns. */
    private long elapsed;
    private long cpu;

    /** @param args ENTRIES IN_FLIGHT (TOPIC VALUE_BYTES)... */
    RawProducer(String bootstrap, String[] args) {
        entries = Integer.parseInt(args[0]);
        inFlight = Integer.parseInt(args[1]);
        free = new Semaphore(inFlight);
        int count = (args.length - 2) / 2;
        topics = new String[count];
        values = new byte[count][];
        for (int topic = 0; topic < count; topic++) {
            topics[topic] = args[2 + 2 * topic];
            values[topic] = new byte[Integer.parseInt(args[3 + 2 * topic])];
        }
        for (int client = 0; client < CLIENTS; client++)
            keys[client] = String.format("client-%04d.example.com", client + 1).getBytes(StandardCharsets.UTF_8);
        ByteArraySerializer bytes = new ByteArraySerializer();
        Map<String, Object> config = Map.of(
                "bootstrap.servers", bootstrap,
                "enable.idempotence", true,
                "acks", "all",
                "linger.ms", 0,
                // Smaller ones cost it a fifth of its rate at 100 entries and 100 messages in flight, larger ones gain nothing.
                "batch.size", 256 * 1024,
                "buffer.memory", 256L * 1024 * 1024,
                "compression.type", "none");
        producer = new KafkaProducer<>(config, bytes, bytes);
    }

    /** Sends for the sum of the times, of which it counts in the second, and waits for what is still in flight. */
    void run(long rampMs, long durationMs) throws Exception {
        sendFor(rampMs);
        long cpuBefore = cpuTime();
        counting = true;
        elapsed += sendFor(durationMs);
        counting = false;
        cpu += cpuTime() - cpuBefore;
        free.acquire(inFlight);
        free.release(inFlight);
        if (failure != null) throw failure;
    }

    void close() {
        producer.close();
    }

    /** As JSON; times in s, latencies in ms. */
    String figures() {
        long[] sorted = latencies.sorted();
        String format = "{\"messages\": %d, \"seconds\": %.6f, \"cpuSeconds\": %.6f, \"p50\": %.3f, \"p99\": %.3f}";
        return String.format(
                Locale.ROOT, format, sorted.length, elapsed / 1e9, cpu / 1e9, percentile(sorted, 50), percentile(sorted, 99));
    }

    /** @return how long it was, in ns */
    private long sendFor(long durationMs) throws InterruptedException {
        long begun = System.nanoTime();
        while (System.nanoTime() - begun < durationMs * 1_000_000) {
            free.acquire();
            send();
        }
        return System.nanoTime() - begun;
    }

    private void send() {
        AtomicInteger unconfirmed = new AtomicInteger(entries);
        long sentAt = System.nanoTime();
        long timestamp = System.currentTimeMillis();
        ThreadLocalRandom random = ThreadLocalRandom.current();
        // A message of one entry goes to either topic, as well.
        int first = random.nextInt(topics.length);
        for (int entry = first; entry < first + entries; entry++) {
            int topic = entry % topics.length;
            byte[] key = keys[random.nextInt(CLIENTS)];
            producer.send(new ProducerRecord<>(topics[topic], null, timestamp, key, values[topic]), (metadata, error) -> {
                if (error != null) failure = error;
                if (unconfirmed.decrementAndGet() > 0) return;
                if (counting) latencies.add(System.nanoTime() - sentAt);
                free.release();
            });
        }
    }

    private static double percentile(long[] sorted, int percent) {
        return sorted.length == 0 ? 0 : sorted[(int) ((sorted.length - 1L) * percent / 100)] / 1e6;
    }

    /** Of this process so far, in ns. */
    private static long cpuTime() {
        return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
    }

    /** Filled by the client's own thread, or by the sender where the client refuses a record at once. */
    private static final class Latencies {
        private long[] values = new long[1024];
        private int count;

        synchronized void add(long value) {
            if (count == values.length) values = Arrays.copyOf(values, 2 * count);
            values[count++] = value;
        }

        synchronized long[] sorted() {
            long[] sorted = Arrays.copyOf(values, count);
            Arrays.sort(sorted);
            return sorted;
        }
    }
}
