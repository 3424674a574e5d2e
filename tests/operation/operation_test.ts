// What requests do, by what definitions say and by the protocols that name it themselves.
import { expect } from "expect";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import type { OperationsDefinition } from "../../lib/provider/operations/operations_definition.ts";
import { allRead, type Call, operationsOf } from "./judged_calls.ts";

const SOURCE = "https://acme.com/docs";
const API = "https://api.acme.com";
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };
const JSON_TYPE = { "Content-Type": "application/json" };

/** A call, whether it reads (`undefined`: nobody knows), and the name of its operation. */
type Row = [call: Call, reads: boolean | undefined, name?: string];

function table(
  title: string,
  definition: OperationsDefinition | undefined,
  rows: readonly Row[],
): void {
  test(title, () => {
    const found = rows.map(([call, , name]) => {
      const operations = operationsOf(definition, call);
      const names = operations.map((each) => each.name);
      return [
        call,
        allRead(operations),
        name === undefined || names.join(" + ") === name ? name : names,
      ];
    });
    expect(found).toEqual(
      rows.map(([call, reads, name]) => [call, reads, name]),
    );
  });
}

table("without a definition the method says it", undefined, [
  [{ method: "GET", url: `${API}/a` }, true, "GET"],
  [{ method: "HEAD", url: `${API}/a` }, true, "HEAD"],
  [{ method: "OPTIONS", url: `${API}/a` }, true],
  [{ method: "PUT", url: `${API}/a` }, false, "PUT"],
  [{ method: "PATCH", url: `${API}/a` }, false],
  [{ method: "DELETE", url: `${API}/a` }, false],
  [{ method: "POST", url: `${API}/a` }, undefined, "POST"],
  [{ method: "QUERY", url: `${API}/a` }, undefined],
  [{ method: "PROPFIND", url: `${API}/a` }, undefined],
  [{ method: "GET", url: `${API}/a/%2e%2e/b` }, undefined],
  [
    { method: "GET", url: `${API}/a`, headers: { Upgrade: "websocket" } },
    undefined,
    "websocket",
  ],
]);

const override = (
  method: string,
  headers: Record<string, string>,
  url = "/a",
) => ({ method, url: API + url, headers }) satisfies Call;
table("a method in a header or a parameter is one that servers obey", {
  list: [{
    name: "search",
    methods: ["POST"],
    path: "/search",
    reads: true,
    source: SOURCE,
  }],
}, [
  [override("GET", { "X-HTTP-Method-Override": "DELETE" }), false, "DELETE"],
  [override("GET", { "x-http-method": "PUT" }), false],
  [override("GET", { "X-Method-Override": "patch" }), false],
  [override("GET", { "X-HTTP-Method-Override": "what" }), undefined],
  [override("POST", { "X-HTTP-Method-Override": "GET" }), undefined],
  [override("GET", {}, "/a?_method=DELETE"), false],
  [override("GET", {}, "/a?_METHOD=%64elete"), false],
  [override("GET", {}, "/a?%5fmethod=delete"), false],
  [
    override("GET", {}, "/a?$httpHeaders=X-HTTP-Method-Override%3A%20DELETE"),
    undefined,
  ],
  [override("GET", {}, "/a?method=card"), true],
  [override("GET", { Method: "fast" }), true],
  [override("POST", {}, "/search"), true, "search"],
  [
    override("POST", { "X-HTTP-Method-Override": "DELETE" }, "/search"),
    false,
    "DELETE",
  ],
  [override("POST", {}, "/search?_method=PUT"), false],
  [{ url: `${API}/search`, headers: FORM, body: "q=a" }, true],
  [{ url: `${API}/search`, headers: FORM, body: "q=a&_method=delete" }, false],
  [
    { url: `${API}/search`, headers: FORM, body: "q=a;%5Fmethod=delete" },
    false,
  ],
]);

table("an entry may name the method that a header gives", {
  list: [{
    name: "tunnel",
    methods: ["POST"],
    path: "/**",
    header: { "X-HTTP-Method-Override": "GET" },
    reads: true,
    source: SOURCE,
  }],
}, [
  [override("POST", { "X-HTTP-Method-Override": "GET" }), true, "tunnel"],
  [override("POST", { "X-HTTP-Method-Override": "PUT" }), false],
  [
    override("POST", {
      "X-HTTP-Method-Override": "GET",
      "X-Method-Override": "DELETE",
    }),
    false,
  ],
]);

