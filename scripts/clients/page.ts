/** The page of the matrix: `docs/clients.md`. @module */
import { code, codes, formatted, table } from "../generate/markdown.ts";
import { REASONS } from "./reasons.ts";
import { type MatrixRecord, type Mode, MODES, type Recorded } from "./row.ts";
import { GROUPS } from "./rows/all.ts";

const PAGE = new URL("../../docs/clients.md", import.meta.url);

const COMMANDS: Readonly<Record<Mode, string>> = {
  run: "`run`",
  sandbox: "`run --sandbox`",
  doctor: "`doctor --client`",
};

/** Whether doctor says of a client what is so under a plain `run`. */
export function doctorIsRight({ run, doctor }: Recorded): boolean {
  return run.ok === doctor.ok;
}

/** Whether a row is as it should be in a mode. */
export function isGreen(row: Recorded, mode: Mode): boolean {
  return mode === "doctor" ? doctorIsRight(row) : row[mode].ok;
}

/** Why a row is not green in a mode, and what to do; `undefined` if nothing is known. */
export function reasonOf(name: string, mode: Mode) {
  return REASONS.find(({ clients, modes }) =>
    modes.includes(mode) && clients.test(name)
  );
}

/** The page's text. */
export async function clientsPage(
  { date, rows }: MatrixRecord,
): Promise<string> {
  const byName = new Map(rows.map((row) => [row.name, row]));
  const share = (mode: Mode) => {
    const count = rows.filter((row) => isGreen(row, mode)).length;
    const percent = (100 * count / rows.length).toFixed(1);
    return [COMMANDS[mode], String(count), `${percent} %`];
  };
  const groups = GROUPS.flatMap(({ title, rows }) => {
    const found = rows.flatMap(({ name }) => byName.get(name) ?? []);
    return found.length === 0 ? [] : [`### ${title}\n\n${
      table([
        ["Client", "Version", ...Object.values(COMMANDS)],
        ...found.map(cells),
      ])
    }`];
  });
  const text = `# Clients

Programs and libraries that were tried behind authsome. Each makes one HTTPS
request in its usual way to an imitation of a provider's API on this machine,
which has a certificate of a CA of its own. \`yes\` means: the real credential
arrived, the program ended with exit code 0, and neither its output nor its
environment held the credential. The column of \`doctor --client\` says whether
its verdict agrees with what \`run\` did.

${rows.length} clients, last tried on ${date} on Linux x64:

${
    table([
      ["Command", "Clients", "Share"],
      share("run"),
      share("sandbox"),
      ["`doctor --client` is right", ...share("doctor").slice(1)],
    ])
  }

\`deno run -A scripts/clients/mod.ts\` installs the clients and writes this page
([testing](testing.md#clients)). The vendors' packages for npm and PyPI have
[a page of their own](sdks.md).

## What does not work

${notGreen(rows)}

## What was tried

${groups.join("\n\n")}
`;
  return (await formatted(new Map([["clients.md", text]]))).get("clients.md")!;
}

/** Writes the page of a record. */
export async function writePage(record: MatrixRecord): Promise<void> {
  await Deno.writeTextFile(PAGE, await clientsPage(record));
}

function cells(row: Recorded): string[] {
  const word = (ok: boolean) => ok ? "yes" : "no";
  return [
    code(row.name),
    row.version,
    word(row.run.ok),
    word(row.sandbox.ok),
    doctorIsRight(row) ? "right" : "**wrong**",
  ];
}

/** The rows that are not green, by reason. */
function notGreen(rows: readonly Recorded[]): string {
  const lines = new Map<string, { clients: Set<string>; modes: Set<Mode> }>();
  for (const row of rows) {
    const modes = MODES.filter((mode) => !isGreen(row, mode));
    for (const [key, group] of Map.groupBy(modes, (mode) => why(row, mode))) {
      const full = `${key}\0${group.join()}`;
      const line = lines.get(full) ??
        { clients: new Set(), modes: new Set(group) };
      line.clients.add(row.name);
      lines.set(full, line);
    }
  }
  if (lines.size === 0) return "Nothing.";
  return table([
    ["Clients", "Command", "Reason", "What to do"],
    ...[...lines].map(([key, { clients, modes }]) => [
      codes([...clients]),
      [...modes].map((mode) => COMMANDS[mode]).join(", "),
      ...key.split("\0").slice(0, 2),
    ]),
  ]);
}

/** Reason and cure, as one text. */
function why({ name }: Recorded, mode: Mode): string {
  const { reason = "not known", cure = "" } = reasonOf(name, mode) ?? {};
  return `${reason}\0${cure}`;
}

/** The lines of the page's tables, without the blanks that only align them. */
export function tableLines(page: string): string[] {
  return page.split("\n").filter((line) => line.startsWith("|"))
    .map((line) => line.replace(/ +/g, " ").replace(/-+/g, "-"));
}
