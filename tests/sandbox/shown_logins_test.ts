// Agents' own logins in a real sandbox: the file is at its real path, with placeholders, and the real one cannot be seen.
import { expect } from "expect";
import { LoginVendor, VENDOR_HOSTS } from "../logins/login_vendor.ts";
import { sandboxTest } from "../support/sandbox/sandbox.ts";
import { missing } from "../support/scenario.ts";

const needs = await missing("curl");

for (
  const { kind, file, access, api } of [
    {
      kind: "claude",
      file: ".claude/.credentials.json",
      access: "accessToken",
      api: "https://api.anthropic.com/v1/messages",
    },
    {
      kind: "codex",
      file: ".codex/auth.json",
      access: "access_token",
      api: "https://chatgpt.com/backend-api/codex/responses",
    },
    {
      kind: "gemini",
      file: ".gemini/oauth_creds.json",
      access: "access_token",
      api: "https://cloudcode-pa.googleapis.com/v1internal:generateContent",
    },
  ] as const
) {
  const vendor = new LoginVendor(kind);
  sandboxTest(
    `${kind} finds its login with placeholders where it looks, and the API gets the token`,
    {},
    VENDOR_HOSTS,
    vendor.handle,
    async ({ folder, home, sh, authsome, env }) => {
      const path = `${folder}/${file}`;
      const own = path.replace(/\/[^/]*$/, "");
      Deno.mkdirSync(own);
      Deno.writeTextFileSync(path, vendor.file(), { mode: 0o600 });
      const { code } = await authsome(["import", kind, "--yes"]);
      expect(code).toBe(0);
      const call =
        `curl -s -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $(sed -n 's/.*"${access}": *"\\([^"]*\\)".*/\\1/p' ${path})" -d '{}' ${api}`;
      for (
        const options of [[], ["--allow-write", own], ["--allow-read", own]]
      ) {
        const { stdout, stderr } = await sh(
          `env; cat ${path}; echo; ls -R ${home} 2>&1; ${call}; echo kept > ${own}/state 2> /dev/null; echo x 2> /dev/null > ${path}; true`,
          { options },
        );
        expect({ options, stdout, stderr: stderr.includes(vendor.canary) })
          .toEqual({
            options,
            stdout: expect.stringMatching(
              /authsome-?proxy-?managed[\s\S]*200$/,
            ),
            stderr: false,
          });
        expect(stdout).not.toContain(vendor.canary);
        expect(stderr).not.toContain("is not shown");
      }
      // What it may write is there, and its own file is as it was.
      expect(Deno.readTextFileSync(`${own}/state`)).toBe("kept\n");
      expect(Deno.readTextFileSync(path)).toContain(vendor.tokens.refresh);
      expect(vendor.calls.map(({ token }) => token))
        .toEqual([1, 2, 3].map(() => vendor.tokens.access));
      const { stdout } = await authsome(
        ["run", "--dry-run", "--sandbox", "--json", "--", "true"],
        { env, cwd: `${folder}/work` },
      );
      expect(JSON.parse(stdout)).toMatchObject({
        sandbox: { shown: [path] },
      });
    },
    needs,
  );
}

const copilot = new LoginVendor("copilot");
sandboxTest(
  "copilot finds its login in its variable, and its own file is hidden unless its folder may be written",
  {},
  VENDOR_HOSTS,
  copilot.handle,
  async ({ folder, sh, authsome }) => {
    const own = `${folder}/.copilot`;
    Deno.mkdirSync(own);
    Deno.writeTextFileSync(`${own}/config.json`, copilot.file(), {
      mode: 0o600,
    });
    const { code } = await authsome(["import", "copilot", "--yes"]);
    expect(code).toBe(0);
    const call =
      `curl -s -o /dev/null -w '%{http_code}' -H "Authorization: token $COPILOT_GITHUB_TOKEN" https://api.github.com/user`;
    const see = `env; cat ${own}/config.json 2> /dev/null; ${call}`;
    for (const options of [[], ["--allow-read", own], ["--agent", "copilot"]]) {
      const { stdout, stderr } = await sh(see, { options });
      expect({ options, stdout, stderr: stderr.includes(copilot.canary) })
        .toEqual({
          options,
          stdout: expect.stringMatching(
            /=gho_authsomeproxymanaged0+\n[^]*200$/,
          ),
          stderr: false,
        });
      expect(stdout).not.toContain(copilot.canary);
    }
    // What the person allows to write is what the program finds.
    const allowed = await sh(`: >> ${own}/config.json && echo written`, {
      options: ["--allow-write", own],
    });
    expect(allowed.stdout).toBe("written\n");
  },
  needs,
);
