"""Reads values in Confluent wire format with code that shares nothing with the bridge: confluent-kafka's deserializer and fastavro.

usage: read_values.py REGISTRY_URL

On stdin a JSON array of {"value": base64, "reader": the reader's schema as JSON text}; the writer's schema is the registry's.
Prints a JSON array, in the same order, of {"value": ...} or {"error": why it can't be read}.
"""

import base64
import json
import sys
from datetime import datetime, timedelta, timezone

from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer
from confluent_kafka.serialization import MessageField, SerializationContext
from fastavro.read import SchemaResolutionError

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
CONTEXT = SerializationContext("values", MessageField.VALUE)


def main(registry_url):
    registry = SchemaRegistryClient({"url": registry_url})
    readers = {}
    answers = []
    for read in json.load(sys.stdin):
        schema = read["reader"]
        if schema not in readers:
            readers[schema] = AvroDeserializer(registry, schema)
        answers.append(answer(readers[schema], base64.b64decode(read["value"])))
    json.dump(answers, sys.stdout, ensure_ascii=False)


def answer(reader, value):
    try:
        return {"value": plain(reader(value, CONTEXT))}
    except SchemaResolutionError as error:
        return {"error": str(error)}


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
main(*sys.argv[1:])
