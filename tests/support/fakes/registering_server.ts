/**
 * Fake remote MCP servers and their authorization servers, as one function in place of `fetch`: clients register
 * themselves, and are forgotten as the test says. What a real server does is tested with real ones.
 *
 * @module
 */
import type { Fetch } from "../../../lib/ports/net.ts";

/** A client that a server knows. */
interface KnownClient {
  metadata: Record<string, unknown>;
  secret?: string;
  method: string;
}

/** What came to a token or revocation endpoint. */
interface Presented {
  issuer: string;
  path: string;
  grant: string | null;
  clientId: string;
  /** How the client proved itself. */
  method: string;
  form: URLSearchParams;
}

/** How one authorization server behaves. */
export interface Behaviour {
  /** Changes of its metadata; `undefined` leaves a field out. */
  metadata?: Record<string, unknown>;
  /** Methods that its endpoints take; others get `invalid_client`. Default: the client's. */
  accepts?: readonly string[];
  /** Methods that its revocation endpoint takes. Default: as `accepts`. */
  acceptsAtRevocation?: readonly string[];
  /** Answers a registration in place of the usual way. */
  register?(metadata: Record<string, unknown>): Response | undefined;
  /** Answers a token request in place of the usual way. */
  token?(form: URLSearchParams): Response | undefined;
  /** What its page does with a client that it does not know: nothing comes back, or this error does. */
  unknown?: string;
  /** Reads the document of a client that describes itself; absent: it knows no such clients. */
  readDocument?(url: string): Record<string, unknown> | undefined;
}

/** The servers of a test. */
export class RegisteringServers {
  /** URL of an MCP server → its issuers. */
  readonly resources: Record<string, string | string[]>;
  readonly behaviour: Record<string, Behaviour> = {};
  readonly clients = new Map<string, KnownClient>();
  /** Registrations that were asked for, in order. */
  readonly registrations: Record<string, unknown>[] = [];
  readonly presented: Presented[] = [];
  /** Queries of the authorization pages that were opened. */
  readonly pages: URLSearchParams[] = [];
  #count = 0;
  readonly #codes = new Map<string, string>();
  readonly #refreshTokens = new Map<string, string>();

  constructor(resources: Record<string, string | string[]>) {
    this.resources = resources;
  }

  readonly fetch: Fetch = async (input, init) => {
    const request = new Request(input as string, init);
    const url = new URL(request.url);
    const known = "/.well-known/oauth-protected-resource";
    if (url.pathname.startsWith(known)) {
      const resource = url.origin + url.pathname.slice(known.length);
      const issuer = this.resources[resource];
      return issuer === undefined
        ? new Response("", { status: 404 })
        : Response.json({ resource, authorization_servers: [issuer].flat() });
    }
    const issuer = url.origin;
    if (!Object.values(this.resources).flat().includes(issuer)) {
      return new Response("", { status: 401 });
    }
    switch (url.pathname) {
      case "/.well-known/oauth-authorization-server":
        return Response.json(this.#metadata(issuer));
      case "/register":
        return this.#register(issuer, await request.json());
      case "/token":
      case "/revoke":
        return this.#present(issuer, url.pathname, request);
    }
    return new Response("", { status: 404 });
  };

  /** The person's browser: what comes back from the page, or `undefined` if it shows an error. */
  visit(url: URL): URLSearchParams | undefined {
    const { searchParams } = url;
    this.pages.push(searchParams);
    const { unknown } = this.#of(url.origin);
    const clientId = searchParams.get("client_id")!;
    const state = searchParams.get("state")!;
    if (!this.#client(url.origin, clientId)) {
      return unknown && new URLSearchParams({ error: unknown, state }) ||
        undefined;
    }
    const code = `code-${++this.#count}`;
    this.#codes.set(code, clientId);
    return new URLSearchParams({ code, state });
  }

  #of(issuer: string): Behaviour {
    return this.behaviour[issuer] ?? {};
  }

  #metadata(issuer: string) {
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      registration_endpoint: `${issuer}/register`,
      revocation_endpoint: `${issuer}/revoke`,
      code_challenge_methods_supported: ["S256"],
      ...this.#of(issuer).metadata,
    };
  }

  #register(issuer: string, metadata: Record<string, unknown>): Response {
    this.registrations.push(metadata);
    const answer = this.#of(issuer).register?.(metadata);
    if (answer) return answer;
    return this.admit(issuer, metadata);
  }

  /** Registers a client, with a secret unless it asks for none; the answer has `over`. */
  admit(
    issuer: string,
    metadata: Record<string, unknown>,
    over: Record<string, unknown> = {},
  ): Response {
    const id = `client-${++this.#count}`;
    const body: Record<string, unknown> = {
      ...metadata,
      client_id: id,
      ...(metadata.token_endpoint_auth_method === "none" ? {} : {
        client_secret: `secret-of-${id}`,
        client_secret_expires_at: 0,
      }),
      ...over,
    };
    this.clients.set(`${issuer} ${id}`, {
      metadata,
      method: String(metadata.token_endpoint_auth_method),
      ...(body.client_secret ? { secret: String(body.client_secret) } : {}),
    });
    return Response.json(body, { status: 201 });
  }

  #client(issuer: string, id: string): KnownClient | undefined {
    const known = this.clients.get(`${issuer} ${id}`);
    if (known || !id.startsWith("https://")) return known;
    const metadata = this.#of(issuer).readDocument?.(id);
    return metadata && { metadata, method: "none" };
  }

  async #present(
    issuer: string,
    path: string,
    request: Request,
  ): Promise<Response> {
    const form = new URLSearchParams(await request.text());
    const basic = /^Basic (.*)$/.exec(
      request.headers.get("authorization") ?? "",
    )?.[1];
    const [id, secret] = basic
      ? atob(basic).split(":").map(decodeURIComponent)
      : [form.get("client_id") ?? "", form.get("client_secret")];
    const method = basic
      ? "client_secret_basic"
      : secret
      ? "client_secret_post"
      : "none";
    const grant = form.get("grant_type");
    this.presented.push({ issuer, path, grant, clientId: id!, method, form });
    const { accepts, acceptsAtRevocation, token } = this.#of(issuer);
    const answer = path === "/token" ? token?.(form) : undefined;
    if (answer) return answer;
    const client = this.#client(issuer, id!);
    const methods = path === "/revoke" && acceptsAtRevocation || accepts ||
      [client?.method ?? ""];
    const proved = client && methods.includes(method) &&
      (method === "none" || client.secret === secret);
    if (!proved) {
      return Response.json({ error: "invalid_client" }, { status: 401 });
    }
    if (path === "/revoke") return new Response("");
    const tokens = grant === "refresh_token"
      ? this.#refreshTokens
      : this.#codes;
    const given = form.get("refresh_token") ?? form.get("code") ?? "";
    if (tokens.get(given) !== id) {
      return Response.json({ error: "invalid_grant" }, { status: 400 });
    }
    tokens.delete(given);
    const n = ++this.#count;
    this.#refreshTokens.set(`refresh-${n}`, id!);
    return Response.json({
      access_token: `access-${n}`,
      refresh_token: `refresh-${n}`,
      token_type: "bearer",
      expires_in: 3600,
    });
  }
}
