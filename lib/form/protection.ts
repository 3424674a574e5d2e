/**
 * What every request to the login server must satisfy before any handler sees it, and what every answer carries.
 *
 * The server speaks to one browser on this machine. Other web pages reach it too (DNS rebinding, cross-site forms,
 * frames), so a request is judged by what a page cannot forge: `Host`, `Origin` and the `Sec-Fetch-*` headers.
 *
 * @module
 */

/** End of the path at which a page's script asks whether its step is still shown. */
export const WAIT_PATH = "/wait";
/** Largest accepted form in bytes: 64 KiB. */
const MAX_BODY = 65_536;

/** Why a request is refused. */
export interface Refusal {
  status: 403 | 405 | 415 | 421;
  reason: string;
}

/**
 * Judges a request for the server at `origin` (`http://127.0.0.1:<port>`).
 *
 * @param isData whether a page's script may ask for this path; all others are opened in a window.
 * @returns why it is refused, or `undefined` if a handler may see it.
 */
export function refuse(
  request: Request,
  origin: string,
  isData: (path: string) => boolean = (path) => path.endsWith(WAIT_PATH),
): Refusal | undefined {
  const { host } = new URL(origin);
  // A duplicate arrives joined by a comma, an absolute request target in the URL: neither equals the one name we have.
  if (
    request.headers.get("host") !== host || new URL(request.url).host !== host
  ) {
    return {
      status: 421,
      reason: "The Host header does not match this server.",
    };
  }
  const fetchSite = request.headers.get("sec-fetch-site");
  const purpose = request.headers.get("sec-purpose") ??
    request.headers.get("purpose");
  // A speculative load would use up the page's address.
  if (purpose?.includes("prefetch")) {
    return { status: 403, reason: "This page cannot be prefetched." };
  }
  if (request.method === "GET") {
    const mode = request.headers.get("sec-fetch-mode");
    const destination = request.headers.get("sec-fetch-dest");
    const ownScript = destination === "script" && fetchSite === "same-origin";
    const ownWait = destination === "empty" && fetchSite === "same-origin" &&
      isData(new URL(request.url).pathname);
    if (
      mode !== null && !ownScript && !ownWait &&
      (mode !== "navigate" || destination !== "document")
    ) {
      return {
        status: 403,
        reason: "This page must be opened in a browser window.",
      };
    }
    return undefined;
  }
  if (request.method !== "POST") {
    return { status: 405, reason: "This server accepts only GET and POST." };
  }
  // Browsers send `Origin: null` for a form of a page with `Referrer-Policy: no-referrer`; then Sec-Fetch-Site decides.
  const from = request.headers.get("origin");
  const sameOrigin = fetchSite === null
    ? from === origin
    : fetchSite === "same-origin" && (from === origin || from === "null");
  if (!sameOrigin) {
    return { status: 403, reason: "The form was sent by another site." };
  }
  const type = request.headers.get("content-type")?.split(";")[0]?.trim()
    .toLowerCase();
  if (type !== "application/x-www-form-urlencoded") {
    return { status: 415, reason: "This server accepts only its own forms." };
  }
  return undefined;
}

/**
 * Sets the headers of every answer. `nonce` is that of the page's style element, `formTarget` the origin of another server
 * that it posts a form to.
 */
export function protect(
  headers: Headers,
  nonce: string,
  formTarget?: string,
): void {
  headers.set(
    "Content-Security-Policy",
    [
      "default-src 'none'",
      `style-src 'nonce-${nonce}'`,
      "script-src 'self'",
      // A page asks whether its login is still there.
      "connect-src 'self'",
      "img-src data:",
      `form-action 'self'${formTarget ? ` ${formTarget}` : ""}`,
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
  );
  headers.set("X-Frame-Options", "DENY");
  headers.set("X-Content-Type-Options", "nosniff");
  headers.set("Referrer-Policy", "no-referrer");
  headers.set("Cache-Control", "no-store");
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
}

/** The body as text, or `undefined` if it is longer than {@linkcode MAX_BODY}, whatever its headers say. */
export async function readBody(request: Request): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of request.body ?? []) {
    size += chunk.length;
    if (size > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, offset);
    offset += chunk.length;
  }
  return new TextDecoder().decode(bytes);
}
