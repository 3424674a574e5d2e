// The rules of a run follow their files: what the person changes holds from the next request on, what the command could
// have changed does not.
import { expect } from "expect";
import { test } from "node:test";
import type { Broker } from "../../../lib/broker/broker.ts";
import { acceptPolicy } from "../../../lib/broker/policy/accept_policy.ts";
import {
  LiveRules,
  type LiveRulesOptions,
} from "../../../lib/broker/policy/live_rules.ts";
import { bareHead } from "../../../lib/request/control/bare_head.ts";
import type { Ruling } from "../../../lib/request/control/control.ts";
import { withBroker } from "../../support/connected.ts";
import { withHome } from "../../support/home.ts";

const RUN = "0123456789abcdef";

interface Home {
  broker: Broker;
  home: string;
  path: string;
  warnings: string[];
  write(rules: unknown, path?: string): void;
  open(options?: Partial<LiveRulesOptions>): Promise<LiveRules>;
  /** `policy` events: whether they are of a change that holds, and why not. */
  changes(): Promise<(string | boolean | undefined)[][]>;
}

async function withRules(body: (home: Home) => Promise<void>) {
  await withHome((folder) =>
    withBroker(`${folder}/home`, async (broker) => {
      await broker.vault();
      const { home } = broker;
      const path = `${home}/policy.json`;
      const warnings: string[] = [];
      await body({
        ...{ broker, home, path, warnings },
        write: (rules, at = path) =>
          Deno.writeTextFileSync(
            at,
            typeof rules === "string" ? rules : JSON.stringify({ v: 1, rules }),
            { mode: 0o600 },
          ),
        open: (options = {}) =>
          LiveRules.open(broker, {
            ...{ run: RUN, program: "agent", folder },
            isOutOfReach: () => true,
            definitionOf: () => undefined,
            warn: (message) => void warnings.push(message),
            ...options,
          }),
        async changes() {
          await broker.audit.flush();
          const entries = [];
          for await (const line of broker.runtime.auditFile.lines()) {
            entries.push(JSON.parse(line));
          }
          return entries.filter(({ event }) => event === "policy")
            .map(({ ok, reason, run, detail }) => {
              expect(run).toBe(RUN);
              expect(detail).toMatch(/^\w+\.json/);
              return [ok, reason];
            });
        },
      });
    })
  );
}

const DENY = [{ id: "no-posts", effect: "deny", method: "POST" }];
const NONE: unknown[] = [];

/** Rules are looked at again so long after they were. */
const later = () => new Promise((resolve) => setTimeout(resolve, 120));

async function post(rules: LiveRules): Promise<string> {
  const authority = { host: "api.example.com", port: 443 };
  let ruling: Ruling = await rules.request({
    ...{ scheme: "https", authority },
    head: bareHead("POST", authority, "/x"),
    ...{ provider: "example", connection: "default" },
  });
  if (ruling.kind === "body") {
    ruling = await ruling.settle(new Uint8Array());
  }
  return ruling.kind === "refuse"
    ? ruling.refusal.rule ?? ruling.refusal.message
    : ruling.kind;
}

test("without rules everything is allowed, and rules that come hold at once where they are out of the command's reach", () =>
  withRules(async ({ write, open, changes, path }) => {
    const rules = await open();
    expect(await post(rules)).toBe("allow");
    write(DENY);
    await later();
    expect(await post(rules)).toBe("no-posts");
    write(NONE);
    await later();
    expect(await post(rules)).toBe("allow");
    write(DENY);
    await later();
    expect(await post(rules)).toBe("no-posts");
    Deno.removeSync(path);
    await later();
    expect(await post(rules)).toBe("allow");
    expect(await changes()).toEqual(Array(4).fill([true, undefined]));
  }));

test("a run says at its start that the rules are not those that the person accepted last", () =>
  withRules(async ({ broker, write, open, changes, path, warnings }) => {
    write(DENY);
    await open();
    expect(warnings).toEqual([]);
    await acceptPolicy(broker);
    await open();
    expect(warnings).toEqual([]);
    write(NONE);
    expect(await post(await open())).toBe("allow");
    expect(warnings).toEqual([
      expect.stringMatching(/was changed since.*authsome policy accept/),
    ]);
    Deno.removeSync(path);
    await open();
    expect(warnings.slice(1)).toEqual([
      expect.stringMatching(/was removed since/),
    ]);
    await acceptPolicy(broker);
    await open();
    expect(warnings.length).toBe(2);
    expect(await changes()).toEqual(Array(2).fill([false, "not_accepted"]));
  }));

