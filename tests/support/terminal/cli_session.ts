/**
 * A person at a command line whose internet is a {@linkcode LocalApi}, and whose browser may be on another machine.
 *
 * @module
 */
import { request } from "node:https";
import { Visitor } from "../servers/authorization_server.ts";
import { freePort } from "../free_port.ts";
import type { LocalApi } from "../servers/local_api.ts";
import { Session } from "./terminal_script.ts";

/** The result of a command. */
export interface Done {
  stdout: string;
  stderr: string;
  code: number;
}

/** A command line with the internet of a test. */
export class CliSession {
  private constructor(
    readonly session: Session,
    readonly port: number,
    private readonly api: LocalApi,
  ) {}

  static async open(api: LocalApi, port = freePort()): Promise<CliSession> {
    const session = await Session.open();
    await Deno.writeTextFile(`${session.work}/ca.pem`, api.caPem);
    return new CliSession(session, port, api);
  }

  /** The proxy that leads to the API. */
  get proxyUrl(): string {
    return this.api.proxyUrl;
  }

  /** Where a login waits for the redirect. */
  get redirectUri(): string {
    return `http://127.0.0.1:${this.port}/auth/callback/oauth`;
  }

  /** Runs a command line; no browser is opened. */
  run(
    command: string,
    options: { stdin?: string; env?: Record<string, string> } = {},
  ): Promise<Done> {
    return this.session.run(command, {
      ...options,
      env: { ...this.#environment, ...options.env },
    });
  }

  /** Starts a command line whose stdin stays open; `url` is the first address that it shows. */
  start(command: string): {
    url: Promise<string>;
    /** Resolves when `text` was printed. */
    shows(text: string): Promise<void>;
    /** `end` is `\r` where a terminal's Enter is meant. */
    type(line: string, end?: "\n" | "\r"): Promise<void>;
    done: Promise<Done>;
  } {
    const child = new Deno.Command("/bin/sh", {
      args: ["-c", command],
      cwd: this.session.work,
      clearEnv: true,
      env: { ...this.session.environment, ...this.#environment },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    // A login that nobody answers would wait for 10 minutes.
    const late = setTimeout(() => child.kill("SIGKILL"), 90_000);
    const writer = child.stdin.getWriter();
    const url = Promise.withResolvers<string>();
    const awaited = new Map<string, () => void>();
    // On a terminal of its own (script(1)) both come as stdout.
    const collect = async (stream: ReadableStream<Uint8Array>) => {
      let text = "";
      for await (const part of stream.pipeThrough(new TextDecoderStream())) {
        text += part;
        for (const [wanted, seen] of awaited) if (text.includes(wanted)) seen();
        const shown = /^ {2}(https?:\S+)\r?\n/m.exec(text)?.[1];
        if (shown) url.resolve(shown);
      }
      return text;
    };
    // Nobody may be interested.
    url.promise.catch(() => {});
    const done = (async () => {
      const [stdout, stderr] = await Promise.all([
        collect(child.stdout),
        collect(child.stderr),
      ]);
      url.reject(new Error(`no address was shown: ${stdout}${stderr}`));
      const { code } = await child.status;
      clearTimeout(late);
      await writer.close().catch(() => {});
      return { stdout, stderr, code };
    })();
    return {
      url: url.promise,
      shows: (text) => new Promise((seen) => void awaited.set(text, seen)),
      type: (line, end = "\n") =>
        writer.write(new TextEncoder().encode(line + end)),
      done,
    };
  }

  /** Logs in and consents at `url` in a browser elsewhere; returns the address that it ends at, unvisited. */
  consent(url: string): Promise<URL> {
    return this.#visit(url, (at) => at.href.startsWith(this.redirectUri));
  }

  /** Confirms a device code at `url` in a browser elsewhere. */
  async approve(url: string): Promise<void> {
    await this.#visit(
      url,
      (_at, page) => page !== undefined && /Sign-in Success/i.test(page),
    );
  }

  #visit(
    url: string,
    done: (at: URL, page: string | undefined) => boolean,
  ): Promise<URL> {
    const visitor = new Visitor((input, init) =>
      fetchFrom(this.api, new URL(String(input)), init)
    );
    return visitor.walk(new URL(url), done);
  }

  /** The whole environment, for a program that starts authsome itself. */
  get environment(): Record<string, string> {
    return { ...this.session.environment, ...this.#environment };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.session[Symbol.asyncDispose]();
  }

  get #environment(): Record<string, string> {
    return {
      AUTHSOME_PORT: String(this.port),
      AUTHSOME_CA_BUNDLE: `${this.session.work}/ca.pem`,
      AUTHSOME_NO_BROWSER: "1",
      HTTPS_PROXY: this.api.proxyUrl,
      NO_COLOR: "1",
    };
  }
}

/** Sends a request to the host of `url`, which is the API. Works on Deno and on Node. */
export function fetchFrom(
  api: LocalApi,
  url: URL,
  init: RequestInit = {},
): Promise<Response> {
  return new Promise((resolve, reject) => {
    const body = init.body === undefined ? "" : String(init.body);
    const headers = Object.fromEntries(new Headers(init.headers));
    const asked = request({
      host: "127.0.0.1",
      port: api.port,
      servername: url.hostname,
      ca: api.caPem,
      method: init.method ?? "GET",
      path: url.pathname + url.search,
      agent: false,
      headers: {
        ...headers,
        host: url.host,
        "content-length": new TextEncoder().encode(body).length,
        ...(body
          ? { "content-type": "application/x-www-form-urlencoded" }
          : {}),
      },
    }, async (answer) => {
      const answered = new Headers();
      for (const [name, value] of Object.entries(answer.headersDistinct)) {
        for (const each of value ?? []) answered.append(name, each);
      }
      let text = "";
      for await (const part of answer.setEncoding("utf8")) text += part;
      resolve(
        new Response(text || null, {
          status: answer.statusCode!,
          headers: answered,
        }),
      );
    });
    asked.on("error", reject);
    asked.end(body);
  });
}
