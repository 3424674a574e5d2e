// `list` at a terminal: what is the person's, one line for the rest, and the catalogue in a pager.
import { expect } from "expect";
import { test } from "node:test";
import { missing } from "../../support/scenario.ts";
import { Session } from "../../support/terminal/terminal_script.ts";
import { Terminal } from "../../support/terminal/terminal.ts";

const python = await missing("python3");
const less = python || await missing("less");

async function at(
  session: Session,
  command: string,
  env: Record<string, string> = {},
): Promise<string[]> {
  await using terminal = await Terminal.open(
    session,
    ["sh", "-c", `printf 'ready> '; ${command}; echo '<''end>'`],
    { columns: 80, env: { NO_COLOR: "1", ...env } },
  );
  const text = await terminal.shows(/<end>/);
  return text.replace(/^ready> /, "").replace(/<end>\s*$/, "").trimEnd()
    .split(/\r?\n/);
}

test(
  "list shows what is yours and one line for the rest",
  { skip: python },
  async () => {
    await using session = await Session.open();
    const fresh = await at(session, "authsome list");
    expect(fresh[0]).toBe("Nothing is connected yet.");
    expect(fresh[1]).toMatch(/^\d{3} providers: authsome list --all$/);
    await session.run("seed zoom; seed openai; seed openai side");
    await Deno.writeTextFile(
      `${session.work}/acme.json`,
      JSON.stringify({
        ...{ schema_version: 1, name: "acme", display_name: "Acme" },
        ...{ auth_type: "api_key", flow: "api_key", api_key: {} },
        api_url: "api.acme-notes.com",
      }),
    );
    await session.run("authsome register acme.json --yes");
    const mine = await at(session, "authsome list");
    expect(mine.map((line) => line.split(/\s/)[0]!.replace(/^\d+$/, "N")))
      .toEqual(["PROVIDER", "openai", "openai", "zoom", "acme", "N", "Use"]);
    expect(mine[5]).toMatch(/^\d{3} more providers: authsome list --all$/);
    const connected = await at(session, "authsome list --connected");
    expect(connected.join("\n")).not.toMatch(/acme|more providers/);
    const searched = await at(session, "authsome list --search GITH");
    expect(searched.join("\n")).toMatch(/^github .*available/m);
    // A program is given all, as before.
    const piped = await session.run("authsome list");
    expect(piped.stdout.split("\n").length).toBeGreaterThan(200);
    const whole = await session.run("authsome list --json");
    expect(JSON.parse(whole.stdout).bundled.length).toBeGreaterThan(200);
    expect(await session.run("authsome list --all")).toEqual(piped);
    expect((await session.run("authsome list --all --connected")).code).toBe(2);
  },
);

test(
  "list shows the default one of a provider with many connections, and how many more there are",
  { skip: python },
  async () => {
    await using session = await Session.open();
    const names = Array.from({ length: 21 }, (_, at) => `n${at}`);
    await session.run(
      ["default", ...names].map((name) => `seed openai ${name}`).join("; "),
    );
    const shown = await at(session, "authsome list");
    expect(shown.slice(0, 4).map((line) => line.trimEnd())).toEqual([
      expect.stringMatching(/^PROVIDER/),
      expect.stringMatching(/^openai .*default \* .*connected/),
      expect.stringMatching(/^openai .*21 more/),
      "Every connection: authsome list --connected",
    ]);
    for (const flag of ["--connected", "--search openai", "--all"]) {
      const all = await at(session, `PAGER= authsome list ${flag}`);
      for (const name of names) {
        expect(all.join("\n")).toMatch(new RegExp(` ${name} `));
      }
    }
    const { stdout } = await session.run("authsome list --json");
    const { bundled } = JSON.parse(stdout);
    expect(
      bundled.find(({ name }: { name: string }) => name === "openai")
        .connections.length,
    ).toBe(22);
    expect((await session.run("authsome list")).stdout).toMatch(/ n20 /);
  },
);

test(
  "list --all is paged by the program of PAGER, and never by one of the working folder",
  { skip: less },
  async () => {
    await using session = await Session.open();
    await Deno.writeTextFile(
      `${session.work}/less`,
      "#!/bin/sh\necho planted\n",
      { mode: 0o755 },
    );
    // The terminal has 40 lines, so less waits for its end.
    await using terminal = await Terminal.open(
      session,
      ["sh", "-c", "printf 'ready> '; authsome list --all; echo '<''end>'"],
      {
        columns: 80,
        env: {
          NO_COLOR: "1",
          PATH: `${session.work}:${session.environment.PATH}`,
        },
      },
    );
    const first = await terminal.shows(/Not connected[^]*\n:/);
    expect(first).not.toContain("planted");
    await terminal.type("/zoominfo-or-none\r");
    await terminal.shows(/Pattern not found/i);
    await terminal.type("\rq");
    await terminal.shows(/<end>/);
    // Leaving early is no error, and Ctrl-C is the pager's.
    for (
      const [pager, expected] of [["", /airtable/], ["cat", /airtable/], [
        "./less",
        /airtable/,
      ], ["tail -n 1", /^\s+\w/]] as const
    ) {
      const lines = await at(session, "authsome list --all", { PAGER: pager });
      expect(lines.join("\n")).not.toContain("planted");
      expect(lines.join("\n")).toMatch(expected);
      if (pager.startsWith("tail")) expect(lines).toHaveLength(1);
    }
  },
);
