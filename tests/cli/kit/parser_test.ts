import { expect } from "expect";
import { test } from "node:test";
import {
  argument,
  choice,
  defineCommand,
  option,
  optionalArgument,
  options,
  toggle,
} from "../../../lib/cli/kit/define_command.ts";
import { parseArguments } from "../../../lib/cli/kit/parser.ts";

const command = defineCommand<
  {
    yes?: boolean;
    baseUrl?: string;
    host?: string[];
    policy?: "open" | "deny";
    number?: number;
  },
  [name: string, other?: string]
>({
  examples: [],
  parameters: {
    flags: {
      yes: toggle("a switch"),
      baseUrl: option("a value", "url"),
      host: options("several", "host"),
      policy: choice("one of two", ["open", "deny"]),
      number: {
        kind: "parsed",
        brief: "a number",
        placeholder: "count",
        parse(text) {
          if (!/^\d+$/.test(text)) throw new RangeError("it is no number");
          return Number(text);
        },
      },
    },
    aliases: { y: "yes", n: "number" },
    positional: {
      kind: "tuple",
      parameters: [
        argument("must be", "name"),
        optionalArgument("may be", "other"),
      ],
    },
  },
  run() {},
});

const parse = (...inputs: string[]) => parseArguments("demo", command, inputs);

test("flags may stand anywhere, in each way of writing them", () => {
  const cases: [string[], unknown[]][] = [
    [["a"], [{}, "a"]],
    [["a", "b"], [{}, "a", "b"]],
    [["-y", "a"], [{ yes: true }, "a"]],
    [["a", "--yes", "--yes"], [{ yes: true }, "a"]],
    [["--base-url", "u", "a"], [{ baseUrl: "u" }, "a"]],
    [["a", "--base-url=u=v"], [{ baseUrl: "u=v" }, "a"]],
    [["a", "--base-url=-x"], [{ baseUrl: "-x" }, "a"]],
    [["a", "--host", "x", "--host=y"], [{ host: ["x", "y"] }, "a"]],
    [["a", "--policy", "deny"], [{ policy: "deny" }, "a"]],
    [["a", "-n", "5"], [{ number: 5 }, "a"]],
    [["a", "-n5"], [{ number: 5 }, "a"]],
    [["a", "-yn5"], [{ yes: true, number: 5 }, "a"]],
    [["a", "--base-url", "-"], [{ baseUrl: "-" }, "a"]],
    [["-"], [{}, "-"]],
    [["--", "--yes"], [{}, "--yes"]],
    [["--yes", "--", "-n", "--"], [{ yes: true }, "-n", "--"]],
  ];
  for (const [inputs, values] of cases) {
    expect([inputs, parse(...inputs)]).toEqual([inputs, values]);
  }
});

test("an error is one sentence, and repeats no value that may be a key", () => {
  const cases: [string[], string, string?][] = [
    [[], "Missing <name>"],
    [["a", "b", "sk-secret"], "Unexpected argument"],
    [["a", "--base-url"], "--base-url needs a value"],
    [["a", "--base-url="], "--base-url needs a value"],
    [["a", "--base-url", "--yes"], "--base-url needs a value"],
    [["a", "--base-url", "u", "--base-url", "v"], "--base-url is given twice"],
    [["a", "--yes=no"], "--yes takes no value"],
    [["a", "-yn"], "--number needs a value"],
    [["a", "-host=u"], "Unknown flag -h"],
    [["a", "--n=5"], "Unknown flag --n"],
    [["a", "--__proto__"], "Unknown flag --__proto__"],
    [["a", "--no-yes"], "Unknown flag --no-yes"],
    [["a", "--policy=Deny"], '--policy cannot be "Deny"', "open, deny"],
    [["a", "-n", "x"], 'Cannot use "x" as number (it is no number)'],
    [["a", "--ye"], "Unknown flag --ye", "Did you mean --yes?"],
    [["a", "--baseUrl=u"], "Unknown flag --baseUrl", "--base-url"],
    [["a", "--key=sk-secret"], "Unknown flag --key"],
    [["a", "-ksk-secret"], "Unknown flag -k"],
    [["a", "--constructor"], "Unknown flag --constructor"],
  ];
  for (const [inputs, message, hint = "authsome demo --help"] of cases) {
    let thrown: unknown;
    try {
      parse(...inputs);
    } catch (error) {
      thrown = error;
    }
    expect([inputs, thrown]).toMatchObject([inputs, {
      code: "Usage",
      message: expect.stringContaining(`${message} for "demo"`),
      hint: expect.stringContaining(hint),
    }]);
    expect(JSON.stringify(thrown)).not.toContain("secret");
  }
});
