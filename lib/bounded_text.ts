/** Reading a response that may be too large, or have no end. @module */

/**
 * The body as UTF-8, or `undefined` if it has more than `limit` bytes.
 *
 * @throws the reason of `signal` if that aborts; `TypeError` if `decoder` is fatal and the body is not UTF-8.
 */
export async function boundedText(
  { body }: Response,
  limit: number,
  signal: AbortSignal,
  decoder: TextDecoder = new TextDecoder(),
): Promise<string | undefined> {
  if (!body) return "";
  const reader = body.getReader();
  // Not every runtime ends a body that has begun.
  const stop = () => reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", stop);
  try {
    let text = "";
    let size = 0;
    for (;;) {
      signal.throwIfAborted();
      const { done, value } = await reader.read();
      if (done) break;
      size += value.byteLength;
      if (size > limit) return undefined;
      text += decoder.decode(value, { stream: true });
    }
    signal.throwIfAborted();
    return text + decoder.decode();
  } finally {
    signal.removeEventListener("abort", stop);
    await reader.cancel().catch(() => {});
  }
}
