// The local page of a real home: what it reads, what it does, and that no secret of any kind is ever in it.
import { expect } from "expect";
import { test } from "node:test";
import { approvalDesk } from "../../../lib/broker/approval/approval_desk_of.ts";
import { Broker } from "../../../lib/broker/broker.ts";
import { openRuntime } from "../../../lib/host/wiring.ts";
import { Secret } from "../../../lib/secret.ts";
import { freePort } from "../../support/free_port.ts";
import { connect, connectFields, withBroker } from "../../support/connected.ts";
import { withHome } from "../../support/home.ts";
import { askingRun } from "../../support/page/asking_run.ts";
import { leaks } from "../../support/leaks.ts";
import { approval } from "../../page/local_page.ts";
import { servePage } from "./served_page.ts";

const PAGES = [
  ...["/", "/providers", "/runs", "/approvals", "/log", "/log?ok=false"],
  ...["/rules", "/profiles", "/doctor", "/page.js", "/alive", "/nothing"],
];

function withPage(
  body: (
    page: Awaited<ReturnType<typeof servePage>>,
    broker: Broker,
  ) => Promise<void>,
  more: Parameters<typeof servePage>[1] = {},
): Promise<void> {
  return withHome((home) =>
    withBroker(home, async (broker) => {
      await connect(broker, "groq", "gsk_canary-first");
      await connect(broker, "groq", "gsk_canary-second", "work");
      const page = await servePage(broker, more);
      try {
        await body(page, broker);
      } finally {
        await page.stop();
      }
    })
  );
}

test("connections are shown with their last use, made default and deleted", () =>
  withPage(async (page, broker) => {
    broker.audit.record({
      event: "inject",
      profile: "default",
      provider: "groq",
      connection: "work",
      ok: true,
      method: "GET",
      host: "api.groq.com",
      path: "/v1",
      status: 200,
    });
    await broker.audit.flush();
    const shown = await page.get("/");
    expect(shown).toContain("groq/default");
    expect(shown).toContain("Last used");
    expect(await page.post("default", { provider: "groq", connection: "work" }))
      .toContain("The default of groq is &quot;work&quot;.");
    expect(await broker.connections.defaultName("groq")).toBe("work");
    expect(await page.post("logout", { provider: "groq", connection: "work" }))
      .toContain("Deleted connection groq/work.");
    expect((await broker.connections.names("groq")).map(({ name }) => name))
      .toEqual(["default"]);
    // It is told to a page that is open.
    const events = page.events("/", "No such thing");
    const seen = page.events("/", "Nothing is connected");
    await page.post("logout", { provider: "groq", connection: "default" });
    expect(await seen).toContain("event: part");
    void events.catch(() => {});
    const gone = await page.post("logout", {
      provider: "groq",
      connection: "default",
    });
    expect(gone).toContain("Cannot find connection groq/default");
    await broker.audit.flush();
    expect(await page.get("/log?event=logout")).toContain("groq/work");
  }));

test("another profile is shown with its own connections", () =>
  withPage(async (page, broker) => {
    await broker.profiles.create("work");
    expect(await page.get("/profiles")).toContain("<bdi>work</bdi>");
    await page.post("show", { profile: "work" });
    const other = await page.get("/");
    expect(other).toContain("Nothing is connected");
    expect(other).not.toContain("groq/default");
    expect(await page.post("show", { profile: "nobody" }))
      .toContain("There is no such profile");
    await page.post("show", { profile: "default" });
    expect(await page.get("/")).toContain("groq/default");
  }));

