/**
 * Fails when a file of lib/ is loaded by no test of the suite that was run with
 * `--coverage=coverage --coverage-raw-data-only`. Types-only files produce no code and are left out.
 *
 * @module
 */

/** What runs only in processes that tests start, which coverage does not see: its beginning, and the test. */
const IN_OTHER_PROCESSES: Readonly<Record<string, string>> = {
  // Node's, in every test of the suite there.
  "host/node/": "runtime/npm_package_test.ts",
  "host/net/upstream_node.ts": "runtime/npm_package_test.ts",
  "host/net/machine_fetch.ts": "host/net/machine_fetch_test.ts",
  "host/net/proxy_probe.ts": "cli/commands/doctor_test.ts",
  "host/run/inherited_files.ts": "sandbox/escape_test.ts",
  "cli/commands/ssh_agent/": "ssh/agent_test.ts",
  "host/ssh/": "ssh/agent_test.ts",
  "broker/ssh/serve_ssh_agent.ts": "ssh/agent_test.ts",
  "broker/setup/setup_ssh.ts": "ssh/setup_test.ts",
  "ssh/agent_": "ssh/agent_test.ts",
  "ssh/openssh_key.ts": "ssh/agent_test.ts",
  "cli/commands/init.ts": "host/vault/init_modes_test.ts",
  "cli/commands/key/passphrase.ts": "host/vault/passphrase_home_test.ts",
  "host/vault/keyring_source.ts": "host/vault/passphrase_home_test.ts",
  "host/sandbox/channels/looking.ts": "sandbox/network/channels_test.ts",
  "host/sandbox/channels/outside_channels.ts":
    "sandbox/network/channels_test.ts",
  "host/sandbox/places/own_files.ts": "sandbox/places/own_files_test.ts",
  "host/sandbox/channels/reach.ts": "sandbox/network/channels_test.ts",
  "host/sandbox/channels/special_files.ts": "sandbox/network/channels_test.ts",
  "host/sandbox/channels/unix_socket_search.ts":
    "sandbox/network/channels_test.ts",
  "host/sandbox/channels/reachable_sockets.ts":
    "sandbox/network/channels_test.ts",
  "host/sandbox/sandbox_bubblewrap.ts": "sandbox/escape_test.ts",
  "host/sandbox/sandbox_command.ts": "sandbox/escape_test.ts",
  "host/sandbox/sandbox_linux.ts": "sandbox/escape_test.ts",
  "host/sandbox/sandbox_network.ts": "sandbox/escape_test.ts",
  "host/sandbox/sandbox_network_main.ts": "sandbox/escape_test.ts",
  "cli/commands/approve/pair.ts": "cli/terminal/pair_test.ts",
  "cli/commands/approve/run_pair.ts": "cli/terminal/pair_test.ts",
  "broker/audit/export_settings.ts": "audit/export/log_export_test.ts",
  "broker/custody/audited_source.ts": "security/audit_test.ts",
  "broker/credential/git_credential.ts": "credential/credential_git_test.ts",
  "broker/credential/cloud/exec_credential.ts": "credential/kubectl_test.ts",
  "broker/credential/cloud/process_credentials.ts":
    "credential/aws_profile_test.ts",
  "broker/credential/registry/cargo_protocol.ts":
    "credential/cargo_registry_test.ts",
  "broker/credential/server_credential.ts": "credential/pip_index_test.ts",
  "broker/setup/setup_aws.ts": "credential/aws_profile_test.ts",
  "broker/setup/setup_cargo.ts": "credential/cargo_registry_test.ts",
  "broker/setup/setup_kubectl.ts": "credential/kubectl_test.ts",
  "broker/setup/setup_npm.ts": "credential/npm_registry_test.ts",
  "broker/setup/setup_pip.ts": "credential/pip_index_test.ts",
  "cli/commands/login/resume_login.ts": "cli/commands/remote_login_test.ts",
  "sandbox/replaceable/": "sandbox/replaceable/allowed_file_test.ts",
  "host/sandbox/replaceable/": "sandbox/replaceable/allowed_file_test.ts",
  "host/sandbox/places/folder_entries.ts":
    "sandbox/replaceable/allowed_file_test.ts",
  "sandbox/shown/shown_files.ts": "sandbox/shown_files_test.ts",
  "host/sandbox/places/shown_places.ts": "sandbox/shown_files_test.ts",
  "host/sandbox/sandbox_places.ts": "sandbox/escape_test.ts",
  "host/run/client/": "clients/doctor_clients_test.ts",
  "host/run/login_views.ts": "logins/own_login_test.ts",
  "host/run/linked_folder.ts": "logins/own_login_test.ts",
  "host/run/pager.ts": "cli/terminal/list_test.ts",
  "host/terminal/": "approval/terminal_channel_test.ts",
  "cli/commands/approve/request_lines.ts": "approval/terminal_channel_test.ts",
  "cli/commands/approve/review_requests.ts": "cli/terminal/approve_test.ts",
  "cli/commands/approve/terminal_channel.ts":
    "approval/terminal_channel_test.ts",
  "broker/approval/approval_desk_of.ts": "approval/self_approval_test.ts",
  "broker/approval/approver_for.ts": "approval/approved_run_test.ts",
  "broker/approval/waiting_approvals.ts": "approval/self_approval_test.ts",
  "host/run/restart.ts": "clients/roots_test.ts",
  "host/home/agent_login_files.ts": "logins/own_login_test.ts",
  "connection/agents/": "logins/own_login_test.ts",
  "run/own_logins.ts": "logins/own_login_test.ts",
  "request/answers/own_login.ts": "logins/own_login_hints_test.ts",
  "run/merged_members.ts": "logins/own_login_test.ts",
  "run/person_shell.ts": "run/person_shell_test.ts",
  "login/flows/imported_only.ts": "logins/own_login_test.ts",
  "cli/commands/explain/explain_agent.ts":
    "sandbox/agents/agent_sandbox_test.ts",
  "cli/commands/login/cancel_login.ts": "cli/commands/cancel_login_test.ts",
  "cli/commands/provider/provider_test.ts":
    "cli/commands/provider_test_test.ts",
  "cli/commands/run/open_shell.ts": "run/person_shell_test.ts",
  "cli/commands/run/report_troubles.ts": "clients/explain_test.ts",
  "cli/commands/run/report_left_behind.ts": "sandbox/left_behind_test.ts",
  "login/given.ts": "mod_process_test.ts",
  "login/referenced/referenced_login.ts":
    "connection/references/referenced_run_test.ts",
  "login/referenced/referenced_tokens.ts":
    "connection/references/referenced_tokens_test.ts",
  "cli/commands/doctor/reference_check.ts":
    "connection/references/referenced_run_test.ts",
  "import/scan/scan_references.ts":
    "connection/references/scanned_references_test.ts",
};
/** What needs a system that CI does not have; see docs/platforms.md. */
const ELSEWHERE = new Set(["host/sandbox/sandbox_macos.ts"]);

