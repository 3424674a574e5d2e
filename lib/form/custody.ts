/** What the pages say about where values go and what is kept. @module */
import { html } from "hono/html";
import type { Kept } from "../ports/conversation.ts";
import type { ProviderDefinition } from "../provider/definition.ts";
import { isPublic } from "../provider/secret_input.ts";
import { type Destination, destinationOf } from "./destinations.ts";
import { type Html, providerName } from "./frame.ts";

/** Of more hosts than one above this, so many are shown; the others unfold. */
const SHOWN = 3;

/** A value and where it goes. */
export interface Custody {
  /** Name of its field on the page. */
  name: string;
  label: string;
  goes: Html;
  /** Whether it is no secret. */
  shown?: boolean;
}

/** Where each value goes, and how it is kept. */
export function custody(values: readonly Custody[]): Html {
  return html`
    <section class="custody" aria-labelledby="goes">
      <h2 id="goes">Where ${values.length > 1 ? "each value" : "it"} goes</h2>
      <dl>${values.map(({ name, label, goes }) =>
        html`
          <div>
            <dt>${label}</dt>
            <dd id="goes-${name}">${goes}</dd>
          </div>
        `
      )}</dl>
      <p
        class="hint">Stored encrypted on this computer. Programs under <code>authsome run</code> see ${values
            .some(({ shown }) => shown)
          ? "a placeholder for each secret, and what is no secret as it is"
          : "a placeholder"}.</p>
    </section>
  `;
}

/** Where a field of the credential goes. */
export function credentialGoes(
  definition: ProviderDefinition,
  field: string,
  baseUrl?: string,
): Html {
  const destination = destinationOf(definition, field, baseUrl);
  if (isPublic(definition, field)) {
    return destination.hosts.length > 0
      ? html`No secret: to programs that you run, and to ${
        hostList(destination.hosts)
      }`
      : html`No secret: to programs that you run`;
  }
  if (destination.signs) {
    return html`Never sent: requests to ${
      hostList(destination.hosts)
    } are signed with it.`;
  }
  return places(definition, destination);
}

/** Where a value goes that is sent to `hosts` alone. */
export function hostsOnly(hosts: readonly string[]): Html {
  return html`Only to ${hostList(hosts)}`;
}

/** What was stored although the login failed. */
export function keptText(kept: Kept | undefined): string {
  const parts = [
    kept?.client
      ? "Your OAuth app's client ID and secret are kept, encrypted: the next login does not ask for them."
      : undefined,
    kept?.connection
      ? "The connection that you had is unchanged."
      : "No connection was made.",
    kept && !kept.client ? "Nothing that you typed was stored." : undefined,
  ];
  return parts.filter(Boolean).join(" ");
}

function places(
  definition: ProviderDefinition,
  { hosts, named }: Destination,
): Html {
  const own = html`the host that ${providerName(definition)} names at login`;
  if (hosts.length === 0) {
    return named ? html`Only to ${own}` : html`To no host`;
  }
  return named ? html`Only to ${own} and ${hostList(hosts)}` : hostsOnly(hosts);
}

function hostList(hosts: readonly string[]): Html {
  const list = (some: readonly string[]) =>
    some.map((host, index) =>
      html`${index ? ", " : ""}<code dir="ltr">${host}</code>`
    );
  if (hosts.length <= SHOWN + 1) return html`${list(hosts)}`;
  return html`${list(hosts.slice(0, SHOWN))} <details><summary>and ${
    String(hosts.length - SHOWN)
  } more</summary> ${list(hosts.slice(SHOWN))}</details>`;
}
