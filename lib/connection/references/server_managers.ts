/** Managers that are servers: Vault and OpenBao, those of the three clouds, Infisical, Doppler. @module */
import {
  json,
  type Manager,
  partOf,
  type Reference,
  withoutLineEnd,
  withPart,
} from "./manager.ts";

const KEY = /^[\w][\w .:@/-]{0,199}$/;

/** Key/value secrets of version 1 and 2. https://developer.hashicorp.com/vault/docs/commands/kv, https://openbao.org/docs */
export const vault: Manager = {
  title: "Vault",
  form: "vault:mount/path#field",
  place: /^[\w][\w.@+-]*(?:\/[\w.@+][\w.@+ -]*)+$/,
  key: KEY,
  programs: (_reference, { variable }) =>
    variable("BAO_ADDR") !== undefined && variable("VAULT_ADDR") === undefined
      ? ["bao", "vault"]
      : ["vault", "bao"],
  variables: ["VAULT_*", "BAO_*"],
  withheld: () => ["VAULT_TOKEN", "BAO_TOKEN"],
  args: (reference) => [
    ...["kv", "get", `-mount=${mountOf(reference)}`],
    `-field=${reference.key ?? "value"}`,
    pathOf(reference),
  ],
  value: (stdout) => withoutLineEnd(stdout),
  locked:
    /missing client token|permission denied|invalid token|token (?:is )?expired|code: 403|sealed/i,
  missing:
    /no value found|not present in secret|no secret|code: 404|not a kv|preflight/i,
  unlock: (_reference, _world, said) =>
    // Only who has a share of its key can open it then.
    `${said?.program ?? "vault"} ${
      /is sealed/i.test(said?.stderr ?? "") ? "operator unseal" : "login"
    }`,
  write: {
    args: (reference) => [
      ...["kv", "patch", `-mount=${mountOf(reference)}`],
      ...[pathOf(reference), `${reference.key ?? "value"}=-`],
    ],
    input: (_reference, value) => value,
  },
};

function mountOf({ place }: Reference): string {
  return place.slice(0, place.indexOf("/"));
}

function pathOf({ place }: Reference): string {
  return place.slice(place.indexOf("/") + 1);
}

