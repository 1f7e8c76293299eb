import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.avro.Schema;
import org.apache.avro.SchemaCompatibility;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericDatumWriter;
import org.apache.avro.generic.GenericEnumSymbol;
import org.apache.avro.generic.IndexedRecord;
import org.apache.avro.io.BinaryDecoder;
import org.apache.avro.io.BinaryEncoder;
import org.apache.avro.io.DecoderFactory;
import org.apache.avro.io.EncoderFactory;
import org.apache.avro.util.RandomData;

/**
 * Answers each line on stdin with one on stdout, both JSON.
 * {"writer": schema text, "reader": schema text or absent, "values": [base64]} gives {"reads": [{"value": tree} or {"error": why}]}.
 * {"writer", "reader", "count", "seed"} gives {"verdict": "COMPATIBLE", "INCOMPATIBLE" or an error, "values": [base64]} of random data.
 */
public final class AvroJudge {
    /** In ASCII: some readers of lines end one at U+2028. */
    private static final ObjectMapper JSON = JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

    public static void main(String[] args) throws IOException {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        for (String line = in.readLine(); line != null; line = in.readLine()) out.println(JSON.writeValueAsString(answer(JSON.readTree(line))));
    }

    private static ObjectNode answer(JsonNode asked) {
        ObjectNode answer = JSON.createObjectNode();
        try {
            Schema writer = parse(asked.get("writer").textValue());
            Schema reader = asked.has("reader") ? parse(asked.get("reader").textValue()) : writer;
            if (asked.has("count")) compare(answer, reader, writer, asked.get("count").intValue(), asked.get("seed").longValue());
            else read(answer.putArray("reads"), reader, writer, asked.get("values"));
        } catch (IOException | RuntimeException | StackOverflowError error) {
            answer.put("error", String.valueOf(error));
        }
        return answer;
    }

    private static Schema parse(String text) {
        return new Schema.Parser().parse(text);
    }

    private static void compare(ObjectNode answer, Schema reader, Schema writer, int count, long seed) throws IOException {
        try {
            answer.put("verdict", SchemaCompatibility.checkReaderWriterCompatibility(reader, writer).getType().name());
        } catch (RuntimeException error) {
            answer.put("verdict", String.valueOf(error));
        }
        ArrayNode values = answer.putArray("values");
        GenericDatumWriter<Object> datumWriter = new GenericDatumWriter<>(writer);
        for (Object datum : new RandomData(writer, count, seed, true)) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            BinaryEncoder encoder = EncoderFactory.get().binaryEncoder(bytes, null);
            datumWriter.write(datum, encoder);
            encoder.flush();
            values.add(Base64.getEncoder().encodeToString(bytes.toByteArray()));
        }
    }

    private static void read(ArrayNode reads, Schema reader, Schema writer, JsonNode values) {
        GenericDatumReader<Object> datumReader = new GenericDatumReader<>(writer, reader);
        for (JsonNode value : values) {
            ObjectNode one = reads.addObject();
            try {
                BinaryDecoder decoder = DecoderFactory.get().binaryDecoder(Base64.getDecoder().decode(value.textValue()), null);
                Object datum = datumReader.read(null, decoder);
                if (decoder.isEnd()) one.set("value", tree(datum));
                else one.put("error", "bytes are left over");
            } catch (IOException | RuntimeException | StackOverflowError error) {
                one.put("error", String.valueOf(error));
            }
        }
    }

    private static ArrayNode tree(Object datum) {
        ArrayNode tree = JSON.createArrayNode();
        if (datum == null) return tree.add("null");
        if (datum instanceof Boolean) return tree.add("boolean").add((Boolean) datum);
        if (datum instanceof Integer) return tree.add("int").add(datum.toString());
        if (datum instanceof Long) return tree.add("long").add(datum.toString());
        if (datum instanceof Float) return tree.add("float").add(String.format("%08x", Float.floatToRawIntBits((Float) datum)));
        if (datum instanceof Double) return tree.add("double").add(String.format("%016x", Double.doubleToRawLongBits((Double) datum)));
        if (datum instanceof CharSequence) return tree.add("string").add(datum.toString());
        if (datum instanceof GenericEnumSymbol) return tree.add("enum").add(datum.toString());
        if (datum instanceof ByteBuffer) return tree.add("bytes").add(base64((ByteBuffer) datum));
        if (datum instanceof List) {
            ArrayNode items = tree.add("array").addArray();
            for (Object item : (List<?>) datum) items.add(tree(item));
            return tree;
        }
        if (datum instanceof Map) {
            TreeMap<String, Object> sorted = new TreeMap<>();
            for (Map.Entry<?, ?> entry : ((Map<?, ?>) datum).entrySet()) sorted.put(entry.getKey().toString(), entry.getValue());
            ArrayNode entries = tree.add("map").addArray();
            for (Map.Entry<String, Object> entry : sorted.entrySet()) entries.addArray().add(entry.getKey()).add(tree(entry.getValue()));
            return tree;
        }
        IndexedRecord record = (IndexedRecord) datum;
        ArrayNode fields = tree.add("record").add(record.getSchema().getFullName()).addArray();
        for (Schema.Field field : record.getSchema().getFields()) fields.addArray().add(field.name()).add(tree(record.get(field.pos())));
        return tree;
    }

    private static String base64(ByteBuffer buffer) {
        byte[] bytes = new byte[buffer.remaining()];
        buffer.duplicate().get(bytes);
        return Base64.getEncoder().encodeToString(bytes);
    }
}
