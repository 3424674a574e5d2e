/** Asks a person about a request. @module */
import { base64Url, hex } from "../../bytes.ts";
import { defined } from "../../object.ts";
import { portOf } from "../../request/auditor.ts";
import type { ApprovalAnswer, ApprovalRequest, Approver } from "../approver.ts";
import type { Facts } from "../match/facts.ts";
import type { Rule } from "../rule.ts";
import { DEFAULT_ID } from "./refusals.ts";
import { shownBody, shownTarget } from "./shown_body.ts";

/** How long a person has. Milliseconds. */
const PATIENCE = 120_000;

/** Whom rules ask. */
export interface Asking {
  approver: Approver;
  /** Milliseconds until no answer counts as no. Default: two minutes. */
  patience?: number;
}

/** What a person says of the request of `run`. */
export async function askPerson(
  facts: Facts,
  rule: Rule | undefined,
  { approver, patience = PATIENCE }: Asking,
  run: string,
): Promise<"allow" | "denied" | "timeout"> {
  const id = rule?.id ?? DEFAULT_ID;
  const { head, authority, provider, connection, asker } = facts.request;
  const { profile, program, folder } = facts.circumstances;
  const bytes = facts.body?.bytes;
  const hash = bytes && await sha256Hex(bytes);
  const place = `${authority.host}:${authority.port}`;
  // One path may stand for many, as that of GraphQL does.
  const operations = provider === undefined ? [] : facts.operations ?? [];
  const hasBody = head.framing.kind !== "none";
  const type = head.fields.find(({ name }) =>
    name.toLowerCase() === "content-type"
  )?.value;
  const request: ApprovalRequest = {
    id: base64Url(crypto.getRandomValues(new Uint8Array(16))),
    run,
    at: facts.now,
    expires: facts.now + patience,
    rule: id,
    profile,
    ...defined({ provider, connection }),
    program,
    folder,
    method: head.method,
    host: facts.host,
    ...portOf(authority),
    path: shownTarget(head.target),
    digest: await digestOf([head.method, place, head.target, hash ?? null]),
    subject: await digestOf([
      ...[profile, id, provider ?? null, connection ?? null, head.method],
      ...[place, head.target.split("?", 1)[0], operations],
    ]),
    operations,
    ...hasBody && {
      body: defined({
        size: bytes?.length,
        sha256: hash,
        type: type?.slice(0, 200),
        shown: bytes && shownBody(head.fields, bytes),
      }),
    },
  };
  let answer: ApprovalAnswer | undefined;
  try {
    answer = await approver.ask(request, asker?.gone);
  } catch {
    // What cannot be asked is not allowed.
  }
  if (!answer) return "timeout";
  return answer.decision === "allow" ? "allow" : "denied";
}

function digestOf(parts: readonly unknown[]): Promise<string> {
  return sha256Hex(new TextEncoder().encode(JSON.stringify(parts)));
}

async function sha256Hex(bytes: Uint8Array): Promise<string> {
  return hex(
    new Uint8Array(
      await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>),
    ),
  );
}
