/** What the answers of models cost, for the limits of a run. @module */
import type {
  ControlledRequest,
  Passage,
} from "../../request/control/control.ts";
import { spendPassage } from "../../spend/spend_passage.ts";

/** Adds the US dollars that the answer to `request` costs, when it is over; `undefined` if no model answers it. */
export function modelSpend(
  { authority, head }: ControlledRequest,
  add: (usd: number) => void,
): Passage | undefined {
  return spendPassage(
    { host: authority.host, path: head.target, method: head.method },
    ({ usd }) => add(usd),
  );
}
