/**
 * The logins of Docker (docker/cli 29): `auths` of `config.json`, and what the credential helpers of `credsStore` and
 * `credHelpers` give by their protocol (`docker-credential-<name> list`, and `get` with the server on stdin;
 * https://github.com/docker/docker-credential-helpers).
 *
 * @module
 */
import { type Fields, isObject, parseObject } from "../../object.ts";
import { Secret } from "../../secret.ts";
import type { Found, Harvest } from "../found.ts";
import { githubCredential } from "./gh.ts";
import { takersOf } from "../host_takers.ts";
import { readObject, textOf } from "../json.ts";
import { firstFile, type ImportContext, type ImportSource } from "../source.ts";

/** A login at a registry, or why there is none that can be taken. */
type RegistryLogin = { user: string; password: string } | { reason: string };

/** What a helper may be called: it becomes the name of a program. */
const HELPER = /^[A-Za-z0-9][A-Za-z0-9._-]*$/;

/** How Docker names its own registry. */
const HUB = /^(?:(?:index|registry-1|registry)\.)?docker\.io$/;

/** Most servers that are asked for, each of which starts a program. */
const MOST = 64;

/** Reads the file, and asks its helpers. */
export const dockerAuths: ImportSource = {
  async harvest(world): Promise<Harvest> {
    const { env, userFolder } = world;
    const folder = env.get("DOCKER_CONFIG") || `${userFolder}/.docker`;
    const file = firstFile(world, [`${folder}/config.json`]);
    const settings = readObject(file);
    const logins = await loginsOf(world, settings);
    const result: Harvest = { found: [], skipped: [] };
    for (const [server, login] of logins) {
      const from = `docker ${server}`;
      const skip = (reason: string, hint = "") =>
        result.skipped.push({ from, reason, hint });
      if ("reason" in login) {
        skip(login.reason);
        continue;
      }
      const found = foundFor(world, server, login);
      if ("reason" in found) skip(found.reason, found.hint);
      else result.found.push({ ...found, from });
    }
    return result;
  },
};

/** The login of each server; that of its helper goes before what stands in the file. */
async function loginsOf(
  world: ImportContext,
  settings: Fields,
): Promise<Map<string, RegistryLogin>> {
  const logins = new Map<string, RegistryLogin>();
  const auths = isObject(settings.auths) ? settings.auths : {};
  const store = textOf(settings, "credsStore");
  for (const [server, value] of Object.entries(auths)) {
    const login = fileLogin(isObject(value) ? value : {});
    // With a store Docker leaves an empty entry behind.
    if (login) logins.set(server, login);
  }
  const helpers = isObject(settings.credHelpers) ? settings.credHelpers : {};
  const asked = new Map<string, string>();
  if (store !== undefined) {
    for (const server of await serversOf(world, store)) {
      asked.set(server, store);
    }
  }
  for (const [server, helper] of Object.entries(helpers)) {
    if (typeof helper === "string") asked.set(server, helper);
  }
  for (const [server, helper] of [...asked].slice(0, MOST)) {
    logins.set(server, await helperLogin(world, helper, server));
  }
  return logins;
}

function fileLogin(members: Fields): RegistryLogin | undefined {
  if (textOf(members, "identitytoken") !== undefined) return OWN_LOGIN;
  const auth = textOf(members, "auth");
  if (auth === undefined) return undefined;
  const text = decoded(auth);
  const colon = text?.indexOf(":") ?? -1;
  if (text === undefined || colon < 1) {
    return { reason: "its login is not the base64 of a name and a password" };
  }
  return login(text.slice(0, colon), text.slice(colon + 1).replace(/\0+$/, ""));
}

const OWN_LOGIN = {
  reason: "it is a login that Docker renews itself, so it stays with it",
};

/** Docker's logins by the browser have a pair of tokens in the place of the password. */
function login(user: string, password: string): RegistryLogin {
  return user === "<token>" || /^eyJ[\w-]+\.[\w-]+\./.test(password)
    ? OWN_LOGIN
    : { user, password };
}

async function serversOf(
  world: ImportContext,
  helper: string,
): Promise<string[]> {
  if (!HELPER.test(helper)) return [];
  const listed = await world.output([`docker-credential-${helper}`, "list"]);
  return Object.keys(parseObject(listed ?? "") ?? {});
}

async function helperLogin(
  world: ImportContext,
  helper: string,
  server: string,
): Promise<RegistryLogin> {
  if (!HELPER.test(helper)) {
    return { reason: "the name of its credential helper is none" };
  }
  const program = `docker-credential-${helper}`;
  const given = await world.output([program, "get"], server);
  const members = parseObject(given ?? "") ?? {};
  const user = textOf(members, "Username");
  const password = textOf(members, "Secret");
  return user === undefined || password === undefined
    ? { reason: `${program} is not there, or gives nothing for it` }
    : login(user, password);
}

/** What the login is good for besides its registry. */
function foundFor(
  { definitions, now }: ImportContext,
  server: string,
  { user, password }: { user: string; password: string },
): Omit<Found, "from"> | { reason: string; hint: string } {
  const host = hostOf(server);
  if (HUB.test(host)) {
    // Docker keeps two more entries for its own logins.
    if (/\/(?:access|refresh)-token\/?$/.test(server)) {
      return { ...OWN_LOGIN, hint: "" };
    }
    return {
      provider: "dockerhub",
      credential: {
        type: "oauth2",
        // There is none yet: having expired, it is made before its first use.
        accessToken: new Secret("none-yet"),
        expiresAt: now,
        source: { username: new Secret(user), token: new Secret(password) },
        scopes: [],
        requestedScopes: [],
        captured: {},
      },
    };
  }
  if (/^(?:ghcr\.io|docker\.pkg\.github\.com)$/.test(host)) {
    return githubCredential(password);
  }
  if (password.startsWith("glpat-")) {
    // A registry may have any name, and a token is sent to no host that was guessed.
    return host === "registry.gitlab.com"
      ? {
        provider: "gitlab-pat",
        credential: {
          type: "api_key",
          fields: { api_key: new Secret(password) },
        },
      }
      : {
        reason: "the address of its GitLab is not known",
        hint: "authsome login gitlab-pat --base-url https://…",
      };
  }
  const takers = takersOf(definitions, host, { login: user, password });
  if (takers.length === 1) {
    const [{ definition, fields }] = takers as [typeof takers[number]];
    const credential = { type: "api_key" as const, fields };
    return { provider: definition.name, credential };
  }
  const names = takers.map(({ definition }) => definition.name);
  return names.length === 0
    ? { reason: "no provider serves this registry", hint: "" }
    : {
      reason: `${names.join(" and ")} could use it`,
      hint: `Choose: authsome login ${names[0]} --stdin`,
    };
}

/** The host of a server, which is an address or begins with one. */
function hostOf(server: string): string {
  const address = /^https?:\/\//.test(server) ? server : `https://${server}`;
  return URL.canParse(address) ? new URL(address).hostname : "";
}

function decoded(base64: string): string | undefined {
  try {
    const bytes = Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0));
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
