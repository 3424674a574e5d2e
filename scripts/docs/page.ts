/** A page of Markdown as the checks see it: its blocks of code, links and headings. @module */

/** A fenced block of code. */
export interface Block {
  /** First line of its content, counted from 1. */
  line: number;
  /** `sh`, `console`, `python`, …; empty for none. */
  language: string;
  /** What follows the language: for programs, the file that the block is. */
  file: string;
  text: string;
  /** Why it is not run: `<!-- not run: … -->` right above it. */
  notRun?: string;
  /** `bwrap` or `python3 <module>`, without which it is skipped: `<!-- needs: … -->` right above it. */
  needs?: string;
}

/** A link, and where it stands. */
export interface Link {
  line: number;
  target: string;
}

/** A page. */
export interface Page {
  /** Path from the root of the project. */
  path: string;
  blocks: Block[];
  links: Link[];
  /** Anchors of the headings, as GitHub makes them. */
  anchors: Set<string>;
  /** Inline code of the prose. */
  code: { line: number; text: string }[];
}

/** Reads a page. */
export function parsePage(path: string, markdown: string): Page {
  const page: Page = {
    path,
    blocks: [],
    links: [],
    anchors: new Set(),
    code: [],
  };
  const prose: string[] = [];
  let block: Block | undefined;
  let fence = "";
  let marks: Pick<Block, "notRun" | "needs"> = {};
  markdown.split("\n").forEach((text, index) => {
    const line = index + 1;
    const [, indent = "", opened, info = ""] = /^(\s*)(```+)(.*)$/.exec(text) ??
      [];
    if (block) {
      if (opened && opened.length >= fence.length && info.trim() === "") {
        page.blocks.push({ ...block, text: block.text.replace(/\n$/, "") });
        block = undefined;
      } else block.text += text.slice(indent.length && 0) + "\n";
      prose.push("");
    } else if (opened) {
      const [language = "", file = ""] = info.trim().split(/\s+/);
      block = { line: line + 1, language, file, text: "", ...marks };
      fence = opened;
      marks = {};
      prose.push("");
    } else {
      const mark = /^\s*<!-- (not run|needs): (.+) -->$/.exec(text);
      if (mark) marks[mark[1] === "needs" ? "needs" : "notRun"] = mark[2]!;
      else if (text.trim() !== "") marks = {};
      addHeading(page.anchors, text);
      prose.push(text);
    }
  });
  if (block) throw new SyntaxError(`${path}: a block of code does not end`);
  readProse(page, prose.join("\n"));
  return page;
}

function addHeading(anchors: Set<string>, text: string): void {
  const heading = /^#{1,6} (.+)$/.exec(text)?.[1];
  if (heading === undefined) return;
  const plain = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1");
  const slug = plain.toLowerCase().replace(/[^\p{L}\p{N}\p{M}_ -]/gu, "")
    .replaceAll(" ", "-");
  let anchor = slug;
  for (let count = 1; anchors.has(anchor); count++) anchor = `${slug}-${count}`;
  anchors.add(anchor);
}

function readProse(page: Page, prose: string): void {
  const line = (at: number) => prose.slice(0, at).split("\n").length;
  for (const { 0: all, index } of prose.matchAll(/`([^`]+)`/g)) {
    page.code.push({
      line: line(index),
      text: all.slice(1, -1).replace(/\s+/g, " "),
    });
  }
  // Code may hold what only looks like a link.
  const bare = prose.replace(/`[^`]*`/g, (code) => code.replace(/\S/g, "x"));
  for (
    const { 1: inline, 2: reference, index } of bare.matchAll(
      /\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)|^\[[^\]]+\]:\s+(\S+)/gm,
    )
  ) page.links.push({ line: line(index), target: (inline ?? reference)! });
}
