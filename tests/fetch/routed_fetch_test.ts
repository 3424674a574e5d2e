// Fetch with credentials over real TLS: what the API saw, what the caller saw, and what was refused.
import { expect } from "expect";
import { test } from "node:test";
import { logOut } from "../../lib/broker/ending/log_out.ts";
import { PLACEHOLDER } from "../../lib/placeholder.ts";
import { Secret } from "../../lib/secret.ts";
import { connect } from "../support/connected.ts";
import { leaks } from "../support/leaks.ts";
import { keyDefinition, withFetch } from "../support/proxy/routed_fetch.ts";
import { verifySignature } from "../support/servers/sigv4_verifier.ts";

const KEY = `sk-canary-${"k".repeat(12)}`;
const OPENAI = "api.openai.com";
const OTHER = "other.example.org";

const MAPS = keyDefinition("maps", "maps.example.com", [
  { kind: "query", name: "key", value: "{api_key}" },
]);
const BOT = keyDefinition("bot", "bot.example.com", [
  { kind: "path", template: "/bot{api_key}" },
]);

/** Everything that an error tells, its cause included. */
function told(error: unknown): string {
  return Deno.inspect(error, { depth: 10 }) + JSON.stringify(error) +
    String(error);
}

test("a routed request gets the credential, whatever the caller sent in its place; another gets none", () =>
  withFetch({
    hosts: [OPENAI, OTHER],
    handler: ({ headers }) =>
      Response.json({ authorization: headers.get("authorization") }),
  }, async ({ fetch, broker, audited }) => {
    await connect(broker, "openai", KEY);
    const sent: HeadersInit[] = [
      {},
      { Authorization: `Bearer ${PLACEHOLDER}` },
      { authorization: "Bearer something-else" },
    ];
    for (const headers of sent) {
      const response = await fetch(`https://${OPENAI}/v1/models?q=1`, {
        headers,
      });
      expect(await response.json()).toEqual({ authorization: `Bearer ${KEY}` });
      expect(response.url).toBe(`https://${OPENAI}/v1/models?q=1`);
    }
    const request = new Request(new URL(`https://${OTHER}/`));
    expect(await (await fetch(request)).json()).toEqual({
      authorization: null,
    });
    const [entry, ...more] = await audited();
    expect(entry).toMatchObject({
      event: "inject",
      provider: "openai",
      connection: "default",
      ok: true,
      status: 200,
      method: "GET",
      host: OPENAI,
      path: "/v1/models",
    });
    expect(more).toHaveLength(2);
  }));

test("bodies stream both ways", () =>
  withFetch({
    hosts: [OPENAI],
    handler: (request) => new Response(request.body),
  }, async ({ fetch, broker }) => {
    await connect(broker, "openai", KEY);
    // Each part is written only when the one before has come back: nothing may be held until the end.
    const { readable, writable } = new TransformStream<Uint8Array>();
    const writer = writable.getWriter();
    const sending = fetch(`https://${OPENAI}/v1/echo`, {
      method: "POST",
      body: readable,
      duplex: "half",
    } as RequestInit);
    writer.write(new TextEncoder().encode("part 0"));
    const response = await sending;
    const reader = response.body!.pipeThrough(new TextDecoderStream())
      .getReader();
    expect((await reader.read()).value).toBe("part 0");
    for (let part = 1; part <= 3; part++) {
      writer.write(new TextEncoder().encode(`part ${part}`));
      expect((await reader.read()).value).toBe(`part ${part}`);
    }
    await writer.close();
    expect((await reader.read()).done).toBe(true);
  }));

test("every kind of body arrives, with the type that the standard gives it", () =>
  withFetch({
    hosts: [OPENAI],
    handler: async ({ headers, body }) => {
      const type = headers.get("content-type");
      const received = new Response(await new Response(body).arrayBuffer(), {
        headers: type ? { "content-type": type } : {},
      });
      return Response.json({
        type: type?.replace(/boundary=.*/, ""),
        ...type?.startsWith("multipart/")
          ? { form: [...await received.formData()] }
          : { text: await received.text() },
      });
    },
  }, async ({ fetch, broker }) => {
    await connect(broker, "openai", KEY);
    const form = new FormData();
    form.set("a", "1");
    const send = async (body: BodyInit) =>
      await (await fetch(`https://${OPENAI}/`, { method: "POST", body }))
        .json();
    expect(await send("text")).toMatchObject({
      type: "text/plain;charset=UTF-8",
      text: "text",
    });
    expect(await send(new TextEncoder().encode("bytes"))).toMatchObject({
      text: "bytes",
    });
    expect(await send(new URLSearchParams({ a: "1" }))).toMatchObject({
      type: "application/x-www-form-urlencoded;charset=UTF-8",
      text: "a=1",
    });
    expect(await send(new Blob(["{}"], { type: "application/json" })))
      .toMatchObject({ type: "application/json", text: "{}" });
    expect(await send(form)).toMatchObject({
      type: "multipart/form-data; ",
      form: [["a", "1"]],
    });
    const request = new Request(`https://${OPENAI}/`, {
      method: "PUT",
      body: "of a Request",
    });
    expect(await (await fetch(request)).json()).toMatchObject({
      text: "of a Request",
    });
  }));