test("the log is filtered and gone through from its end, and what is added is told", () =>
  withPage(async (page, broker) => {
    for (let index = 1; index <= 450; index++) {
      broker.audit.record({
        event: index % 3 ? "inject" : "deny",
        profile: "default",
        provider: "groq",
        connection: "default",
        ok: index % 3 > 0,
        method: "GET",
        host: index % 2 ? "api.groq.com" : "other.example.com",
        path: `/number-${index}-`,
        status: 200,
      });
      if (index % 100 === 0) await broker.audit.flush();
    }
    await broker.audit.flush();
    const rows = (html: string) => html.match(/\/number-\d+-/g) ?? [];
    const first = await page.get("/log");
    expect(rows(first)[0]).toBe("/number-450-");
    expect(rows(first)).toHaveLength(200);
    const older = /href="(\/log\?before=\d+)"/.exec(first)![1]!;
    expect(rows(await page.get(older))[0]).toBe("/number-250-");
    expect(rows(await page.get("/log?ok=false&n=10000"))).toHaveLength(150);
    expect(rows(await page.get("/log?host=OTHER&n=10"))).toHaveLength(10);
    expect(rows(await page.get("/log?event=deny&host=groq&n=1")))
      .toEqual(["/number-447-"]);
    expect(rows(await page.get("/log?provider=openai"))).toEqual([]);
    expect(rows(await page.get("/log?n=9e9&before=-1&ok=maybe")))
      .toHaveLength(200);
    const told = page.events("/log", "/late");
    await new Promise((resolve) => setTimeout(resolve, 400));
    broker.audit.record({
      event: "inject",
      profile: "default",
      ok: true,
      host: "api.groq.com",
      path: "/late",
    });
    await broker.audit.flush();
    expect(await told).toContain("event: row");
  }));

test("a request that waits is answered once, for what was shown", {
  skip: Deno.build.os === "linux" ? false : "it looks into /proc",
}, () =>
  withPage(async (page, broker) => {
    await using run = await askingRun(broker);
    const ask = (id: string) =>
      run.ask(approval({
        id,
        at: Date.now(),
        expires: Date.now() + 60_000,
      }));
    const one = ask("A".repeat(22));
    expect(await page.events("/approvals", "/repos/me/work/issues"))
      .toContain('"count":1');
    const fields = { id: "A".repeat(22), digest: "d".repeat(64) };
    expect(
      await page.post("answer", {
        ...fields,
        digest: "e".repeat(64),
        answer: "allow",
      }),
    ).toContain("another request");
    expect(await page.post("answer", { ...fields, answer: "10m" }))
      .toContain("Allowed for 10 minutes.");
    expect(await one).toMatchObject({
      decision: "allow",
      scope: "10m",
      by: "page",
    });
    const again = await page.post("answer", { ...fields, answer: "allow" });
    expect(again).toContain("note bad");
    const two = ask("B".repeat(22));
    await page.events("/approvals", "/repos/me/work/issues");
    await page.post("answer", {
      id: "B".repeat(22),
      digest: "d".repeat(64),
      answer: "deny",
    });
    expect(await two).toMatchObject({ decision: "deny", scope: "once" });
  }));

test("a login leads to the page of the login, as authsome login makes it", async () => {
  const port = freePort();
  const before = Deno.env.get("AUTHSOME_PORT");
  Deno.env.set("AUTHSOME_PORT", String(port));
  try {
    await withPage(async (page) => {
      const led = await page.post("login", { provider: "openai" });
      const url =
        /url=(http:\/\/127\.0\.0\.1:\d+\/login\/[\w-]+)/.exec(led)![1];
      expect(url).toContain(`:${port}/`);
      expect(await (await fetch(url!)).text()).toContain("OpenAI");
      // One of a name that is there is said, and no page waits for it.
      const there = await page.post("login", { provider: "groq" });
      expect(there).toContain("authsome login groq --force");
      expect(there).not.toContain("http-equiv");
      expect(await page.post("login", { provider: "../nobody" }))
        .toContain("There is no such provider");
    });
  } finally {
    if (before === undefined) Deno.env.delete("AUTHSOME_PORT");
    else Deno.env.set("AUTHSOME_PORT", before);
  }
});

test("it ends by itself when nobody uses it, and frees its port", () =>
  withHome((home) =>
    withBroker(home, async (broker) => {
      const page = await servePage(broker, { idleMs: 400 });
      expect(await page.ended).toBe("idle");
      await expect(fetch(page.origin)).rejects.toThrow();
    })
  ));

test("a home without a vault is shown, and stays without one", () =>
  withHome((home) =>
    withBroker(`${home}/new`, async (broker) => {
      const page = await servePage(broker);
      for (const path of PAGES) await page.get(path);
      await page.stop();
      expect([...Deno.readDirSync(home)].map(({ name }) => name))
        .not.toContain("new");
    })
  ));