table("get_reads: false leaves GET to the entries", {
  get_reads: false,
  list: [{
    name: "info",
    methods: ["GET"],
    path: "/info",
    reads: true,
    source: SOURCE,
  }],
}, [
  [{ method: "GET", url: `${API}/a` }, undefined],
  [{ method: "HEAD", url: `${API}/a` }, undefined],
  [{ method: "OPTIONS", url: `${API}/a` }, true],
  [{ method: "GET", url: `${API}/info` }, true, "info"],
  [{ method: "HEAD", url: `${API}/info` }, true, "info"],
]);

const LISTED: OperationsDefinition = {
  list: [
    {
      name: "search",
      methods: ["POST"],
      path: "/v1/{kind}/search",
      reads: true,
      source: SOURCE,
    },
    { name: "run", path: "/v1/jobs/search", reads: false, source: SOURCE },
    {
      name: "purge",
      methods: ["GET"],
      path: "/v1/purge",
      reads: false,
      source: SOURCE,
    },
    {
      name: "below",
      methods: ["POST"],
      path: "/reads/**",
      reads: true,
      source: SOURCE,
    },
    {
      name: "batch",
      methods: ["POST"],
      host: "batch.acme.com",
      path: "/x:batchGet",
      reads: true,
      source: SOURCE,
    },
    {
      name: "act",
      methods: ["GET"],
      path: "/act",
      query: { op: ["delete", "drop{any}"] },
      reads: false,
      source: SOURCE,
    },
    {
      name: "find",
      methods: ["POST"],
      path: "/act",
      query: { op: "find" },
      reads: true,
      source: SOURCE,
    },
    {
      name: "head",
      methods: ["POST"],
      path: "/h",
      header: { "X-Op": "read" },
      reads: true,
      source: SOURCE,
    },
    {
      name: "headWrite",
      path: "/g",
      header: { "X-Op": "write" },
      reads: false,
      source: SOURCE,
    },
    {
      name: "form.get",
      methods: ["POST"],
      path: "/f",
      form: { action: "get{x}" },
      reads: true,
      source: SOURCE,
    },
    {
      name: "form.drop",
      path: "/f",
      form: { action: "get_drop" },
      reads: false,
      source: SOURCE,
    },
    {
      name: "json.get",
      methods: ["POST"],
      path: "/j",
      json: { "op.kind": ["read", "list"], "dry": "true" },
      reads: true,
      source: SOURCE,
    },
    {
      name: "json.wipe",
      path: "/k",
      json: { "op.kind": "wipe" },
      reads: false,
      source: SOURCE,
    },
  ],
};
const HEAD = (op: string) => ({ "X-Op": op });
table("declared entries", LISTED, [
  [{ url: `${API}/v1/notes/search` }, true, "search"],
  [{ url: `${API}/v1/notes/search/` }, true],
  [{ url: `${API}/v1//notes/search` }, true],
  [{ url: `${API}/v1/notes/search?x=1` }, true],
  [{ method: "PUT", url: `${API}/v1/notes/search` }, false, "PUT"],
  // Of several that match, one that does not read counts: in every spelling.
  [{ url: `${API}/v1/jobs/search` }, false, "run"],
  [{ url: `${API}/v1/JOBS/Search` }, false, "run"],
  [{ url: `${API}/v1/%6Aobs/search` }, false],
  [{ url: `${API}/v1/jobs%2fsearch` }, false],
  [{ url: `${API}/v1/jobs;a=b/search` }, false],
  [{ url: `${API}/v1/jobs/search.json` }, false],
  [{ url: `${API}/v1\\jobs\\search` }, false],
  [{ url: `${API}/v1/x/../jobs/search` }, undefined],
  // What only reads is read in no other way.
  [{ url: `${API}/V1/notes/search` }, undefined],
  [{ url: `${API}/v1/notes%2fsearch` }, undefined],
  [{ url: `${API}/v1/notes/search.json` }, undefined],
  [{ url: `${API}/v1/notes/search;x` }, undefined],
  [{ url: `${API}/v1/notes/more/search` }, undefined],
  [{ method: "GET", url: `${API}/v1/purge` }, false, "purge"],
  [{ method: "HEAD", url: `${API}/v1/purge` }, false],
  [{ url: `${API}/reads` }, true],
  [{ url: `${API}/reads/a/b` }, true, "below"],
  [{ url: `${API}/readsx/a` }, undefined],
  [{ url: "https://batch.acme.com/x:batchGet" }, true, "batch"],
  [{ url: "https://BATCH.acme.com./x:batchGet" }, true, "batch"],
  [{ url: `${API}/x:batchGet` }, undefined],
  // Queries.
  [{ method: "GET", url: `${API}/act` }, true, "GET"],
  [{ method: "GET", url: `${API}/act?op=delete` }, false, "act"],
  [{ method: "GET", url: `${API}/act?OP=%44elete` }, false],
  [{ method: "GET", url: `${API}/act?op=find&op=dropall` }, false],
  [{ url: `${API}/act?op=find` }, true, "find"],
  [{ url: `${API}/act?op=find&op=x` }, undefined],
  [{ url: `${API}/act?op=find;op=x` }, undefined],
  [{ url: `${API}/act?Op=find` }, undefined],
  [{ url: `${API}/act?op=find&OP=x` }, undefined],
  // Headers.
  [{ url: `${API}/h`, headers: HEAD("read") }, true, "head"],
  [{ url: `${API}/h`, headers: HEAD("readx") }, undefined],
  [
    { url: `${API}/h`, headers: { "X-Op": "read", "x_op": "write" } },
    undefined,
  ],
  [
    { method: "GET", url: `${API}/g`, headers: HEAD("WRITE") },
    false,
    "headWrite",
  ],
  // Forms.
  [
    { url: `${API}/f`, headers: FORM, body: "action=get_all" },
    true,
    "form.get",
  ],
  [
    { url: `${API}/f`, headers: FORM, body: "action=get_drop" },
    false,
    "form.drop",
  ],
  [{ url: `${API}/f?action=get_all` }, true],
  [
    { url: `${API}/f?action=get_all`, headers: FORM, body: "action=put" },
    undefined,
  ],
  [
    { url: `${API}/f`, headers: FORM, body: "action=get_all&Action=put" },
    undefined,
  ],
  [
    { url: `${API}/f`, headers: FORM, body: "action=get_all;action=get_drop" },
    false,
  ],
  [{
    url: `${API}/f`,
    headers: { "Content-Type": "multipart/form-data; boundary=x" },
    body: "--x",
  }, undefined],
  [{
    url: `${API}/f`,
    headers: { ...FORM, "Content-Encoding": "gzip" },
    body: "action=get_all",
  }, undefined],
  [{ url: `${API}/f`, body: { action: "get_all" } }, undefined],
  // JSON.
  [
    { url: `${API}/j`, body: { op: { kind: "read" }, dry: true } },
    true,
    "json.get",
  ],
  [{ url: `${API}/j`, body: { op: { kind: "write" }, dry: true } }, undefined],
  [{ url: `${API}/j`, body: { op: { kind: "read" } } }, undefined],
  [{
    url: `${API}/j`,
    headers: JSON_TYPE,
    body: '{"op":{"kind":"read","kind":"write"},"dry":true}',
  }, undefined],
  [{
    url: `${API}/j`,
    headers: JSON_TYPE,
    body: '{"op":{"kind":"write","k\\u0069nd":"read"},"dry":true}',
  }, undefined],
  [{
    url: `${API}/j`,
    headers: JSON_TYPE,
    body: '{"op":{"kind":"read"},"OP":{},"dry":true}',
  }, undefined],
  [{
    url: `${API}/j`,
    headers: JSON_TYPE,
    body: '{"op":{"kind":"read"},"dry":true,"a":{"x":1,"x":2}}',
  }, true],
  [{ url: `${API}/j`, headers: JSON_TYPE, body: "{" }, undefined],
  [
    { url: `${API}/k`, method: "GET", body: { op: { kind: "wipe" } } },
    false,
    "json.wipe",
  ],
  [{ url: `${API}/k`, method: "GET", body: { OP: { Kind: "WIPE" } } }, false],
  [{
    url: `${API}/k`,
    method: "GET",
    headers: JSON_TYPE,
    body: '{"op":{"kind":"wipe","kind":"a"}}',
  }, undefined],
  [
    { url: `${API}/k`, method: "GET", body: { op: { kind: "a" } } },
    true,
    "GET",
  ],
]);

