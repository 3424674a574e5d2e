// Shows, on this machine alone, that a command behind authsome uses a key that it cannot see.
import { leaks, leaksInFolder } from "../tests/support/leaks.ts";
import { startLocalApi } from "../tests/support/servers/local_api.ts";
import { cliCommand, processOf } from "../tests/support/program.ts";

const HOST = "api.example.com";
const KEY = `demo-${crypto.getRandomValues(new Uint8Array(12)).toHex()}`;
const DEFINITION = {
  schema_version: 1,
  name: "demo",
  display_name: "Demo",
  auth_type: "api_key",
  flow: "api_key",
  api_url: HOST,
  api_key: { header_name: "Authorization", header_prefix: "Bearer" },
  export: { env: { DEMO_API_KEY: "api_key" } },
};
/** Prints its environment, then asks the API who it is, with the key that it was given. */
const CURL =
  `env; echo; curl -sS -H "Authorization: Bearer $DEMO_API_KEY" https://${HOST}/whoami`;
const FETCH = `
for (const [name, value] of Object.entries(Deno.env.toObject())) console.log(name + "=" + value);
const headers = { authorization: "Bearer " + Deno.env.get("DEMO_API_KEY") };
console.log("\\n" + await (await fetch("https://${HOST}/whoami", { headers })).text());`;

const colour = Deno.stdout.isTerminal() && !Deno.env.get("NO_COLOR");
const paint = (code: number, text: string) =>
  colour ? `\x1b[${code}m${text}\x1b[0m` : text;

const folder = Deno.makeTempDirSync({ prefix: "authsome-demo-" });
const api = await startLocalApi(
  [HOST],
  (request) =>
    request.headers.get("authorization") === `Bearer ${KEY}`
      ? Response.json({ hello: "demo user" })
      : Response.json({ error: "unknown key" }, { status: 401 }),
);
let failures = 0;
try {
  await demonstrate();
} finally {
  await api.close();
  Deno.removeSync(folder, { recursive: true });
}
Deno.exit(failures > 0 ? 1 : 0);

async function demonstrate(): Promise<void> {
  Deno.writeTextFileSync(`${folder}/api-ca.pem`, api.caPem);
  Deno.writeTextFileSync(`${folder}/demo.json`, JSON.stringify(DEFINITION));
  const curl = await hasCurl();
  console.log(
    `A key that is only in the vault, an API at https://${HOST} that requires it (simulated on this machine),\nand a command that calls the API.\n`,
  );

  show("authsome register demo.json");
  await authsome(["register", `${folder}/demo.json`, "--yes"]);
  show("authsome login demo --stdin", `# the key ${KEY}`);
  await authsome(["login", "demo", "--stdin"], `${KEY}\n`);
  show(
    curl
      ? `authsome run -- curl -H "Authorization: Bearer $DEMO_API_KEY" https://${HOST}/whoami`
      : `authsome run -- deno eval 'fetch("https://${HOST}/whoami", …)'`,
  );
  const command = curl ? ["sh", "-c", CURL] : [Deno.execPath(), "eval", FETCH];
  const { stdout, stderr } = await authsome(["run", "--", ...command]);

  const [environment = "", answer = ""] = stdout.trimEnd().split("\n\n");
  const variable = environment.split("\n").find((line) =>
    line.startsWith("DEMO_API_KEY=")
  );
  const arrived = api.requests.at(-1)?.headers.get("authorization");
  console.log(`
  the command's environment   ${paint(33, variable ?? "(no DEMO_API_KEY)")}
  what arrived at the API     ${
    paint(32, arrived ? `Authorization: ${arrived}` : "(nothing)")
  }
  what the command got back   ${answer}
`);
  check("the API received the real key", arrived === `Bearer ${KEY}`);
  check(
    "the command saw only the placeholder",
    variable === "DEMO_API_KEY=authsome-proxy-managed" &&
      leaks("command", stdout + stderr, KEY).length === 0,
  );
  check(
    "no file contains the key in clear text or any encoding",
    leaksInFolder(folder, KEY).length === 0,
  );
  check(
    "the proxy and its certificates are gone",
    [...Deno.readDirSync(`${folder}/home/run`)].length === 0 &&
      !await answers(environment),
  );
}

function show(command: string, note = ""): void {
  console.log(`  $ ${paint(1, command)}  ${paint(2, note)}`.trimEnd());
}

function check(claim: string, holds: boolean): void {
  if (!holds) failures++;
  console.log(
    `  ${holds ? paint(32, "✓") : paint(31, "✗ FAILED:")} ${claim}`,
  );
}

/** Runs the command line in the demo's own home; its failure ends the demo. */
async function authsome(
  args: string[],
  input = "",
): Promise<{ stdout: string; stderr: string }> {
  const { HTTPS_PROXY: _, https_proxy: __, ...parent } = Deno.env.toObject();
  const child = processOf(cliCommand(...args), {
    clearEnv: true,
    env: {
      ...parent,
      AUTHSOME_HOME: `${folder}/home`,
      AUTHSOME_CA_BUNDLE: `${folder}/api-ca.pem`,
      HTTPS_PROXY: api.proxyUrl,
      NO_PROXY: "",
      no_proxy: "",
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(input));
  await writer.close();
  const output = await child.output();
  const stdout = new TextDecoder().decode(output.stdout);
  const stderr = new TextDecoder().decode(output.stderr);
  if (!output.success) {
    failures++;
    console.error(`  ${paint(31, `exit code ${output.code}`)}\n${stderr}`);
  }
  return { stdout, stderr };
}

async function hasCurl(): Promise<boolean> {
  if (Deno.build.os === "windows") return false;
  try {
    const command = new Deno.Command("curl", { args: ["--version"] });
    return (await command.output()).success;
  } catch {
    return false;
  }
}

/** Whether anything still listens where the run's proxy was. */
async function answers(environment: string): Promise<boolean> {
  const port = /^HTTPS_PROXY=.*:(\d+)\/?$/m.exec(environment)?.[1];
  try {
    (await Deno.connect({ hostname: "127.0.0.1", port: Number(port) })).close();
    return true;
  } catch (error) {
    return !(error instanceof Deno.errors.ConnectionRefused);
  }
}
