/**
 * Writes `docs/terminal.svg`: a real session of the real program, in a temporary home and with the APIs played by this
 * machine.
 *
 * @module
 */
import { Reader } from "./docs/reader.ts";

const FILE = new URL("../docs/terminal.svg", import.meta.url);

const COMMANDS = [
  "authsome list --connected",
  "authsome run --sandbox -- curl -s https://api.github.com/user",
  "authsome run --sandbox -- sh -c 'echo $GH_TOKEN'",
  "authsome run --sandbox -- cat ~/.authsome/master.key",
];

const SIZE = 14;
/** Of a monospaced character at that size, in pixels. */
const WIDTH = 8.43;
const LINE = 20;
const MARGIN = 20;

/** The picture as it should be now. */
export async function terminalSvg(reader: Reader): Promise<string> {
  const outputs = await reader.outputs(COMMANDS);
  const lines = COMMANDS.flatMap((command, index) => [
    { kind: "command", text: command },
    ...outputs[index]!.trimEnd().split("\n")
      .map((text) => ({ kind: "output", text })),
    { kind: "output", text: "" },
  ]).slice(0, -1);
  const columns = Math.max(...lines.map(({ text }) => text.length + 2));
  const width = Math.ceil(columns * WIDTH + 2 * MARGIN);
  const height = lines.length * LINE + 2 * MARGIN;
  const rows = lines.map(({ kind, text }, index) => {
    const y = MARGIN + index * LINE + SIZE;
    const prompt = kind === "command" ? '<tspan class="prompt">$ </tspan>' : "";
    return `<text x="${MARGIN}" y="${y}" class="${kind}">${prompt}${
      escape(text)
    }</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="A terminal session with authsome">`,
    "<style>",
    `text{font:${SIZE}px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#c9d1d9;white-space:pre}`,
    ".command{fill:#fff;font-weight:600}",
    ".prompt{fill:#7ee787}",
    "</style>",
    `<rect width="${width}" height="${height}" rx="8" fill="#161b22"/>`,
    ...rows,
    "</svg>",
    "",
  ].join("\n");
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}

if (import.meta.main) {
  await using reader = await Reader.open();
  await Deno.writeTextFile(FILE, await terminalSvg(reader));
}
