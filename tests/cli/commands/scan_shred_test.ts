// The clear copies of `scan --rewrite`, at a terminal.
import { expect } from "expect";
import { test } from "node:test";
import { Session } from "../../support/terminal/terminal_script.ts";
import { missing } from "../../support/missing.ts";

const SCAN = "authsome scan --import --rewrite --file .env";

test(
  "after a rewrite a person at a terminal is asked whether to shred the copies",
  {
    skip: await missing("script"),
  },
  async () => {
    await using session = await Session.open();
    const backups = `${session.work}/home/backups`;
    const scan = async (answers: string) => {
      await Deno.writeTextFile(
        `${session.work}/.env`,
        "RESEND_API_KEY=re_0123456789abcdefghijklmn\n",
      );
      const { code, stdout } = await session.run(
        `printf '${answers}' | script -qec '${SCAN}' /dev/null`,
      );
      return { code, stdout };
    };
    const question = "Shred 1 clear copy of an old file";
    const kept = await scan("y\\nn\\n");
    expect(kept.stdout).toContain(question);
    expect(kept.stdout).toMatch(/is left:\s+\S+\/home\/backups\/\S+\.env/);
    expect([...Deno.readDirSync(backups)].length).toBe(1);
    const gone = await scan("y\\ny\\n");
    expect(gone.stdout).toContain("Shred 2 clear copies of old files");
    expect(gone.stdout).not.toContain("left:");
    expect([...Deno.readDirSync(backups)]).toEqual([]);
  },
);
