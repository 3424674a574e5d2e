/** Reads one secret from its manager, and writes one there. Nothing that a program said is shown. @module */
import { AuthsomeError, type ErrorCode } from "../../errors.ts";
import type { Env } from "../../ports/system.ts";
import type {
  ManagerAnswer,
  SecretManagers,
} from "../../ports/secret_managers.ts";
import { Secret } from "../../secret.ts";
import {
  type Manager,
  type ManagerWorld,
  partOf,
  type Reference,
  type Said,
  withoutLineEnd,
} from "./manager.ts";
import {
  inSentence,
  managerOf,
  parseReference,
  shownReference,
} from "./reference.ts";

/** What references are read through. */
export interface ManagerContext {
  readonly env: Pick<Env, "get">;
  /** Absent where no program can be started. */
  managers?(): Promise<SecretManagers>;
}

/** What a program says that did not reach its server. */
const UNREACHABLE =
  /connection refused|no such host|could not resolve|network is unreachable|dial tcp|timed? ?out|could not connect|\bENOTFOUND|\bECONNREFUSED|\bEAI_AGAIN|name resolution/i;

/**
 * The secret that `text` refers to.
 *
 * @throws {AuthsomeError} `CredentialMissing` if the manager is locked or absent, or has no such secret;
 * `EndpointUnreachable` if it did not answer.
 */
export async function readReference(
  context: ManagerContext,
  text: string,
): Promise<Secret> {
  const { reference, manager } = known(text);
  if (reference.scheme === "env") {
    const value = context.env.get(reference.place);
    if (!value) {
      throw unread(
        reference,
        "it is not set",
        manager.unlock(reference, {
          system: "other",
          variable: () => undefined,
        }),
      );
    }
    return new Secret(value);
  }
  const call = await caller(context, reference, manager, "read");
  const stdout = await call.run(manager.args(reference, call.world));
  const value = (manager.value ?? printed)(stdout, reference);
  if (value === undefined) {
    throw unread(reference, `it has no ${partName(reference)}`, again);
  }
  if (value === "") throw unread(reference, "it is empty", again);
  return new Secret(value);
}

const again =
  "Check the reference; another one: authsome login <provider> --from <reference> --force";

/** Whether a new value can be written to where `text` refers to. */
export async function isWritable(
  text: string,
  { env, managers }: ManagerContext,
): Promise<boolean> {
  try {
    const { reference, manager: { write } } = known(text);
    const world: ManagerWorld = {
      system: (await managers?.())?.system ?? "other",
      variable: (name) => env.get(name) || undefined,
    };
    return write !== undefined && (write.allows?.(reference, world) ?? true);
  } catch {
    return false;
  }
}

/**
 * Replaces the secret that `text` refers to.
 *
 * @throws {AuthsomeError} `OperationNotAllowed` if the manager gives no way for it; else as {@linkcode readReference}.
 */
export async function writeReference(
  context: ManagerContext,
  text: string,
  secret: Secret,
): Promise<void> {
  const { reference, manager } = known(text);
  const { write } = manager;
  const call = write && await caller(context, reference, manager, "write");
  if (!call || !(write.allows?.(reference, call.world) ?? true)) {
    throw new AuthsomeError(
      "OperationNotAllowed",
      `Cannot write ${shownReference(text)}: ${
        inSentence(manager.title)
      } gives no way to do so without showing the secret`,
    );
  }
  const args = write.whole?.(reference, call.world);
  const whole = args ? await call.run(args) : "";
  const input = write.input(reference, secret.reveal(), whole, call.world);
  if (input === undefined) {
    throw unread(reference, `it has no ${partName(reference)}`, again, "write");
  }
  await call.run(write.args(reference, call.world, whole), input);
}

/** Throws as {@linkcode readReference} does before it starts a program. */
export async function checkReference(
  context: ManagerContext,
  text: string,
): Promise<void> {
  const { reference, manager } = known(text);
  if (reference.scheme === "env") return;
  await caller(context, reference, manager, "read");
}

function known(text: string): { reference: Reference; manager: Manager } {
  try {
    const reference = parseReference(text);
    return { reference, manager: managerOf(reference.scheme)! };
  } catch (error) {
    if (!(error instanceof AuthsomeError)) throw error;
    // It stands in a record, which another version may have written.
    throw new AuthsomeError(
      "CredentialMissing",
      error.message,
      "Update authsome, or log in again: authsome login <provider> --force",
      { cause: error },
    );
  }
}

