// Clients of HTTP in general, each asking the same API in its usual way.
import process from "node:process";

const { load } = globalThis;
const URL = "https://api.openai.com/v1/models";
const headers = { authorization: `Bearer ${process.env.OPENAI_API_KEY}` };

/** The body of a response of `fetch`; throws if it is a refusal. */
async function text(response) {
  if (!response.ok) throw new Error(`status ${response.status}`);
  return await response.text();
}

export const CLIENTS = {
  fetch: async () => await text(await fetch(URL, { headers })),

  "https-request": async () => {
    const https = await import("node:https");
    return await new Promise((resolve, reject) =>
      https.get(URL, { headers }, (response) => {
        response.resume();
        if (response.statusCode === 200) {
          response.on("end", () => resolve("ok"));
        } else reject(new Error(`status ${response.statusCode}`));
      }).on("error", reject)
    );
  },

  "https-agent": async () => {
    const https = await import("node:https");
    const agent = new https.Agent({ keepAlive: true });
    return await new Promise((resolve, reject) =>
      https.get(URL, { headers, agent }, (response) => {
        response.resume();
        if (response.statusCode === 200) {
          response.on("end", () => resolve("ok"));
        } else reject(new Error(`status ${response.statusCode}`));
      }).on("error", reject)
    );
  },

  axios: async () =>
    (await (await load("axios")).default.get(URL, { headers })).data,
  got: async () =>
    (await (await load("got")).default(URL, { headers, retry: { limit: 0 } }))
      .body,
  ky: async () =>
    await (await load("ky")).default(URL, { headers, retry: 0 }).text(),
  "node-fetch": async () =>
    await text(await (await load("node-fetch")).default(URL, { headers })),
  "cross-fetch": async () =>
    await text(await (await load("cross-fetch")).default(URL, { headers })),

  undici: async () => {
    const { request } = await load("undici");
    const { statusCode, body } = await request(URL, { headers });
    await body.dump();
    if (statusCode !== 200) throw new Error(`status ${statusCode}`);
  },

  "undici-env": async () => {
    const { EnvHttpProxyAgent, fetch } = await load("undici");
    return await text(
      await fetch(URL, { headers, dispatcher: new EnvHttpProxyAgent() }),
    );
  },

  needle: async () => {
    const { statusCode } = await (await load("needle")).default("get", URL, {
      headers,
    });
    if (statusCode !== 200) throw new Error(`status ${statusCode}`);
  },

  request: async () => {
    const { default: request } = await load("request");
    return await new Promise((resolve, reject) =>
      request(
        { url: URL, headers },
        (error, response, body) =>
          error || response.statusCode !== 200
            ? reject(error ?? new Error(`status ${response.statusCode}`))
            : resolve(body),
      )
    );
  },

  superagent: async () =>
    (await (await load("superagent")).default.get(URL).set(headers)).status,

  http2: async () => {
    const { connect } = await import("node:http2");
    const session = connect("https://api.openai.com");
    return await new Promise((resolve, reject) => {
      session.on("error", reject);
      const stream = session.request({ ":path": "/v1/models", ...headers });
      stream.on(
        "response",
        ({ ":status": status }) =>
          status === 200
            ? resolve(status)
            : reject(new Error(`status ${status}`)),
      );
      stream.on("error", reject);
      stream.resume();
    });
  },

  "graphql-request": async () => {
    const { GraphQLClient } = await load("graphql-request");
    const client = new GraphQLClient("https://api.linear.app/graphql", {
      headers: { authorization: process.env.LINEAR_API_KEY },
    });
    return await client.request("{ viewer { id } }");
  },
};
