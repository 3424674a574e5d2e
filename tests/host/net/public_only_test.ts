// authsome's own requests reach public servers only, unless the caller says otherwise.
import { expect } from "expect";
import { test } from "node:test";
import { checkPublic } from "../../../lib/host/net/public_only.ts";

const env = (variables: Record<string, string> = {}) => ({
  get: (name: string) => variables[name],
  toObject: () => variables,
});
const FAR = { HTTPS_PROXY: "http://proxy.example:3128" };

for (
  const [url, variables, refused] of [
    ["https://93.184.216.34/", {}, undefined],
    ["https://[2606:2800:220:1::1]/", {}, undefined],
    ["https://127.0.0.1/", {}, "127.0.0.1"],
    ["https://[::1]/", {}, "[::1]"],
    ["https://10.1.2.3:8443/", {}, "10.1.2.3"],
    ["https://169.254.169.254/", {}, "169.254.169.254"],
    ["https://2130706433/", {}, "127.0.0.1"],
    ["https://localhost/", {}, "localhost"],
    // The proxy of the network resolves names; an address is one everywhere.
    ["https://intern.example/", FAR, undefined],
    ["https://192.168.1.1/", FAR, "192.168.1.1"],
    ["https://localhost/", { ...FAR, NO_PROXY: "localhost" }, "localhost"],
    ["https://localhost/", { HTTPS_PROXY: "http://127.0.0.1:1" }, "localhost"],
  ] as const
) {
  const through = JSON.stringify(variables);
  test(`${url} with ${through} is ${refused ? "refused" : "asked"}`, async () => {
    const checked = checkPublic(new URL(url), env(variables));
    if (refused === undefined) return await checked;
    await expect(checked).rejects.toMatchObject({
      code: "EndpointUnreachable",
      message: expect.stringContaining(`to ${refused}: it resolves to`),
    });
  });
}
