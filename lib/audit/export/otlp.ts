/** The audit log to a collector, by OTLP/HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp). @module */
import { boundedText } from "../../bounded_text.ts";
import { AuthsomeError } from "../../errors.ts";
import { parseObject, valueAt } from "../../object.ts";
import type { Fetch } from "../../ports/net.ts";
import { VERSION } from "../../version.ts";
import { reasonIn, sentenceOf } from "../../wire/request_failure.ts";
import {
  type Destination,
  type ExportedEntry,
  ExportError,
  type Taken,
} from "./export_destination.ts";
import type { OtlpSettings } from "./settings.ts";

/** Most of an answer that is read, in bytes. */
const MAX_ANSWER = 65_536;
/** What the protocol calls retryable: the others need a person. */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** Longest wait that a collector may ask for, in milliseconds. */
const MAX_RETRY_AFTER = 3_600_000;

/** What a request to a collector needs. */
interface OtlpContext {
  fetch: Fetch;
  hostName: string;
  now(): number;
  /** The headers of the connection that opens the collector; never logged. */
  credential(): Promise<Readonly<Record<string, string>>>;
}

/** The collector of `settings`. */
export function otlpDestination(
  { endpoint, headers }: OtlpSettings,
  context: OtlpContext,
): Destination {
  return {
    name: "otlp",
    place: endpoint.host,
    async send(entries, signal) {
      const { logsRequest } = await import("./otlp_records.ts");
      const credential = await context.credential();
      let response: Response;
      let text: string | undefined;
      try {
        response = await context.fetch(endpoint, {
          method: "POST",
          headers: {
            ...headers,
            ...credential,
            "content-type": "application/json",
            "user-agent": `authsome/${VERSION}`,
          },
          body: logsRequest(entries, context.hostName),
          // The credential and what the log says are for this host alone.
          redirect: "manual",
          signal,
        });
        text = await boundedText(response, MAX_ANSWER, signal);
      } catch (error) {
        if (error instanceof AuthsomeError) {
          throw new ExportError("refused", error.message);
        }
        throw new ExportError(
          "unreachable",
          signal.aborted
            ? `${endpoint.host} did not answer in time`
            : `cannot reach ${endpoint.host}: ${sentenceOf(reasonIn(error))}`,
        );
      }
      return taken(entries, response, text ?? "", endpoint, context.now());
    },
  };
}

function taken(
  entries: readonly ExportedEntry[],
  { status, headers }: Response,
  text: string,
  { host }: URL,
  now: number,
): Taken {
  if (status >= 200 && status < 300) {
    const rejected = Number(
      valueAt(parseObject(text), "partialSuccess.rejectedLogRecords") ?? 0,
    );
    return rejected > 0
      ? { rejected: Math.min(Math.floor(rejected), entries.length) }
      : {};
  }
  const said = `${host} answered ${status}`;
  if (status === 413) throw new ExportError("too_large", said);
  if (RETRYABLE.has(status)) {
    throw new ExportError(
      "busy",
      said,
      retryAfter(headers.get("retry-after"), now),
    );
  }
  throw new ExportError(
    "refused",
    status >= 300 && status < 400
      ? `${said}, a redirect, which is not followed`
      : said,
  );
}

/** Milliseconds to wait (RFC 9110 §10.2.3): seconds, or a date. */
function retryAfter(value: string | null, now: number): number | undefined {
  if (value === null) return undefined;
  const wait = /^\d{1,9}$/.test(value)
    ? Number(value) * 1000
    : Date.parse(value) - now;
  return Number.isNaN(wait)
    ? undefined
    : Math.min(Math.max(wait, 0), MAX_RETRY_AFTER);
}
