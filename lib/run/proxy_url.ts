/** The address of a run's proxy, as its command gets it. @module */

/** `http://authsome:<password>@127.0.0.1:<port>` */
export function proxyUrl(password: string, port: number): string {
  return `http://authsome:${password}@127.0.0.1:${port}`;
}
