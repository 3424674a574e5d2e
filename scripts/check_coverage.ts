// Fails when a file of lib/ was never loaded by a test. Types-only files produce no code and are left out.
const report = await new Deno.Command(Deno.execPath(), {
  args: ["coverage", "coverage", "--lcov", "--include=lib"],
  stderr: "inherit",
}).output();
const covered = new Set(
  [...new TextDecoder().decode(report.stdout).matchAll(/^SF:(.*)$/gm)]
    .map((match) => match[1]),
);

async function* sources(folder: string): AsyncGenerator<string> {
  for await (const entry of Deno.readDir(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* sources(path);
    else if (entry.name.endsWith(".ts")) yield path;
  }
}

function hasCode(text: string): boolean {
  return /^(export )?(default )?(async )?(function|class|const|let) /m.test(
    text,
  );
}

const root = new URL("../lib", import.meta.url).pathname;
const untested: string[] = [];
for await (const path of sources(root)) {
  if (!covered.has(path) && hasCode(await Deno.readTextFile(path))) {
    untested.push(path);
  }
}
if (untested.length > 0) {
  console.error(`No test loads:\n${untested.join("\n")}`);
  Deno.exit(1);
}
