// Every ending of every kind of question: the program ends, and the terminal is as it was before.
import { expect } from "expect";
import { test } from "node:test";
import { freePort } from "../../support/free_port.ts";
import { withHome } from "../../support/home.ts";
import { cliCommand, processOf } from "../../support/program.ts";
import {
  NO_PSEUDO_TERMINAL,
  PseudoTerminal,
} from "../../support/terminal/pseudo_terminal.ts";

const skip = NO_PSEUDO_TERMINAL;

/** A question: what is run first, the command that asks, and what is typed when something shows, until it is asked. */
interface Place {
  before?: string[];
  args: string[];
  steps: [shows: string, type: string][];
  asks: string;
}

const GOOGLE = ["login", "google", "--no-browser", "--flow", "pkce"];

const PLACES: Record<string, Place> = {
  "a masked line": {
    args: ["login", "openai", "--no-browser"],
    steps: [],
    asks: "API key of OpenAI",
  },
  "yes or no after a masked line": {
    args: ["login", "openai", "--no-browser"],
    steps: [["API key of OpenAI", "canary\r"]],
    asks: "Use it anyway?",
  },
  "a line": { args: GOOGLE, steps: [], asks: "Client ID" },
  "a masked line after a line": {
    args: GOOGLE,
    steps: [["Client ID", "acme\r"]],
    asks: "Client secret",
  },
  "paste that address": {
    args: GOOGLE,
    steps: [["Client ID", "acme\r"], ["Client secret", "\r"]],
    asks: "Waiting for the browser",
  },
  "the address of a tenant": {
    args: ["login", "zendesk", "--no-browser"],
    steps: [],
    asks: "Address of your Zendesk",
  },
  "a list": { args: ["login"], steps: [], asks: "What do you want to connect" },
  "the list of easier ways": {
    args: ["login"],
    steps: [["What do you want to connect", "github\r"]],
    asks: "How do you want to connect",
  },
  "yes or no": {
    before: ["profile", "create", "work"],
    args: ["profile", "delete", "work"],
    steps: [],
    asks: 'Delete profile "work"',
  },
  "lines that describe a provider": {
    args: ["provider", "new", "acme"],
    steps: [["Display name", "\r"]],
    asks: "Host of its API",
  },
};

const ENDINGS: Record<
  string,
  {
    end(terminal: PseudoTerminal): Promise<void>;
    code: number;
    /** Whether one kind of question stands for all. */
    once?: boolean;
  }
> = {
  "Ctrl-D": { end: (terminal) => terminal.type("\x04"), code: 2 },
  "Ctrl-D after some letters": {
    end: (terminal) => terminal.type("xx\x04"),
    code: 2,
  },
  "Escape": {
    end: (terminal) => terminal.type("\x1b"),
    code: 2,
    once: true,
  },
  "Ctrl-C": { end: (terminal) => terminal.type("\x03"), code: 130 },
  "SIGINT": {
    end: (terminal) => terminal.kill(2),
    code: 130,
    once: true,
  },
  "SIGTERM": { end: (terminal) => terminal.kill(15), code: 130 },
  "SIGHUP": {
    end: (terminal) => terminal.kill(1),
    code: 130,
    once: true,
  },
  "SIGQUIT": {
    end: (terminal) => terminal.kill(3),
    code: 130,
    once: true,
  },
};

async function ask(home: string, { before, args, steps, asks }: Place) {
  const env = {
    AUTHSOME_HOME: home,
    HOME: home,
    AUTHSOME_PORT: String(freePort()),
    NO_COLOR: "1",
    PATH: Deno.env.get("PATH")!,
    DENO_NO_UPDATE_CHECK: "1",
    ...Deno.env.has("DENO_DIR") ? { DENO_DIR: Deno.env.get("DENO_DIR")! } : {},
  };
  if (before) await processOf(cliCommand(...before), { env }).output();
  const terminal = new PseudoTerminal(cliCommand(...args), { env });
  for (const [shows, keys] of steps) {
    await terminal.shows(shows);
    await terminal.type(keys);
  }
  await terminal.shows(asks);
  return terminal;
}

