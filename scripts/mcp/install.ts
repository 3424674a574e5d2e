/**
 * Installs what `tests/mcp/` and the benchmark run beside the SDK: the MCP inspector, the conformance suite and mcp-remote,
 * into build/mcp: `deno run -A scripts/mcp/install.ts`. What is there already stays. Ends with 1 if that fails; the tests
 * that need them say so and are skipped.
 *
 * @module
 */

/** Exact, since the results in docs/ are about these. */
const PACKAGES = {
  "@modelcontextprotocol/conformance": "0.1.16",
  "@modelcontextprotocol/inspector": "2.12.0",
  "mcp-remote": "0.15.1",
};

/** Where they are. */
export const MCP_PACKAGES: string = Deno.env.get("AUTHSOME_TEST_MCP_FOLDER") ??
  new URL("../../build/mcp", import.meta.url).pathname;

/** The file that one of them is started by. */
export const MCP_PROGRAMS = {
  conformance:
    `${MCP_PACKAGES}/node_modules/@modelcontextprotocol/conformance/dist/index.js`,
  inspector:
    `${MCP_PACKAGES}/node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js`,
  mcpRemote: `${MCP_PACKAGES}/node_modules/mcp-remote/dist/proxy.js`,
} as const;

/** What starts them: they are of Node 22 and newer. */
export const MCP_NODE: string = Deno.env.get("AUTHSOME_TEST_NODE") ?? "node";

/** Why one of them cannot be started here, or `false`. */
export function notInstalled(
  program: keyof typeof MCP_PROGRAMS,
): string | false {
  try {
    Deno.statSync(MCP_PROGRAMS[program]);
    const { success } = new Deno.Command(MCP_NODE, {
      args: ["-e", "process.exit(+!require('fs').globSync)"],
    }).outputSync();
    return success ? false : `${program} needs Node 22: AUTHSOME_TEST_NODE`;
  } catch {
    return `${program} is not installed: deno run -A scripts/mcp/install.ts`;
  }
}

if (import.meta.main) {
  const programs = Object.keys(MCP_PROGRAMS) as (keyof typeof MCP_PROGRAMS)[];
  const isMissing = (program: keyof typeof MCP_PROGRAMS) => {
    const missing = notInstalled(program);
    return missing && missing.includes("is not installed");
  };
  if (programs.some(isMissing)) {
    Deno.mkdirSync(MCP_PACKAGES, { recursive: true });
    const { success, stderr } = await new Deno.Command("npm", {
      args: [
        // No script of a package runs.
        ...["install", "--ignore-scripts", "--no-audit", "--no-fund"],
        ...["--loglevel=error", "--fetch-retries=2", "--save-exact"],
        ...["--fetch-retry-maxtimeout=10000", "--prefix", MCP_PACKAGES],
        ...Object.entries(PACKAGES).map(([name, version]) =>
          `${name}@${version}`
        ),
      ],
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).output();
    const left = programs.find(isMissing);
    if (!success || left) {
      console.error(
        `Cannot install the MCP programs, so their tests are skipped: ${
          left ? notInstalled(left) : ""
        }\n${new TextDecoder().decode(stderr).trim()}`,
      );
      Deno.exit(1);
    }
  }
}
