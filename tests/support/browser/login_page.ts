/** The login page, used as a browser without scripts would. @module */
import { tokenOf } from "./form.ts";

/** Fills the form for an API key at `url`; the text of the last page. */
export async function fillKeyForm(url: string, key: string): Promise<string> {
  const page = await fetch(url);
  const cookie = page.headers.get("set-cookie")!.split(";")[0]!;
  const sent = await fetch(url, {
    method: "POST",
    redirect: "manual",
    headers: { cookie, origin: new URL(url).origin },
    body: new URLSearchParams({
      token: tokenOf(await page.text()),
      step: "secrets",
      "secret.api_key": key,
      "anyway.secret.api_key": "yes",
    }),
  });
  await sent.body?.cancel();
  const next = new URL(sent.headers.get("location")!, url);
  return await (await fetch(next, { headers: { cookie } })).text();
}
