/** Entries of an audit log, for what looks at requests of the past. @module */
import { type AuditEntry, parseEntry } from "../../../audit/chain.ts";
import type { Broker } from "../../../broker/broker.ts";
import { AuthsomeError } from "../../../errors.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { givenText } from "./given_file.ts";

/** Longest copy of a log, in bytes. */
const LIMIT = 268_435_456;

/** The entries of the home's log, those of the profile; or all of the copy at `path`. */
export async function* logEntries(
  context: CliContext,
  broker: Broker,
  path: string | undefined,
): AsyncGenerator<AuditEntry> {
  if (path === undefined) {
    for await (const line of broker.runtime.auditFile.lines()) {
      const entry = parseEntry(line);
      if (entry?.profile === broker.profile) yield entry;
    }
    return;
  }
  const text = await givenText(context, path, LIMIT);
  let found = false;
  for (const line of text.split("\n")) {
    const entry = parseEntry(line);
    if (!entry) continue;
    found = true;
    yield entry;
  }
  if (found || text.trim() === "") return;
  throw new AuthsomeError(
    "Usage",
    `Cannot use "${path}": it is no audit log`,
    "Name a copy of audit.log, or none for that of the home",
    { subject: { file: path } },
  );
}
