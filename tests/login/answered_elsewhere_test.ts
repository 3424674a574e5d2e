// Which connection, made meanwhile by another login, is what a login that waits was to make.
import { expect } from "expect";
import { test } from "node:test";
import type { Connection } from "../../lib/connection/connection.ts";
import {
  answeredElsewhere,
  serves,
} from "../../lib/login/together/answered_elsewhere.ts";
import type { LoginConversation } from "../../lib/ports/conversation.ts";
import { Secret } from "../../lib/secret.ts";

const NOW = 1_700_000_000_000;

function connection(change: Partial<Connection> = {}): Connection {
  return {
    provider: "acme",
    name: "default",
    revision: 7,
    credential: {
      type: "oauth2",
      accessToken: new Secret("at"),
      scopes: ["read"],
      requestedScopes: ["read", "write"],
      captured: {},
      clientId: "client",
    },
    state: "connected",
    loggedInAt: NOW,
    createdAt: NOW,
    updatedAt: NOW,
    ...change,
  };
}

const KEY: Partial<Connection> = {
  credential: { type: "api_key", fields: { api_key: new Secret("k") } },
};
const BEFORE = connection({ revision: 3, loggedInAt: NOW - 60_000 });

type Asked = Parameters<typeof serves>[1];

const CASES: [boolean, string, Connection, Partial<Asked>][] = [
  [true, "there was none", connection(), {}],
  [
    true,
    "the one before was revoked",
    connection({ loggedInAt: NOW - 60_000 }),
    {
      existing: { ...BEFORE, state: "revoked" },
    },
  ],
  [true, "a login replaced it", connection(), { existing: BEFORE }],
  [
    false,
    "it was refreshed",
    connection({ loggedInAt: BEFORE.loggedInAt! }),
    { existing: BEFORE },
  ],
  [false, "it is the same", connection({ revision: 3 }), { existing: BEFORE }],
  [false, "it was refused meanwhile", connection({ state: "invalid" }), {}],
  [false, "it is another tenant's", connection({ baseUrl: "https://b" }), {
    baseUrl: "https://a",
  }],
  [true, "it is this tenant's", connection({ baseUrl: "https://a" }), {
    baseUrl: "https://a",
  }],
  [true, "it was asked for these scopes", connection(), {
    options: { scopes: ["write"] },
  }],
  [false, "it was not asked for a scope", connection(), {
    options: { scopes: ["read", "admin"] },
  }],
  [true, "it has this client", connection(), {
    options: { clientId: "client" },
  }],
  [false, "it has another client", connection(), {
    options: { clientId: "other" },
  }],
  [false, "another client is wanted", connection(), {
    options: { resetClient: true },
  }],
  [false, "a key was wanted", connection(), { isKey: true }],
  [true, "a key came", connection(KEY), { isKey: true }],
  [false, "a key came where a token was wanted", connection(KEY), {}],
];

for (const [served, what, made, change] of CASES) {
  test(`a login that waits is ${served ? "" : "not "}served where ${what}`, () => {
    expect(serves(made, {
      options: {},
      isKey: false,
      existing: undefined,
      baseUrl: undefined,
      startedAt: NOW - 1_000,
      now: NOW + 1_000,
      ...change,
    })).toBe(served);
  });
}

test("nothing is looked at before a question and after its answer", async () => {
  let looks = 0;
  const elsewhere = answeredElsewhere(() => {
    looks++;
    return Promise.resolve(connection());
  });
  const conversation = elsewhere.watching({
    askClient: () => Promise.resolve({ clientId: "typed" }),
  } as unknown as LoginConversation);
  await conversation.askClient({} as never);
  await new Promise((resolve) => setTimeout(resolve, 700));
  expect([looks, elsewhere.signal.aborted]).toEqual([0, false]);
  await elsewhere.look();
  expect([looks, elsewhere.connection?.revision]).toEqual([1, 7]);
  expect(elsewhere.signal.aborted).toBe(true);
});

test("a question that is open ends, and a store that is busy is asked again", async () => {
  let looks = 0;
  const elsewhere = answeredElsewhere(() =>
    ++looks < 2
      ? Promise.reject(new Error("busy"))
      : Promise.resolve(connection())
  );
  const conversation = elsewhere.watching({
    authorize: () =>
      new Promise((_, reject) =>
        elsewhere.signal.addEventListener(
          "abort",
          () => reject(elsewhere.signal.reason),
        )
      ),
  } as unknown as LoginConversation);
  await expect(conversation.authorize(new URL("https://a"), () => true)).rejects
    .toMatchObject({ code: "InputCancelled" });
  expect(looks).toBe(2);
});
