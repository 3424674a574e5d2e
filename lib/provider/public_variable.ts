/**
 * Which environment variables may hold what is no secret. Such a value may come from the author of a definition (its base
 * URL, and what a pattern takes from it), so no variable that a program runs, loads or obeys may have one.
 *
 * @module
 */
import { isCredentialVariable, isSystemVariable } from "./variable_name.ts";

/** Last words of names that say whose it is, which one it is, or where. */
const WORDS = new Set([
  ...["ACCOUNT", "APP", "CLOUD", "CLUSTER", "DATABASE", "DATACENTER"],
  ...["DATASET", "DC", "PUBLIC"],
  ...["DOMAIN", "EMAIL", "ENDPOINT", "ENVIRONMENT", "HOST", "ID", "INSTANCE"],
  ...["KEY", "LOGIN", "NAME", "NAMESPACE", "NUMBER", "ORG", "ORGANIZATION"],
  ...["ORGURL", "PREFIX", "PROJECT", "REALM", "REF", "REGION", "SERVER"],
  ...["SID", "SITE", "SLUG", "SPACE", "STORE", "SUBDOMAIN", "TEAM", "TENANT"],
  ...["URI", "URL", "USER", "USERNAME", "WORKSPACE", "BASE", "HOSTNAME"],
]);

/** First words of variables that shells, runtimes, package managers and the like obey. */
const TOOLS = new Set([
  ...["BASH", "BUN", "BUNDLE", "CARGO", "COMPOSE", "COMPOSER", "CONDA"],
  ...["COREPACK", "CURL", "CYPRESS", "DENO", "DOTNET", "ELECTRON", "FISH"],
  ...["GEM", "GIT", "GO", "GPG", "GRADLE", "HOMEBREW", "HTTP", "HTTPS"],
  ...["JAVA", "JDK", "KUBERNETES", "LESS", "MAN", "MAVEN", "NODE", "NPM"],
  ...["NVM", "OPENSSL", "PERL", "PHP", "PIP", "PLAYWRIGHT", "PNPM"],
  ...["POETRY", "PROMPT", "PUPPETEER", "PYTHON", "RUBY", "RUST", "RUSTUP"],
  ...["SSH", "SSL", "SUDO", "TWINE", "UV", "WGET", "XDG", "YARN", "ZSH"],
]);

/** Words of names that say where a program gets its code, its settings or its credentials, or which way it takes. */
const OBEYED =
  /(?:^|_)(?:ARTIFACT|BOTTLE|CDN|CONFIG|CREDENTIALS|DIST|DOWNLOAD|INDEX|INSTALL|METADATA|MIRROR|PROXY|REGISTRY|REPOSITORY|UPDATE)(?:_|$)|^DOCKER_HOST$/;

/** Whether some program obeys the value of `variable`. */
export function isObeyed(variable: string): boolean {
  const upper = variable.toUpperCase();
  return isSystemVariable(upper) || OBEYED.test(upper) ||
    TOOLS.has(wordsOf(upper)[0] ?? "");
}

/**
 * Whether `variable` may hold what is no secret: named like its provider, or like one of its credentials (`DD_SITE` beside
 * `DD_API_KEY`), with a last word that says whose or where (`ACME_ACCOUNT_ID`, `ACME_URL`).
 *
 * @param credentials variables of the provider's secrets.
 */
export function isPublicVariable(
  variable: string,
  provider: string,
  credentials: readonly string[],
): boolean {
  const upper = variable.toUpperCase();
  const words = wordsOf(upper);
  if (words.length < 2 || isObeyed(upper) || !WORDS.has(words.at(-1)!)) {
    return false;
  }
  const own = provider.toUpperCase().split(/[-_]/).filter(Boolean);
  return words[0] === own[0] ||
    words.some((_, end) => words.slice(0, end).join("") === own.join("")) ||
    credentials.some((name) =>
      isCredentialVariable(name, provider) &&
      wordsOf(name.toUpperCase())[0] === words[0]
    );
}

function wordsOf(name: string): string[] {
  return name.split("_").filter((word) => word !== "");
}
