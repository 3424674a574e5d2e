import { type AuditEntry, parseEntry, pointOf } from "../../audit/chain.ts";
import type { LogVerdict } from "../../broker/custody/verify_log.ts";
import { quoteWord } from "../../connection/hint.ts";
import { AuthsomeError } from "../../errors.ts";
import { counted } from "../../text.ts";
import type { AuditFile } from "../../ports/home_files.ts";
import { defineCommand, option, toggle } from "../kit/define_command.ts";
import type { CliContext } from "../kit/command_context.ts";
import { cellWidth, cutTo } from "../kit/table.ts";
import { printable } from "../kit/terminal_text.ts";

interface Flags {
  number?: number;
  follow?: boolean;
  provider?: string;
  run?: string;
  verify?: boolean;
  accept?: boolean;
  raw?: boolean;
}

const SHOWN = 20;
const FOLLOW_MS = 300;
/** Cells in which a whole date would leave no room for more. */
const NARROW = 100;
/** Cells that are left to the place of a request. */
const LEAST = 12;

/** `log`: the audit log. */
export default defineCommand<Flags>({
  description:
    "Shows which credential was used, where it was sent, what was refused and which other hosts were reached; never a secret. --json --follow prints one object per line.",
  examples: [
    ["authsome log", `the last ${SHOWN} entries`],
    ["authsome log --follow --provider github", "as they arrive"],
    ["authsome log --run 5f3a", "what one run did"],
    ["authsome log --verify", "check that the log was not changed"],
  ],
  parameters: {
    flags: {
      number: {
        kind: "parsed",
        parse: count,
        brief: `Number of entries to show (default ${SHOWN})`,
        placeholder: "count",
      },
      follow: toggle("Wait for new entries until Ctrl-C"),
      provider: option("Only entries of this provider", "name", "provider"),
      run: option("Only entries of this run; see authsome runs list", "id"),
      verify: toggle(
        "Check the hash chain and its head in the vault instead of showing entries",
      ),
      accept: toggle(
        "With --verify: take the log as it is from now on, after a change that you know of",
      ),
      raw: toggle("Print the raw lines of the log"),
    },
    aliases: { n: "number", f: "follow" },
  },

  async run(context, flags) {
    const { output } = context;
    const { auditFile } = (await context.broker()).runtime;
    if (flags.accept && !flags.verify) {
      throw new AuthsomeError(
        "Usage",
        "Cannot accept a log that was not checked",
        "authsome log --verify --accept",
      );
    }
    if (flags.verify) return await verify(context, flags.accept ?? false);
    const limit = flags.number ?? SHOWN;
    // An entry's members come back in the order they were written in.
    const text = flags.raw
      ? (entry: AuditEntry) => JSON.stringify(entry)
      : (entry: AuditEntry) => render(entry, context.width);
    const wanted = (line: string) => {
      const entry = parseEntry(line);
      const isWanted = entry &&
        (!flags.provider || entry.provider === flags.provider) &&
        (!flags.run || entry.run?.startsWith(flags.run));
      return isWanted ? [entry] : [];
    };
    const isNarrow = flags.provider !== undefined || flags.run !== undefined;
    let { seen, last } = await readLast(
      auditFile,
      wanted,
      limit,
      !isNarrow,
    );
    if (!flags.follow) {
      if (output.asJson) output.json({ entries: last });
      else if (last.length > 0) output.data(last.map(text).join("\n"));
      else {
        output.say(
          seen === 0 && !isNarrow
            ? "The audit log is empty."
            : "The audit log has no such entry.",
        );
      }
      return;
    }
    const show = (entry: AuditEntry) =>
      output.asJson ? output.jsonLine(entry) : output.data(text(entry));
    last.forEach(show);
    let end = await auditFile.witness();
    for (;;) {
      await context.machine.sleep(FOLLOW_MS);
      const now = await auditFile.witness();
      if (now === end) continue;
      end = now;
      // Somebody removed the log, and it begins anew.
      if (pointOf(now).seq < seen) seen = 0;
      for await (const line of auditFile.lines(seen + 1)) {
        const entry = parseEntry(line);
        if (!entry || entry.seq <= seen) continue;
        seen = entry.seq;
        wanted(line).forEach(show);
      }
    }
  },
});

/** The last `limit` entries that are wanted, and the number of the last one of all. */
async function readLast(
  file: AuditFile,
  wanted: (line: string) => AuditEntry[],
  limit: number,
  wantsAll: boolean,
): Promise<{ seen: number; last: AuditEntry[] }> {
  const end = wantsAll ? pointOf(await file.witness()).seq : 0;
  // Of a long log, the files that have them are enough.
  for (const from of new Set([Math.max(0, end - limit), 0])) {
    let seen = 0;
    let last: AuditEntry[] = [];
    for await (const line of file.lines(from)) {
      seen = parseEntry(line)?.seq ?? seen;
      last.push(...wanted(line));
      if (last.length > limit * 2 + 1000) last = last.slice(-limit);
    }
    if (from > 0 && last.length < limit) continue;
    return { seen, last: limit === 0 ? [] : last.slice(-limit) };
  }
  return { seen: 0, last: [] };
}