const GRAPHQL: OperationsDefinition = {
  protocols: [{
    protocol: "graphql",
    path: "/graphql",
    reads: ["previewIssue"],
    source: SOURCE,
  }],
};
const gql = (
  body: unknown,
  url = "/graphql",
  headers = JSON_TYPE as Record<string, string>,
) => ({ url: API + url, headers, body }) satisfies Call;
const SHA = "6a3ed5ad9fcf9d1bb4e4b9a4f0fd8a3c7f4ee4f0c1ac5a0a8b1e2c3d4e5f6a7b";
const TWO =
  "query A { viewer { id } } mutation B { createIssue(input: {}) { id } }";
table("GraphQL", GRAPHQL, [
  [gql({ query: "{ viewer { login } }" }), true, "query viewer"],
  [
    gql({
      query: "query Q($a: Int = 1) @x { a: viewer { id } b: node { id } }",
    }),
    true,
    "query viewer, node",
  ],
  [
    gql({ query: 'mutation { createIssue(input: {title: "query"}) { id } }' }),
    false,
    "mutation createIssue",
  ],
  [gql({ query: "# query\nmutation{a b}" }), false, "mutation a, b"],
  [gql({ query: "subscription { issueChanged { id } }" }), true],
  [
    gql({ query: "mutation { previewIssue { id } }" }),
    true,
    "mutation previewIssue",
  ],
  [
    gql({ query: "mutation { previewIssue { id } createIssue { id } }" }),
    false,
  ],
  [
    gql({
      query:
        "mutation { ...F } fragment F on Mutation { deleteAll ...G } fragment G on Mutation { more ...F }",
    }),
    false,
    "mutation deleteAll, more",
  ],
  [
    gql({ query: "mutation { ... on Mutation { previewIssue } ...Missing }" }),
    false,
    "mutation",
  ],
  [gql({ query: 'query { a(x: """ } mutation { b } """) }' }), true],
  [gql({ query: TWO }), undefined],
  [gql({ query: TWO, operationName: "A" }), true, "query viewer"],
  [gql({ query: TWO, operationName: "B" }), false, "mutation createIssue"],
  [gql({ query: TWO, operationName: "C" }), undefined],
  [gql({ query: TWO, operationName: ["A"] }), undefined],
  [gql({ query: TWO, operationname: "A" }), undefined],
  [
    gql({ query: TWO, operationName: "A" }, "/graphql?operationName=B"),
    undefined,
  ],
  [gql({ query: "{ a }" }, "/graphql?query=mutation{b}"), undefined],
  [gql('{"query":"mutation{b}","query":"{a}"}'), undefined],
  [gql('{"query":"{a}","Query":"mutation{b}"}'), undefined],
  [gql('{"query":"{a}","qu\\u0065ry":"mutation{b}"}'), undefined],
  [gql({ query: "{a}", variables: { x: "mutation" } }), true],
  [gql([{ query: "{a}" }, { query: "{b}" }]), true, "query a + query b"],
  [gql([{ query: "{a}" }, { query: "mutation{b}" }]), false],
  [gql([{ query: "{a}" }, { id: "x" }]), undefined],
  [gql([]), undefined],
  [
    gql({ extensions: { persistedQuery: { version: 1, sha256Hash: SHA } } }),
    undefined,
  ],
  [
    gql({
      query: "{a}",
      extensions: { persistedQuery: { version: 1, sha256Hash: SHA } },
    }),
    undefined,
  ],
  [
    gql({
      query: "{a}",
      extensions: {
        persistedQuery: {
          version: 1,
          sha256Hash: "0d0cf2c9c8b3fde5d3f7d5e3a4f3a4e1d4a3",
        },
      },
    }),
    undefined,
  ],
  [gql({ query: "{a}", documentId: "x" }), undefined],
  [gql({ query: "{a}", doc_id: "x" }), undefined],
  [gql({ query: "{a}", extensions: { trace: true } }), true],
  [gql({}), undefined],
  [gql({ query: 1 }), undefined],
  [gql({ query: "{a" }), undefined],
  [gql({ query: "type A { a: Int }" }), undefined],
  [gql("{a}", "/graphql", { "Content-Type": "application/graphql" }), true],
  [
    gql("mutation{a}", "/graphql", { "Content-Type": "application/graphql" }),
    false,
  ],
  [gql("query=%7Ba%7D", "/graphql", FORM), undefined],
  [
    gql("--x", "/graphql", {
      "Content-Type": "multipart/form-data; boundary=x",
    }),
    undefined,
  ],
  [
    gql('{"query":"{a}"}', "/graphql", {
      ...JSON_TYPE,
      "Content-Encoding": "gzip",
    }),
    undefined,
  ],
  [
    gql('{"query":"{a}"}', "/graphql", {
      "Content-Type": "application/json; charset=utf-16",
    }),
    undefined,
  ],
  [gql({ query: "{a}" }, "/GraphQL"), undefined],
  [gql({ query: "mutation{a}" }, "/GraphQL"), false],
  [{ method: "GET", url: `${API}/graphql?query=%7Ba%7D` }, true, "query a"],
  [{ method: "GET", url: `${API}/graphql?query=mutation%7Ba%7D` }, false],
  [
    {
      method: "GET",
      url: `${API}/graphql?query=%7Ba%7D&query=mutation%7Ba%7D`,
    },
    undefined,
  ],
  [
    {
      method: "GET",
      url: `${API}/graphql?query=%7Ba%7D&Query=mutation%7Ba%7D`,
    },
    undefined,
  ],
  [{
    method: "GET",
    url: `${API}/graphql?extensions=%7B%22persistedQuery%22%3A1%7D`,
  }, undefined],
  [{ method: "GET", url: `${API}/graphql?documentId=1` }, undefined],
  [{ method: "GET", url: `${API}/graphql` }, true, "GET"],
  [
    { method: "DELETE", url: `${API}/graphql`, body: { query: "{a}" } },
    undefined,
  ],
  [{ method: "POST", url: `${API}/graphql` }, undefined],
]);

