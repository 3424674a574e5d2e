/** When rules hold. @module */
import type { TimeWindow } from "../rule.ts";

/** The days as rules name them, Sunday first, as `Date` counts. */
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] as const;

/** Whether `now`, epoch milliseconds, is inside of `window`, in the local time of the machine. */
export function isWithin(window: TimeWindow, now: number): boolean {
  const date = new Date(now);
  const minute = date.getHours() * 60 + date.getMinutes();
  const from = minutesOf(window.from) ?? 0;
  const to = minutesOf(window.to) ?? 1440;
  const days = window.days ?? DAYS;
  const today = days.includes(DAYS[date.getDay()]!);
  if (from < to) return today && minute >= from && minute < to;
  // Over midnight: the hours after it belong to the day before.
  const yesterday = days.includes(DAYS[(date.getDay() + 6) % 7]!);
  return today && minute >= from || yesterday && minute < to;
}

function minutesOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const [hours, minutes] = text.split(":");
  return Number(hours) * 60 + Number(minutes);
}
