"""A server and a client that end their connections in ways that Deno and Node have no calls for, and count every byte.

`serve CERTIFICATE KEY` says its port. It is every server behind a CONNECT, with TLS at port 443; without relays, which end
connections in their own way. `GET /ENDING/FRAMING/N` is answered with N bytes; `POST` says in one line of JSON what came of
its body. `fetch JSON` asks such a server through a proxy and says what came.

ENDING: `closed`, `cut` (no close_notify), `reset` (RST once all has been taken), `half` (only the sending side ends), or
`garbage` (what follows is no chunk). FRAMING: `length` (twice N is promised), `whole`, `chunked`, `open` (until the
connection ends), `events`, `upgrade`.
"""
import fcntl, hashlib, json, socket, ssl, struct, sys, termios, threading, time

PATTERN = bytes((i * i + i // 251) % 256 for i in range(65_536))


def pattern(n):
    return (PATTERN * (n // len(PATTERN) + 1))[:n]


def taken(raw):
    """Waits until the other system has taken all that was written: a reset throws away the rest."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if struct.unpack("i", fcntl.ioctl(raw, termios.TIOCOUTQ, b"\0" * 4))[0] == 0:
            return
        time.sleep(0.01)


def end(conn, ending):
    tls = isinstance(conn, ssl.SSLSocket)
    if ending == "reset":
        taken(conn)
        conn.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        conn.close()
        return
    if ending == "closed" and tls:
        conn.setblocking(False)
        try:
            conn.unwrap()
        except (OSError, ValueError):
            pass
        conn.setblocking(True)
    # What is unread at the end would make it a reset.
    socket.socket.shutdown(conn, socket.SHUT_WR)
    try:
        while socket.socket.recv(conn, 65_536):
            pass
    except OSError:
        pass
    conn.close()


class Reader:
    def __init__(self, conn, slow=False):
        self.conn, self.slow, self.ending = conn, slow, None
        self.size, self.hash, self.tail = 0, hashlib.sha256(), b""

    def read(self):
        if self.slow:
            time.sleep(0.002)
        try:
            data = self.conn.recv(65_536)
            if not data:
                self.ending = "closed"
        except (ssl.SSLEOFError, ssl.SSLZeroReturnError) as error:
            data, self.ending = b"", "closed" if isinstance(error, ssl.SSLZeroReturnError) else "cut"
        except (ssl.SSLError, ConnectionError) as error:
            # Older versions have no exception of its own for it.
            is_cut = getattr(error, "reason", None) == "UNEXPECTED_EOF_WHILE_READING"
            data, self.ending = b"", "cut" if is_cut else "reset"
        return data

    def head(self):
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.read()
            if not more:
                return data.decode("latin1")
            data += more
        head, _, rest = data.partition(b"\r\n\r\n")
        self.take(rest)
        return head.decode("latin1") + "\r\n"

    def take(self, data):
        self.size += len(data)
        self.hash.update(data)
        self.tail = (self.tail + data)[-64:]

    def all(self):
        while self.ending is None:
            self.take(self.read())
        return self

    def result(self):
        return {"size": self.size, "sha256": self.hash.hexdigest(), "ending": self.ending,
                "tail": self.tail.decode("latin1")}


def body(framing, n):
    """What N bytes are on the wire."""
    data = pattern(n)
    if framing == "events":
        return b"".join(b"%x\r\n%s\r\n" % (len(e), e) for e in (b"data: %06d\n\n" % i for i in range(n)))
    if framing != "chunked":
        return data
    return b"".join(b"%x\r\n%s\r\n" % (len(p), p) for p in (data[i:i + 10_000] for i in range(0, n, 10_000)))


def answer(conn, ending, framing, n):
    head = {"length": "200 OK\r\nContent-Length: %d" % (2 * n), "whole": "200 OK\r\nContent-Length: %d" % n,
            "chunked": "200 OK\r\nTransfer-Encoding: chunked",
            "events": "200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked",
            "open": "200 OK\r\nConnection: close",
            "upgrade": "101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x"}[framing]
    conn.sendall(b"HTTP/1.1 " + head.encode() + b"\r\n\r\n" + body(framing, n) + (b"no chunk" if ending == "garbage" else b""))
    end(conn, "cut" if ending == "garbage" else ending)


def serve(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
    context.load_cert_chain(certificate, key)

    def one(raw):
        tls = Reader(raw).head().split(" ")[1].endswith(":443")
        raw.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        conn = context.wrap_socket(raw, server_side=True, suppress_ragged_eofs=False) if tls else raw
        reader = Reader(conn)
        method, path = reader.head().split(" ")[:2]
        ending, framing, n = path.split("/")[-3:]
        if method == "GET":
            answer(conn, ending, framing, int(n))
        else:
            if framing == "late":
                # The client is gone before its bytes are taken.
                time.sleep(1)
            sys.stdout.write(json.dumps(reader.all().result()) + "\n")
            sys.stdout.flush()
            conn.close()

    def quietly(raw):
        try:
            one(raw)
        except (OSError, ValueError, IndexError):
            raw.close()

    def accept():
        while True:
            threading.Thread(target=quietly, args=(server.accept()[0],), daemon=True).start()

    server = socket.create_server(("127.0.0.1", 0))
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    print(server.getsockname()[1], flush=True)
    threading.Thread(target=accept, daemon=True).start()
    sys.stdin.read()


def fetch(port, path, host, authorization="", tunnel=False, tls=False, ca=[], slow=False, upload=None, fields=""):
    raw = socket.socket()
    if slow:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65_536)
    raw.connect(("127.0.0.1", port))
    conn = raw
    if tunnel:
        raw.sendall(f"CONNECT {host}:443 HTTP/1.1\r\nHost: {host}:443\r\n{authorization}\r\n".encode())
        assert Reader(raw).head().startswith("HTTP/1.1 200"), "no tunnel"
        authorization = ""
    if tls:
        context = ssl.create_default_context()
        # Some versions of Python take an end without close_notify for one with it.
        context.options &= ~getattr(ssl, "OP_IGNORE_UNEXPECTED_EOF", 0)
        for file in ca:
            context.load_verify_locations(file)
        conn = context.wrap_socket(raw, server_hostname=host, suppress_ragged_eofs=False)
    if upload is not None:
        length = upload["size"] * 2
        conn.sendall(f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n{authorization}\r\n".encode())
        conn.sendall(pattern(upload["size"]))
        end(conn, upload["ending"])
        return {}
    conn.sendall(f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{fields}{authorization}\r\n".encode())
    reader = Reader(conn, slow)
    head = reader.head()
    return {"status": head.split(" ")[1] if " " in head else "", **reader.all().result()}


if sys.argv[1] == "serve":
    serve(*sys.argv[2:])
elif sys.argv[1] == "wire":
    data = body(sys.argv[2], int(sys.argv[3]))
    print(json.dumps({"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}))
else:
    print(json.dumps(fetch(**json.loads(sys.argv[2]))))