test("a credential in the query or the path is in no URL and no error that the caller sees", () =>
  withFetch({
    hosts: ["maps.example.com", "bot.example.com"],
    definitions: [MAPS, BOT],
    handler: async (request) => {
      const url = new URL(request.url);
      if (url.pathname === "/here") {
        return new Response(null, {
          status: 307,
          headers: { location: `/there${url.search}` },
        });
      }
      if (url.pathname === "/cut") {
        // It never ends.
        return new Response(
          new ReadableStream({
            start: (controller) =>
              controller.enqueue(new TextEncoder().encode("some")),
          }),
        );
      }
      return Response.json({
        path: url.pathname,
        query: url.search,
        body: await request.text(),
      });
    },
  }, async ({ fetch, broker, home, api, audited }) => {
    await connect(broker, "maps", KEY);
    await connect(broker, "bot", KEY);
    const found: string[] = [];
    const look = (place: string, response: Response) =>
      found.push(
        ...leaks(place, Deno.inspect(response), KEY),
        ...leaks(`clone of ${place}`, response.clone().url, KEY),
        ...leaks(`url of ${place}`, response.url, KEY),
      );
    const tile = await fetch("https://maps.example.com/tile?x=1&key=mine");
    look("query", tile);
    expect(tile.url).toBe("https://maps.example.com/tile?x=1&key=mine");
    expect(await tile.json()).toMatchObject({ query: `?x=1&key=${KEY}` });

    const me = await fetch(`https://bot.example.com/bot${PLACEHOLDER}/getMe`);
    look("path", me);
    expect(await me.json()).toMatchObject({ path: `/bot${KEY}/getMe` });

    // The server sends the key back in the redirect, as many do with the whole query.
    const there = await fetch("https://maps.example.com/here", {
      method: "POST",
      body: "again",
    });
    look("redirect", there);
    expect([there.redirected, there.url]).toEqual([
      true,
      `https://maps.example.com/there?key=${PLACEHOLDER}`,
    ]);
    expect(await there.json()).toEqual({
      path: "/there",
      query: `?key=${KEY}`,
      body: "again",
    });

    const cut = await fetch("https://maps.example.com/cut");
    look("cut", cut);
    const [broken] = await Promise.all([
      cut.text().catch((error) => error),
      api.close(),
    ]);
    expect(broken).toBeInstanceOf(Error);
    found.push(...leaks("broken body", told(broken), KEY));

    const gone = await fetch("https://maps.example.com/tile").catch((error) =>
      error
    );
    expect(gone).toMatchObject({
      code: "EndpointUnreachable",
      subject: { provider: "maps", connection: "default" },
    });
    found.push(...leaks("unreachable", told(gone), KEY));
    await audited();
    const log = Deno.readTextFileSync(`${home}/audit.log`);
    expect(log).toContain("getMe");
    found.push(...leaks("audit log", log, KEY));
    expect(found).toEqual([]);
  }));

