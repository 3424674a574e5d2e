"""Leads Python libraries that ignore the proxy of an authsome run through it, and has them trust its certificates.

Each function below changes one module once it was imported, and changes no more than the opening of a connection: to
a host that NO_PROXY exempts, or with a proxy of the program's own, everything is as it was. Nothing here skips or
weakens the verification of a certificate; the authority of the run is added, which may speak for routed hosts alone.
"""

import os

PORT = 443
BUNDLE_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT")


# The run: its proxy and its certificates, looked up when they are needed.


class Proxy:
    """The proxy of the run: `http://authsome:<password>@127.0.0.1:<port>`."""

    def __init__(self, url):
        self.url = url
        scheme, _, rest = url.partition("://")
        user, _, address = rest.rstrip("/").rpartition("@")
        self.host, _, port = address.rpartition(":")
        self.port = int(port)
        if scheme != "http" or not user.startswith("authsome:"):
            raise ValueError("not the proxy of a run")
        from base64 import b64encode

        self.authorization = "Basic " + b64encode(user.encode()).decode()

    def request(self, host, port):
        """The request for a tunnel, as bytes."""
        host = host.encode("idna").decode() if not host.isascii() else host
        authority = "[%s]:%d" % (host, port) if ":" in host else "%s:%d" % (host, port)
        return (
            "CONNECT {0} HTTP/1.1\r\nHost: {0}\r\nProxy-Authorization: {1}\r\n\r\n"
        ).format(authority, self.authorization).encode()


def proxy_for(host, port):
    """The proxy that a TLS connection to `host` takes, or None: there is none, it is the program's own, or exempted."""
    try:
        host = text(host).strip("[]").rstrip(".").lower()
        variables = os.environ
        if not host or not variables.get("AUTHSOME_PROXY_MODE"):
            return None
        proxy = Proxy(variables.get("https_proxy") or variables.get("HTTPS_PROXY"))
        exempt = variables.get("no_proxy") or variables.get("NO_PROXY") or ""
        return None if is_exempt(host, int(port), exempt) else proxy
    except Exception:
        return None


