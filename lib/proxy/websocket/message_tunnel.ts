/** A WebSocket whose client logs in with a message: what it sends is read, what it gets is only copied. @module */
import type { ByteStream, StreamOwner } from "../../ports/net.ts";
import { closeFrame } from "../../wire/websocket.ts";
import { ClientMessages } from "./client_messages.ts";
import type { MessageRewriter } from "../planner.ts";
import { Tunnel } from "../raw_tunnel.ts";

/** Closed since a message breaks a rule (RFC 6455 §7.4.1). */
const POLICY_VIOLATION = 1008;

/** Leads messages of `client` through `rewrite` until both sides have ended. */
export class MessageTunnel extends Tunnel {
  readonly #messages = new ClientMessages();
  #open = 2;
  /** Whether a message is being rewritten: what comes behind it waits. */
  #busy = false;
  /** Whether the server takes more. */
  #room = true;
  #paused = false;
  /** What the client's side has still to say, once all messages before it are sent. */
  #ended: (() => void) | undefined;

  constructor(
    client: ByteStream,
    server: ByteStream,
    toClient: Uint8Array,
    private readonly rewrite: MessageRewriter,
    closed: () => void,
  ) {
    super(client, server);
    const close = (leave: () => void) => {
      if (--this.#open === 0) closed();
      else {
        this.linger();
        leave();
      }
    };
    const ofServer: StreamOwner = {
      data(bytes) {
        if (!client.write(bytes)) server.pause();
      },
      end: () => client.end(),
      drain: () => {
        this.#room = true;
        this.#flow();
      },
      close: (ending) => close(() => client.finish(ending)),
    };
    const ofClient: StreamOwner = {
      data: (bytes) => this.send(bytes),
      end: () => this.#finish(() => server.end()),
      drain: () => server.resume(),
      close: (ending) => close(() => this.#finish(() => server.finish(ending))),
    };
    client.write(toClient);
    server.own(ofServer);
    client.own(ofClient);
  }

  /** Reads on in what the client sends. */
  send(bytes: Uint8Array): void {
    this.#messages.add(bytes);
    this.#read();
  }

  #finish(end: () => void): void {
    this.#ended = end;
    if (!this.#busy) end();
  }

  #read(): void {
    while (!this.#busy) {
      const part = this.#messages.next();
      if (!part) return;
      switch (part.kind) {
        case "pass":
          this.#pass(part.bytes);
          break;
        case "refuse":
          this.#refuse(this.rewrite.refused(part.why));
          return;
        case "message":
          this.#busy = true;
          this.#flow();
          this.rewrite.inject(part.text).then((result) => {
            this.#busy = false;
            if (result.kind === "refuse") {
              this.#refuse(result.why);
              return;
            }
            this.#pass(part.reframe(result.text));
            this.#read();
            this.#flow();
            if (!this.#busy) this.#ended?.();
          }, () => this.destroy());
      }
    }
  }

  #pass(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#room = this.server.write(bytes);
    this.#flow();
  }

  #flow(): void {
    const wait = this.#busy || !this.#room;
    if (wait === this.#paused) return;
    this.#paused = wait;
    if (wait) this.client.pause();
    else this.client.resume();
  }

  /** Says why in the close frame, which is all that a client of a WebSocket sees. */
  #refuse(why: string): void {
    this.#busy = true;
    this.linger();
    this.client.write(closeFrame(POLICY_VIOLATION, why));
    this.client.finish("closed");
    this.server.destroy();
  }
}
