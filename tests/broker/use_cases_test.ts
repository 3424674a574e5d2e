// Each use case through the command line and through the library: the same answer, the same failure, the same entries in
// the audit log. Every provider of a mixed home is combined with every name of a connection.
import { expect } from "expect";
import { test } from "node:test";
import { logIn } from "../../lib/broker/log_in.ts";
import type { Connection, ProviderDefinition } from "../../mod.ts";
import { Broker } from "../../lib/broker/broker.ts";
import { memoryRuntime } from "../support/fakes/memory_runtime.ts";
import {
  byCommand,
  byLibrary,
  type Came,
  PROVIDERS,
  withMixedHome,
  withTwins,
} from "./both_ways.ts";

const NAMES = [undefined, "default", "work", "nope", "No/Name"] as const;
type Case = [provider: string, name: string | undefined];
const CASES: Case[] = PROVIDERS.flatMap((provider) =>
  NAMES.map((name): Case => [provider, name])
);

/** The words of `--connection`, if it is given. */
function connectionFlag(name: string | undefined): string[] {
  return name === undefined ? [] : ["--connection", name];
}

/** Holds the two against each other; `map` makes of the command's answer what the library gives. */
function expectSame(
  what: unknown,
  command: Came,
  library: Came,
  map: (answer: never) => unknown,
): void {
  const answer = command.answer === undefined
    ? undefined
    : map(command.answer as never);
  expect([what, { ...library }]).toEqual([what, { ...command, answer }]);
}

interface Exported {
  exported: { variables: Record<string, string> }[];
}

test("export of one connection is the same by command and library", () =>
  withMixedHome(async (home) => {
    const codes = new Set<number>();
    for (const [provider, connection] of CASES) {
      const command = await byCommand(
        home,
        ["export", provider, ...connectionFlag(connection)],
      );
      const library = await byLibrary(
        home,
        (authsome) => authsome.exportCredentials({ provider, connection }),
      );
      expectSame(
        [provider, connection],
        command,
        library,
        ({ exported }: Exported) => exported[0]!.variables,
      );
      expect(library.noted).toHaveLength(library.code === 0 ? 1 : 0);
      codes.add(library.code);
    }
    // What the cases reach: given out, not a name, no such connection, no such provider or nothing to export, expired.
    expect([...codes].sort()).toEqual([0, 2, 3, 4, 5]);
  }));

test("export of all is the same by command and library; one that fails ends the library's", () =>
  withMixedHome(async (home) => {
    const all = (connection?: string) =>
      byLibrary(home, (authsome) => authsome.exportCredentials({ connection }));
    // Two fail. The command says so and gives out the others; the library gives out nothing.
    const command = await byCommand(home, ["export"]);
    const failing = await all();
    expect([command.code, failing.code]).toEqual([4, 4]);
    expect(command.told).toContain("Warning: ");
    const [warning] = command.told.split("\n");
    expect(failing.told.replace("\nHint:", ".")).toBe(
      `${warning!.replace("Warning:", "Error:")}\n`,
    );
    expect([failing.answer, failing.noted]).toEqual([undefined, []]);

    await byCommand(home, ["logout", "late"]);
    await byCommand(home, ["logout", "gone"]);
    const good = await byCommand(home, ["export"]);
    expectSame("all", good, await all(), ({ exported }: Exported) =>
      // Of two variables with one name the first.
      Object.assign({}, ...exported.map((each) => each.variables).reverse()));
    expect(good.told).toMatch(/^Warning: OPENAI_API_KEY is set by openai; /);
    expect(good.answer).toMatchObject({ exported: { length: 3 } });
    expect(good.noted).toHaveLength(3);

    expectSame(
      "a connection without a provider",
      await byCommand(home, ["export", "--connection", "work"]),
      await all("work"),
      () => undefined,
    );
  }));

