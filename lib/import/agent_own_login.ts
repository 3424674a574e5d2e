/** An agent's own login, on its way into the vault. @module */
import type { AgentLogin } from "../connection/agents/agent_login.ts";
import { credentialOf } from "../connection/agents/in_step.ts";
import type { ImportWorld, SourceFile } from "../ports/other_programs.ts";
import { foundClient, type Harvest } from "./found.ts";

/** Adds the login in `file`, or why it is left alone. */
export function addAgentLogin(
  { found, skipped }: Harvest,
  agent: AgentLogin,
  { path, text }: SourceFile,
  from: string,
): void {
  const login = agent.read(text);
  if (!login) {
    skipped.push({
      from,
      provider: agent.provider,
      reason: agent.holdsShown(text)
        ? "what is there is a placeholder of authsome, no token"
        : `the login there has a shape that is not known, so it is left alone`,
      hint: `Log in anew: ${agent.loginCommand}`,
    });
    return;
  }
  const client = foundClient(
    login.clientId,
    agent.clientSecret,
    "http://localhost/callback",
  );
  found.push({
    provider: agent.provider,
    credential: credentialOf(login, path),
    ...client ? { client } : {},
    from,
  });
}

/** What macOS keeps in its keychain in the place of the file. */
export async function fromKeychain(
  { env, userFolder, output }: ImportWorld,
  agent: AgentLogin,
): Promise<SourceFile | undefined> {
  const entry = agent.keychain?.({
    env: (name) => env.get(name),
    userFolder,
    os: "darwin",
  });
  if (!entry) return undefined;
  const { service, account } = entry;
  const text = await output([
    ...["security", "find-generic-password", "-a", account, "-w"],
    ...["-s", service],
  ]);
  return text === undefined ? undefined : {
    path: `keychain:${service}:${account}`,
    text: text.trim(),
    modifiedAt: 0,
  };
}
