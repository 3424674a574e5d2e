/** What the page of `authsome ui` asks for, and what it has done: no secret is in any of it. @module */
import type { AuditEntry } from "../audit/chain.ts";
import type { Operation } from "../operation/operation.ts";
import type { ApprovalRequest, ApprovalScope } from "../policy/approver.ts";
import type { PolicyFile } from "../policy/rule.ts";
import type { LiveRun } from "../ports/runs.ts";

/** A connection as it is shown. */
export interface ShownConnection {
  provider: string;
  displayName: string;
  name: string;
  isDefault: boolean;
  /** Whose it is; absent if nobody said. */
  account?: string;
  status: string;
  scopes: readonly string[];
  /** RFC 3339; absent: it does not expire, or renews itself. */
  expires?: string;
  /** When the audit log has it last, RFC 3339; absent: not among the entries that were looked at. */
  lastUsed?: string;
  /** Where its secrets are, if they stay in a secret manager. */
  references?: Readonly<Record<string, string>>;
  /** Whether it is by OAuth, so that scopes can be asked for. */
  isOAuth: boolean;
}

/** A provider as the catalogue shows it. */
export interface ShownProvider {
  name: string;
  displayName: string;
  category: string;
  authType: string;
  source: "bundled" | "custom";
  isConnected: boolean;
}

/** What of the audit log is shown. Every member is text that its field must contain, or be. */
export interface LogFilter {
  provider?: string;
  connection?: string;
  run?: string;
  host?: string;
  event?: string;
  ok?: boolean;
}

/** Part of the audit log, newest first. */
export interface LogPart {
  entries: AuditEntry[];
  /** The number to go on from (`before`), if there may be more. */
  next?: number;
}

/** What was found of the log's chain, and what to do. */
export interface ShownVerdict {
  ok: boolean;
  message: string;
  hint?: string;
}

/** What `doctor` says of one thing. */
export interface ShownCheck {
  name: string;
  ok: boolean;
  message: string;
  fix?: string;
}

/** A login that was begun by the page. */
export interface PageLogin {
  /** The address that the person opens next, and what is to be typed there; rejects if the login fails before. */
  readonly shown: Promise<{ url: string; userCode?: string }>;
  /** Says how it ended. Never rejects. */
  readonly ended: Promise<{ ok: boolean; message: string }>;
  cancel(): void;
}

/** What a login is asked for. */
export interface LoginWish {
  provider: string;
  connection?: string;
  /** Absent: those of the definition. */
  scopes?: readonly string[];
  /** Whether it takes the place of a connection that is there. */
  again: boolean;
}

/** A request that a person types into the tester. */
export interface TypedRequest {
  method: string;
  url: string;
  body?: string;
  contentType?: string;
}

/** How a request that was typed into the tester would be judged. */
export interface TestedRequest {
  decision: "allow" | "ask" | "deny";
  /** Absent: none is against it. */
  rule?: string;
  reason?: string;
  provider?: string;
  connection?: string;
  operations: readonly Operation[];
  /** Further lines for the person. */
  notes: readonly string[];
}

/** The person's rules. */
export interface ShownRules {
  path: string;
  file: PolicyFile;
  /** Whether the person has accepted the file as it is now; absent: nobody ever did. */
  accepted?: boolean;
}

/** The requests that wait for a person. */
export interface PageApprovals {
  /** Oldest first. */
  waiting(): Promise<ApprovalRequest[]>;
  /** `digest` is that of the request that the person saw. */
  answer(
    id: string,
    digest: string,
    decision: "allow" | "deny",
    scope: ApprovalScope,
  ): Promise<void>;
}

/** The rules, and what they would say. */
export interface PageRules {
  /** @throws {AuthsomeError} if the file cannot be read. */
  read(): Promise<ShownRules>;
  test(request: TypedRequest): Promise<TestedRequest>;
}

/** What the page works with; of one profile. Everything throws what its use case throws. */
export interface PageSource {
  readonly profile: string;
  connections(): Promise<ShownConnection[]>;
  catalogue(): Promise<ShownProvider[]>;
  runs(): Promise<LiveRun[]>;
  stopRun(id: string): Promise<string>;
  /** At most `count` entries that match, newest first, only those with a number below `before`. */
  log(filter: LogFilter, count: number, before?: number): Promise<LogPart>;
  verifyLog(): Promise<ShownVerdict>;
  profiles(): Promise<{ name: string; isDefault: boolean }[]>;
  doctor(): AsyncIterable<ShownCheck>;
  logOut(provider: string, connection: string): Promise<string>;
  revoke(provider: string, connection: string): Promise<string>;
  makeDefault(provider: string, connection: string): Promise<string>;
  logIn(wish: LoginWish): PageLogin;
  /** Absent where nobody can be asked. */
  readonly approvals?: PageApprovals;
  /** Absent where there are no rules. */
  readonly rules?: PageRules;
}

/** All profiles, and what is the same for each. */
export interface PageSources {
  /** The one that is shown first. */
  readonly first: PageSource;
  /** @throws {AuthsomeError} `ProfileNotFound`. */
  open(profile: string): Promise<PageSource>;
  /** Entries of the audit log as they are written, from now on. */
  follow(signal: AbortSignal): AsyncIterable<AuditEntry>;
}
