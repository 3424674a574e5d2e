/** The local page of a real home, served on loopback and visited over HTTP. @module */
import type { Broker } from "../../../lib/broker/broker.ts";
import {
  openPage,
  type PageRequest,
} from "../../../lib/broker/page/open_page.ts";
import { listConnections } from "../../../lib/cli/kit/listing.ts";

/** What a browser sends along with a form of our own page. */
const FORM_HEADERS = {
  origin: "null",
  "sec-fetch-site": "same-origin",
  "content-type": "application/x-www-form-urlencoded",
};

/** A page that is served, and a visitor who was let in. */
export interface ServedPage {
  readonly origin: string;
  readonly said: string[];
  /** How it ended. */
  readonly ended: Promise<"stopped" | "idle">;
  get(path: string): Promise<string>;
  /** Sends a form of a page; the page that follows. */
  post(act: string, fields: Record<string, string>): Promise<string>;
  /** What the stream of a page says until `until` is in it. */
  events(place: string, until: string): Promise<string>;
  stop(): Promise<void>;
}

/** Serves the page of `broker`, and gives out its address, which nobody has opened. */
export async function beginPage(
  broker: Broker,
  more: Partial<PageRequest> = {},
) {
  const over = new AbortController();
  const address = Promise.withResolvers<string>();
  const said: string[] = [];
  const ended = openPage(broker, {
    browser: false,
    idleMs: 600_000,
    signal: over.signal,
    say: (message) => said.push(message),
    tell: (message) => said.push(message),
    onUrl: address.resolve,
    listConnections,
    async *doctor() {
      yield { name: "home", ok: true, message: "fine" };
    },
    testRequest: () =>
      Promise.resolve({
        decision: "allow" as const,
        operations: [],
        notes: [],
      }),
    verifyLog: () => Promise.resolve({ ok: true, message: "ok" }),
    ...more,
  });
  ended.catch(address.reject);
  const url = await address.promise;
  return {
    ...{ url, said, ended },
    async stop() {
      over.abort();
      await ended.catch(() => {});
    },
  };
}

/** Serves the page of `broker` and opens it. */
export async function servePage(
  broker: Broker,
  more: Partial<PageRequest> = {},
): Promise<ServedPage> {
  const { url, said, ended, stop } = await beginPage(broker, more);
  const { origin } = new URL(url);
  const opened = await fetch(url);
  await opened.body?.cancel();
  const cookie = opened.headers.getSetCookie()
    .map((line) => line.split(";")[0]).join("; ");
  const get = async (path: string) =>
    withoutStyle(
      await (await fetch(origin + path, { headers: { cookie } })).text(),
    );
  let token: string | undefined;
  return {
    ...{ origin, said, ended, get },
    async post(act, fields) {
      token ??= /name="token" value="([^"]+)"/.exec(await get("/log"))![1]!;
      const response = await fetch(`${origin}/act/${act}`, {
        method: "POST",
        headers: { ...FORM_HEADERS, cookie },
        body: new URLSearchParams({ token, ...fields }).toString(),
      });
      return withoutStyle(await response.text());
    },
    async events(place, until) {
      const response = await fetch(`${origin}/events?place=${place}`, {
        headers: { cookie },
      });
      let text = "";
      for await (
        const part of response.body!.pipeThrough(new TextDecoderStream())
      ) {
        text += part;
        if (text.includes(until)) break;
      }
      return text;
    },
    stop,
  };
}

/** So that what a failed test shows can be read. */
function withoutStyle(html: string): string {
  return html.replace(/(<style[^>]*>)[^]*?<\/style>/, "$1</style>");
}
