/** Which connections take part in a run, and what their routes are made from. @module */
import type { Connection, Credential } from "../connection/connection.ts";
import type { Connections } from "../connection/connections.ts";
import type { Preferences, Preferred } from "../connection/preferences.ts";
import { publicValues } from "../connection/public_values.ts";
import type { Sketch } from "../connection/listing/sketch.ts";
import { AuthsomeError } from "../errors.ts";
import { defined } from "../object.ts";
import { publicFields } from "../provider/credential_fields.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import type { ProviderRegistry } from "../provider/registry.ts";
import type { RouteInput } from "./routes.ts";

/** Which connections take part. */
export interface Participation {
  /** Providers that take part. Default: every connected one. */
  only?: readonly string[];
  /** Connection by provider, where it is not the default one. */
  connections?: Readonly<Record<string, string>>;
  /**
   * Whether the command also gets `<VAR>__<NAME>` for every connection that is not the one chosen; they hold a
   * placeholder that carries the name. Without it such a placeholder still works, but not for providers in
   * `connections`.
   */
  allConnections?: boolean;
  /** Providers whose requests for new credentials are let through; see `MintingPlace`. Default: none. */
  allowMinting?: readonly string[];
}

/** What the participants of a run are read from. */
export interface ParticipantContext {
  registry: Pick<ProviderRegistry, "get">;
  connections:
    & Pick<Connections, "names" | "get">
    & Partial<Pick<Connections, "providers" | "sketches">>;
  preferences: Pick<Preferences, "read">;
  /** Whether the command is shown configuration files. */
  showsFiles?: boolean;
  /** Whether the command may use agents' own logins, by their placeholders. */
  showsLogins?: boolean;
  /** Says something that the person should know, on stderr. */
  warn(message: string): void;
}

/** Definition and connection of each provider that takes part. What was asked for by name must be there. */
export async function participants(
  { only, connections: chosen = {}, allowMinting = [] }: Omit<
    Participation,
    "allConnections"
  >,
  context: ParticipantContext,
): Promise<Map<string, RouteInput>> {
  for (const provider of Object.keys(chosen)) {
    if (only && !only.includes(provider)) {
      throw new AuthsomeError(
        "Usage",
        `Cannot choose a connection of ${provider}: --only leaves it out`,
        `Add ${provider} to --only, or leave out --connection`,
        { subject: { provider } },
      );
    }
  }
  const stranger = allowMinting.find((provider) =>
    only && !only.includes(provider)
  );
  if (stranger !== undefined) {
    throw new AuthsomeError(
      "Usage",
      `Cannot allow ${stranger} to make credentials: --only leaves it out`,
      `Add ${stranger} to --only, or leave out --allow-minting`,
      { subject: { provider: stranger } },
    );
  }
  const named = new Set([
    ...only ?? [],
    ...Object.keys(chosen),
    ...allowMinting,
  ]);
  const providers = new Set(named);
  if (!only) {
    for (const provider of await connectedProviders(context)) {
      providers.add(provider);
    }
  }
  const inputs = new Map<string, RouteInput>();
  const preferred = await readPreferred(context);
  for (const provider of [...providers].sort()) {
    try {
      const { definition } = await context.registry.get(provider);
      inputs.set(
        provider,
        allowing(
          allowMinting,
          await inputOf(definition, chosen, preferred, context),
        ),
      );
    } catch (error) {
      // One damaged record or file must not keep every other provider from working.
      if (
        named.has(provider) || !(error instanceof AuthsomeError) ||
        !["RecordCorrupt", "InvalidDefinition", "ProviderNotFound"].includes(
          error.code,
        )
      ) throw error;
      context.warn(
        `${provider} is left out: ${error.message}. ${error.hint}`,
      );
    }
  }
  return inputs;
}

/** The connections that take part only by their name: of providers that do, where no single one was chosen. */
export async function otherInputs(
  { connections: chosen = {}, allConnections }: Pick<
    Participation,
    "connections" | "allConnections"
  >,
  context: ParticipantContext,
  inputs: ReadonlyMap<string, RouteInput>,
  /** Texts that may hold a secret of one of them; those are read in any case. */
  texts: Iterable<string> = [],
): Promise<RouteInput[]> {
  const others: RouteInput[] = [];
  const { connections } = context;
  const unread = allConnections ? undefined : await unreadInputs(texts);
  const all: Awaited<ReturnType<Connections["sketches"]>> =
    await (unread && connections.sketches?.() || connections.names());
  for (const { provider, name, sketch } of all) {
    const input = inputs.get(provider);
    if (
      !input || input.connection === name ||
      Object.hasOwn(chosen, provider) && !allConnections
    ) continue;
    const alike = sketch && unread?.(input, name, sketch);
    if (alike) {
      others.push(alike);
      continue;
    }
    try {
      const preferred = input.preferredOver
        ? { [provider]: input.preferredOver }
        : {};
      const named = { [provider]: name };
      const other = await inputOf(input.definition, named, preferred, context);
      others.push({ ...other, ...defined({ mayMint: input.mayMint }) });
    } catch (error) {
      if (!(error instanceof AuthsomeError)) throw error;
      context.warn(
        `${provider}/${name} is left out: ${error.message}. ${error.hint}`,
      );
    }
  }
  return others;
}

