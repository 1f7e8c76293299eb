"""A peer made of Python's `websockets`.

usage: websockets_peer.py URL CA_FILE TLS_VERSION

Does what each line of stdin says (`send FILE CHARS`: as text in fragments of so many characters; `ping TEXT`; `close CODE`) and
prints a JSON line for all that it sees.
"""

import asyncio
import json
import ssl
import sys

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.frames import Opcode

TLS_VERSIONS = {"TLSv1.2": ssl.TLSVersion.TLSv1_2, "TLSv1.3": ssl.TLSVersion.TLSv1_3}


def tell(event, data=""):
    print(json.dumps({"event": event, "data": data}), flush=True)


class Connection(ClientConnection):
    def process_event(self, event):
        if getattr(event, "opcode", None) is Opcode.PING:
            tell("ping", bytes(event.data).decode())
        super().process_event(event)


async def main(url, ca_file, tls_version):
    tls = ssl.create_default_context(cafile=ca_file)
    tls.minimum_version = tls.maximum_version = TLS_VERSIONS[tls_version]
    # Only the pings that it is told to send.
    async with connect(url, ssl=tls, create_connection=Connection, ping_interval=None) as socket:
        tell("open")
        listening = asyncio.create_task(listen(socket))
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            await obey(socket, *line.split())
        listening.cancel()


async def obey(socket, command, *args):
    if command == "send":
        with open(args[0], encoding="utf-8") as file:
            message = file.read()
        size = int(args[1])
        await socket.send([message[at : at + size] for at in range(0, len(message), size)])
    elif command == "ping":
        await (await socket.ping(args[0]))
        # It resolves for a pong with this payload, and for no other.
        tell("pong", args[0])
    elif command == "close":
        await socket.close(int(args[0]))


async def listen(socket):
    try:
        while True:
            tell("text", await socket.recv())
    except ConnectionClosed as closed:
        if closed.rcvd is None:
            tell("error", str(closed))
        else:
            tell("close", str(closed.rcvd.code))


asyncio.run(main(*sys.argv[1:]))
