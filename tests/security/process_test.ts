// What a command leaves behind when it ends.
import { expect } from "expect";
import { test } from "node:test";
import { missing, withScenario } from "../support/scenario.ts";

const KEY = `sk-${"o1".repeat(20)}`;

test(
  "what a command leaves running is served no more when the command has ended",
  {
    skip: await missing("curl"),
  },
  () =>
    withScenario(
      { openai: KEY },
      ["api.openai.com"],
      () => new Response("welcome"),
      async ({ folder, api, client }) => {
        const ask = "curl -sS --max-time 20 https://api.openai.com/v1/models";
        // The one that is left has the whole environment of the command, its password too.
        const left =
          `i=0; while [ ! -e '${folder}/go' ] && [ $i -lt 300 ]; do sleep 0.1; i=$((i+1)); done
         ${ask} >'${folder}/answer' 2>&1; echo $? >'${folder}/code'`;
        const ended = await client([
          "sh",
          "-c",
          `${ask}; (${left}) >/dev/null 2>&1 &`,
        ]);
        expect(ended).toMatchObject({ code: 0, stdout: "welcome" });
        expect(api.requests.length).toBe(1);

        Deno.writeTextFileSync(`${folder}/go`, "");
        let code = "";
        for (let tries = 0; tries < 300 && !code.endsWith("\n"); tries++) {
          await new Promise((resolve) => setTimeout(resolve, 100));
          code = await Deno.readTextFile(`${folder}/code`).catch(() => "");
        }
        expect(code).not.toBe("0\n");
        expect(code).toMatch(/^[0-9]+\n$/);
        expect(Deno.readTextFileSync(`${folder}/answer`)).not.toContain(
          "welcome",
        );
        expect(api.requests.length).toBe(1);
      },
    ),
);
