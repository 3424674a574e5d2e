import {
  type AuditEntry,
  parseEntry,
  verifyAuditLog,
} from "../../audit/chain.ts";
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
  verify?: boolean;
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
      verify: toggle("Check the hash chain instead of showing entries"),
      raw: toggle("Print the raw lines of the log"),
    },
    aliases: { n: "number", f: "follow" },
  },

  async run(context, flags) {
    const { output } = context;
    const { auditFile } = (await context.broker()).runtime;
    if (flags.verify) return await verify(context, auditFile);
    const limit = flags.number ?? SHOWN;
    // An entry's members come back in the order they were written in.
    const text = flags.raw
      ? (entry: AuditEntry) => JSON.stringify(entry)
      : (entry: AuditEntry) => render(entry, context.width);
    const wanted = (line: string) => {
      const entry = parseEntry(line);
      return entry && (!flags.provider || entry.provider === flags.provider)
        ? [entry]
        : [];
    };
    let seen = 0;
    let last: AuditEntry[] = [];
    for await (const line of auditFile.lines()) {
      seen++;
      last.push(...wanted(line));
      if (last.length > limit * 2 + 1000) last = last.slice(-limit);
    }
    last = limit === 0 ? [] : last.slice(-limit);
    if (!flags.follow) {
      if (output.asJson) output.json({ entries: last });
      else if (last.length > 0) output.data(last.map(text).join("\n"));
      else {
        output.say(
          seen === 0 && !flags.provider
            ? "The audit log is empty."
            : "The audit log has no such entry.",
        );
      }
      return;
    }
    const show = (entry: AuditEntry) =>
      output.asJson ? output.jsonLine(entry) : output.data(text(entry));
    last.forEach(show);
    let size = context.machine.inspectPath(auditFile.path)?.size;
    for (;;) {
      await context.machine.sleep(FOLLOW_MS);
      const now = context.machine.inspectPath(auditFile.path)?.size;
      if (now === size) continue;
      size = now;
      let index = 0;
      for await (const line of auditFile.lines()) {
        if (index++ >= seen) wanted(line).forEach(show);
      }
      seen = index;
    }
  },
});

async function verify(
  context: CliContext,
  file: AuditFile,
): Promise<void> {
  // First the witness: the log may grow meanwhile.
  const witness = await file.witness();
  const verdict = await verifyAuditLog(file.lines(), witness);
  if (!verdict.ok && verdict.problem === "cut_off") {
    throw new AuthsomeError(
      "RecordCorrupt",
      `The audit log was changed: entries from ${verdict.line} on are missing at the end of "${file.path}"`,
      `The last of them is kept: cat ${quoteWord(`${file.path}.last`)}`,
      { subject: { file: file.path } },
    );
  }
  if (!verdict.ok) {
    throw new AuthsomeError(
      "RecordCorrupt",
      `The audit log was changed: line ${verdict.line} of "${file.path}" (${
        verdict.problem.replaceAll("_", " ")
      })`,
      `Look at it: sed -n ${verdict.line}p ${quoteWord(file.path)}`,
      { subject: { file: file.path } },
    );
  }
  const { entries } = verdict;
  if (context.output.asJson) context.output.json({ ok: true, entries });
  else context.output.data(`ok: ${counted(entries, "entry", "entries")}`);
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
      entry.status,
      entry.reason && entry.reason !== "routed"
        ? `(${entry.reason})`
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
