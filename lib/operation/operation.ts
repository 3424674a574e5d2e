/** What a request asks an API to do. @module */
import type { OperationsDefinition } from "../provider/operations/operations_definition.ts";
import type { RequestHead } from "../wire/http1.ts";

/** One operation of an API. */
export interface Operation {
  /**
   * As the provider calls it: `chat.postMessage`, `mutation createIssue`, `s3:PutObject`, `tools/call create_issue`,
   * `git-receive-pack`; else the method.
   */
  name: string;
  /** Whether it only reads; absent: nobody knows. */
  reads?: boolean;
}

/** A request whose operation is asked for. */
export interface OperationRequest {
  /** Of the CONNECT, lower case. */
  host: string;
  head: RequestHead;
  /** Of the provider whose credential the request gets; absent: none, or the definition does not say. */
  definition?: OperationsDefinition;
}

/** What the head of a request says of its operations: several stand for a batch. Never empty. */
export type OperationReading =
  | { kind: "known"; operations: readonly Operation[] }
  /** The body says it; its absence stands for one that is longer than `limit`, in bytes, or cannot be read. */
  | {
    kind: "body";
    limit: number;
    settle(body: Uint8Array | undefined): readonly Operation[];
  };
