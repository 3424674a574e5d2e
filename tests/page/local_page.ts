/** The local page over a source that is a fake, and a browser with a cookie jar, without a socket. @module */
import type { AuditEntry } from "../../lib/audit/chain.ts";
import { AuthsomeError } from "../../lib/errors.ts";
import { OPEN_PATH, pageApp } from "../../lib/page/page_app.ts";
import { PageSession } from "../../lib/page/page_session.ts";
import type {
  PageSource,
  PageSources,
  ShownConnection,
} from "../../lib/page/page_source.ts";
import { matches } from "../../lib/page/page_events.ts";
import type { ApprovalRequest } from "../../lib/policy/approver.ts";

export const ORIGIN = "http://127.0.0.1:8123";
export const HOST = "127.0.0.1:8123";
const NOW = Date.UTC(2026, 10, 28, 12);

/** What a browser sends along with a form of our own page. */
export const FORM_HEADERS = {
  host: HOST,
  origin: "null",
  "sec-fetch-site": "same-origin",
  "sec-fetch-mode": "navigate",
  "sec-fetch-dest": "document",
  "content-type": "application/x-www-form-urlencoded",
};

export function connection(
  change: Partial<ShownConnection> = {},
): ShownConnection {
  return {
    provider: "github",
    displayName: "GitHub",
    name: "default",
    isDefault: true,
    account: "octocat",
    status: "connected",
    scopes: ["repo", "read:org"],
    isOAuth: true,
    ...change,
  };
}

export function entry(change: Partial<AuditEntry> = {}): AuditEntry {
  return {
    v: 1,
    seq: 1,
    ts: "2026-11-28T11:59:00.000Z",
    event: "inject",
    profile: "default",
    provider: "github",
    connection: "default",
    ok: true,
    reason: "routed",
    method: "GET",
    host: "api.github.com",
    path: "/user",
    status: 200,
    prev: "0".repeat(64),
    hash: "1".repeat(64),
    ...change,
  };
}

export function approval(
  change: Partial<ApprovalRequest> = {},
): ApprovalRequest {
  return {
    id: "AAAAAAAAAAAAAAAAAAAAAA",
    run: "0123456789abcdef",
    at: NOW - 1000,
    expires: NOW + 119_000,
    rule: "ask-writes",
    profile: "default",
    provider: "github",
    connection: "default",
    program: "claude",
    folder: "/home/me/work",
    method: "POST",
    host: "api.github.com",
    path: "/repos/me/work/issues",
    digest: "d".repeat(64),
    subject: "c".repeat(64),
    operations: [{ name: "create issue", reads: false }],
    body: {
      size: 21,
      sha256: "e".repeat(64),
      type: "application/json",
      shown: '{"title":"from agent"}',
    },
    ...change,
  };
}

/** A source in memory, a fake: what is asked of it is written down in `asked`. */
export class FakeSource implements PageSource {
  readonly asked: unknown[][] = [];
  list = [connection()];
  entries: AuditEntry[] = [entry()];
  waitingNow: ApprovalRequest[] = [];
  failure?: AuthsomeError;

  constructor(readonly profile = "default") {}

