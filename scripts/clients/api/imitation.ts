/** The vendors' APIs as one server, which answers whoever brings the real credential. @module */
import { evidenceOf } from "../connections.ts";
import { answerTo } from "./answers.ts";

/** What came of the requests of the row that is tried. */
export class Imitation {
  /** Folder of the bare repositories that git finds. */
  repositories = "";
  #evidence = "";
  #arrived = 0;
  readonly #refused: string[] = [];

  /** Begins with a row whose provider is `provider`. */
  expect(provider: string): void {
    this.#evidence = evidenceOf(provider);
    this.#arrived = 0;
    this.#refused.length = 0;
  }

  /** Whether the real credential arrived. */
  get hasArrived(): boolean {
    return this.#arrived > 0;
  }

  /** What arrived without it. */
  get refused(): readonly string[] {
    return this.#refused;
  }

  /** Notes what the URL and the header fields of a request carry; whether that is the credential. */
  admits(url: string, fields: Iterable<[string, string]>): boolean {
    const texts = [decodeURIComponent(url), ...[...fields].map(decoded)];
    const carries = texts.some((text) => text.includes(this.#evidence));
    if (carries) this.#arrived++;
    else this.#refused.push(url.replace(/\?.*$/, ""));
    return carries;
  }

  /** Answers a request. */
  async respond(request: Request): Promise<Response> {
    const carries = this.admits(request.url, request.headers);
    if (request.headers.get("upgrade")?.toLowerCase() === "websocket") {
      if (!carries) return refusal();
      // Without one, an agent goes on with HTTP.
      return new URL(request.url).pathname.endsWith("/realtime")
        ? speak(request)
        : new Response(null, { status: 426 });
    }
    const answer = await answerTo(request, carries, this.repositories);
    return answer ?? (carries ? Response.json({}) : refusal());
  }
}

function refusal(): Response {
  return Response.json({ error: "who are you?" }, {
    status: 401,
    headers: { "www-authenticate": 'Basic realm="api"' },
  });
}

/** A WebSocket that says hello and ends. */
function speak(request: Request): Response {
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onopen = () => socket.send("hello");
  socket.onmessage = ({ data }) => {
    socket.send(data);
    socket.close(1000);
  };
  return response;
}

/** A field's value; of Basic credentials, as they read. */
function decoded([, value]: [string, string]): string {
  const [, pair] = /^Basic (.+)$/i.exec(value) ?? [];
  try {
    return pair === undefined ? value : atob(pair);
  } catch {
    return value;
  }
}
