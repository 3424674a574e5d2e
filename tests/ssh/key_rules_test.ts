// What decides about a signature: bindings, limits and the data itself, in all their combinations; and known_hosts.
import { expect } from "expect";
import { generateKeyPairSync, sign } from "node:crypto";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { isOffered, mayUse } from "../../lib/ssh/key_rules.ts";
import {
  globMatches,
  isRevoked,
  keysOfHost,
  readKnownHosts,
} from "../../lib/ssh/known_hosts.ts";
import { bind, type Binding } from "../../lib/ssh/session_binding.ts";
import { readSignedData } from "../../lib/ssh/signed_data.ts";
import type { SshKey } from "../../lib/ssh/ssh_key.ts";
import { generateSshKey } from "../../lib/ssh/ssh_private_key.ts";
import { writePublicKey } from "../../lib/ssh/ssh_public_key.ts";
import { wire } from "../../lib/ssh/ssh_wire.ts";

const HOST = Uint8Array.of(1);
const OTHER = Uint8Array.of(2);
const ID = Uint8Array.of(7, 7);

const pair = generateSshKey("");
const key = (limits: Partial<SshKey>): SshKey => ({
  ...{ name: "k", type: "ssh-ed25519", createdAt: 0, ...pair },
  ...{ hosts: [], namespaces: [], confirm: false, ...limits },
});
const ofHost = key({ hosts: [{ host: "h", user: "git", keys: [HOST] }] });
const binding = (changes: Partial<Binding> = {}): Binding => ({
  ...{ hostKey: HOST, sessionId: ID, forwarding: false, ...changes },
});
const login = (changes = {}) => ({
  ...{ kind: "login" as const, sessionId: ID, user: "git" },
  ...{ service: "ssh-connection", ...changes },
});
const never = () => false;

test("a key for a host is used where everything fits, and nowhere else", () => {
  const decide = (
    bindings: Binding[],
    data: Parameters<typeof mayUse>[2],
    revoked = never,
  ) => mayUse(ofHost, bindings, data, revoked);
  expect(decide([binding()], login())).toEqual({ ok: true, host: "h" });
  expect(decide([binding()], login({ hostKey: HOST })).ok).toBe(true);
  const refused = [
    ["session_unbound", [], login()],
    ["session_unbound", [binding({ sessionId: HOST })], login()],
    ["session_unbound", [binding()], login({ hostKey: OTHER })],
    ["host_refused", [binding({ hostKey: OTHER })], login()],
    ["user_refused", [binding()], login({ user: "root" })],
    ["forwarding_refused", [binding({ forwarding: true })], login()],
    ["forwarding_refused", [binding({ forwarding: true }), binding()], login()],
    ["namespace_refused", [], { kind: "file", namespace: "git" }],
    ["data_refused", [binding()], { kind: "unknown" }],
  ] as const;
  for (const [reason, bindings, data] of refused) {
    expect(decide([...bindings], data)).toMatchObject({ ok: false, reason });
  }
  expect(decide([binding()], login(), () => true))
    .toMatchObject({ ok: false, reason: "host_key_revoked" });
  // Without limits it is for everything.
  for (const [, bindings, data] of refused) {
    expect(mayUse(key({}), bindings, data, never)).toEqual({ ok: true });
  }
});

test("a key is offered where it may be used", () => {
  const ofGit = key({ namespaces: ["git"] });
  const shown = (one: SshKey, ...bindings: Binding[]) =>
    isOffered(one, bindings);
  expect([shown(ofHost), shown(ofGit), shown(key({}))])
    .toEqual([true, true, true]);
  expect([shown(ofHost, binding()), shown(ofGit, binding())])
    .toEqual([true, false]);
  expect(shown(ofHost, binding({ hostKey: OTHER }))).toBe(false);
  expect(shown(ofHost, binding({ forwarding: true }), binding())).toBe(false);
  expect(shown(key({}), binding({ forwarding: true }))).toBe(true);
});