/** What the suite noted as loaded. `deno coverage` leaves out files whose transpiled text is not in Deno's cache any more. */
const covered = new Set<string>();
for await (const { name } of Deno.readDir("coverage")) {
  if (!name.endsWith(".json")) continue;
  const url = /"url": ?"file:\/\/([^"]+)"/.exec(await beginning(name))?.[1];
  if (url) covered.add(url);
}

async function beginning(name: string): Promise<string> {
  using file = await Deno.open(`coverage/${name}`);
  const bytes = new Uint8Array(1024);
  return new TextDecoder().decode(
    bytes.subarray(0, await file.read(bytes) ?? 0),
  );
}

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

async function hasProcessTest(file: string): Promise<boolean> {
  const test = Object.entries(IN_OTHER_PROCESSES)
    .find(([beginning]) => file.startsWith(beginning))?.[1];
  if (test === undefined) return false;
  return (await Deno.stat(`${root}/../tests/${test}`)).isFile;
}

const root = new URL("../lib", import.meta.url).pathname;
const known: string[] = [];
for await (const path of sources(root)) known.push(path.slice(root.length + 1));
for (const named of [...Object.keys(IN_OTHER_PROCESSES), ...ELSEWHERE]) {
  if (known.some((file) => file.startsWith(named))) continue;
  console.error(`No file of lib/ is ${named}`);
  Deno.exit(1);
}
const untested: string[] = [];
for await (const path of sources(root)) {
  const file = path.slice(root.length + 1);
  if (
    !covered.has(path) && !ELSEWHERE.has(file) && !await hasProcessTest(file) &&
    hasCode(await Deno.readTextFile(path))
  ) untested.push(path);
}
if (untested.length > 0) {
  console.error(`No test loads:\n${untested.join("\n")}`);
  Deno.exit(1);
}
