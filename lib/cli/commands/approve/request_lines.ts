/** A request that waits, in words for a person: everything that an answer is for. @module */
import type { ApprovalRequest } from "../../../policy/approver.ts";
import { counted } from "../../../text.ts";
import { cellWidth } from "../../kit/table.ts";
import { printable } from "../../kit/terminal_text.ts";

/** Characters of the beginning of a body that are shown. */
const BODY_SHOWN = 600;
const INDENT = 12;
const NARROWEST = 20;

/** Name and value of what is shown of a request, in order. The texts are as they came, and not printable. */
export function requestFields(
  request: ApprovalRequest,
  now: number,
): [name: string, value: string][] {
  const { provider, connection, profile, program, folder, run } = request;
  const { operations, body, rule, id } = request;
  const account = provider === undefined
    ? "none: it gets no credential"
    : `${provider}/${connection ?? "default"}`;
  return [
    ["host", request.host + (request.port ? `:${request.port}` : "")],
    ["path", request.path],
    ["does", operations.map(operationText).join(", ") || "unknown"],
    ["body", bodyText(body)],
    ...body?.shown ? [["", shownOf(body.shown)] as [string, string]] : [],
    ["account", `${account} (profile ${profile})`],
    ["asked by", `${program} in ${folder}`],
    ["run", run],
    ["rule", rule],
    ["time left", leftText(request.expires - now)],
    ["id", id],
  ];
}

/** What is shown of a request, in lines of at most `width` cells; every line is printable, and nothing is left out. */
export function requestLines(
  request: ApprovalRequest,
  now: number,
  width: number,
): string[] {
  const room = Math.max(NARROWEST, Math.min(width, 10_000) - INDENT - 1);
  return [
    ...folded(printable(`${request.method} ${urlOf(request)}`), room + INDENT),
    ...requestFields(request, now).flatMap(([name, value]) =>
      value.split("\n").flatMap((line) => folded(printable(line), room))
        .map((line, at) =>
          `  ${(at === 0 ? name : "").padEnd(INDENT - 2)}${line}`.trimEnd()
        )
    ),
  ];
}

/** The address, without the query's values. */
export function urlOf({ host, port, path }: ApprovalRequest): string {
  const authority = host + (port === undefined ? "" : `:${port}`);
  return `${port === 80 ? "http" : "https"}://${authority}${path}`;
}

function operationText(
  { name, reads }: ApprovalRequest["operations"][number],
): string {
  return `${name} (${
    reads === undefined ? "may write" : reads ? "reads" : "writes"
  })`;
}

function bodyText(body: ApprovalRequest["body"]): string {
  if (!body) return "none";
  return [
    body.size === undefined
      ? "size unknown, it was not read first"
      : counted(body.size, "byte"),
    ...body.type ? [body.type] : [],
    ...body.sha256 ? [`SHA-256 ${body.sha256}`] : [],
  ].join(", ");
}

function shownOf(text: string): string {
  const characters = [...text];
  return characters.length > BODY_SHOWN
    ? `${characters.slice(0, BODY_SHOWN).join("")}…`
    : text;
}

/** `1 m 43 s`. */
export function leftText(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  return seconds < 60
    ? `${seconds} s`
    : `${Math.floor(seconds / 60)} m ${seconds % 60} s`;
}

/** `text` in pieces of at most `width` cells. Nothing is cut: an answer is for all of it. */
function folded(text: string, width: number): string[] {
  const lines: string[] = [""];
  let used = 0;
  for (const character of text) {
    const cells = cellWidth(character);
    if (used + cells > width) {
      lines.push("");
      used = 0;
    }
    lines[lines.length - 1] += character;
    used += cells;
  }
  return lines;
}
