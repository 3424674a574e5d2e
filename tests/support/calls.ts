/** Every command, called as a person would. @module */

/** A command line, and what is typed to it. */
export interface Call {
  argv: string;
  stdin?: string;
}

/** A call of each command that would write if it writes at all, and its input. */
export const CALLS: Readonly<Record<string, Call>> = {
  "login": { argv: "login groq --stdin", stdin: "gsk-canary-1" },
  "import": { argv: "import netrc --yes" },
  "logout": { argv: "logout openai" },
  "revoke": { argv: "revoke openai --yes" },
  "set-default": { argv: "set-default openai side" },
  "prefer": { argv: "prefer github-pat" },
  "run": { argv: "run -- true" },
  "mcp": { argv: "mcp linear-mcp" },
  "mcp install": { argv: "mcp install cursor linear-mcp --yes" },
  "mcp list": { argv: "mcp list" },
  "mcp uninstall": { argv: "mcp uninstall cursor linear-mcp --yes" },
  "ssh-agent": { argv: "ssh-agent -- true" },
  "ssh-agent add": {
    argv: "ssh-agent add --stdin --name other",
    stdin:
      "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ08HQZjeVPvkq5GlU9ZMrNUq+J5F7y7hGzicrfA4wbS\n-----END PRIVATE KEY-----",
  },
  "ssh-agent generate": { argv: "ssh-agent generate other" },
  "ssh-agent list": { argv: "ssh-agent list" },
  "ssh-agent restrict": { argv: "ssh-agent restrict work --confirm" },
  "ssh-agent remove": { argv: "ssh-agent remove work --yes" },
  "token": { argv: "token openai" },
  "export": { argv: "export openai" },
  "credential git": {
    argv: "credential git get",
    stdin: "protocol=https\nhost=github.com\n",
  },
  "credential docker": { argv: "credential docker get", stdin: "ghcr.io" },
  "credential aws": { argv: "credential aws" },
  "credential kubectl": { argv: "credential kubectl" },
  "credential cargo": { argv: "credential cargo" },
  "credential pip": { argv: "credential pip get upload.pypi.org me" },
  "credential npm": { argv: "credential npm" },
  "list": { argv: "list --connected" },
  "get": { argv: "get openai --field api_key --show-secret" },
  "inspect": { argv: "inspect openai" },
  "log": { argv: "log" },
  "log export": { argv: "log export" },
  "ui": { argv: "ui --no-browser --idle 0.005" },
  "runs list": { argv: "runs list" },
  "runs stop": { argv: "runs stop 0123456789abcdef" },
  "explain": { argv: "explain https://api.openai.com/" },
  "policy list": { argv: "policy list" },
  "policy test": {
    argv: "policy test GET https://api.openai.com/v1/models",
  },
  "policy check": { argv: "policy check" },
  "policy learn": { argv: "policy learn" },
  "policy edit": { argv: "policy edit" },
  "policy accept": { argv: "policy accept" },
  "scan": { argv: "scan --import --yes --rewrite" },
  "whoami": { argv: "whoami" },
  "doctor": { argv: "doctor" },
  "init": { argv: "init" },
  "onboard": { argv: "onboard --yes" },
  "setup": { argv: "setup claude-code --yes" },
  "setup list": { argv: "setup list" },
  "register": { argv: "register acme.json --yes" },
  "override": { argv: "override groq" },
  "remove": { argv: "remove mine --yes" },
  "provider new": {
    argv: "provider new fresh --host api.fresh-notes.com --yes",
  },
  "provider test": { argv: "provider test openai --dry-run" },
  "profile list": { argv: "profile list" },
  "profile create": { argv: "profile create third" },
  "profile use": { argv: "profile use second" },
  "profile rename": { argv: "profile rename second fourth" },
  "profile bind": { argv: "profile bind second" },
  "profile delete": { argv: "profile delete second --yes" },
  "key status": { argv: "key status" },
  "key move": { argv: "key move --to file" },
  "key rotate": { argv: "key rotate" },
  "key backup": { argv: "key backup other.json" },
  "key restore": { argv: "key restore key.json" },
  "key passphrase": { argv: "key passphrase" },
  "key unlock": { argv: "key unlock" },
  "key lock": { argv: "key lock" },
  "vault verify": { argv: "vault verify" },
  "vault export": {
    argv:
      "vault export copy.age --recipient age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
  },
  "vault import": {
    argv: "vault import given.age --identity given.key --yes",
  },
  "approve": { argv: "approve" },
  "approve list": { argv: "approve list" },
  "approve deny": { argv: "approve deny nonesuch" },
  "approve pair": { argv: "approve pair" },
  "approve unpair": { argv: "approve unpair phone" },
  "approve devices": { argv: "approve devices" },
  "approve page": { argv: "approve page" },
  "approve webhook": {
    argv: "approve webhook --format slack --stdin",
    stdin: "https://hooks.example.com/services/canary",
  },
  "completions": { argv: "completions bash" },
  "upgrade": { argv: "upgrade --check" },
};

/** Writes what `vault import` reads into the folder `work`. */
export async function writeGivenExport(work: string): Promise<void> {
  const age = await import("age-encryption");
  const identity = await age.generateX25519Identity();
  const { sealAge } = await import("../../lib/broker/custody/age_file.ts");
  const copy = { config: {}, definitions: {}, records: {} };
  const { encodeCopy } = await import("../../lib/broker/custody/vault_copy.ts");
  await Deno.writeTextFile(`${work}/given.key`, `${identity}\n`);
  await Deno.writeTextFile(
    `${work}/given.age`,
    await sealAge(encodeCopy(copy, "2026-11-27T00:00:00.000Z"), {
      recipients: [await age.identityToRecipient(identity)],
    }),
  );
}