/** https://docs.aws.amazon.com/cli/latest/reference/secretsmanager/ */
export const awsSecretsManager: Manager = {
  title: "AWS Secrets Manager",
  form: "aws-sm:name or aws-sm:name#member",
  place:
    /^(?:arn:aws[\w-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:)?[\w/+=.@!][\w/+=.@!-]*$/,
  key: KEY,
  programs: () => ["aws"],
  variables: ["AWS_*"],
  withheld: () => [
    ...["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"],
  ],
  args: (reference) => [
    ...ofSecretsManager(reference, "get-secret-value"),
    ...["--query", "SecretString", "--output", "json"],
  ],
  value(stdout, { key }) {
    const text = json(stdout);
    return typeof text === "string" ? partOf(text, key) : undefined;
  },
  locked:
    /unable to locate credentials|expired|sso|not authorized|AccessDenied|UnrecognizedClient|InvalidClientToken|InvalidSignature|could not be found.*profile/i,
  missing: /ResourceNotFound|can't find the specified secret/i,
  unlock: () => "aws sso login",
  write: {
    whole: (reference, world) =>
      reference.key === undefined
        ? undefined
        : awsSecretsManager.args(reference, world),
    args: (reference) => [
      ...ofSecretsManager(reference, "put-secret-value"),
      ...["--secret-string", "file:///dev/stdin", "--output", "json"],
    ],
    opensInput: true,
    allows: (_reference, { system }) => system === "linux",
    input({ key }, value, whole) {
      const text = key === undefined ? "" : json(whole);
      return typeof text === "string" ? withPart(text, key, value) : undefined;
    },
  },
};

function ofSecretsManager({ place }: Reference, command: string): string[] {
  const region = place.startsWith("arn:") ? place.split(":")[3]! : undefined;
  return [
    ...["secretsmanager", command, "--secret-id", place],
    ...region === undefined ? [] : ["--region", region],
  ];
}

/** https://cloud.google.com/sdk/gcloud/reference/secrets/versions/access */
export const googleSecretManager: Manager = {
  title: "Google Secret Manager",
  form: "gcp-sm:project/name or gcp-sm:project/name/version#member",
  place: /^[a-z][a-z0-9:.-]*\/\w[\w-]*(?:\/(?:latest|\d+))?$/,
  key: KEY,
  programs: () => ["gcloud"],
  variables: ["CLOUDSDK_*", "GOOGLE_APPLICATION_CREDENTIALS"],
  withheld: () => ["CLOUDSDK_AUTH_ACCESS_TOKEN"],
  args({ place }) {
    const [project, name, version = "latest"] = place.split("/");
    return [
      ...["secrets", "versions", "access", version],
      ...[`--secret=${name}`, `--project=${project}`, "--quiet"],
    ];
  },
  // What was stored is printed as it is.
  value: (stdout, { key }) => partOf(stdout, key),
  locked:
    /active account|reauth|gcloud auth login|auth tokens|PERMISSION_DENIED|UNAUTHENTICATED|default credentials/i,
  missing: /NOT_FOUND|not found|DESTROYED|DISABLED/i,
  unlock: () => "gcloud auth login",
  write: {
    // A version never changes; the next one is another reference.
    allows: ({ place }) => !/\/\d+$/.test(place),
    whole: (reference, world) =>
      reference.key === undefined
        ? undefined
        : googleSecretManager.args(reference, world),
    args({ place }) {
      const [project, name] = place.split("/");
      return [
        ...["secrets", "versions", "add", name!],
        ...[`--project=${project}`, "--data-file=-", "--quiet"],
      ];
    },
    input: ({ key }, value, whole) => withPart(whole, key, value),
  },
};

/** https://learn.microsoft.com/cli/azure/keyvault/secret */
export const azureKeyVault: Manager = {
  title: "Azure Key Vault",
  form: "azure-kv:vault/name or azure-kv:vault/name#member",
  place:
    /^[A-Za-z][A-Za-z0-9-]{1,62}\/[A-Za-z0-9][A-Za-z0-9-]*(?:\/[0-9a-f]{32})?$/,
  key: KEY,
  programs: () => ["az"],
  variables: ["AZURE_*"],
  withheld: () => ["AZURE_CLIENT_SECRET"],
  args({ place }) {
    const [vault, name, version] = place.split("/");
    return [
      ...["keyvault", "secret", "show", `--vault-name=${vault}`],
      ...[`--name=${name}`],
      ...version === undefined ? [] : [`--version=${version}`],
      ...["--query=value", "--output=json"],
    ];
  },
  value(stdout, { key }) {
    const text = json(stdout);
    return typeof text === "string" ? partOf(text, key) : undefined;
  },
  locked: /az login|AADSTS|Forbidden|Unauthorized|interactive/i,
  missing: /SecretNotFound|not found/i,
  unlock: () => "az login",
  write: {
    opensInput: true,
    allows: ({ place }, { system }) =>
      system === "linux" && place.split("/").length === 2,
    whole: (reference, world) =>
      reference.key === undefined
        ? undefined
        : azureKeyVault.args(reference, world),
    args({ place }) {
      const [vault, name] = place.split("/");
      return [
        ...["keyvault", "secret", "set", `--vault-name=${vault}`],
        ...[`--name=${name}`, "--file=/dev/stdin", "--encoding=utf-8"],
        ...["--query=id", "--output=json"],
      ];
    },
    input({ key }, value, whole) {
      const text = key === undefined ? "" : json(whole);
      return typeof text === "string" ? withPart(text, key, value) : undefined;
    },
  },
};

/** https://infisical.com/docs/cli/commands/secrets. Its program takes a new value as an argument only. */
export const infisical: Manager = {
  title: "Infisical",
  form: "infisical:project-id/environment/folder/NAME",
  place: /^\w[\w-]*\/\w[\w-]*(?:\/\w[\w.-]*)*\/\w[\w.-]*$/,
  key: KEY,
  programs: () => ["infisical"],
  variables: ["INFISICAL_*"],
  withheld: () => [
    ...["INFISICAL_TOKEN", "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET"],
  ],
  args({ place }) {
    const parts = place.split("/");
    return [
      ...["secrets", "get", parts.at(-1)!, `--projectId=${parts[0]}`],
      ...[`--env=${parts[1]}`, `--path=/${parts.slice(2, -1).join("/")}`],
      ...["--plain", "--silent"],
    ];
  },
  locked: /log ?in|expired|authenticat|unauthorized|403|401/i,
  missing: /not found|404|no secret/i,
  unlock: () => "infisical login",
};

/** https://docs.doppler.com/docs/cli */
export const doppler: Manager = {
  title: "Doppler",
  form: "doppler:project/config/NAME",
  place: /^\w[\w-]*\/\w[\w-]*\/[A-Za-z_]\w*$/,
  key: KEY,
  programs: () => ["doppler"],
  variables: ["DOPPLER_*"],
  withheld: () => ["DOPPLER_TOKEN"],
  args({ place }) {
    const [project, config, name] = place.split("/");
    return [
      ...["secrets", "get", name!, "--plain"],
      ...["--project", project!, "--config", config!],
    ];
  },
  locked: /token|log ?in|unauthorized|authenticat/i,
  missing: /could not find|not found|does not exist/i,
  unlock: () => "doppler login",
  write: {
    whole: (reference, world) =>
      reference.key === undefined ? undefined : doppler.args(reference, world),
    args({ place }) {
      const [project, config, name] = place.split("/");
      return [
        ...["secrets", "set", name!, "--silent", "--no-interactive"],
        ...["--project", project!, "--config", config!],
      ];
    },
    input: ({ key }, value, whole) =>
      withPart(withoutLineEnd(whole), key, value),
  },
};
