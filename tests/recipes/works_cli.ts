/** What is added around the command line: a flow, a command, a flag. @module */
import type { Work } from "./scratch_copy.ts";

export const flow: Work = {
  name: "pasted",
  files: [
    (from) =>
      `/** A token that the person made at the provider, pasted once. @module */
import type { Flow } from "${from("Flow")}";

export const flow: Flow = {
  async run({ provider, connection, conversation }) {
    const { access_token } = await conversation.askSecrets({
      provider,
      connection,
      fields: ["access_token"],
    });
    return {
      credential: {
        type: "oauth2",
        accessToken: access_token!,
        scopes: [],
        requestedScopes: [],
        captured: {},
      },
    };
  },
};
`,
    (from) =>
      `import { expect } from "expect";
import { test } from "node:test";
import { FLOW_CODE } from "${from("FLOW_CODE")}";
import type { OAuth2Credential } from "${from("OAuth2Credential")}";
import { CLIENTS, startAuthorizationServer } from "${
        from("startAuthorizationServer")
      }";
import { flowRequest } from "${from("flowRequest")}";

test("a token that is pasted is the one that the server issued", async () => {
  const server = await startAuthorizationServer();
  try {
    const issuing = flowRequest(server.definition(), {
      client: CLIENTS.public,
      person: async (url) => [await server.consent(url)],
    });
    const browser = (await FLOW_CODE.pkce()).flow;
    const issued = (await browser.run(issuing)).credential as OAuth2Credential;
    const request = flowRequest(server.definition({ flow: "pasted" }));
    request.conversation.askSecrets = () =>
      Promise.resolve({ access_token: issued.accessToken });
    const { flow } = await FLOW_CODE.pasted();
    const { accessToken } = (await flow.run(request))
      .credential as OAuth2Credential;
    expect(await server.accepts(accessToken.reveal())).toBe(true);
  } finally {
    await server.close();
  }
});
`,
  ],
  changes: [
    (text) => text.replace(/^ {2}\| "device_code"\n/m, '$&  | "pasted"\n'),
    (text) =>
      text.replace(
        /^ {2}device_code: \{\n/m,
        `  pasted: {
    title: "a token that is pasted once",
    auth_type: "oauth2",
    endpoints: [],
    offeredBy: [["authorization_url"]],
  },
$&`,
      ),
    (text, from) =>
      text.replace(
        /^ {2}device_code: \(\) => /m,
        `  pasted: () => import("${from("pasted.ts")}"),\n$&`,
      ),
  ],
};

export const command: Work = {
  name: "greet",
  files: [
    (from) =>
      `import { defineCommand, toggle } from "${from("defineCommand")}";

/** \`greet\`: says hello to the profile. */
export default defineCommand<{ loud?: boolean }>({
  examples: [["authsome greet", "say hello"]],
  parameters: { flags: { loud: toggle("In capitals") } },

  async run(context, { loud }) {
    const { profile } = await context.broker();
    const text = \`Hello, \${profile}\`;
    context.output.data(loud ? text.toUpperCase() : text);
  },
});
`,
    () =>
      "$ authsome greet\nHello, default\n$ authsome greet --loud\nHELLO, DEFAULT\n",
  ],
  changes: [
    (text, from) =>
      text.replace(
        /^ {2}"whoami": \{\n/m,
        `  "greet": {
    brief: "Say hello",
    group: "Look",
    load: async () => (await import("${from("greet.ts")}")).default,
  },
$&`,
      ),
    (text) =>
      text.replace(
        /^ {2}"whoami": \{ argv/m,
        '  "greet": { argv: "greet" },\n$&',
      ),
  ],
};

export const flag: Work = {
  name: "softly",
  changes: [(text) =>
    text.replace(
      /^export const LOGIN_FLAGS = \{\n/m,
      '$&  softly: toggle("Say less"),\n',
    )],
};
