/** The system's {@linkcode Clock}. @module */
import type { Clock } from "../ports.ts";

/** Wall-clock time. */
export const systemClock: Clock = { now: () => Date.now() };
