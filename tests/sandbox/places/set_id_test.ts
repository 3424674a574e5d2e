// Set-user-ID and set-group-ID files, which would be the command's way to somebody else's rights later. Real bubblewrap.
import { expect } from "expect";
import { type Sandbox, sandboxTest } from "../../support/sandbox/sandbox.ts";
import { missing } from "../../support/scenario.ts";

const PYTHON = "/usr/bin/python3";
const python = await missing(PYTHON);

function attack(
  name: string,
  body: (sandbox: Sandbox) => Promise<void>,
  needs: string | false = python,
) {
  const handler = () => new Response("ok");
  sandboxTest(name, { groq: "gsk_canary" }, [], handler, body, needs);
}

/** Files below `folder` with one of the two bits, and folders with it. */
function withSetId(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) => {
    const path = `${folder}/${name}`;
    return [
      ...(Deno.lstatSync(path).mode! & 0o6000 ? [path] : []),
      ...(isDirectory ? withSetId(path) : []),
    ];
  });
}

// Each line is one try; a name is said when the kernel took it. None may be.
const TRIES = `
import ctypes, os, struct
libc = ctypes.CDLL(None, use_errno=True)
x86 = os.uname().machine == "x86_64"
open("there", "w").close()
os.mkdir("folder")
fd = os.open("there", os.O_RDWR)
here = os.open(".", os.O_RDONLY)
def call(number, *args):
    if libc.syscall(number, *args) < 0:
        raise OSError(ctypes.get_errno(), "")
tries = {}
for bits in (0o4755, 0o2755, 0o6777, 0o4000):
    tries[f"chmod {bits:o}"] = lambda bits=bits: os.chmod("there", bits)
    tries[f"fchmod {bits:o}"] = lambda bits=bits: os.fchmod(fd, bits)
    tries[f"fchmodat {bits:o}"] = lambda bits=bits: os.chmod("there", bits, dir_fd=here)
    tries[f"fchmodat2 {bits:o}"] = lambda bits=bits: call(452, here, b"there", bits, 0)
    tries[f"folder {bits:o}"] = lambda bits=bits: os.chmod("folder", bits)
    tries[f"proc {bits:o}"] = lambda bits=bits: os.chmod(f"/proc/self/fd/{fd}", bits)
    tries[f"openat {bits:o}"] = lambda bits=bits: os.open(f"openat{bits:o}", os.O_CREAT | os.O_WRONLY, bits)
    tries[f"mknod {bits:o}"] = lambda bits=bits: os.mknod(f"mknod{bits:o}", 0o100000 | bits)
    tries[f"mknodat {bits:o}"] = lambda bits=bits: os.mknod(f"mknodat{bits:o}", 0o100000 | bits, dir_fd=here)
    tries[f"openat2 {bits:o}"] = lambda bits=bits: call(437, here, f"openat2{bits:o}".encode(), struct.pack("QQQ", os.O_CREAT | os.O_WRONLY, bits, 0), 24)
    def unnamed(bits=bits):
        file = os.open(".", os.O_TMPFILE | os.O_RDWR, bits)
        if not os.fstat(file).st_mode & 0o6000:
            raise OSError
    tries[f"O_TMPFILE {bits:o}"] = unnamed
    if x86:
        tries[f"open {bits:o}"] = lambda bits=bits: call(2, f"open{bits:o}".encode(), os.O_CREAT | os.O_WRONLY, bits)
        tries[f"creat {bits:o}"] = lambda bits=bits: call(85, f"creat{bits:o}".encode(), bits)
        # The kernel reads the lower half of an argument alone.
        tries[f"high {bits:o}"] = lambda bits=bits: call(90, b"there", ctypes.c_ulong(bits | 1 << 40))
    tries[f"x32 {bits:o}"] = lambda bits=bits: call(0x40000000 + 90, b"there", bits)
os.umask(0)
for name, attempt in tries.items():
    try:
        attempt()
        print(name)
    except OSError:
        pass
print("done")
`;

