// Variables of the person's shell that say what to trust, set to what cannot be used: empty, as one unsets a variable for
// one command, or naming what is no file of certificates.
import { expect } from "expect";
import { test } from "node:test";
import { missing, type Scenario, withScenario } from "../support/scenario.ts";

const KEY = `sk-${"o1".repeat(20)}`;
const HOST = "api.openai.com";
const curl = await missing("curl");

/** Only Deno itself reads these, before the program begins. */
/** Whether Deno runs the program, which reads these variables before it. */
const ON_DENO = "createHttpClient" in Deno &&
  !Deno.env.get("AUTHSOME_TEST_CLI");

const CLIENTS = [
  ...["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS"],
  ...["SSL_CERT_DIR", "AWS_CA_BUNDLE", "PIP_CERT", "GIT_SSL_CAINFO"],
];
const PEM = (der: string) =>
  `-----BEGIN CERTIFICATE-----\n${btoa(der)}\n-----END CERTIFICATE-----\n`;

function inScenario(
  body: (scenario: Scenario, files: Record<string, string>) => Promise<void>,
) {
  return () =>
    withScenario(
      { openai: KEY },
      [HOST],
      () => new Response("hello"),
      async (scenario) => {
        const { folder } = scenario;
        const files = {
          missing: `${folder}/missing.pem`,
          folder,
          text: `${folder}/text.pem`,
          broken: `${folder}/broken.pem`,
          mixed: `${folder}/mixed.pem`,
        };
        Deno.writeTextFileSync(files.text, "no certificate");
        Deno.writeTextFileSync(
          files.broken,
          PEM("abc").replace("Y", "!"),
        );
        Deno.writeTextFileSync(
          files.mixed,
          Deno.readTextFileSync(`${folder}/ca.pem`) + PEM("abc"),
        );
        await body(scenario, files);
      },
    );
}

/** What a request to a routed host comes to with `env` in the person's shell. */
async function ask({ client }: Scenario, env: Record<string, string>) {
  const { code, stdout, stderr } = await client(
    ["curl", "-sS", "--fail-with-body", `https://${HOST}/v1/models`],
    { env },
  );
  return code === 0 ? stdout : `${code} ${stderr}`;
}

test(
  "a variable that is set and empty is as good as unset",
  { skip: curl },
  inScenario(async (scenario) => {
    for (
      const env of [
        { DENO_CERT: "" },
        { DENO_TLS_CA_STORE: "" },
        { SSL_CERT_FILE: "" },
        { SSL_CERT_FILE: "", DENO_TLS_CA_STORE: "system" },
        Object.fromEntries(CLIENTS.map((name) => [name, ""])),
      ]
    ) expect([env, await ask(scenario, env)]).toEqual([env, "hello"]);
  }),
);

test(
  "what only clients read cannot break the proxy, nor another client's bundle",
  { skip: curl },
  inScenario(async (scenario, files) => {
    for (const path of Object.values(files)) {
      const env = Object.fromEntries(CLIENTS.map((name) => [name, path]));
      expect([path, await ask(scenario, env)]).toEqual([path, "hello"]);
    }
  }),
);

test(
  "a file of the proxy's own that cannot be used is named with its variable",
  { skip: curl },
  inScenario(async (scenario, files) => {
    const { missing, folder, text, broken, mixed } = files as Record<
      "missing" | "folder" | "text" | "broken" | "mixed",
      string
    >;
    for (const name of ["SSL_CERT_FILE", "AUTHSOME_CA_BUNDLE"]) {
      for (const path of [missing, folder, text, broken]) {
        expect(await ask(scenario, { [name]: path }))
          .toContain(`2 Error: Cannot `);
        expect(await ask(scenario, { [name]: path })).toContain(
          `${name} "${path}": `,
        );
      }
      expect(await ask(scenario, { [name]: mixed })).toBe("hello");
    }
    for (
      const [name, value] of [
        ["DENO_CERT", missing],
        ["DENO_CERT", folder],
        ["DENO_CERT", broken],
        ["DENO_TLS_CA_STORE", "elsewhere"],
      ] as const
    ) {
      expect(await ask(scenario, { [name]: value })).toContain(
        ON_DENO ? `2 Error: Cannot use ${name} "${value}": ` : "hello",
      );
    }
  }),
);
