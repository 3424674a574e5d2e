/** The recipes of docs/CONTRIBUTING.md, as its table has them. @module */

/** What one row says. */
export interface Recipe {
  /** Files to make (with `<name>`) or to change. */
  touch: readonly string[];
  /** Commands to run then, as argument lists. */
  run: readonly (readonly string[])[];
  /** Files and folders that try it. */
  tests: readonly string[];
}

/** The rows of the table by what they add. Throws if two add the same. */
export function readRecipes(page: string): Map<string, Recipe> {
  const recipes = new Map<string, Recipe>();
  for (const [row] of page.matchAll(/^\| an? .+\|$/gm)) {
    const [, adds, touch, run, tests] = row.split("|").map((cell) =>
      cell.trim()
    );
    if (recipes.has(adds!)) throw new Error(`two rows say how to add ${adds}`);
    recipes.set(adds!, {
      touch: pathsIn(touch!).filter((path) => !path.endsWith("/")),
      run: codeIn(run!).map((command) => command.split(" ")),
      tests: pathsIn(tests!),
    });
  }
  return recipes;
}

function pathsIn(cell: string): string[] {
  return codeIn(cell).filter((code) => /^[\w.]+\/\S*$|^\w+\.json$/.test(code));
}

function codeIn(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code!);
}
