/** Secrets that are the text of a file: a private key in PEM, or JSON. @module */
import { parseObject } from "../../object.ts";

/** Why `text`, which is not empty, is no such file; `undefined` if it may be one. Never quotes it. */
export function fileProblem(label: string, text: string): string | undefined {
  // deno-lint-ignore no-control-regex
  if (/[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]/.test(text)) {
    return `${label} contains control characters: it is not a text file.`;
  }
  if (text.startsWith("{")) {
    return parseObject(text)
      ? undefined
      : `${label} is not whole: it begins as JSON and cannot be read.`;
  }
  if (!text.startsWith("-----BEGIN ")) {
    return `${label} is not the text of a JSON or PEM file. Give the text, not the path.`;
  }
  return /-----END [A-Z ]+-----$/.test(text)
    ? undefined
    : `${label} is not whole: its last line is missing.`;
}
