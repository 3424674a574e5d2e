/** A home of its own for one test, removed afterwards. */
export async function withHome(
  body: (home: string) => Promise<void>,
): Promise<void> {
  const home = await Deno.makeTempDir({ prefix: "authsome-test-" });
  try {
    await body(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}
