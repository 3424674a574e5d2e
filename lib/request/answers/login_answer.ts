/**
 * What an agent is told that asks its vendor for tokens in a run: the placeholders, in the vendor's shape. Nothing is sent.
 *
 * @module
 */
import { isObject, parseObject } from "../../object.ts";
import { carriesPlaceholder } from "../../placeholder.ts";
import type { RequestHead } from "../../wire/http1.ts";
import type { Refusal } from "../refusal.ts";
import type { RunLogin } from "../route.ts";

/** Longest request for tokens, in bytes. */
const LIMIT = 65_536;

/** A request to an agent's token endpoint: its body says what it is told. */
export interface LoginVerdict {
  kind: "login";
  /** Longest body that is read, in bytes. */
  limit: number;
  /** The answer where no body is read. */
  refusal: Refusal;
  /**
   * The answer to `body`, or to its absence if it is longer or cannot be read; `undefined` if the request is none of the
   * agent's and is sent on as it is.
   */
  settle(body?: Uint8Array): Refusal | undefined;
}

/** The verdict about a request to an endpoint of `login`, which is refused otherwise. */
export function loginVerdict(
  { agent, shown }: RunLogin,
  { method, fields, target }: RequestHead,
  { refusal, otherwise }: { refusal: Refusal; otherwise?: Refusal },
): LoginVerdict {
  const { provider, title, loginCommand } = agent;
  const refused: Refusal = {
    ...refusal,
    message: `${title} logs in and out outside of authsome alone`,
    hint:
      `Outside of a run: ${loginCommand}; then: authsome import ${provider} --force`,
  };
  const encoded = fields.some(({ name }) => /^content-encoding$/i.test(name));
  return {
    kind: "login",
    limit: LIMIT,
    refusal: refused,
    settle(body) {
      const text = body && !encoded ? new TextDecoder().decode(body) : "";
      const asked = method === "POST" ? parametersOf(text) : {};
      const { grant_type: grant, refresh_token: token } = asked;
      if (
        grant !== "refresh_token" || typeof token !== "string" ||
        !agent.isOwn(token)
      ) {
        // A login of the agent's client would bring a real token into the run.
        const [, query = ""] = target.split("?");
        const isOwn = !body || encoded ||
          [asked, parametersOf(query)].some(({ client_id: client }) =>
            client !== undefined && client === shown.clientId
          );
        if (isOwn || !agent.sharesEndpoints) return refused;
        if (otherwise) return otherwise;
        return carriesPlaceholder(text) ? refused : undefined;
      }
      return {
        ...refusal,
        status: 200,
        message: "Answered with the placeholder in the place of a token",
        hint: "Nothing was sent",
        answer: agent.answer(shown),
      };
    },
  };
}

/** The parameters of a JSON object or a form. */
function parametersOf(text: string): Readonly<Record<string, unknown>> {
  const json = parseObject(text);
  return isObject(json)
    ? json
    : Object.fromEntries(new URLSearchParams(text.trim()));
}
