"""A client of Python's `mcp` or of FastMCP: lists the tools of a server and calls `echo`. Arguments: transport and URL."""

import asyncio
import importlib.util
import sys

transport, url = sys.argv[1:3]


async def of_fastmcp():
    from fastmcp import Client
    from fastmcp.client.transports import SSETransport, StreamableHttpTransport

    kind = SSETransport if transport == "sse" else StreamableHttpTransport
    async with Client(kind(url)) as client:
        tell(await client.list_tools(), await client.call_tool("echo", {}))


async def of_sdk():
    from mcp import ClientSession
    from mcp.client import sse, streamable_http

    connect = (
        sse.sse_client
        if transport == "sse"
        else getattr(streamable_http, "streamable_http_client", None) or streamable_http.streamablehttp_client
    )
    async with connect(url) as streams, ClientSession(*streams[:2]) as session:
        await session.initialize()
        tell((await session.list_tools()).tools, await session.call_tool("echo", {}))


def tell(tools, result):
    print("tools", " ".join(tool.name for tool in tools))
    print("call", result.content[0].text)


asyncio.run(of_fastmcp() if importlib.util.find_spec("fastmcp") else of_sdk())