def is_exempt(host, port, entries):
    """Whether NO_PROXY or its nature exempts `host`. The run keeps no entry that holds a routed host."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    address = None
    if ":" in host or host.replace(".", "").isdigit():
        from ipaddress import ip_address

        address = ip_address(host.partition("%")[0])
        if address.is_loopback or address.is_link_local or address.is_unspecified:
            return True
    for entry in entries.replace(",", " ").lower().split():
        name, colon, digits = entry.rpartition(":")
        if colon and digits.isdigit() and ":" not in name:
            if int(digits) != port:
                continue
            entry = name
        if entry == "*":
            return True
        if "/" in entry:
            from ipaddress import ip_network

            try:
                if address is not None and address in ip_network(entry, strict=False):
                    return True
            except ValueError:
                pass
            continue
        entry = entry.strip("[]").lstrip("*").lstrip(".")
        if entry and (host == entry or host.endswith("." + entry)):
            return True
    return False


def text(value):
    return value.decode() if isinstance(value, bytes) else str(value)


def bundle():
    """The file of the certificates that this run trusts, or None."""
    paths = [os.environ.get(name) or "" for name in BUNDLE_VARIABLES]
    for path in paths:
        # `<home>/run/<id>/ca.pem`; a program may have set some of them anew.
        if path.replace("\\", "/").split("/")[-3::2] == ["run", "ca.pem"]:
            return path if os.path.isfile(path) else None
    return None


def authority():
    """The certificate of the run's own authority, PEM: the last one of the bundle."""
    with open(bundle(), "rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - 16384))
        tail = file.read().decode("ascii", "ignore")
    return tail[tail.rindex("-----BEGIN CERTIFICATE-----"):]


# A tunnel, on a connection to the proxy.


class Refused(OSError):
    """The proxy opened no tunnel."""


def check(head, host):
    """Throws if `head` does not say that the tunnel is open."""
    line = head.split(b"\r\n")[0].decode("latin-1")
    if line[9:12] != "200":
        raise Refused("Tunnel connection to %s failed: %s" % (text(host), line[9:]))


def open_tunnel(sock, proxy, host, port):
    """Turns `sock`, connected to the proxy, into a connection to `host`; closes it if that fails."""
    try:
        sock.sendall(proxy.request(text(host), port))
        head = b""
        # By the byte: what follows is of the server.
        while not head.endswith(b"\r\n\r\n"):
            byte = sock.recv(1)
            if not byte or len(head) > 65536:
                raise Refused("The proxy closed the connection")
            head += byte
        check(head, host)
        return sock
    except BaseException:
        sock.close()
        raise


async def open_tunnel_async(loop, proxy, host, port):
    """The same for an event loop, from the beginning."""
    import socket

    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        await loop.sock_connect(sock, (proxy.host, proxy.port))
        await loop.sock_sendall(sock, proxy.request(text(host), port))
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            byte = await loop.sock_recv(sock, 1)
            if not byte or len(head) > 65536:
                raise Refused("The proxy closed the connection")
            head += byte
        check(head, host)
        return sock
    except BaseException:
        sock.close()
        raise


# The modules.


def change_socket(socket):
    """A connection to the port of HTTPS, for programs that put TLS on it themselves."""
    connect = socket.create_connection

    def create_connection(address, *args, **kwargs):
        host, port = address[:2]
        proxy = proxy_for(host, port) if port == PORT else None
        source = kwargs.get("source_address") or (args[1] if len(args) > 1 else None)
        if proxy is None or source:
            return connect(address, *args, **kwargs)
        return open_tunnel(
            connect((proxy.host, proxy.port), *args, **kwargs), proxy, host, port
        )

    create_connection.without_tunnel = connect
    create_connection.__doc__ = connect.__doc__
    socket.create_connection = create_connection


def change_ssl(ssl):
    """A context of a client that is given its own file of roots also trusts the authority of the run."""
    load = ssl.SSLContext.load_verify_locations

    def load_verify_locations(self, cafile=None, capath=None, cadata=None):
        load(self, cafile, capath, cadata)
        try:
            if self.protocol != ssl.PROTOCOL_TLS_SERVER and cafile != bundle():
                load(self, None, None, authority())
        except Exception:
            pass

    load_verify_locations.__doc__ = load.__doc__
    ssl.SSLContext.load_verify_locations = load_verify_locations


def change_http_client(client):
    connect = client.HTTPConnection.connect

    def tunnelled(self):
        dial = getattr(self, "_create_connection", None)
        if dial is None or not isinstance(self, client.HTTPSConnection):
            return connect(self)
        plain = getattr(dial, "without_tunnel", dial)
        own = getattr(self, "_tunnel_host", None)
        proxy = None if own else proxy_for(self.host, self.port)
        if getattr(self, "source_address", None):
            proxy = None

        def through(address, *args, **kwargs):
            if proxy is None:
                return plain(address, *args, **kwargs)
            sock = plain((proxy.host, proxy.port), *args, **kwargs)
            return open_tunnel(sock, proxy, *address[:2])

        self._create_connection = through
        try:
            return connect(self)
        finally:
            self._create_connection = dial

    client.HTTPConnection.connect = tunnelled


def change_urllib3(connection):
    class_ = connection.HTTPSConnection
    connect = class_._new_conn

    def _new_conn(self):
        proxy = None
        if not (getattr(self, "proxy", None) or getattr(self, "_tunnel_host", None)):
            proxy = proxy_for(self._dns_host, self.port)
        if proxy is None or getattr(self, "source_address", None):
            return connect(self)
        host, port = self._dns_host, self.port
        self._dns_host, self.port = proxy.host, proxy.port
        try:
            sock = connect(self)
        finally:
            self._dns_host, self.port = host, port
        try:
            return open_tunnel(sock, proxy, host, port)
        except OSError as error:
            raise connection.NewConnectionError(self, str(error)) from error

    class_._new_conn = _new_conn


def change_asyncio(base_events):
    class_ = base_events.BaseEventLoop
    connect = class_.create_connection

    async def create_connection(self, factory, host=None, port=None, **options):
        proxy = None
        # Other ports are of databases and mail, which no proxy of HTTPS is for.
        if host and port == PORT and options.get("ssl"):
            proxy = proxy_for(host, port)
        if proxy is None or options.get("local_addr"):
            return await connect(self, factory, host, port, **options)
        for name in ("family", "proto", "flags", "local_addr"):
            options.pop(name, None)
        # How to choose between addresses of a name.
        for name in ("happy_eyeballs_delay", "interleave", "all_errors"):
            options.pop(name, None)
        if options.get("server_hostname") is None:
            options["server_hostname"] = host
        options["sock"] = await open_tunnel_async(self, proxy, host, port)
        return await connect(self, factory, **options)

    create_connection.__doc__ = connect.__doc__
    class_.create_connection = create_connection


def change_aiohttp(connector):
    connect = connector.BaseConnector.connect
    tcp = connector.TCPConnector
    dials = [
        (name, getattr(tcp, name))
        for name in ("_create_connection", "_create_direct_connection", "_wrap_create_connection")
        if hasattr(tcp, name)
    ]

    async def through(self, req, *args, **kwargs):
        try:
            # Connectors of a program's own way, such as SOCKS, dial themselves.
            is_plain = isinstance(self, tcp) and all(
                getattr(type(self), name) is dial for name, dial in dials
            )
            if is_plain and req.proxy is None and req.is_ssl():
                proxy = proxy_for(req.url.host, req.url.port)
                if proxy is not None:
                    req.update_proxy(type(req.url)(proxy.url), None, None)
        except Exception:
            pass
        return await connect(self, req, *args, **kwargs)

    connector.BaseConnector.connect = through


def change_httpcore(connection_pool):
    """httpx without the environment: `trust_env=False`, or a transport of its own."""
    from importlib import import_module

    room = connection_pool.__name__.rpartition(".")[0]
    package = connection_pool.__name__.partition(".")[0]
    is_async = room.endswith("_async")
    prefix = "Async" if is_async else ""
    class_ = getattr(connection_pool, prefix + "ConnectionPool")
    create = class_.create_connection

    def create_connection(self, origin):
        proxy = None
        ours = None
        if origin.scheme in (b"https", b"wss") and not (
            getattr(self, "_proxy", None) or getattr(self, "_uds", None)
        ):
            proxy = proxy_for(origin.host, origin.port)
        if proxy is not None:
            try:
                tunnels = import_module(room + ".http_proxy")
                models = import_module(package + "._models")
                kind = getattr(tunnels, prefix + "TunnelHTTPConnection", None) or (
                    tunnels.TunnelHTTPConnection
                )
                ours = kind(
                    proxy_origin=models.Origin(b"http", proxy.host.encode(), proxy.port),
                    remote_origin=origin,
                    ssl_context=self._ssl_context,
                    proxy_headers=[(b"Proxy-Authorization", proxy.authorization.encode())],
                    keepalive_expiry=self._keepalive_expiry,
                    http1=self._http1,
                    http2=self._http2,
                    network_backend=self._network_backend,
                )
            except Exception:
                ours = None
        return create(self, origin) if ours is None else ours

    class_.create_connection = create_connection


def change_httplib2(httplib2):
    """It takes the proxy from the environment only where PySocks is installed."""
    class_ = httplib2.HTTPSConnectionWithTimeout
    connect = class_.connect

    def through(self):
        proxy = proxy_for(self.host, self.port)
        info = getattr(self, "proxy_info", None)
        context = getattr(self, "_context", None)
        is_ours = proxy is not None and context is not None and (
            not info or (info.proxy_host, info.proxy_port) == (proxy.host, proxy.port)
        )
        if not is_ours:
            return connect(self)
        import socket

        sock = socket.create_connection((proxy.host, proxy.port), self.timeout)
        open_tunnel(sock, proxy, self.host, self.port)
        self.sock = context.wrap_socket(sock, server_hostname=self.host)

    class_.connect = through


def change_tornado(tcpclient):
    class_ = tcpclient.TCPClient
    connect = class_.connect

    async def through(self, host, port, *args, **options):
        tls = options.get("ssl_options")
        proxy = None
        if port == PORT and tls is not None and not args:
            proxy = proxy_for(host, port)
        if proxy is None or options.get("source_ip") or options.get("source_port"):
            return await connect(self, host, port, *args, **options)
        options["ssl_options"] = None
        options.pop("af", None)
        stream = await connect(self, proxy.host, proxy.port, **options)
        try:
            await stream.write(proxy.request(host, port))
            check(await stream.read_until(b"\r\n\r\n", max_bytes=65536), host)
        except BaseException:
            stream.close()
            raise
        return await stream.start_tls(False, ssl_options=tls, server_hostname=host)

    class_.connect = through


def change_certifi(core):
    where, contents = core.where, core.contents

    def ours():
        return bundle() or where()

    def text_of_ours():
        path = bundle()
        if path is None:
            return contents()
        with open(path, encoding="ascii", errors="ignore") as file:
            return file.read()

    core.where, core.contents = ours, text_of_ours


def change_pycurl(pycurl):
    """libcurl takes the proxy from the environment, but its file of roots from no variable."""
    plain = pycurl.Curl

    class Curl(plain):
        def __init__(self, *args, **kwargs):
            super().__init__(*args, **kwargs)
            trust(self)

        def reset(self):
            super().reset()
            trust(self)

    def trust(curl):
        path = bundle()
        if path is not None:
            try:
                curl.setopt(pycurl.CAINFO, path)
            except Exception:
                pass

    Curl.__name__ = Curl.__qualname__ = plain.__name__
    Curl.__module__ = plain.__module__
    pycurl.Curl = Curl


CHANGES = {
    "aiohttp.connector": change_aiohttp,
    "asyncio.base_events": change_asyncio,
    "certifi.core": change_certifi,
    "http.client": change_http_client,
    "httpcore._async.connection_pool": change_httpcore,
    "httpcore._sync.connection_pool": change_httpcore,
    "httpcore2._async.connection_pool": change_httpcore,
    "httpcore2._sync.connection_pool": change_httpcore,
    "httplib2": change_httplib2,
    "pycurl": change_pycurl,
    "socket": change_socket,
    "ssl": change_ssl,
    "tornado.tcpclient": change_tornado,
    "urllib3.connection": change_urllib3,
}


def change(module):
    """Changes `module`, which was just imported; an error leaves it as it is."""
    try:
        CHANGES[module.__name__](module)
    except Exception:
        pass
