/**
 * What becomes of a request. The proxy, the library's `fetch` and `explain` ask here and nowhere else.
 *
 * The order: policies, the names in placeholders, the route (a tie is refused), placeholders without one, new
 * credentials. An `inject` verdict names what its caller does next: `body` (read it and settle), the credential of
 * `route`, its injections, `signature`.
 *
 * @module
 */
import { defined } from "../object.ts";
import { PLACEHOLDER } from "../placeholder.ts";
import type { Injection } from "../provider/definition.ts";
import { type ForwardedHead, forwardedHead } from "../wire/forwarded_head.ts";
import { type Field, type RequestHead, values } from "../wire/http1.ts";
import { type Endpoint, parseAuthority } from "../wire/target.ts";
import { decideNamed } from "./decide_named.ts";
import { isRoutedHost } from "./decide_route.ts";
import { type LoginVerdict, loginVerdict } from "./answers/login_answer.ts";
import { type DecidingStep, decidingStep } from "./minting/deciding_step.ts";
import { mintedByHead } from "./minting/minting.ts";
import { namedPlaceholder } from "./named_placeholder.ts";
import { placeholderRefusal } from "./policies/placeholder.ts";
import { POLICIES } from "./policies/policies.ts";
import type { PolicyRequest } from "./policies/policy.ts";
import type { Refusal } from "./refusal.ts";
import type { Route, RouteTable } from "./route.ts";

/** A request to decide about. */
interface DecideRequest {
  scheme: "https" | "http";
  /** Where its connection leads: the authority of the CONNECT, or of the URL. */
  authority: Endpoint;
  /** Its target is a path; `Host` is among its fields. */
  head: RequestHead;
}

/** What else counts. */
interface DecideOptions {
  /** What happens to hosts without a route. */
  policy: "open" | "deny";
  /** Whether it is settled that the request is read: its tunnel has been opened. Default: no. */
  opened?: boolean;
}

/** A request that is answered in the server's place. */
interface RefuseVerdict {
  kind: "refuse";
  refusal: Refusal;
  /** Whether that is for want of a route alone (`--policy deny`). */
  unrouted?: true;
}

/** What becomes of a request that is read. */
type ReadVerdict =
  | RefuseVerdict
  /** Answered in the server's place, as the body says. */
  | LoginVerdict
  /** Sent without a credential. */
  | { kind: "forward"; head: ForwardedHead }
  | InjectVerdict;

/** What becomes of a request; `tunnel`: it is not read, since no credential is for its host. */
export type Verdict = ReadVerdict | { kind: "tunnel" };

/** A request that gets the credential of `route`, unless a later step refuses it. */
export interface InjectVerdict {
  kind: "inject";
  /** Names the credential and where it is put. */
  route: Route;
  /** The head to put it into. */
  head: ForwardedHead;
  /** What stands for a field of the credential in whatever the client sees. */
  placeholder(field: string): string;
  /** Which new credential the request asks for, as it may. For the audit log. */
  detail?: string;
  /** Set if the body decides too. */
  body?: DecidingStep;
  /** Set if the request is signed last. */
  signature?: Extract<Injection, { kind: "sigv4" }>;
  /**
   * Set when the request was signed with a proof (DPoP). Told the head of the response; says whether the request was
   * refused for want of a nonce alone, so that it succeeds if it is sent again.
   */
  learn?(response: { status: number; fields: readonly Field[] }): boolean;
}

/**
 * Decides about `request` by the routes of `table`.
 *
 * @throws {HeadError} if its head cannot be sent on.
 */
export function decide(
  request: DecideRequest,
  table: RouteTable,
  options: DecideOptions & { opened: true },
): ReadVerdict;
export function decide(
  request: DecideRequest,
  table: RouteTable,
  options: DecideOptions,
): Verdict;
export function decide(
  request: DecideRequest,
  table: RouteTable,
  { policy, opened }: DecideOptions,
): Verdict {
  if (request.scheme === "http") return decidePlain(request, policy);
  return (opened
    ? undefined
    : decideTunnel(request.authority, table, policy)) ??
    decideRead(request, table);
}

