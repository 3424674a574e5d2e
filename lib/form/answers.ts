/** What a person sent by a form: taken, or what keeps it from being taken. @module */
import { defined } from "../object.ts";
import {
  isOptional,
  isPublic,
  readClientText,
  readSecret,
} from "../provider/secret_input.ts";
import { withoutMargins } from "../provider/secret/pasting_mistakes.ts";
import { secretOf } from "../secret.ts";
import type { FormSession, Step } from "./session.ts";

/** By field: what keeps the answer from being taken, and doubts that the person may dismiss. */
export interface Problems {
  problems: Record<string, string>;
  doubts: Record<string, string>;
}

/** Takes the secrets if all are usable; otherwise keeps the usable ones and says what is wrong. */
export function takeSecrets(
  session: FormSession,
  step: Extract<Step, { kind: "secrets" }>,
  form: URLSearchParams,
): Problems | undefined {
  const { definition } = session.provider;
  const wrong: Problems = { problems: {}, doubts: {} };
  for (const field of step.fields) {
    const name = `secret.${field}`;
    const sent = form.get(name)?.trim() ?? "";
    // What is no secret is on the page as it was typed.
    const text = isPublic(definition, field)
      ? sent
      : sent || step.typed[field]?.reveal() || "";
    delete step.typed[field];
    if (text === "" && isOptional(definition, field)) continue;
    const input = readSecret(definition, field, text);
    if ("problem" in input) {
      wrong.problems[field] = input.problem;
      continue;
    }
    step.typed[field] = input.secret;
    if (input.doubt && form.get(`anyway.${name}`) !== "yes") {
      wrong.doubts[field] = input.doubt;
    }
  }
  if (Object.keys({ ...wrong.problems, ...wrong.doubts }).length > 0) {
    return wrong;
  }
  step.answer({ ...step.typed });
}

/** Takes the client if it is usable; otherwise says what is wrong. */
export function takeClient(
  step: Extract<Step, { kind: "client" }>,
  form: URLSearchParams,
): Problems | undefined {
  const clientId = withoutMargins(form.get("client_id") ?? "");
  const secret = withoutMargins(form.get("client_secret") ?? "");
  const problems: Record<string, string> = {};
  const id = readClientText("Client ID", clientId);
  if ("problem" in id) problems.client_id = id.problem;
  const input = readClientText("Client secret", secret);
  if (secret !== "" && "problem" in input) {
    problems.client_secret = input.problem;
  }
  if (Object.keys(problems).length > 0) {
    step.clientId = clientId;
    // An empty field means that there is no secret, so a typed one cannot be kept beside it.
    if (secret) problems.client_secret ??= "Enter the client secret again.";
    return { problems, doubts: {} };
  }
  step.answer({
    clientId,
    ...defined({ clientSecret: secretOf(secret || undefined) }),
  });
}
