/** What an agent printed, as one line of text: without colours, line ends and the escapes of JSON. @module */
export function flat(output: string): string {
  return output
    // deno-lint-ignore no-control-regex -- ESC begins a colour.
    .replace(/\x1b\[[\d;]*m/g, "")
    .replace(/\\+"/g, '"')
    .replace(/\s+/g, " ");
}
