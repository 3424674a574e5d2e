/** Reaches the person through the terminal: masked questions, addresses to open anywhere, answers pasted back. @module */
import { connectionOption } from "../../connection/hint.ts";
import { AuthsomeError } from "../../errors.ts";
import type { Browser, LoginConversation } from "../../ports/conversation.ts";
import { readPastedCallback } from "../../login/pasted_callback.ts";
import { redirectWarning } from "../../login/redirect_rule.ts";
import { defined } from "../../object.ts";
import {
  fieldLabel,
  isFileField,
  isOptional,
  isPublic,
  readClientText,
  readSecret,
  type SecretInput,
} from "../../provider/secret_input.ts";
import { withoutMargins } from "../../provider/secret/pasting_mistakes.ts";
import { redirectUri } from "../../form/login_address.ts";
import { askFile } from "./file_question.ts";
import { displayName } from "../../provider/display_name.ts";
import { type Secret, secretOf } from "../../secret.ts";
import {
  type ConversationOptions,
  fromElsewhere,
  LoginServer,
  openVerification,
} from "./conversation_form.ts";
import type * as Prompt from "./prompt.ts";

/** Most wrong addresses that are pasted before the login ends. */
const MAX_WRONG = 10;

/** A conversation on a terminal. `prompt` loads the questions; `browser` opens the provider's page too, if there is one. */
export function terminalConversation(
  options: ConversationOptions & {
    browser?: Browser;
    prompt: () => Promise<typeof Prompt>;
  },
): LoginConversation {
  const { provider, connection, port, signal, say, tell } = options;
  const { definition } = provider;
  const server = new LoginServer(options);

  async function askField(field: string): Promise<Secret | undefined> {
    const { askLine, askMasked, askYes } = await options.prompt();
    if (isFileField(definition, field)) {
      return await askFile(await options.prompt(), definition, field, signal);
    }
    const optional = isOptional(definition, field);
    const ask = isPublic(definition, field) ? askLine : askMasked;
    for (;;) {
      const answer = await ask({
        message: `${fieldLabel(field)} of ${displayName(definition)}${
          optional ? " (press Enter if there is none)" : ""
        }`,
        check(answer) {
          if (optional && answer.trim() === "") return undefined;
          return problemOf(readSecret(definition, field, answer));
        },
        signal,
      });
      if (optional && answer.trim() === "") return undefined;
      const input = readSecret(definition, field, answer);
      if ("problem" in input) continue;
      if (!input.doubt) return input.secret;
      say(input.doubt);
      if (await askYes("Use it anyway?", signal)) return input.secret;
    }
  }

  /** Never resolves with a callback that the flow does not accept; rejects when the person gives up. */
  async function pasted(
    url: URL,
    accept: (callback: URLSearchParams) => boolean,
    done: AbortSignal,
  ): Promise<URLSearchParams> {
    const { askLine } = await options.prompt();
    const whole = `Paste the whole address; it starts with ${
      redirectUri(port)
    }`;
    for (let wrong = 0; wrong < MAX_WRONG; wrong++) {
      const answer = await askLine({
        message: wrong === 0
          ? "Waiting for the browser. If it ends on a page that cannot be reached, paste the address of that page here"
          : "Still waiting for the browser. Paste the address of the page where it ended",
        check: (text) => text.trim() === "" ? whole : undefined,
        signal: done,
      });
      const callback = readPastedCallback(answer, url);
      if (callback && accept(callback)) return callback;
      // Asked anew: a question that refuses its answer keeps the wrong text, and the next is pasted behind it.
      say(
        callback
          ? "That address does not belong to this login. Nothing was changed."
          : `That is not the address. ${whole}`,
      );
    }
    throw new AuthsomeError(
      "InputCancelled",
      `Cannot log in to ${definition.name}: no address of this login was pasted in ${MAX_WRONG} tries`,
      `authsome login ${definition.name}${connectionOption(connection)}`,
      { subject: { provider: definition.name, connection } },
    );
  }

  return {
    redirectUri: redirectUri(port),
    signal,
    say,
    async askSecrets({ fields, redirectUri }) {
      if (redirectUri) say(`Redirect URI: ${redirectUri}`);
      const page = definition.dashboard_url ?? definition.docs_url;
      if (page) say(`Get your key at ${page}`);
      const secrets: Record<string, Secret> = {};
      for (const field of fields) {
        const secret = await askField(field);
        if (secret) secrets[field] = secret;
      }
      return secrets;
    },
    async askClient({ redirectUri, scopes, clientId }) {
      const { askLine, askMasked } = await options.prompt();
      say(
        [
          `Register an OAuth app with ${displayName(definition)}, once${
            definition.dashboard_url ? `, at ${definition.dashboard_url}` : ""
          }`,
          `Redirect URI: ${redirectUri}`,
          redirectWarning(definition) ?? [],
          scopes.length > 0 ? `Scopes: ${scopes.join(" ")}` : [],
        ].flat().join("\n"),
      );
      const id = clientId ?? withoutMargins(
        await askLine({
          message: `Client ID of your ${displayName(definition)} app`,
          check: (answer) => problemOf(readClientText("Client ID", answer)),
          signal,
        }),
      );
      const secret = withoutMargins(
        await askMasked({
          message: "Client secret (press Enter if the app has none)",
          check: (answer) =>
            answer.trim() === ""
              ? undefined
              : problemOf(readClientText("Client secret", answer)),
          signal,
        }),
      );
      return {
        clientId: id,
        ...defined({ clientSecret: secretOf(secret || undefined) }),
      };
    },
    async authorize(url, accept, post) {
      const listening = await server.start().then(() => true, (error) => {
        signal.throwIfAborted();
        if (!(error instanceof AuthsomeError) || post) throw error;
        // The answer can still be pasted.
        say(error.message);
        return false;
      });
      // Only a page of ours can post a form.
      const page = post ? server.url() : url.href;
      options.onUrl?.(page);
      tell(
        `Open this page to log in to ${displayName(definition)}:\n  ${page}`,
      );
      if (listening) {
        say(
          `${
            fromElsewhere(port)
          }, or paste the address of the page where the browser ends`,
        );
      }
      const done = new AbortController();
      const both = AbortSignal.any([signal, done.signal]);
      try {
        return await Promise.race([
          pasted(url, accept, both),
          ...(listening
            ? [
              server.session.ask<"authorize">(
                {
                  kind: "authorize",
                  url,
                  accept,
                  ...defined({ post, ours: post && true }),
                },
                both,
              ),
            ]
            : []),
        ]);
      } finally {
        done.abort(new AuthsomeError("InputCancelled", "Answered elsewhere"));
      }
    },
    async showDeviceCode(code) {
      const { verificationUri, verificationUriComplete, userCode } = code;
      options.onUrl?.(verificationUriComplete ?? verificationUri, userCode);
      const { renderUnicodeCompact } = await import("uqr");
      tell(
        `${
          renderUnicodeCompact(verificationUriComplete ?? verificationUri)
        }\nVisit ${verificationUri} and enter the code ${userCode} to log in to ${
          displayName(definition)
        } as connection ${connection}`,
      );
      await openVerification(options.browser, code, server.over);
    },
    end: (outcome) => server.end(outcome),
  };
}

function problemOf(input: SecretInput): string | undefined {
  return "problem" in input ? input.problem : undefined;
}
