// Tables in a real terminal: no line is wider than it, whatever is in them.
import { expect } from "expect";
import { test } from "node:test";
import { missing } from "../../support/scenario.ts";
import { Session } from "../../support/terminal/terminal_script.ts";
import { Terminal } from "../../support/terminal/terminal.ts";

const skip = await missing("python3") || await missing("curl");
/** Names that a person may choose, wide and combined. */
const NAMES = [
  "work",
  "東京の開発用アカウント",
  "Ame\u0301lie-e\u0301quipe",
  "🚀rocket🚀launch🚀",
];

/** What a command shows in a terminal of that width, as lines. */
async function shown(
  session: Session,
  command: string,
  columns: number,
): Promise<string[]> {
  await using terminal = await Terminal.open(
    session,
    [
      "sh",
      "-c",
      `printf 'ready> '; { ${command}; } 2>/dev/null; echo; echo '<''end>'`,
    ],
    { columns, env: { NO_COLOR: "1", LC_ALL: "C.UTF-8" } },
  );
  const text = await terminal.shows(/<end>/);
  return text.replace(/^ready> /, "").split(/\r?\n/);
}

/** Cells by a table of its own: what the letters of this test take. */
function cells(line: string): number {
  return [...line].reduce(
    (sum, letter) =>
      sum +
      (/[\u0300-\u036f]/.test(letter)
        ? 0
        : /[\u3000-\u9fff\u{1f300}-\u{1faff}]/u.test(letter)
        ? 2
        : 1),
    0,
  );
}

test(
  `at 40, 80 and 200 columns nothing is wider${
    skip ? ` (skipped: ${skip})` : ""
  }`,
  { skip },
  async () => {
    await using session = await Session.open();
    await session.run(
      NAMES.map((name) =>
        `seed openai '${name}'; seed atlassian '${name}' --expires 5000`
      )
        .join("; "),
    );
    await session.run(
      `authsome run --policy deny sh -c 'for at in 1 2; do curl -s https://a-host-with-a-very-long-name.of-some.example; done'; authsome get openai --show-secret`,
    );
    for (const columns of [40, 80, 200]) {
      for (
        const command of [
          "authsome list",
          "PAGER= authsome list --all",
          "authsome list --connected",
          "authsome list --search a",
          "authsome log -n 50",
          "authsome get atlassian --connection 東京の開発用アカウント",
          "authsome explain https://api.openai.com/v1/models/of/a/very/long/path/that/goes/on",
          "authsome explain --last",
          "authsome whoami",
          "authsome key status",
          "authsome profile list",
          "authsome run --dry-run --policy deny make",
          "OPENAI_API_KEY=sk-1 authsome scan",
        ]
      ) {
        const lines = await shown(session, command, columns);
        expect({
          command,
          columns,
          wide: lines.filter((line) => cells(line) > columns),
        })
          .toEqual({ command, columns, wide: [] });
        expect(lines.length).toBeGreaterThan(2);
      }
    }
    // A secret that was asked for is whole.
    await session.run(`seed groq long --key ${"k".repeat(90)}`);
    const secret = await shown(session, "authsome get groq --show-secret", 40);
    expect(secret.join("")).toContain("k".repeat(90));
    // What no terminal reads is never cut.
    const piped = await session.run("authsome log -n 50");
    expect(piped.stdout).toContain(
      "a-host-with-a-very-long-name.of-some.example",
    );
    expect(piped.stdout).not.toContain("…");
  },
);
