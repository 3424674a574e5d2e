/** The git repositories of the imitated GitHub. @module */
import { spawn } from "../../../tests/support/scenario.ts";

/** Files of each repository of `github.com/team/`. */
const REPOSITORIES: Readonly<Record<string, Record<string, string>>> = {
  project: { "README.md": "hello\n" },
  // Modules and packages that tools fetch by git.
  module: {
    "go.mod": "module github.com/team/module\n\ngo 1.20\n",
    "module.go": "package module\n\nconst Hello = 1\n",
  },
  crate: {
    "Cargo.toml":
      '[package]\nname = "crate-of-team"\nversion = "1.0.0"\nedition = "2021"\n',
    "src/lib.rs": "",
  },
  package: {
    "pyproject.toml":
      '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
    "backend.py": `
import zipfile
INFO = "Metadata-Version: 2.1\\nName: package-of-team\\nVersion: 1.0.0\\n"
def build_wheel(folder, config_settings=None, metadata_directory=None):
    name = "package_of_team-1.0.0-py3-none-any.whl"
    with zipfile.ZipFile(f"{folder}/{name}", "w") as wheel:
        wheel.writestr("package_of_team.py", "")
        wheel.writestr("package_of_team-1.0.0.dist-info/METADATA", INFO)
        wheel.writestr("package_of_team-1.0.0.dist-info/WHEEL",
                       "Wheel-Version: 1.0\\nGenerator: hand\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr("package_of_team-1.0.0.dist-info/RECORD", "")
    return name
`,
  },
};

/** Makes the bare repositories in `folder`, each with one commit and a tag; everybody who is let in may push. */
export async function makeRepositories(
  folder: string,
  env: Record<string, string>,
): Promise<void> {
  for (const [name, files] of Object.entries(REPOSITORIES)) {
    const seed = `${folder}/seeds/${name}`;
    for (const [path, text] of Object.entries(files)) {
      const file = `${seed}/${path}`;
      Deno.mkdirSync(file.replace(/\/[^/]*$/, ""), { recursive: true });
      Deno.writeTextFileSync(file, text);
    }
    const bare = `${folder}/team/${name}.git`;
    const git = (...args: string[]) => ["git", "-C", seed, ...args];
    for (
      const command of [
        ["git", "init", "--quiet", "--initial-branch=main", "--bare", bare],
        ["git", "-C", bare, "config", "http.receivepack", "true"],
        ["git", "init", "--quiet", "--initial-branch=main", seed],
        git("add", "."),
        git("commit", "--quiet", "--message", "first"),
        git("tag", "v1.0.0"),
        git("push", "--quiet", bare, "main", "v1.0.0"),
      ]
    ) {
      const { code, stderr } = await spawn(command, { ...env, ...AUTHOR });
      if (code !== 0) throw new Error(`${command.join(" ")}: ${stderr}`);
    }
  }
}

/** Who commits. */
export const AUTHOR = {
  GIT_AUTHOR_NAME: "A",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_COMMITTER_NAME: "A",
  GIT_COMMITTER_EMAIL: "a@example.com",
};
