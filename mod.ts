/**
 * authsome: a local-first credential broker for AI agents.
 *
 * @module
 */
export { AuthsomeError, type ErrorCode, EXIT_CODES } from "./lib/errors.ts";
export { Secret } from "./lib/secret.ts";
