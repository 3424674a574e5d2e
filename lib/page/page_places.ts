/** What each page is made of, and what its stream tells of it. @module */
import type { Context } from "hono";
import type { AuditEntry } from "../audit/chain.ts";
import { AuthsomeError } from "../errors.ts";
import { defined } from "../object.ts";
import type { ApprovalRequest } from "../policy/approver.ts";
import type { PageApp, PageEnv } from "./page_kit.ts";
import { eventStream, matches, type PageEvent } from "./page_events.ts";
import type {
  LogFilter,
  PageSource,
  ShownCheck,
  ShownVerdict,
  TestedRequest,
} from "./page_source.ts";
import { approvalList, approvalsView } from "./views/approvals_view.ts";
import { connectionList, connectionsView } from "./views/connections_view.ts";
import { logRow, logView, queryOf } from "./views/log_view.ts";
import {
  type Html,
  layout,
  noticeBox,
  type Place,
  PLACES,
  type ViewContext,
} from "./views/page_layout.ts";
import { doctorView, profilesView } from "./views/profiles_view.ts";
import { providersView } from "./views/providers_view.ts";
import { rulesView, type TesterInput } from "./views/rules_view.ts";
import { runList, runsView } from "./views/runs_view.ts";

/** Entries of the log on one page at first, and at most. */
const SHOWN = 200;
const MOST_SHOWN = 10_000;

/** What an act adds to the page that it answers with. */
export interface Shown {
  verdict?: ShownVerdict;
  input?: TesterInput;
  tested?: TestedRequest;
}

/** Answers with a page. */
export async function showPage(
  app: PageApp,
  context: Context<PageEnv>,
  place: Place,
  shown: Shown = {},
): Promise<Response> {
  const { source } = context.var;
  if (!placesOf(source).includes(place)) return await context.notFound();
  const view = await viewOf(app, context, place);
  return await context.html(
    layout(view, await bodyOf(source, view, context, shown)),
  );
}

async function bodyOf(
  source: PageSource,
  view: ViewContext,
  context: Context<PageEnv>,
  { verdict, input, tested }: Shown,
): Promise<Html> {
  switch (view.place) {
    case "/":
      return connectionsView(view, await source.connections());
    case "/providers":
      return providersView(
        view,
        await source.catalogue(),
        (context.req.query("q") ?? "").slice(0, 100),
      );
    case "/runs":
      return runsView(
        view,
        await source.runs(),
        (await source.log(REQUESTS, SHOWN)).entries,
      );
    case "/approvals":
      return approvalsView(view, await waitingIn(source));
    case "/log": {
      const { filter, before, count } = asked(context);
      return logView(
        view,
        await source.log(filter, count, before),
        filter,
        verdict,
      );
    }
    case "/rules":
      return rulesView(view, await readRules(source), input, tested);
    case "/profiles":
      return profilesView(view, await source.profiles());
    case "/doctor": {
      const checks: ShownCheck[] = [];
      for await (const check of source.doctor()) checks.push(check);
      return doctorView(checks);
    }
  }
}

/** Of the log, on the page of the runs. */
const REQUESTS: LogFilter = {};
const ARE_REQUESTS: ReadonlySet<string> = new Set([
  ...["inject", "deny", "tunnel", "approval", "policy", "refresh", "dropped"],
]);

/** The filter of the address. What it cannot use is left out. */
function asked(
  context: Context<PageEnv>,
): { filter: LogFilter; before?: number; count: number } {
  const text = (name: string) =>
    context.req.query(name)?.trim().slice(0, 256) || undefined;
  const number = (name: string, most: number) => {
    const value = text(name);
    return value !== undefined && /^\d{1,15}$/.test(value)
      ? Math.min(Number(value), most)
      : undefined;
  };
  const ok = text("ok");
  return {
    filter: defined({
      provider: text("provider"),
      connection: text("connection"),
      run: text("run"),
      host: text("host"),
      event: text("event"),
      ok: ok === "true" ? true : ok === "false" ? false : undefined,
    }),
    count: number("n", MOST_SHOWN) || SHOWN,
    ...defined({ before: number("before", Number.MAX_SAFE_INTEGER) }),
  };
}

