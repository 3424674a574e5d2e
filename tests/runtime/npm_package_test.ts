// The npm package as people get it: packed, installed elsewhere, and run by the Node that they have.
import { expect } from "expect";
import { after, before, test } from "node:test";
import { VERSION } from "../../lib/version.ts";
import { runInstalled, succeed } from "../support/installed.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
/** Nodes to run it on, by the variables that name them. */
const NEWEST = Deno.env.get("AUTHSOME_TEST_NODE");
const OLDEST = Deno.env.get("AUTHSOME_TEST_NODE_OLDEST");
const TOO_OLD = Deno.env.get("AUTHSOME_TEST_NODE_TOO_OLD");
const built = exists(`${ROOT}dist/package.json`);
const skip = (variable: string, node: string | undefined) =>
  !built
    ? "there is no dist/: deno task build:npm"
    : !node && `${variable} names no Node`;

let folder: string;
before(async () => {
  folder = await Deno.makeTempDir({ prefix: "authsome-npm-" });
  if (!built) return;
  await succeed(["npm", "pack", `${ROOT}dist`, "--pack-destination", folder]);
  await Deno.writeTextFile(`${folder}/package.json`, '{"type":"module"}');
  const { name } = [...Deno.readDirSync(folder)]
    .find(({ name }) => name.endsWith(".tgz"))!;
  await succeed(
    ["npm", "install", "--offline", "--no-audit", `./${name}`],
    folder,
  );
});
after(() => Deno.remove(folder, { recursive: true }));

for (
  const [variable, node] of [
    ["AUTHSOME_TEST_NODE", NEWEST],
    ["AUTHSOME_TEST_NODE_OLDEST", OLDEST],
  ] as const
) {
  test(`the package runs as a command (${variable})`, {
    skip: skip(variable, node),
  }, async () => {
    const home = await Deno.makeTempDir({ dir: folder, prefix: "home-" });
    const authsome = (args: string[], stdin?: string) =>
      start([node!, "node_modules/.bin/authsome", ...args], home, stdin);
    expect(
      await authsome(
        ["login", "openai", "--stdin"],
        "sk-canary-12345678-abcdef",
      ),
    )
      .toEqual({ code: 0, stdout: "", stderr: "" });
    expect(await authsome(["get", "openai", "--field", "status"]))
      .toEqual({ code: 0, stdout: "connected\n", stderr: "" });
    const command = 'echo "$OPENAI_API_KEY"; exit 7';
    expect(await authsome(["run", "--", "sh", "-c", command]))
      .toEqual({ code: 7, stdout: "authsome-proxy-managed\n", stderr: "" });
    // What Node compiled is the user's own.
    expect(Deno.statSync(`${home}/.cache/authsome/node`).mode! & 0o022)
      .toBe(0);
  });
}

test("npm install --global puts the command on the path", {
  skip: skip("AUTHSOME_TEST_NODE", NEWEST),
}, async () => {
  const { name } = [...Deno.readDirSync(folder)]
    .find(({ name }) => name.endsWith(".tgz"))!;
  const prefix = await Deno.makeTempDir({ dir: folder, prefix: "global-" });
  await succeed([
    ...["npm", "install", "--global", "--offline", "--no-audit"],
    ...["--prefix", prefix, `${folder}/${name}`],
  ]);
  // The Node that the command finds is the first on the path.
  const node = NEWEST!.slice(0, NEWEST!.lastIndexOf("/"));
  const { code, stdout, stderr } = await runInstalled(
    ["authsome", "--version"],
    {
      cwd: prefix,
      env: {
        HOME: prefix,
        PATH: `${prefix}/bin:${node}:${Deno.env.get("PATH")}`,
      },
    },
  );
  expect({ code, stdout, stderr })
    .toEqual({ code: 0, stdout: `authsome ${VERSION}\n`, stderr: "" });
});

test("the package is a library, with types", {
  skip: skip("AUTHSOME_TEST_NODE", NEWEST),
}, async () => {
  const home = await Deno.makeTempDir({ dir: folder, prefix: "home-" });
  await Deno.writeTextFile(
    `${folder}/program.mjs`,
    `import { Authsome, AuthsomeError } from "authsome";
     await using authsome = await Authsome.open();
     const providers = await authsome.listProviders();
     const error = await authsome.getAuthHeaders("openai").catch((error) => error);
     console.log(providers.length > 200, error instanceof AuthsomeError, error.code);`,
  );
  const { code, stdout } = await start([NEWEST!, "program.mjs"], home);
  expect({ code, stdout }).toEqual({
    code: 0,
    stdout: "true true ConnectionNotFound\n",
  });

  await Deno.writeTextFile(
    `${folder}/types.ts`,
    `import { Authsome, type Connection } from "authsome";
     const authsome: Authsome = await Authsome.open({ home: "/x" });
     export const names: string[] = (await authsome.listConnections())
       .map((connection: Connection) => connection.name);
     // @ts-expect-error: it is text.
     export const number: number = await authsome.getAccessToken("github");`,
  );
  await Deno.writeTextFile(`${folder}/deno.json`, "{}");
  await succeed(["npx", "deno", "check", `${folder}/types.ts`], ROOT);
});

test(
  "a Node that is too old is told so in one line, and nothing else happens",
  {
    skip: skip("AUTHSOME_TEST_NODE_TOO_OLD", TOO_OLD),
  },
  async () => {
    const home = await Deno.makeTempDir({ dir: folder, prefix: "home-" });
    const { code, stdout, stderr } = await start(
      [TOO_OLD!, "node_modules/.bin/authsome", "init"],
      home,
    );
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      /^Error: authsome needs Node 22\.13 or newer; this is Node \d+\.\d+\.\d+\n$/,
    );
    expect([...Deno.readDirSync(home)]).toEqual([]);
  },
);

/** Runs a program in the folder of the installation with nothing but a home. */
function start(words: string[], home: string, stdin = "") {
  return runInstalled(words, { cwd: folder, env: { HOME: home }, stdin });
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
