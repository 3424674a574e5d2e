/**
 * PowerShell's grammar, as `tree-sitter-powershell` has it: what is checked where no PowerShell runs.
 *
 * @module
 */
import { Language, type Node, Parser } from "web-tree-sitter";

const grammar = import.meta.resolve(
  "tree-sitter-powershell/tree-sitter-powershell.wasm",
);
let parser: Parser | undefined;

/**
 * The syntax tree of a script.
 *
 * @throws {SyntaxError} with the line where it stops being PowerShell.
 */
export async function parsePowerShell(script: string): Promise<Node> {
  if (!parser) {
    await Parser.init();
    parser = new Parser();
    parser.setLanguage(
      await Language.load(await Deno.readFile(new URL(grammar))),
    );
  }
  // To PowerShell these are that quote too; the grammar does not know.
  const { rootNode } = parser.parse(script.replace(/[\u2018-\u201b]/g, "'"))!;
  if (rootNode.hasError) {
    const [bad] = rootNode.descendantsOfType("ERROR");
    throw new SyntaxError(
      `line ${(bad ?? rootNode).startPosition.row + 1}: ${bad?.text}`,
    );
  }
  return rootNode;
}
