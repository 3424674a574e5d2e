import { expect } from "expect";
import { test } from "node:test";
import { fetchText } from "../../../lib/cli/kit/download.ts";

/** A server that counts; `handler` sees the path. */
async function serve(
  handler: (path: string) => Response,
  body: (origin: string, seen: string[]) => Promise<void>,
): Promise<void> {
  const seen: string[] = [];
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      const { pathname } = new URL(request.url);
      seen.push(pathname);
      return handler(pathname);
    },
  );
  try {
    await body(`http://127.0.0.1:${server.addr.port}`, seen);
  } finally {
    await server.shutdown();
  }
}

const redirect = (location: string) =>
  new Response(null, { status: 302, headers: { location } });

test("fetchText() follows a few redirects and returns the text", () =>
  serve(
    (path) => path === "/a" ? redirect("/b") : new Response("é"),
    async (origin) => {
      expect(await fetchText(fetch, `${origin}/a`, 100)).toBe("é");
    },
  ));

test("fetchText() refuses what is too long, not found, endless or led away from https", () =>
  serve((path) => {
    if (path === "/long") return new Response("x".repeat(101));
    if (path === "/loop") return redirect("/loop");
    if (path === "/away") return redirect("http://example.com/x");
    return new Response("gone", { status: 404 });
  }, async (origin, seen) => {
    for (
      const [path, code] of [
        ["/long", "EndpointUnreachable"],
        ["/none", "EndpointUnreachable"],
        ["/loop", "EndpointUnreachable"],
        ["/away", "Usage"],
      ] as const
    ) {
      await expect(fetchText(fetch, origin + path, 100)).rejects
        .toMatchObject({ code });
    }
    expect(seen.filter((path) => path === "/loop")).toHaveLength(4);
  }));

test("fetchText() is led from https to no server of this machine", async () => {
  const asked: string[] = [];
  const away = (url: Request | URL | string) => {
    asked.push(String(url));
    return Promise.resolve(redirect("http://127.0.0.1:1/x"));
  };
  await expect(fetchText(away, "https://acme.example/x", 100)).rejects
    .toMatchObject({ code: "EndpointUnreachable" });
  expect(asked).toEqual(["https://acme.example/x"]);
});

test("fetchText() asks no server that it should not, and repeats no password", async () => {
  const never = () => Promise.reject(new Error("asked"));
  for (
    const url of [
      "http://example.com/x",
      "https://user:hunter2@example.com/x",
      "file:///etc/passwd",
      "https://",
    ]
  ) {
    const error = await fetchText(never, url, 100).catch((e) => e);
    expect(error).toMatchObject({ code: "Usage" });
    expect(error.message + error.hint).not.toContain("hunter2");
  }
});
