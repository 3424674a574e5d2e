/** A flow's request whose person is a function. @module */
import type { Client } from "../../../lib/oauth/client.ts";
import type { Conversation } from "../../../lib/ports/conversation.ts";
import type { FlowRequest } from "../../../lib/login/flow.ts";
import type { ProviderDefinition } from "../../../lib/provider/definition.ts";
import { Secret } from "../../../lib/secret.ts";
import { REDIRECT_URI } from "../servers/authorization_server.ts";

/** What the person was shown and told. */
export interface Heard {
  said: string[];
  /** Pages that were opened. */
  urls: URL[];
  /** Callbacks that came and were not accepted. */
  ignored: URLSearchParams[];
  asked: number;
}

/** A request for `definition`; `person` answers the authorization page with the callbacks that come, in order. */
export function flowRequest(
  definition: ProviderDefinition,
  options: {
    client?: { clientId: string; clientSecret?: string };
    /** Given already. */
    stored?: Client;
    person?: (
      url: URL,
      post?: Readonly<Record<string, string>>,
    ) => Promise<URLSearchParams[]>;
    device?: Conversation["showDeviceCode"];
  } & Omit<Partial<FlowRequest>, "client"> = {},
): FlowRequest & { heard: Heard } {
  const { client, stored, person, device, ...over } = options;
  const heard: Heard = { said: [], urls: [], ignored: [], asked: 0 };
  const refuse = () => Promise.reject(new Error("not expected"));
  return {
    provider: { definition, source: "custom", warnings: [] },
    connection: "default",
    ...(stored ? { client: stored } : {}),
    fetch: (input, init) => fetch(input, init),
    clock: { now: () => Date.now() },
    sleep: () => Promise.resolve(),
    heard,
    conversation: {
      redirectUri: REDIRECT_URI,
      signal: new AbortController().signal,
      askSecrets: refuse,
      askClient: () => {
        heard.asked++;
        if (!client) return refuse();
        return Promise.resolve({
          clientId: client.clientId,
          ...(client.clientSecret === undefined
            ? {}
            : { clientSecret: new Secret(client.clientSecret) }),
        });
      },
      async authorize(url, accept, post) {
        heard.urls.push(url);
        for (const callback of await person?.(url, post) ?? []) {
          if (accept(callback)) return callback;
          heard.ignored.push(callback);
        }
        throw new Error("no callback was accepted");
      },
      showDeviceCode: device ?? refuse,
      say: (message) => void heard.said.push(message),
    },
    ...over,
  };
}
