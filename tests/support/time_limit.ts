/**
 * `node:test` for the tests (`scopes` in deno.json), with a limit for each test and hook, so that one that hangs fails by
 * its name; the name of one that is skipped says why. On Node `scripts/test_node.ts` sets the same limit.
 *
 * @module
 */
import * as nodeTest from "node:test";

/** How long a test or a hook may take, in milliseconds. */
export const TIME_LIMIT_MS = 180_000;

// A login to a bundled provider would ask its real host whose account it is. Tests that mean to ask unset it.
Deno.env.set("AUTHSOME_NO_VERIFY", "1");
// What a name server lost is asked again after a second, not after five.
Deno.env.set("RES_OPTIONS", "timeout:1 attempts:2");

type Body = () => unknown;
interface Options {
  /** Why it is not run here, or `false`. */
  skip?: string | false;
  timeout?: number;
}

/** Registers a test. */
export function test(name: string, body: Body): void;
export function test(name: string, options: Options, body: Body): void;
export function test(name: string, ...rest: [Body] | [Options, Body]): void {
  const [options, body] = rest.length === 1 ? [{}, rest[0]] : rest;
  const { skip } = options;
  nodeTest.test(
    // Deno does not print the reason; `scripts/test.ts` counts them by it.
    skip ? `${name} (skipped: ${skip})` : name,
    { timeout: TIME_LIMIT_MS, ...options },
    () => body() as Promise<void>,
  );
}

/** Does `body` before the first test of the file. */
export const before = limited("before");
/** Does `body` after the last test of the file. */
export const after = limited("after");
/** Does `body` before each test of the file. */
export const beforeEach = limited("beforeEach");
/** Does `body` after each test of the file. */
export const afterEach = limited("afterEach");

function limited(
  hook: "before" | "after" | "beforeEach" | "afterEach",
): (body: Body) => void {
  return (body) =>
    nodeTest[hook](async () => {
      let timer: ReturnType<typeof setTimeout>;
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(
          () =>
            reject(new Error(`${hook}() timed out after ${TIME_LIMIT_MS}ms`)),
          TIME_LIMIT_MS,
        );
      });
      try {
        await Promise.race([body(), late]);
      } finally {
        clearTimeout(timer!);
      }
    });
}
