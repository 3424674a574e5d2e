// Nothing of one profile can be read, exported or routed from another; two folders use two accounts at the same time.
import { expect } from "expect";
import { test } from "node:test";
import { cliCommand } from "../support/program.ts";
import { missing, spawn, withScenario } from "../support/scenario.ts";

const HOST = "api.openai.com";
const KEYS = { default: "sk-of-default", work: "sk-of-work" };
const ASK = ["curl", "-sS", `https://${HOST}/v1/models`];

function whose(request: Request): Response {
  const sent = request.headers.get("authorization");
  const [owner = "nobody"] =
    Object.entries(KEYS).find(([, key]) => sent === `Bearer ${key}`) ?? [];
  return new Response(owner);
}

test("a profile sees, exports and routes its own connections only", {
  skip: await missing("curl"),
}, () =>
  withScenario(
    { openai: KEYS.default },
    [HOST, "api.groq.com"],
    whose,
    async ({ authsome, client, folder, env }) => {
      const say = async (code: number, ...args: string[]) => {
        const ended = await authsome(args, { stdin: `${KEYS.work}\n` });
        expect([args, ended.code, ended.stderr]).toEqual([
          args,
          code,
          ended.stderr,
        ]);
        return ended.stdout;
      };
      await say(0, "profile", "create", "work");
      for (const name of ["default", "side"]) {
        await say(
          0,
          ...["login", "openai", "--stdin", "--profile", "work"],
          ...["--connection", name],
        );
      }
      await say(0, "login", "groq", "--stdin", "--profile", "work");

      // Read.
      expect(await say(0, "list", "--connected", "--json")).not.toContain(
        "groq",
      );
      await say(3, "get", "groq");
      await say(3, "get", "openai", "--connection", "side");
      await say(3, "set-default", "openai", "side");
      await say(3, "logout", "openai", "--connection", "side");
      // Exported.
      expect(await say(0, "export", "--format", "json")).toBe(
        JSON.stringify({ OPENAI_API_KEY: KEYS.default }, null, 2) + "\n",
      );
      await say(3, "export", "groq");
      // Routed: not by default, not by name, not by the placeholder.
      expect((await client(ASK)).stdout).toBe("default");
      await say(3, "run", "--connection", "openai=side", "--", ...ASK);
      await say(3, "run", "--only", "groq", "--", ...ASK);
      const named = await client([
        ...ASK,
        "-H",
        "Authorization: Bearer authsome-proxy-managed.side",
      ]);
      expect(JSON.parse(named.stdout)).toMatchObject({
        reason: "credential_missing",
      });
      const other = await client(["curl", "-sS", "https://api.groq.com/"]);
      expect(other.stdout).not.toBe("work");
      expect(other.childEnv).not.toHaveProperty("GROQ_API_KEY");
      // Explained.
      expect(
        JSON.parse(await say(0, "explain", "https://api.groq.com/", "--json"))
          .connection_name,
      ).toBe(null);

      // Two folders at once, each with its own account.
      const run = cliCommand().map((word) => `'${word}'`).join(" ");
      const inFolder = (name: string, command: string) =>
        spawn(["sh", "-c", `cd '${folder}/${name}' && ${run} ${command}`], env);
      for (const name of ["default", "work"]) {
        Deno.mkdirSync(`${folder}/${name}/deep`, { recursive: true });
        expect((await inFolder(name, `profile bind ${name}`)).code).toBe(0);
      }
      const answers = await Promise.all(
        ["default", "work/deep", "work", "default/deep"].map((name) =>
          inFolder(name, `run -- ${ASK.join(" ")}`)
        ),
      );
      expect(answers.map(({ stdout }) => stdout)).toEqual([
        "default",
        "work",
        "work",
        "default",
      ]);
      // The choice is in the home, not in the folder.
      expect([...Deno.readDirSync(`${folder}/work`)].map(({ name }) => name))
        .toEqual(["deep"]);
    },
  ));