test("below a run there is no page", () =>
  withHome(async (home) => {
    const runtime = await openRuntime({ home });
    const env = {
      get: (name: string) =>
        name === "AUTHSOME_PROXY_MODE" ? "true" : undefined,
      toObject: () => ({ AUTHSOME_PROXY_MODE: "true" }),
    };
    const broker = await Broker.open({ ...runtime, env });
    await expect(servePage(broker)).rejects.toMatchObject({
      code: "OperationNotAllowed",
    });
    await broker.close();
  }));

test("no secret of any kind is in any page, event or answer", async () => {
  const secrets: string[] = [];
  const canary = (kind: string) => {
    const secret = `${kind}-canary+/${
      crypto.getRandomValues(new Uint8Array(12)).toHex()
    }=~`;
    secrets.push(secret);
    return new Secret(secret);
  };
  await withHome((home) =>
    withBroker(home, async (broker) => {
      const { connections, clock } = broker;
      const times = { createdAt: clock.now(), updatedAt: clock.now() };
      const stored = { revision: 0, state: "connected" as const, ...times };
      await connect(broker, "openai", canary("key").reveal());
      await connectFields(broker, "twilio", {
        account_sid: canary("sid").reveal(),
        auth_token: canary("token").reveal(),
      });
      await connections.save({
        ...{ provider: "github", name: "default", ...stored },
        account: "octocat",
        credential: {
          type: "oauth2",
          accessToken: canary("access"),
          refreshToken: canary("refresh"),
          expiresAt: clock.now() + 60_000,
          scopes: ["repo"],
          requestedScopes: [],
          captured: {},
        },
      });
      await connections.save({
        ...{ provider: "aws-role", name: "default", ...stored },
        credential: {
          type: "api_key",
          fields: {
            access_key_id: canary("minted-id"),
            secret_access_key: canary("minted"),
            session_token: canary("session"),
          },
          source: { role_arn: canary("source") },
          expiresAt: clock.now() - 1,
        },
      });
      await connections.saveClient(
        {
          ...{ provider: "github", clientId: "client", ...times },
          clientSecret: canary("client"),
          revision: 0,
          scopes: [],
        } as unknown as Parameters<typeof connections.saveClient>[0],
      );
      await connections.save({
        ...{ provider: "stripe", name: "default", ...stored },
        state: "invalid",
        credential: { type: "api_key", fields: { api_key: canary("invalid") } },
      });
      // A key that was put where none belongs: the log and approvals replace it themselves.
      broker.audit.record({
        event: "deny",
        profile: "default",
        provider: "openai",
        connection: "default",
        ok: false,
        reason: "placeholder_misplaced",
        host: "api.openai.com",
        path: "/v1",
        status: 403,
      });
      await broker.audit.flush();
      const desk = await approvalDesk(broker);
      const asked = new AbortController();
      const waits = desk.ask(
        approval({ at: Date.now(), expires: Date.now() + 60_000 }),
        asked.signal,
      );
      const page = await servePage(broker);
      const found: string[] = [];
      const look = (place: string, text: string) => {
        for (const secret of secrets) found.push(...leaks(place, text, secret));
        return text;
      };
      for (const path of PAGES) look(path, await page.get(path));
      const shown = look("/", await page.get("/"));
      for (const name of ["openai", "twilio", "github", "aws-role", "stripe"]) {
        expect(shown).toContain(`${name}/default`);
      }
      for (
        const [place, until] of [
          ["/", "event: part"],
          ["/approvals", "event: part"],
          ["/runs", "event: count"],
          ["/log", "event: count"],
        ] as const
      ) look(place, await page.events(place, until));
      for (
        const [act, fields] of [
          ["default", { provider: "openai", connection: "default" }],
          ["revoke", { provider: "stripe", connection: "default" }],
          ["logout", { provider: "twilio", connection: "default" }],
          ["verify", {}],
          ["test", { method: "GET", url: "https://api.openai.com/v1/models" }],
          ["answer", { id: "x", digest: "y", answer: "allow" }],
        ] as const
      ) look(act, await page.post(act, fields));
      look("said", page.said.join("\n"));
      asked.abort();
      await waits;
      await page.stop();
      expect(found).toEqual([]);
      expect(secrets.length).toBeGreaterThan(9);
    })
  );
});