test("redirects are followed as the standard says; another host gets no credential, not even on the way back", () =>
  withFetch({
    hosts: [OPENAI, "api.groq.com", OTHER],
    handler: async (request) => {
      const { pathname, host, searchParams } = new URL(request.url);
      const to = searchParams.get("to");
      if (to) {
        return new Response(null, {
          status: Number(pathname.slice(1)),
          headers: { location: to },
        });
      }
      return Response.json({
        host,
        method: request.method,
        authorization: request.headers.get("authorization"),
        cookie: request.headers.get("cookie"),
        type: request.headers.get("content-type"),
        body: await request.text(),
      });
    },
  }, async ({ fetch, broker, api }) => {
    await connect(broker, "openai", KEY);
    await connect(broker, "groq", `other-${KEY}`);
    const start = (status: number, to: string) =>
      `https://${OPENAI}/${status}?to=${encodeURIComponent(to)}`;
    const post: RequestInit = {
      method: "POST",
      body: "{}",
      headers: {
        "content-type": "application/json",
        authorization: `Bearer ${PLACEHOLDER}`,
        cookie: "mine",
      },
    };

    const same = await fetch(start(308, "/end"), post);
    expect([same.redirected, same.url]).toEqual([
      true,
      `https://${OPENAI}/end`,
    ]);
    expect(await same.json()).toMatchObject({
      method: "POST",
      authorization: `Bearer ${KEY}`,
      cookie: "mine",
      body: "{}",
    });
    const seeOther = await fetch(start(303, "/end"), post);
    expect(await seeOther.json()).toMatchObject({
      method: "GET",
      authorization: `Bearer ${KEY}`,
      type: null,
      body: "",
    });

    for (
      const elsewhere of [
        `https://${OTHER}/end`,
        // It is routed, but it was not the caller who asked for it.
        "https://api.groq.com/end",
        `https://${OTHER}/307?to=https://${OPENAI}/end`,
      ]
    ) {
      api.requests.length = 0;
      const response = await fetch(start(307, elsewhere), post);
      expect(response.redirected).toBe(true);
      expect(await response.json()).toMatchObject({
        method: "POST",
        authorization: null,
        cookie: null,
        body: "{}",
      });
      expect(
        api.requests.map(({ headers }) => headers.get("authorization")),
      ).toEqual([`Bearer ${KEY}`, ...api.requests.slice(1).map(() => null)]);
    }

    // What would carry the key to another host is not sent at all.
    await expect(fetch(start(302, `https://${OTHER}/?leak=${KEY}`))).rejects
      .toMatchObject({ code: "OperationNotAllowed" });
    for (const to of ["javascript:alert(1)", "http://", "file:///etc/passwd"]) {
      await expect(fetch(start(302, to))).rejects.toThrow(TypeError);
    }
    const manual = await fetch(start(302, "/end"), { redirect: "manual" });
    expect([manual.status, manual.headers.get("location")]).toEqual([
      302,
      "/end",
    ]);
    await manual.body?.cancel();
    await expect(fetch(start(302, "/end"), { redirect: "error" })).rejects
      .toThrow(TypeError);
    const streamed = {
      ...post,
      body: new Blob(["x"]).stream(),
      duplex: "half",
    };
    await expect(fetch(start(307, "/end"), streamed)).rejects.toThrow(
      "streamed",
    );
  }));

test("a circle of redirects ends", () =>
  withFetch({
    hosts: [OPENAI],
    handler: () =>
      new Response(null, { status: 302, headers: { location: "/again" } }),
  }, async ({ fetch, broker, api }) => {
    await connect(broker, "openai", KEY);
    await expect(fetch(`https://${OPENAI}/`)).rejects.toThrow("one too many");
    expect(api.requests).toHaveLength(21);
  }));

test("what the proxy would refuse is refused, and in the log; nothing is sent", () =>
  withFetch({
    hosts: [OPENAI, OTHER, "twin.example.com"],
    definitions: [
      keyDefinition("twin-a", "twin.example.com"),
      keyDefinition("twin-b", "twin.example.com"),
    ],
    handler: () => new Response("sent"),
  }, async ({ fetch, broker, api, audited }) => {
    await connect(broker, "openai", KEY);
    await connect(broker, "twin-a", KEY);
    await connect(broker, "twin-b", KEY);
    const bearer = { authorization: `Bearer ${PLACEHOLDER}` };
    const refusals: [string, RequestInit, string][] = [
      [`https://${OTHER}/`, { headers: bearer }, "placeholder_misplaced"],
      [`https://${OTHER}/?key=${PLACEHOLDER}`, {}, "placeholder_misplaced"],
      [
        `https://${OTHER}/`,
        { headers: { authorization: `Basic ${btoa(`x:${PLACEHOLDER}`)}` } },
        "placeholder_misplaced",
      ],
      // Plain http is given no credential.
      [`http://${OPENAI}/`, { headers: bearer }, "placeholder_misplaced"],
      [`https://${OPENAI}:8443/`, { headers: bearer }, "placeholder_misplaced"],
      [`https://${OPENAI}./`, { headers: bearer }, "placeholder_misplaced"],
      [
        `https://${OPENAI}/`,
        { headers: { "x-copy": PLACEHOLDER } },
        "placeholder_misplaced",
      ],
      ["https://twin.example.com/", {}, "tie"],
    ];
    for (const [url, init, reason] of refusals) {
      await expect(fetch(url, init)).rejects.toMatchObject({
        code: "OperationNotAllowed",
      });
      expect((await audited()).at(-1)).toMatchObject({
        event: "deny",
        ok: false,
        reason,
      });
    }
    expect([api.requests, api.tunnels]).toEqual([[], []]);
    await broker.preferences.prefer("twin-b", ["twin-a"]);
    expect(await (await fetch("https://twin.example.com/")).text()).toBe(
      "sent",
    );
  }));

