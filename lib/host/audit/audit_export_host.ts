/** What the export of the audit log asks of this machine. @module */
import { hostname } from "node:os";
import { setTimeout as later } from "node:timers";
import type { AuditExportHost } from "../../ports/audit_export.ts";
import type { Env } from "../../ports/system.ts";
import { writeFileAtomic } from "../home/atomic_file.ts";
import { tryLock } from "../home/lock.ts";
import { ensurePrivateFolder, refuseUnsafeFile } from "../home/private_file.ts";
import { syslogSender } from "./syslog_sender.ts";

/** For the home at `home`: `audit-export.<destination>.json` is the cursor of a destination, `….lock` is held by who sends to it. */
export function auditExportHost(
  home: string,
  env: Env,
): AuditExportHost {
  return {
    hostName: () => hostname(),
    cursor(destination) {
      const path = `${home}/audit-export.${destination}.json`;
      return {
        // deno-lint-ignore require-await
        async read() {
          try {
            refuseUnsafeFile(path);
            return Deno.readTextFileSync(path);
          } catch (error) {
            if (error instanceof Deno.errors.NotFound) return undefined;
            throw error;
          }
        },
        // deno-lint-ignore require-await
        async write(text) {
          writeFileAtomic(path, text, 0o600);
        },
        // deno-lint-ignore require-await
        async tryLock() {
          ensurePrivateFolder(home);
          return tryLock(`${home}/audit-export.${destination}.lock`);
        },
      };
    },
    after(milliseconds, work) {
      const timer = later(work, milliseconds);
      timer.unref();
      return () => clearTimeout(timer);
    },
    syslog: syslogSender(env),
  };
}
