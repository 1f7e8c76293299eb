import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.apache.avro.Schema;
import org.apache.avro.generic.GenericDatumReader;
import org.apache.avro.generic.GenericRecord;
import org.apache.avro.io.DecoderFactory;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.PartitionInfo;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

/**
 * Answers two questions from the NetBackup topics, as JSON on stdout: which clients had no successful full backup in
 * the last 24 hours, and the jobs' success rate by policy and day.
 *
 * <p>usage: java -cp 'target/libs/*' Report.java [--brokers HOST:PORT,...] [--registry URL] [--now TIME]
 */
public class Report {

  // The reader's schemas: the fields that this program needs, and no others. Each record is read with the schema that
  // wrote it (the registry has it under the id in the record) and then brought into this form. So new fields don't
  // matter, a field that was removed takes its default, and "long" here also reads the writer's "int".
  static final Schema JOB = new Schema.Parser().parse("""
      {"type": "record", "name": "NetBackupJob", "namespace": "nbwss.v1", "fields": [
        {"name": "primary", "type": "string"}, {"name": "messageId", "type": "string"},
        {"name": "entryIndex", "type": "long"}, {"name": "clientName", "type": "string"},
        {"name": "notifiedAt", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "jobId", "type": "long"},
        {"name": "jobType", "type": ["null", "string"], "default": null},
        {"name": "state", "type": ["null", "string"], "default": null},
        {"name": "status", "type": ["null", "long"], "default": null},
        {"name": "policyName", "type": ["null", "string"], "default": null},
        {"name": "scheduleType", "type": ["null", "string"], "default": null}
      ]}""");
  static final Schema IMAGE = new Schema.Parser().parse("""
      {"type": "record", "name": "NetBackupImage", "namespace": "nbwss.v1", "fields": [
        {"name": "primary", "type": "string"}, {"name": "messageId", "type": "string"},
        {"name": "entryIndex", "type": "long"}, {"name": "clientName", "type": "string"}
      ]}""");

  record Job(String primary, long jobId, int partition, Instant notifiedAt, String clientName, String jobType,
      String state, Long status, String policyName, String scheduleType) {}

  // The answers, in the order of their fields in the JSON.
  public record Client(String clientName, Collection<String> primaries, String lastFullBackup) {}

  public record SuccessRate(String day, String primary, String policyName, long jobs, long successful, long partial,
      long failed, double successRate) {}

  public record Answers(String now, int recordsRead, int copiesDropped, List<Client> clientsWithoutFullBackup,
      List<SuccessRate> successRates) {}

  private final String jobsTopic;
  private final Decoder decoder;
  private final Set<List<Object>> events = new HashSet<>(); // the names of the events so far
  private final Map<String, Set<String>> clients = new TreeMap<>(); // clientName -> the primaries that have named it
  private final Map<List<Object>, Job> last = new HashMap<>(); // (primary, jobId, partition) -> the last state there
  private int recordsRead, copiesDropped;

  Report(String jobsTopic, Decoder decoder) {
    this.jobsTopic = jobsTopic;
    this.decoder = decoder;
  }

  public static void main(String[] args) throws Exception {
    Map<String, String> options = new HashMap<>(Map.of(
        "--brokers", "127.0.0.1:9092",
        "--registry", "http://127.0.0.1:8081",
        "--jobs", "netbackup.jobs",
        "--images", "netbackup.images",
        "--now", Instant.now().toString()));
    for (int i = 0; i + 1 < args.length; i += 2) options.put(args[i], args[i + 1]);

    Report report = new Report(options.get("--jobs"), new Decoder(options.get("--registry")));
    report.read(options.get("--brokers"), List.of(options.get("--jobs"), options.get("--images")));
    Answers answers = report.answers(Instant.parse(options.get("--now")));
    System.out.println(new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(answers));
  }

