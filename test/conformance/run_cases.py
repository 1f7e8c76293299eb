"""Runs cases of the Autobahn test suite against a WebSocket endpoint that echoes.

usage: run_cases.py URL CASE...    (a CASE is an id or a glob: 1.1.1, 6.*)

Prints a JSON line for each case, in the order of the suite.
"""

import asyncio
import json
import os
import sys

from kosoku import FailureError, run_fuzzingclient

CONCURRENCY = 4


async def run(url, cases):
    try:
        return await run_fuzzingclient(url, cases, concurrency=CONCURRENCY)
    except FailureError as failure:
        return failure.results


def line(result):
    return {
        "id": result.case_id,
        "behavior": result.behavior.value,
        "close": result.behavior_close.value,
        "code": result.remote_close_code,
        "description": result.description,
        "result": f"{result.result} {result.result_close}",
    }


for result in asyncio.run(run(sys.argv[1], sys.argv[2:])):
    print(json.dumps(line(result)))
sys.stdout.flush()
# The runner's own threads may abort an interpreter that shuts down in order.
os._exit(0)