/** What becomes of a tunnel to `authority`; `undefined`: it is opened, and its requests are decided about. */
export function decideTunnel(
  authority: Endpoint,
  table: RouteTable,
  policy: DecideOptions["policy"],
): RefuseVerdict | { kind: "tunnel" } | undefined {
  const { host, port } = authority;
  if (isRoutedHost(table, host, port)) return undefined;
  if (policy === "open") return { kind: "tunnel" };
  return unrouted({
    status: 403,
    reason: "policy",
    message: `${host}:${port} is refused: no connection serves it`,
    hint: "Connect a provider that serves it, or leave out --policy deny",
  });
}

function decideRead(
  { authority, head }: DecideRequest,
  table: RouteTable,
): ReadVerdict {
  const { decision, mints, name, refusal: misnamed } = decideNamed(
    table,
    authority,
    head,
  );
  const refusal = refusalOf({ authority, head, decision, mints }) ?? misnamed;
  if (
    decision.kind === "forbidden" && decision.login &&
    refusal?.reason === "oauth_endpoint"
  ) {
    const { otherwise } = decision;
    return loginVerdict(decision.login, head, {
      refusal,
      ...defined({
        otherwise: otherwise &&
          refusalOf({ authority, head, decision: otherwise, mints }),
      }),
    });
  }
  if (refusal) return refuse(refusal);
  if (decision.kind === "tie") return refuse(tied(decision.providers));
  const forwarded = forwardedHead(head);
  if (decision.kind !== "route") {
    return forward(
      forwarded,
      "Ask for a path that a connected provider serves; see: authsome list --connected",
    );
  }
  const { route } = decision;
  const minted = mintedByHead(mints, head);
  const body = minted ? undefined : decidingStep(route, mints, head);
  const signature = route.injections.find((injection) =>
    injection.kind === "sigv4"
  );
  return {
    kind: "inject",
    route,
    head: forwarded,
    placeholder: (field) => shown(route, field, name),
    ...defined({ detail: minted?.reason, body, signature }),
  };
}

function shown({ placeholders }: Route, field: string, name?: string): string {
  const placeholder = placeholders?.[field] ?? PLACEHOLDER;
  return name === undefined ? placeholder : namedPlaceholder(name, placeholder);
}

/** Outside of TLS no credential is ever sent, whatever the routes. */
function decidePlain(
  { authority, head }: DecideRequest,
  policy: DecideOptions["policy"],
): ReadVerdict {
  if (head.method === "TRACE") {
    return refuse({
      status: 403,
      reason: "method_refused",
      message: "TRACE is refused",
      hint: "Use another method",
    });
  }
  const [host = ""] = values(head.fields, "host");
  const named = parseAuthority(host, 80);
  if (
    head.minor === 1 &&
    (named?.host !== authority.host || named.port !== authority.port)
  ) {
    return refuse({
      status: 421,
      reason: "authority_mismatch",
      message: "The Host header and the target name different servers",
      hint: `Send Host: ${authority.host}`,
    });
  }
  if (policy === "deny") {
    return unrouted({
      status: 403,
      reason: "policy",
      message:
        `${authority.host} is refused: no connection serves it over http`,
      hint: "Leave out --policy deny, or use https",
    });
  }
  return forward(
    forwardedHead(head),
    "Use https: no credential is sent over plain http",
  );
}

/** The first refusal of all policies. */
function refusalOf(request: PolicyRequest): Refusal | undefined {
  for (const policy of POLICIES) {
    const refusal = policy(request);
    if (refusal) return refusal;
  }
}

/** Nothing is injected, so nothing may pretend to be a credential. */
function forward(head: ForwardedHead, hint: string): ReadVerdict {
  const misplaced = placeholderRefusal(head, hint);
  return misplaced ? refuse(misplaced) : { kind: "forward", head };
}

/** Without a credential the request would fail for no visible reason, so it is not sent on. */
function tied(providers: readonly string[]): Refusal {
  return {
    status: 403,
    reason: "tie",
    message: `${
      providers.join(" and ")
    } serve this request, so it gets no credential`,
    hint: `authsome prefer ${providers[0]}`,
  };
}

function refuse(refusal: Refusal): RefuseVerdict {
  return { kind: "refuse", refusal };
}

function unrouted(refusal: Refusal): RefuseVerdict {
  return { kind: "refuse", refusal, unrouted: true };
}
