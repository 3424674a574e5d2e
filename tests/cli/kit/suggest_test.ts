import { expect } from "expect";
import { test } from "node:test";
import { COMMANDS } from "../../../lib/cli/commands.ts";
import {
  commandsFor,
  subcommandsFor,
} from "../../../lib/cli/kit/foreign_words.ts";
import { suggestFlags } from "../../../lib/cli/kit/suggest.ts";
import { runCommand } from "../../support/fakes/fake_machine.ts";

const known = Object.keys(COMMANDS);

test("words of gh, aws-vault and op are answered with a command that is there", async () => {
  for (
    const line of [
      ...[
        "auth login",
        "auth logout",
        "auth status",
        "auth token",
        "auth refresh",
      ],
      ...[
        "auth switch",
        "auth list",
        "version",
        "status",
        "ls",
        "api",
        "search",
      ],
      ...[
        "exec prod",
        "add prod",
        "rotate",
        "clear",
        "rm",
        "proxy",
      ],
      ...["signin", "signout", "read", "item get", "item list", "vault list"],
      ...["inject", "update", "plugin", "extension", "config", "completion"],
      ...["env", "show", "delete", "uninstall", "logs", "VERSION", "Status"],
    ]
  ) {
    const { code, stderr } = await runCommand(line.split(" "));
    expect({ line, code }).toEqual({ line, code: 2 });
    const hint = /Hint: Did you mean: (.+)\?\n/.exec(stderr)?.[1];
    expect({ line, hint }).toEqual({ line, hint: expect.any(String) });
    for (const each of hint!.split(", ")) {
      const words = each.split(" ").slice(1);
      const name = known.includes(words.slice(0, 2).join(" "))
        ? words.slice(0, 2).join(" ")
        : words[0]!;
      const isThere = name.startsWith("-") || known.includes(name) ||
        known.some((other) => other.startsWith(`${name} `));
      expect({ line, each, isThere }).toEqual({ line, each, isThere: true });
    }
  }
});

test("what is not there is not suggested", () => {
  expect(commandsFor(["auth", "token"], ["export"])).toEqual(["export"]);
  expect(commandsFor(["auth", "token"], [])).toEqual([]);
  expect(commandsFor(["constructor"], known)).toEqual([]);
  expect(subcommandsFor("rm", ["delete", "list"])).toEqual(["delete"]);
  expect(suggestFlags("with-token", ["stdin", "force"])).toEqual(["stdin"]);
  expect(suggestFlags("with-token", ["force"])).toEqual([]);
  expect(suggestFlags("conection", ["connection"])).toEqual(["connection"]);
});
