/** A home of its own for one test, removed afterwards. */
export async function withHome(
  body: (home: string) => Promise<void>,
  /** Folder to make it in. Default: the one for temporary files. */
  dir?: string,
): Promise<void> {
  const home = await Deno.makeTempDir({
    prefix: "authsome-test-",
    ...(dir === undefined ? {} : { dir }),
  });
  try {
    await body(home);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
}