const MCP: OperationsDefinition = {
  protocols: [{
    protocol: "json_rpc",
    path: "/mcp/**",
    reads: ["list_*", "eth_call"],
    source: SOURCE,
  }],
};
const rpc = (body: unknown, headers: Record<string, string> = {}) =>
  ({
    url: `${API}/mcp`,
    headers: { ...JSON_TYPE, ...headers },
    body,
  }) satisfies Call;
const tool = (name: unknown) => ({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name, arguments: { a: 1, A: 2 } },
});
table("JSON-RPC and MCP", MCP, [
  ...[
    "initialize",
    "ping",
    "server/discover",
    "tools/list",
    "resources/list",
    "resources/templates/list",
    "resources/read",
    "resources/subscribe",
    "prompts/list",
    "prompts/get",
    "notifications/initialized",
    "notifications/cancelled",
    "logging/setLevel",
    "completion/complete",
    "tasks/get",
    "eth_call",
  ]
    .map((
      method,
    ): Row => [rpc({ jsonrpc: "2.0", id: 1, method }), true, method]),
  ...[
    "tasks/cancel",
    "eth_sendTransaction",
    "TOOLS/LIST",
    "tools/call",
    "resources/../tools/call",
    "",
  ]
    .map((method): Row => [rpc({ jsonrpc: "2.0", id: 1, method }), undefined]),
  [rpc(tool("list_issues")), true, "tools/call list_issues"],
  [rpc(tool("create_issue")), undefined, "tools/call create_issue"],
  [rpc(tool("List_issues")), undefined],
  [rpc(tool(1)), undefined],
  [rpc([tool("list_a"), tool("list_b")]), true],
  [
    rpc([tool("list_a"), tool("create_b")]),
    undefined,
    "tools/call list_a + tools/call create_b",
  ],
  [rpc([]), undefined],
  [
    rpc('{"method":"tools/list","method":"tools/call","params":{"name":"x"}}'),
    undefined,
  ],
  [
    rpc('{"method":"tools/list","Method":"tools/call","params":{"name":"x"}}'),
    undefined,
  ],
  [rpc('{"Method":"tools/list","result":1}'), undefined],
  [
    rpc('{"method":"tools/call","params":{"name":"list_a","Name":"drop"}}'),
    undefined,
  ],
  [
    rpc('[{"method":"tools/call","params":{"name":"list_a","Name":"drop"}}]'),
    undefined,
  ],
  [
    rpc(
      '{"method":"tools/call","params":{"name":"list_a"},"PARAMS":{"name":"drop"}}',
    ),
    undefined,
  ],
  [rpc({ jsonrpc: "2.0", id: 1, result: {} }), true, "response"],
  [rpc({ jsonrpc: "2.0", id: 1 }), undefined],
  [
    rpc(tool("list_a"), { "Mcp-Method": "tools/call", "Mcp-Name": "list_a" }),
    true,
  ],
  [
    rpc(tool("list_a"), {
      "Mcp-Method": "tools/call",
      "Mcp-Name": "=?base64?bGlzdF9h?=",
    }),
    true,
  ],
  [
    rpc(tool("list_a"), { "Mcp-Method": "tools/call", "Mcp-Name": "drop" }),
    undefined,
  ],
  [rpc(tool("list_a"), { "Mcp-Method": "tools/list" }), undefined],
  [
    rpc(tool("drop"), { "Mcp-Method": "tools/call", "Mcp-Name": "list_a" }),
    undefined,
  ],
  [rpc("not json"), undefined],
  [rpc('{"method":"tools/list"}', { "Content-Encoding": "br" }), undefined],
  [{ method: "GET", url: `${API}/mcp` }, true],
  [
    { method: "DELETE", url: `${API}/mcp`, headers: { "Mcp-Session-Id": "a" } },
    true,
    "end of session",
  ],
  [{ method: "DELETE", url: `${API}/mcp` }, false],
  [{ method: "PUT", url: `${API}/mcp`, body: tool("list_a") }, undefined],
  [{ ...rpc(tool("list_a")), url: `${API}/MCP` }, undefined],
]);

