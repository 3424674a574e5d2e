/** A person's machine for the matrix: connected with every provider, the internet on loopback. @module */
import { createAuthority } from "../../lib/wire/certificate_authority.ts";
import { connectFields, withBroker } from "../../tests/support/connected.ts";
import { startConnectProxy } from "../../tests/support/servers/connect_proxy.ts";
import { type Scenario, withScenario } from "../../tests/support/scenario.ts";
import { CACHE } from "../../tests/support/sandbox/sandbox.ts";
import { HOSTS } from "./api/answers.ts";
import { serveOnNode } from "./api/on_node.ts";
import { Imitation } from "./api/imitation.ts";
import { makeRepositories } from "./api/repositories.ts";
import { CONNECTIONS } from "./connections.ts";

/** The machine of a worker: one row is tried on it at a time. */
export interface Machine {
  readonly scenario: Scenario;
  readonly api: Imitation;
  /** Variables of the person's shell that lead to the API, or to the one on Node. */
  network(onNode: boolean): Record<string, string>;
}

/** Runs `body` with a machine that is connected with `providers`. */
export async function withMachineFor(
  providers: readonly string[],
  /** Whether the API on Node is needed. */
  onNode: boolean,
  body: (machine: Machine) => Promise<void>,
): Promise<void> {
  const api = new Imitation();
  await withScenario(
    {},
    HOSTS,
    (request) => api.respond(request),
    async (scenario) => {
      await connectAll(scenario.home, providers);
      api.repositories = `${scenario.folder}/repositories`;
      await makeRepositories(api.repositories, scenario.env);
      const authority = await createAuthority({ hosts: HOSTS });
      const leaf = await authority.leafFor(HOSTS[0]!);
      const server = onNode ? await serveOnNode(leaf, api) : undefined;
      const proxy = await startConnectProxy(() => server?.port);
      const ca = `${scenario.folder}/node-ca.pem`;
      Deno.writeTextFileSync(ca, authority.caPem);
      try {
        await body({
          scenario,
          api,
          network: (onNode): Record<string, string> =>
            onNode ? { HTTPS_PROXY: proxy.url, AUTHSOME_CA_BUNDLE: ca } : {},
        });
      } finally {
        await proxy.close();
        await server?.close();
      }
    },
    CACHE,
  );
}

async function connectAll(
  home: string,
  providers: readonly string[],
): Promise<void> {
  await withBroker(home, async (broker) => {
    for (const provider of providers) {
      const { fields, baseUrl } = CONNECTIONS[provider]!;
      await connectFields(
        broker,
        provider,
        fields,
        baseUrl === undefined ? {} : { baseUrl },
      );
    }
  });
}
