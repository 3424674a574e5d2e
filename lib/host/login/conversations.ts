/**
 * Chooses how the person is reached: stdin if it was said so, the provider's environment variable, the browser, the
 * terminal, and for a program without either the address of a page.
 *
 * @module
 */
import { AuthsomeError } from "../../errors.ts";
import type {
  Browser,
  Conversations,
  LoginConversation,
  ReachOptions,
} from "../../ports/conversation.ts";
import {
  isFileField,
  isOptional,
  isPublic,
  onlyField,
  readClientText,
  readSecret,
} from "../../provider/secret_input.ts";
import { loginPort } from "../../form/login_address.ts";
import { defined, isObject, parseObject } from "../../object.ts";
import type { Clock, Env } from "../../ports/system.ts";
import type { Provider } from "../../provider/definition.ts";
import { displayName } from "../../provider/display_name.ts";
import { DEFAULT_CONNECTION } from "../../names.ts";
import { holdsPlaceholder } from "../../placeholder.ts";
import { CLIENT_ID } from "../../provider/secret/client_fields.ts";
import { Secret } from "../../secret.ts";
import { withPastedRedirect } from "./pasted_redirect.ts";
import {
  type LineOptions,
  readSecretLine,
  readSecretLines,
  takeSecret,
  unusable,
} from "./secret_line.ts";
import { browserReaches, systemBrowser } from "./browser.ts";
import {
  type ConversationOptions,
  formConversation,
} from "./conversation_form.ts";

/** The ways to reach the person from this process. */
export function conversations(
  options: ReachOptions & { env: Env; clock: Clock },
): Conversations {
  const { env } = options;
  const reaches = options.browser !== false && browserReaches(env);
  return {
    browser: reaches,
    ...defined({
      askBaseUrl: options.interactive && !options.stdin
        ? askBaseUrl
        : undefined,
    }),
    open({ provider, connection, flow, clientId, signal, ...shown }) {
      const { stdin, onUrl } = options;
      const { endsAt } = shown;
      const silent = stdin !== undefined;
      const base: ConversationOptions = {
        provider,
        connection,
        port: loginPort(env),
        env,
        clock: options.clock,
        signal,
        ...shown,
        say: silent ? () => {} : options.say,
        tell: options.tell,
        ...defined({
          onUrl: onUrl && ((url: string, userCode?: string) =>
            onUrl({
              url,
              ...defined({
                userCode,
                seconds: endsAt &&
                  Math.round((endsAt() - options.clock.now()) / 1000),
              }),
              provider: provider.definition.name,
              connection,
            })),
        }),
      };
      const browser = reaches ? systemBrowser(env) : undefined;
      const spoken = reaches || !options.interactive || silent
        ? formConversation({
          ...base,
          browser,
          ...defined({
            // The page opens here, and a phone may be nearer to the person's account.
            tellCode: flow === "device_code" && options.interactive && reaches
              ? lazyTerminal({ ...base, browser }).showDeviceCode
              : undefined,
          }),
        })
        : lazyTerminal(base);
      const asked: LoginConversation = {
        ...spoken,
        ...(options.unattended && !reaches && !options.interactive
          ? { askSecrets: () => Promise.reject(nobodyThere(provider)) }
          : {}),
        askClient: (request) =>
          spoken.askClient({
            ...request,
            clientId: request.clientId ?? clientId,
          }),
      };
      const answered = stdin
        ? fromStdin(asked, () => unlessAborted(stdin(), signal), clientId, {
          connection,
          ...defined({
            force: options.force,
            next: options.pastedRedirect &&
              (() => unlessAborted(options.pastedRedirect!(signal), signal)),
          }),
          warn: (doubt) => options.say(`Warning: ${doubt}`),
        })
        : fromEnvironment(asked, provider, env, options.force);
      const known = withClientId(answered, clientId);
      return options.pastedRedirect
        ? withPastedRedirect(
          known,
          (signal) => options.pastedRedirect!(signal),
          options.tell,
        )
        : known;
    },
  };
}

/** Does not ask for a client ID that was given with the command. */
function withClientId(
  conversation: LoginConversation,
  clientId: string | undefined,
): LoginConversation {
  if (clientId === undefined) return conversation;
  return {
    ...conversation,
    async askSecrets(request) {
      const fields = request.fields.filter((field) => field !== CLIENT_ID);
      const answers = await conversation.askSecrets({ ...request, fields });
      return fields.length === request.fields.length
        ? answers
        : { [CLIENT_ID]: new Secret(clientId), ...answers };
    },
  };
}

/** A page that nobody was told of would wait in vain. */
function nobodyThere({ definition }: Provider): AuthsomeError {
  const { name, api_key } = definition;
  const [variable] = [api_key?.env_var ?? []].flat();
  return new AuthsomeError(
    "Usage",
    `Cannot ask for the key of ${name}: there is no browser and no terminal`,
    `Give it on stdin: authsome login ${name} --stdin < key.txt${
      variable ? `; or set ${variable}` : ""
    }. --detach prints the address of a page for it, --timeout <seconds> waits`,
    { subject: { provider: name } },
  );
}

const askBaseUrl: NonNullable<Conversations["askBaseUrl"]> = async (
  { provider, check, signal },
) => {
  const { askLine } = await import("./prompt.ts");
  const answer = await askLine({
    message: `Address of your ${displayName(provider.definition)} (https://…)`,
    check: (answer) => {
      const problem = check(answer.trim());
      return problem && `This cannot be the address: ${problem}`;
    },
    signal,
  });
  return answer.trim();
};

