/** Asks a person about a request, and remembers what was said. @module */
import { base64Url, hex } from "../../bytes.ts";
import { defined } from "../../object.ts";
import { portOf } from "../../request/auditor.ts";
import type { ApprovalAnswer, ApprovalRequest, Approver } from "../approver.ts";
import type { Facts } from "../match/facts.ts";
import type { Rule } from "../rule.ts";
import { DEFAULT_ID } from "./refusals.ts";
import { shownBody, shownTarget } from "./shown_body.ts";

const TEN_MINUTES = 600_000;
/** How long a person has. Milliseconds. */
const PATIENCE = 120_000;
/** Most answers that are remembered; more are asked again. */
const MAX_REMEMBERED = 10_000;

/** Whom rules ask, and what becomes of the answers. */
export interface Asking {
  approver: Approver;
  /** Milliseconds until no answer counts as no. Default: two minutes. */
  patience?: number;
  /** Writes a rule for an answer that holds for good. */
  always?(
    request: ApprovalRequest,
    answer: ApprovalAnswer,
  ): Promise<void>;
}

/** What people said that holds for more than one request. Kept for a run. */
export class RememberedAnswers {
  readonly #answers = new Map<string, { allow: boolean; until: number }>();

  get(key: string, now: number): boolean | undefined {
    const answer = this.#answers.get(key);
    if (!answer) return undefined;
    if (now < answer.until) return answer.allow;
    this.#answers.delete(key);
    return undefined;
  }

  set(key: string, allow: boolean, until: number): void {
    if (this.#answers.size >= MAX_REMEMBERED) this.#answers.clear();
    this.#answers.set(key, { allow, until });
  }
}

/** Of the run that asks. */
export interface AskingRun {
  run: string;
  /** Milliseconds of a clock that nobody sets. */
  steady(): number;
  remembered: RememberedAnswers;
}

/** What a person says of the request, or said of one like it. */
export async function askPerson(
  facts: Facts,
  rule: Rule | undefined,
  { approver, patience = PATIENCE, always }: Asking,
  { run, steady, remembered }: AskingRun,
): Promise<"allow" | "denied" | "timeout"> {
  const id = rule?.id ?? DEFAULT_ID;
  const { head, authority, provider, connection, asker } = facts.request;
  const { profile, program, folder } = facts.circumstances;
  const key = [
    ...[id, provider ?? "", connection ?? "", head.method],
    ...[`${facts.host}:${authority.port}`, head.target.split("?", 1)[0]],
  ].join("\0");
  const known = remembered.get(key, steady());
  if (known !== undefined) return known ? "allow" : "denied";
  const bytes = facts.body?.bytes;
  const hash = bytes && await digestOf(bytes);
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
    digest: await digestOf(new TextEncoder().encode(
      JSON.stringify([
        head.method,
        `${authority.host}:${authority.port}`,
        head.target,
        hash ?? null,
      ]),
    )),
    operations: provider === undefined ? [] : facts.operations ?? [],
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
  const allow = answer.decision === "allow";
  if (answer.scope !== "once") {
    remembered.set(
      key,
      allow,
      answer.scope === "10m" ? steady() + TEN_MINUTES : Infinity,
    );
  }
  if (answer.scope === "always") {
    // The answer holds for this run, whether it can be written or not.
    await always?.(request, answer).catch(() => {});
  }
  return allow ? "allow" : "denied";
}

async function digestOf(bytes: Uint8Array): Promise<string> {
  return hex(
    new Uint8Array(
      await crypto.subtle.digest("SHA-256", bytes as Uint8Array<ArrayBuffer>),
    ),
  );
}
