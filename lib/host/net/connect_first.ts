/** A connection to whichever address of a name answers. @module */

/** After how long the next address of a name is tried besides, in milliseconds (RFC 8305 §5). */
const NEXT_ADDRESS_MS = 250;

/** The first of `addresses` that answers, each given a moment before the next is tried besides. */
export async function connectFirst(
  addresses: readonly string[],
  port: number,
  signal: AbortSignal,
): Promise<Deno.TcpConn> {
  const waiting = alternating(addresses);
  const attempts = new Map<string, AbortController>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await new Promise((resolve, reject) => {
      let last: unknown = new Error("the name has no address");
      let won = false;
      const next = () => {
        clearTimeout(timer);
        const hostname = waiting.shift();
        if (hostname === undefined) {
          if (attempts.size === 0) reject(last);
          return;
        }
        const abort = new AbortController();
        attempts.set(hostname, abort);
        if (waiting.length > 0) timer = setTimeout(next, NEXT_ADDRESS_MS);
        const both = AbortSignal.any([signal, abort.signal]);
        Deno.connect({ hostname, port, signal: both }).then((tcp) => {
          attempts.delete(hostname);
          if (won) close(tcp);
          won = true;
          resolve(tcp);
        }, (error) => {
          attempts.delete(hostname);
          last = error;
          if (!won) next();
        });
      };
      next();
    });
  } finally {
    clearTimeout(timer);
    attempts.forEach((abort) => abort.abort());
  }
}

/** Both families in turn, beginning with the resolver's choice (RFC 8305 §4); each address once. */
export function alternating(addresses: readonly string[]): string[] {
  const all = [...new Set(addresses)];
  const isFirst = (address: string) =>
    address.includes(":") === all[0]?.includes(":");
  const first = all.filter(isFirst);
  const second = all.filter((address) => !isFirst(address));
  return first.flatMap((address, at) => [address, ...second.slice(at, at + 1)])
    .concat(second.slice(first.length));
}

/** Closes `conn`, which may be closed already. */
export function close(conn: Deno.Conn): void {
  try {
    conn.close();
  } catch { /* It was closed already. */ }
}
