"""The vendors' own packages, each making the first call of its documentation."""
import asyncio
import os

MESSAGES = [{"role": "user", "content": "hello"}]


def openai():
    from openai import OpenAI
    return OpenAI(max_retries=0).models.list()


def openai_async():
    from openai import AsyncOpenAI

    async def ask():
        async with AsyncOpenAI(max_retries=0) as client:
            return await client.models.list()
    return asyncio.run(ask())


def openai_stream():
    from openai import OpenAI
    stream = OpenAI(max_retries=0).chat.completions.create(model="m", stream=True, messages=MESSAGES)
    said = "".join(chunk.choices[0].delta.content or "" for chunk in stream)
    if said != "hello":
        raise RuntimeError(said)


def anthropic():
    from anthropic import Anthropic
    return Anthropic(max_retries=0).models.list()


def genai():
    from google import genai as library
    # A client that nothing refers to is closed.
    client = library.Client()
    return client.models.generate_content(model="gemini-2.5-flash", contents="hello").text


def groq():
    from groq import Groq
    return Groq(max_retries=0).models.list()


def cohere():
    import cohere as library
    return library.ClientV2(api_key=os.environ["COHERE_API_KEY"]).models.list()


def litellm():
    import litellm as library
    return library.completion(model="openai/m", messages=MESSAGES, num_retries=0).choices[0].message.content


def replicate():
    import replicate as library
    return library.Client().accounts.current()


def boto3():
    import boto3 as library
    return library.client("sts", region_name="us-east-1").get_caller_identity()["Account"]


def boto3_s3():
    import boto3 as library
    return library.client("s3", region_name="us-east-1").list_buckets()["Buckets"] or "none"


def pygithub():
    from github import Auth, Github
    return Github(auth=Auth.Token(os.environ["GITHUB_TOKEN"])).get_user().login


def stripe():
    import stripe as library
    library.max_network_retries = 0
    return library.StripeClient(os.environ["STRIPE_API_KEY"]).v1.balance.retrieve()


def slack():
    from slack_sdk import WebClient
    return WebClient(token=os.environ["SLACK_BOT_TOKEN"]).auth_test()["ok"]


def slack_async():
    from slack_sdk.web.async_client import AsyncWebClient
    return asyncio.run(AsyncWebClient(token=os.environ["SLACK_BOT_TOKEN"]).auth_test())["ok"]


def notion():
    from notion_client import Client
    return Client(auth=os.environ["NOTION_TOKEN"]).users.me()


def telegram():
    from telegram import Bot

    async def ask():
        async with Bot(os.environ["TELEGRAM_BOT_TOKEN"]) as bot:
            return (await bot.get_me()).username
    return asyncio.run(ask())


def hf():
    from huggingface_hub import whoami
    return whoami()["name"]


def googleapi():
    from googleapiclient.discovery import build_from_document
    methods = {"list": {"id": "x.models.list", "path": "v1beta/models", "httpMethod": "GET", "parameters": {}}}
    document = {"rootUrl": "https://generativelanguage.googleapis.com/", "servicePath": "", "name": "x", "version": "v1",
                "batchPath": "batch", "baseUrl": "https://generativelanguage.googleapis.com/",
                "resources": {"models": {"methods": methods}}}
    return build_from_document(document, developerKey=os.environ["GEMINI_API_KEY"]).models().list().execute()


def dulwich():
    from dulwich import porcelain
    return porcelain.ls_remote("https://github.com/team/project.git")


def yt_dlp():
    from yt_dlp import YoutubeDL
    from yt_dlp.networking import Request
    with YoutubeDL({"quiet": True}) as loader:
        headers = {"Authorization": "Bearer " + os.environ["OPENAI_API_KEY"]}
        return loader.urlopen(Request("https://api.openai.com/v1/models", headers=headers)).status


def mcp():
    import mcp as library
    import httpx
    from mcp.client.streamable_http import streamable_http_client

    async def ask():
        headers = {"Authorization": "Bearer " + os.environ["STRIPE_API_KEY"]}
        async with httpx.AsyncClient(headers=headers) as client:
            async with streamable_http_client("https://mcp.stripe.com/", http_client=client) as streams:
                async with library.ClientSession(streams[0], streams[1]) as session:
                    await session.initialize()
                    return await session.list_tools()
    return asyncio.run(ask())
