// A token endpoint that asks to be left in peace is, by every process, whatever the form, the status and the body.
import { expect } from "expect";
import { test } from "node:test";
import { retryAfter } from "../../lib/oauth/answers/retry_after.ts";
import { withRefreshing } from "../support/refreshing.ts";

const NOW = Date.parse("Fri, 27 Nov 2026 10:00:00 GMT");

test("Retry-After is read as seconds and as a date in each of its forms", () => {
  const values: [string, number | undefined][] = [
    ["120", 120],
    [" 120 ", 120],
    ["1.5", 2],
    ["0", undefined],
    ["-5", undefined],
    ["soon", undefined],
    ["120s", undefined],
    ["", undefined],
    ["Fri, 27 Nov 2026 10:02:00 GMT", 120],
    ["Friday, 27-Nov-26 10:02:00 GMT", 120],
    ["Fri Nov 27 10:02:00 2026", 120],
    ["Fri, 27 Nov 2026 09:00:00 GMT", undefined],
    // Of the server and of the gateway before it.
    ["60, 120", 120],
    ["Fri, 27 Nov 2026 10:02:00 GMT, 30", 120],
  ];
  for (const [value, seconds] of values) {
    const headers = new Headers({ "retry-after": value });
    expect([value, retryAfter(headers, NOW)]).toEqual([value, seconds]);
  }
  expect(retryAfter(new Headers(), NOW)).toBeUndefined();
});

test("a date is measured by the server's clock", () => {
  const headers = new Headers({
    date: "Fri, 27 Nov 2026 12:00:00 GMT",
    "retry-after": "Fri, 27 Nov 2026 12:02:00 GMT",
  });
  expect(retryAfter(headers, NOW)).toBe(120);
});

const bodies: Record<string, [body: BodyInit | null, type?: string]> = {
  JSON: ['{"error":"rate_limited"}', "application/json"],
  "JSON without a code": ["{}", "application/json"],
  form: ["error=slow_down", "application/x-www-form-urlencoded"],
  text: ["slow down", "text/plain"],
  HTML: ["<h1>back soon</h1>", "text/html"],
  "1.5 MB": [" ".repeat(1_500_000), "text/html"],
  nothing: [null],
};

test("the pause is kept on every status and body, and all who look at the vault keep it", async () => {
  for (const status of [200, 202, 302, 400, 403, 429, 500, 503]) {
    for (const [what, [body, type]] of Object.entries(bodies)) {
      const answer = () =>
        new Response(body, {
          status,
          headers: {
            "retry-after": status % 2
              ? "600"
              : new Date(Date.now() + 600_000).toUTCString(),
            ...(type === undefined ? {} : { "content-type": type }),
          },
        });
      await withRefreshing(answer, async (parts) => {
        const tries = async (seconds: number) => {
          parts.clock.skew = seconds * 1000;
          expect(await parts.use()).toMatchObject({ code: "RefreshFailed" });
          return [status, what, parts.requests()];
        };
        expect(await tries(0)).toEqual([status, what, 1]);
        expect(await tries(590)).toEqual([status, what, 1]);
        expect(await tries(610)).toEqual([status, what, 2]);
      });
    }
  }
});
