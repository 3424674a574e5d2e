/** What the local page asks of the machine: a server on loopback, and the person's browser. @module */

/** Who sends a request; see `form/peer.ts`. */
export interface PageVisitor {
  who: "own" | "other" | "unknown";
  uid?: number;
}

/** A server that listens. */
export interface PageServer {
  readonly port: number;
  /** Frees the port; answers that are under way are finished. */
  stop(): Promise<void>;
}

/** The machine as the page needs it. */
export interface PageHost {
  /** Whether a page opened on this machine would reach the person. */
  readonly reachesBrowser: boolean;
  /**
   * Serves `handler` on 127.0.0.1:`port` (0: any free one), and on no other address.
   *
   * @throws {AuthsomeError} `PortUnavailable`.
   */
  serve(options: {
    port: number;
    handler(
      request: Request,
      peer: PageVisitor,
    ): Response | Promise<Response>;
    say(message: string): void;
    signal: AbortSignal;
  }): Promise<PageServer>;
  /** Opens an address that no other user may learn, until `until` aborts at the latest; whether a browser was started. */
  openBrowser(url: string, until: AbortSignal): Promise<boolean>;
}
