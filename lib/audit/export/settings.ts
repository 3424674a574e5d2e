/** `audit.export` of `config.json`: where a copy of the audit log goes. @module */
import { type Fields, isObject } from "../../object.ts";
import { isLoopback } from "../../wire/target.ts";

/** Where a copy of the audit log goes. Nothing of it comes from the environment, which a repository may set. */
export interface ExportSettings {
  otlp?: OtlpSettings;
  syslog?: SyslogSettings;
}

/** A collector that speaks OTLP/HTTP. */
export interface OtlpSettings {
  /** Where log records are posted to: https, or http on this machine. */
  endpoint: URL;
  /** Sent with each request; none of them a secret. */
  headers: Readonly<Record<string, string>>;
  /** The connection whose headers open the collector. */
  connection?: { provider: string; name?: string };
}

/** A receiver of syslog. */
export interface SyslogSettings {
  address: SyslogAddress;
  /** Number of the facility (RFC 5424 §6.2.1). */
  facility: number;
}

/** A socket of this machine, or a server. `host` is without brackets. */
export type SyslogAddress =
  | { kind: "unix"; path: string }
  | { kind: "udp" | "tcp" | "tls"; host: string; port: number };

/** A field below `audit.export` and what is wrong with it. */
export interface SettingsProblem {
  field: string;
  problem: string;
}

/** Names of facilities (RFC 5424 §6.2.1), by their numbers. */
const FACILITIES = (
  "kern user mail daemon auth syslog lpr news uucp cron authpriv ftp ntp audit alert clock " +
  "local0 local1 local2 local3 local4 local5 local6 local7"
).split(" ");

const DEFAULT_PORTS = { udp: 514, tls: 6514 };

/** The settings in the field `audit.export`, or what is wrong with which of its fields. */
export function readExportSettings(
  value: unknown,
): ExportSettings | SettingsProblem {
  if (!isObject(value)) return wrong("", "it is not an object");
  const strange = strangeField("", value, ["otlp", "syslog"]);
  if (strange) return strange;
  const otlp = value.otlp === undefined ? undefined : readOtlp(value.otlp);
  if (otlp && "problem" in otlp) return otlp;
  const syslog = value.syslog === undefined
    ? undefined
    : readSyslog(value.syslog);
  if (syslog && "problem" in syslog) return syslog;
  return { ...otlp ? { otlp } : {}, ...syslog ? { syslog } : {} };
}

function readOtlp(value: unknown): OtlpSettings | SettingsProblem {
  const field = "otlp";
  if (!isObject(value)) return wrong(field, "it is not an object");
  const known = ["endpoint", "headers", "connection"];
  const strange = strangeField(field, value, known);
  if (strange) return strange;
  const { endpoint: text, headers = {}, connection } = value;
  const endpoint = typeof text === "string" && URL.canParse(text)
    ? new URL(text)
    : undefined;
  const problem = endpoint ? endpointProblem(endpoint) : "it is not a URL";
  if (problem) return wrong(`${field}.endpoint`, problem);
  if (!isObject(headers)) return wrong(`${field}.headers`, "it is no object");
  for (const [name, text] of Object.entries(headers)) {
    const problem = headerProblem(name, text);
    // The name of a header may be what somebody mistook for its value.
    if (problem) return wrong(`${field}.headers`, problem);
  }
  const named = connection === undefined
    ? undefined
    : readConnection(connection);
  if (connection !== undefined && !named) {
    return wrong(
      `${field}.connection`,
      'it is neither "provider" nor "provider/connection"',
    );
  }
  if (named && endpoint!.protocol !== "https:") {
    return wrong(
      `${field}.connection`,
      "a credential is sent by https alone",
    );
  }
  return {
    endpoint: endpoint!,
    headers: headers as Record<string, string>,
    ...named ? { connection: named } : {},
  };
}

function endpointProblem(url: URL): string | undefined {
  const { protocol, hostname } = url;
  if (protocol !== "https:" && protocol !== "http:") {
    return "it is neither https nor http";
  }
  if (protocol === "http:" && !isLoopback(hostname)) {
    return "http leads to this machine alone: use https";
  }
  if (url.username || url.password) return "it contains a password";
  if (url.search || url.hash) return "it has a query or a fragment";
  // A base address, as OTEL_EXPORTER_OTLP_ENDPOINT has it, would be answered with 404 for ever.
  return url.pathname === "/"
    ? "it has no path: OTLP posts logs to /v1/logs"
    : undefined;
}

