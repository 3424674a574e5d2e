/** Far more than a chain of promises that are already resolved needs. */
const LIMIT = 50;

/**
 * Whether what `start` returns settles in microtasks alone: without a timer, the network, or another turn of the event
 * loop.
 */
export async function settlesWithoutWaiting(
  start: () => Promise<unknown>,
): Promise<boolean> {
  let settled = false;
  const done = () => void (settled = true);
  start().then(done, done);
  for (let turns = 0; turns < LIMIT && !settled; turns++) {
    await Promise.resolve();
  }
  return settled;
}
