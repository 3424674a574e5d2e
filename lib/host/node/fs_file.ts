/** An open file as Deno has it, over a file descriptor of Node. @module */
import fs from "node:fs";
import { fileInfo } from "./file_info.ts";

/** As `Deno.FsFile`, without its locks: see `host/home/lock.ts`. */
export class FsFile {
  readonly #fd: number;
  /** Where the next byte is read or written; `null` where the system keeps it (before the first seek). */
  #at: number | null = null;
  #closed = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  readSync(bytes: Uint8Array): number | null {
    if (bytes.length === 0) return 0;
    const count = fs.readSync(this.#fd, bytes, 0, bytes.length, this.#at);
    return this.#moved(count) || null;
  }

  writeSync(bytes: Uint8Array): number {
    return this.#moved(
      fs.writeSync(this.#fd, bytes, 0, bytes.length, this.#at),
    );
  }

  // deno-lint-ignore require-await
  async read(bytes: Uint8Array): Promise<number | null> {
    return this.readSync(bytes);
  }

  // deno-lint-ignore require-await
  async write(bytes: Uint8Array): Promise<number> {
    return this.writeSync(bytes);
  }

  seekSync(offset: number, whence: number): number {
    if (whence !== 0) throw new RangeError("only from the start");
    return this.#at = offset;
  }

  // deno-lint-ignore require-await
  async seek(offset: number, whence: number): Promise<number> {
    return this.seekSync(offset, whence);
  }

  statSync() {
    return fileInfo(fs.fstatSync(this.#fd));
  }

  // deno-lint-ignore require-await
  async stat() {
    return this.statSync();
  }

  // deno-lint-ignore require-await
  async truncate(length = 0): Promise<void> {
    fs.ftruncateSync(this.#fd, length);
  }

  syncSync(): void {
    fs.fsyncSync(this.#fd);
  }

  // deno-lint-ignore require-await
  async syncData(): Promise<void> {
    fs.fdatasyncSync(this.#fd);
  }

  get readable(): ReadableStream<Uint8Array<ArrayBuffer>> {
    return new ReadableStream({
      pull: (controller) => {
        const bytes = new Uint8Array(65_536);
        const count = this.readSync(bytes);
        if (count !== null) return controller.enqueue(bytes.slice(0, count));
        this.close();
        controller.close();
      },
      cancel: () => this.close(),
    });
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    fs.closeSync(this.#fd);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #moved(count: number): number {
    if (this.#at !== null) this.#at += count;
    return count;
  }
}
