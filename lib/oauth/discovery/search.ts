/**
 * Looking for metadata in one place after the other. A place that has none (a redirect to another origin, no answer, an
 * answer without end, other JSON) ends nothing: what it said is kept for the error, in case no place has it.
 *
 * @module
 */
import { AuthsomeError } from "../../errors.ts";
import { parseObject } from "../../object.ts";
import {
  addressOf,
  type Answer,
  causeOf,
  type OAuthContext,
  send,
  type SendInit,
} from "../http.ts";

/** How long one place is waited for, in milliseconds. */
const PLACE_TIMEOUT_MS = 3_000;
/** How long all places together, in milliseconds. */
const SEARCH_TIMEOUT_MS = 30_000;
/** Redirects that are followed at one place. */
const MAX_REDIRECTS = 5;

/** What to do, where the provider has no definition yet that could be looked at. */
export interface Hints {
  /** If there is no metadata. */
  missing?: string;
  /** If there is some that cannot be trusted. */
  distrusted?: string;
}

/** One search, with what it was told so far. */
export class Search {
  /** Issuers that were named where another one's metadata was looked for. */
  readonly otherIssuers = new Set<string>();
  readonly #over: AbortSignal;
  readonly #asked: { place: string; said: string }[] = [];
  readonly #answered = new Set<string>();
  /** The first failure of each origin. */
  readonly #failures = new Map<string, AuthsomeError>();
  #misled = false;
  #doubt?: string;

  /** `context.timeoutMs` bounds the whole search. */
  constructor(readonly context: OAuthContext) {
    this.#over = AbortSignal.timeout(context.timeoutMs ?? SEARCH_TIMEOUT_MS);
  }

  /**
   * The answer of a place, or `undefined` if there is none.
   *
   * @throws the reason of `context.signal`, if that aborts.
   */
  async answer(url: URL, init: SendInit = {}): Promise<Answer | undefined> {
    const { signal } = this.context;
    const asked = {
      place: `${init.method ? `${init.method} ` : ""}${addressOf(url)}`,
      said: "no time was left to ask",
    };
    this.#asked.push(asked);
    if (this.#over.aborted) return undefined;
    try {
      const answer = await send(
        {
          ...this.context,
          signal: signal ? AbortSignal.any([signal, this.#over]) : this.#over,
          timeoutMs: PLACE_TIMEOUT_MS,
        },
        url,
        { redirects: MAX_REDIRECTS, ...init },
      );
      asked.said = `HTTP ${answer.status}`;
      this.#answered.add(url.origin);
      return answer;
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      if (!(error instanceof AuthsomeError) && !this.#over.aborted) throw error;
      if (error instanceof AuthsomeError) {
        asked.said = causeOf(error);
        const { origin } = url;
        if (!this.#failures.has(origin)) this.#failures.set(origin, error);
      }
      return undefined;
    }
  }

  /** The JSON object of a place, or `undefined`. */
  async json(url: URL): Promise<Record<string, unknown> | undefined> {
    const answer = await this.answer(url);
    if (answer?.status !== 200) return undefined;
    const found = parseObject(answer.text);
    if (!found) this.reject("HTTP 200 without a JSON object");
    return found;
  }

  /** Notes why what the last place answered is not what was looked for. */
  reject(why: string): void {
    const last = this.#asked.at(-1);
    if (last) last.said = why;
  }

  /** Notes that the last place leads astray. */
  distrust(why: string): void {
    const { name } = this.context.definition;
    this.#misled = true;
    this.#doubt ??= `Cannot trust the metadata of ${name}: ${why}`;
    this.reject(why);
  }

  /** Notes that `place` names a URL that may not be asked. */
  refuse(place: string, error: AuthsomeError): void {
    this.#doubt ??= error.message;
    this.#asked.push({ place, said: "what it names may not be asked" });
  }

  /** Whether a place led astray. */
  get misled(): boolean {
    return this.#misled;
  }

  /** Whether a place led astray, or named what may not be asked. */
  get doubtful(): boolean {
    return this.#doubt !== undefined;
  }

  /** The error of a search that found nothing. It names every place and what that said. */
  failure(missing: string, hints: Hints = {}): AuthsomeError {
    const { name } = this.context.definition;
    const list = [...Map.groupBy(this.#asked, ({ said }) => said)]
      .map(([said, asked]) =>
        `${asked.map(({ place }) => place).join(", ")} (${said})`
      ).join("; ");
    const about = { subject: { provider: name } };
    if (this.#doubt !== undefined) {
      return new AuthsomeError(
        "AuthenticationFailed",
        `${this.#doubt}. Asked: ${list}`,
        hints.distrusted ?? `authsome inspect ${name}`,
        about,
      );
    }
    // A server that answered nowhere is why.
    const [, cause] = [...this.#failures]
      .find(([origin]) => !this.#answered.has(origin)) ?? [];
    return new AuthsomeError(
      cause?.code ?? "EndpointUnreachable",
      `${
        cause?.message ?? `Cannot log in to ${name}: ${missing}`
      }. Asked: ${list}`,
      cause?.hint ?? hints.missing ?? "authsome doctor",
      { cause: cause?.cause, ...about },
    );
  }
}
