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
    await removeFolder(home);
  }
}

/** A program that is about to end may still write to it: for two seconds at most it is tried again. */
async function removeFolder(path: string): Promise<void> {
  for (let tries = 0;; tries++) {
    try {
      return await Deno.remove(path, { recursive: true });
    } catch (error) {
      if (tries === 20) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