test("a binding is taken with the signature of its host key alone", () => {
  const host = generateKeyPairSync("ed25519");
  const blob = writePublicKey(host.publicKey);
  const request = (id: Uint8Array, forwarding: number, by = host) =>
    wire(
      blob,
      id,
      wire(
        "ssh-ed25519",
        new Uint8Array(sign(null, id, by.privateKey)),
      ),
      forwarding,
    );
  const once = bind([], request(ID, 1))!;
  expect(once).toMatchObject([{ forwarding: true }]);
  expect(bind([], request(ID, 1, generateKeyPairSync("ed25519"))))
    .toBeUndefined();
  expect(bind([], request(new Uint8Array(0), 0))).toBeUndefined();
  expect(bind([], wire({ raw: request(ID, 1) }, 0))).toBeUndefined();
  for (let length = 0; length < request(ID, 1).length; length++) {
    expect(bind([], request(ID, 1).subarray(0, length))).toBeUndefined();
  }
  // Again, and then for a login; but nothing after that, nor the same session in another way.
  expect(bind(once, request(ID, 1))).toBe(once);
  expect(bind(once, request(ID, 0))).toBeUndefined();
  const twice = bind(once, request(HOST, 0))!;
  expect(twice).toHaveLength(2);
  expect(bind(twice, request(OTHER, 1))).toBeUndefined();
  // RSA with SHA-1 is no signature.
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const withHash = (algorithm: string, hash: string) =>
    bind(
      [],
      wire(
        writePublicKey(rsa.publicKey),
        ID,
        wire(algorithm, new Uint8Array(sign(hash, ID, rsa.privateKey))),
        0,
      ),
    );
  expect(withHash("rsa-sha2-512", "sha512")).toHaveLength(1);
  expect(withHash("ssh-rsa", "sha1")).toBeUndefined();
});

test("what is to be signed is read as the one thing that it is", () => {
  const { blob } = pair;
  const userauth = (changes: Partial<Record<string, unknown>> = {}) => {
    const parts = {
      ...{ id: ID, message: 50, user: "git", service: "ssh-connection" },
      ...{ method: "publickey", signed: 1, algorithm: "ssh-ed25519", blob },
      ...changes,
    } as Record<string, string | number | Uint8Array>;
    return wire(...Object.values(parts));
  };
  const read = (data: Uint8Array) => readSignedData(data, blob);
  expect(read(userauth())).toMatchObject({ kind: "login", user: "git" });
  expect(read(userauth({
    method: "publickey-hostbound-v00@openssh.com",
    hostKey: HOST,
  }))).toMatchObject({ kind: "login", hostKey: HOST });
  for (
    const changes of [
      { message: 51 },
      { service: "ssh-userauth" },
      { method: "hostbased" },
      { method: "publickey-hostbound-v00@openssh.com" },
      { signed: 0 },
      { blob: HOST },
      { id: new Uint8Array(0) },
      { more: HOST },
    ]
  ) expect(read(userauth(changes))).toEqual({ kind: "unknown" });
  const raw = new TextEncoder().encode("SSHSIG");
  const file = (namespace: string, hash = "sha512", length = 64) =>
    wire({ raw }, namespace, "", hash, new Uint8Array(length));
  expect(read(file("git"))).toEqual({ kind: "file", namespace: "git" });
  for (
    const data of [
      file(""),
      file("git", "sha1", 20),
      file("git", "sha512", 63),
      wire({ raw: file("git") }, 0),
      raw,
      new Uint8Array(0),
    ]
  ) expect(read(data)).toEqual({ kind: "unknown" });
});

test("known_hosts is read as OpenSSH reads it", () => {
  const blob = Buffer.from(pair.blob).toString("base64");
  const line = (names: string, marker = "") =>
    `${marker}${names} ssh-ed25519 ${blob} comment\n`;
  const known = (text: string, host: string) =>
    keysOfHost(readKnownHosts(text), host).length;
  expect(known(line("a.example,b.example"), "B.example")).toBe(1);
  expect(known(line("a.example") + line("a.example"), "a.example")).toBe(1);
  expect(known(line("[a.example]:22022"), "a.example:22022")).toBe(1);
  expect(known(line("[a.example]:22022"), "[a.example]:22022")).toBe(1);
  expect(known(line("[a.example]:22022"), "a.example")).toBe(0);
  expect(known(line("*.example,!b.example"), "a.example")).toBe(1);
  expect(known(line("*.example,!b.example"), "b.example")).toBe(0);
  for (
    const text of [
      "# " + line("a.example"),
      line("a.example", "@cert-authority "),
      line("a.example", "@unknown "),
      line("a.example") + line("*", "@revoked "),
      "a.example ssh-rsa " + blob,
      "a.example ssh-ed25519 %%%",
      "a.example",
      "",
    ]
  ) expect([text, known(text, "a.example")]).toEqual([text, 0]);
  expect(isRevoked(readKnownHosts(line("x", "@revoked ")), pair.blob))
    .toBe(true);
  expect(isRevoked(readKnownHosts(line("x")), pair.blob)).toBe(false);
  // No pattern takes long.
  expect(globMatches("*a".repeat(2000), "a".repeat(20_000) + "b")).toBe(false);
});
