// The real program, as a person and as an agent run it.
import { expect } from "expect";
import { test } from "node:test";
import { runCommand } from "../../support/fakes/fake_machine.ts";
import { freePort } from "../../support/free_port.ts";
import { withHome } from "../../support/home.ts";
import { cliCommand, processOf } from "../../support/program.ts";
import { fillKeyForm } from "../../support/browser/login_page.ts";

function start(home: string, port: number, args: string[], stdin = "") {
  const child = processOf(cliCommand(...args), {
    env: {
      AUTHSOME_HOME: home,
      AUTHSOME_PORT: String(port),
      AUTHSOME_NO_BROWSER: "1",
      NO_COLOR: "1",
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  writer.write(new TextEncoder().encode(stdin)).then(() => writer.close())
    .catch(() => {});
  return child;
}

async function run(home: string, port: number, args: string[], stdin = "") {
  const { code, stdout, stderr } = await start(home, port, args, stdin)
    .output();
  const text = new TextDecoder();
  return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
}

/** Reads a stream until an address of a page appears. */
async function addressIn(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    text += value ?? "";
    const url = /http:\/\/127\S+(?=\s)/.exec(text)?.[0];
    if (url) return url;
    if (done) throw new Error(`no address in ${JSON.stringify(text)}`);
  }
}

test("login --stdin reads one line and prints nothing", () =>
  withHome(async (home) => {
    const args = ["login", "openai", "--stdin"];
    const key = "sk-canary-1234567890123";
    const done = await run(home, freePort(), args, `\ufeff${key}\r\n\n`);
    expect(done).toEqual({ code: 0, stdout: "", stderr: "" });
    const shown = await run(home, freePort(), ["get", "openai"]);
    expect(shown.stdout).toContain("[redacted]");
    expect(shown.stdout).not.toContain("canary");
    const exported = await run(home, freePort(), ["export", "openai"]);
    expect(exported.stdout).toBe(`export OPENAI_API_KEY='${key}'\n`);
    const again = await run(home, freePort(), args, "sk-canary-2\n");
    expect(again.code).toBe(6);
    expect(again.stderr).toContain("authsome login openai --force");
    expect(again.stderr).not.toContain("canary");
  }));

test("login without a terminal prints a page, takes the key there and says who is connected", () =>
  withHome(async (home) => {
    const child = start(home, freePort(), [
      "login",
      "openai",
      "--timeout",
      "60",
    ]);
    const url = await addressIn(child.stderr);
    expect(await fillKeyForm(url, "sk-canary-1")).toContain(
      "You can close this window",
    );
    const stdout = await new Response(child.stdout).text();
    expect(stdout).toBe("Connected openai/default\n");
    expect((await child.status).code).toBe(0);
  }));

test("Ctrl-C ends a login with 130 and leaves nothing behind", () =>
  withHome(async (home) => {
    const port = freePort();
    const child = start(home, port, ["login", "openai", "--timeout", "60"]);
    await addressIn(child.stderr);
    child.kill("SIGINT");
    await child.stdout.cancel();
    expect((await child.status).code).toBe(130);
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    const status = await run(home, port, [
      "get",
      "openai",
      "--field",
      "status",
    ]);
    expect(status.stdout).toBe("not_connected\n");
  }));

test("login --detach returns the address at once and finishes in the background", () =>
  withHome(async (home) => {
    const port = freePort();
    const args = ["login", "openai", "--detach", "--timeout", "60"];
    const { code, stdout } = await run(home, port, args);
    expect(code).toBe(0);
    const answer = JSON.parse(stdout);
    expect(answer).toMatchObject({
      v: 1,
      provider: "openai",
      connection_name: "default",
      status: "pending",
      login_id: expect.any(String),
    });
    const field = ["get", "openai", "--field", "status"];
    expect((await run(home, port, field)).stdout).toBe("not_connected\n");
    await fillKeyForm(answer.url, "sk-canary-1");
    expect((await run(home, port, field)).stdout).toBe("connected\n");
    const again = await run(home, port, args);
    expect([again.code, JSON.parse(again.stdout).error])
      .toEqual([6, "ConnectionExists"]);
  }));

test("login gives up after --timeout", () =>
  withHome(async (home) => {
    const done = await run(home, freePort(), [
      "login",
      "openai",
      "--timeout",
      "1",
    ]);
    expect(done.code).toBe(2);
    expect(done.stderr).toContain("nobody answered within 1 second\n");
  }));

test("login --json says what is connected, never the secret", () =>
  withHome(async (home) => {
    const done = await runCommand(
      ["login", "openai", "--stdin", "--json", "--connection", "work"],
      { home, stdin: "sk-canary-1\n" },
    );
    expect(done.code).toBe(0);
    expect(JSON.parse(done.stdout)).toEqual({
      v: 1,
      provider: "openai",
      connection_name: "work",
      auth_type: "api_key",
      status: "connected",
      scopes: [],
      expires_at: null,
    });
    expect(done.stdout + done.stderr).not.toContain("canary");
  }));

test("login refuses flags that cannot go together, before anything starts", () =>
  withHome(async (home) => {
    for (
      const flags of [["--detach", "--stdin"], ["--scopes", " , "], [
        "--flow",
        "none",
      ], ["--timeout", "0"]]
    ) {
      const done = await runCommand(["login", "openai", ...flags], { home });
      expect([flags, done.code]).toEqual([flags, 2]);
    }
  }));
