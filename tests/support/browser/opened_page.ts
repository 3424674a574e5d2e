/** A program in the browser's place that writes down what it is given and goes on running, as a browser does. @module */

/** What was opened, and the program that `BROWSER` names. */
export class OpenedPage {
  private constructor(
    readonly program: string,
    private readonly folder: string,
  ) {}

  static async install(folder: string): Promise<OpenedPage> {
    const program = `${folder}/open-page`;
    await Deno.writeTextFile(
      program,
      `#!/bin/sh
printf '%s\\n' "$@" > '${folder}/opened.new' && mv '${folder}/opened.new' '${folder}/opened'
tries=0
while [ -e '${folder}/opened' ] && [ $tries -lt 600 ]; do sleep 0.1; tries=$((tries + 1)); done
`,
      { mode: 0o755 },
    );
    return new OpenedPage(program, folder);
  }

  /** The argument that the browser was started with. */
  async argument(): Promise<string> {
    for (let tries = 0; tries < 600; tries++) {
      try {
        return (await Deno.readTextFile(`${this.folder}/opened`)).trim();
      } catch {
        await new Promise((done) => setTimeout(done, 50));
      }
    }
    throw new Error("no page was opened");
  }

  /** Ends the program. */
  async close(): Promise<void> {
    await Deno.remove(`${this.folder}/opened`).catch(() => {});
  }
}

/** Where the page of a `file:` URL leads. */
export function forwards(file: string): string {
  const { pathname } = new URL(file);
  const html = Deno.readTextFileSync(decodeURIComponent(pathname));
  return /href="([^"]+)"/.exec(html)![1]!.replaceAll("&amp;", "&");
}
