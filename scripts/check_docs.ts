/**
 * Checks the documentation: links and anchors lead somewhere, every page can be reached from the index, every command and
 * flag that is named exists, and every block of shell runs, or says above it why not (`<!-- not run: … -->`).
 *
 * Usage: `deno run -A scripts/check_docs.ts [page…]`; without pages, all of them.
 *
 * @module
 */
import {
  commandLines,
  problemOfCall,
  problemOfMention,
} from "./docs/command_lines.ts";
import { brokenLinks, orphans } from "./docs/links.ts";
import { type Page, parsePage } from "./docs/page.ts";
import { isShell, Reader } from "./docs/reader.ts";

const ROOT = new URL("..", import.meta.url);
/** Made from the definitions: their commands are checked, and not run 224 times. */
const GENERATED = "docs/providers/";

/** Every page of the documentation. */
export function allPages(): Page[] {
  const paths = ["README.md", "CHANGELOG.md"];
  const visit = (folder: string) => {
    for (
      const { name, isDirectory } of Deno.readDirSync(new URL(folder, ROOT))
    ) {
      if (isDirectory) visit(`${folder}${name}/`);
      else if (name.endsWith(".md")) paths.push(`${folder}${name}`);
    }
  };
  visit("docs/");
  return paths.sort().map((path) =>
    parsePage(path, Deno.readTextFileSync(new URL(path, ROOT)))
  );
}

/** Pages whose blocks are run. */
export function runPages(pages: readonly Page[]): Page[] {
  return pages.filter(({ path, blocks }) =>
    !path.startsWith(GENERATED) && blocks.some(isShell)
  );
}

/** What is wrong without running anything. */
export async function staticProblems(
  pages: readonly Page[],
): Promise<string[]> {
  const problems = brokenLinks(pages, exists);
  const docs = pages.filter(({ path }) => path !== "CHANGELOG.md");
  for (const path of orphans(docs, "README.md")) {
    problems.push(`${path}: no link leads here`);
  }
  for (const page of pages) problems.push(...await commandProblems(page));
  return problems;
}

/** Commands and flags that do not exist, and shell that is neither run nor excused. */
export async function commandProblems(page: Page): Promise<string[]> {
  const problems: string[] = [];
  const add = (line: number, text: string | undefined) => {
    if (text) problems.push(`${page.path}:${line}: ${text}`);
  };
  for (const block of page.blocks.filter(isShell)) {
    for (const call of commandLines(block.text)) {
      add(block.line, await problemOfCall(call));
    }
    if (
      !/^(sh|console)$/.test(block.language) && !block.notRun &&
      !page.path.startsWith(GENERATED)
    ) {
      add(block.line, `${block.language} is not run: say why above it`);
    }
  }
  for (const { line, text } of page.code) {
    add(line, await problemOfMention(text));
  }
  return problems;
}

/** Runs a page; what came out otherwise than it says. */
export async function runProblems(
  reader: Reader,
  page: Page,
): Promise<string[]> {
  const outcomes = await reader.read(page);
  return outcomes.flatMap(({ problem }, index) =>
    problem ? [`${page.path}:${page.blocks[index]!.line}: ${problem}`] : []
  );
}

function exists(path: string): boolean {
  try {
    return Boolean(Deno.statSync(new URL(path, ROOT)));
  } catch {
    return false;
  }
}

if (import.meta.main) {
  const pages = allPages();
  const problems = Deno.args.length > 0 ? [] : await staticProblems(pages);
  await using reader = await Reader.open();
  for (const page of runPages(pages)) {
    if (Deno.args.length > 0 && !Deno.args.includes(page.path)) continue;
    const started = performance.now();
    problems.push(...await runProblems(reader, page));
    console.log(`${page.path}  ${Math.round(performance.now() - started)} ms`);
  }
  problems.forEach((problem) => console.error(problem));
  Deno.exitCode = problems.length > 0 ? 1 : 0;
}