test("a change within the command's reach holds only once the person accepted it, which is said once", () =>
  withRules(async ({ broker, write, open, changes, path, warnings }) => {
    write(DENY);
    const rules = await open({ isOutOfReach: () => false });
    expect(await post(rules)).toBe("no-posts");
    write(NONE);
    await later();
    expect(await post(rules)).toBe("no-posts");
    await later();
    expect(await post(rules)).toBe("no-posts");
    Deno.removeSync(path);
    await later();
    expect(await post(rules)).toBe("no-posts");
    expect(await changes()).toEqual([
      [false, "not_accepted"],
      [false, "not_accepted"],
    ]);
    expect(warnings).toEqual([
      `${path} was changed, and the rules of this run stay as they were, since its command could have done it. If it was you: authsome policy accept`,
    ]);
    write(NONE);
    await acceptPolicy(broker);
    await later();
    expect(await post(rules)).toBe("allow");
    // What was accepted is that text, and not the next one.
    write([{ id: "more", effect: "allow" }, ...DENY]);
    await later();
    expect(await post(rules)).toBe("allow");
    expect((await changes()).slice(2)).toEqual([
      [true, undefined],
      [false, "not_accepted"],
    ]);
  }));

test("rules that appear within the command's reach hold as little", () =>
  withRules(async ({ write, open, changes }) => {
    const rules = await open({ isOutOfReach: () => false });
    write(DENY);
    await later();
    expect(await post(rules)).toBe("allow");
    expect(await changes()).toEqual([[false, "not_accepted"]]);
  }));

test("a file that cannot be read any more allows nothing until it can", () =>
  withRules(async ({ write, open, changes, path, warnings }) => {
    for (const isOutOfReach of [() => true, () => false]) {
      write(NONE);
      const rules = await open({ isOutOfReach });
      expect(await post(rules)).toBe("allow");
      Deno.removeSync(path);
      Deno.mkdirSync(path);
      await later();
      expect(await post(rules)).toMatch(/^The rules cannot be read/);
      Deno.removeSync(path);
      write(NONE);
      await later();
      expect(await post(rules)).toBe("allow");
    }
    expect((await changes()).filter(([ok]) => !ok))
      .toEqual([[false, "StoreUnavailable"], [false, "StoreUnavailable"]]);
    expect(warnings).toHaveLength(2);
  }));

test("a file that breaks allows nothing where the change holds, and changes nothing where it does not", () =>
  withRules(async ({ write, open, changes }) => {
    write(NONE);
    const inside = await open({ isOutOfReach: () => false });
    const outside = await open();
    write("{");
    await later();
    expect(await post(outside)).toMatch(/^The rules cannot be read/);
    expect(await post(inside)).toBe("allow");
    expect(await changes()).toEqual([
      [false, "InvalidPolicy"],
      [false, "not_accepted"],
    ]);
    write(DENY);
    await later();
    expect(await post(outside)).toBe("no-posts");
  }));

test("a run does not begin with rules that cannot be read, or a file that is not there", () =>
  withRules(async ({ write, open, home }) => {
    write("{");
    await expect(open()).rejects.toMatchObject({ code: "InvalidPolicy" });
    write(NONE);
    await expect(open({ policyFile: `${home}/none.json` })).rejects
      .toMatchObject({ code: "Usage" });
  }));

test("--policy-file, --read-only and --max-usd join the rules of the home", () =>
  withRules(async ({ write, open, home, warnings }) => {
    const more = `${home}/../more.json`;
    write(DENY, more);
    const named = await open({ policyFile: more, isOutOfReach: () => false });
    expect(await post(named)).toBe("no-posts");
    write(NONE, more);
    await later();
    expect(await post(named)).toBe("no-posts");
    expect(warnings[0]).toMatch(/Start it again to use the change$/);
    expect(await post(await open({ readOnly: true }))).toBe("read-only");
    expect(await post(await open({ maxUsd: 1 }))).toBe("allow");
  }));

test("--max-usd refuses the next request once the answers of models have cost so much", () =>
  withRules(async ({ open }) => {
    const rules = await open({ maxUsd: 0.000001 });
    const authority = { host: "api.openai.com", port: 443 };
    const ask = async () => {
      const ruling = await rules.request({
        ...{ scheme: "https", authority },
        head: bareHead("POST", authority, "/v1/chat/completions"),
        ...{ provider: "openai", connection: "default" },
      });
      return ruling;
    };
    const first = await ask();
    expect(first).toMatchObject({ kind: "allow", rule: "max-usd" });
    const { passage } = first as Extract<Ruling, { kind: "allow" }>;
    passage!.head!(200, [{ name: "Content-Type", value: "application/json" }]);
    passage!.body!(
      new TextEncoder().encode(
        '{"model":"gpt-4o","usage":{"prompt_tokens":1000,"completion_tokens":1000,"total_tokens":2000}}',
      ),
    );
    passage!.end!();
    // Decoding may take a moment.
    await later();
    expect(await ask()).toMatchObject({
      kind: "refuse",
      refusal: { reason: "limit", rule: "max-usd" },
    });
  }));
