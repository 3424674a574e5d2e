/** The token of an installation of a GitHub App. @module */
import { AuthsomeError } from "../errors.ts";
import { defined, isObject, valueAt } from "../object.ts";
import { OAuthError } from "../oauth/error.ts";
import { Secret } from "../secret.ts";
import { quoted } from "../text.ts";
import { askGithub } from "./github_api.ts";
import type { MintContext, Minted, MintRequest } from "./minted.ts";
import { rsaPrivateKey } from "./private_key.ts";
import { signedJwt } from "./signed_jwt.ts";
import { needed, sourceValues } from "./source_values.ts";

/** GitHub takes 10 minutes at most, and our clock may be ahead of its. */
const SKEW_SECONDS = 60;
const JWT_SECONDS = 540;

/** Which installation is meant, and whether only one repository of it. */
type Wanted =
  | { kind: "id"; id: string }
  | { kind: "account"; account: string }
  | { kind: "repository"; owner: string; name: string }
  | { kind: "only" };

const ACCOUNT = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,99})$/;
const REPOSITORY = /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,100}$/;

/** Throws as `mint` does. */
export async function installationToken(
  context: MintContext,
  { source }: MintRequest,
): Promise<Minted> {
  const { definition } = context;
  const values = sourceValues(definition, source);
  const wanted = wantedInstallation(
    definition.name,
    values.get("installation") ?? "",
  );
  const token = await appToken(context, {
    appId: needed(definition, "{app_id}", values),
    pem: needed(definition, "{private_key}", values),
  });
  const ask = (path: string, method: "GET" | "POST", body?: unknown) =>
    askGithub(context, path, {
      task: "get a token of the installation",
      method,
      headers: { authorization: `Bearer ${token}` },
      ...defined({ body }),
      secrets: [token],
    });
  const installation = await findInstallation(definition.name, wanted, ask);
  const minted = await ask(
    `/app/installations/${installation.id}/access_tokens`,
    "POST",
    wanted.kind === "repository" ? { repositories: [wanted.name] } : {},
  );
  if (typeof minted.token !== "string" || !/^[!-~]+$/.test(minted.token)) {
    throw new AuthsomeError(
      "AuthenticationFailed",
      `Cannot get a token of the installation: the answer of ${definition.name} has none`,
      "Try again",
      { subject: { provider: definition.name } },
    );
  }
  const expiresAt = Date.parse(String(minted.expires_at));
  return {
    secrets: { access_token: new Secret(minted.token) },
    ...defined({ expiresAt: Number.isNaN(expiresAt) ? undefined : expiresAt }),
    scopes: isObject(minted.permissions)
      ? Object.entries(minted.permissions).map(([name, level]) =>
        `${name}:${level}`
      )
      : [],
    captured: {
      account: wanted.kind === "repository"
        ? `${wanted.owner}/${wanted.name}`
        : installation.account,
    },
  };
}

/** The token by which the app speaks for itself (docs.github.com: "Generating a JSON Web Token for a GitHub App"). */
export async function appToken(
  { definition, clock }: MintContext,
  { appId, pem }: { appId: string; pem: string },
): Promise<string> {
  const iat = Math.floor(clock.now() / 1000) - SKEW_SECONDS;
  return await signedJwt(await rsaPrivateKey(definition.name, pem), {
    claims: { iss: appId, iat, exp: iat + JWT_SECONDS },
  });
}

/**
 * Reads what a person calls an installation: its number, its account, a repository, or nothing where there is one.
 *
 * @throws {AuthsomeError} `Usage`.
 */
export function wantedInstallation(provider: string, text: string): Wanted {
  if (text === "") return { kind: "only" };
  if (/^\d{1,18}$/.test(text)) return { kind: "id", id: text };
  const [owner = "", name, ...more] = text.split("/");
  if (ACCOUNT.test(owner) && more.length === 0) {
    if (name === undefined) return { kind: "account", account: owner };
    if (REPOSITORY.test(name)) return { kind: "repository", owner, name };
  }
  throw new AuthsomeError(
    "Usage",
    `Cannot find installation ${
      quoted(text, 80)
    } of ${provider}: it is no number, account or owner/repository`,
    `authsome login ${provider} --force`,
    { subject: { provider, field: "installation" } },
  );
}

/** Number and account of the installation. */
async function findInstallation(
  provider: string,
  wanted: Wanted,
  ask: (path: string, method: "GET") => Promise<Record<string, unknown>>,
): Promise<{ id: number; account: string }> {
  const found = wanted.kind === "only"
    ? onlyOne(provider, await ask("/app/installations?per_page=100", "GET"))
    : await ask(pathOf(wanted), "GET").catch((error) => {
      throw error instanceof OAuthError && error.status === 404
        ? notInstalled(provider, error)
        : error;
    });
  const account = valueAt(found, "account.login");
  if (typeof found.id === "number" && Number.isSafeInteger(found.id)) {
    return {
      id: found.id,
      account: typeof account === "string" && ACCOUNT.test(account)
        ? account
        : String(found.id),
    };
  }
  throw notInstalled(provider);
}

function pathOf(wanted: Exclude<Wanted, { kind: "only" }>): string {
  switch (wanted.kind) {
    case "id":
      return `/app/installations/${wanted.id}`;
    case "account":
      // Organizations too.
      return `/users/${wanted.account}/installation`;
    case "repository":
      return `/repos/${wanted.owner}/${wanted.name}/installation`;
  }
}

function onlyOne(
  provider: string,
  { list }: Record<string, unknown>,
): Record<string, unknown> {
  const all = Array.isArray(list) ? list.filter(isObject) : [];
  if (all.length === 0) throw notInstalled(provider);
  if (all.length === 1) return all[0]!;
  const accounts = all.map((each) => valueAt(each, "account.login"))
    .filter((login) => typeof login === "string" && ACCOUNT.test(login));
  throw new AuthsomeError(
    "Usage",
    `Cannot choose an installation of ${provider}: it is installed at ${
      accounts.slice(0, 10).join(", ")
    }`,
    `Give one as installation: authsome login ${provider} --force`,
    { subject: { provider, field: "installation" } },
  );
}

function notInstalled(provider: string, cause?: unknown): AuthsomeError {
  return new AuthsomeError(
    "AuthenticationFailed",
    `Cannot get a token of ${provider}: the app is not installed there`,
    "Install the app at the account or repository, on its page at GitHub: Install App",
    { cause, subject: { provider, field: "installation" } },
  );
}
