"""Listens, and accepts nothing: its queue is full, so that the kernel drops each SYN. Prints its port. A line on stdin empties the queue
and accepts from then on, so that a SYN that is repeated is answered."""
import socket
import sys

host = sys.argv[1]
server = socket.socket()
server.bind((host, int(sys.argv[2])))
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
    kept = []
    while True:
        kept.append(server.accept())
