"""Reads topics back with code that shares nothing with the bridge: librdkafka and fastavro.

usage: read_topics.py BOOTSTRAP REGISTRY_URL AT_LEAST TIMEOUT_S TOPIC...

Waits until there are AT_LEAST records, then reads on to the end of every partition, so that a copy too many is seen.
Prints a JSON line for each record, in the order of topic, partition and offset. Exit 3: fewer records when the time was over.
"""

import base64
import json
import sys
import time
import uuid
from datetime import datetime, timedelta, timezone

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


def main(bootstrap, registry_url, at_least, timeout, *topics):
    records = read(bootstrap, topics, int(at_least), time.monotonic() + float(timeout))
    decode = AvroDeserializer(SchemaRegistryClient({"url": registry_url}))
    for record in sorted(records, key=lambda r: (r.topic(), r.partition(), r.offset())):
        print(json.dumps(line(record, decode), ensure_ascii=False))
    return 0 if len(records) >= int(at_least) else 3


def read(bootstrap, topics, at_least, deadline):
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": f"independent-reader-{uuid.uuid4()}",
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 50,
        }
    )
    assigned = []
    for topic in topics:
        metadata = consumer.list_topics(topic, timeout=10).topics[topic]
        if metadata.error is not None:
            raise KafkaException(metadata.error)
        assigned += [TopicPartition(topic, partition, OFFSET_BEGINNING) for partition in metadata.partitions]
    consumer.assign(assigned)
    records, ended = [], set()
    while time.monotonic() < deadline and (len(records) < at_least or len(ended) < len(assigned)):
        for message in consumer.consume(num_messages=1000, timeout=0.1):
            place = (message.topic(), message.partition())
            error = message.error()
            if error is None:
                ended.discard(place)
                records.append(message)
            elif error.code() == KafkaError._PARTITION_EOF:
                ended.add(place)
            else:
                raise KafkaException(error)
    consumer.close()
    return records


def line(record, decode):
    key, value = record.key(), record.value()
    context = SerializationContext(record.topic(), MessageField.VALUE)
    return {
        "topic": record.topic(),
        "partition": record.partition(),
        "offset": record.offset(),
        "timestamp": record.timestamp()[1],
        "key": None if key is None else key.decode(),
        "headers": {name: header.decode() for name, header in record.headers() or []},
        "schemaId": None if value is None else int.from_bytes(value[1:5], "big"),
        "value": None if value is None else plain(decode(value, context)),
    }


def plain(value):
    """Logical times back to milliseconds, bytes as base64."""
    if isinstance(value, datetime):
        return (value - EPOCH) // timedelta(milliseconds=1)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value


sys.stdout.reconfigure(encoding="utf-8")
sys.exit(main(*sys.argv[1:]))
