/**
 * The error classes of Deno that the adapters ask for, as questions about the code of a system error: what Node throws
 * is passed on as it is.
 *
 * @module
 */

function systemError(name: string, ...codes: string[]) {
  return class extends Error {
    static override readonly name = name;
    static override [Symbol.hasInstance](value: unknown): boolean {
      return value instanceof Error &&
        codes.includes(String((value as { code?: unknown }).code));
    }
  };
}

/** As `Deno.errors`. */
export const errors = {
  AddrInUse: systemError("AddrInUse", "EADDRINUSE"),
  AlreadyExists: systemError("AlreadyExists", "EEXIST"),
  BrokenPipe: systemError("BrokenPipe", "EPIPE"),
  ConnectionRefused: systemError("ConnectionRefused", "ECONNREFUSED"),
  ConnectionReset: systemError("ConnectionReset", "ECONNRESET"),
  IsADirectory: systemError("IsADirectory", "EISDIR"),
  NotADirectory: systemError("NotADirectory", "ENOTDIR"),
  NotFound: systemError("NotFound", "ENOENT"),
  PermissionDenied: systemError("PermissionDenied", "EACCES", "EPERM"),
};
