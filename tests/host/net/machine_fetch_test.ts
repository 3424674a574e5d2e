// The real fetch of this program in a process of its own, since the runtime reads HTTPS_PROXY once.
import { expect } from "expect";
import { test } from "node:test";
import { missing } from "../../support/missing.ts";
import { withHome } from "../../support/home.ts";
import { processOf, textCommand } from "../../support/program.ts";
import { startLocalApi } from "../../support/servers/local_api.ts";

const HOST = "auth.acme.example";
const PROGRAM = `
  import { machineFetch } from "${new URL(
  "../../../lib/host/net/machine_fetch.ts",
  import.meta.url,
)}";
  const env = { get: (name) => Deno.env.get(name), toObject: () => ({}) };
  try {
    const fetch = machineFetch(env);
    const response = await fetch("https://${HOST}/token", { method: "POST", body: "a=b" });
    console.log(response.status, await response.text());
  } catch (error) {
    console.log(error.code ?? error.name, error.message, error.cause?.message);
  }
`;

async function run(
  env: Record<string, string>,
  around: string[] = [],
): Promise<string> {
  const command = [...around, ...textCommand(PROGRAM)];
  const { stdout } = await processOf(command, {
    env: {
      PATH: Deno.env.get("PATH")!,
      HOME: Deno.env.get("HOME")!,
      ...Deno.env.has("DENO_DIR")
        ? { DENO_DIR: Deno.env.get("DENO_DIR")! }
        : {},
      ...env,
    },
    clearEnv: true,
    stderr: "null",
  }).output();
  return new TextDecoder().decode(stdout).trim();
}

test("requests go through HTTPS_PROXY and trust AUTHSOME_CA_BUNDLE or SSL_CERT_FILE, and nothing else", () =>
  withHome(async (home) => {
    const api = await startLocalApi(
      [HOST],
      async (request) => new Response(`got ${await request.text()}`),
    );
    const ca = `${home}/ca.pem`;
    Deno.writeTextFileSync(ca, api.caPem);
    try {
      const HTTPS_PROXY = api.proxyUrl;
      expect(await run({ HTTPS_PROXY, AUTHSOME_CA_BUNDLE: ca }))
        .toBe("200 got a=b");
      expect(await run({ HTTPS_PROXY, SSL_CERT_FILE: ca }))
        .toBe("200 got a=b");
      expect(api.tunnels).toEqual([`${HOST}:443`, `${HOST}:443`]);
      expect(await run({ HTTPS_PROXY })).toMatch(
        /^RequestFailure .*its issuer is unknown/,
      );
      expect(
        await run({ HTTPS_PROXY, AUTHSOME_CA_BUNDLE: `${home}/none.pem` }),
      ).toMatch(/^Usage Cannot read AUTHSOME_CA_BUNDLE/);
      // What the runtime trusts by a variable of its own is trusted behind a proxy too.
      for (const variable of ["DENO_CERT", "NODE_EXTRA_CA_CERTS"]) {
        expect(await run({ HTTPS_PROXY, [variable]: ca })).toBe("200 got a=b");
      }
    } finally {
      await api.close();
    }
  }));

const untraced = await missing("strace") ||
  ((await processOf(["strace", "-qq", "-o", "/dev/null", "true"]).output())
      .success
    ? false
    : "processes cannot be traced here");

test("no name is resolved here for what a proxy resolves", {
  skip: untraced,
}, () =>
  withHome(async (home) => {
    const api = await startLocalApi([HOST], () => new Response("hello"));
    Deno.writeTextFileSync(`${home}/ca.pem`, api.caPem);
    const trace = `${home}/trace`;
    try {
      const said = await run({
        HTTPS_PROXY: api.proxyUrl,
        AUTHSOME_CA_BUNDLE: `${home}/ca.pem`,
      }, ["strace", "-f", "-qq", "-e", "trace=connect", "-o", trace]);
      expect(said).toBe("200 hello");
    } finally {
      await api.close();
    }
    const connects = await Deno.readTextFile(trace);
    expect(connects).toContain(`htons(${new URL(api.proxyUrl).port})`);
    expect(connects).not.toContain("htons(53)");
  }));
