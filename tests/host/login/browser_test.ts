import { expect } from "expect";
import { test } from "node:test";
import {
  browserReaches,
  openers,
  systemBrowser,
} from "../../../lib/host/login/browser.ts";
import type { Env } from "../../../lib/ports/system.ts";

const env = (variables: Record<string, string>): Env => ({
  get: (name) => variables[name],
  toObject: () => variables,
});
const URL_WITH_TRICKS = "https://acme.test/?a=$(touch+x)&b=`id`;%s";

test("openers() makes argument lists, never shell text", () => {
  expect(openers(URL_WITH_TRICKS, env({}), "linux")[0]).toEqual([
    "xdg-open",
    URL_WITH_TRICKS,
  ]);
  expect(openers(URL_WITH_TRICKS, env({}), "darwin")).toEqual([
    ["open", URL_WITH_TRICKS],
  ]);
  expect(openers(URL_WITH_TRICKS, env({}), "windows")).toEqual([
    [
      "C:\\Windows\\System32\\rundll32.exe",
      "url.dll,FileProtocolHandler",
      URL_WITH_TRICKS,
    ],
  ]);
  expect(
    openers(
      URL_WITH_TRICKS,
      env({ BROWSER: "firefox --new-window %s:w3m" }),
      "linux",
    ),
  ).toEqual([["firefox", "--new-window", URL_WITH_TRICKS], [
    "w3m",
    URL_WITH_TRICKS,
  ]]);
});

test("systemBrowser() hands http and https to BROWSER as one argument, and nothing else to anybody", async () => {
  const folder = await Deno.makeTempDir({ prefix: "authsome browser " });
  try {
    const program = `${folder}/browser`;
    const out = `${folder}/out`;
    await Deno.writeTextFile(
      program,
      `#!/bin/sh\nprintf '%s|' "$#" "$1" "$AUTHSOME_PASSPHRASE" > "$OUT.new" && mv "$OUT.new" "$OUT"\n`,
      { mode: 0o700 },
    );
    const browser = systemBrowser(env({
      BROWSER: program,
      OUT: out,
      PATH: Deno.env.get("PATH")!,
      AUTHSOME_PASSPHRASE: "canary",
    }));
    for (
      const url of [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "--version",
        "",
        "ftp://a.test/",
      ]
    ) {
      expect(await browser.open(url)).toBe(false);
    }
    expect(() => Deno.statSync(out)).toThrow();
    expect(await browser.open("https://acme.test/$(id)")).toBe(true);
    expect(await Deno.readTextFile(out)).toBe("1|https://acme.test/$(id)||");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

test("systemBrowser() says when there is no browser to start", async () => {
  for (const BROWSER of ["/nowhere/browser", "false"]) {
    const browser = systemBrowser(
      env({ BROWSER, PATH: Deno.env.get("PATH")! }),
    );
    expect(await browser.open("https://acme.test/")).toBe(false);
  }
});

test("browserReaches() is false where no person would see the page", () => {
  const cases: [Record<string, string>, "linux" | "darwin", boolean][] = [
    [{}, "linux", false],
    [{ DISPLAY: ":0" }, "linux", true],
    [{ WAYLAND_DISPLAY: "wayland-0" }, "linux", true],
    [{ DISPLAY: ":0", AUTHSOME_NO_BROWSER: "1" }, "linux", false],
    [{ BROWSER: "w3m" }, "linux", true],
    [{ BROWSER: "w3m", AUTHSOME_NO_BROWSER: "1" }, "linux", false],
    [{}, "darwin", true],
    [{ SSH_CONNECTION: "a 1 b 2" }, "darwin", false],
    [{ CI: "true" }, "darwin", false],
  ];
  for (const [variables, os, expected] of cases) {
    expect([variables, os, browserReaches(env(variables), os)])
      .toEqual([variables, os, expected]);
  }
});
