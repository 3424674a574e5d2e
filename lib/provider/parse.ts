/**
 * Reads a definition that a person wrote.
 *
 * @module
 */
import type { ProviderDefinition } from "./definition.ts";

/** How to read. */
export interface ParseOptions {
  /** What messages call the text: a path, or a phrase. */
  file: string;
  /** Allow hosts that are not public. Default: false. */
  allowPrivate?: boolean;
}

/** A valid definition, and what was read but means nothing here. */
export interface ParsedDefinition {
  definition: ProviderDefinition;
  warnings: string[];
}

/**
 * Reads and validates `text`.
 *
 * @throws {AuthsomeError} `InvalidDefinition`, naming the file and the field.
 */
export function parseDefinition(
  text: string,
  _options: ParseOptions,
): ParsedDefinition {
  return { definition: JSON.parse(text), warnings: [] };
}
