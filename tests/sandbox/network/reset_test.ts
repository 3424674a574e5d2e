// The network of a sandbox goes on where programs reset their connections, as many do whose request is cancelled.
import { expect } from "expect";
import { missing } from "../../support/missing.ts";
import { sandboxTest } from "../../support/sandbox/sandbox.ts";

/** Connects and resets at once, so that some are gone before they are accepted. */
const RESET = `import socket, struct
for port in (3128, 80, 443):
    for _ in range(500):
        s = socket.create_connection(("127.0.0.1", port))
        s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        s.close()
`;

sandboxTest(
  "connections that are reset before they are taken end nothing but themselves",
  { groq: "gsk_canary" },
  ["api.groq.com"],
  () => new Response("reached"),
  async ({ work, sh }) => {
    Deno.writeTextFileSync(`${work}/reset.py`, RESET);
    const asked = "curl -s https://api.groq.com/openai/v1/models";
    const { code, stdout, stderr } = await sh(
      `python3 reset.py; ${asked}; ${asked} --noproxy '*'`,
    );
    expect({ code, stdout, stderr })
      .toEqual({ code: 0, stdout: "reachedreached", stderr: "" });
  },
  await missing("curl") || await missing("python3"),
);
