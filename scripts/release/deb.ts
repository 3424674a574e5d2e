/** The Debian package: the executable, its man page and completions. Needs `dpkg-deb`. @module */
import { COMPLETION_SCRIPTS } from "../../lib/cli/help/completion_scripts.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const SHELLS = {
  bash: "usr/share/bash-completion/completions/authsome",
  zsh: "usr/share/zsh/vendor-completions/_authsome",
  fish: "usr/share/fish/vendor_completions.d/authsome.fish",
};

/** What goes into a package. */
export interface DebOptions {
  version: string;
  /** As Debian names it: `amd64`, `arm64`. */
  architecture: string;
  /** Path of the executable. */
  executable: string;
  /** Page of the project. */
  homepage: string;
  /** Folder that the package is written to. */
  folder: string;
}

/** Writes `authsome_<version>_<architecture>.deb`; its path. */
export async function writeDeb(options: DebOptions): Promise<string> {
  const { version, architecture, folder } = options;
  const root = await Deno.makeTempDir({ prefix: "authsome-deb-" });
  try {
    // dpkg-deb takes modes as they are, whatever the umask.
    await Deno.chmod(root, 0o755);
    await copy(options.executable, `${root}/usr/bin/authsome`, 0o755);
    const size = (await Deno.stat(options.executable)).size;
    for (const shell of ["bash", "zsh", "fish"] as const) {
      await write(`${root}/${SHELLS[shell]}`, COMPLETION_SCRIPTS[shell]);
    }
    await write(
      `${root}/usr/share/man/man1/authsome.1.gz`,
      await gzip(await Deno.readFile(`${ROOT}docs/man/authsome.1`)),
    );
    await write(
      `${root}/usr/share/doc/authsome/copyright`,
      await Deno.readTextFile(`${ROOT}LICENSE`),
    );
    await write(`${root}/DEBIAN/control`, control(options, size));
    const path = `${folder}/authsome_${version}_${architecture}.deb`;
    await run("dpkg-deb", [
      "--root-owner-group",
      "-Zgzip",
      "-z4",
      "--build",
      root,
      path,
    ]);
    return path;
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

function control(
  { version, architecture, homepage }: DebOptions,
  size: number,
): string {
  return [
    "Package: authsome",
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    "Maintainer: authsome <noreply@authsome.invalid>",
    `Installed-Size: ${Math.ceil(size / 1024)}`,
    "Depends: libc6 (>= 2.28), libstdc++6",
    "Recommends: ca-certificates, bubblewrap",
    "Section: utils",
    "Priority: optional",
    `Homepage: ${homepage}`,
    "Description: local-first credential broker for AI agents",
    " Log in once, keep the credential in an encrypted vault, and run any agent",
    " behind a local proxy so that it never sees a key.",
    "",
  ].join("\n");
}

async function write(path: string, content: string | Uint8Array) {
  await makeParents(path);
  await Deno.writeFile(
    path,
    typeof content === "string" ? new TextEncoder().encode(content) : content,
  );
  await Deno.chmod(path, 0o644);
}

async function copy(from: string, to: string, mode: number) {
  await makeParents(to);
  await Deno.copyFile(from, to);
  await Deno.chmod(to, mode);
}

async function makeParents(path: string): Promise<void> {
  await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), {
    recursive: true,
    mode: 0o755,
  });
}

async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

async function run(program: string, args: string[]): Promise<void> {
  const { success, stderr } = await new Deno.Command(program, {
    args,
    stdout: "null",
    stderr: "piped",
  }).output();
  if (!success) {
    throw new Error(`${program}: ${new TextDecoder().decode(stderr).trim()}`);
  }
}