  #do(...words: unknown[]): Promise<string> {
    this.asked.push(words);
    return this.failure
      ? Promise.reject(this.failure)
      : Promise.resolve(`Did ${words.join(" ")}.`);
  }

  connections = () => Promise.resolve(this.list);
  catalogue: PageSource["catalogue"] = () =>
    Promise.resolve([
      {
        name: "github",
        displayName: "GitHub",
        category: "developer tools",
        authType: "oauth2",
        source: "bundled",
        isConnected: true,
      },
      {
        name: "openai",
        displayName: "OpenAI",
        category: "ai",
        authType: "api_key",
        source: "bundled",
        isConnected: false,
      },
    ]);
  running: Awaited<ReturnType<PageSource["runs"]>> = [{
    id: "0123456789abcdef",
    pid: 4711,
    started: "1",
    program: "claude",
    folder: "/home/me/work",
    since: NOW - 60_000,
    profile: "default",
    providers: ["github"],
    sandbox: true,
    readOnly: false,
  }];
  runs = () => Promise.resolve(this.running);
  stopRun = (id: string) => this.#do("stop", id);
  log: PageSource["log"] = (filter, count, before = Infinity) => {
    const found = this.entries.filter((each) =>
      matches(each, filter) && each.seq < before
    ).toReversed();
    return Promise.resolve({
      entries: found.slice(0, count),
      ...found.length > count ? { next: found[count - 1]!.seq } : {},
    });
  };
  verifyLog = () => Promise.resolve({ ok: true, message: "ok: 1 entry" });
  shownProfiles = [
    { name: "default", isDefault: true },
    { name: "work", isDefault: false },
  ];
  profiles = () => Promise.resolve(this.shownProfiles);
  checks = [
    { name: "home", ok: true, message: "fine" },
    { name: "audit", ok: false, message: "not so", fix: "authsome log" },
  ];
  async *doctor() {
    yield* this.checks;
  }
  logOut = (...words: string[]) => this.#do("logout", ...words);
  revoke = (...words: string[]) => this.#do("revoke", ...words);
  makeDefault = (...words: string[]) => this.#do("default", ...words);
  logIn: PageSource["logIn"] = (wish) => {
    this.asked.push(["login", wish]);
    return {
      shown: Promise.resolve({ url: "http://127.0.0.1:7998/login/x" }),
      ended: new Promise(() => {}),
      cancel: () => void this.asked.push(["cancelled"]),
    };
  };
  approvals: NonNullable<PageSource["approvals"]> = {
    waiting: () => Promise.resolve(this.waitingNow),
    answer: async (...words) => void await this.#do("answer", ...words),
  };
  rules: NonNullable<PageSource["rules"]> = {
    read: () =>
      Promise.resolve({
        path: "/home/me/.authsome/policy.json",
        file: {
          v: 1,
          rules: [
            { id: "reads", effect: "allow", reads: true },
            { id: "no-delete", effect: "deny", method: "DELETE", reason: "no" },
          ],
        },
      }),
    test: (request) => {
      this.asked.push(["test", request]);
      if (this.failure) return Promise.reject(this.failure);
      return Promise.resolve({
        decision: "deny",
        rule: "no-delete",
        provider: "github",
        connection: "default",
        operations: [{ name: "delete repo", reads: false }],
        notes: [],
      });
    },
  };
}

/** The page, and all that a test touches of it. */
export function openLocalPage(source = new FakeSource()) {
  let now = NOW;
  const clock = { now: () => now };
  const session = new PageSession(clock, "default");
  const over = new AbortController();
  let tell: (entry: AuditEntry) => void = () => {};
  const others = new Map<string, FakeSource>([["default", source]]);
  const sources: PageSources = {
    first: source,
    open: (profile) => {
      if (!source.shownProfiles.some(({ name }) => name === profile)) {
        return Promise.reject(
          new AuthsomeError("ProfileNotFound", "There is no such profile"),
        );
      }
      const found = others.get(profile) ?? new FakeSource(profile);
      others.set(profile, found);
      return Promise.resolve(found);
    },
    async *follow(signal) {
      while (!signal.aborted) {
        const next = Promise.withResolvers<AuditEntry>();
        tell = (entry) => next.resolve(entry);
        signal.addEventListener("abort", () => next.reject(), { once: true });
        yield await next.promise;
      }
    },
  };
  const app = pageApp({
    ...{ sources, session, origin: ORIGIN },
    signal: over.signal,
    now: () => now,
  });
  return {
    ...{ app, session, source, over },
    tell: (entry: AuditEntry) => tell(entry),
    wait: (milliseconds: number) => now += milliseconds,
    browser: (who: "own" | "other" | "unknown" = "own") =>
      new FakeBrowser(app, who),
  };
}

/** A cookie jar, and what a browser sends. */
export class FakeBrowser {
  readonly cookies = new Map<string, string>();

  constructor(
    readonly app: ReturnType<typeof pageApp>,
    readonly who: "own" | "other" | "unknown",
  ) {}

  async request(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await this.app.request(ORIGIN + path, {
      ...init,
      headers: {
        host: HOST,
        cookie: [...this.cookies].map((each) => each.join("=")).join("; "),
        ...init.headers as Record<string, string>,
      },
    }, { peer: { who: this.who } });
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!;
      this.cookies.set(name!, value!);
    }
    return response;
  }

  async get(path: string): Promise<string> {
    return await (await this.request(path)).text();
  }

  /** Opens an address of the session. */
  async open(session: PageSession): Promise<this> {
    await this.request(OPEN_PATH + session.ticket());
    return this;
  }

  async token(): Promise<string> {
    return /name="token" value="([^"]+)"/.exec(await this.get("/runs"))![1]!;
  }

  /** Sends a form of a page, and follows to where it leads. */
  async post(
    act: string,
    fields: Record<string, string>,
    headers: Record<string, string> = FORM_HEADERS,
  ): Promise<{ status: number; text: string; location: string | null }> {
    const sent = await this.request(`/act/${act}`, {
      method: "POST",
      headers,
      body: new URLSearchParams(fields).toString(),
    });
    const location = sent.headers.get("location");
    return {
      status: sent.status,
      location,
      text: location ? await this.get(location) : await sent.text(),
    };
  }
}