for (const [name, place] of Object.entries(PLACES)) {
  for (const [ending, { end, code, once }] of Object.entries(ENDINGS)) {
    if (once && name !== "a masked line") continue;
    test(`${ending} at ${name}`, { skip }, () =>
      withHome(async (home) => {
        await using terminal = await ask(home, place);
        await end(terminal);
        expect(await terminal.ended()).toEqual({ code, restored: true });
        expect(terminal.screen).toMatch(
          code === 130 ? /Error: .*nterrupted/ : /Error: .*Cancelled/,
        );
      }));
  }

  test(
    `a window that is closed at ${name}`,
    { skip },
    () =>
      withHome(async (home) => {
        await using terminal = await ask(home, place);
        await terminal.close();
        // What came first: the signal, or the end of the input.
        expect([2, 130]).toContain((await terminal.ended()).code);
      }),
  );

  test(`Ctrl-Z and fg at ${name}`, { skip }, () =>
    withHome(async (home) => {
      await using terminal = await ask(home, place);
      await terminal.type("xx\x1a");
      expect(await terminal.suspended()).toBe(true);
      await terminal.fg();
      await terminal.shows(place.asks);
      expect(await terminal.echoes()).toBe(false);
      await terminal.type("\x04");
      expect(await terminal.ended()).toEqual({ code: 2, restored: true });
    }));
}

test("a masked line that was stopped from outside hides what is typed then", {
  skip,
}, () =>
  withHome(async (home) => {
    await using terminal = await ask(home, PLACES["a masked line"]!);
    await terminal.kill(19);
    await terminal.suspended();
    await terminal.fg();
    await terminal.shows("API key of OpenAI");
    expect(await terminal.echoes()).toBe(false);
    await terminal.type("canary\r");
    await terminal.shows("Use it anyway?");
    await terminal.type("y\r");
    await terminal.shows("Connected openai/default");
    expect(await terminal.ended()).toEqual({ code: 0, restored: true });
    expect(terminal.screen).not.toContain("canary");
  }));

test("the other lines of a pasted key are not shown and answer nothing", {
  skip,
}, () =>
  withHome(async (home) => {
    await using terminal = await ask(home, PLACES["a masked line"]!);
    // One by one, as a terminal passes on what is long.
    for (let line = 0; line < 40; line++) {
      await terminal.type("canary-yn\r");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await terminal.shows("Use it anyway?");
    await terminal.type("\x04");
    expect(await terminal.ended()).toEqual({ code: 2, restored: true });
    expect(terminal.screen).not.toContain("canary");
    // Without it every line answers the question after the one before.
    expect(terminal.screen.match(/API key of OpenAI/g)!.length)
      .toBeLessThan(20);
  }));

test("a line of stdin that never comes does not hold the program", () =>
  withHome(async (home) => {
    const { code, stderr } = await processOf(
      cliCommand("login", "openai", "--stdin", "--timeout", "1"),
      {
        env: { AUTHSOME_HOME: home },
        stdin: "piped",
        stdout: "null",
        stderr: "piped",
      },
    ).spawn().output();
    expect(new TextDecoder().decode(stderr)).toContain("within 1 second");
    expect(code).toBe(2);
  }));

test(
  "Ctrl-D and Ctrl-C at --resume stop waiting for the login",
  { skip },
  () =>
    withHome(async (home) => {
      const port = String(freePort());
      const { PATH, DENO_DIR } = Deno.env.toObject();
      const env = {
        AUTHSOME_HOME: home,
        HOME: home,
        AUTHSOME_PORT: port,
        PATH: PATH!,
        ...DENO_DIR ? { DENO_DIR } : {},
      };
      const { stdout } = await processOf(
        cliCommand("login", "openai", "--detach", "--timeout", "30"),
        { env },
      ).output();
      const { login_id } = JSON.parse(new TextDecoder().decode(stdout));
      for (const [key, code] of [["\x04", 2], ["\x03", 130]] as const) {
        await using terminal = new PseudoTerminal(
          cliCommand("login", "--resume", login_id),
          { env },
        );
        await terminal.shows("paste the address of that page here");
        await terminal.type(key);
        expect(await terminal.ended()).toEqual({ code, restored: true });
        expect(terminal.screen).toContain("continues in the background");
      }
      // It ends with its home, which is removed.
      await processOf(
        cliCommand("login", "--resume", login_id, "--timeout", "90"),
        { env, stdin: "null" },
      ).output();
    }),
);
