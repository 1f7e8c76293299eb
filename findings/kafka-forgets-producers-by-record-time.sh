#!/usr/bin/env bash
# Kafka 4.4.0: how long a broker remembers an idempotent producer depends on the timestamps of its records, not on when they were written.
#
# `producer.id.expiration.ms` (24 h by default) is described as the time after which a broker expires producer ids, counted from the last write.
# The broker compares its clock with the newest timestamp of the producer's last batch. A producer whose records are stamped further back than that
# (a backfill, a replay, events that were delayed) is forgotten at the next look, a moment after its batch was confirmed. From then on a retry
# of that batch is a second copy: the broker takes it for the first batch of a producer that it doesn't know. LogAppendTime is not concerned.
#
# Seen: of two producers that write one record each at the same time, the one that stamps it with the present is still there seconds later, and the
# one that stamps it 25 hours back is gone.
set -euo pipefail

kafka=4.4.0
work=$(mktemp -d)
broker=
trap '[ -z "$broker" ] || kill -9 "$broker" 2>/dev/null || true; rm -rf "$work"' EXIT
cd "$work"

cat > pom.xml <<POM
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>org.apache.kafka</groupId><artifactId>kafka_2.13</artifactId><version>$kafka</version></dependency>
    <dependency><groupId>org.apache.logging.log4j</groupId><artifactId>log4j-slf4j-impl</artifactId><version>2.25.5</version></dependency>
  </dependencies>
</project>
POM
mvn -q -B dependency:copy-dependencies -DoutputDirectory=libs >&2

read -r port controller < <(python3 -c '
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(2)]
print(*(each.getsockname()[1] for each in held))')
cat > server.properties <<PROPERTIES
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:$controller
listeners=PLAINTEXT://127.0.0.1:$port,CONTROLLER://127.0.0.1:$controller
advertised.listeners=PLAINTEXT://127.0.0.1:$port
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=$work/data
offsets.topic.replication.factor=1
# How often the broker looks; the expiration itself stays at its default.
producer.id.expiration.check.interval.ms=500
PROPERTIES
java -cp 'libs/*' kafka.tools.StorageTool format -t 5L6g3nShT-eMCtK--X86sw -c server.properties >&2
java -Xmx256m -cp 'libs/*' kafka.Kafka server.properties > broker.log 2>&1 &
broker=$!

cat > Look.java <<'JAVA'
import java.util.*;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.StringSerializer;

class Look {
  static final String topic = "looked-at";

  public static void main(String[] args) throws Exception {
    Map<String, Object> at = Map.of("bootstrap.servers", args[0]);
    try (Admin admin = Admin.create(at)) {
      admin.createTopics(List.of(new NewTopic(topic, 2, (short) 1))).all().get(60, TimeUnit.SECONDS);
      long now = System.currentTimeMillis();
      write(args[0], 0, now);
      write(args[0], 1, now - TimeUnit.HOURS.toMillis(25));
      Thread.sleep(5_000);
      System.out.println("stamped now: " + known(admin, 0) + " producer known");
      System.out.println("stamped 25 h back: " + known(admin, 1) + " producer known");
    }
  }

  static void write(String bootstrap, int partition, long timestamp) throws Exception {
    Map<String, Object> settings = Map.of("bootstrap.servers", bootstrap, "enable.idempotence", true);
    try (var producer = new KafkaProducer<>(settings, new StringSerializer(), new StringSerializer())) {
      producer.send(new ProducerRecord<>(topic, partition, timestamp, "key", "value")).get(60, TimeUnit.SECONDS);
    }
  }

  static int known(Admin admin, int partition) throws Exception {
    var place = new TopicPartition(topic, partition);
    return admin.describeProducers(List.of(place)).partitionResult(place).get(60, TimeUnit.SECONDS).activeProducers().size();
  }
}
JAVA
seen=$(timeout 120 java -cp 'libs/*' Look.java "127.0.0.1:$port" 2>java.log) || { tail -5 java.log broker.log >&2; exit 1; }
echo "Kafka $kafka"
echo "$seen"
[ "$seen" = 'stamped now: 1 producer known
stamped 25 h back: 0 producer known' ] || { echo 'this has changed' >&2; exit 1; }
