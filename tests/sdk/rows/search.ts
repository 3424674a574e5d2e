/** Search, scraping, vectors and sandboxes of others. @module */
import type { Row } from "../row.ts";

const BEARER = { headers: { authorization: "Bearer {api_key}" } };

export const SEARCH: readonly Row[] = [
  {
    provider: "tavily",
    from: "npm",
    package: "@tavily/core",
    program: `
import { tavily } from "@tavily/core";
const found = await tavily().search("why?");
console.log(found.results[0].title);`,
    request: "POST https://api.tavily.com/search",
    arrives: BEARER,
    answer: {
      query: "why?",
      images: [],
      results: [{
        title: "hello",
        url: "https://a.example",
        content: "",
        score: 1,
      }],
      response_time: 1,
    },
    prints: "hello",
  },
  {
    provider: "tavily",
    from: "pypi",
    package: "tavily-python",
    program: `
from tavily import TavilyClient
print(TavilyClient().search("why?")["results"][0]["title"])`,
    request: "POST https://api.tavily.com/search",
    arrives: BEARER,
    answer: { results: [{ title: "hello" }] },
    prints: "hello",
  },
  {
    provider: "exa",
    from: "npm",
    package: "exa-js",
    program: `
import Exa from "exa-js";
console.log((await new Exa().search("why?")).results[0].title);`,
    request: "POST https://api.exa.ai/search",
    arrives: { headers: { "x-api-key": "{api_key}" } },
    answer: {
      results: [{ title: "hello", url: "https://a.example", id: "1" }],
    },
    prints: "hello",
  },
  {
    provider: "exa",
    from: "pypi",
    package: "exa-py",
    program: `
import os
from exa_py import Exa
print(Exa(os.environ["EXA_API_KEY"]).search("why?").results[0].title)`,
    request: "POST https://api.exa.ai/search",
    arrives: { headers: { "x-api-key": "{api_key}" } },
    answer: {
      results: [{ title: "hello", url: "https://a.example", id: "1" }],
    },
    prints: "hello",
  },
  {
    provider: "firecrawl",
    from: "npm",
    package: "@mendable/firecrawl-js",
    program: `
import Firecrawl from "@mendable/firecrawl-js";
console.log((await new Firecrawl({}).scrape("https://a.example")).markdown);`,
    request: "POST https://api.firecrawl.dev/v2/scrape",
    arrives: BEARER,
    answer: { success: true, data: { markdown: "hello" } },
    prints: "hello",
  },
  {
    provider: "firecrawl",
    from: "pypi",
    package: "firecrawl-py",
    program: `
from firecrawl import Firecrawl
print(Firecrawl().scrape("https://a.example").markdown)`,
    request: "POST https://api.firecrawl.dev/v2/scrape",
    arrives: BEARER,
    answer: { success: true, data: { markdown: "hello" } },
    prints: "hello",
  },
  {
    provider: "apify",
    from: "npm",
    package: "apify-client",
    program: `
import { ApifyClient } from "apify-client";
console.log((await new ApifyClient({ token: process.env.APIFY_TOKEN }).user("me").get()).username);`,
    request: "GET https://api.apify.com/v2/users/me",
    arrives: BEARER,
    answer: { data: { id: "1", username: "hello" } },
    prints: "hello",
  },
  {
    provider: "apify",
    from: "pypi",
    package: "apify-client",
    program: `
import os
from apify_client import ApifyClient
print(ApifyClient(os.environ["APIFY_TOKEN"]).user("me").get().username)`,
    request: "GET https://api.apify.com/v2/users/me",
    arrives: BEARER,
    answer: { data: { id: "1", username: "hello" } },
    prints: "hello",
  },
  {
    provider: "serpapi",
    from: "npm",
    package: "serpapi",
    program: `
import { getJson } from "serpapi";
console.log((await getJson({ engine: "google", q: "why?", api_key: process.env.SERPAPI_API_KEY })).search_metadata.id);`,
    request: "GET https://serpapi.com/search",
    arrives: { query: { api_key: "{api_key}" } },
    answer: { search_metadata: { id: "hello" } },
    prints: "hello",
  },
  {
    provider: "pinecone",
    from: "npm",
    package: "@pinecone-database/pinecone",
    program: `
import { Pinecone } from "@pinecone-database/pinecone";
console.log((await new Pinecone().listIndexes()).indexes[0].name);`,
    request: "GET https://api.pinecone.io/indexes",
    arrives: { headers: { "api-key": "{api_key}" } },
    answer: INDEXES(),
    prints: "hello",
  },
  {
    provider: "pinecone",
    from: "pypi",
    package: "pinecone",
    program: `
from pinecone import Pinecone
print(len(Pinecone().list_indexes().names()), "indexes")`,
    request: "GET https://api.pinecone.io/indexes",
    arrives: { headers: { "api-key": "{api_key}" } },
    answer: { indexes: [] },
    prints: "0 indexes",
  },
  {
    provider: "algolia",
    from: "npm",
    package: "algoliasearch",
    program: `
import { algoliasearch } from "algoliasearch";
const client = algoliasearch(process.env.ALGOLIA_APP_ID, process.env.ALGOLIA_API_KEY);
console.log((await client.listIndices()).items[0].name);`,
    request: "GET https://abcde12345-dsn.algolia.net/1/indexes",
    hosts: ALGOLIA(),
    arrives: {
      headers: {
        "x-algolia-api-key": "{api_key}",
        "x-algolia-application-id": "{application_id}",
      },
    },
    answer: { items: [{ name: "hello" }], nbPages: 1 },
    prints: "hello",
  },
  {
    provider: "algolia",
    from: "pypi",
    package: "algoliasearch",
    program: `
import asyncio, os
from algoliasearch.search.client import SearchClient
async def main():
    async with SearchClient(os.environ["ALGOLIA_APP_ID"], os.environ["ALGOLIA_API_KEY"]) as client:
        print((await client.search_single_index("i")).nb_hits, "hits")
asyncio.run(main())`,
    request: "POST https://abcde12345-dsn.algolia.net/1/indexes/i/query",
    hosts: ALGOLIA(),
    arrives: {
      headers: {
        "x-algolia-api-key": "{api_key}",
        "x-algolia-application-id": "{application_id}",
      },
    },
    answer: { hits: [], nbHits: 7, query: "", params: "" },
    prints: "7 hits",
  },
  {
    provider: "e2b",
    from: "npm",
    package: "e2b",
    program: `
import { Sandbox } from "e2b";
console.log((await Sandbox.list().nextItems())[0].sandboxId);`,
    request: "GET https://api.e2b.app/v2/sandboxes",
    arrives: { headers: { "x-api-key": "{api_key}" } },
    answer: SANDBOXES(),
    prints: "hello",
  },
  {
    provider: "e2b",
    from: "pypi",
    package: "e2b",
    program: `
from e2b import Sandbox
print(Sandbox.list().next_items()[0].sandbox_id)`,
    request: "GET https://api.e2b.app/v2/sandboxes",
    arrives: { headers: { "x-api-key": "{api_key}" } },
    answer: SANDBOXES(),
    prints: "hello",
  },
];

function INDEXES() {
  return {
    indexes: [{
      name: "hello",
      metric: "cosine",
      dimension: 3,
      host: "hello.svc.pinecone.io",
      vector_type: "dense",
      deletion_protection: "disabled",
      spec: { serverless: { cloud: "aws", region: "us-east-1" } },
      status: { ready: true, state: "Ready" },
    }],
  };
}

function ALGOLIA() {
  return [
    "abcde12345-dsn.algolia.net",
    "abcde12345.algolia.net",
    ...[1, 2, 3].map((n) => `abcde12345-${n}.algolianet.com`),
  ];
}

function SANDBOXES() {
  return [{
    sandboxID: "hello",
    templateID: "t",
    clientID: "c",
    alias: "a",
    startedAt: "2026-01-01T00:00:00Z",
    endAt: "2026-01-01T01:00:00Z",
    cpuCount: 1,
    memoryMB: 128,
    diskSizeMB: 128,
    state: "running",
    envdVersion: "0.2.0",
  }];
}