const GIT: OperationsDefinition = {
  protocols: [
    { protocol: "git", path: "/**", source: SOURCE },
    // Said twice, it is one.
    { protocol: "git", host: "api.acme.com", path: "/**", source: SOURCE },
  ],
};
const REPO = `${API}/acme/notes.git`;
const LFS = { "Content-Type": "application/vnd.git-lfs+json" };
table("git", GIT, [
  [
    { method: "GET", url: `${REPO}/info/refs?service=git-upload-pack` },
    true,
    "git-upload-pack",
  ],
  [
    { method: "GET", url: `${REPO}/info/refs?service=git-receive-pack` },
    false,
    "git-receive-pack",
  ],
  [{
    method: "GET",
    url: `${REPO}/info/refs?service=git-upload-pack&service=git-receive-pack`,
  }, false],
  [
    { method: "GET", url: `${REPO}/info/refs?Service=%67it-receive-pack` },
    false,
  ],
  [{ method: "GET", url: `${REPO}/info/refs` }, true],
  [{ url: `${REPO}/git-upload-pack`, body: "0000" }, true, "git-upload-pack"],
  [
    { url: `${REPO}/git-receive-pack`, body: "0000" },
    false,
    "git-receive-pack",
  ],
  [{ url: `${REPO}/git-receive%2dpack`, body: "0000" }, false],
  [{ url: `${REPO}//git-receive-pack/` }, false],
  [{ url: `${REPO}/Git-Receive-Pack` }, false],
  [{ url: `${REPO}/git-upload-pack%2f..%2fgit-receive-pack` }, undefined],
  [{ url: `${REPO}/git-receive-pack%3f/git-upload-pack` }, false],
  [{ method: "PUT", url: `${REPO}/git-upload-pack` }, undefined],
  [
    {
      url: `${REPO}/info/lfs/objects/batch`,
      headers: LFS,
      body: '{"operation":"download","objects":[]}',
    },
    true,
    "lfs download",
  ],
  [
    {
      url: `${REPO}/info/lfs/objects/batch`,
      headers: LFS,
      body: '{"operation":"upload","objects":[]}',
    },
    false,
    "lfs upload",
  ],
  [{
    url: `${REPO}/info/lfs/objects/batch`,
    headers: LFS,
    body: '{"operation":"download","Operation":"upload"}',
  }, undefined],
  [
    { url: `${REPO}/info/lfs/objects/batch`, headers: LFS, body: "{" },
    undefined,
  ],
  [{ method: "GET", url: `${REPO}/info/lfs/locks` }, true],
  [
    { url: `${REPO}/info/lfs/locks`, headers: LFS, body: '{"path":"a"}' },
    false,
  ],
  [
    { url: `${REPO}/info/lfs/locks/verify`, headers: LFS, body: "{}" },
    true,
    "lfs locks/verify",
  ],
  [{ url: `${REPO}/info/lfs/locks/1/unlock`, headers: LFS, body: "{}" }, false],
  [{ method: "PUT", url: `${REPO}/info/lfs/objects/abc`, body: "x" }, false],
  [{ method: "GET", url: `${API}/acme/notes` }, true],
  [{ url: `${API}/acme/notes` }, undefined],
]);

