/**
 * A fake of an ntfy server, after its documentation (https://docs.ntfy.sh/publish/ and …/subscribe/api/): topics that
 * anybody publishes to, and streams of what was published. It can also be as bad as a server may be.
 */
import {
  createServer,
  type IncomingMessage,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";

/** A message as a stream has it. */
export interface NtfyMessage {
  id: string;
  time: number;
  event: string;
  topic: string;
  message?: string;
  title?: string;
  click?: string;
  priority?: number;
}

/** What was received, in clear as it came. */
export interface Received {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  body: string;
}

/** What the server does with a message instead of delivering it as it is: what subscribers get. */
export type Malice = (
  message: NtfyMessage,
) => readonly (NtfyMessage | string)[];

const TOPIC = /^\/([-\w]{1,64})$/;
const STREAM = /^\/([-\w]{1,64}(?:,[-\w]{1,64})*)\/json$/;
/** Bytes of a message; more would be an attachment. */
const MAX_MESSAGE = 4096;

/** The server, on a port of loopback. */
export class FakeNtfy {
  readonly received: Received[] = [];
  readonly messages: NtfyMessage[] = [];
  malice: Malice = (message) => [message];
  /** Answers every request with this status, if set. */
  down: number | undefined;
  readonly #streams = new Map<ServerResponse, Set<string>>();
  readonly #server = createServer((request, response) => {
    this.#answer(request, response).catch(() => response.destroy());
  });
  #made = 0;
  #port = 0;

  static async start(port = 0): Promise<FakeNtfy> {
    const fake = new FakeNtfy();
    await new Promise<void>((resolve) =>
      fake.#server.listen(port, "127.0.0.1", resolve)
    );
    fake.#port = (fake.#server.address() as AddressInfo).port;
    return fake;
  }

  get port(): number {
    return this.#port;
  }

  get origin(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** How many streams are open. */
  get streams(): number {
    return this.#streams.size;
  }

  /** Sends `line` to every stream, as it is. */
  inject(line: string): void {
    for (const stream of this.#streams.keys()) stream.write(line);
  }

  /** Breaks every stream. */
  cut(): void {
    for (const stream of this.#streams.keys()) stream.destroy();
  }

  /** Publishes as anybody may. */
  publish(topic: string, message: string, more: Partial<NtfyMessage> = {}) {
    const made: NtfyMessage = {
      id: `m${String(++this.#made).padStart(11, "0")}`,
      time: Math.floor(Date.now() / 1000),
      ...{ event: "message", topic, message, ...more },
    };
    this.messages.push(made);
    for (const each of this.malice(made)) {
      const line = typeof each === "string" ? each : JSON.stringify(each);
      for (const [stream, topics] of this.#streams) {
        if (topics.has(topic)) stream.write(`${line}\n`);
      }
    }
    return made;
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += part;
    const { method = "", url = "", headers } = request;
    this.received.push({ method, url, headers, body });
    response.setHeader("access-control-allow-origin", "*");
    const { pathname, searchParams } = new URL(url, this.origin);
    if (this.down !== undefined) {
      response.writeHead(this.down, { location: "/elsewhere" }).end();
      return;
    }
    if (method === "OPTIONS") {
      response.setHeader("access-control-allow-methods", "GET, PUT, POST");
      response.setHeader("access-control-allow-headers", "*");
      response.end();
      return;
    }
    const [, topic] = TOPIC.exec(pathname) ?? [];
    if (topic && (method === "POST" || method === "PUT")) {
      if (body.length > MAX_MESSAGE) return void response.writeHead(413).end();
      const header = (name: string) => headers[name] as string | undefined;
      const made = this.publish(topic, body || "triggered", {
        ...header("title") ? { title: header("title")! } : {},
        ...header("click") ? { click: header("click")! } : {},
      });
      response.setHeader("content-type", "application/json");
      response.end(JSON.stringify(made));
      return;
    }
    const [, named] = STREAM.exec(pathname) ?? [];
    if (!named || method !== "GET") return void response.writeHead(404).end();
    const topics = new Set(named.split(","));
    response.setHeader("content-type", "application/x-ndjson; charset=utf-8");
    const now = Math.floor(Date.now() / 1000);
    response.write(
      `${
        JSON.stringify({ id: "o", time: now, event: "open", topic: named })
      }\n`,
    );
    const [, count, unit] = /^(\d+)([smh])$/.exec(
      searchParams.get("since") ?? "0s",
    )!;
    const since = now - Number(count) * { s: 1, m: 60, h: 3600 }[unit as "s"];
    for (const message of this.messages) {
      if (topics.has(message.topic) && message.time >= since) {
        for (const each of this.malice(message)) {
          response.write(
            `${typeof each === "string" ? each : JSON.stringify(each)}\n`,
          );
        }
      }
    }
    this.#streams.set(response, topics);
    response.on("close", () => this.#streams.delete(response));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
