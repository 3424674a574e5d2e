/** Memory that the processes of one user share. @module */

/** Texts by name, for the processes of this user and home. Nothing of it is ever on a disk, and nothing in it is reliable. */
export interface SharedMemory {
  /** Milliseconds since the machine was started. Setting the clock does not change it. */
  now(): number;
  /** When this process was started, on the same scale; later than it was where that is not known exactly. */
  readonly startedAt: number;
  /** The text called `name`, letters and digits, `-` and `_`; `undefined` if there is none, or it is not ours. */
  read(name: string): string | undefined;
  /** Keeps a text for a few minutes, if there is room. */
  write(name: string, text: string): void;
  /** Removes every text of this home. */
  clear(): void;
}
