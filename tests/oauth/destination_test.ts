import { expect } from "expect";
import { test } from "node:test";
import {
  announcedEndpoint,
  isPublicHost,
} from "../../lib/oauth/endpoint_destination.ts";

const host = (text: string) => new URL(`https://${text}/`).hostname;

test("private, local and metadata hosts are not public, however they are written", () => {
  const hosts = [
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "0x7f000001",
    "2130706433",
    "017700000001",
    "0",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "0251.0376.0251.0376",
    "100.64.0.1",
    "198.18.0.1",
    "192.0.2.1",
    "224.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[::127.0.0.1]",
    "[fe80::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:7f00:1::]",
    "[2001:db8::1]",
    "[2001::1]",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "foo.localhost",
    "router",
    "printer.local",
    "metadata.google.internal",
    "①②⑦.⓪.⓪.①",
    "127。0。0。1",
  ];
  expect(hosts.filter((text) => isPublicHost(host(text)))).toEqual([]);
});

test("public hosts are public", () => {
  const hosts = [
    "mcp.example.com",
    "example.com.",
    "8.8.8.8",
    "172.32.0.1",
    "100.128.0.1",
    "[2606:4700::1111]",
    "[64:ff9b::808:808]",
    "[2002:808:808::]",
    "localhost.example.com",
  ];
  expect(hosts.filter((text) => !isPublicHost(host(text)))).toEqual([]);
});

test("a URL that a server tells must be https on a public host, or on its own origin", () => {
  const from = new URL("https://gitlab.corp/");
  const good = ["https://auth.acme.com/token", "https://gitlab.corp/token"];
  for (const text of good) {
    expect(announcedEndpoint("acme", "token endpoint", text, { from }).href)
      .toBe(
        text,
      );
  }
  const bad = [
    "http://auth.acme.com/token",
    "http://gitlab.corp/token",
    "https://other.corp/token",
    "https://169.254.169.254/latest/meta-data",
    "https://[::ffff:169.254.169.254]/",
    "http://127.0.0.1:8080/",
    "https://localhost/",
    "javascript:alert(1)",
    "file:///etc/passwd",
    "data:text/html,x",
    "--flag",
    "$(touch /tmp/x)",
    "https://acme.com/a b",
    "https://acme.com/\nx",
    "\thttps://acme.com/",
    "https://user@acme.com/",
    "https://acme.com/#x",
    "",
  ];
  for (const text of bad) {
    expect(() => announcedEndpoint("acme", "token endpoint", text, { from }))
      .toThrow(expect.objectContaining({ code: "AuthenticationFailed" }));
  }
});

test("private hosts are allowed only when it is spelled out, and plain http only on this machine", () => {
  const options = { allowPrivateHosts: true };
  const told = (text: string) =>
    announcedEndpoint("acme", "token endpoint", text, options).href;
  expect(told("http://127.0.0.1:80/x")).toBe("http://127.0.0.1/x");
  expect(told("https://10.0.0.1/x")).toBe("https://10.0.0.1/x");
  expect(() => told("http://10.0.0.1/x")).toThrow();
  expect(() => told("http://acme.com/x")).toThrow();
  expect(() => told("file:///x")).toThrow();
});
