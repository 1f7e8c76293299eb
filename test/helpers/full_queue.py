"""Listens, and accepts nothing: its queue is full, so that the kernel drops each SYN. Prints its port. A line on stdin empties the queue:
from then on connections are accepted, and led to the port of 127.0.0.1 in the third argument, so that a SYN that is repeated is answered."""
import socket
import sys
import threading


def lead(one, other):
    try:
        while True:
            data = one.recv(65536)
            if not data:
                break
            other.sendall(data)
    except OSError:
        pass
    for each in (one, other):
        try:
            each.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


host, port, onward = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
server = socket.socket()
server.bind((host, port))
server.listen(0)
fillers = []
for _ in range(4):
    filler = socket.socket()
    filler.setblocking(False)
    filler.connect_ex(server.getsockname())
    fillers.append(filler)
print(server.getsockname()[1], flush=True)
if sys.stdin.readline():
    for filler in fillers:
        filler.close()
    while True:
        accepted, _ = server.accept()
        if onward == 0:
            fillers.append(accepted)
            continue
        try:
            inner = socket.create_connection(("127.0.0.1", onward))
        except OSError:
            accepted.close()
            continue
        for pair in ((accepted, inner), (inner, accepted)):
            threading.Thread(target=lead, args=pair, daemon=True).start()
