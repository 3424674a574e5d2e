/**
 * What a person's rules say of a request, as the proxy and `fetch` ask for it: after a route is found and before a
 * credential is put into the request. `lib/policy/` answers.
 *
 * @module
 */
import type { Endpoint } from "../../wire/target.ts";
import type { Field, RequestHead } from "../../wire/http1.ts";
import type { Refusal } from "../refusal.ts";

/** Who waits for the answer to a request. */
export interface Asker {
  /** Aborted once nobody waits any more. Made when it is first asked for. */
  readonly gone: AbortSignal;
}

/** A request that is read. */
export interface ControlledRequest {
  scheme: "https" | "http";
  /** The authority of the CONNECT, or of the URL. */
  authority: Endpoint;
  /** As it came. Its target is a path. */
  head: RequestHead;
  /** Whose credential it gets; absent: none. */
  provider?: string;
  connection?: string;
  /** Set if its route serves nothing but git. */
  paths?: "git";
  /** Absent: that is not known. */
  asker?: Asker;
}

/** Told what becomes of a request that is sent; every member may be left out. Nothing of it delays what passes. */
export interface Passage {
  /** Bytes of the request's body, without the framing of HTTP, as they go to the server. */
  sent?(bytes: number): void;
  /** The final head of the response. */
  head?(status: number, fields: readonly Field[]): void;
  /** Part of the response's body as it passes, still encoded (`Content-Encoding`), without the framing of HTTP. */
  body?(bytes: Uint8Array): void;
  /** The response is complete, or will not come. */
  end?(): void;
}

/** What the rules say. */
export type Ruling =
  | {
    kind: "allow";
    /** The rule, if one says so. For the audit log. */
    rule?: string;
    /** Names of the operations. For the audit log. */
    operation?: string;
    passage?: Passage;
  }
  /** The refusal names the rule and the operation. */
  | { kind: "refuse"; refusal: Refusal }
  /** The body decides too: it is read first, up to `limit` bytes; `settle` gets nothing if it cannot be read. */
  | {
    kind: "body";
    limit: number;
    settle(body: Uint8Array | undefined): Ruling | Promise<Ruling>;
  };

/** Judges requests by the rules as they are now. */
export interface Control {
  /** A tunnel that is not read; `undefined`: nothing is against it. */
  tunnel(
    authority: Endpoint,
    asker?: Asker,
  ): Refusal | undefined | Promise<Refusal | undefined>;
  /** Never throws: what cannot be judged is refused. May wait for a person. */
  request(request: ControlledRequest): Ruling | Promise<Ruling>;
}
