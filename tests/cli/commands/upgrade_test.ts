import { expect } from "expect";
import { test } from "node:test";
import { VERSION } from "../../../lib/version.ts";
import { installers } from "../../../scripts/release/installers.ts";
import { Session } from "../../support/terminal/terminal_script.ts";

/** A server of release indexes that counts. */
async function withIndexes(
  body: (
    check: (path: string) => ReturnType<Session["run"]>,
    seen: string[],
  ) => Promise<void>,
) {
  const seen: string[] = [];
  const made = await installers({
    version: "99.0.0",
    baseUrl: "https://x.example",
    homepage: "https://x.example",
    checksums: new Map(),
  });
  const indexes: Record<string, string> = {
    "/newer": made.get("index.json")!,
    "/same": JSON.stringify({ v: 1, version: VERSION }),
    "/older": JSON.stringify({ v: 1, version: "0.0.9" }),
    "/strange": JSON.stringify({ v: 1, version: "1.0.0\u001b[2J" }),
    "/text": "hello",
  };
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    (request) => {
      const { pathname } = new URL(request.url);
      seen.push(pathname);
      const text = indexes[pathname];
      return new Response(text ?? "", { status: text ? 200 : 404 });
    },
  );
  await using session = await Session.open();
  try {
    await body((path) =>
      session.run("authsome upgrade --check", {
        env: path
          ? {
            AUTHSOME_RELEASE_INDEX:
              `http://127.0.0.1:${server.addr.port}${path}`,
          }
          : {},
      }), seen);
    // Nothing of this needs a home.
    expect((await session.run("ls")).stdout).toBe("bin\n");
  } finally {
    await server.shutdown();
  }
}

test("upgrade --check says whether the index names a newer version", () =>
  withIndexes(async (check, seen) => {
    expect((await check("/newer")).stdout)
      .toBe(`authsome 99.0.0 is available; this is ${VERSION}\n`);
    expect((await check("/same")).stdout)
      .toBe(`authsome ${VERSION} is the latest version\n`);
    expect((await check("/older")).stdout)
      .toBe(`authsome ${VERSION} is the latest version\n`);
    expect(seen).toEqual(["/newer", "/same", "/older"]);
  }));

test("upgrade asks only the index that is named, and refuses odd answers", () =>
  withIndexes(async (check, seen) => {
    const off = await check("");
    expect([off.code, seen]).toEqual([4, []]);
    expect(off.stderr).toContain(
      "AUTHSOME_RELEASE_INDEX is not set",
    );
    for (const path of ["/strange", "/text"]) {
      const { code, stdout, stderr } = await check(path);
      expect([code, stdout]).toEqual([8, ""]);
      expect(stderr).toContain("it contains no version");
    }
    const gone = await check("/gone");
    expect(gone.code).toBe(8);
    expect(gone.stderr).toContain("Cannot fetch the release index from");
  }));
