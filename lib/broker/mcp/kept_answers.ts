/** What servers answered to `initialize` the last time, in the vault. @module */
import { recordKeys } from "../../connection/record.ts";
import { parseObject } from "../../object.ts";
import type { InitializeResult } from "../../mcp/first_answer.ts";
import type { Broker } from "../broker.ts";

/** Longest answer that is kept, in characters. */
const LONGEST = 100_000;

/** The answer of the server at `url` to a client of `revision`. */
export async function keptAnswer(
  broker: Broker,
  url: URL,
  revision: string,
): Promise<InitializeResult | undefined> {
  const vault = await broker.vault();
  const key = await keyOf(broker, url, revision);
  return parseObject((await vault.get(key))?.text ?? "");
}

/** Keeps it in place of an earlier one. What is not kept is asked for again. */
export async function keepAnswer(
  broker: Broker,
  url: URL,
  revision: string,
  result: InitializeResult,
): Promise<void> {
  const text = JSON.stringify(result);
  if (text.length > LONGEST) return;
  try {
    const vault = await broker.vault();
    const key = await keyOf(broker, url, revision);
    const record = await vault.get(key);
    if (record?.text === text) return;
    await vault.put(key, text, record?.revision ?? 0);
  } catch { /* The next session asks the server. */ }
}

async function keyOf(
  { profile }: Broker,
  url: URL,
  revision: string,
): Promise<string> {
  const bytes = new TextEncoder().encode(`${url.href}\n${revision}`);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const hex = [...hash].map((byte) => byte.toString(16).padStart(2, "0"));
  return `${recordKeys(profile).root}mcp/${hex.join("")}`;
}
