// Installs the locked npm packages, unless npm or Deno did so before.
const root = new URL("..", import.meta.url).pathname;
try {
  Deno.statSync(`${root}node_modules`);
} catch {
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["install", "--frozen"],
    cwd: root,
    stdout: "null",
  }).output();
  Deno.exit(code);
}
