/** Why the packages could not be installed, and what a person can do. @module */

/** A failed installation. */
export interface Problem {
  /** What the installer said, or what was seen of it. */
  said: readonly string[];
}

/** What to do about `problem`, which came up with the variables of `env`. */
export function hintsFor(
  { said }: Problem,
  env: Readonly<Record<string, string>>,
  npmVerifiesNothing: boolean,
): string[] {
  const text = said.join("\n");
  if (/certificate|CA file/i.test(text)) {
    return [
      "where a proxy or a registry has a CA of your company, name its certificate (a PEM file): DENO_CERT=/path/ca.pem, SSL_CERT_FILE=/path/ca.pem, or for npm as well: npm config set cafile /path/ca.pem",
      ...npmVerifiesNothing
        ? ["npm is told to verify nothing (strict-ssl=false); Deno verifies"]
        : [],
    ];
  }
  if (/No space left|os error 28\b|quota/i.test(text)) {
    return ["the disk is full; the packages take 500 MB with Deno's cache"];
  }
  if (
    /Permission denied|Read-only|not permitted|os error (?:1|13|30)\b/i.test(
      text,
    )
  ) {
    return [
      "this folder and Deno's cache (DENO_DIR) must be yours to write; if an earlier try ran as root, remove node_modules and build as root",
    ];
  }
  if (/\b40[13]\b|Unauthorized|Forbidden/i.test(text)) {
    return [
      "the registry wants a login: npm login, or a token in ~/.npmrc; another registry: NPM_CONFIG_REGISTRY",
    ];
  }
  if (/integrity|checksum/i.test(text)) {
    return [
      "the registry sent another file than the lock file has; another registry: NPM_CONFIG_REGISTRY",
    ];
  }
  if (
    /sending request|connect|tunnel|dns|timed out|did not answer|nothing new|\b(?:40\d|5\d\d)\b/i
      .test(text)
  ) {
    const proxy = env.HTTPS_PROXY ?? env.https_proxy;
    return [
      proxy
        ? `the proxy is ${proxy} (HTTPS_PROXY): is it the right one, and running?`
        : "where a proxy leads to the network: HTTPS_PROXY=http://host:port, or for npm as well: npm config set https-proxy http://host:port",
      "then give the same command again",
    ];
  }
  return ["mend that and give the same command again"];
}

/** `text` without the passwords that addresses in it contain. */
export function withoutPasswords(text: string): string {
  return text.replace(/(:\/\/)[^\s/@]+@/g, "$1…@");
}
