/**
 * A seccomp filter for bubblewrap: the system calls that a developer's program never needs and that would lead out of
 * the sandbox or deep into the kernel. A classic BPF program over `struct seccomp_data` (seccomp(2)).
 *
 * @module
 */

/** Machines that the filter is known for. */
export type Architecture = "x86_64" | "aarch64";

const EPERM = 1;
const ENOSYS = 38;
const CLONE_NEWUSER = 0x1000_0000;
/** Types characters into the terminal, as the person would. */
const TIOCSTI = 0x5412;
/** Does the same by way of the console's selection. */
const TIOCLINUX = 0x541c;

/** Sockets with a name in the file system, which no network namespace covers. */
const AF_UNIX = 1;
/** Sockets between a virtual machine and its host, which no network namespace covers either. */
const AF_VSOCK = 40;

/** `S_ISUID | S_ISGID`: who starts such a file becomes its owner, or joins its group. */
const SET_ID = 0o6000;
/** `O_CREAT | __O_TMPFILE`: without either of them a mode is not looked at, and may be anything. */
const CREATES = 0o100 | 0o20_000_000;

/** A call that sets the mode of a file: at which place its mode is, and the flags that must hold {@linkcode CREATES}. */
type ModeCall = readonly [nr: number, mode: number, flags?: number];

/** Audit number, and system calls by name, where the two machines differ. */
const MACHINES: Record<
  Architecture,
  {
    audit: number;
    calls: Record<string, number>;
    modes: readonly ModeCall[];
  }
> = {
  x86_64: {
    audit: 0xc000_003e,
    calls: {
      ioctl: 16,
      socket: 41,
      clone: 56,
      acct: 163,
      mount: 165,
      umount2: 166,
      pivot_root: 155,
      chroot: 161,
      quotactl: 179,
      init_module: 175,
      delete_module: 176,
      finit_module: 313,
      kexec_load: 246,
      kexec_file_load: 320,
      add_key: 248,
      request_key: 249,
      keyctl: 250,
      unshare: 272,
      setns: 308,
      perf_event_open: 298,
      bpf: 321,
      userfaultfd: 323,
    },
    modes: [
      [2, 2, 1], // open
      [85, 1], // creat
      [257, 3, 2], // openat
      [90, 1], // chmod
      [91, 1], // fchmod
      [268, 2], // fchmodat
      [133, 1], // mknod
      [259, 2], // mknodat
    ],
  },
  aarch64: {
    audit: 0xc000_00b7,
    calls: {
      ioctl: 29,
      socket: 198,
      clone: 220,
      acct: 89,
      mount: 40,
      umount2: 39,
      pivot_root: 41,
      chroot: 51,
      quotactl: 60,
      init_module: 105,
      delete_module: 106,
      finit_module: 273,
      kexec_load: 104,
      kexec_file_load: 294,
      add_key: 217,
      request_key: 218,
      keyctl: 219,
      unshare: 97,
      setns: 268,
      perf_event_open: 241,
      bpf: 280,
      userfaultfd: 282,
    },
    modes: [
      [56, 3, 2], // openat
      [52, 1], // fchmod
      [53, 2], // fchmodat
      [33, 2], // mknodat
    ],
  },
};

/** Newer calls have one number on every machine. Programs fall back to older ones when these are not there. */
const NOT_THERE: readonly number[] = [
  425, // io_uring_setup
  426, // io_uring_enter
  427, // io_uring_register
  428, // open_tree
  429, // move_mount
  430, // fsopen
  431, // fsconfig
  432, // fsmount
  433, // fspick
  435, // clone3: its flags lie in memory, where a filter cannot look
  437, // openat2: the mode of what it makes lies in memory too
  442, // mount_setattr
];
/** Has one number on every machine, too. */
const FCHMODAT2: ModeCall = [452, 2];

const LOAD = 0x20;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const JUMP_ANY_BIT = 0x45;
const RETURN = 0x06;
const ALLOW = 0x7fff_0000;
const ERRNO = 0x0005_0000;
const KILL_PROCESS = 0x8000_0000;