async function viewOf(
  { now }: PageApp,
  context: Context<PageEnv>,
  place: Place,
): Promise<ViewContext> {
  const { visit, nonce, source } = context.var;
  const { notice } = visit;
  delete visit.notice;
  const query = place === "/log" ? asked(context).filter : {};
  return {
    nonce,
    token: visit.token,
    profile: source.profile,
    place,
    places: placesOf(source),
    waiting: (await waitingIn(source)).length,
    events: `/events?${queryOf({ ...query, place })}`,
    now: now(),
    ...defined({ notice }),
  };
}

function placesOf(source: PageSource): Place[] {
  return (Object.keys(PLACES) as Place[]).filter((place) =>
    place === "/approvals"
      ? source.approvals
      : place === "/rules"
      ? source.rules
      : true
  );
}

async function waitingIn(source: PageSource): Promise<ApprovalRequest[]> {
  return await source.approvals?.waiting() ?? [];
}

async function readRules(source: PageSource) {
  try {
    return await source.rules!.read();
  } catch (error) {
    if (!(error instanceof AuthsomeError)) throw error;
    return { message: error.message, hint: error.hint };
  }
}

/** The stream of the page that the address names. */
export function streamOf(
  app: PageApp,
  context: Context<PageEnv>,
): ReadableStream<Uint8Array> {
  const place = (context.req.query("place") ?? "/") as Place;
  const { source, visit } = context.var;
  const { filter, before } = asked(context);
  const view = {
    ...{ token: visit.token, profile: source.profile, place },
  } as ViewContext;
  const told = new Map<string, string>();
  let known = new Set<string>();
  let first = true;

  /** Tells a part if it is not as it was told, or shown, before. */
  const part = async (
    id: string,
    html: Html,
    compare = html,
  ): Promise<PageEvent[]> => {
    const text = String(await compare);
    const before = told.get(id);
    told.set(id, text);
    // The page has just been made with what is there at the first look.
    if (before === text) return [];
    return [{ name: "part", data: { id, html: String(await html) } }];
  };

  return eventStream({
    broadcast: app.broadcast,
    signal: app.signal,
    rowOf(entry: AuditEntry) {
      const isShown = place === "/log"
        ? before === undefined && matches(entry, filter)
        : place === "/runs" && ARE_REQUESTS.has(entry.event);
      return isShown
        ? { name: "row", data: { html: String(logRow(entry)) } }
        : undefined;
    },
    async look() {
      view.now = app.now();
      const events: PageEvent[] = [];
      const waiting = await waitingIn(source);
      const ids = new Set(waiting.map(({ id }) => id));
      const fresh = waiting.filter(({ id }) => !known.has(id));
      if (first || fresh.length > 0 || ids.size !== known.size) {
        events.push({
          name: "count",
          data: {
            count: ids.size,
            said: first || fresh.length === 0
              ? ""
              : `A request waits for your answer: ${fresh[0]!.method} ${
                fresh[0]!.host
              }`,
          },
        });
      }
      known = ids;
      if (place === "/approvals") {
        // Not again each second because the time that is left has changed.
        const stable = { ...view, now: 0 };
        events.push(
          ...await part(
            "approvals",
            approvalList(view, waiting),
            approvalList(stable, waiting),
          ),
        );
      } else if (place === "/runs") {
        const runs = await source.runs();
        events.push(
          ...await part(
            "runs",
            runList(view, runs),
            runList({ ...view, now: 0 }, runs),
          ),
        );
      } else if (place === "/") {
        const connections = await source.connections();
        const list = (now: number) =>
          connectionList({ ...view, now }, connections);
        events.push(...await part("connections", list(view.now), list(0)));
      }
      for (const notice of app.acts.noticesOf(visit)) {
        events.push({
          name: "notice",
          data: { html: String(noticeBox(notice)) },
        });
      }
      first = false;
      return events;
    },
  });
}
