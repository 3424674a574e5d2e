/** How a client proves itself, of the ways that a server's metadata offers (RFC 8414 §2, RFC 7591 §2). @module */
import { defined } from "../../object.ts";
import type { Client } from "../client.ts";
import type { AuthorizationServer } from "../metadata.ts";

/** A way that authsome knows. */
type Method = NonNullable<Client["tokenAuthMethod"]>;

const WITH_SECRET: readonly Method[] = [
  "client_secret_post",
  "client_secret_basic",
];
const METHODS: readonly Method[] = ["none", ...WITH_SECRET];

/** What a registration asks for, best first. A server that names nothing may want any of them. */
export function methodsToAsk(
  { tokenAuthMethods: offered }: AuthorizationServer,
): Method[] {
  if (!offered) return ["none", "client_secret_basic", "client_secret_post"];
  const known = METHODS.filter((method) => offered.includes(method));
  return known.length > 0 ? known : ["none"];
}

/** The way of a client that was registered: as the answer names it, else as it was asked for, else as it is offered. */
export function registeredMethod(
  { tokenAuthMethods: offered }: AuthorizationServer,
  { named, asked, hasSecret }: {
    named: unknown;
    asked: Method;
    hasSecret: boolean;
  },
): Method {
  if (!hasSecret) return "none";
  const known = METHODS.find((method) => method === named);
  if (known) return known;
  if (asked !== "none") return asked;
  // RFC 7591 §2: a client whose method is not named uses Basic.
  return WITH_SECRET.find((method) => offered?.includes(method)) ??
    "client_secret_basic";
}

/** The ways of a client with `method` at both endpoints, as far as the revocation endpoint takes another. */
export function clientMethods(
  { revocationAuthMethods: offered }: AuthorizationServer,
  method: Method,
): Pick<Client, "tokenAuthMethod" | "revocationAuthMethod"> {
  const differs = method !== "none" && offered && !offered.includes(method);
  return {
    tokenAuthMethod: method,
    ...defined({
      revocationAuthMethod: differs
        ? [...WITH_SECRET, "none" as const].find((other) =>
          offered.includes(other)
        )
        : undefined,
    }),
  };
}

/**
 * The ways of a client that a person registered and gave with its secret, where the definition says none (`stated`) and
 * the server does not take the usual one.
 */
export function typedMethods(
  server: AuthorizationServer,
  stated: Method | undefined,
): Partial<Pick<Client, "tokenAuthMethod" | "revocationAuthMethod">> {
  const { tokenAuthMethods: offered } = server;
  if (stated !== undefined && stated !== "none" || !offered) return {};
  const method = WITH_SECRET.find((known) => offered.includes(known));
  if (!method) return {};
  const { tokenAuthMethod, ...other } = clientMethods(server, method);
  // The definition may come to say another; the usual one is not held against it.
  return method === WITH_SECRET[0] ? other : { tokenAuthMethod, ...other };
}