const GRPC: OperationsDefinition = {
  protocols: [{
    protocol: "grpc",
    path: "/**",
    reads: ["acme.Notes/Get*", "acme.Notes/List"],
    source: SOURCE,
  }],
};
table("gRPC", GRPC, [
  [
    { url: `${API}/acme.Notes/GetNote`, body: "\0" },
    true,
    "acme.Notes/GetNote",
  ],
  [{ url: `${API}/acme.Notes/List`, body: "\0" }, true],
  [
    { url: `${API}/acme.Notes/Delete`, body: "\0" },
    undefined,
    "acme.Notes/Delete",
  ],
  [{ url: `${API}/acme.Notes/getNote`, body: "\0" }, undefined],
  [{ url: `${API}/acme.Notes/Delete%2fList`, body: "\0" }, undefined],
  [{ method: "GET", url: `${API}/acme.Notes/Delete` }, true],
  [{ method: "DELETE", url: `${API}/acme.Notes/List` }, undefined],
]);

const AWS: OperationsDefinition = {
  protocols: [{
    protocol: "aws",
    path: "/**",
    reads: ["kms:Sign"],
    source: SOURCE,
  }],
};
const EC2 = "https://ec2.us-east-1.amazonaws.com";
const AMZ = { "Content-Type": "application/x-amz-json-1.1" };
const aim = (target: string, more: Partial<Call> = {}): Call => ({
  url: "https://kms.us-east-1.amazonaws.com/",
  body: "{}",
  ...more,
  headers: { ...AMZ, "X-Amz-Target": target, ...more.headers },
});
table("AWS", AWS, [
  [
    { url: EC2, headers: FORM, body: "Action=DescribeInstances" },
    true,
    "ec2:DescribeInstances",
  ],
  [
    { url: EC2, headers: FORM, body: "Action=TerminateInstances" },
    false,
    "ec2:TerminateInstances",
  ],
  [{
    url: `${EC2}/?Action=DescribeInstances`,
    headers: FORM,
    body: "Action=TerminateInstances",
  }, false],
  [{
    url: EC2,
    headers: FORM,
    body: "Action=DescribeInstances&action=TerminateInstances",
  }, undefined],
  [{
    url: EC2,
    headers: FORM,
    body: "Action=DescribeInstances;Action=TerminateInstances",
  }, false],
  [{ url: EC2, headers: FORM, body: "Action=describeInstances" }, undefined],
  [
    { url: EC2, headers: FORM, body: "Action=Frobnicate" },
    undefined,
    "ec2:Frobnicate",
  ],
  [{
    url: EC2,
    headers: { ...FORM, "X-Amz-Target": "A.GetThing" },
    body: "Action=TerminateInstances",
  }, undefined],
  [{
    url: EC2,
    headers: { "X-Amz-Target": "A.GetThing" },
    body: "Action=TerminateInstances",
  }, undefined],
  [{
    url: EC2,
    headers: { ...AMZ, "X-Amz-Target": "A.GetThing" },
    body: '{"a":"&Action=TerminateInstances&"}',
  }, false],
  [{ method: "GET", url: `${EC2}/?Action=TerminateInstances` }, false],
  [{ method: "GET", url: `${EC2}/?Action=DescribeInstances` }, true],
  [{ method: "PUT", url: `${EC2}/?Action=DescribeInstances` }, false],
  [aim("TrentService.DescribeKey"), true, "kms:DescribeKey"],
  [aim("TrentService.Decrypt"), false, "kms:Decrypt"],
  [aim("TrentService.GenerateDataKey"), false],
  [aim("TrentService.Sign"), true],
  [aim("TrentService.DescribeKey", { body: "" }), true],
  [aim("nothing"), undefined],
  [
    aim("TrentService.DescribeKey", {
      url:
        "https://lambda.us-east-1.amazonaws.com/2015-03-31/functions/f/invocations",
    }),
    false,
  ],
  [
    aim("TrentService.DescribeKey", {
      headers: { "X-Amz-Target": "A.GetA", "x-amz-target": "A.DeleteA" },
    }),
    false,
  ],
  [
    aim("DynamoDB_20120810.ExecuteStatement", {
      url: "https://dynamodb.us-east-1.amazonaws.com",
    }),
    undefined,
  ],
  [
    aim("S3.GetObject", { url: "https://b.s3.amazonaws.com/", method: "POST" }),
    false,
  ],
  [
    aim("X.GetItem", { url: "https://a.execute-api.us-east-1.amazonaws.com/" }),
    undefined,
  ],
  [{
    url: "https://sts.amazonaws.com",
    headers: FORM,
    body: "Action=GetSessionToken",
  }, false],
  [
    {
      url: "https://sts.amazonaws.com",
      headers: FORM,
      body: "Action=GetCallerIdentity",
    },
    true,
    "sts:GetCallerIdentity",
  ],
  [{
    url: "https://cognito-identity.us-east-1.amazonaws.com/",
    headers: { ...AMZ, "X-Amz-Target": "AWSCognitoIdentityService.GetId" },
    body: "{}",
  }, false],
  [{
    method: "GET",
    url: "https://portal.sso.us-east-1.amazonaws.com/federation/credentials",
  }, false],
  [
    {
      url:
        "https://monitoring.us-east-1.amazonaws.com/service/S/operation/GetMetricData",
      body: "\x01",
    },
    true,
    "monitoring:GetMetricData",
  ],
  [{
    url:
      "https://monitoring.us-east-1.amazonaws.com/service/S/operation/DeleteAlarms",
    body: "\x01",
  }, false],
]);