attack("making set-user-ID and set-group-ID files", async (sandbox) => {
  const { work } = sandbox;
  const { code, stdout, stderr } = await sandbox.inside([PYTHON, "-c", TRIES]);
  expect([code, stdout, stderr]).toEqual([0, "done\n", ""]);
  expect(withSetId(work)).toEqual([]);
});

attack("the same by ordinary programs", async (sandbox) => {
  const { work } = sandbox;
  const source = `${work}/source`;
  Deno.writeTextFileSync(source, "#!/bin/sh\n", { mode: 0o755 });
  const { stdout } = await sandbox.sh(`
    chmod u+s source 2>/dev/null && echo chmod
    chmod 2755 source 2>/dev/null && echo chmod-g
    install -m 4755 source installed 2>/dev/null && echo install
    mkdir -m 6755 folder 2>/dev/null && echo mkdir
    setcap cap_setuid+ep source 2>/dev/null && echo setcap
    ${PYTHON} -c '
import os, struct
# A capability of version 2, as setcap(8) writes it, and one of version 3 for the user 0 of this namespace.
for tail in (b"", struct.pack("<I", 0)):
    data = struct.pack("<IIIII", (0x03000001 if tail else 0x02000001), 1 << 7, 0, 0, 0) + tail
    try:
        os.setxattr("source", "security.capability", data)
        print("capability")
    except OSError:
        pass'
    perl -e 'chmod 04755, "source" and print "perl\\n"' 2>/dev/null
    echo done`);
  expect(stdout).toBe("done\n");
  expect(withSetId(work)).toEqual([]);
});

attack(
  "an archive with such files in it leaves the bits behind",
  async (sandbox) => {
    const { work } = sandbox;
    // Made outside, where the bits can be set.
    const script = `
import io, os, tarfile
archive = tarfile.open("${work}/a.tar", "w")
for name, mode in (("plain", 0o644), ("program", 0o755), ("setuid", 0o4755), ("setgid", 0o2755)):
    entry = tarfile.TarInfo(name)
    entry.mode, entry.size = mode, 1
    archive.addfile(entry, io.BytesIO(b"x"))
archive.close()`;
    const made = await new Deno.Command(PYTHON, { args: ["-c", script] })
      .output();
    expect(made.success).toBe(true);
    const { stdout } = await sandbox.sh(
      `mkdir a b c; tar -xf a.tar -C a 2>/dev/null; tar -xpf a.tar -C b 2>/dev/null
       ${PYTHON} -c 'import tarfile; tarfile.open("a.tar").extractall("c", filter="fully_trusted")' 2>/dev/null
       ls a; stat -c %a a/program b/plain`,
    );
    expect(stdout).toBe("plain\nprogram\nsetgid\nsetuid\n755\n644\n");
    expect(withSetId(work)).toEqual([]);
  },
  python || await missing("tar"),
);

attack("ordinary modes are set as ever", async (sandbox) => {
  const { stdout, code } = await sandbox.inside([
    PYTHON,
    "-c",
    `
import ctypes, os, stat
os.umask(0)
def mode(path): return f"{stat.S_IMODE(os.stat(path).st_mode):o}"
os.close(os.open("opened", os.O_CREAT | os.O_WRONLY, 0o640))
os.mkdir("folder", 0o1777)
os.chmod("folder", 0o1770)
os.mknod("node", 0o100600)
os.mkfifo("fifo", 0o660)
print(mode("opened"), mode("folder"), mode("node"), mode("fifo"))
# Without O_CREAT nobody looks at the mode, and some programs pass what they find.
libc = ctypes.CDLL(None, use_errno=True)
number = {"x86_64": 257, "aarch64": 56}[os.uname().machine]
print(libc.syscall(number, -100, b"opened", os.O_RDONLY, 0o7777) > 0)`,
  ]);
  expect([code, stdout]).toEqual([0, "640 1770 600 660\nTrue\n"]);
});
