// The real pip and uv, which ask a program named `keyring` for the password of an index.
import { expect } from "expect";
import { test } from "node:test";
import { connect, withBroker } from "../support/connected.ts";
import { missing } from "../support/missing.ts";
import { noPackages, packageIndex } from "../support/servers/package_index.ts";
import { disclosures, type ToolMachine, withTools } from "./tool_machine.ts";

const INDEX = "pypi.acme.dev";
const HOSTS = [INDEX, "upload.pypi.org"];
const TOKEN = "pypi-canary-token-1";
/** Folder with `uv` and a pip that is new enough; CI installs them beside the stand-ins of AWS. */
const TOOLS = Deno.env.get("AUTHSOME_TEST_MOTO");
const UV = TOOLS ? `${TOOLS}/uv` : "uv";
const PYTHON = TOOLS ? `${TOOLS}/python3` : "python3";
const PIP = [PYTHON, "-m", "pip"];
const noUv = await missing(UV) || noPackages;
const skip = noPackages || await missing(
  PYTHON,
  ...["-c", "import pip; assert pip.__version__ >= '23.1'"],
);

/** Runs `body` with an index that wants a password, and one to upload to. */
function withIndex(
  body: (machine: ToolMachine, uploads: string[]) => Promise<void>,
): Promise<void> {
  const uploads: string[] = [];
  let files: Awaited<ReturnType<typeof packageIndex>> = {};
  const basic = (user: string) => `Basic ${btoa(`${user}:${TOKEN}`)}`;
  return withTools({ pypi: TOKEN }, HOSTS, async (request) => {
    const { hostname, pathname } = new URL(request.url);
    const sent = request.headers.get("authorization");
    if (sent !== basic("__token__")) {
      return new Response("who?", {
        status: 401,
        headers: { "www-authenticate": 'Basic realm="acme"' },
      });
    }
    if (hostname === "upload.pypi.org") {
      uploads.push(
        (await request.arrayBuffer()).byteLength > 0 ? "sent" : "empty",
      );
      return new Response("ok");
    }
    const file = files[pathname];
    return new Response(file ?? "not here", {
      status: file ? 200 : 404,
      headers: {
        "content-type": pathname.endsWith("/")
          ? "text/html"
          : "application/octet-stream",
      },
    });
  }, async (machine) => {
    files = await packageIndex(machine.folder);
    await withBroker(machine.home, async (broker) => {
      await broker.registry.register(JSON.stringify({
        schema_version: 1,
        name: "acme-pypi",
        display_name: "Acme packages",
        auth_type: "api_key",
        flow: "api_key",
        api_url: INDEX,
        api_key: {
          inject: [{
            kind: "basic",
            username: "__token__",
            password: "{api_key}",
          }],
        },
      }));
      await connect(broker, "acme-pypi", TOKEN);
    });
    machine.env.PATH = `${machine.home}/bin:${machine.env.PATH}`;
    await body(machine, uploads);
  }, {
    PIP_DISABLE_PIP_VERSION_CHECK: "1",
    PIP_NO_CACHE_DIR: "1",
    PIP_NO_INPUT: "1",
  });
}

const download = (host: string) => [
  ...PIP,
  ...["download", "--no-deps", "-q", "-d", "out", "--retries", "0"],
  ...["-i", `https://__token__@${host}/simple/`, "tiny"],
];

