/** Reaches the person through a page in the browser: the login server on 127.0.0.1. @module */
import { loginOrigin, redirectUri } from "../../form/login_address.ts";
import { FormSession } from "../../form/session.ts";
import type {
  Browser,
  LoginConversation,
  LoginOutcome,
} from "../../ports/conversation.ts";
import { defined } from "../../object.ts";
import type { Clock, Env } from "../../ports/system.ts";
import { displayName } from "../../provider/display_name.ts";
import type { Provider } from "../../provider/definition.ts";
import { type LoopbackServer, serveLoopback } from "./loopback_server.ts";
import { peerOf } from "./peer_user.ts";

/** Milliseconds that the browser has to fetch the last page. */
const FAREWELL = 3000;

/** What a conversation is about and how it speaks. */
export interface ConversationOptions {
  provider: Provider;
  connection: string;
  /** Port of the login server, 1 to 65535. */
  port: number;
  /** Says who called sudo, whose browser it may be. */
  env?: Env;
  /** Tenant. */
  baseUrl?: string;
  /** The command that starts this login once more. */
  again?: string;
  clock: Clock;
  /** When the person's time is up, in epoch milliseconds; it may become later. */
  endsAt?(): number;
  /** Called when the port is ours, before the person is told anything. */
  ready?(): Promise<void>;
  signal: AbortSignal;
  /** Talk on stderr. */
  say(message: string): void;
  /** What the person must see to go on; not silenced by `--quiet`. */
  tell(message: string): void;
  /** Told each address that the person is asked to open, and what is to be typed there. */
  onUrl?(url: string, userCode?: string): void;
}

/** The login server of one conversation: started when the first page is needed. */
export class LoginServer {
  readonly session: FormSession;
  /** Aborts when the person has stopped the login, and when another browser took part in it. */
  readonly signal: AbortSignal;
  readonly #options: ConversationOptions;
  readonly #over = new AbortController();
  #server?: Promise<LoopbackServer>;

  constructor(options: ConversationOptions) {
    this.#options = options;
    this.session = new FormSession(options);
    this.signal = AbortSignal.any([options.signal, this.session.takenOver]);
  }

  /** Aborts when the login has ended. */
  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** Listens from now on. Throws as {@linkcode serveLoopback} does. */
  start(): Promise<LoopbackServer> {
    return this.#server ??= this.#start();
  }

  async #start(): Promise<LoopbackServer> {
    const { port, env, say, signal, ready } = this.#options;
    const { loginApp } = await import("../../form/app.ts");
    const app = loginApp(this.session, loginOrigin(port));
    const server = await serveLoopback({
      port,
      handler: (request, { from, to }) =>
        app.fetch(request, { peer: peerOf(from, to, env) }),
      say,
      signal,
    });
    await ready?.();
    if (signal.aborted) {
      await server.stop();
      throw signal.reason;
    }
    return server;
  }

  /** An address of the session that no browser has opened yet. `opened` is called when one opens it. */
  url(opened?: () => void): string {
    const ticket = this.session.ticket(opened);
    return `${loginOrigin(this.#options.port)}/login/${ticket}`;
  }

  /** Shows the last page to a browser that waits for it, and frees the port. */
  async end(outcome: LoginOutcome): Promise<void> {
    this.session.end(outcome);
    this.#over.abort();
    const server = await this.#server?.catch(() => undefined);
    if (!server) return;
    const late = AbortSignal.timeout(FAREWELL);
    const over = new Promise<void>((resolve) =>
      late.addEventListener("abort", () => resolve(), { once: true })
    );
    while (this.session.pageDue && !late.aborted) {
      await Promise.race([this.session.changed, over]);
    }
    await server.stop();
  }
}

/**
 * A conversation in the browser. Without `browser` it prints the page's address instead of opening it: for a program
 * without a terminal, on a machine without a display.
 */
export function formConversation(
  options: ConversationOptions & {
    browser?: Browser;
    /** Tells a device code in another way than by a line and the provider's page. */
    tellCode?: LoginConversation["showDeviceCode"];
  },
): LoginConversation {
  const { provider, browser, say, tell } = options;
  const server = new LoginServer(options);
  const { session, signal } = server;
  let presented = false;

  async function present(): Promise<void> {
    await server.start();
    if (presented) return;
    presented = true;
    const name = displayName(provider.definition);
    // Each place that shows an address shows its own: it works in one browser.
    options.onUrl?.(server.url());
    if (!browser) {
      tell(`Open this page to log in to ${name}:\n  ${server.url()}`);
      say(fromElsewhere(options.port));
      return;
    }
    say(`Opening your browser to log in to ${name}…`);
    const spare = server.url();
    const opened = new AbortController();
    browser.openPrivately(
      server.url(() => opened.abort()),
      AbortSignal.any([opened.signal, server.over]),
    ).then((opened) =>
      tell(
        opened
          ? `If no page opens, visit ${spare}`
          : `Cannot open a browser. Visit ${spare}`,
      )
    );
  }

  return {
    redirectUri: redirectUri(options.port),
    signal,
    say,
    async askSecrets({ fields, redirectUri }) {
      await present();
      return await session.ask<"secrets">(
        { kind: "secrets", fields, typed: {}, ...defined({ redirectUri }) },
        signal,
      );
    },
    async askClient({ redirectUri, scopes, clientId, clientHosts }) {
      await present();
      return await session.ask<"client">(
        { kind: "client", redirectUri, scopes, clientId, clientHosts },
        signal,
      );
    },
    async authorize(url, accept, post) {
      await server.start();
      // Only a page of ours can post a form.
      const ours = browser !== undefined || presented || post !== undefined;
      const answer = session.ask<"authorize">(
        { kind: "authorize", url, accept, ours, ...defined({ post }) },
        signal,
      );
      if (ours) await Promise.race([answer, present()]);
      else {
        // Wherever the person opens it, the answer can be carried back.
        options.onUrl?.(url.href);
        tell(
          `Open this page to log in to ${
            displayName(provider.definition)
          }:\n  ${url}`,
        );
        say(fromElsewhere(options.port));
      }
      return await answer;
    },
    async showDeviceCode(code) {
      // The person may have been asked for the client on a page.
      session.showCode(code);
      if (options.tellCode) return await options.tellCode(code);
      const { verificationUri, verificationUriComplete, userCode } = code;
      tell(`Visit ${verificationUri} and enter the code ${userCode}`);
      options.onUrl?.(verificationUriComplete ?? verificationUri, userCode);
      await openVerification(browser, code, server.over);
    },
    end: (outcome) => server.end(outcome),
  };
}

/** Opens the page for a device code. Who reads the code could connect an account of theirs with it. */
export async function openVerification(
  browser: Browser | undefined,
  code: { verificationUri: string; verificationUriComplete?: string },
  over: AbortSignal,
): Promise<void> {
  const { verificationUri, verificationUriComplete } = code;
  await (verificationUriComplete === undefined
    ? browser?.open(verificationUri)
    : browser?.openPrivately(verificationUriComplete, over));
}

/** How a browser of another machine reaches the login server of this one. */
export function fromElsewhere(port: number): string {
  return `From another machine: ssh -L ${port}:127.0.0.1:${port} <this machine>`;
}
