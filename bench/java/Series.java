import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The records of messages that were sent in the order of their numbers, all of which were answered. Each entry has to be there, under its
 * client's key, and the entries of a client in the order in which they were sent. Entry i of message m has the number m * entries + i.
 */
final class Series {
    private final String idPrefix;
    private final int entries;
    /** What each entry has to become; they repeat. */
    private final Lane[] expected;
    /** By entry number. */
    private final boolean[] seen;
    private long copies;
    private long disordered;
    private long strange;

    /** The records of one client in one topic. */
    private static final class Lane {
        private final String topic;
        private final byte[] key;
        private int last = -1;

        Lane(String line) {
            String[] words = line.split(" ");
            topic = words[0];
            key = words[1].getBytes(StandardCharsets.UTF_8);
        }
    }

    /**
     * @param idPrefix what all message ids begin with; the number follows in hexadecimal digits
     * @param expected a line `TOPIC CLIENT` for each entry until they repeat
     */
    Series(String idPrefix, int messages, int entries, List<String> expected) {
        this.idPrefix = idPrefix;
        this.entries = entries;
        Map<String, Lane> lanes = new HashMap<>();
        this.expected = expected.stream().map(line -> lanes.computeIfAbsent(line, Lane::new)).toArray(Lane[]::new);
        seen = new boolean[Math.multiplyExact(messages, entries)];
    }

    /** The records of a partition in their order. @return false for a record of another series */
    boolean take(String topic, byte[] key, String messageId, int entryIndex) {
        if (!messageId.startsWith(idPrefix)) return false;
        long message = Long.parseLong(messageId, idPrefix.length(), messageId.length(), 16);
        long entry = message * entries + entryIndex;
        if (entryIndex < 0 || entryIndex >= entries || entry >= seen.length) strange++;
        else judge((int) entry, topic, key);
        return true;
    }

    /** As JSON. */
    String findings() {
        int lost = 0;
        for (boolean found : seen) if (!found) lost++;
        String format = "{\"lost\": %d, \"copies\": %d, \"disordered\": %d, \"strange\": %d}";
        return String.format(format, lost, copies, disordered, strange);
    }

    private void judge(int entry, String topic, byte[] key) {
        Lane lane = expected[entry % expected.length];
        if (!topic.equals(lane.topic) || !Arrays.equals(key, lane.key)) strange++;
        else if (seen[entry]) copies++;
        else {
            seen[entry] = true;
            if (entry < lane.last) disordered++;
            else lane.last = entry;
        }
    }
}
