/** Hosts of routes that a person may have meant. @module */
import type { RouteTable } from "./route.ts";

/** Hosts that differ in the port, a dot at the end, a label in front, or one slip of the keyboard. */
export function nearHosts(
  host: string,
  { routes }: RouteTable,
): { host: string; port: number; provider: string }[] {
  const plain = host.replace(/\.$/, "");
  return routes.flatMap(({ host, port: served, provider }) => {
    if (host.kind !== "exact") return [];
    const name = host.host;
    const near = name === plain || name.endsWith(`.${plain}`) ||
      plain.endsWith(`.${name}`) || isSlip(name, plain);
    return near ? [{ host: name, port: served, provider }] : [];
  }).sort((a, b) =>
    Number(b.host === plain) - Number(a.host === plain) ||
    a.host.length - b.host.length
  );
}

/** Whether one stretch of at most two characters differs. */
function isSlip(left: string, right: string): boolean {
  let start = 0;
  while (start < left.length && left[start] === right[start]) start++;
  let end = 0;
  const most = Math.min(left.length, right.length) - start;
  while (end < most && left.at(-1 - end) === right.at(-1 - end)) end++;
  return left.length - start - end <= 2 && right.length - start - end <= 2;
}
