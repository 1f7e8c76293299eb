"""Answers two questions from the NetBackup topics, as JSON on stdout:
which clients had no successful full backup in the last 24 hours, and the jobs' success rate by policy and day.

usage: python report.py [--brokers HOST:PORT,...] [--registry URL] [--now 2025-10-09T12:00:00Z]
"""

import argparse
import json
from datetime import datetime, timedelta, timezone

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext

# The reader's schemas: the fields that this program needs, and no others. Each record is read with the schema that
# wrote it (the registry has it under the id in the record) and then brought into this form. So new fields don't matter,
# a field that was removed takes its default, and "long" here also reads the writer's "int".
JOB = """{"type": "record", "name": "NetBackupJob", "namespace": "nbwss.v1", "fields": [
  {"name": "primary", "type": "string"},
  {"name": "messageId", "type": "string"},
  {"name": "entryIndex", "type": "long"},
  {"name": "notifiedAt", "type": {"type": "long", "logicalType": "timestamp-millis"}},
  {"name": "clientName", "type": "string"},
  {"name": "jobId", "type": "long"},
  {"name": "jobType", "type": ["null", "string"], "default": null},
  {"name": "state", "type": ["null", "string"], "default": null},
  {"name": "status", "type": ["null", "long"], "default": null},
  {"name": "policyName", "type": ["null", "string"], "default": null},
  {"name": "scheduleType", "type": ["null", "string"], "default": null}
]}"""
IMAGE = """{"type": "record", "name": "NetBackupImage", "namespace": "nbwss.v1", "fields": [
  {"name": "primary", "type": "string"},
  {"name": "messageId", "type": "string"},
  {"name": "entryIndex", "type": "long"},
  {"name": "clientName", "type": "string"}
]}"""


def main():
    options = arguments()
    records_read = copies_dropped = 0
    events = set()
    clients = {}  # clientName -> the primaries that have named it
    last = {}  # (primary, jobId, partition) -> the job's last state in that partition
    for topic, partition, _, record in read(options):
        records_read += 1
        # The deduplication rule: these three name one event; what carries a name that was seen is a copy of it.
        event = (record["primary"], record["messageId"], record["entryIndex"])
        if event in events:
            copies_dropped += 1
            continue
        events.add(event)
        clients.setdefault(record["clientName"], set()).add(record["primary"])
        if topic == options.jobs:
            last[record["primary"], record["jobId"], partition] = record
    jobs = latest_states(last)
    report = {
        "now": text_of(options.now),
        "recordsRead": records_read,
        "copiesDropped": copies_dropped,
        "clientsWithoutFullBackup": clients_without_full_backup(clients, jobs, options.now),
        "successRates": success_rates(jobs),
    }
    print(json.dumps(report, indent=2))


def read(options):
    """Every record of both topics up to the ends that they have now, each partition in its order, decoded:
    (topic, partition, offset, record)."""
    decode_with = {options.jobs: JOB, options.images: IMAGE}
    registry = SchemaRegistryClient({"url": options.registry})
    decoders = {topic: AvroDeserializer(registry, schema) for topic, schema in decode_with.items()}
    # Settings for TLS and SASL go here too. Nothing is committed, so every run reads from the beginning.
    consumer = Consumer(
        {"bootstrap.servers": options.brokers, "group.id": "netbackup-report", "enable.auto.commit": False}
    )
    ends = {}  # (topic, partition) -> the offset after its last record
    for topic in decoders:
        metadata = consumer.list_topics(topic, timeout=10).topics[topic]
        if metadata.error is not None:
            raise KafkaException(metadata.error)
        for partition in metadata.partitions:
            first, end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)
            if first < end:
                ends[topic, partition] = end
    consumer.assign([TopicPartition(topic, partition, OFFSET_BEGINNING) for topic, partition in ends])
    while ends:
        for message in consumer.consume(num_messages=500, timeout=1.0):
            if message.error() is not None:
                raise KafkaException(message.error())
            topic, partition, offset = message.topic(), message.partition(), message.offset()
            context = SerializationContext(topic, MessageField.VALUE)
            yield topic, partition, offset, decoders[topic](message.value(), context)
            if offset + 1 >= ends.get((topic, partition), 0):
                ends.pop((topic, partition), None)
    consumer.close()


def latest_states(last):
    """(primary, jobId) -> the job's latest state. Two primaries count their jobs independently, hence both.

    Order holds within a partition, and a job stays in the partition of its client. It can only be in two when
    partitions were added or NetBackup changed the client's name while it ran; then the later stamp decides."""
    in_order = sorted(last.items(), key=lambda item: (item[1]["notifiedAt"], item[0][2]))
    return {(primary, job_id): job for (primary, job_id, _), job in in_order}


def clients_without_full_backup(clients, jobs, now):
    """Of every client that jobs or images name, those whose last successful full backup is not within 24 h."""
    last_full = {}
    for job in jobs.values():
        # Status is 0 while a job runs, too, and restores carry a schedule type: all four conditions are needed.
        if (job["jobType"], job["scheduleType"], job["state"], job["status"]) == ("BACKUP", "ST_FULL", "DONE", 0):
            client = job["clientName"]
            last_full[client] = max(job["notifiedAt"], last_full.get(client, job["notifiedAt"]))
    since = now - timedelta(hours=24)
    return [
        {
            "clientName": client,
            "primaries": sorted(clients[client]),
            "lastFullBackup": text_of(last_full[client]) if client in last_full else None,
        }
        for client in sorted(clients)
        if client != "" and (client not in last_full or last_full[client] <= since)
    ]


def success_rates(jobs):
    """Jobs that are done, by the UTC day of their end, primary and policy. Partial success (1) is not success."""
    counts = {}
    for job in jobs.values():
        if job["state"] == "DONE":
            # Not startTime: some releases send it ahead of UTC by the primary's offset, so its day may be wrong.
            day = job["notifiedAt"].strftime("%Y-%m-%d")
            outcome = {0: "successful", 1: "partial"}.get(job["status"], "failed")
            group = counts.setdefault((day, job["primary"], job["policyName"] or ""), {})
            group[outcome] = group.get(outcome, 0) + 1
    return [
        {
            "day": day,
            "primary": primary,
            "policyName": policy,
            "jobs": sum(group.values()),
            "successful": group.get("successful", 0),
            "partial": group.get("partial", 0),
            "failed": group.get("failed", 0),
            "successRate": group.get("successful", 0) / sum(group.values()),
        }
        for (day, primary, policy), group in sorted(counts.items())
    ]


def text_of(time):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ")


def time_of(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


def arguments():
    parser = argparse.ArgumentParser(description="Answers two questions from the NetBackup topics.")
    parser.add_argument("--brokers", default="127.0.0.1:9092")
    parser.add_argument("--registry", default="http://127.0.0.1:8081")
    parser.add_argument("--jobs", default="netbackup.jobs", help="the topic of the jobs")
    parser.add_argument("--images", default="netbackup.images", help="the topic of the images")
    parser.add_argument("--now", type=time_of, default=datetime.now(timezone.utc), help="2025-10-09T12:00:00Z")
    return parser.parse_args()


if __name__ == "__main__":
    main()
