/** What a row of the table of SDKs is. @module */

/** One call of a vendor's package, as its documentation shows it. */
export interface Row {
  /** Name of the definition, and of the connection in `connections.ts`. */
  provider: string;
  /** Where the package comes from. */
  from: "npm" | "pypi";
  /** Name of the package there; `rowName` adds `what` if a package has several rows. */
  package: string;
  /** What the row tries, if it is not the package's usual client. */
  what?: string;
  /** JavaScript (a module) or Python that makes one call and prints `prints`. Keys come from the environment. */
  program?: string;
  /** In place of a program, the package's own command: its file in the package or its Python module, and arguments. */
  command?: readonly string[];
  /** The command is no JavaScript or Python, so that only its environment can be looked at. */
  native?: true;
  /** The package does not fit the newest Node: it is tried with the oldest that authsome runs on. */
  olderNode?: true;
  /** A folder of the home that it writes to: a sandbox is given `--allow-write` for it. */
  writes?: string;
  /** What the command reads. */
  stdin?: string;
  /** Variables of the person's shell that are no secrets. */
  env?: Readonly<Record<string, string>>;
  /** Method and URL of the request that must arrive; `{field}` is a field of the connection. Without the query. */
  request: string;
  /** Where the vendor wants the credential. */
  arrives: Arrival;
  /** What the imitation answers with: JSON, a text as it is, or either by request. Default: `{}`. */
  answer?: unknown | ((request: Arrived) => unknown);
  /** Further hosts that the package asks. */
  hosts?: readonly string[];
  /** What the program prints, or a part of it. */
  prints: string;
}

/**
 * Places of a request, each with what must stand there: `{field}` is a field of the connection. `Basic {user}:{password}` is
 * encoded. Behind `*` at the end, anything may follow.
 */
export interface Arrival {
  headers?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string>>;
  /** Members of a JSON or form body, by name. */
  body?: Readonly<Record<string, string>>;
  /** The credential is part of the URL of `request`. */
  path?: true;
}

/** A request as it arrived. */
export interface Arrived {
  method: string;
  url: URL;
  headers: Headers;
  body: string;
}

/** The two ways in which a row is tried. */
export const MODES = ["plain", "sandbox"] as const;
export type Mode = typeof MODES[number];

/** What a row is called in the list of those that fail, and in the names of tests. */
export function rowName({ provider, from, package: name, what }: Row): string {
  return `${provider}: ${from} ${name}${what === undefined ? "" : `, ${what}`}`;
}
