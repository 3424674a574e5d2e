/** authsome as people run it: the bundle that `deno install` installs, with a home, a vault and an audit log of its own. @module */
import { basicAuthorization } from "../../lib/bytes.ts";
import { networkArguments } from "../../lib/sandbox/bubblewrap.ts";
import { bundleForDeno } from "../build/bundle.ts";
import { command, daemon } from "./process.ts";
import type { Setting } from "./peers.ts";
import { HEADER, HOST, type Way } from "./way.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const BUNDLE = `${ROOT}build/deno`;
const PLACEHOLDER = "authsome-proxy-managed";

/** authsome's program and first arguments, as `deno install` writes them. */
export const AUTHSOME = [
  ...[Deno.execPath(), "run", "--allow-all", "--no-config"],
  ...["--unstable-lazy-dynamic-imports", "--unstable-net"],
  `${BUNDLE}/authsome.mjs`,
];

/** The same from its sources. */
export const SOURCES = [
  ...[Deno.execPath(), "run", "--allow-all", "--no-check", `${ROOT}cli.ts`],
];

/** The process that owns the network of a sandbox, by itself: it ends at once, since it has no input. */
export const SANDBOX_NETWORK = [
  ...["bwrap", ...networkArguments(), "--"],
  ...[Deno.execPath(), "run", "--quiet", "--no-config", "--no-lock"],
  ...["--no-remote", "--no-check", "--allow-all", "--unstable-net"],
  "--unstable-lazy-dynamic-imports",
  `${BUNDLE}/lib/sandbox_network_main.mjs`,
];

/** Makes what {@linkcode AUTHSOME} runs. */
export async function buildAuthsome(): Promise<void> {
  await bundleForDeno(BUNDLE);
}

/**
 * Makes a home in `setting.folder` where `provider` is connected with `setting.key`: a bundled one, or the one that
 * `definition` describes. Returns the environment that leads there.
 */
export async function makeHome(
  setting: Setting,
  provider: string,
  definition?: object,
): Promise<Record<string, string>> {
  const home = `${setting.folder}/home`;
  await Deno.mkdir(home, { mode: 0o700 });
  await Deno.mkdir(`${home}/providers`);
  if (definition) {
    await Deno.writeTextFile(
      `${home}/providers/${provider}.json`,
      JSON.stringify(definition),
    );
  }
  const env: Record<string, string> = {
    AUTHSOME_HOME: home,
    AUTHSOME_CA_BUNDLE: setting.upstreamCa,
    AUTHSOME_NO_VERIFY: "1",
    // Of its own, since what other programs left in Deno's caches slows every start.
    DENO_DIR: `${setting.folder}/deno`,
  };
  for (const name of ["PATH", "HOME", "DENO_NO_UPDATE_CHECK"]) {
    const value = Deno.env.get(name);
    if (value !== undefined) env[name] = value;
  }
  const [program, ...args] = AUTHSOME;
  await command(program!, [...args, "login", provider, "--stdin"], {
    input: `${setting.key}\n`,
    env,
  });
  return env;
}

/** `authsome run` around a command that tells where its proxy is and then sleeps. */
export async function startAuthsome(setting: Setting): Promise<Way> {
  const env = await makeHome(setting, "bench", {
    schema_version: 1,
    name: "bench",
    display_name: "Bench",
    auth_type: "api_key",
    flow: "api_key",
    api_url: `${HOST}:${setting.upstreamPort}`,
    api_key: { header_name: HEADER, header_prefix: "" },
  });
  const told = `${setting.folder}/environment`;
  const script =
    `printf '%s\\n%s\\n.' "$HTTPS_PROXY" "$SSL_CERT_FILE" >"$0"; exec sleep 3600`;
  const [program, ...args] = AUTHSOME;
  const read = () => Deno.readTextFile(told).catch(() => "");
  const authsome = await daemon(
    program!,
    [...args, "run", "--", "sh", "-c", script, told],
    {
      ready: async () => (await read()).endsWith("\n."),
      logPath: `${setting.folder}/authsome.log`,
      env,
    },
  );
  const [proxyUrl, caPath] = (await read()).split("\n");
  const { port, username, password } = new URL(proxyUrl!);
  return {
    ...authsome,
    name: "authsome",
    proxy: {
      port: Number(port),
      authorization: basicAuthorization(username, password),
    },
    caPath: caPath!,
    headers: { [HEADER]: PLACEHOLDER },
  };
}
