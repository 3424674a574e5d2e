// Where programs read a value of a dotenv file differently, the person at a terminal says what is meant.
import { expect } from "expect";
import { test } from "node:test";
import { withBroker } from "../../support/connected.ts";
import { withHome } from "../../support/home.ts";
import { cliCommand } from "../../support/program.ts";
import {
  NO_PSEUDO_TERMINAL,
  PseudoTerminal,
} from "../../support/terminal/pseudo_terminal.ts";

const KEY = "sk-proj-Abc#123def456ghi789jkl";
const BEFORE = `A=1\r\nexport\tOPENAI_API_KEY=${KEY} # prod\r\nZ="2"\r\n`;

for (
  const [answer, kept, after] of [
    [
      "y",
      KEY,
      BEFORE.replace(KEY, "authsome-proxy-managed"),
    ],
    ["n", undefined, BEFORE],
  ] as const
) {
  test(
    `the whole of a value with a "#" is ${
      kept ? "" : "not "
    }taken after "${answer}"`,
    {
      skip: NO_PSEUDO_TERMINAL,
    },
    () =>
      withHome(async (home) => {
        const file = `${home}/work.env`;
        await Deno.writeTextFile(file, BEFORE);
        const { PATH, DENO_DIR, HOME } = Deno.env.toObject();
        await using terminal = new PseudoTerminal(
          cliCommand(
            ...["scan", "--import", "--rewrite", "--provider", "openai"],
            ...["--file", file],
          ),
          {
            env: {
              AUTHSOME_HOME: `${home}/as`,
              AUTHSOME_NO_VERIFY: "1",
              HOME: home,
              PATH: PATH!,
              DENO_NO_UPDATE_CHECK: "1",
              DENO_DIR: DENO_DIR ?? `${HOME}/.cache/deno`,
            },
          },
        );
        await terminal.shows(`Take all that is written there (${KEY.length}`);
        await terminal.type(`${answer}\r`);
        if (kept) {
          await terminal.shows("Import openai/default");
          await terminal.type("y\r");
          await terminal.shows("Shred 1 clear copy");
          await terminal.type("y\r");
        } else await terminal.shows("There is nothing to import");
        expect((await terminal.ended()).code).toBe(0);
        expect(terminal.screen).not.toContain("Abc#123");
        expect(await Deno.readTextFile(file)).toBe(after);
        await withBroker(`${home}/as`, async (broker) => {
          const found = await broker.connections.find("openai", "default");
          expect(
            found?.credential.type === "api_key"
              ? found.credential.fields.api_key!.reveal()
              : undefined,
          ).toBe(kept);
        });
      }),
  );
}
