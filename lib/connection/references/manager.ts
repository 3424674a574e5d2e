/** What a secret manager is to authsome: how its references look, and how its program is called. @module */
import { isObject } from "../../object.ts";
import type { SecretManagers } from "../../ports/secret_managers.ts";

/** A reference that was read, as in `vault:secret/openai#key`. */
export interface Reference {
  /** `vault` */
  scheme: string;
  /** All of it. */
  text: string;
  /** `secret/openai` */
  place: string;
  /** `key`: the part of the secret that is meant; absent for the whole. */
  key?: string;
}

/** What decides how a program is called. */
export interface ManagerWorld {
  readonly system: SecretManagers["system"];
  /** The variable of authsome's own process; empty counts as absent. */
  variable(name: string): string | undefined;
}

/** How one secret is replaced. The new value stands in no argument. */
export interface ManagerWrite {
  /** Whether the manager gives a way for this reference. Default: it does. */
  allows?(reference: Reference, world: ManagerWorld): boolean;
  /** The arguments that print what the secret is a part of; absent or `undefined` where nothing needs to be kept. */
  whole?(reference: Reference, world: ManagerWorld): string[] | undefined;
  args(reference: Reference, world: ManagerWorld, whole: string): string[];
  /** Whether the program opens its stdin by name. */
  opensInput?: boolean;
  /** What the program reads from stdin; `undefined` if the secret is not found in `whole`. */
  input(
    reference: Reference,
    value: string,
    whole: string,
    world: ManagerWorld,
  ): string | undefined;
}

/** What a program said when it failed. Never shown. */
export interface Said {
  program: string;
  stderr: string;
}

/** One scheme. */
export interface Manager {
  /** Its name for people. */
  title: string;
  /** How a reference to it looks, for people. */
  form: string;
  /** What may stand behind the scheme. */
  place: RegExp;
  /** What may stand behind `#`; absent: nothing. */
  key?: RegExp;
  /** Programs of which the first that is there is called. */
  programs(reference: Reference, world: ManagerWorld): string[];
  /** The variables that its program reads: see `ManagerCall`. */
  variables: readonly string[] | "all";
  /** Variables that open the manager, or hold the secret. No command that runs behind the proxy gets them. */
  withheld(reference: Reference): readonly string[];
  /** The arguments that print the secret. */
  args(reference: Reference, world: ManagerWorld): string[];
  /** The secret in what was printed. Default: all of it without the last line break, or the member `key` of it. */
  value?(stdout: string, reference: Reference): string | undefined;
  /** What the program says, or the code with which it ends, when it must be unlocked or logged in to first. */
  locked?: RegExp;
  lockedCodes?: readonly number[];
  /** The same when there is no such secret. */
  missing?: RegExp;
  missingCodes?: readonly number[];
  /** The command that unlocks it; `said` by the program that found it locked. */
  unlock(reference: Reference, world: ManagerWorld, said?: Said): string;
  /** Arguments that print something if the secret is there and locked, where `args` says that it is missing. */
  lockedArgs?(reference: Reference, world: ManagerWorld): string[] | undefined;
  /** Absent: what is issued anew cannot be written there. */
  write?: ManagerWrite;
}

/** `text` without its last line break. */
export function withoutLineEnd(text: string): string {
  return text.replace(/\r?\n$/, "");
}

/** The secret in a text: the text itself, or the member `key` of the JSON object that it is. */
export function partOf(
  text: string,
  key: string | undefined,
): string | undefined {
  if (key === undefined) return text;
  const value = member(json(text), key);
  return typeof value === "string" ? value : undefined;
}

/** `text` with `value` in the place that {@linkcode partOf} reads. */
export function withPart(
  text: string,
  key: string | undefined,
  value: string,
): string | undefined {
  if (key === undefined) return value;
  const object = json(text);
  return isObject(object) && Object.hasOwn(object, key)
    ? JSON.stringify({ ...object, [key]: value })
    : undefined;
}

/** The JSON value of `text`; `undefined` if it is none. */
export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** An own member. */
export function member(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name)
    ? value[name]
    : undefined;
}