async function caller(
  { env, managers: open }: ManagerContext,
  reference: Reference,
  manager: Manager,
  task: "read" | "write",
) {
  const managers = await open?.();
  const world: ManagerWorld = {
    system: managers?.system ?? "other",
    variable: (name) => env.get(name) || undefined,
  };
  const programs = manager.programs(reference, world);
  const program = programs.find((each) => managers?.has(each));
  if (!managers || program === undefined) {
    throw unread(
      reference,
      programs.length === 0
        ? "authsome knows no way to it on this system"
        : `${
          programs.join(" or ")
        } is not installed, or lies in a folder of this project or of others`,
      programs.length === 0
        ? "Refer to another manager: authsome login <provider> --from <reference> --force"
        : `Install ${programs[0]}, or name a program by its absolute path`,
      task,
    );
  }
  const { variables } = manager;
  const call = (args: readonly string[], input?: string) =>
    managers.run({
      ...{ program, args, variables },
      ...input === undefined
        ? {}
        : { input, opensInput: manager.write?.opensInput ?? false },
    });
  return {
    world,
    async run(args: readonly string[], input?: string): Promise<string> {
      const answer = await call(args, input);
      if (answer.kind === "ended" && answer.code === 0) return answer.stdout;
      const state = stateOf(answer, manager);
      const stderr = answer.kind === "ended" ? answer.stderr : "";
      const said = { program, stderr };
      const hidden = state === "missing" &&
        manager.lockedArgs?.(reference, world);
      if (hidden) {
        const listed = await call(hidden);
        if (listed.kind === "ended" && listed.stdout.trim() !== "") {
          // The secret of a locked item is not listed: this one was replaced meanwhile.
          const again = /^secret = /m.test(listed.stdout) &&
            await call(args, input);
          if (again && again.kind === "ended" && again.code === 0) {
            return again.stdout;
          }
          throw failed(reference, manager, "locked", world, said, task);
        }
      }
      throw failed(reference, manager, state, world, said, task);
    },
  };
}

type State =
  | "locked"
  | "missing"
  | "unreachable"
  | "late"
  | "large"
  | "absent"
  | "failed";

function stateOf(answer: ManagerAnswer, manager: Manager): State {
  if (answer.kind !== "ended") return answer.kind;
  const { code, stderr } = answer;
  if (manager.missingCodes?.includes(code)) return "missing";
  if (manager.lockedCodes?.includes(code)) return "locked";
  if (UNREACHABLE.test(stderr)) return "unreachable";
  if (manager.missing?.test(stderr)) return "missing";
  return manager.locked?.test(stderr) ? "locked" : "failed";
}

function failed(
  reference: Reference,
  manager: Manager,
  state: State,
  world: ManagerWorld,
  { program, stderr }: Said,
  task: "read" | "write",
): AuthsomeError {
  const title = inSentence(manager.title);
  const unlock = manager.unlock(reference, world, { program, stderr });
  switch (state) {
    case "locked":
      return unread(
        reference,
        `${title} is locked, or you are not logged in to it`,
        unlock,
        task,
      );
    case "missing":
      return unread(reference, `${title} has no such secret`, again, task);
    case "absent":
      return unread(
        reference,
        `${program} cannot be started`,
        `Install ${program}`,
        task,
      );
    case "large":
      return unread(
        reference,
        `${program} wrote more than a secret`,
        again,
        task,
      );
    case "late":
      return unread(
        reference,
        `${program} did not answer in time`,
        unlock,
        task,
        "EndpointUnreachable",
      );
    case "unreachable":
      return unread(
        reference,
        `${program} cannot reach its server`,
        "Check the network, and try again",
        task,
        "EndpointUnreachable",
      );
    case "failed":
      return unread(reference, `${program} failed`, unlock, task);
  }
}

function unread(
  reference: Reference,
  why: string,
  hint: string,
  task: "read" | "write" = "read",
  code: ErrorCode = "CredentialMissing",
): AuthsomeError {
  return new AuthsomeError(
    code,
    `Cannot ${task} ${shownReference(reference.text)}: ${why}`,
    hint,
  );
}

function partName({ key }: Reference): string {
  return key === undefined ? "value that can be read" : `field "${key}"`;
}

/** What is printed as it is, or the member of it if it is JSON. */
function printed(stdout: string, { key }: Reference): string | undefined {
  return partOf(withoutLineEnd(stdout), key);
}
