/** The system's {@linkcode Clock}. @module */
import type { Clock } from "../ports/system.ts";

/** Wall-clock time. */
export const systemClock: Clock = { now: () => Date.now() };
