// `approve pair` at a real terminal: the code is shown once, opens the pairing, and is kept nowhere else.
import { expect } from "expect";
import { test } from "node:test";
import { pairingKeys } from "../../../lib/approval/remote/remote_seal.ts";
import { Secret } from "../../../lib/secret.ts";
import { missing } from "../../support/missing.ts";
import { Session } from "../../support/terminal/terminal_script.ts";
import { Terminal } from "../../support/terminal/terminal.ts";

const skip = await missing("python3");

test(
  "the code is shown at the terminal once, and in no file, output, log or list",
  {
    skip,
  },
  async () => {
    await using session = await Session.open();
    const { work } = session;
    const path = `${work}/home/config.json`;
    await session.run("authsome init");
    const config = JSON.parse(Deno.readTextFileSync(path));
    const approval = {
      ntfy: { server: "https://ntfy.example.com" },
      page: "https://me.example.com/approve.html",
    };
    Deno.writeTextFileSync(path, JSON.stringify({ ...config, approval }));
    await using terminal = await Terminal.open(session, [
      "sh",
      "-c",
      "printf 'ready> '; authsome approve pair pixel --log-file log.txt >out.txt; echo '<''end>'",
    ], { env: { NO_COLOR: "1", LC_ALL: "C.UTF-8" } });
    const text = (await terminal.shows(/<end>/)).replace(/\r?\n/g, "\n");
    expect(text).toMatch(/[▀▄█]{10}/);
    const [, key, name] =
      /^https:\/\/me\.example\.com\/approve\.html#pair=([\w-]{43})&name=(\S+)$/m
        .exec(text)!;
    const keys = await pairingKeys(new Secret(key!));
    expect([name !== "", text.includes(keys.topics.notice)])
      .toEqual([true, true]);
    expect(text).toContain("Who has it can answer for you");
    const after = await session.run(
      "authsome approve devices; authsome approve devices --json; authsome log; cat out.txt log.txt home/audit.log home/config.json",
    );
    expect(after.stdout).toMatch(/^phone {2}pixel {2}paired \d{4}-/);
    expect(after.stdout).toMatch(/pair +ok +- +phone pixel/);
    expect(after.stdout + after.stderr).not.toContain(key);
    const found = await session.run(
      `grep -rl -e '${key}' . ; authsome approve pair pixel; authsome approve unpair pixel; authsome approve devices`,
    );
    expect(found.stdout).toBe("");
    expect(found.stderr).toContain("Removed phone pixel");
  },
);
