/** The host patterns of `api_url` as people read them. @module */
import { literalDomain } from "../provider/host_pattern.ts";

const COUNT = String.raw`(?:[+*?]|\{\d+(?:,\d*)?\})`;
const GROUP = new RegExp(String.raw`\((?:\?:)?([^()]*)\)(${COUNT})?`);
const VARIES = new RegExp(
  String.raw`\[[^\]]*\](?:${COUNT})?|(?:\\.|[a-z0-9_-])${COUNT}`,
  "g",
);
/** A pattern for more hosts than this is shown by its domain alone. */
const MAX_HOSTS = 6;

/**
 * The hosts that a pattern (without `regex:`) stands for, with `*` where they vary: `*.twilio.com` for
 * `^([a-z0-9-]+\.)+twilio\.com$`, both `eu.acme.com` and `us.acme.com` for `^(eu|us)\.acme\.com$`.
 */
export function readableHosts(pattern: string): string[] {
  const all = spell(pattern.slice(1, -1));
  const hosts = all.filter((host) =>
    !all.some((other) =>
      other !== host && host.startsWith("*") && other.startsWith("*.") &&
      host.endsWith(other.slice(1))
    )
  );
  return hosts.length > 0 && hosts.length <= MAX_HOSTS
    ? hosts
    : [`*.${literalDomain(pattern)}`];
}

/** Every reading of `rest`, or none if there are too many. */
function spell(rest: string): string[] {
  const group = GROUP.exec(rest);
  if (!group) return [plain(rest)];
  const [all, inner, count = ""] = group;
  const branches = inner!.split("|");
  const choices = /^[+*{]/.test(count)
    ? [branches.every((each) => each.endsWith("\\.")) ? "[a]\\." : "[a]"]
    : branches;
  if (/^(?:[*?]|\{0)/.test(count)) choices.unshift("");
  const before = rest.slice(0, group.index);
  const after = rest.slice(group.index + all.length);
  const readings = new Set<string>();
  for (const choice of choices) {
    const found = spell(before + choice + after);
    for (const reading of found) readings.add(reading);
    if (found.length === 0 || readings.size > MAX_HOSTS) return [];
  }
  return [...readings];
}

function plain(text: string): string {
  return text.replaceAll(VARIES, "*").replaceAll(/\\(.)/g, "$1")
    .replaceAll(/\*+/g, "*").replaceAll(/(?:\*\.)+/g, "*.");
}
