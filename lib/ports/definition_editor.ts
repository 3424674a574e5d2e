/** The person's editor. @module */

/** Lets a person edit the text of a definition in a draft, which is not in force and outlives an edit that failed. */
export interface DefinitionEditor {
  /** The program that would be started, for messages; `undefined` if `VISUAL` and `EDITOR` name none that may be. */
  readonly program: string | undefined;
  /** Why a program that they name is not started, for messages. */
  readonly problem: string | undefined;
  /** The path of the draft of `<name>.json`. */
  path(name: string): string;
  /** The draft that is there, or `undefined`. */
  draft(name: string): string | undefined;
  /**
   * Writes `text` as the draft, opens it and waits until the editor ends.
   *
   * @returns the draft as the person left it.
   * @throws {AuthsomeError} `InputCancelled` if the editor says that it failed or there is no draft any more;
   * `CommandNotFound` or `NotExecutable` if it cannot be started; `StoreUnavailable` if the draft cannot be written.
   */
  edit(name: string, text: string): Promise<string>;
  /** Removes the draft. */
  discard(name: string): void;
}
