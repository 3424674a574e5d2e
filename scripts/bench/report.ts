/** The tables: absolute numbers, authsome against each other way, and the targets. @module */
import type { Measured, Subject } from "./measure.ts";
import type { Startup } from "./startup.ts";
import { median, paired, short, spread, table } from "./statistics.ts";

type Metric = keyof Measured;

/** Title, and the value of one repetition given the direct way's repetition next to it. */
interface Row {
  title: string;
  value: (own: Measured, direct: Measured) => number;
}

const take = (metric: Metric) => (own: Measured) => own[metric];
const added = (metric: Metric) => (own: Measured, direct: Measured) =>
  own === direct ? NaN : own[metric] - direct[metric];

const ROWS: Row[] = [
  { title: "requests/s, 1 connection", value: take("rate1") },
  { title: "requests/s, 32 connections", value: take("rate32") },
  { title: "p50 ms, 1 connection", value: take("p50At1") },
  { title: "added p50 ms, 1 connection", value: added("p50At1") },
  { title: "added p99 ms, 1 connection", value: added("p99At1") },
  { title: "added p50 ms, 32 connections", value: added("p50At32") },
  { title: "added p99 ms, 32 connections", value: added("p99At32") },
  { title: "new tunnels/s", value: take("tunnelRate") },
  { title: "100 MiB download, MB/s", value: take("downloadRate") },
  { title: "proxy CPU µs/request", value: take("cpuMicroseconds") },
  { title: "resident MB, idle", value: take("idleMegabytes") },
  { title: "resident MB, peak", value: take("peakMegabytes") },
];

const RATIOS: [title: string, metric: Metric][] = [
  ["requests/s, 1 connection", "rate1"],
  ["requests/s, 32 connections", "rate32"],
  ["new tunnels/s", "tunnelRate"],
  ["100 MiB download", "downloadRate"],
  ["proxy CPU/request", "cpuMicroseconds"],
  ["resident memory, peak", "peakMegabytes"],
];

/** Every metric of every way: median and range. The first of `subjects` is the direct way. */
export function absolutes(subjects: Subject[]): string {
  const direct = subjects[0]!.repetitions;
  const rows = ROWS.map(({ title, value }) => [
    title,
    ...subjects.map(({ repetitions }) => {
      const values = repetitions.map((own, index) => value(own, direct[index]!))
        .filter((each) => !Number.isNaN(each));
      return spread(values, short);
    }),
  ]);
  return table([["", ...subjects.map(({ way }) => way.name)], ...rows]);
}

/** `subject` over each of `others`, from repetitions that ran next to each other: median and range. */
export function ratios(subject: Subject, others: Subject[]): string {
  const rows = RATIOS.map(([title, metric]) => [
    title,
    ...others.map((other) =>
      spread(ratio(subject, other, metric).filter(Number.isFinite), short)
    ),
  ]);
  const header = [
    `${subject.way.name} ÷`,
    ...others.map(({ way }) => way.name),
  ];
  return table([header, ...rows]);
}

function ratio(subject: Subject, other: Subject, metric: Metric): number[] {
  return paired(
    subject.repetitions.map(take(metric)),
    other.repetitions.map(take(metric)),
    (a, b) => a / b,
  );
}

/** What authsome promises itself, and whether this run kept it. */
export function targets(
  authsome: Subject,
  { direct, squid, mitmproxy }: Record<string, Subject>,
  { emptyRatio, runMilliseconds, ...startup }: Omit<Startup, "table">,
): string {
  const addedP50 = median(paired(
    authsome.repetitions.map(take("p50At1")),
    direct!.repetitions.map(take("p50At1")),
    (a, b) => a - b,
  ));
  const rows: [string, number, (value: number) => boolean][] = [
    [
      "requests/s over 32 connections ≥ 15 × mitmproxy",
      median(ratio(authsome, mitmproxy!, "rate32")),
      (value) => value >= 15,
    ],
    [
      "requests/s over 32 connections ≥ 1.0 × squid",
      median(ratio(authsome, squid!, "rate32")),
      (value) => value >= 1,
    ],
    [
      "added p50 over 1 connection ≤ 0.3 ms",
      addedP50,
      (value) => value <= 0.3,
    ],
    [
      "`--version`, `list`, `get` ≤ 2.0 × an empty Deno program",
      emptyRatio,
      (value) => value <= 2,
    ],
    ["`run -- true` < 150 ms", runMilliseconds, (value) => value < 150],
    [
      "`run --sandbox -- true` ≤ 1.3 × (`run -- true` + bare `bwrap` + its network)",
      startup.sandboxRatio,
      (value) => value <= 1.3,
    ],
    [
      "`run --sandbox -- true` ≤ 1.3 × (`run -- true` + bare `bwrap`)",
      startup.sandboxRatioWithoutNetwork,
      (value) => value <= 1.3,
    ],
  ];
  return table([
    ["target", "measured", "met"],
    ...rows.map(([title, value, kept]) => [
      title,
      short(value),
      kept(value) ? "yes" : "no",
    ]),
  ]);
}
