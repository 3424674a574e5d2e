// What a command in the sandbox does to the kernel and its file systems. Real bubblewrap.
import { expect } from "expect";
import { findProgram } from "../../lib/host/run/programs.ts";
import {
  attack,
  noPython,
  printed,
  py,
} from "../support/sandbox/sandbox_attack.ts";
import { cliCommand } from "../support/program.ts";
import { missing, spawn } from "../support/scenario.ts";

/** Opens for writing whatever can be, and writes nothing; a process's own files are its own. */
const OPEN_ALL = py(`
import os, stat
opened = []
for root in ("/proc", "/sys", "/dev"):
    for folder, folders, names in os.walk(root):
        if folder == "/proc":
            folders[:] = [name for name in folders if not name.isdigit() and name not in ("self", "thread-self")]
        for name in names:
            path = folder + "/" + name
            try:
                if not stat.S_ISREG(os.lstat(path).st_mode) and not folder.startswith("/dev"):
                    continue
                os.close(os.open(path, os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_NOFOLLOW))
                opened.append(path)
            except OSError:
                pass
print("\\n".join(sorted(opened)))`);
/** Devices of a program, which keep nothing. */
const DEVICES = [
  ...["/dev/full", "/dev/null", "/dev/pts/ptmx", "/dev/random"],
  ...["/dev/tty", "/dev/urandom", "/dev/zero"],
];

attack(
  "opening files of the kernel for writing, as root as well",
  async (sandbox) => {
    for (
      const options of [[], ["--no-network"], ["--allow-write", "/"]]
    ) {
      const opened = (await printed(sandbox, OPEN_ALL, { options }))
        .split("\n");
      expect([
        options,
        opened.filter((path) =>
          !DEVICES.includes(path) && !/^\/dev\/pts\/\d+$/.test(path)
        ),
      ]).toEqual([options, []]);
      expect(opened).toContain("/dev/null");
    }
    // By name, should the walk ever miss them.
    const names = [
      ...["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/hostname"],
      ...["/proc/sys/vm/drop_caches", "/proc/sysrq-trigger", "/proc/mtrr"],
      ...["/proc/irq/default_smp_affinity", "/proc/pressure/cpu"],
      ...["/sys/kernel/mm/ksm/run", "/sys/power/state"],
    ];
    const script = names.map((name) =>
      `( : >> ${name} ) 2>/dev/null && echo ${name}`
    ).join("; ");
    expect(await printed(sandbox, `${script}; true`)).toBe("");
  },
  noPython,
);

attack("reading what the kernel knows of others", async (sandbox) => {
  const script = [
    ...["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/latency_stats"],
    ...["/proc/sched_debug"],
  ].map((path) => `head -c 1 ${path} 2>/dev/null`).concat(
    [
      ...["/proc/acpi", "/proc/scsi", "/proc/asound", "/sys/firmware"],
      ...["/sys/kernel/debug", "/sys/kernel/tracing", "/sys/fs/pstore"],
      ...["/sys/devices/virtual/powercap", "/proc/sys/fs/binfmt_misc"],
    ].map((path) => `ls -A ${path} 2>/dev/null`),
  ).join("; ");
  expect(await printed(sandbox, `${script}; true`)).toBe("");
  // What programs read and write of their own is there.
  expect(
    await printed(
      sandbox,
      "cat /proc/sys/kernel/ostype /proc/sys/net/ipv4/ip_forward >/dev/null && cat /proc/self/oom_score_adj >/dev/null && echo name > /proc/self/comm && cat /proc/self/comm && head -1 /proc/meminfo >/dev/null && ls /sys/devices/system/cpu >/dev/null && readlink /proc/self/exe",
    ),
  ).toMatch(/\n\/.*readlink|\n\/.*/);
});

attack(
  "a file system that is mounted outside while the command runs",
  async (sandbox) => {
    const { work, env } = sandbox;
    Deno.mkdirSync(`${sandbox.folder}/mounted`);
    // A machine whose mounts are shared, as systemd's are; it ends with the process.
    const script = `
      (i=0; while [ ! -e '${work}/ready' ] && [ $i -lt 400 ]; do sleep 0.05; i=$((i+1)); done
       mount -t tmpfs none '${sandbox.folder}/mounted'; : > '${work}/mounted') &
      exec "$@"`;
    const inside =
      `: > ready; i=0; while [ ! -e mounted ] && [ $i -lt 400 ]; do sleep 0.05; i=$((i+1)); done
       touch '${sandbox.folder}/mounted/x' 2>/dev/null && echo written; echo done`;
    for (const options of [[], ["--no-network"]]) {
      const ended = await spawn(
        [
          ...["unshare", "--user", "--map-root-user"],
          ...["--mount", "--propagation", "shared"],
          ...["sh", "-c", script, "sh"],
          ...cliCommand("run", "--sandbox", ...options, "--"),
          ...["sh", "-c", inside],
        ],
        env,
        undefined,
        work,
      );
      expect([options, ended.code, ended.stdout])
        .toEqual([options, 0, "done\n"]);
      for (const name of ["ready", "mounted"]) {
        Deno.removeSync(`${work}/${name}`);
      }
    }
  },
  await missing("unshare", "--user", "--map-root-user", "--mount", "true"),
);

attack(
  "where the system makes no mounts of its own for it, the sandbox is begun without",
  async (sandbox) => {
    const { work, env } = sandbox;
    const program = Deno.realPathSync(findProgram("unshare", Deno.env)!);
    const old = `${sandbox.folder}/unshare`;
    // As one of util-linux 2.35 does, and as a system does that lets only bubblewrap.
    Deno.writeTextFileSync(
      old,
      "#!/bin/sh\necho \"unshare: unrecognized option '$2'\" >&2\nexit 1\n",
      { mode: 0o755 },
    );
    for (const other of [old, "/dev/null"]) {
      for (const options of [[], ["--no-network"]]) {
        const ended = await spawn(
          [
            ...["unshare", "--user", "--map-root-user"],
            ...["--mount", "--propagation", "shared", "sh", "-c"],
            `mount --bind '${other}' '${program}'; exec "$@"`,
            ...["sh", ...cliCommand("run", "--sandbox", ...options, "--")],
            ...["sh", "-c", "cat; echo done; exit 3"],
          ],
          env,
          "input ",
          work,
        );
        expect([other, options, ended]).toEqual([other, options, {
          code: 3,
          stdout: "input done\n",
          stderr: "",
        }]);
      }
    }
  },
  await missing("unshare", "--user", "--map-root-user", "--mount", "true"),
);