test(
  "pip asks authsome for the password of an index",
  { skip },
  () =>
    withIndex(async (machine) => {
      const { folder, setup, tool, read, write } = machine;
      const own =
        "[global]\ntimeout = 60\n; mine\nkeyring-provider = auto\n[install]\nuser = false";
      write(".config/pip/pip.conf", own);
      expect((await tool(download(INDEX))).code).not.toBe(0);
      const { code, stderr } = await setup("pip", "--yes");
      expect([code, stderr]).toEqual([0, expect.stringContaining("keyring")]);
      expect(JSON.parse((await setup("pip", "--yes", "--json")).stdout))
        .toMatchObject({ changed: false });
      const got = await tool(download(INDEX));
      expect([got.code, got.stderr]).toEqual([0, expect.anything()]);
      expect([...Deno.readDirSync(`${folder}/out`)].map(({ name }) => name))
        .toEqual(["tiny-1.0.0-py3-none-any.whl"]);
      expect(await disclosures(machine)).toContain(
        "acme-pypi/default api_key for pip at pypi.acme.dev",
      );
      expect((await setup("--undo", "pip", "--yes")).code).toBe(0);
      expect(read(".config/pip/pip.conf")).toBe(own);
      expect(read("home/bin/keyring")).toBeUndefined();
    }),
);

test(
  "in a run pip is given the placeholder",
  { skip },
  () =>
    withIndex(async ({ setup, client, env, folder }) => {
      expect((await setup("pip", "--yes")).code).toBe(0);
      const { code, stderr } = await client(download(INDEX), {
        env,
        cwd: folder,
      });
      expect([code, stderr]).toEqual([0, expect.anything()]);
    }),
);

test(
  "uv installs from the index and publishes",
  { skip: noUv },
  () =>
    withIndex(async ({ setup, tool, folder, env }, uploads) => {
      expect((await setup("pip", "--yes")).code).toBe(0);
      Object.assign(env, {
        UV_KEYRING_PROVIDER: "subprocess",
        UV_CACHE_DIR: `${folder}/uv`,
        UV_NATIVE_TLS: "1",
      });
      const wheel = `${folder}/packages/tiny-1.0.0-py3-none-any.whl`;
      const installed = await tool([
        ...[UV, "pip", "install", "--python", PYTHON, "--target", "lib"],
        ...["--index-url", `https://__token__@${INDEX}/simple/`, "tiny"],
      ]);
      expect([installed.code, installed.stderr]).toEqual([
        0,
        expect.stringContaining("tiny==1.0.0"),
      ]);
      const published = await tool([
        ...[UV, "publish", "--username", "__token__"],
        ...["--publish-url", "https://upload.pypi.org/legacy/", wheel],
      ]);
      expect([published.code, published.stderr]).toEqual([
        0,
        expect.anything(),
      ]);
      expect(uploads).toContain("sent");
    }),
);

test(
  "an index that no connection serves is left to the keyring that was there before",
  { skip: await missing("tar") },
  () =>
    withIndex(async ({ setup, tool, write, programs, home }) => {
      expect((await setup("pip", "--yes")).code).toBe(0);
      const keyring = (...words: string[]) =>
        tool([`${home}/bin/keyring`, ...words]);
      const unknown = ["get", "https://unknown.example/simple/", "me"];
      const none = await keyring(...unknown);
      expect([none.code, none.stdout]).toEqual([1, ""]);
      write("programs/keyring", '#!/bin/sh\necho "other $*"\n');
      Deno.chmodSync(`${programs}/keyring`, 0o755);
      expect((await keyring(...unknown)).stdout).toBe(
        `other ${unknown.join(" ")}\n`,
      );
      expect((await keyring("set", INDEX, "me")).stdout)
        .toBe(`other set ${INDEX} me\n`);
      for (
        const [words, answer] of [
          [["get", `https://${INDEX}/simple/`, "__token__"], `${TOKEN}\n`],
          [["get", INDEX, "__token__"], `${TOKEN}\n`],
          [
            ["--mode", "creds", "get", `https://${INDEX}/simple/`],
            `__token__\n${TOKEN}\n`,
          ],
          [["get", `http://${INDEX}/simple/`, "__token__"], undefined],
          [["get", `https://${INDEX}.evil.example/`, "__token__"], undefined],
          [["get", `https://${INDEX}@evil.example/`, "__token__"], undefined],
        ] as const
      ) {
        expect((await keyring(...words)).stdout)
          .toBe(answer ?? `other ${words.join(" ")}\n`);
      }
    }),
);
