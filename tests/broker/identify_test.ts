// What goes to a provider to learn whose credential it is, and what is believed of its answer. Its servers are functions.
import { expect } from "expect";
import { test } from "node:test";
import type { AuditEvent } from "../../lib/audit/event.ts";
import { identify } from "../../lib/broker/identify.ts";
import type { Credential } from "../../lib/connection/connection.ts";
import type { Candidate } from "../../lib/login/identity.ts";
import type { FetchInit } from "../../lib/ports/net.ts";
import type { ProviderDefinition } from "../../lib/provider/definition.ts";
import { credentialFields } from "../../lib/provider/credential_fields.ts";
import { needsBaseUrl } from "../../lib/provider/tenant.ts";
import { Secret } from "../../lib/secret.ts";
import { bundledProviders } from "../../providers/mod.ts";

interface Sent {
  url: URL;
  init: FetchInit;
}

const never = new AbortController().signal;

/** Asks with a network that is `answer`. */
async function ask(
  candidate: Candidate,
  answer: (sent: Sent) => Response | Promise<Response>,
  signal = never,
) {
  const sent: Sent[] = [];
  const events: AuditEvent[] = [];
  const identity = await identify(
    {
      profile: "default",
      audit: {
        record: (event) => events.push(event),
        flush: () => Promise.resolve(),
      },
      fetch: async (input, init: FetchInit = {}) => {
        const one = { url: new URL(String(input)), init };
        sent.push(one);
        return await answer(one);
      },
    },
    candidate,
    signal,
  );
  return { identity, sent, events };
}

function credentialFor(definition: ProviderDefinition): Credential {
  if (definition.auth_type === "api_key") {
    return {
      type: "api_key",
      fields: Object.fromEntries(
        credentialFields(definition).map((field) => [
          field,
          new Secret(`canary-${field.replaceAll("_", "-")}`),
        ]),
      ),
    };
  }
  return {
    type: "oauth2",
    accessToken: new Secret("canary-access-token"),
    refreshToken: new Secret("canary-refresh-token"),
    scopes: [],
    requestedScopes: [],
    captured: {
      api_domain: "https://acme.pipedrive.com",
      host: "app-eu.wrike.com",
    },
  };
}

const definitionOf = (name: string): ProviderDefinition =>
  JSON.parse(bundledProviders.text(name)!);

function candidateOf(name: string, baseUrl?: string): Candidate {
  const definition = definitionOf(name);
  const base = baseUrl ??
    (needsBaseUrl(definition) ? "https://team.acme.com" : undefined);
  return {
    definition,
    name: "default",
    credential: credentialFor(definition),
    clientId: "client-1",
    ...base === undefined ? {} : { baseUrl: base },
  };
}

const ASKING = bundledProviders.names.filter((name) =>
  definitionOf(name).whoami
);

test("every bundled definition that asks sends one request, with its credential, where it says", async () => {
  expect(ASKING.length).toBeGreaterThan(100);
  for (const name of ASKING) {
    const candidate = candidateOf(name);
    const { sent, events } = await ask(candidate, () => Response.json({}));
    expect([name, sent.length]).toEqual([name, 1]);
    const [{ url, init }] = sent as [Sent];
    expect([name, url.protocol, url.port]).toEqual([name, "https:", ""]);
    // The part that stands in the address shows up in it, the others in a header.
    const { authorization = "", ...headers } = Object.fromEntries(
      new Headers(init.headers),
    );
    const carried = [
      decodeURIComponent(url.href),
      ...Object.values(headers),
      authorization.startsWith("Basic ")
        ? atob(authorization.slice(6))
        : authorization,
    ].join("\n");
    // A signed request carries no secret, and the one that is not shown is never sent.
    expect([name, carried.includes("canary-")]).toEqual([name, true]);
    expect(carried).not.toContain("canary-refresh-token");
    expect(carried).not.toContain("authsome-proxy-managed");
    expect([name, init.redirect, init.method]).toEqual([
      name,
      "manual",
      candidate.definition.whoami!.method ?? "GET",
    ]);
    // Only a host that the person named may be on a private network.
    const named = candidate.baseUrl !== undefined &&
      url.hostname.endsWith(new URL(candidate.baseUrl).hostname);
    const expected = named ? undefined : true;
    expect([name, init.publicOnly]).toEqual([name, expected]);
    expect(JSON.stringify(events)).not.toContain("canary-");
    expect(events).toEqual([
      expect.objectContaining({ event: "inject", provider: name, ok: true }),
    ]);
  }
});

