/** Looks for a secret in whatever form it may have slipped out. @module */

/** One spelling of a secret. */
interface Spelling {
  name: string;
  text: string;
}

/** How a secret may be spelled: as it is, base64 (at any offset in something longer), hex, percent-encoded, reversed. */
export function spellings(secret: string): Spelling[] {
  const bytes = new TextEncoder().encode(secret);
  const hex = bytes.toHex();
  const found: Spelling[] = [
    { name: "raw", text: secret },
    { name: "hex", text: hex },
    { name: "HEX", text: hex.toUpperCase() },
    { name: "reversed", text: [...secret].reverse().join("") },
    {
      name: "percent-encoded",
      text: [...bytes].map((byte) => `%${byte.toString(16).padStart(2, "0")}`)
        .join("").toUpperCase(),
    },
  ];
  if (encodeURIComponent(secret) !== secret) {
    found.push({ name: "URL-encoded", text: encodeURIComponent(secret) });
  }
  for (const offset of [0, 1, 2]) {
    const padded = new Uint8Array(offset + bytes.length);
    padded.set(bytes, offset);
    // The first and last characters also depend on what stands around the secret.
    const whole = padded.toBase64().replace(/=+$/, "");
    const text = whole.slice(offset === 0 ? 0 : offset + 1, -2);
    found.push({ name: "base64", text });
    const url = text.replaceAll("+", "-").replaceAll("/", "_");
    if (url !== text) found.push({ name: "base64url", text: url });
  }
  return found;
}

/** The spellings of `secret` in `content`, as `place: spelling`. */
export function leaks(
  place: string,
  content: string | Uint8Array,
  secret: string,
): string[] {
  const text = typeof content === "string"
    ? content
    : new TextDecoder("latin1").decode(content);
  return spellings(secret).filter((spelling) => text.includes(spelling.text))
    .map(({ name }) => `${place}: ${name}`);
}

/** The same for every file below `folder`, names included. */
export function leaksInFolder(folder: string, secret: string): string[] {
  const found: string[] = [];
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}/${entry.name}`;
    found.push(...leaks(`name of ${path}`, entry.name, secret));
    if (entry.isDirectory) found.push(...leaksInFolder(path, secret));
    else if (entry.isFile) {
      found.push(...leaks(path, Deno.readFileSync(path), secret));
    }
  }
  return found;
}