/** The result of `work`, or the reason of `signal` if that comes first: a line that nobody types must not hold the program. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) return stop();
    signal.addEventListener("abort", stop, { once: true });
    work.then(resolve, reject).finally(() =>
      signal.removeEventListener("abort", stop)
    );
  });
}

/** Loads the terminal's code at the first question. */
function lazyTerminal(
  options: ConversationOptions & { browser?: Browser },
): LoginConversation {
  let loaded: Promise<LoginConversation> | undefined;
  const terminal = () =>
    loaded ??= import("./conversation_terminal.ts").then((module) =>
      module.terminalConversation({
        ...options,
        prompt: () => import("./prompt.ts"),
      })
    );
  return {
    redirectUri: formConversation(options).redirectUri,
    signal: options.signal,
    say: options.say,
    askSecrets: async (request) => (await terminal()).askSecrets(request),
    askClient: async (request) => (await terminal()).askClient(request),
    authorize: async (...request) => (await terminal()).authorize(...request),
    showDeviceCode: async (code) => (await terminal()).showDeviceCode(code),
    end: async (outcome) => await (await loaded)?.end(outcome),
  };
}

/** Takes an API key from the variable that the definition names, and says so. `force` takes an unlikely one too. */
export function fromEnvironment(
  conversation: LoginConversation,
  provider: Provider,
  env: Env,
  force = false,
): LoginConversation {
  const { definition } = provider;
  return {
    ...conversation,
    async askSecrets(request) {
      const read = (field: string, variables: string[]) => {
        for (const variable of variables) {
          const text = env.get(variable) ?? "";
          // In a run every variable holds a placeholder.
          if (text.trim() === "" || holdsPlaceholder(text)) continue;
          const input = readSecret(definition, field, text);
          const problem = "problem" in input
            ? input.problem
            : input.unlikely && !force && input.doubt;
          if (problem || "problem" in input) {
            conversation.say(`${variable} is not used: ${problem}`);
            continue;
          }
          conversation.say(
            `Using the ${
              isPublic(definition, field) ? "value" : "key"
            } in ${variable}`,
          );
          if (input.doubt) conversation.say(input.doubt);
          return { [field]: input.secret };
        }
      };
      const shown = request.fields.filter((each) => isPublic(definition, each));
      const field = onlyField(
        definition,
        request.fields.filter((each) => !shown.includes(each)),
      );
      const exports = Object.entries(definition.export?.env ?? {});
      const variables = (field: string) =>
        exports.filter(([, of]) => of === field).map(([name]) => name);
      // A key alone is not taken where what belongs to it would have to be asked for.
      const isWhole = shown.every((each) =>
        isOptional(definition, each) ||
        variables(each).some((name) => (env.get(name) ?? "").trim() !== "")
      );
      const found = isWhole && field &&
        read(field, [definition.api_key?.env_var ?? []].flat());
      if (!found) return await conversation.askSecrets(request);
      const all: Record<string, Secret> = request.fields
        .filter((other) => other !== field).reduce(
          (secrets, other) => ({
            ...secrets,
            ...read(other, variables(other)),
          }),
          found,
        );
      const isMissing = request.fields.some((each) =>
        !all[each] && !isOptional(definition, each)
      );
      return isMissing ? await conversation.askSecrets(request) : all;
    },
  };
}

/**
 * Takes the secret from one line: the key, the client secret, or a JSON object by field name where there are several.
 * Prints nothing but doubts and the address to open; after a client secret, the next lines of stdin may be the redirect.
 */
export function fromStdin(
  conversation: LoginConversation,
  readLine: () => Promise<string | undefined>,
  clientId?: string,
  options: Pick<LineOptions, "force" | "warn" | "next"> & {
    connection?: string;
  } = {},
): LoginConversation {
  const about = (provider: string): LineOptions => ({
    connection: DEFAULT_CONNECTION,
    ...options,
    provider,
  });
  return {
    ...conversation,
    async askSecrets({ provider, fields }) {
      const { definition } = provider;
      const line = about(definition.name);
      const hasFile = fields.some((field) => isFileField(definition, field));
      const text = hasFile
        ? await readSecretLines(readLine, line)
        : await readSecretLine(readLine, line);
      const only = onlyField(definition, fields);
      const isOnly = fields.length === 1 ||
        !text.trimStart().startsWith("{") ||
        hasFile && !fields.some((field) => parseObject(text)?.[field]);
      const values = only !== undefined && isOnly
        ? { [only]: text }
        : parseFields(text, line, fields);
      const secrets: Record<string, Secret> = {};
      for (const field of fields) {
        const text = values[field] ?? "";
        if (text.trim() === "" && isOptional(definition, field)) continue;
        const input = readSecret(definition, field, text);
        secrets[field] = takeSecret(input, line, field);
      }
      return secrets;
    },
    async askClient(request) {
      const id = request.clientId ?? clientId;
      const { name } = request.provider.definition;
      if (id === undefined) {
        throw new AuthsomeError(
          "Usage",
          `Cannot log in to ${name}: stdin contains the client secret, but the client ID is missing`,
          `authsome login ${name} --client-id <id> --stdin`,
          { subject: { field: "client_id" } },
        );
      }
      const text = await readLine() ?? "";
      if (text.trim() === "") return { clientId: id };
      return {
        clientId: id,
        clientSecret: takeSecret(
          readClientText("Client secret", text),
          { ...about(name), clientId: id },
          "client_secret",
        ),
      };
    },
  };
}

function parseFields(
  text: string,
  line: LineOptions,
  fields: string[],
): Record<string, string> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The cause would quote the secret.
  }
  if (!isObject(value)) {
    throw unusable(
      line,
      `Several values are needed: one line of JSON, {${
        fields.map((field) => `"${field}":"…"`).join(",")
      }}.`,
      fields.join(", "),
    );
  }
  return Object.fromEntries(
    Object.entries(value).filter((entry): entry is [string, string] =>
      typeof entry[1] === "string"
    ),
  );
}