test("a path that begins like the name of a host stays on its host, also after a redirect", () =>
  withFetch({
    hosts: [OPENAI, OTHER],
    handler: ({ url }) =>
      url.endsWith("/away")
        ? new Response(null, {
          status: 307,
          headers: { location: `https://${OPENAI}//${OTHER}/x` },
        })
        : new Response(url),
  }, async ({ fetch, broker, api }) => {
    await connect(broker, "openai", KEY);
    for (const path of [`//${OTHER}/x`, `///${OTHER}/x`, "/away"]) {
      const response = await fetch(`https://${OPENAI}${path}`);
      expect(new URL(await response.text()).host).toBe(OPENAI);
    }
    expect(api.tunnels.filter((to) => to.includes(OTHER))).toEqual([]);
  }));

test("a denial is in the log with its port and its status, as the proxy writes it", () =>
  withFetch({
    hosts: [OPENAI],
    definitions: [
      keyDefinition("twin-a", "https://twin.example.com:8443"),
      keyDefinition("twin-b", "https://twin.example.com:8443"),
    ],
    handler: () => new Response("sent"),
  }, async ({ fetch, broker, audited }) => {
    await connect(broker, "openai", KEY);
    await connect(broker, "twin-a", KEY);
    await connect(broker, "twin-b", KEY);
    const bearer = {
      headers: { authorization: `Bearer ${PLACEHOLDER}.nobody` },
    };
    const denied: [string, RequestInit, Record<string, unknown>][] = [
      [`https://${OPENAI}/`, bearer, {
        reason: "credential_missing",
        status: 401,
      }],
      [`http://${OPENAI}/`, bearer, {
        reason: "placeholder_misplaced",
        status: 403,
        port: 80,
      }],
      ["https://twin.example.com:8443/", {}, {
        reason: "tie",
        status: 403,
        port: 8443,
      }],
    ];
    for (const [url, init, entry] of denied) {
      await expect(fetch(url, init)).rejects.toThrow();
      const { event, reason, status, port } = (await audited()).at(-1)!;
      expect({ url, event, reason, status, port })
        .toEqual({ url, event: "deny", port: undefined, ...entry });
    }
  }));

test("a placeholder with a name takes that connection; a logout and a new default are seen at once", () =>
  withFetch({
    hosts: [OPENAI],
    handler: ({ headers }) => new Response(headers.get("authorization")),
  }, async ({ fetch, broker }) => {
    await connect(broker, "openai", KEY);
    await connect(broker, "openai", `work-${KEY}`, "work");
    const text = async (init?: RequestInit) =>
      await (await fetch(`https://${OPENAI}/`, init)).text();
    const work = { headers: { authorization: `Bearer ${PLACEHOLDER}.work` } };
    expect(await text()).toBe(`Bearer ${KEY}`);
    expect(await text(work)).toBe(`Bearer work-${KEY}`);
    await expect(text({
      headers: { authorization: `Bearer ${PLACEHOLDER}.nobody` },
    })).rejects.toMatchObject({ code: "CredentialMissing" });
    await broker.connections.setDefault("openai", "work");
    expect(await text()).toBe(`Bearer work-${KEY}`);
    await logOut(broker, "openai", "work");
    expect(await text()).toBe(`Bearer ${KEY}`);
    await expect(text(work)).rejects.toMatchObject({
      code: "CredentialMissing",
    });
  }));

