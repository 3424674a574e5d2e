/** The system's Chromium, headless, with nothing in the background. @module */
import { mkdirSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";
import { missing } from "../missing.ts";

const PROGRAM = "/usr/bin/chromium";

/** Where what the tests saw is kept, to be looked at. */
export const SHOTS = new URL("../../../build/screenshots/", import.meta.url)
  .pathname;

/** Why there is no browser, or `false`. */
export const noChromium: string | false = await missing(PROGRAM);

/** Starts it. */
export async function launchChromium(args: string[] = []): Promise<Browser> {
  mkdirSync(SHOTS, { recursive: true });
  return await chromium.launch({
    executablePath: PROGRAM,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      ...args,
    ],
  });
}
