/** The vendors' APIs as one server: says what arrived, and answers as the row that is tried says. @module */
import type { Arrived, Row } from "./row.ts";

/** The server of a table of rows. One row is tried at a time. */
export class Imitation {
  /** What has arrived for the row. */
  readonly arrived: Arrived[] = [];
  #answer: Row["answer"];

  /** Begins with a row. */
  expect(row: Row): void {
    this.arrived.length = 0;
    this.#answer = row.answer ?? {};
  }

  async respond(request: Request): Promise<Response> {
    const arrived: Arrived = {
      method: request.method,
      url: new URL(request.url),
      headers: new Headers(request.headers),
      body: await request.text(),
    };
    this.arrived.push(arrived);
    const answer = typeof this.#answer === "function"
      ? this.#answer(arrived)
      : this.#answer;
    if (answer instanceof Response) return answer;
    return typeof answer === "string"
      ? new Response(answer, { headers: { "content-type": "text/plain" } })
      : Response.json(answer);
  }
}

/** What is wrong with what arrived, as lines: the right request once at least, and a placeholder in no request. */
export function problemsOf(
  row: Row,
  fields: Readonly<Record<string, string>>,
  arrived: readonly Arrived[],
): string[] {
  const filled = (template: string) =>
    template.replace(/\{(\w+)\}/g, (whole, name) => fields[name] ?? whole);
  const wanted = filled(row.request);
  const meant = arrived.filter((request) => lineOf(request) === wanted);
  const problems = arrived.filter(({ url, headers, body }) =>
    [url.href, ...[...headers].map(([, value]) => decoded(value)), body]
      .some((text) => /authsome.?proxy.?managed/i.test(text))
  ).map((request) => `a placeholder arrived: ${lineOf(request)}`);
  if (meant.length === 0) {
    return [
      ...problems,
      `${wanted} did not arrive, but ${
        arrived.map(lineOf).join(", ") || "nothing"
      }`,
    ];
  }
  for (const request of meant) {
    const { headers = {}, query = {}, body = {} } = row.arrives;
    const parameters = parametersOf(request);
    const found: [string, string | null, string][] = [
      ...Object.entries(headers).map(([name, value]) => {
        const [, pair] = /^Basic (.+)$/.exec(value) ?? [];
        return [
          `header ${name}`,
          request.headers.get(name),
          pair === undefined ? filled(value) : `Basic ${btoa(filled(pair))}`,
        ] as [string, string | null, string];
      }),
      ...Object.entries(query).map(([name, value]) =>
        [
          `parameter ${name}`,
          request.url.searchParams.get(name),
          filled(value),
        ] as [string, string | null, string]
      ),
      ...Object.entries(body).map(([name, value]) =>
        [`member ${name}`, parameters(name), filled(value)] as [
          string,
          string | null,
          string,
        ]
      ),
    ];
    for (const [place, is, should] of found) {
      const matches = should.endsWith("*")
        ? is?.startsWith(should.slice(0, -1))
        : is === should;
      if (!matches) problems.push(`${place} is ${is}, not ${should}`);
    }
  }
  return problems;
}

/** Method and URL without the query. */
function lineOf({ method, url }: Arrived): string {
  return `${method} ${url.origin}${decodeURIComponent(url.pathname)}`;
}

function parametersOf({ body }: Arrived): (name: string) => string | null {
  let members: Record<string, unknown>;
  try {
    members = JSON.parse(body);
  } catch {
    const form = new URLSearchParams(body);
    return (name) => form.get(name);
  }
  return (name) => String(members[name] ?? null);
}

/** Basic credentials as they read. */
function decoded(value: string): string {
  const [, pair] = /^Basic (.+)$/i.exec(value) ?? [];
  try {
    return pair === undefined ? value : atob(pair);
  } catch {
    return value;
  }
}
