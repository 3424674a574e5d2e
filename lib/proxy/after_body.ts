/** Requests whose body is read before they are decided about, since it says what is asked for. @module */
import type { InjectVerdict } from "../request/decide.ts";
import { injectionRefusal } from "../request/injection_refusal.ts";
import type { DecidingStep } from "../request/minting/deciding_step.ts";
import { isReadable } from "../request/minting/minting.ts";
import type { Refusal } from "../request/refusal.ts";
import { bytesToSign } from "../request/signing/signing.ts";
import type { ForwardedHead } from "../wire/forwarded_head.ts";
import type { Framing } from "../wire/http1.ts";
import type { Plan } from "./planner.ts";

/** What comes next. */
export interface Next {
  /** Goes on with the body if it was read; `detail` says which new credential is asked for. */
  go(body?: Uint8Array, detail?: string): Promise<Plan>;
  refuse(refusal: Refusal): Plan;
}

/** Goes on with a request that may ask for a new credential, once `step` has settled whether it does. */
export async function afterBody(
  verdict: InjectVerdict,
  step: DecidingStep,
  framing: Framing,
  { go, refuse }: Next,
  /** Set if the body has been read. */
  held?: { body?: Uint8Array },
): Promise<Plan> {
  const unsignable = await signingProblem(verdict, framing);
  if (unsignable) return refuse(unsignable);
  const settle = (body?: Uint8Array) => {
    const { refusal, detail } = step.settle(body);
    return refusal ? refuse(refusal) : go(body, detail);
  };
  if (held) return settle(held.body);
  if (framing.kind !== "length" || !isReadable(framing, step.limit)) {
    return settle();
  }
  withoutExpect(verdict.head);
  return { kind: "hold", limit: step.limit, decide: settle };
}

/** The proxy itself answers 100 Continue, since the server gets the head only with the body. */
export function withoutExpect(head: ForwardedHead): void {
  head.fields = head.fields.filter(({ name }) => !/^expect$/i.test(name));
}

/** Why the request could not be signed, whatever its body: refused before the body is waited for. */
async function signingProblem(
  verdict: InjectVerdict,
  framing: Framing,
): Promise<Refusal | undefined> {
  try {
    await bytesToSign(verdict, framing);
  } catch (error) {
    const refusal = injectionRefusal(error, verdict.route);
    if (!refusal) throw error;
    return refusal;
  }
}
