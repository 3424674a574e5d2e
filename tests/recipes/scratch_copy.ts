/** A copy of the project in which recipes are followed. @module */
import { posix } from "node:path";
import type { Recipe } from "./recipe.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
/** Folders of the root that git does not know. */
const LEFT_OUT = /^(?:\.git|node_modules|build|dist|coverage)$/;

/** What a file of the copy can ask about the others. */
export interface From {
  /** The specifier by which it imports what exports `name`, or the new file `name`. */
  (name: string): string;
  /** The text of what exports `name`. */
  textOf(name: string): string;
}

/** What somebody writes who follows a recipe. */
export interface Work {
  /** In the place of `<name>`. */
  name: string;
  /** The new files, in the order of the row: those to make, then their tests. */
  files?: readonly ((from: From) => string)[];
  /** Changes of files that the row names; each fits one of them and gives the others back as they are. */
  changes?: readonly ((text: string, from: From) => string)[];
}

/** What a process said. */
export interface Done {
  code: number;
  stdout: string;
  stderr: string;
}

/** A copy of the project, with a home for its `authsome`. */
export class ScratchCopy {
  /** Files that recipes made or changed by hand. */
  readonly changed = new Set<string>();
  readonly #sources: Map<string, string>;

  private constructor(
    readonly folder: string,
    readonly home: string,
    files: readonly string[],
  ) {
    this.#sources = new Map(
      files.filter((path) => path.endsWith(".ts"))
        .map((path) => [path, Deno.readTextFileSync(`${ROOT}${path}`)]),
    );
  }

  static async make(): Promise<ScratchCopy> {
    const scratch = await Deno.realPath(
      await Deno.makeTempDir({ prefix: "authsome-recipes-" }),
    );
    const folder = `${scratch}/copy`;
    const files: string[] = [];
    const copy = async (below: string): Promise<void> => {
      await Deno.mkdir(`${folder}/${below}`);
      for await (const { name, isDirectory } of Deno.readDir(ROOT + below)) {
        if (below === "" && LEFT_OUT.test(name)) continue;
        if (isDirectory) await copy(`${below}${name}/`);
        else {
          files.push(below + name);
          await Deno.copyFile(ROOT + below + name, `${folder}/${below}${name}`);
        }
      }
    };
    await copy("");
    await Deno.symlink(`${ROOT}node_modules`, `${folder}/node_modules`);
    const home = `${scratch}/home`;
    await Deno.mkdir(home);
    return new ScratchCopy(folder, home, files);
  }

  /** Follows a recipe to the letter. Throws if it does not name every place, or one where there is nothing to do. */
  async follow(recipe: Recipe, work: Work): Promise<void> {
    const made = [...recipe.touch, ...recipe.tests]
      .filter((path) => path.includes("<name>"))
      .map((path) => filled(path, work.name));
    const { files = [], changes = [] } = work;
    if (made.length !== files.length) {
      throw new Error(
        `the recipe of ${work.name} makes ${made.length} files: ${made}`,
      );
    }
    const texts = new Map(
      made.map((path, at) => [path, files[at]!(this.#from(path, made))]),
    );
    const left = new Set(changes);
    for (const path of recipe.touch.filter((path) => !path.includes("<"))) {
      const before = await Deno.readTextFile(`${this.folder}/${path}`);
      let text = before;
      for (const change of left) {
        const after = change(text, this.#from(path, made));
        if (after !== text) left.delete(change);
        text = after;
      }
      if (text === before) {
        throw new Error(`${work.name}: there is nothing to do in ${path}`);
      }
      texts.set(path, text);
    }
    if (left.size > 0) {
      throw new Error(
        `the recipe of ${work.name} does not name the place of: ${
          [...left].join("\n")
        }`,
      );
    }
    for (const [path, text] of texts) await this.#write(path, text);
    for (const [program, ...args] of recipe.run) {
      if (program !== "deno") throw new Error(`${program} is not deno`);
      const { code, stderr } = await this.deno(...args);
      if (code !== 0) throw new Error(`deno ${args.join(" ")}: ${stderr}`);
    }
  }

  /** Runs Deno in the copy. */
  deno(...args: string[]): Promise<Done> {
    return this.#process(args);
  }

  /** Runs tests of the copy: files, folders, or options of `deno test`. Their output is in the error if one fails. */
  async test(...args: string[]): Promise<void> {
    const { code, stdout, stderr } = await this.deno(
      ...["test", "--frozen", "--no-check", "--quiet", "-A"],
      ...args,
    );
    // A filter that fits nothing is no success.
    if (code !== 0 || /^ok \| 0 passed/m.test(stdout)) {
      throw new Error(`deno test ${args.join(" ")}\n${stdout}${stderr}`);
    }
  }

  /** Runs the tests that the row of a recipe names. */
  async testsOf(recipe: Recipe, { name }: Work): Promise<void> {
    await this.test(...recipe.tests.map((path) => filled(path, name)));
  }

  /** Runs the tests of these titles, wherever they are. */
  async testsCalled(...titles: string[]): Promise<void> {
    const files = new Set(titles.map((title) => this.fileWith(title)));
    const any = titles.map((title) => title.replace(/[.()]/g, "\\$&")).join(
      "|",
    );
    await this.test(...files, "--filter", `/^(?:${any})$/`);
  }

  /** Runs the program of the copy. */
  authsome(
    args: readonly string[],
    stdin = "",
  ): Promise<Done> {
    return this.#process(
      ["run", "--quiet", "-A", "--no-check", `${this.folder}/cli.ts`, ...args],
      stdin,
    );
  }

  /** The path of the only file that has `text`. */
  fileWith(text: string | RegExp): string {
    const found = [...this.#sources].filter(([path, source]) =>
      // Not where it is asked for.
      !path.startsWith("tests/recipes/") &&
      (typeof text === "string" ? source.includes(text) : text.test(source))
    );
    if (found.length !== 1) {
      throw new Error(`${text} is in ${found.map(([path]) => path)}`);
    }
    return found[0]![0];
  }

  /** The file that exports `name`. */
  #exporting(name: string): string {
    return this.fileWith(
      new RegExp(
        `^export (?:async )?(?:function|const|class|interface|type) ${name}\\b`,
        "m",
      ),
    );
  }

  #from(path: string, made: readonly string[]): From {
    const specifier = (name: string) => {
      const to = name.includes(".")
        ? made.find((each) => each.endsWith(`/${name}`))!
        : this.#exporting(name);
      const way = posix.relative(posix.dirname(path), to);
      return way.startsWith(".") ? way : `./${way}`;
    };
    return Object.assign(specifier, {
      textOf: (name: string) => this.#sources.get(this.#exporting(name))!,
    });
  }

  async #write(path: string, text: string): Promise<void> {
    await Deno.mkdir(`${this.folder}/${posix.dirname(path)}`, {
      recursive: true,
    });
    await Deno.writeTextFile(`${this.folder}/${path}`, text);
    this.changed.add(path);
  }

  async #process(args: readonly string[], stdin = ""): Promise<Done> {
    const child = new Deno.Command(Deno.execPath(), {
      args: [...args],
      cwd: this.folder,
      clearEnv: true,
      env: {
        PATH: Deno.env.get("PATH")!,
        HOME: this.home,
        AUTHSOME_HOME: `${this.home}/.authsome`,
        // What it has read of the copy goes with the copy.
        DENO_DIR: `${this.home}/deno`,
        DENO_NO_UPDATE_CHECK: "1",
        // Nothing here reaches the network.
        HTTPS_PROXY: "http://127.0.0.1:1",
        NO_COLOR: "1",
        LC_ALL: "C.UTF-8",
      },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin)).catch(() => {});
    await writer.close().catch(() => {});
    const { code, stdout, stderr } = await child.output();
    const text = new TextDecoder();
    return { code, stdout: text.decode(stdout), stderr: text.decode(stderr) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(posix.dirname(this.folder), { recursive: true });
  }
}

function filled(path: string, name: string): string {
  return path.replaceAll("<name>", name);
}