/** Set by the request itself. */
const OWN_HEADERS =
  /^(?:host|connection|content-\w+|expect|te|trailer|transfer-encoding|upgrade|user-agent)$/i;
/** Names of headers that hold keys, of many collectors. */
const SECRET_HEADERS =
  /auth|cookie|key|token|secret|passw|credential|dsn|license|signature|^x-honeycomb-team$/i;

function headerProblem(name: string, value: unknown): string | undefined {
  if (!/^[A-Za-z0-9-]{1,64}$/.test(name)) return "a name is no header's";
  if (OWN_HEADERS.test(name)) return `${name} is set by authsome`;
  if (typeof value !== "string" || !/^[\x20-\x7e]{0,256}$/.test(value)) {
    return `the value of ${name} is no printable text`;
  }
  return SECRET_HEADERS.test(name) || isRandom(value)
    ? `${name} may hold a secret, which config.json must not: name a connection instead`
    : undefined;
}

/** Whether `text` has a part that looks like a key: long, of letters and digits. */
function isRandom(text: string): boolean {
  return (text.match(/[A-Za-z0-9+/_=-]{20,}/g) ?? [])
    .some((part) => /\d/.test(part) && /[A-Za-z]/.test(part));
}

function readConnection(
  value: unknown,
): OtlpSettings["connection"] | undefined {
  const [, provider, name] = typeof value === "string"
    ? /^([^/]+)(?:\/([^/]+))?$/.exec(value) ?? []
    : [];
  return provider === undefined
    ? undefined
    : { provider, ...name === undefined ? {} : { name } };
}

function readSyslog(value: unknown): SyslogSettings | SettingsProblem {
  const field = "syslog";
  if (!isObject(value)) return wrong(field, "it is not an object");
  const known = ["address", "facility", "allow_plaintext"];
  const strange = strangeField(field, value, known);
  if (strange) return strange;
  const { facility = "authpriv", allow_plaintext: plain = false } = value;
  const number = FACILITIES.indexOf(String(facility));
  if (number < 0) {
    return wrong(`${field}.facility`, `it is none of ${FACILITIES.join(", ")}`);
  }
  if (typeof plain !== "boolean") {
    return wrong(`${field}.allow_plaintext`, "it is neither true nor false");
  }
  const address = readAddress(value.address);
  if (typeof address === "string") return wrong(`${field}.address`, address);
  if (
    (address.kind === "udp" || address.kind === "tcp") &&
    !isLoopback(address.host) && !plain
  ) {
    return wrong(
      `${field}.address`,
      `${address.kind} to another machine can be read and forged on the way: use tls, or set allow_plaintext`,
    );
  }
  return { address, facility: number };
}

/** The address, or what is wrong with it. */
function readAddress(value: unknown): SyslogAddress | string {
  if (typeof value !== "string") return "it is not a string";
  if (value.startsWith("unix://")) {
    const path = value.slice("unix://".length);
    return path.startsWith("/") && !path.includes("\0")
      ? { kind: "unix", path }
      : "it is not unix:// and the absolute path of a socket";
  }
  const kind = /^(udp|tcp|tls):\/\//.exec(value)?.[1] as
    | "udp"
    | "tcp"
    | "tls"
    | undefined;
  // Other schemes are read loosely: by that of http the host is checked.
  const url = kind && `http${value.slice(kind.length)}`;
  if (!kind || !URL.canParse(url!)) {
    return "it is not udp://, tcp://, tls:// or unix:// and a place";
  }
  const { hostname, username, password, pathname, search, hash } = new URL(
    url!,
  );
  if (username || password) return "it contains a password";
  if (pathname !== "/" || search || hash) {
    return "it has more than a host and a port";
  }
  // The URL leaves out 80, the port of http.
  const written = /:(\d+)\/?$/.exec(value)?.[1];
  const port = written === undefined
    ? kind === "tcp" ? undefined : DEFAULT_PORTS[kind]
    : Number(written);
  if (port === undefined) return "it has no port, and tcp has none of its own";
  if (port === 0) return "its port is 0";
  return { kind, host: hostname.replace(/^\[(.*)\]$/, "$1"), port };
}

function strangeField(
  field: string,
  value: Fields,
  known: readonly string[],
): SettingsProblem | undefined {
  const strange = Object.keys(value).some((name) => !known.includes(name));
  return strange
    ? wrong(field, `it has other fields than ${known.join(", ")}`)
    : undefined;
}

function wrong(field: string, problem: string): SettingsProblem {
  return { field, problem };
}
