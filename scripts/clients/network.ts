/** A network with nothing but loopback, so that a client that leads past the proxy reaches nobody. @module */

const MARK = "AUTHSOME_CLIENTS_PRIVATE";
const UNSHARE = [
  "unshare",
  ...Deno.uid() === 0 ? [] : ["--map-root-user"],
  "--net",
];

/**
 * Runs this script once more in a network of its own and exits as it does. Returns `false` in that network, and where none
 * can be made.
 */
export async function inPrivateNetwork(): Promise<boolean> {
  if (Deno.env.get(MARK)) return false;
  const [program, ...args] = [
    ...UNSHARE,
    ...["sh", "-c", 'ip link set lo up && exec "$@"', "sh"],
  ];
  try {
    const { success } = await new Deno.Command(program!, {
      args: [...args, "true"],
      stderr: "null",
    }).output();
    if (!success) throw new Error();
  } catch {
    console.error(
      "No private network can be made: clients that ignore the proxy may ask the internet",
    );
    return false;
  }
  const { code } = await new Deno.Command(program!, {
    args: [
      ...args,
      ...[Deno.execPath(), "run", "-A", import.meta.resolve("./mod.ts")],
      ...[...Deno.args, "--no-install"],
    ],
    env: { [MARK]: "1" },
  }).spawn().status;
  Deno.exitCode = code;
  return true;
}
