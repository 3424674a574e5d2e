/** What `policy test` does. @module */
import type { Broker } from "../../../broker/broker.ts";
import {
  type Judgement,
  judgeWith,
} from "../../../broker/policy/judge_request.ts";
import { readPolicy } from "../../../broker/policy/read_policy.ts";
import { AuthsomeError } from "../../../errors.ts";
import {
  addressOf,
  explain,
  type ExplainedRequest,
  readRequest,
} from "../../../explanation.ts";
import { DEFAULT_CONNECTION } from "../../../names.ts";
import { defined } from "../../../object.ts";
import type { ControlledRequest } from "../../../request/control/control.ts";
import type { CliContext } from "../../kit/command_context.ts";
import { keyValueLines } from "../../kit/table.ts";
import { look } from "../explain/run_explain.ts";
import { givenText } from "./given_file.ts";

/** The flags of `policy test`. */
export interface TestFlags {
  body?: string;
  type?: string;
  provider?: string;
  connection?: string;
  policyFile?: string;
}

/** Longest body, in bytes. */
const LIMIT = 1_048_576;
/** As they are registered; of these alone some have a dash. */
const METHOD = /^(?:[A-Z]{3,20}|VERSION-CONTROL|BASELINE-CONTROL|M-SEARCH)$/i;
/** As for an operation that is not allowed. */
const REFUSED = 4;

/** Says which rule decides about a request. */
export async function testPolicy(
  context: CliContext,
  flags: TestFlags,
  method: string,
  url: string,
): Promise<void> {
  if (!METHOD.test(method)) {
    throw new AuthsomeError(
      "Usage",
      `Cannot use ${JSON.stringify(method.slice(0, 60))} as a method`,
      "authsome policy test POST https://api.github.com/graphql",
    );
  }
  const asked = readRequest(url, method.toUpperCase());
  const body = await bodyOf(context, flags.body);
  const broker = await context.broker();
  const { effective } = await readPolicy(
    broker,
    defined({ file: flags.policyFile }),
  );
  const holder = await holderOf(context, broker, flags, asked);
  const request = requestOf(asked, holder, flags, body);
  const judge = await judgeWith(broker, effective, {
    program: "",
    folder: broker.runtime.workingFolder?.() ?? "/",
  });
  const judgement = await judge(request, defined({ body }));
  if (judgement.decision !== "allow") context.exitCode = REFUSED;
  show(context, asked, holder, judgement);
}

/** Whose credential the request would get. */
interface Holder {
  provider?: string;
  connection?: string;
}

async function holderOf(
  context: CliContext,
  broker: Broker,
  { provider, connection }: TestFlags,
  asked: ExplainedRequest,
): Promise<Holder> {
  if (provider !== undefined) {
    await broker.registry.get(provider);
    return { provider, connection: connection ?? DEFAULT_CONNECTION };
  }
  const circumstances = await look(context, broker, {});
  const found = explain(asked, circumstances);
  if (found.action !== "inject" || found.provider === undefined) return {};
  return {
    provider: found.provider,
    ...defined({ connection: connection ?? found.connection }),
  };
}

async function bodyOf(
  context: CliContext,
  path: string | undefined,
): Promise<Uint8Array | undefined> {
  if (path === undefined) return undefined;
  const text = await givenText(context, path, LIMIT);
  return new TextEncoder().encode(text);
}

function requestOf(
  { scheme, method, host, port, path, query = "" }: ExplainedRequest,
  holder: Holder,
  { type }: TestFlags,
  body: Uint8Array | undefined,
): ControlledRequest {
  const bodiless = ["GET", "HEAD", "OPTIONS", "DELETE"].includes(method);
  return {
    scheme,
    authority: { host, port },
    head: {
      method,
      target: path + query,
      minor: 1,
      fields: body || !bodiless
        ? [{ name: "Content-Type", value: type ?? "application/json" }]
        : [],
      framing: body
        ? { kind: "length", length: body.length }
        : bodiless
        ? { kind: "none" }
        : { kind: "chunked" },
    },
    ...holder,
  };
}

const SAID: Record<Judgement["decision"], string> = {
  allow: "allowed",
  ask: "a person is asked",
  deny: "refused",
};

function show(
  { output, width }: CliContext,
  asked: ExplainedRequest,
  { provider, connection }: Holder,
  judgement: Judgement,
): void {
  const { decision, rule, reason, operations, limits, wantsBody } = judgement;
  if (output.asJson) {
    output.json({
      method: asked.method,
      url: addressOf(asked),
      decision,
      rule: rule ?? null,
      reason: reason ?? null,
      operations: operations?.map(({ name, reads }) => ({
        name,
        reads: reads ?? null,
      })) ?? null,
      provider: provider ?? null,
      connection_name: connection ?? null,
      limits,
      body_missing: wantsBody,
    });
    return;
  }
  const lines: [string, string][] = [
    ["request", `${asked.method} ${addressOf(asked)}`],
    ["decision", SAID[decision]],
    ["rule", rule ?? "none is against it"],
  ];
  if (reason !== undefined) lines.push(["reason", reason]);
  for (const { name, reads } of operations ?? []) {
    const does = reads === undefined
      ? "nobody knows whether it only reads"
      : reads
      ? "only reads"
      : "writes";
    lines.push(["operation", `${name} (${does})`]);
  }
  lines.push(["connection", provider ? `${provider}/${connection}` : "none"]);
  for (const { rule } of limits) lines.push(["counted by", rule]);
  output.data(keyValueLines(lines, width));
  if (wantsBody) {
    output.warn("The body decides too; give it with --body <file>.");
  }
  if (provider === undefined) {
    output.warn(
      "No connection serves this request, so it gets no credential. To suppose one: --provider <name>",
    );
  }
}
