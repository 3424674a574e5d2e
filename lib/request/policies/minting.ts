/** @module */
import { mintedByHead, mintingRefusal } from "../minting/minting.ts";
import type { Policy } from "./policy.ts";

/** A credential that is made for the command would work outside of the run, and after it. */
export const mintingPolicy: Policy = ({ decision, mints, head }) => {
  if (decision.kind !== "route" || decision.route.mayMint) return undefined;
  const rule = mintedByHead(mints, head);
  return rule && mintingRefusal(decision.route, rule.reason);
};
