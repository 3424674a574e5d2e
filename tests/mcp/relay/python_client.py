"""The Python SDK's clients over a command on stdin and stdout: one line for each thing that came back."""
import asyncio
import os
import sys

from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

parameters = StdioServerParameters(
    command=sys.argv[1], args=sys.argv[2:], env=dict(os.environ)
)


async def low():
    async with stdio_client(parameters) as (read, write):
        async with ClientSession(read, write) as session:
            began = await session.initialize()
            info = getattr(began, "server_info", None) or began.serverInfo
            print("server", info.name)
            tools = (await session.list_tools()).tools
            print("tools", ",".join(sorted(tool.name for tool in tools)))
            result = await session.call_tool("echo", {"text": "from python"})
            print("call", result.content[0].text)
            seen = []

            async def progress(done, total, message):
                seen.append(done)

            await session.call_tool("progress", {}, progress_callback=progress)
            print("progress", seen)


async def high():
    """The client of 2.x asks for the newest revision first."""
    try:
        from mcp import Client
    except ImportError:
        return
    async with Client(stdio_client(parameters)) as client:
        result = await client.call_tool("echo", {"text": "anew"})
        print("client", result.content[0].text)


asyncio.run(low())
asyncio.run(high())
