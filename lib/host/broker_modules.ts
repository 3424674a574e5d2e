/**
 * What opening a broker and its vault loads, in one go: each dynamic import by itself costs about a millisecond.
 *
 * @module
 */
export { Broker } from "../broker/broker.ts";
export { denoRuntime } from "./runtime.ts";
