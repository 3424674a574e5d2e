// `run --dry-run` shows what would take part, and starts nothing.
import { expect } from "expect";
import { test } from "node:test";
import { connect, withBroker } from "../support/connected.ts";
import { withScenario } from "../support/scenario.ts";

const KEYS = { groq: "gsk_canary_secret", openai: "sk-canary-secret" };

test("--dry-run shows connections, variables and hosts, and no secret", () =>
  withScenario(KEYS, [], () => new Response(), async (scenario) => {
    const { authsome, home, folder } = scenario;
    await withBroker(
      home,
      (broker) => connect(broker, "groq", "gsk_w", "work"),
    );
    const mark = `${folder}/started`;
    const { code, stdout, stderr } = await authsome([
      ...[
        "run",
        "--dry-run",
        "--only",
        "groq",
        "touch",
        mark,
        "secret-argument",
      ],
    ], { env: { OPENAI_API_KEY: "sk-other-secret" } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.split("\n")).toEqual([
      "command      touch and 2 arguments",
      "other hosts  without a credential",
      "connection   groq/default",
      "connection   groq/work (only where a placeholder names it)",
      "variable     GROQ_API_KEY=authsome-proxy-managed",
      "removed      OPENAI_API_KEY",
      "host         api.groq.com (groq/default)",
      "",
    ]);
    const json = await authsome([
      ...["run", "--dry-run", "--json", "--policy", "deny"],
      ...["--connection", "groq=work", "touch", mark, "secret-argument"],
    ]);
    const found = JSON.parse(json.stdout);
    expect(found).toMatchObject({
      v: 1,
      command: "touch",
      policy: "deny",
      connections: [
        { provider: "groq", connection_name: "work", named: false },
        { provider: "openai", connection_name: "default", named: false },
      ],
      sandbox: null,
    });
    expect(found.hosts).toContainEqual({
      ...{ host: "api.groq.com", port: 443, path_prefix: "/" },
      ...{ provider: "groq", connection_name: "work" },
    });
    expect(`${stdout}${json.stdout}`).not.toMatch(/secret/);
    // What a run refuses before it starts, it refuses too.
    expect(
      (await authsome(["run", "--dry-run", "--only", "nope", "true"])).code,
    )
      .toBe(4);
    expect(() => Deno.statSync(mark)).toThrow(Deno.errors.NotFound);
    expect(() => Deno.statSync(`${home}/run`)).toThrow(Deno.errors.NotFound);
  }));

test("--dry-run --sandbox shows the places of the sandbox", {
  skip: Deno.build.os === "linux" ? false : "it is about Linux",
}, () =>
  withScenario(KEYS, [], () => new Response(), async (scenario) => {
    const { authsome, home, folder } = scenario;
    await Deno.mkdir(`${folder}/project/.git/hooks`, { recursive: true });
    await Deno.mkdir(`${folder}/other`);
    const { code, stdout, stderr } = await authsome([
      ...["run", "--dry-run", "--json", "--sandbox"],
      ...["--allow-write", "../other", "--no-network", "touch", "x"],
    ], { cwd: `${folder}/project` });
    if (code === 9) return expect(stdout).toContain("SandboxUnavailable");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const { sandbox } = JSON.parse(stdout);
    const real = await Deno.realPath(folder);
    expect(sandbox).toMatchObject({
      working: `${real}/project`,
      network: false,
    });
    expect(sandbox.writable).toEqual(
      expect.arrayContaining([`${real}/project`, `${real}/other`]),
    );
    expect(sandbox.hidden).toContain(await Deno.realPath(home));
    // Nothing is remembered of a run that was none.
    const left = [...Deno.readDirSync(home)].map(({ name }) => name);
    expect(left).not.toContain("run");
    expect(left.filter((name) => /written/.test(name))).toEqual([]);
  }));