test("a connection is found, and its token given, the same by command and library", () =>
  withMixedHome(async (home) => {
    for (const [provider, name] of CASES) {
      const flag = connectionFlag(name);
      expectSame(
        ["shown", provider, name],
        await byCommand(home, ["get", provider, ...flag]),
        await byLibrary(home, async (authsome) => {
          const shown = await authsome.getConnection(provider, name);
          return [shown.name, shown.credential.type];
        }),
        (answer: { connection_name: string; auth_type: string }) => [
          answer.connection_name,
          answer.auth_type,
        ],
      );
      // An API key has no access token, and the command shows one that has expired.
      if (["openai", "twin", "mute", "late", "gone"].includes(provider)) {
        continue;
      }
      const field = ["--field", "access_token", "--show-secret"];
      const library = await byLibrary(
        home,
        (authsome) => authsome.getAccessToken(provider, name),
      );
      expectSame(
        ["token", provider, name],
        await byCommand(home, ["get", provider, ...flag, ...field]),
        library,
        (answer: { access_token: string }) => answer.access_token,
      );
      expect(library.noted).toHaveLength(library.code === 0 ? 1 : 0);
    }
  }));

test("headers are noted before they are given, and not when there are none", () =>
  withMixedHome(async (home) => {
    for (const [provider, name] of CASES) {
      const came = await byLibrary(
        home,
        (authsome) => authsome.getAuthHeaders(provider, name),
      );
      const entry = {
        event: "get",
        profile: "default",
        provider,
        connection: name ?? "default",
        ok: true,
        detail: "headers",
      };
      expect(came.noted).toMatchObject(came.code === 0 ? [entry] : []);
      if (came.code === 0) {
        expect(JSON.stringify(came.answer)).toContain("canary");
      }
    }
  }));

/** Does the same in each of two homes, case by case, and holds answers and what is left against each other. */
async function inTwins<Answer>(
  cases: readonly Case[],
  words: (...given: Case) => string[],
  call: (...given: Case) => Parameters<typeof byLibrary>[1],
  map: (answer: Answer) => unknown,
): Promise<Came[]> {
  const came: Came[] = [];
  await withTwins(async (one, other) => {
    for (const given of cases) {
      const command = await byCommand(one, words(...given));
      const library = await byLibrary(other, call(...given));
      expectSame(given, command, library, map);
      came.push(library);
      if (given[0] === "nobody") expect(library.code).toBe(4);
    }
    const left = (home: string) => byCommand(home, ["list", "--connected"]);
    // When a connection was made is the clock's.
    expect(await left(other)).toEqual(await left(one));
  });
  return came;
}

test("the default connection is chosen the same by command and library", async () => {
  await inTwins(
    CASES.filter(([, name]) => name !== undefined),
    (provider, name) => ["set-default", provider, name!],
    (provider, name) => (authsome) =>
      authsome.setDefaultConnection(provider, name!),
    () => undefined,
  );
});

test("a logout is the same by command and library", async () => {
  const came = await inTwins(
    CASES.toReversed(),
    (provider, name) => ["logout", provider, ...connectionFlag(name)],
    (provider, name) => (authsome) => authsome.logout(provider, name),
    () => undefined,
  );
  expect(came.filter(({ code }) => code === 0)).toHaveLength(8);
  expect(came.flatMap(({ noted }) => noted)).toHaveLength(8);
});

test("a revocation is the same by command and library", async () => {
  interface Revoked {
    connections: { connection_name: string; reason: string | null }[];
  }
  const came = await inTwins(
    // GitHub would be asked over the network.
    CASES.toReversed().filter(([provider]) => provider !== "github"),
    (provider, name) => ["revoke", provider, "--yes", ...connectionFlag(name)],
    (provider, name) => async (authsome) =>
      (await authsome.revoke(provider, name)).map(({ kind, name }) => [
        name,
        kind,
      ]),
    ({ connections }: Revoked) =>
      connections.map((each) => [
        each.connection_name,
        each.reason ?? "revoked",
      ]),
  );
  expect(came.flatMap(({ noted }) => noted).length).toBeGreaterThan(3);
});

