// The real Cargo, which asks authsome for the tokens of registries by its credential-provider protocol.
import { expect } from "expect";
import { test } from "node:test";
import { withBroker } from "../support/connected.ts";
import { missing } from "../support/missing.ts";
import { connect } from "../support/connected.ts";
import { disclosures, type ToolMachine, withTools } from "./tool_machine.ts";

const INDEX = "crates.acme.dev";
const HOSTS = [INDEX, "crates.io", "index.crates.io", "other.example"];
const TOKEN = "crates-canary-token-1";
const CRATES_IO = "cioCanaryCanaryCanaryCanaryCanary00";
const skip = await missing("cargo") ||
  // It has credential providers since then.
  await missing(
      "sh",
      "-c",
      "cargo --version | grep -Eq ' (1\\.(7[4-9]|[89][0-9]|[0-9]{3})|[2-9])'",
    ) && "cargo is older than 1.74";

/** What the toolchain of Cargo needs besides the home. */
const RUST = {
  RUSTUP_HOME: Deno.env.get("RUSTUP_HOME") ??
    `${Deno.env.get("HOME")}/.rustup`,
};

/** Sparse registries (a fake): one that wants a token for each request, and the API of crates.io. */
function registries(request: Request): Response {
  const { hostname, pathname, origin } = new URL(request.url);
  const token = request.headers.get("authorization");
  if (hostname === "index.crates.io" && pathname === "/config.json") {
    return Response.json({
      dl: "https://crates.io/dl",
      api: "https://crates.io",
    });
  }
  if (token !== (hostname === "crates.io" ? CRATES_IO : TOKEN)) {
    return new Response("who?", {
      status: 401,
      headers: { "www-authenticate": 'Cargo login_url="https://acme.example"' },
    });
  }
  if (pathname === "/index/config.json") {
    return Response.json({
      dl: `${origin}/dl`,
      api: origin,
      "auth-required": true,
    });
  }
  if (pathname === "/index/ti/ny/tiny") {
    return new Response(
      JSON.stringify({
        ...{ name: "tiny", vers: "1.0.0", deps: [], features: {} },
        ...{ cksum: "0".repeat(64), yanked: false },
      }),
    );
  }
  return request.method === "DELETE"
    ? Response.json({ ok: true })
    : new Response("not here", { status: 404 });
}

const connected = (body: (machine: ToolMachine) => Promise<void>) =>
  withTools({ "crates-io": CRATES_IO }, HOSTS, registries, async (machine) => {
    await withBroker(machine.home, async (broker) => {
      await broker.registry.register(JSON.stringify({
        schema_version: 1,
        name: "acme-crates",
        display_name: "Acme crates",
        auth_type: "api_key",
        flow: "api_key",
        api_url: INDEX,
        api_key: { header_name: "Authorization", header_prefix: "" },
      }));
      await connect(broker, "acme-crates", TOKEN);
    });
    machine.write(
      "work/Cargo.toml",
      '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n[lib]\npath = "lib.rs"\n[dependencies]\ntiny = { version = "1", registry = "acme" }\n',
    );
    machine.write("work/lib.rs", "");
    await body(machine);
  }, { ...RUST, CARGO_NET_RETRY: "0" });

const CONFIG = `# mine
[registries.acme]
index = "sparse+https://${INDEX}/index/"
[registries.other]
index = "sparse+https://other.example/index/"
[net]
retry = 0`;
const LOCK = ["cargo", "generate-lockfile"];

