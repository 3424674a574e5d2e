// The master key into a real Secret Service and out of it again, on a session bus of its own.
import { expect } from "expect";
import { test } from "node:test";
import { sha256 } from "../../../lib/bytes.ts";
import { findProgram } from "../../../lib/host/run/programs.ts";
import { withHome } from "../../support/home.ts";
import { missing } from "../../support/missing.ts";
import { cliCommand, processOf } from "../../support/program.ts";

// The bus asks for the name of its user.
const skip = await missing("id", "-un") ||
  await missing("dbus-run-session") ||
  await missing("gnome-keyring-daemon", "--version") ||
  !findProgram("secret-tool", Deno.env) && "secret-tool is not installed";

test(
  "key move and key rotate with the key in the Secret Service, and nothing is left in it afterwards",
  { skip },
  () =>
    withHome(async (folder) => {
      const home = `${folder}/home`;
      Deno.mkdirSync(`${folder}/user/.local/share/keyrings`, {
        recursive: true,
      });
      const authsome = (...args: string[]) =>
        cliCommand(...args).map(quote).join(" ");
      const script = `
        set -e
        printf 'pw\\n' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
        echo sk-canary | ${authsome("login", "openai", "--stdin")}
        ${authsome("key", "move", "--to", "keyring")}
        test ! -e '${home}/master.key'
        ${authsome("key", "rotate")}
        ${authsome("token", "openai")}
        ${authsome("key", "move", "--to", "file")}
        test -e '${home}/master.key'
        ${authsome("token", "openai")}
        secret-tool search service authsome 2>&1 | grep -c secret || true
        printf '%064d' 0 | secret-tool store --label=authsome service authsome account "$ACCOUNT"
        ${authsome("key", "status")} 2>&1`;
      const { code, stdout, stderr } = await processOf(
        ["dbus-run-session", "--", "sh", "-c", script],
        {
          env: {
            ...Deno.env.toObject(),
            HOME: `${folder}/user`,
            AUTHSOME_HOME: home,
            ACCOUNT: (await sha256(home)).slice(0, 32),
            AUTHSOME_NO_VERIFY: "1",
            XDG_RUNTIME_DIR: folder,
            DENO_DIR: Deno.env.get("DENO_DIR") ??
              `${Deno.env.get("HOME")}/.cache/deno`,
          },
        },
      ).output();
      const text = new TextDecoder();
      expect([code, code === 0 ? "" : text.decode(stderr)]).toEqual([0, ""]);
      const lines = text.decode(stdout).split("\n");
      expect(lines.slice(0, 3)).toEqual(["sk-canary", "sk-canary", "0"]);
      expect(lines[3]).toMatch(/^mode +local_key$/);
      expect(text.decode(stdout)).toMatch(/interrupted +false/);
      // What somebody has put there again is no key of this vault, and is named.
      expect(text.decode(stdout)).toMatch(
        /another is left: the keychain of this system.*older copies of it.*secret-tool clear service authsome account [0-9a-f]{32}/,
      );
    }),
);

function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
