/** The helper for Java: an agent that each JVM loads before the program. Its sources are in `java/`. @module */
import type { Shim } from "./shim.ts";
import { JAVA_AGENT_JAR } from "./java_agent_jar.ts";

const FILE = "java/authsome-agent.jar";
/** Read by every JVM, also one that `java` did not start, and by Java 8; `JDK_JAVA_OPTIONS` only by `java` since 9. */
const VARIABLE = "JAVA_TOOL_OPTIONS";

/** See `java/authsome/Agent.java`. */
export const JAVA_SHIM: Shim = {
  get files() {
    return { [FILE]: decoded(JAVA_AGENT_JAR) };
  },
  variables(env, folder) {
    // There the names lead to the proxy, and the key stores have its CA; each JVM would print a line for nothing.
    if (env.AUTHSOME_SANDBOX) return {};
    const agent = `-javaagent:${folder}/${FILE}`;
    // In a run inside of a run the outer one's is there, with certificates that the inner proxy does not use.
    const others = words(env[VARIABLE] ?? "")
      .filter((word) => !unquoted(word).startsWith(`${agent}=`));
    const bundle = env.SSL_CERT_FILE;
    const own = bundle ? quoted(`${agent}=${bundle}`) : undefined;
    // A JVM reads the path of an agent up to the first equals sign, and does not start where there is none.
    const usable = own !== undefined && !folder.includes("=");
    const options = usable ? [...others, own] : others;
    return { ...options.length > 0 && { [VARIABLE]: options.join(" ") } };
  },
};

/** The options in the variable, with their quotes: a JVM knows both kinds of them, and no backslash. */
function words(options: string): string[] {
  return options.match(/(?:[^\s'"]|'[^']*'|"[^"]*"|['"])+/g) ?? [];
}

function unquoted(word: string): string {
  return word.replace(/'([^']*)'|"([^"]*)"/g, "$1$2");
}

/** The option as the variable takes it; undefined if it has both kinds of quotes. */
function quoted(option: string): string | undefined {
  if (!/[\s'"]/.test(option)) return option;
  const quote = option.includes('"') ? "'" : '"';
  return option.includes(quote) ? undefined : `${quote}${option}${quote}`;
}

/** Node before 25 has no decoder of its own for it; a loop takes 20 ms in a process that has just started. */
function decoded(text: string): Uint8Array {
  const native = Uint8Array as {
    fromBase64?: (text: string) => Uint8Array;
  };
  return native.fromBase64?.(text) ??
    Uint8Array.from(atob(text), (each) => each.charCodeAt(0));
}