test("a revocation says whether a client was deleted", () =>
  withMixedHome(async (home) => {
    const revoke = async (provider: string) =>
      (await byCommand(home, ["revoke", provider, "--yes"])).answer;
    expect(await revoke("late")).toMatchObject({ deleted_client: true });
    expect(await revoke("mute")).toMatchObject({ deleted_client: false });
  }));

test("a login with a key is the same by command and library", async () => {
  const key = "sk-canary-1234567890abcdefghijklmnopqrstuvwxyz";
  await withTwins(async (one, other) => {
    const noted: unknown[] = [];
    for (
      const [provider, connection] of CASES.filter(([name]) => name !== "late")
    ) {
      for (
        const more of [{}, { force: true }, { baseUrl: "https://x.example" }]
      ) {
        const flags = "force" in more
          ? ["--force"]
          : "baseUrl" in more
          ? ["--base-url", more.baseUrl!]
          : [];
        const login = ["login", provider, ...connectionFlag(connection)];
        // A flow that takes a key, whatever the provider's own.
        const flow = ["--stdin", "--flow", "api_key", ...flags];
        const command = await byCommand(one, [...login, ...flow], key);
        const library = await byLibrary(other, async (authsome) => {
          const made = await authsome.login(provider, {
            connection,
            flow: "api_key",
            apiKey: key,
            ...more,
          });
          return summary(made);
        });
        expectSame(
          [provider, connection, more],
          command,
          library,
          (answer: Record<string, unknown>) => [
            answer.provider,
            answer.connection_name,
            answer.auth_type,
          ],
        );
        noted.push(...library.noted);
      }
    }
    expect(noted.length).toBeGreaterThan(20);
  });
});

function summary({ provider, name, credential }: Connection): unknown {
  return [provider, name, credential.type];
}

test("a login without a way to ask the person says so", async () => {
  await using broker = await Broker.open(memoryRuntime());
  const reach = { interactive: false, say() {}, tell() {} };
  await expect(logIn(broker, { provider: "openai", reach })).rejects
    .toMatchObject({ code: "OperationNotAllowed", exitCode: 4 });
});

test("a definition is registered the same by command and library", () =>
  withTwins(async (one, other) => {
    const acme: ProviderDefinition = {
      schema_version: 1,
      name: "acme",
      display_name: "Acme",
      auth_type: "api_key",
      flow: "api_key",
      api_url: ["api.acme.example.com", "files.acme.example.com"],
      extra_routes: [],
    };
    const cases: [ProviderDefinition, force: boolean][] = [
      [acme, false],
      [acme, false],
      [{ ...acme, display_name: "Other" }, true],
      [{ ...acme, name: "openai" }, false],
      [{ ...acme, name: "openai" }, true],
      [{ ...acme, name: "local", api_url: "localhost" }, false],
      [
        { ...acme, name: "edit", export: { env: { EDITOR: "api_key" } } },
        false,
      ],
      [{ ...acme, name: "edit", export: { env: { EDITOR: "api_key" } } }, true],
      [{ ...acme, name: "No Name" }, false],
    ];
    const codes: number[] = [];
    for (const [definition, force] of cases) {
      const command = await byCommand(
        one,
        ["register", "-", "--yes", ...force ? ["--force"] : []],
        JSON.stringify(definition),
      );
      const library = await byLibrary(
        other,
        async (authsome) => {
          const { definition: { name } } = await authsome.registerProvider(
            definition,
            { force },
          );
          return name;
        },
      );
      // The command's messages name the file and the flag.
      expectSame(
        definition,
        { ...command, told: "" },
        { ...library, told: "" },
        ({ provider }: { provider: string }) => provider,
      );
      codes.push(library.code);
      expect(library.noted).toMatchObject(
        library.code === 0
          ? [{ event: "register", detail: [definition.api_url].flat().join() }]
          : [],
      );
      const inspect = ["inspect", definition.name];
      expect(await byCommand(other, inspect)).toEqual(
        await byCommand(one, inspect),
      );
    }
    expect(codes).toEqual([0, 7, 0, 7, 0, 4, 4, 0, 4]);
  }));
