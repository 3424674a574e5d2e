/** What is posted to a webhook: a link, or sealed content, and nothing that can be read. @module */

/** Whose JSON a webhook takes. */
export const WEBHOOK_FORMATS = ["generic", "slack", "discord"] as const;
export type WebhookFormat = (typeof WEBHOOK_FORMATS)[number];

const NOTICE = "authsome: a request waits for your answer";

/**
 * The JSON text of one message for one phone.
 *
 * @param link the page with the sealed request in its fragment; absent if there is no page.
 * @param sealed for the generic format.
 * @param at epoch milliseconds.
 */
export function webhookBody(
  format: WebhookFormat,
  { link, sealed, at }: { link?: string; sealed: string; at: number },
): string {
  switch (format) {
    case "slack":
      return JSON.stringify({
        // The characters of base64url and of our URLs need no escape of Slack but these.
        text: link ? `<${escapeSlack(link)}|${NOTICE}>` : NOTICE,
        ...{ unfurl_links: false, unfurl_media: false },
      });
    case "discord":
      return JSON.stringify({
        // In angle brackets it is not fetched for a preview.
        content: link ? `${NOTICE} <${link}>` : NOTICE,
        allowed_mentions: { parse: [] },
      });
    case "generic":
      return JSON.stringify({
        type: "approval.requested",
        timestamp: new Date(at).toISOString(),
        data: { sealed, ...link ? { link } : {} },
      });
  }
}

/** https://docs.slack.dev/messaging/formatting-message-text#escaping */
function escapeSlack(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll("|", "%7C");
}