type Instruction = readonly [
  code: number,
  jumpTrue: number,
  jumpFalse: number,
  k: number,
];

/**
 * The filter as bubblewrap reads it from `--seccomp`: 8 bytes an instruction, little-endian.
 *
 * @param unixSockets whether sockets of this kind can be made; pairs that are connected from the start always can.
 */
export function seccompFilter(
  architecture: Architecture,
  { unixSockets }: { unixSockets: boolean },
): Uint8Array {
  const { audit, calls, modes } = MACHINES[architecture];
  const { ioctl, socket, clone, unshare, ...refused } = calls;
  const program: Instruction[] = [
    [LOAD, 0, 0, 4],
    // Another machine's numbers (32-bit programs) would mean other calls.
    [JUMP_EQUAL, 1, 0, audit],
    [RETURN, 0, 0, KILL_PROCESS],
    [LOAD, 0, 0, 0],
    // The x32 calls of x86_64.
    [JUMP_AT_LEAST, 0, 1, 0x4000_0000],
    [RETURN, 0, 0, ERRNO | ENOSYS],
    ...Object.values(refused).flatMap((nr) => answer(nr, EPERM)),
    ...NOT_THERE.flatMap((nr) => answer(nr, ENOSYS)),
    ...argument(clone!, 0, [[JUMP_ANY_BIT, CLONE_NEWUSER]]),
    ...argument(unshare!, 0, [[JUMP_ANY_BIT, CLONE_NEWUSER]]),
    ...argument(socket!, 0, [
      [JUMP_EQUAL, AF_VSOCK],
      ...unixSockets ? [] : [[JUMP_EQUAL, AF_UNIX] as const],
    ]),
    ...[...modes, FCHMODAT2].flatMap(setId),
    ...argument(ioctl!, 1, [[JUMP_EQUAL, TIOCSTI], [JUMP_EQUAL, TIOCLINUX]]),
    [RETURN, 0, 0, ALLOW],
  ];
  const bytes = new DataView(new ArrayBuffer(program.length * 8));
  program.forEach(([code, jumpTrue, jumpFalse, k], at) => {
    bytes.setUint16(at * 8, code, true);
    bytes.setUint8(at * 8 + 2, jumpTrue);
    bytes.setUint8(at * 8 + 3, jumpFalse);
    bytes.setUint32(at * 8 + 4, k >>> 0, true);
  });
  return new Uint8Array(bytes.buffer);
}

function answer(nr: number, errno: number): Instruction[] {
  return [[JUMP_EQUAL, 0, 1, nr], [RETURN, 0, 0, ERRNO | errno]];
}

/** Refuses a call that would make a set-user-ID or set-group-ID file. The kernel itself ignores the bits of mkdir(2). */
function setId([nr, mode, flags]: ModeCall): Instruction[] {
  const body: Instruction[] = [
    ...(flags === undefined ? [] : [
      [LOAD, 0, 0, 16 + 8 * flags],
      // Else to the end, which allows.
      [JUMP_ANY_BIT, 0, 3, CREATES],
    ] satisfies Instruction[]),
    [LOAD, 0, 0, 16 + 8 * mode],
    [JUMP_ANY_BIT, 0, 1, SET_ID],
    [RETURN, 0, 0, ERRNO | EPERM],
    [RETURN, 0, 0, ALLOW],
  ];
  return [[JUMP_EQUAL, 0, body.length, nr], ...body];
}

/**
 * Refuses call `nr` if one of `tests` holds for its argument. Only the lower half is looked at: the kernel reads no
 * more of these.
 */
function argument(
  nr: number,
  index: number,
  tests: readonly (readonly [code: number, value: number])[],
): Instruction[] {
  const body: Instruction[] = [
    [LOAD, 0, 0, 16 + 8 * index],
    ...tests.flatMap(([code, value]): Instruction[] => [
      [code, 0, 1, value],
      [RETURN, 0, 0, ERRNO | EPERM],
    ]),
    [RETURN, 0, 0, ALLOW],
  ];
  return [[JUMP_EQUAL, 0, body.length, nr], ...body];
}