test("what cannot be read is not known, and nothing is thrown", () => {
  const all = [GRAPHQL, MCP, GIT, GRPC, AWS, LISTED, {
    list: [],
    protocols: [],
  }];
  const nested = "[".repeat(500_000);
  const bodies = [
    new Uint8Array([0xff, 0xfe, 0x00]),
    new Uint8Array([0xc3, 0x28]),
    gzipSync('{"query":"{a}"}'),
    new TextEncoder().encode("\ufeff{"),
    new TextEncoder().encode(nested),
    new TextEncoder().encode(`{"query":"${"{a".repeat(30_000)}"}`),
    new TextEncoder().encode(
      JSON.stringify({ query: "{a ".repeat(10_000) + "}".repeat(10_000) }),
    ),
    new Uint8Array(2_000_000).fill(32),
  ];
  const paths = [
    "/graphql",
    "/mcp",
    "/f",
    "/j",
    "/a.git/info/lfs/objects/batch",
  ];
  for (const definition of all) {
    for (const body of bodies) {
      for (const path of paths) {
        const operations = operationsOf(definition, {
          url: API + path,
          headers: JSON_TYPE,
          body,
        });
        expect(operations.length).toBeGreaterThan(0);
        expect(allRead(operations)).not.toBe(true);
      }
    }
  }
});
