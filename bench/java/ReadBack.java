import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/** Reads whole topics with the records of one or several series of messages, and hands each record to its series. */
final class ReadBack {
    private static final Duration POLL = Duration.ofMillis(500);
    private static final long BOUND_NS = 240_000_000_000L;

    private final List<String> topics;
    private final List<Series> series = new ArrayList<>();
    /** Records of no series. */
    private long unknown;

    /** @param args TOPICS EXPECTED_FILE ENTRIES (ID_PREFIX MESSAGES)...; the topics are separated by commas */
    ReadBack(String[] args) throws IOException {
        topics = Arrays.asList(args[0].split(","));
        List<String> expected = Files.readAllLines(Path.of(args[1]));
        int entries = Integer.parseInt(args[2]);
        for (int at = 3; at < args.length; at += 2) series.add(new Series(args[at], Integer.parseInt(args[at + 1]), entries, expected));
    }

    void run(String bootstrap) {
        ByteArrayDeserializer bytes = new ByteArrayDeserializer();
        Map<String, Object> config = Map.of(
                "bootstrap.servers", bootstrap,
                "enable.auto.commit", false,
                "max.poll.records", 50_000,
                "max.partition.fetch.bytes", 8 * 1024 * 1024);
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config, bytes, bytes)) {
            List<TopicPartition> partitions = topics.stream()
                    .flatMap(topic -> consumer.partitionsFor(topic).stream())
                    .map(info -> new TopicPartition(info.topic(), info.partition()))
                    .collect(Collectors.toList());
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions);
            Map<TopicPartition, Long> ends = consumer.endOffsets(partitions);
            long deadline = System.nanoTime() + BOUND_NS;
            while (partitions.stream().anyMatch(partition -> consumer.position(partition) < ends.get(partition))) {
                if (System.nanoTime() > deadline) throw new IllegalStateException("the topics were not read to their ends in time");
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL)) take(record);
            }
        }
    }

    /** As JSON, the series in their order. */
    String findings() {
        return "{\"unknown\": " + unknown + ", \"series\": " + series.stream().map(Series::findings).collect(Collectors.toList()) + "}";
    }

    /** The schemas begin with primary, messageId and entryIndex, behind a byte 0 and the schema's id. */
    private void take(ConsumerRecord<byte[], byte[]> record) {
        ByteBuffer value = ByteBuffer.wrap(record.value());
        value.position(5);
        text(value);
        String messageId = text(value);
        int entryIndex = number(value);
        for (Series each : series) if (each.take(record.topic(), record.key(), messageId, entryIndex)) return;
        unknown++;
    }

    private static String text(ByteBuffer value) {
        int length = number(value);
        int begin = value.position();
        value.position(begin + length);
        return new String(value.array(), begin, length, StandardCharsets.UTF_8);
    }

    /** An Avro int: the sign in the last bit, seven bits a byte, the lowest first. */
    private static int number(ByteBuffer value) {
        int bits = 0;
        int shift = 0;
        byte next;
        do {
            next = value.get();
            bits |= (next & 0x7f) << shift;
            shift += 7;
        } while (next < 0);
        return (bits >>> 1) ^ -(bits & 1);
    }
}
