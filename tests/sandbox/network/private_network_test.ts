// Where the proxy leads a command in a network with neighbours: to the internet, and to no private address unless told.
import { expect } from "expect";
import { test } from "node:test";
import {
  hostname,
  NEIGHBOUR,
  noPrivateNetwork,
  OWN,
  PARENT,
  PUBLIC,
  TLS,
  WEB,
  withPrivateNetwork,
} from "../../support/sandbox/private_network.ts";
import { cliCommand, textCommand } from "../../support/program.ts";
import { noSandbox, ROOT } from "../../support/sandbox/sandbox.ts";
import {
  type Ended,
  missing,
  spawn,
  withScenario,
} from "../../support/scenario.ts";

interface Machine {
  home: string;
  folder: string;
  /** Runs a program of this machine. */
  program(command: readonly string[], stdin?: string): Promise<Ended>;
  /** What curl prints of each URL in `authsome run <options>`. */
  asked(
    options: readonly string[],
    urls: readonly string[],
    env?: Record<string, string>,
  ): Promise<Ended>;
}

const skip = noSandbox || noPrivateNetwork || await missing("curl");

function networkTest(
  name: string,
  body: (machine: Machine) => Promise<void>,
  options: { publicNames?: boolean } = {},
): void {
  test(
    name,
    { skip },
    () =>
      withScenario(
        { groq: "gsk_x" },
        ["api.groq.com"],
        () => new Response("ok"),
        ({ folder, home, env }) =>
          withPrivateNetwork(folder, options, async ({ prefix }) => {
            const work = `${folder}/work`;
            Deno.mkdirSync(work);
            const own = {
              ...env,
              HTTPS_PROXY: "",
              AUTHSOME_CA_BUNDLE: `${folder}/lan-ca.pem`,
            };
            await body({
              home,
              folder,
              program: (command, stdin) =>
                spawn([...prefix(ROOT), ...command], own, stdin),
              asked: (options, urls, more = {}) => {
                const script = urls.map((url) =>
                  `curl -gs -m 8 --noproxy '' '${url}' || echo failed; echo`
                ).join("\n");
                return spawn(
                  [
                    ...prefix(work),
                    ...cliCommand("run", ...options, "--", "sh", "-c", script),
                  ],
                  { ...own, ...more },
                );
              },
            });
          }),
        `${Deno.env.get("HOME")}/.cache`,
      ),
  );
}

/** One for each URL. */
const lines = ({ stdout }: Ended) => stdout.split("\n").filter(Boolean);
const exists = (path: string) => {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
};
const at = (host: string) => `http://${host}:${WEB}/`;
const WAYS = [["directly", {}], ["through the parent's proxy", {
  HTTPS_PROXY: PARENT,
}]] as const;

/** Every spelling of this machine and of its neighbour. */
const REFUSED = [
  ...[OWN, NEIGHBOUR, hostname(), "localhost.", "0x7f.1"],
  ...["0", "127.1", "0xae70701", "182912770", "012.0347.07.02", "10.15140610"],
  ...[`[::ffff:${OWN}]`, `[::${NEIGHBOUR}]`, "[::ffff:ae7:702]", "[fd07::2]"],
  ...["[64:ff9b::10.231.7.2]", "[2002:ae7:702::]", "[fd07::1]", "[fec0::1]"],
  ...["lan.example.org", "here.example.org", "six.example.org"],
  ...["224.0.0.1", "255.255.255.255", "198.18.0.1", "100.64.0.1"],
];

for (const options of [[], ["--sandbox"], ["--listen", "unix:/tmp/x"]]) {
  const form = ["run", ...options].join(" ");
  test(
    `${form} runs nothing with an --allow-private that cannot be read`,
    { skip: options[0] === "--sandbox" && noSandbox },
    () =>
      withScenario({}, ["a.example"], () => new Response(), async (machine) => {
        for (const entry of ["0x7f.1", "10.0.0.0/33", "https://a.example"]) {
          const { code, stdout, stderr } = await machine.authsome([
            ...["run", ...options, "--allow-private", entry],
            ...["--", "echo", "ran"],
          ]);
          expect([code, stdout]).toEqual([2, ""]);
          expect(stderr).toContain(`Cannot allow "${entry}"`);
        }
        // Nothing of a run that was not begun is left.
        expect(
          exists(`${machine.home}/run`) && [
                ...Deno.readDirSync(`${machine.home}/run`),
              ].length > 0,
        ).toBe(false);
      }),
  );
}

