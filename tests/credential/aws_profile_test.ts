// The real AWS CLI, whose profiles take their keys from the vault by `credential_process`.
import { expect } from "expect";
import { test } from "node:test";
import { Secret } from "../../lib/secret.ts";
import { connectFields, withBroker } from "../support/connected.ts";
import { missing } from "../support/missing.ts";
import { verifySignature } from "../support/servers/sigv4_verifier.ts";
import { disclosures, type ToolMachine, withTools } from "./tool_machine.ts";

const KEYS = {
  AKIAREALCANARY000001: "real-secret-canary/9f+Zq",
  ASIAMINTED1: "minted-secret-canary-1",
};
const HOSTS = ["sts.amazonaws.com", "sts.eu-central-1.amazonaws.com"];
const ROLE = "arn:aws:iam::123456789012:role/deploy";
const skip = await missing("aws", "--version");

/** STS (a fake): says whose signature it is, and has one role. */
async function sts(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const body = await request.text();
  let accessKeyId: string;
  try {
    ({ accessKeyId } = verifySignature({
      method: request.method,
      target: pathname + search,
      headers: new Map(request.headers),
      body,
    }, KEYS));
  } catch (error) {
    return new Response((error as Error).message, { status: 403 });
  }
  if (new URLSearchParams(body).get("Action") === "AssumeRole") {
    return Response.json({
      AssumeRoleResponse: {
        AssumeRoleResult: {
          Credentials: {
            AccessKeyId: "ASIAMINTED1",
            SecretAccessKey: KEYS.ASIAMINTED1,
            SessionToken: "session-canary",
            Expiration: Math.floor(Date.now() / 1000) + 3600,
          },
        },
      },
    });
  }
  const token = request.headers.get("x-amz-security-token") ?? "none";
  return new Response(
    `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>${accessKeyId} ${token}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
    { headers: { "content-type": "text/xml" } },
  );
}

async function connectAws(home: string): Promise<void> {
  await withBroker(home, async (broker) => {
    await connectFields(broker, "aws", {
      access_key_id: "AKIAREALCANARY000001",
      secret_access_key: KEYS.AKIAREALCANARY000001,
    });
    const now = broker.clock.now();
    // Its keys have expired: the next use mints others.
    await broker.connections.save({
      provider: "aws-role",
      name: "deploy",
      revision: 0,
      credential: {
        type: "api_key",
        fields: {
          access_key_id: new Secret("ASIAOLD"),
          secret_access_key: new Secret("old"),
          session_token: new Secret("old"),
        },
        expiresAt: now - 1000,
        source: {
          role_arn: new Secret(ROLE),
          region: new Secret("eu-central-1"),
        },
      },
      state: "connected",
      createdAt: now,
      updatedAt: now,
    });
  });
}

const whose = (...args: string[]) => [
  ...["aws", "sts", "get-caller-identity", "--region", "eu-central-1"],
  ...["--output", "text", "--query", "Account", ...args],
];

test(
  "profiles of the AWS CLI sign with the keys of their connections, minted where the flow mints them",
  { skip },
  () =>
    withTools({}, HOSTS, sts, async (machine: ToolMachine) => {
      const { home, tool, setup, read, write, folder } = machine;
      await connectAws(home);
      const own = "[default]\nregion = eu-central-1 # mine\n\n[profile x]";
      write(".aws/config", own);
      const shown = await setup("aws", "--dry-run");
      expect([shown.code, read(".aws/config")]).toEqual([0, own]);
      expect(shown.stdout).toContain("+ [profile deploy]");
      const { code, stderr } = await setup("aws", "--yes");
      expect([code, stderr]).toEqual([0, expect.stringContaining("deploy")]);
      expect(read(".aws/config")).toMatch(/^\[default\]\nregion = .* # mine\n/);

      expect(await tool(whose("--profile", "aws"))).toEqual(
        { code: 0, stdout: "AKIAREALCANARY000001 none\n", stderr: "" },
      );
      expect(await tool(whose("--profile", "deploy"))).toEqual(
        { code: 0, stdout: "ASIAMINTED1 session-canary\n", stderr: "" },
      );
      const answer = await machine.authsome(["credential", "aws", "deploy"]);
      const { Expiration, ...rest } = JSON.parse(answer.stdout);
      expect(rest).toEqual({
        Version: 1,
        AccessKeyId: "ASIAMINTED1",
        SecretAccessKey: KEYS.ASIAMINTED1,
        SessionToken: "session-canary",
      });
      expect(Expiration).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
      expect(await disclosures(machine)).toEqual(expect.arrayContaining([
        "aws/default access_key_id,secret_access_key,session_token for aws",
        "aws-role/deploy access_key_id,secret_access_key,session_token for aws",
      ]));
      expect(read("home/audit.log")).not.toMatch(/canary/i);

      expect((await setup("--undo", "aws", "--yes")).code).toBe(0);
      expect(read(".aws/config")).toBe(own);
      expect((await setup("aws", "--yes")).code).toBe(0);
      // What the AWS CLI writes into a profile of ours stays.
      await tool([
        "aws",
        "configure",
        "set",
        "output",
        "json",
        "--profile",
        "aws",
      ]);
      const again = await setup("aws", "--yes", "--json");
      expect(JSON.parse(again.stdout)).toMatchObject({ changed: false });
      expect((await setup("--undo", "aws", "--yes")).code).toBe(0);
      expect(read(".aws/config")).toBe(
        `${own}\n[profile aws]\noutput = json\n`,
      );
      Deno.removeSync(`${folder}/.aws/config`);
      expect((await setup("aws", "--yes")).code).toBe(0);
      expect((await setup("--undo", "aws", "--yes")).code).toBe(0);
      expect(read(".aws/config")).toBeUndefined();
    }),
);

test(
  "in a run the helper gives the placeholder, and the proxy signs",
  { skip },
  () =>
    withTools(
      {},
      HOSTS,
      sts,
      async ({ home, setup, client, authsome, env }) => {
        await connectAws(home);
        expect((await setup("aws", "--yes")).code).toBe(0);
        const unset = ["env", "-u", "AWS_ACCESS_KEY_ID"];
        const { code, stdout, stderr } = await client(
          [...unset, ...whose("--profile", "deploy")],
          {
            options: ["--connection", "aws-role=deploy", "--only", "aws-role"],
            env,
          },
        );
        expect([code, stdout, stderr]).toEqual(
          [0, "ASIAMINTED1 session-canary\n", expect.anything()],
        );
        const inside = await authsome(["credential", "aws", "aws/default"], {
          env: { AUTHSOME_PROXY_MODE: "true" },
        });
        expect(inside.stdout).not.toMatch(/canary/);
        expect(JSON.parse(inside.stdout)).toMatchObject({
          Version: 1,
          SecretAccessKey: expect.stringContaining("authsome-proxy-managed"),
        });
      },
    ),
);

test("credential aws says whose keys it could give", () =>
  withTools({}, [], () => new Response(), async ({ home, authsome, setup }) => {
    const none = await authsome(["credential", "aws"]);
    expect([none.code, none.stdout]).toEqual([3, ""]);
    expect((await setup("aws", "--yes")).code).toBe(4);
    await connectAws(home);
    const several = await authsome(["credential", "aws"]);
    expect([several.code, several.stdout]).toEqual([2, ""]);
    expect(several.stderr).toContain("aws-role/deploy, aws/default");
    const unknown = await authsome(["credential", "aws", "prod"]);
    expect([unknown.code, unknown.stdout]).toEqual([3, ""]);
    const github = await authsome(["credential", "aws", "github"]);
    expect([github.code, github.stdout]).toEqual([3, ""]);
  }));
