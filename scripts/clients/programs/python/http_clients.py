"""Clients of HTTP in general, each asking the same API in its usual way. Packages are imported by the one that uses them."""
import asyncio
import os

HOST = "api.openai.com"
URL = f"https://{HOST}/v1/models"
HEADERS = {"Authorization": "Bearer " + os.environ.get("OPENAI_API_KEY", "")}


def check(status):
    if int(status) != 200:
        raise RuntimeError(f"status {status}")


def urllib():
    from urllib.request import Request, urlopen
    with urlopen(Request(URL, headers=HEADERS)) as response:
        check(response.status)


def httpclient():
    from http.client import HTTPSConnection
    connection = HTTPSConnection(HOST)
    connection.request("GET", "/v1/models", headers=HEADERS)
    check(connection.getresponse().status)


def raw_socket():
    import socket
    import ssl
    with socket.create_connection((HOST, 443), timeout=20) as plain:
        with ssl.create_default_context().wrap_socket(plain, server_hostname=HOST) as secure:
            lines = ["GET /v1/models HTTP/1.1", f"Host: {HOST}", "Connection: close",
                     f"Authorization: {HEADERS['Authorization']}", "", ""]
            secure.sendall("\r\n".join(lines).encode())
            check(secure.recv(64).split()[1])


def urllib3():
    import urllib3 as library
    check(library.PoolManager().request("GET", URL, headers=HEADERS, retries=False).status)


def requests():
    import requests as library
    check(library.get(URL, headers=HEADERS).status_code)


def requests_session():
    import requests as library
    with library.Session() as session:
        check(session.get(URL, headers=HEADERS).status_code)


def requests_verify():
    import certifi
    import requests as library
    check(library.get(URL, headers=HEADERS, verify=certifi.where()).status_code)


def httpx():
    import httpx as library
    check(library.get(URL, headers=HEADERS).status_code)


def httpx_async():
    import httpx as library

    async def ask():
        async with library.AsyncClient() as client:
            check((await client.get(URL, headers=HEADERS)).status_code)
    asyncio.run(ask())


def httpx_h2():
    import httpx as library
    with library.Client(http2=True) as client:
        check(client.get(URL, headers=HEADERS).status_code)


def httpx_noenv():
    import httpx as library
    with library.Client(trust_env=False) as client:
        check(client.get(URL, headers=HEADERS).status_code)


def aiohttp():
    return _aiohttp()


def aiohttp_env():
    return _aiohttp(trust_env=True)


def _aiohttp(**options):
    import aiohttp as library

    async def ask():
        async with library.ClientSession(**options) as session:
            async with session.get(URL, headers=HEADERS) as response:
                check(response.status)
    asyncio.run(ask())


def aiohttp_ws():
    import aiohttp as library

    async def ask():
        async with library.ClientSession() as session:
            async with session.ws_connect(f"wss://{HOST}/v1/realtime", headers=HEADERS) as socket:
                return (await socket.receive()).data
    return asyncio.run(ask())


def niquests():
    import niquests as library
    check(library.get(URL, headers=HEADERS).status_code)


def httplib2():
    import httplib2 as library
    response, _ = library.Http().request(URL, headers=HEADERS)
    check(response.status)


def pycurl():
    import pycurl as library
    curl = library.Curl()
    curl.setopt(library.URL, URL)
    curl.setopt(library.HTTPHEADER, [f"{name}: {value}" for name, value in HEADERS.items()])
    curl.setopt(library.WRITEFUNCTION, lambda data: None)
    curl.perform()
    check(curl.getinfo(library.RESPONSE_CODE))


def curl_cffi():
    from curl_cffi import requests as library
    check(library.get(URL, headers=HEADERS).status_code)


def tornado():
    from tornado.httpclient import HTTPClient
    check(HTTPClient().fetch(URL, headers=HEADERS).code)


def websockets():
    from websockets.sync.client import connect
    with connect(f"wss://{HOST}/v1/realtime", additional_headers=HEADERS) as socket:
        return socket.recv()


def websocket_client():
    from websocket import create_connection
    socket = create_connection(f"wss://{HOST}/v1/realtime", header=HEADERS)
    return socket.recv()


def grpc():
    import grpc as library
    with library.secure_channel(f"{HOST}:443", library.ssl_channel_credentials()) as channel:
        call = channel.unary_unary("/test.Api/Get")
        call(b"", metadata=[("authorization", HEADERS["Authorization"])], timeout=20)


def grpc_aio():
    import grpc as library

    async def ask():
        async with library.aio.secure_channel(f"{HOST}:443", library.ssl_channel_credentials()) as channel:
            call = channel.unary_unary("/test.Api/Get")
            await call(b"", metadata=[("authorization", HEADERS["Authorization"])], timeout=20)
    asyncio.run(ask())


def subprocess_curl():
    import subprocess
    subprocess.run(["curl", "-sS", "--fail", "-o", "/dev/null", "-H", f"Authorization: {HEADERS['Authorization']}", URL], check=True)
