// What `approval` in config.json may say of phones.
import { expect } from "expect";
import { test } from "node:test";
import { readRemoteSettings } from "../../../lib/approval/remote/remote_settings.ts";

test("what can be used is read", () => {
  expect(readRemoteSettings(undefined)).toEqual({});
  expect(readRemoteSettings({ timeout: 60 })).toEqual({});
  expect(readRemoteSettings({
    ntfy: { server: "https://ntfy.example.com/", connection: "ntfy/home" },
    page: "https://me.example.com/approve.html",
    listen: { address: "127.0.0.1:9321" },
  })).toEqual({
    ntfy: {
      server: "https://ntfy.example.com",
      connection: { provider: "ntfy", name: "home" },
    },
    page: "https://me.example.com/approve.html",
    listen: { host: "127.0.0.1", port: 9321, url: "http://127.0.0.1:9321" },
  });
  expect(readRemoteSettings({
    ntfy: { server: "http://127.0.0.1:2586/push" },
    page: "file:///home/kay/approve.html",
    listen: { address: "[::1]:9321", url: "https://box.example.com/a/" },
  })).toEqual({
    ntfy: { server: "http://127.0.0.1:2586/push" },
    page: "file:///home/kay/approve.html",
    listen: { host: "::1", port: 9321, url: "https://box.example.com/a" },
  });
});

const BAD:
  readonly (readonly [value: unknown, field: string, problem: RegExp])[] = [
    [[], "", /not an object/],
    [{ ntfy: "https://ntfy.sh" }, "ntfy", /not an object/],
    [{ ntfy: {} }, "ntfy.server", /not a URL/],
    [{ ntfy: { server: "ntfy.sh" } }, "ntfy.server", /not a URL/],
    [{ ntfy: { server: "ftp://ntfy.sh" } }, "ntfy.server", /neither/],
    [{ ntfy: { server: "http://ntfy.sh" } }, "ntfy.server", /use https/],
    [{ ntfy: { server: "http://10.0.0.1" } }, "ntfy.server", /use https/],
    [{ ntfy: { server: "https://a:b@ntfy.sh" } }, "ntfy.server", /password/],
    [{ ntfy: { server: "https://ntfy.sh/?auth=x" } }, "ntfy.server", /query/],
    [
      { ntfy: { server: "https://ntfy.sh", token: "tk_1" } },
      "ntfy",
      /other fields/,
    ],
    [
      { ntfy: { server: "https://ntfy.sh", connection: "a/b/c" } },
      "ntfy.connection",
      /neither/,
    ],
    [
      { ntfy: { server: "http://127.0.0.1:1", connection: "a" } },
      "ntfy.connection",
      /https alone/,
    ],
    [{ page: 1 }, "page", /not a URL/],
    [{ page: "approve.html" }, "page", /not a URL/],
    [{ page: "javascript:alert(1)" }, "page", /neither/],
    [{ page: "http://me.example.com/a" }, "page", /use https/],
    [{ page: "https://me.example.com/#a" }, "page", /fragment/],
    [{ page: "https://me.example.com/#" }, "page", /fragment/],
    [{ page: "https://me.example.com/a b" }, "page", /encoded/],
    [{ page: "https://me.example.com/\nx: y" }, "page", /encoded/],
    [{ page: `https://me.example.com/${"a".repeat(256)}` }, "page", /256/],
    [{ listen: "127.0.0.1:1" }, "listen", /not an object/],
    [{ listen: { address: "9321" } }, "listen.address", /address and a port/],
    [{ listen: { address: "127.0.0.1:0" } }, "listen.address", /port/],
    [{ listen: { address: "127.0.0.1:65536" } }, "listen.address", /port/],
    [{ listen: { address: "me.example.com:1" } }, "listen.address", /IP/],
    [
      { listen: { address: "127.0.0.1:1", url: "file:///x" } },
      "listen.url",
      /neither/,
    ],
  ];

test("what cannot be used is refused, by its name", () => {
  for (const [value, field, problem] of BAD) {
    expect([value, readRemoteSettings(value)]).toEqual([value, {
      field,
      problem: expect.stringMatching(problem),
    }]);
  }
});
