/** All that a program behind the proxy ever sees of a credential. Where a client insists on a key, it is given this. */
export const PLACEHOLDER = "authsome-proxy-managed";

/** Whether `text` holds a placeholder. */
export function holdsPlaceholder(text: string): boolean {
  return text.includes(PLACEHOLDER);
}