test(
  "Cargo asks authsome for the tokens of registries, and an unknown registry is none of its",
  {
    skip,
  },
  () =>
    connected(async (machine) => {
      const { folder, setup, tool, read, write, api } = machine;
      const cwd = `${folder}/work`;
      write(".cargo/config.toml", CONFIG);
      expect((await tool(LOCK, { cwd })).code).not.toBe(0);
      const { code, stderr } = await setup("cargo", "--yes");
      expect([code, stderr]).toEqual([
        0,
        expect.stringContaining("cargo-credential-authsome"),
      ]);
      expect(read(".cargo/config.toml")).toContain(CONFIG);
      expect(JSON.parse((await setup("cargo", "--yes", "--json")).stdout))
        .toMatchObject({ changed: false });

      const locked = await tool(LOCK, { cwd });
      expect([locked.code, locked.stderr]).toEqual([0, expect.anything()]);
      expect(read("work/Cargo.lock")).toContain('name = "tiny"');
      const yanked = await tool(["cargo", "yank", "tiny@1.0.0"], { cwd });
      expect([yanked.code, yanked.stderr]).toEqual([
        0,
        expect.stringContaining("Yank tiny"),
      ]);
      expect(await disclosures(machine)).toEqual(expect.arrayContaining([
        "acme-crates/default api_key for cargo at crates.acme.dev",
        "crates-io/default api_key for cargo at crates.io",
      ]));

      const before = api.requests.length;
      const other = await tool(
        ["cargo", "yank", "tiny@1.0.0", "--registry", "other"],
        { cwd },
      );
      expect(other.code).not.toBe(0);
      expect(other.stderr).toContain("no token found");
      const sent = api.requests.slice(before).map((
        { headers },
      ) => [...headers]);
      expect(JSON.stringify(sent)).not.toMatch(/canary/i);

      expect((await setup("--undo", "cargo", "--yes")).code).toBe(0);
      expect(read(".cargo/config.toml")).toBe(CONFIG);
      expect(read("home/bin/cargo-credential-authsome")).toBeUndefined();
    }),
);

test(
  "in a run Cargo is given the placeholder",
  { skip },
  () =>
    connected(async ({ folder, setup, write, client, env, read }) => {
      write(".cargo/config.toml", CONFIG);
      expect((await setup("cargo", "--yes")).code).toBe(0);
      const { code, stderr } = await client(LOCK, {
        cwd: `${folder}/work`,
        env,
      });
      expect([code, stderr]).toEqual([0, expect.anything()]);
      expect(read("work/Cargo.lock")).toContain('name = "tiny"');
    }),
);

test("credential cargo speaks its protocol, and cargo:token-from-stdout", () =>
  connected(async ({ authsome }) => {
    const ask = async (...lines: (string | object)[]) => {
      const { code, stdout } = await authsome(
        ["credential", "cargo", "--cargo-plugin"],
        {
          stdin: lines.map((line) =>
            `${typeof line === "string" ? line : JSON.stringify(line)}\n`
          ).join(""),
        },
      );
      expect(code).toBe(0);
      return stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
    };
    const registry = { "index-url": `sparse+https://${INDEX}/index/` };
    const get = { v: 1, kind: "get", operation: "read", registry, args: [] };
    const unsupported = { Err: { kind: "url-not-supported" } };
    expect(
      await ask(
        get,
        {
          ...get,
          registry: { "index-url": "sparse+https://index.crates.io/" },
        },
        {
          ...get,
          registry: {
            "index-url": "https://github.com/rust-lang/crates.io-index",
          },
        },
        {
          ...get,
          registry: { "index-url": "sparse+https://unknown.example/" },
        },
        { ...get, registry: { "index-url": `sparse+http://${INDEX}/index/` } },
        { ...get, registry: { "index-url": `https://${INDEX}/index` } },
        { ...get, kind: "login", token: "typed" },
        { ...get, kind: "logout" },
        { ...get, kind: "dance" },
        { v: 7 },
        "{",
      ),
    ).toEqual([
      { v: [1] },
      ...[TOKEN, CRATES_IO, CRATES_IO].map((token) => ({
        Ok: {
          kind: "get",
          token,
          cache: "session",
          operation_independent: true,
        },
      })),
      ...Array(5).fill(unsupported),
      ...Array(2).fill({ Err: { kind: "operation-not-supported" } }),
      { Err: expect.objectContaining({ kind: "other" }) },
    ]);
    const printed = await authsome(["credential", "cargo"], {
      env: { CARGO_REGISTRY_INDEX_URL: registry["index-url"] },
    });
    expect([printed.code, printed.stdout]).toEqual([0, `${TOKEN}\n`]);
    const none = await authsome(["credential", "cargo"], {
      env: { CARGO_REGISTRY_INDEX_URL: "sparse+https://unknown.example/" },
    });
    expect([none.code, none.stdout]).toEqual([3, ""]);
    expect((await authsome(["credential", "cargo"])).code).toBe(2);
  }));