async function verify(context: CliContext, accept: boolean): Promise<void> {
  const broker = await context.broker();
  const { acceptLog, verifyLog } = await import(
    "../../broker/custody/verify_log.ts"
  );
  const verdict = await verifyLog(broker);
  const { path } = broker.runtime.auditFile;
  const error = problemOf(verdict, path);
  if (error && !accept) throw error;
  if (error) {
    await acceptLog(broker, describe(verdict));
    const { entries } = verdict;
    if (context.output.asJson) {
      context.output.json({ ok: true, entries, accepted: describe(verdict) });
    } else context.output.data(`accepted: ${describe(verdict)}`);
    return;
  }
  const { entries, first, known } = verdict;
  if (context.output.asJson) {
    return context.output.json({ ok: true, entries, first, known: known ?? 0 });
  }
  context.output.data(soundness(verdict));
}

/** That nothing is wrong, in words. */
export function soundness({ entries, first, known }: LogVerdict): string {
  const last = first - 1 + entries;
  const from = first > 1 ? `, from ${first} on` : "";
  const later = last - (known ?? 0);
  const unknown = entries === 0 || later <= 0
    ? ""
    : later >= entries
    ? "; the vault knows none of them yet"
    : `; the vault does not know the last ${later} yet`;
  return `ok: ${counted(entries, "entry", "entries")}${from}${unknown}`;
}

/** What is wrong with the log at `path`, if anything is. */
export function problemOf(
  verdict: LogVerdict,
  path: string,
): AuthsomeError | undefined {
  const { ok, obstacle } = verdict;
  if (ok && !obstacle) return undefined;
  const subject = { subject: { file: path } };
  if (ok) {
    return new AuthsomeError(
      obstacle!.code,
      `The hash chain of the audit log holds (${
        counted(verdict.entries, "entry", "entries")
      }), but whether it was cut off or made anew cannot be checked: ${
        obstacle!.message
      }`,
      obstacle!.code === "RecordCorrupt"
        ? "Once you know why: authsome log --verify --accept"
        : obstacle!.hint,
      { ...subject, cause: obstacle },
    );
  }
  const hint = verdict.problem === "cut_off"
    ? `The last of them may be kept: cat ${
      quoteWord(`${path}.last`)
    }. Once you know why: authsome log --verify --accept`
    : "line" in verdict && verdict.problem !== "start_missing"
    ? `Look at it: cat ${quoteWord(path)}* | grep -n ${
      quoteWord(`"seq":${wrongEntry(verdict)},`)
    }. Once you know why: authsome log --verify --accept`
    : "Find out who did it. Once you know why: authsome log --verify --accept";
  return new AuthsomeError(
    "RecordCorrupt",
    `The audit log was changed: ${describe(verdict)}`,
    hint,
    subject,
  );
}

/** The number of the entry that is wrong, or missing. */
function wrongEntry(verdict: LogVerdict & { ok: false }): number {
  return "broken" in verdict ? verdict.broken : verdict.first + verdict.entries;
}

/** What was found, in words. */
function describe(verdict: LogVerdict): string {
  if (verdict.ok) return verdict.obstacle?.message ?? "nothing";
  const { problem, entries, first } = verdict;
  const seq = wrongEntry(verdict);
  if (problem === "out_of_order" && entries === 0) {
    return `entries from ${first} on are missing at the beginning`;
  }
  switch (problem) {
    case "cut_off":
      return `entries from ${seq} on are missing at the end`;
    case "start_missing":
      return `entries from ${first} on are missing`;
    case "rewritten":
      return `entry ${seq} is not the one that the vault knows`;
    case "was_changed":
      return `its ${
        counted(entries, "entry", "entries")
      } do not go on from entry ${seq} that the vault knew, or an older vault was put back`;
    default:
      return `line ${verdict.line}, entry ${seq} (${
        problem.replaceAll("_", " ")
      })`;
  }
}

/** One line of at most `width` cells: first the place is cut, which may be long, and in a narrow window the date. */
function render(entry: AuditEntry, width: number): string {
  const { ts, event, provider, connection, ok } = entry;
  const where = entry.host
    ? `${entry.method ?? ""} ${entry.host}${entry.path ?? ""}`.trim()
    : entry.detail ?? "";
  const line = (where: string) =>
    [
      width < NARROW ? ts.slice(11, 16) : ts,
      event.padEnd(8),
      ok ? "ok    " : "failed",
      provider ? `${provider}${connection ? `/${connection}` : ""}` : "-",
      where,
      entry.operation === entry.method ? undefined : entry.operation,
      entry.status,
      entry.reason && entry.reason !== "routed"
        ? `(${entry.reason}${entry.rule ? ` ${entry.rule}` : ""})`
        : undefined,
    ].filter((part) => part !== undefined && part !== "").map((part) =>
      printable(String(part))
    ).join("  ");
  const shown = printable(where);
  const excess = cellWidth(line(shown)) - width;
  if (excess <= 0) return line(shown);
  const room = Math.max(cellWidth(shown) - excess, LEAST);
  return cutTo(line(cutTo(shown, room)), width);
}

function count(text: string): number {
  if (!/^\d{1,6}$/.test(text)) {
    throw new RangeError("it is not a whole number");
  }
  return Number(text);
}