  /** Reads the topics up to the ends that they have now, each partition in its order. */
  void read(String brokers, List<String> topics) throws IOException, InterruptedException {
    // Settings for TLS and SASL go here too. Without a group nothing is committed, so every run reads everything.
    Map<String, Object> settings = Map.of(
        "bootstrap.servers", brokers, "enable.auto.commit", false, "allow.auto.create.topics", false);
    try (var consumer = new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer())) {
      List<TopicPartition> partitions = new ArrayList<>();
      for (String topic : topics) {
        List<PartitionInfo> found = consumer.partitionsFor(topic);
        if (found == null || found.isEmpty()) throw new IOException("there is no topic " + topic);
        for (PartitionInfo each : found) partitions.add(new TopicPartition(topic, each.partition()));
      }
      consumer.assign(partitions);
      consumer.seekToBeginning(partitions);
      for (Map.Entry<TopicPartition, Long> end : consumer.endOffsets(partitions).entrySet())
        while (consumer.position(end.getKey()) < end.getValue())
          for (ConsumerRecord<byte[], byte[]> record : consumer.poll(Duration.ofSeconds(1))) take(record);
    }
  }

  private void take(ConsumerRecord<byte[], byte[]> read) throws IOException, InterruptedException {
    recordsRead++;
    boolean isJob = read.topic().equals(jobsTopic);
    GenericRecord record = decoder.decode(read.value(), isJob ? JOB : IMAGE);
    String primary = text(record, "primary");
    // The deduplication rule: these three name one event; what carries a name that was seen is a copy of it.
    if (!events.add(List.of(primary, text(record, "messageId"), record.get("entryIndex")))) {
      copiesDropped++;
      return;
    }
    clients.computeIfAbsent(text(record, "clientName"), name -> new TreeSet<>()).add(primary);
    if (isJob) {
      Job job = jobOf(record, read.partition());
      last.put(List.of(primary, job.jobId(), job.partition()), job);
    }
  }

  Answers answers(Instant now) {
    Collection<Job> jobs = latestStates(last.values());
    return new Answers(text(now), recordsRead, copiesDropped,
        clientsWithoutFullBackup(clients, jobs, now), successRates(jobs));
  }

  /** Values in Confluent's wire format: a zero byte, four bytes with the schema's id, and then Avro. */
  static class Decoder {
    private final HttpClient http = HttpClient.newHttpClient();
    private final Map<Integer, GenericDatumReader<GenericRecord>> readers = new HashMap<>();
    private final String registry;

    Decoder(String registry) {
      this.registry = registry;
    }

    GenericRecord decode(byte[] value, Schema readerSchema) throws IOException, InterruptedException {
      ByteBuffer header = ByteBuffer.wrap(value);
      if (header.get() != 0) throw new IOException("this value is not in Confluent's wire format");
      int id = header.getInt();
      if (!readers.containsKey(id)) readers.put(id, new GenericDatumReader<>(writerSchema(id), readerSchema));
      return readers.get(id).read(null, DecoderFactory.get().binaryDecoder(value, 5, value.length - 5, null));
    }

    private Schema writerSchema(int id) throws IOException, InterruptedException {
      HttpRequest request = HttpRequest.newBuilder(URI.create(registry + "/schemas/ids/" + id))
          .timeout(Duration.ofSeconds(10))
          .build();
      HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 200)
        throw new IOException(request.uri() + " answers " + response.statusCode() + ": " + response.body());
      return new Schema.Parser().parse(new ObjectMapper().readTree(response.body()).get("schema").textValue());
    }
  }

  /**
   * The latest state of each job, by primary and jobId: two primaries count their jobs independently.
   *
   * <p>Order holds within a partition, and a job stays in the partition of its client. It can only be in two when
   * partitions were added or NetBackup changed the client's name while it ran; then the later stamp decides.
   */
  static Collection<Job> latestStates(Collection<Job> last) {
    Map<List<Object>, Job> jobs = new HashMap<>();
    last.stream()
        .sorted(Comparator.comparing(Job::notifiedAt).thenComparing(Job::partition))
        .forEach(job -> jobs.put(List.of(job.primary(), job.jobId()), job));
    return jobs.values();
  }

  /** Of every client that jobs or images name, those whose last successful full backup is not within 24 h. */
  static List<Client> clientsWithoutFullBackup(
      Map<String, Set<String>> clients, Collection<Job> jobs, Instant now) {
    Map<String, Instant> lastFull = new HashMap<>();
    for (Job job : jobs)
      // Status is 0 while a job runs, too, and restores carry a schedule type: all four conditions are needed.
      if ("BACKUP".equals(job.jobType()) && "ST_FULL".equals(job.scheduleType()) && isDone(job) && hasStatus(job, 0))
        lastFull.merge(job.clientName(), job.notifiedAt(), (a, b) -> a.isAfter(b) ? a : b);
    Instant since = now.minus(Duration.ofHours(24));
    List<Client> without = new ArrayList<>();
    clients.forEach((client, primaries) -> {
      Instant full = lastFull.get(client);
      if (!client.isEmpty() && (full == null || !full.isAfter(since)))
        without.add(new Client(client, primaries, full == null ? null : text(full)));
    });
    return without;
  }

  /** Jobs that are done, by the UTC day of their end, primary and policy. Partial success (1) is not success. */
  static List<SuccessRate> successRates(Collection<Job> jobs) {
    Map<List<String>, List<Job>> groups = new HashMap<>();
    for (Job job : jobs) {
      if (!isDone(job)) continue;
      // Not startTime: some releases send it ahead of UTC by the primary's offset, so its day may be wrong.
      String day = text(job.notifiedAt()).substring(0, 10);
      String policy = job.policyName() == null ? "" : job.policyName();
      groups.computeIfAbsent(List.of(day, job.primary(), policy), name -> new ArrayList<>()).add(job);
    }
    List<SuccessRate> rates = new ArrayList<>();
    groups.forEach((name, group) -> {
      long successful = group.stream().filter(job -> hasStatus(job, 0)).count();
      long partial = group.stream().filter(job -> hasStatus(job, 1)).count();
      long all = group.size();
      rates.add(new SuccessRate(name.get(0), name.get(1), name.get(2), all, successful, partial,
          all - successful - partial, (double) successful / all));
    });
    rates.sort(Comparator.comparing(SuccessRate::day)
        .thenComparing(SuccessRate::primary)
        .thenComparing(SuccessRate::policyName));
    return rates;
  }

  static boolean isDone(Job job) {
    return "DONE".equals(job.state());
  }

  static boolean hasStatus(Job job, long status) {
    return job.status() != null && job.status() == status;
  }

  static Job jobOf(GenericRecord record, int partition) {
    return new Job(text(record, "primary"), (long) record.get("jobId"), partition,
        Instant.ofEpochMilli((long) record.get("notifiedAt")), text(record, "clientName"), text(record, "jobType"),
        text(record, "state"), (Long) record.get("status"), text(record, "policyName"), text(record, "scheduleType"));
  }

  /** A string field; Avro's own class for text has an equals() of its own. */
  static String text(GenericRecord record, String field) {
    Object value = record.get(field);
    return value == null ? null : value.toString();
  }

  static String text(Instant time) {
    return time.truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
