import { expect } from "expect";
import { test } from "node:test";
import { literalDomain } from "../../lib/provider/host_pattern.ts";

const ACCEPTED: [pattern: string, domain: string, host: string][] = [
  [String.raw`^api\.github\.com$`, "api.github.com", "api.github.com"],
  [String.raw`^[a-z0-9-]+\.sentry\.io$`, "sentry.io", "us.sentry.io"],
  [String.raw`^([a-z0-9-]+\.)+twilio\.com$`, "twilio.com", "a.b.twilio.com"],
  [String.raw`^([a-z0-9-]+\.)*docusign\.net$`, "docusign.net", "docusign.net"],
  [
    String.raw`^[a-z]{2}[0-9]{1,3}\.api\.mailchimp\.com$`,
    "api.mailchimp.com",
    "us14.api.mailchimp.com",
  ],
  [
    String.raw`^[a-z0-9]{10}(-dsn|-[123])?\.algolia\.net$`,
    "algolia.net",
    "abcdefghij-dsn.algolia.net",
  ],
  [String.raw`^(?:api|uploads)\.github\.com$`, "github.com", "api.github.com"],
  [
    String.raw`^api(-eu)?\.typeform\.com$`,
    "typeform.com",
    "api-eu.typeform.com",
  ],
  [String.raw`^[a-z0-9.-]+\.pinecone\.io$`, "pinecone.io", "a.b.pinecone.io"],
];

for (const [pattern, domain, host] of ACCEPTED) {
  test(`literalDomain() reads ${pattern}`, () => {
    expect(literalDomain(pattern)).toBe(domain);
    expect(new RegExp(pattern).test(host)).toBe(true);
    for (
      const other of [
        `${host}.evil.test`,
        `x${domain}`.replace(/^x/, "evil"),
        host.replace(/\.(?=[^.]*$)/, "x"),
        `${host}\n`,
        "evil.test",
      ]
    ) expect([other, new RegExp(pattern).test(other)]).toEqual([other, false]);
  });
}

const REFUSED: Record<string, string[]> = {
  "not anchored": [
    ".*googleapis.*",
    String.raw`^github\.com`,
    String.raw`github\.com$`,
    String.raw`^github\.com\$`,
    String.raw`api\.github\.com`,
    "",
    "^",
    "$",
  ],
  "an alternative that leaves the anchors": [
    String.raw`^a|b\.github\.com$`,
    String.raw`^x\.com$|^y\.com$`,
    String.raw`^evil\.test|github\.com$`,
  ],
  "a dot that means any character": [
    "^api.github.com$",
    String.raw`^.*\.github\.com$`,
    String.raw`^.+github\.com$`,
  ],
  "a domain that is not spelled out": [
    String.raw`^[a-z]+github\.com$`,
    String.raw`^([a-z0-9-]+\.)?com$`,
    String.raw`^(github\.com|evil\.test)$`,
    String.raw`^github\.(com|test)$`,
    String.raw`^github\.[a-z]+$`,
    String.raw`^[a-z.-]+$`,
    // The optional group may be absent, and then "evil" meets the domain.
    String.raw`^[a-z]*(x\.)?github\.com$`,
    String.raw`^(|x\.)[a-z]*github\.com$`,
    String.raw`^[a-z]*(x\.){0,3}github\.com$`,
    String.raw`^[a-z]*([a-z]\.)*github\.com$`,
    String.raw`^$`,
  ],
  "nested repetition": [
    String.raw`^([a-z]+)+\.github\.com$`,
    String.raw`^([a-z]*)*\.github\.com$`,
    String.raw`^([a-z.]+\.)+github\.com$`,
    String.raw`^(a|a)+\.github\.com$`,
    String.raw`^((a+)\.)+github\.com$`,
    String.raw`^[a-z]+[a-z]+[a-z]+\.github\.com$`,
    String.raw`^([a-z]+){2,}\.github\.com$`,
  ],
  "other syntax": [
    String.raw`^[^.]+\.github\.com$`,
    String.raw`^\w+\.github\.com$`,
    String.raw`^(?=x)x\.github\.com$`,
    String.raw`^(?<n>x)\.github\.com$`,
    String.raw`^(x)\1\.github\.com$`,
    String.raw`^x\u002egithub\.com$`,
    String.raw`^x\.github\.com$` + "\n$",
    String.raw`^[A-Z]+\.github\.com$`,
    String.raw`^(x\.github\.com$`,
    String.raw`^x)\.github\.com$`,
    String.raw`^[a-z\.github\.com$`,
    String.raw`^gıthub\.com$`,
    `^${"a".repeat(300)}\\.com$`,
  ],
};

for (const [why, patterns] of Object.entries(REFUSED)) {
  for (const pattern of patterns) {
    test(`literalDomain() refuses ${why}: ${JSON.stringify(pattern.slice(0, 50))}`, () => {
      expect(() => literalDomain(pattern)).toThrow();
    });
  }
}

test("an accepted pattern with repetition answers a long hostile host in linear steps", () => {
  // Exponential time would not end within the life of the test process.
  for (const [pattern] of ACCEPTED) {
    for (const part of ["a", "a.", "a-", "1"]) {
      const host = part.repeat(5_000) + "!";
      expect(new RegExp(pattern).test(host)).toBe(false);
    }
  }
});