for (const [way, env] of WAYS) {
  networkTest(
    `a sandboxed command is led ${way} to the internet, and by no name or spelling to a private address`,
    async ({ asked }) => {
      const urls = [PUBLIC, "public.example.org", ...REFUSED].map(at);
      const [literal, named, ...rest] = lines(
        await asked(["--sandbox"], urls, env),
      );
      expect([literal, named]).toEqual(Array(2).fill(`reached ${PUBLIC}`));
      expect(rest.filter((line) => !/"destination_refused"/.test(line)))
        .toEqual([]);
      expect(rest.length).toBe(REFUSED.length);
      const hint =
        `To allow it: authsome run --allow-private ${NEIGHBOUR}, or "allow_private" in sandbox.json`;
      expect(JSON.parse(rest[1]!)).toMatchObject({
        error: { code: "OperationNotAllowed" },
        message:
          "Tell your user that authsome could not complete this request: " +
          `${NEIGHBOUR} is on a private network, where commands may not connect; what to do: ${hint}`,
        hint,
      });
      // They are there: a command of the same machine without a sandbox reaches them.
      const open = await asked([], [at(OWN), at("lan.example.org")], env);
      expect(lines(open)).toEqual([`reached ${OWN}`, `reached ${NEIGHBOUR}`]);
    },
  );

  networkTest(
    `a name that leads elsewhere at the next question gets nobody ${way} to a private address`,
    async ({ asked }) => {
      const urls = ["flip", "late", "both"].flatMap((name) =>
        Array(4).fill(at(`${name}.example.org`))
      );
      const answers = lines(await asked(["--sandbox"], urls, env));
      expect(
        answers.filter((line) =>
          line.includes(NEIGHBOUR) && /^reached/.test(line)
        ),
      )
        .toEqual([]);
      expect(answers.filter((line) => line === `reached ${PUBLIC}`).length)
        .toBeGreaterThanOrEqual(5);
    },
  );

  networkTest(
    `what the person names is opened ${way}, and not more`,
    async ({ asked, home }) => {
      const urls = [NEIGHBOUR, "lan.example.org", OWN, "here.example.org"];
      const reached = async (options: readonly string[]) => {
        const answers = lines(
          await asked(["--sandbox", ...options], urls.map(at), env),
        );
        return urls.filter((_, at) => /^reached 10\./.test(answers[at]!));
      };
      const all = (...entries: string[]) =>
        reached(entries.flatMap((entry) => ["--allow-private", entry]));
      expect(await all(NEIGHBOUR)).toEqual([NEIGHBOUR, "lan.example.org"]);
      // This machine is in the network, and not opened with it.
      expect(await all("10.231.0.0/16")).toEqual([
        NEIGHBOUR,
        "lan.example.org",
      ]);
      expect(await all("*.example.org")).toEqual(["lan.example.org"]);
      expect(await all("here.example.org", OWN)).toEqual([
        OWN,
        "here.example.org",
      ]);
      Deno.writeTextFileSync(
        `${home}/sandbox.json`,
        JSON.stringify({ allow_private: ["lan.example.org"] }),
      );
      expect(await all()).toEqual(["lan.example.org"]);
    },
  );
}

networkTest(
  "where only the parent's proxy knows the internet, public names are left to it and others are not",
  async ({ asked }) => {
    const urls = [
      "only-proxy.example.org",
      "lan.example.org",
      "printer",
      "nas.local",
    ];
    const [only, ...rest] = lines(
      await asked(["--sandbox"], urls.map(at), { HTTPS_PROXY: PARENT }),
    );
    expect(only).toBe(`reached ${PUBLIC}`);
    expect(rest.filter((line) => /"destination_refused"/.test(line)).length)
      .toBe(3);
  },
  { publicNames: false },
);

