/** What a person's settings for AWS say about trust. @module */
import type { Env } from "../../ports/system.ts";

/**
 * The file of roots that the settings of AWS's clients name (`ca_bundle`), in any profile. It holds for them unless
 * `AWS_CA_BUNDLE` is set.
 */
export function awsBundle(env: Env): string | undefined {
  const home = env.get("HOME") ?? env.get("USERPROFILE") ?? "";
  const path = env.get("AWS_CONFIG_FILE") || "~/.aws/config";
  const whole = (path: string) => path.replace(/^~(?=\/)/, () => home);
  try {
    const text = Deno.readTextFileSync(whole(path));
    const [, named] = /^[ \t]*ca_bundle[ \t]*=[ \t]*(\S.*?)\s*$/m.exec(text) ??
      [];
    return named && whole(named);
  } catch {
    return undefined;
  }
}