/** The providers with a connection. */
export async function connectedProviders(
  { connections }: Pick<ParticipantContext, "connections">,
): Promise<Iterable<string>> {
  return await connections.providers?.() ??
    (await connections.names()).map(({ provider }) => provider);
}

/**
 * What the routes of a connection are made from if its sketch says that they are as those of any other account, and that
 * none of `texts` holds a secret of it.
 */
async function unreadInputs(
  texts: Iterable<string>,
): Promise<
  (own: RouteInput, name: string, sketch: Sketch) => RouteInput | undefined
> {
  const { finderIn, isSketchOf } = await import(
    "../connection/listing/sketch.ts"
  );
  const mayStandIn = finderIn(texts);
  const shapes = new Map<RouteInput, RouteInput | undefined>();
  return (own, name, sketch) => {
    if (!shapes.has(own)) shapes.set(own, shapeOf(own));
    const like = shapes.get(own);
    return like && isSketchOf(sketch, own.definition.auth_type) &&
        !mayStandIn(sketch)
      ? { ...like, connection: name, like }
      : undefined;
  };
}

/** The input of any account of a provider; `undefined` if a definition makes more of a credential than where it goes. */
function shapeOf(
  { definition, preferredOver, mayMint, showsFiles }: RouteInput,
): RouteInput | undefined {
  const values = definition.flow !== "agent_login" &&
      !definition.public_values &&
      publicFields(definition).length === 0 &&
      !JSON.stringify([definition.placeholder, definition.export])
        .includes("client_id")
    ? publicValues(definition, { credential: NOTHING })
    : undefined;
  return values && {
    ...{ definition, connection: "", values },
    ...defined({ preferredOver, mayMint, showsFiles }),
  };
}

const NOTHING: Credential = { type: "api_key", fields: {} };

/** `input`, which may ask for new credentials if its provider is one of `providers`. */
export function allowing(
  providers: readonly string[],
  input: RouteInput,
): RouteInput {
  return providers.includes(input.definition.name)
    ? { ...input, mayMint: true }
    : input;
}

/** What the routes of one connection are made from. */
export async function inputOf(
  definition: ProviderDefinition,
  chosen: Readonly<Record<string, string>>,
  preferred: Preferred,
  { connections, showsFiles, showsLogins }: ParticipantContext,
): Promise<RouteInput> {
  const { name: provider } = definition;
  const connection = await connections.get(
    provider,
    Object.hasOwn(chosen, provider) ? chosen[provider] : undefined,
  );
  return {
    ...routeInput(
      definition,
      connection,
      Object.hasOwn(preferred, provider) ? preferred[provider] : undefined,
    ),
    ...showsLogins && definition.flow === "agent_login"
      ? (await import("./answers/own_login.ts")).loginOf(connection)
      : {},
    ...defined({ showsFiles: showsFiles || undefined }),
  };
}

/** The same of a connection that has been read. */
export function routeInput(
  definition: ProviderDefinition,
  { name, baseUrl, credential }: Pick<
    Connection,
    "name" | "baseUrl" | "credential"
  >,
  preferredOver?: readonly string[],
): RouteInput {
  return {
    definition,
    connection: name,
    values: publicValues(definition, { credential, ...defined({ baseUrl }) }),
    ...defined({
      baseUrl,
      captured: credential.type === "oauth2" ? credential.captured : undefined,
      preferredOver,
    }),
  };
}

/** The person's choices; without them what needs one is refused, and everything else works. */
export async function readPreferred(
  { preferences, warn }: ParticipantContext,
): Promise<Preferred> {
  try {
    return await preferences.read();
  } catch (error) {
    if (!(error instanceof AuthsomeError) || error.code !== "RecordCorrupt") {
      throw error;
    }
    warn(`${error.message}. ${error.hint}`);
    return {};
  }
}
