// One process of the rotation tests: records events under its name with a vault open, files set aside at so many bytes,
// and prints each name once it is on disk.
import { withBroker } from "../connected.ts";

const [home, name, times] = Deno.args;
await withBroker(home!, async (broker) => {
  await broker.vault();
  for (let at = 0; at < Number(times); at++) {
    const detail = `${name}/${at}`;
    broker.audit.record({
      ...{ event: "inject", profile: "default", ok: true, detail },
    });
    // Of many processes on a busy machine, one may not get the lock in time; the event is kept.
    for (let tries = 0;; tries++) {
      try {
        await broker.audit.flush();
        break;
      } catch (error) {
        if (tries === 9) throw error;
      }
    }
    console.log(detail);
  }
});
