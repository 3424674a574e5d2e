/** Serves the local page of `authsome ui` until it ends. @module */
import { AuthsomeError } from "../../errors.ts";
import type { AuditEntry } from "../../audit/chain.ts";
import { OPEN_PATH, pageApp } from "../../page/page_app.ts";
import { PageSession } from "../../page/page_session.ts";
import type { PageSource, PageSources } from "../../page/page_source.ts";
import { sleep } from "../../login/sleep.ts";
import { Broker } from "../broker.ts";
import { refuseBelowRun } from "../runs/live_runs.ts";
import type { CommandParts } from "./command_parts.ts";
import { followLog } from "./log_reader.ts";
import { pageSourceOf } from "./page_source_of.ts";

/** How a page is served. */
export interface PageRequest extends CommandParts {
  /** Default: any free one. */
  port?: number;
  /** Whether a browser is opened. */
  browser: boolean;
  /** Milliseconds without a request after which the page ends. */
  idleMs: number;
  /** What the person must see to go on; not silenced by `--quiet`. */
  tell(message: string): void;
  /** Told the address of a page that a program opens; with it, `tell` is told none. */
  onUrl?(url: string): void;
  signal: AbortSignal;
}

/** Looks for the end of the page this often in its idle time. */
const LOOKS = 60;

/**
 * Serves the page until `signal` aborts, or nobody has used it for a while.
 *
 * @returns how it ended.
 * @throws {AuthsomeError} `OperationNotAllowed` below a run, or where no page can be served; `PortUnavailable`;
 * `LoginTakenOver` if somebody else opened its address.
 */
export async function openPage(
  broker: Broker,
  request: PageRequest,
): Promise<"stopped" | "idle"> {
  await refuseBelowRun(broker, "open the page");
  const host = await broker.runtime.pageHost?.();
  if (!host) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      "Cannot open the page: this build has none",
    );
  }
  const { signal, say, tell, idleMs, onUrl } = request;
  const over = new AbortController();
  const ends = AbortSignal.any([signal, over.signal]);
  const session = new PageSession(broker.clock, broker.profile);
  const { sources, close } = sourcesOf(broker, request);
  let app: ReturnType<typeof pageApp> | undefined;
  const server = await host.serve({
    port: request.port ?? 0,
    handler: (asked, peer) =>
      app?.fetch(asked, { peer }) ?? new Response(null, { status: 503 }),
    say,
    signal: ends,
  });
  try {
    const origin = `http://127.0.0.1:${server.port}`;
    app = pageApp({
      ...{ sources, session, origin },
      signal: ends,
      now: () => broker.clock.now(),
    });
    // The vault opens while the browser starts.
    sources.first.connections().catch(() => {});
    const address = (opened?: () => void) =>
      `${origin}${OPEN_PATH}${session.ticket(opened)}`;
    if (onUrl) onUrl(address());
    else if (request.browser && host.reachesBrowser) {
      say("Opening the page in your browser. End it with Ctrl-C.");
      const opened = new AbortController();
      const spare = address();
      host.openBrowser(
        address(() => opened.abort()),
        AbortSignal.any([opened.signal, ends]),
      ).then((started) =>
        tell(
          started
            ? `If no page opens, visit ${spare}`
            : `Cannot open a browser. Visit ${spare}`,
        )
      ).catch(() => {});
    } else {
      tell(`Open this page in your browser:\n  ${address()}`);
      say(
        `It opens once. From another machine: ssh -L ${server.port}:127.0.0.1:${server.port} <this machine>. End it with Ctrl-C.`,
      );
    }
    const look = Math.min(Math.max(idleMs / LOOKS, 50), 5000);
    const either = AbortSignal.any([signal, session.closed]);
    while (!either.aborted) {
      if (session.idle >= idleMs) return "idle";
      await sleep(look, either).catch(() => {});
    }
    session.closed.throwIfAborted();
    return "stopped";
  } finally {
    over.abort();
    await server.stop();
    await close();
  }
}

/** The profiles, each opened when it is first shown. */
function sourcesOf(
  broker: Broker,
  parts: CommandParts,
): { sources: PageSources; close(): Promise<void> } {
  const first = pageSourceOf(broker, parts);
  const opened = new Map<string, Promise<PageSource>>([
    [broker.profile, Promise.resolve(first)],
  ]);
  const brokers: Broker[] = [];
  const open = async (profile: string): Promise<PageSource> => {
    const other = await Broker.open(broker.runtime, { profile });
    brokers.push(other);
    if (!await other.profiles.exists(profile)) {
      throw new AuthsomeError(
        "ProfileNotFound",
        "There is no such profile",
        "authsome profile list",
      );
    }
    return pageSourceOf(other, parts);
  };
  return {
    sources: {
      first,
      open(profile) {
        const known = opened.get(profile);
        if (known) return known;
        const source = open(profile);
        opened.set(profile, source);
        source.catch(() => opened.delete(profile));
        return source;
      },
      follow: (signal): AsyncIterable<AuditEntry> =>
        followLog(broker.runtime.auditFile, signal),
    },
    async close() {
      for (const each of brokers) await each.close();
    },
  };
}
