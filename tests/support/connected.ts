/** Homes with something in them. @module */
import { openRuntime } from "../../lib/host/wiring.ts";
import { Broker } from "../../lib/broker/broker.ts";
import { DEFAULT_CONNECTION } from "../../lib/names.ts";
import { Secret } from "../../lib/secret.ts";

/** Runs `body` with a broker of `home` and closes it. */
export async function withBroker<T>(
  home: string,
  body: (broker: Broker) => Promise<T>,
): Promise<T> {
  const broker = await Broker.open(await openRuntime({ home }), {
    profile: "default",
  });
  try {
    return await body(broker);
  } finally {
    await broker.close();
  }
}

/** Connects `provider` with an API key; a connection of that name is replaced. */
export async function connect(
  broker: Broker,
  provider: string,
  key: string,
  name = DEFAULT_CONNECTION,
): Promise<void> {
  await connectFields(broker, provider, { api_key: key }, { name });
}

/** The same with the fields of a credential that has several. */
export async function connectFields(
  broker: Broker,
  provider: string,
  fields: Readonly<Record<string, string>>,
  { name = DEFAULT_CONNECTION, baseUrl }: { name?: string; baseUrl?: string } =
    {},
): Promise<void> {
  const { connections, clock } = broker;
  const old = (await connections.names(provider)).some((known) =>
    known.name === name
  );
  await connections.save({
    provider,
    name,
    revision: old ? (await connections.get(provider, name)).revision : 0,
    credential: {
      type: "api_key",
      fields: Object.fromEntries(
        Object.entries(fields).map(([field, value]) => [
          field,
          new Secret(value),
        ]),
      ),
    },
    ...baseUrl === undefined ? {} : { baseUrl },
    state: "connected",
    createdAt: clock.now(),
    updatedAt: clock.now(),
  });
}
