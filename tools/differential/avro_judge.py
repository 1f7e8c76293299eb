"""Answers each line on stdin with one on stdout, both JSON, by fastavro.

{"writer": schema text, "reader": schema text or absent, "values": [base64]} gives {"reads": [{"value": tree} or {"error": why}]}.
A record is a map here, an enum is text, an int or long an integer, a float or double a real.
"""

import base64
import io
import json
import struct
import sys

import fastavro


def answer(asked):
    try:
        writer = fastavro.parse_schema(json.loads(asked["writer"]))
        reader = fastavro.parse_schema(json.loads(asked["reader"])) if "reader" in asked else None
    except Exception as error:
        return {"error": repr(error)}
    return {"reads": [read(writer, reader, base64.b64decode(value)) for value in asked["values"]]}


def read(writer, reader, value):
    stream = io.BytesIO(value)
    try:
        datum = fastavro.schemaless_reader(stream, writer, reader)
    except Exception as error:
        return {"error": repr(error)}
    return {"value": tree(datum)} if stream.read() == b"" else {"error": "bytes are left over"}


def tree(datum):
    if datum is None:
        return ["null"]
    if isinstance(datum, bool):
        return ["boolean", datum]
    if isinstance(datum, int):
        return ["integer", str(datum)]
    if isinstance(datum, float):
        return ["real", struct.pack(">d", datum).hex()]
    if isinstance(datum, str):
        return ["text", datum]
    if isinstance(datum, bytes):
        return ["bytes", base64.b64encode(datum).decode()]
    if isinstance(datum, list):
        return ["array", [tree(item) for item in datum]]
    # JavaScript's order of text: by UTF-16 units.
    return ["map", [[name, tree(datum[name])] for name in sorted(datum, key=lambda name: name.encode("utf-16-be"))]]


sys.stdin.reconfigure(encoding="utf-8")
sys.stdout.reconfigure(encoding="utf-8")
for line in sys.stdin:
    # In ASCII: some readers of lines end one at U+2028.
    print(json.dumps(answer(json.loads(line))), flush=True)
