/**
 * FAKES of the programs of secret managers that no registry has: scripts that answer the documented arguments, and none
 * else, with the documented output. The real managers are in `tests/connection/references/real_managers_test.ts`.
 *
 * @module
 */

/** What the script answers. */
export interface FakeAnswers {
  /** All arguments, with spaces between → what is printed. */
  prints?: Readonly<Record<string, string>>;
  /** All arguments, with spaces between: what is on stdin is kept. */
  takes?: readonly string[];
}

/** A script that was installed. */
export interface FakeManager {
  /** The folder for PATH. */
  folder: string;
  /** The arguments of each call. */
  calls(): string[];
  /** What the last call was given: its variables, and the folder that it ran in. */
  environment(): Record<string, string>;
  workingFolder(): string;
  /** What was on stdin of the call with these arguments. */
  taken(args: string): string;
  /** Changes what is printed. */
  prints(args: string, text: string): void;
  /** How often a call began while another was under way. */
  overlaps(): number;
  /** Lets each call take a second, so that others begin meanwhile if nothing keeps them. */
  slow(): void;
  /** Lets calls wait until they are let go. */
  hold(): void;
  letGo(): void;
  /** What is said on stderr before every call fails; `undefined` unlocks. */
  lock(message: string | undefined): void;
}

/** Installs the script called `program` in a folder in `folder`. */
export function fakeManager(
  folder: string,
  program: string,
  { prints = {}, takes = [] }: FakeAnswers,
): FakeManager {
  const bin = `${folder}/bin`;
  const state = `${folder}/${program}.state`;
  Deno.mkdirSync(bin, { recursive: true, mode: 0o700 });
  Deno.mkdirSync(state, { mode: 0o700 });
  const names = [...Object.keys(prints), ...takes];
  const file = (args: string) => `${state}/${names.indexOf(args)}`;
  const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
  const cases = names.map((args) =>
    `${quoted(args)}) ${
      takes.includes(args)
        ? `cat > ${quoted(file(args))}`
        : `cat ${quoted(file(args))}`
    } ;;`
  );
  for (const [args, text] of Object.entries(prints)) {
    Deno.writeTextFileSync(file(args), text);
  }
  Deno.writeTextFileSync(
    `${bin}/${program}`,
    `#!/bin/sh
cd_to=$PWD
printf '%s\\n' "$*" >> ${quoted(`${state}/calls`)}
env > ${quoted(`${state}/env`)}
printf '%s' "$cd_to" > ${quoted(`${state}/cwd`)}
mkdir ${quoted(`${state}/busy`)} 2>/dev/null || echo x >> ${
      quoted(`${state}/overlaps`)
    }
trap 'rmdir ${quoted(`${state}/busy`).replaceAll("'", '"')} 2>/dev/null' EXIT
[ -e ${quoted(`${state}/slow`)} ] && sleep 1
for i in $(seq 600); do [ -e ${
      quoted(`${state}/held`)
    } ] || break; sleep 0.1; done
if [ -e ${quoted(`${state}/locked`)} ]; then
  cat ${quoted(`${state}/locked`)} >&2
  exit 1
fi
case "$*" in
${cases.join("\n")}
*) echo "this fake does not know: $*" >&2; exit 64 ;;
esac
`,
    { mode: 0o755 },
  );
  const read = (name: string) => {
    try {
      return Deno.readTextFileSync(`${state}/${name}`);
    } catch {
      return "";
    }
  };
  return {
    folder: bin,
    calls: () => read("calls").split("\n").filter(Boolean),
    environment: () =>
      Object.fromEntries(
        read("env").split("\n").filter((line) => line.includes("="))
          .map((line) => {
            const at = line.indexOf("=");
            return [line.slice(0, at), line.slice(at + 1)];
          }),
      ),
    workingFolder: () => read("cwd"),
    overlaps: () => read("overlaps").length,
    taken: (args) => Deno.readTextFileSync(file(args)),
    prints: (args, text) => Deno.writeTextFileSync(file(args), text),
    hold: () => Deno.writeTextFileSync(`${state}/held`, ""),
    letGo: () => Deno.removeSync(`${state}/held`),
    slow: () => Deno.writeTextFileSync(`${state}/slow`, ""),
    lock(message) {
      if (message === undefined) Deno.removeSync(`${state}/locked`);
      else Deno.writeTextFileSync(`${state}/locked`, message);
    },
  };
}