test("a tenant of one's own is asked itself, and the public server is not", async () => {
  const places = {
    github: "https://github.acme.com/api/v3/user",
    gitlab: "https://github.acme.com/api/v4/user",
    langfuse: "https://github.acme.com/api/public/projects",
  };
  for (const [name, place] of Object.entries(places)) {
    const { sent } = await ask(
      candidateOf(name, "https://github.acme.com"),
      () => Response.json({}),
    );
    expect(sent.map(({ url }) => url.href)).toEqual([place]);
  }
  const mounted = await ask(
    candidateOf("gitlab", "https://acme.com/git"),
    () => Response.json({}),
  );
  expect(mounted.sent[0]!.url.href).toBe("https://acme.com/git/api/v4/user");
});

test("a request that would make a new credential, or that no route serves, is not sent", async () => {
  const { definition, ...candidate } = candidateOf("github");
  for (const url of ["api.github.com/user/keys", "evil.com/user"]) {
    const whoami = { method: "POST" as const, url };
    const { sent, identity } = await ask(
      { ...candidate, definition: { ...definition, whoami } },
      () => Response.json({}),
    );
    expect([url, sent]).toEqual([url, []]);
    expect(identity?.kind).not.toBe("accepted");
  }
});

const HOSTILE: [string, unknown, string | undefined][] = [
  ["control characters", "al\u001b[2Jice", "@al\\u{1b}[2Jice"],
  ["line breaks", "al\r\nice", "@al ice"],
  ["bidirectional marks", "al\u202eice", "@al\\u{202e}ice"],
  ["what is not seen", "al\u200bice", "@al\\u{200b}ice"],
  ["letters that look alike", "\u0430lice", "@\\u{430}lice"],
  ["half a character", "al\ud800ice", "@al\ufffdice"],
  ["a whole alphabet", "Алиса", "@Алиса"],
  ["the prefix itself", "@alice", "@alice"],
  ["a number", 42, "@42"],
  ["a length", "x".repeat(5000), `@${"x".repeat(98)}…`],
  ["nothing", " \n", undefined],
  ["another type", { toString: "x" }, undefined],
  ["a list", ["alice"], undefined],
  ["the credential", "I am canary-access-token", undefined],
  ["a part of it", "canary-access", undefined],
  ["a long one", `canary-access-token${"x".repeat(5000)}`, undefined],
];

test("an account's name is one short line without a disguise or a secret", async () => {
  for (const [what, login, shown] of HOSTILE) {
    const { identity } = await ask(
      candidateOf("github"),
      () => Response.json({ login }),
    );
    expect([what, identity]).toEqual([
      what,
      shown === undefined
        ? { kind: "unknown", why: "the response of github names no account" }
        : { kind: "accepted", account: shown },
    ]);
  }
});

test("a status refuses a key only where the definition is certain of it", async () => {
  const cases: [string, number, unknown, string][] = [
    ["npm", 401, {}, "refused"],
    ["npm", 403, {}, "unknown"],
    ["npm", 500, {}, "unknown"],
    ["npm", 302, null, "unknown"],
    ["openai", 401, { error: { code: "invalid_api_key" } }, "refused"],
    // A restricted key that may not list models.
    ["openai", 401, { error: { code: null } }, "unknown"],
    ["openai", 200, { data: [] }, "accepted"],
    ["datadog", 403, {}, "refused"],
    ["slack-bot", 200, { ok: false, error: "invalid_auth" }, "refused"],
    ["slack-bot", 200, { ok: false, error: "ratelimited" }, "unknown"],
    ["slack-bot", 200, { ok: true, user: "bot" }, "accepted"],
    ["telegram-bot", 404, { ok: false }, "refused"],
    // Keys of its other regions are not known here.
    ["mailgun", 401, {}, "unknown"],
  ];
  for (const [name, status, body, kind] of cases) {
    const { identity } = await ask(
      candidateOf(name),
      () =>
        new Response(body === null ? null : JSON.stringify(body), { status }),
    );
    expect([name, status, identity?.kind]).toEqual([name, status, kind]);
  }
});

test("a name server or a network that does not answer ends with the login", async () => {
  const controller = new AbortController();
  const reason = new Error("given up");
  const asked = ask(
    candidateOf("github"),
    () => {
      controller.abort(reason);
      return new Promise<Response>(() => {});
    },
    controller.signal,
  );
  await expect(asked).rejects.toBe(reason);
  const { identity } = await ask(
    candidateOf("github"),
    () => Promise.reject(new TypeError("connection reset")),
  );
  expect(identity).toEqual({
    kind: "unknown",
    why: expect.stringContaining("cannot reach api.github.com"),
  });
});
