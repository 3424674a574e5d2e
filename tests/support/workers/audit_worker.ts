// One process of the audit tests: records a number of events under its name, in batches of several sizes.
import { auditFile } from "../../../lib/host/home/audit_file.ts";
import { AuditLog } from "../../../lib/audit/audit_log.ts";

const [home, name, times] = Deno.args;
const log = new AuditLog(auditFile(home!, `${home}/audit.log`), {
  now: () => Date.now(),
});
for (let at = 0; at < Number(times); at++) {
  log.record({
    event: "inject",
    profile: "default",
    ok: true,
    detail: `${name}/${at}`,
  });
  if (at % 5 === 0) await log.flush();
}
await log.flush();
console.log("done");
