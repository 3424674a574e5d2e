// Real clients that sign for AWS with the placeholder, under the real command line: the service sees the real key's signature.
import { expect } from "expect";
import { test } from "node:test";
import { verifySignature } from "../support/servers/sigv4_verifier.ts";
import { missing, withScenario } from "../support/scenario.ts";

const ID = "AKIAREALCANARY000001";
const SECRET = "real-secret-canary/9f+Zq";
const S3 = "photos.s3.eu-central-1.amazonaws.com";
const STS = "sts.amazonaws.com";
const HOSTS = [
  S3,
  STS,
  "sts.eu-central-1.amazonaws.com",
  "dynamodb.eu-central-1.amazonaws.com",
];
const RCLONE = await missing("rclone", "version");

/** A service of AWS: says whose signature it is, or why it is none. */
async function service(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  try {
    const { region, service } = verifySignature({
      method: request.method,
      target: pathname + search,
      headers: new Map(request.headers),
      body: await request.text(),
    }, { [ID]: SECRET });
    // As much as the AWS CLI wants to see.
    if (/^aws-cli/.test(request.headers.get("user-agent") ?? "")) {
      return service === "sts"
        ? new Response(
          `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>${region}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
          { headers: { "content-type": "text/xml" } },
        )
        : service === "dynamodb"
        ? Response.json({ TableNames: [region] })
        : new Response(null, { headers: { etag: '"1"' } });
    }
    return new Response(`${region}/${service}`);
  } catch (error) {
    return new Response((error as Error).message, { status: 403 });
  }
}

const SIGV4 = await missing("curl") || await missing(
  "sh",
  "-c",
  "curl --help all | grep -q aws-sigv4",
);
const AWS = await missing("aws", "--version");
const aws = (...args: string[]) => [
  "aws",
  "--region",
  "eu-central-1",
  "--output",
  "text",
  ...args,
];
const curl = (region: string, name: string) => [
  "sh",
  "-c",
  `curl -sS --fail-with-body --aws-sigv4 aws:amz:${region}:${name} --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" "$@"`,
  "sh",
];
const QUERY = "Action=GetCallerIdentity&Version=2011-06-15";
for (
  const [name, skip, command, output] of [
    [
      "curl gets from S3",
      SIGV4,
      [
        ...curl("eu-central-1", "s3"),
        `https://${S3}/2026/a%20b.jpg?versionId=3`,
      ],
      "eu-central-1/s3",
    ],
    [
      "curl posts a form, whose body it signs without saying its hash",
      SIGV4,
      [...curl("us-east-1", "sts"), "--data", QUERY, `https://${STS}/`],
      "us-east-1/sts",
    ],
    [
      "curl puts a file into S3 without signing at all",
      SIGV4,
      ["curl", "-sS", "--fail-with-body", "-T", "deno.json", `https://${S3}/k`],
      "eu-central-1/s3",
    ],
    [
      "the AWS CLI asks who it is",
      AWS,
      aws("sts", "get-caller-identity", "--query", "Account"),
      "eu-central-1",
    ],
    [
      "the AWS CLI lists tables",
      AWS,
      aws("dynamodb", "list-tables"),
      "TABLENAMES\teu-central-1",
    ],
    [
      "the AWS CLI copies a file into S3, its checksum behind it",
      AWS,
      aws("s3", "cp", "--no-progress", "deno.json", "s3://photos/k"),
      "upload: ./deno.json to s3://photos/k",
    ],
  ] as const
) {
  test(
    name,
    { skip },
    () =>
      withScenario({}, HOSTS, service, async (scenario) => {
        const login = await scenario.authsome(["login", "aws", "--stdin"], {
          stdin: JSON.stringify({
            access_key_id: ID,
            secret_access_key: SECRET,
          }) + "\n",
        });
        expect([login.code, login.stderr]).toEqual([0, expect.anything()]);
        const { code, stdout, stderr, childEnv } = await scenario.client(
          command,
        );
        expect([code, stdout.trim(), stderr]).toEqual([
          0,
          output,
          expect.anything(),
        ]);
        expect(childEnv).toMatchObject({
          AWS_ACCESS_KEY_ID: "authsome-proxy-managed",
          AWS_SECRET_ACCESS_KEY: "authsome-proxy-managed",
        });
        expect(JSON.stringify([stdout, stderr, childEnv])).not.toContain(
          SECRET,
        );
        for (const { headers } of scenario.api.requests) {
          expect(JSON.stringify([...headers])).not.toContain(SECRET);
        }
      }),
  );
}

/** Of the AWS SDK for Go, with an HTTP client of its own. */
const LIST = [
  ...["rclone", "lsf", "--retries", "1", "--low-level-retries", "1"],
  ":s3,provider=AWS,env_auth=true,region=eu-central-1:photos/",
];

for (
  const [name, skip, command, settings] of [
    ["rclone lists a bucket", RCLONE, LIST, false],
    ["the AWS CLI is served", AWS, aws("sts", "get-caller-identity"), false],
    [
      "the AWS CLI is served where its settings name a bundle",
      AWS,
      aws("sts", "get-caller-identity"),
      true,
    ],
  ] as const
) {
  test(
    `${name}, though the person's own bundle lacks the certificate of the run`,
    { skip },
    () =>
      withScenario({}, HOSTS, service, async (scenario) => {
        const { folder } = scenario;
        await scenario.authsome(["login", "aws", "--stdin"], {
          stdin: JSON.stringify({
            access_key_id: ID,
            secret_access_key: SECRET,
          }) + "\n",
        });
        Deno.writeTextFileSync(
          `${folder}/aws`,
          settings ? `[profile other]\n[default]\nca_bundle = ~/ca.pem\n` : "",
        );
        const { code, stderr, childEnv } = await scenario.client(command, {
          env: {
            AWS_CONFIG_FILE: "~/aws",
            ...settings ? {} : { AWS_CA_BUNDLE: `${folder}/ca.pem` },
          },
        });
        expect([code, stderr]).toEqual([0, expect.anything()]);
        expect(scenario.api.requests.length).toBe(1);
        expect(childEnv.AWS_CA_BUNDLE).toBe(
          settings ? childEnv.SSL_CERT_FILE : undefined,
        );
      }),
  );
}