test("a credential that does not fit is reported without its value, and an abort as an abort", () => {
  const late = Promise.withResolvers<Response>();
  return withFetch({
    hosts: [OPENAI],
    handler: () => late.promise,
  }, async ({ fetch, broker, api }) => {
    await connect(broker, "openai", `${KEY}\r\nx: y`);
    const misfit = await fetch(`https://${OPENAI}/`).catch((error) => error);
    expect(misfit).toMatchObject({
      code: "CredentialMissing",
      hint: "authsome login openai --force",
    });
    expect(leaks("misfit", told(misfit), KEY)).toEqual([]);
    expect(api.requests).toEqual([]);

    await connect(broker, "openai", KEY);
    const aborting = new AbortController();
    const waiting = fetch(`https://${OPENAI}/`, { signal: aborting.signal });
    for (let tries = 0; tries < 400 && api.requests.length === 0; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    aborting.abort(new Error("enough"));
    await expect(waiting).rejects.toThrow("enough");
    late.resolve(new Response("late"));
  });
});

test("a server with an untrusted certificate never gets the credential", () =>
  withFetch({
    hosts: [OPENAI],
    trusted: false,
    handler: () => new Response("never"),
  }, async ({ fetch, broker, api }) => {
    await connect(broker, "openai", KEY);
    const error = await fetch(`https://${OPENAI}/`).catch((error) => error);
    expect(error).toMatchObject({ code: "EndpointUnreachable" });
    expect(told(error)).toContain("certificate");
    expect(leaks("untrusted", told(error), KEY)).toEqual([]);
    expect([api.tunnels, api.requests]).toEqual([[`${OPENAI}:443`], []]);
  }));

test("a request to AWS is signed, and one that cannot be is refused", () => {
  const keys = {
    AKIACANARYCANARY1234: `secret/canary+${"k".repeat(26)}`,
  };
  const [accessKeyId, secretAccessKey] = Object.entries(keys)[0]!;
  const host = "sts.us-east-1.amazonaws.com";
  return withFetch({
    hosts: [host],
    handler: async (request) => {
      const { pathname, search } = new URL(request.url);
      const scope = verifySignature({
        method: request.method,
        target: pathname + search,
        headers: new Map([...request.headers, ["host", host]]),
        body: await request.text(),
      }, keys);
      return Response.json(scope);
    },
  }, async ({ fetch, broker }) => {
    await broker.connections.save({
      provider: "aws",
      name: "default",
      revision: 0,
      credential: {
        type: "api_key",
        fields: {
          access_key_id: new Secret(accessKeyId),
          secret_access_key: new Secret(secretAccessKey),
        },
      },
      state: "connected",
      createdAt: 1,
      updatedAt: 1,
    });
    const scope = { accessKeyId, region: "us-east-1", service: "sts" };
    const call = { Action: "GetCallerIdentity", Version: "2011-06-15" };
    const body = new URLSearchParams(call);
    const posted = await fetch(`https://${host}/`, { method: "POST", body });
    expect(await posted.json()).toEqual(scope);
    const got = await fetch(`https://${host}/?${body}`);
    expect(await got.json()).toEqual(scope);
    await expect(
      fetch(`https://${host}/`, {
        method: "POST",
        body: new Blob(["x"]).stream(),
        duplex: "half",
      } as RequestInit),
    ).rejects.toMatchObject({
      code: "OperationNotAllowed",
      subject: { provider: "aws", connection: "default" },
    });
  });
});

test("a placeholder in another place that the definition names is served, and any other is refused", () => {
  const definition = {
    ...keyDefinition("acme", "api.acme.com", [
      { kind: "header", name: "X-Key", value: "{api_key}" },
    ]),
    placeholder: "ak_authsome_proxy_managed",
    accepts: [
      { kind: "query" as const, name: "key" },
      { kind: "header" as const, name: "X-Copy", value: "{api_key}" },
    ],
  };
  return withFetch({
    hosts: ["api.acme.com"],
    definitions: [definition],
    handler: ({ url, headers }) => {
      const { search } = new URL(url);
      return search.includes("again")
        ? new Response(null, {
          status: 302,
          headers: { location: `/?seen=1&k=${headers.get("x-key")}` },
        })
        : Response.json([search, headers.get("x-key"), headers.get("x-copy")]);
    },
  }, async ({ fetch, broker }) => {
    await connect(broker, "acme", KEY);
    const form = "ak_authsome_proxy_managed";
    for (const text of [form, PLACEHOLDER, `${PLACEHOLDER}.default`]) {
      const response = await fetch(`https://api.acme.com/?a=1&key=${text}`, {
        headers: { "X-Copy": text },
      });
      expect(await response.json()).toEqual(["?a=1", KEY, KEY]);
    }
    await expect(fetch(`https://api.acme.com/?token=${form}`)).rejects.toThrow(
      "authsome_proxy_managed is in the request target, where no credential is injected; acme takes it in the header X-Key, the query parameter key, the header X-Copy",
    );
    // What the server put of the key into a redirect comes back in the form of its field.
    await expect(fetch("https://api.acme.com/?again")).rejects.toThrow(
      "authsome_proxy_managed is in the request target",
    );
  });
});