const LAN = `https://lan.example.org:${TLS}`;
const KEY = `glpat-${"c4".repeat(12)}`;

networkTest(
  "a company's own server that the person named at login gets its credential, with and without a sandbox",
  async ({ asked, program }) => {
    const login = await program(
      cliCommand("login", "gitlab-pat", "--base-url", LAN, "--stdin"),
      `${KEY}\n`,
    );
    expect([login.code, login.stderr]).toEqual([0, expect.anything()]);
    const urls = [`${LAN}/api/v4/user`, at("lan.example.org")];
    for (const [, env] of WAYS) {
      expect(lines(await asked([], urls, env))).toEqual([
        `key ${KEY}`,
        `reached ${NEIGHBOUR}`,
      ]);
      const [key, other] = lines(await asked(["--sandbox"], urls, env));
      expect(key).toBe(`key ${KEY}`);
      expect(other).toContain("destination_refused");
    }
    // The library knows it too.
    expect(await libraryFetch(program, `${LAN}/api/v4/user`)).toBe(
      `key ${KEY}`,
    );
  },
);

networkTest(
  "a definition's host gets no credential on a private network, unless the definition asks and the person consents",
  async ({ asked, program, folder }) => {
    const definition = {
      schema_version: 1,
      name: "acme",
      display_name: "Acme",
      auth_type: "api_key",
      flow: "api_key",
      api_url: `lan.example.org:${TLS}`,
    };
    const register = (change: object, ...flags: string[]) => {
      const file = `${folder}/acme.json`;
      const text = JSON.stringify({ ...definition, ...change });
      Deno.writeTextFileSync(file, text);
      return program(cliCommand("register", file, "--yes", ...flags));
    };
    expect((await register({})).code).toBe(0);
    await program(cliCommand("login", "acme", "--stdin"), `${KEY}\n`);
    for (const [, env] of WAYS) {
      for (const options of [[], ["--sandbox"]]) {
        const [answer] = lines(await asked(options, [`${LAN}/`], env));
        expect(JSON.parse(answer!)).toMatchObject({
          reason: "destination_refused",
          hint: expect.stringContaining("--allow-private lan.example.org,"),
        });
        const opened = [...options, "--allow-private", "lan.example.org"];
        expect(lines(await asked(opened, [`${LAN}/`], env)))
          .toEqual([`key Bearer ${KEY}`]);
      }
    }
    expect(await libraryFetch(program, `${LAN}/`)).toMatch(
      /^EndpointUnreachable .* resolves to 10\.231\.7\.2, on this machine or a private network$/,
    );
    const wide = { allow_private: true };
    const refused = await register(wide, "--force");
    expect([refused.code, refused.stderr]).toEqual([
      4,
      expect.stringMatching(/"allow_private" .*--allow-private/),
    ]);
    const registered = await register(wide, "--force", "--allow-private");
    expect(registered.stderr).toContain(
      "It sends its credential to hosts of private networks and of this machine",
    );
    for (const [, env] of WAYS) {
      for (const options of [[], ["--sandbox"]]) {
        expect(lines(await asked(options, [`${LAN}/`], env)))
          .toEqual([`key Bearer ${KEY}`]);
      }
    }
    expect(await libraryFetch(program, `${LAN}/`)).toBe(`key Bearer ${KEY}`);
  },
);

/** What the library's fetch answers. */
async function libraryFetch(
  program: Machine["program"],
  url: string,
): Promise<string> {
  const { stdout } = await program(textCommand(`
    import { Authsome } from "${new URL("../../../mod.ts", import.meta.url)}";
    await using authsome = await Authsome.open();
    try {
      console.log(await (await authsome.fetch("${url}")).text());
    } catch (error) {
      console.log(error.code ?? error.name, error.message);
    }
  `));
  return stdout.trim();
}
