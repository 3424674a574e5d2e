/**
 * A machine in a network of its own: itself at 10.231.7.1, a neighbour at 10.231.7.2 that also has a public address, a
 * name server, and a CONNECT proxy on loopback that resolves names itself. Nothing of it is seen from outside.
 *
 * @module
 */
import { createAuthority } from "../../../lib/wire/certificate_authority.ts";
import { missing } from "../scenario.ts";

const root = Deno.uid() === 0;
const UNSHARE = ["unshare", ...root ? [] : ["-r"], "--net", "--mount"];

/** Why there can be none here, or `false`. */
export const noPrivateNetwork: string | false =
  await missing(UNSHARE[0]!, ...UNSHARE.slice(1), "true") ||
  await missing("ip", "-V") || await missing("/usr/bin/python3");

/** Port of the web servers of the machine and of its neighbour; each answers `reached <address>`. */
export const WEB = 8080;
/** Port where the neighbour answers as `lan.example.org` by TLS, with the credential that it was sent. */
export const TLS = 8443;
/** The CONNECT proxy of the machine. */
export const PARENT = "http://127.0.0.1:3129";
/** The machine's own address, the neighbour's private and its public one. */
export const OWN = "10.231.7.1";
export const NEIGHBOUR = "10.231.7.2";
export const PUBLIC = "93.184.216.34";

/**
 * Names of the name server: `lan.example.org` is the neighbour's private address, `public.example.org` its public one,
 * `both.example.org` first the private and then the public one, `flip.example.org` the public one at every odd question
 * and the private one at every even, `late.example.org` none at the first and the private one later, `here.example.org`
 * the machine's own, `six.example.org` a private IPv6 address. With `publicNames: false` only `lan.example.org` is known.
 */
const SERVERS = `
import socket, ssl, struct, sys, threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Web(BaseHTTPRequestHandler):
    def do_GET(self):
        body = ("reached " + self.connection.getsockname()[0]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *args): pass

class Web6(ThreadingHTTPServer):
    address_family = socket.AF_INET6

def web():
    ThreadingHTTPServer(("0.0.0.0", ${WEB}), Web).serve_forever()

def web6():
    Web6(("fd07::2", ${WEB}), Web).serve_forever()

class Key(Web):
    def do_GET(self):
        body = "key {}".format(self.headers["PRIVATE-TOKEN"] or self.headers["Authorization"]).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

def tls():
    server = ThreadingHTTPServer(("0.0.0.0", ${TLS}), Key)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(sys.argv[1] + "/leaf.pem", sys.argv[1] + "/leaf-key.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()

asked = {}
def answer(name):
    asked[name] = asked.get(name, 0) + 1
    odd = asked[name] % 2 == 1
    return {
        "lan.example.org": ["${NEIGHBOUR}"],
        "public.example.org": ["${PUBLIC}"],
        "example.com": ["${PUBLIC}"],
        "both.example.org": ["${NEIGHBOUR}", "${PUBLIC}"],
        "flip.example.org": ["${PUBLIC}" if odd else "${NEIGHBOUR}"],
        "late.example.org": [] if asked[name] == 1 else ["${NEIGHBOUR}"],
        "here.example.org": ["${OWN}"],
    }.get(name, [])

def dns(public):
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 53))
    while True:
        query, client = server.recvfrom(2048)
        at, labels = 12, []
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode().lower())
            at += query[at] + 1
        question = query[12:at + 5]
        kind = struct.unpack(">H", query[at + 1:at + 3])[0]
        name = ".".join(labels)
        known = public or name == "lan.example.org"
        found = []
        if kind == 1 and known:
            found = [socket.inet_aton(one) for one in answer(name)]
        if kind == 28 and known and name == "six.example.org":
            found = [socket.inet_pton(socket.AF_INET6, "fd07::2")]
        head = query[:2] + struct.pack(">HHHHH", 0x8180 if known else 0x8183, 1, len(found), 0, 0)
        records = b"".join(struct.pack(">HHHIH", 0xc00c, kind, 1, 0, len(one)) + one for one in found)
        server.sendto(head + question + records, client)

def pump(a, b):
    try:
        while data := a.recv(65536): b.sendall(data)
        b.shutdown(socket.SHUT_WR)
    except OSError: pass

def tunnel(client):
    head = b""
    while b"\\r\\n\\r\\n" not in head:
        data = client.recv(1)
        if not data: return
        head += data
    host, port = head.split()[1].decode().rsplit(":", 1)
    try:
        # Without a name server of its own it knows one more name.
        host = "${PUBLIC}" if host == "only-proxy.example.org" else host
        server = socket.create_connection((host.strip("[]"), int(port)), 5)
    except OSError:
        client.sendall(b"HTTP/1.1 502 Bad Gateway\\r\\nContent-Length: 0\\r\\n\\r\\n")
        client.close()
        return
    client.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\n")
    threading.Thread(target=pump, args=(server, client), daemon=True).start()
    pump(client, server)

def parent():
    listener = socket.create_server(("127.0.0.1", 3129))
    while True:
        client, _ = listener.accept()
        threading.Thread(target=tunnel, args=(client,), daemon=True).start()

for word in sys.argv[2:]:
    target, args = {
        "web": (web, ()), "web6": (web6, ()), "tls": (tls, ()), "parent": (parent, ()),
        "dns": (dns, (True,)), "dns-lan": (dns, (False,)),
    }[word]
    threading.Thread(target=target, args=args, daemon=True).start()
sys.stdin.read()
`;

/** A running network. */
export interface PrivateNetwork {
  /** What a command begins with that runs on its machine, in a folder. */
  prefix(folder: string): string[];
}

/** Runs `body` with such a network; `publicNames` says whether its name server knows more than `lan.example.org`. */
export async function withPrivateNetwork(
  folder: string,
  { publicNames = true }: { publicNames?: boolean },
  body: (network: PrivateNetwork) => Promise<void>,
): Promise<void> {
  Deno.writeTextFileSync(`${folder}/servers.py`, SERVERS);
  const authority = await createAuthority({ hosts: ["example.org"] });
  const leaf = await authority.leafFor("lan.example.org");
  Deno.writeTextFileSync(`${folder}/leaf.pem`, leaf.certPem);
  Deno.writeTextFileSync(`${folder}/leaf-key.pem`, leaf.keyPem);
  Deno.writeTextFileSync(`${folder}/lan-ca.pem`, authority.caPem);
  Deno.writeTextFileSync(`${folder}/resolv.conf`, "nameserver 127.0.0.1\n");
  Deno.writeTextFileSync(
    `${folder}/hosts`,
    `127.0.0.1 localhost\n${OWN} ${hostname()}\n`,
  );
  const ipv6 = "2>/dev/null || true";
  // The neighbour ends with the machine, and that with its input.
  const script = `
set -e
mount --bind '${folder}/resolv.conf' /etc/resolv.conf
mount --bind '${folder}/hosts' /etc/hosts
ip link set lo up
mkfifo '${folder}/held' '${folder}/served'
unshare --net sh -c 'echo in; cat >/dev/null' <'${folder}/held' >'${folder}/entered' &
exec 9>'${folder}/held'
i=0; until grep -q in '${folder}/entered' 2>/dev/null; do sleep 0.02; i=$((i+1)); [ $i -lt 500 ]; done
neighbour="nsenter -t $! -n"
ip link add lan0 type veth peer name lan1 netns $!
ip addr add ${OWN}/24 dev lan0
ip addr add fd07::1/64 dev lan0 nodad ${ipv6}
ip link set lan0 up
ip route add ${PUBLIC} via ${NEIGHBOUR} 2>/dev/null || ip route add ${PUBLIC} dev lan0
$neighbour sh -c 'ip link set lo up; ip addr add ${NEIGHBOUR}/24 dev lan1; ip addr add ${PUBLIC}/32 dev lan1; ip addr add fd07::2/64 dev lan1 nodad ${ipv6}; ip link set lan1 up'
$neighbour /usr/bin/python3 '${folder}/servers.py' '${folder}' web web6 tls <'${folder}/served' &
exec 8>'${folder}/served'
echo $$
exec 9>&9 /usr/bin/python3 '${folder}/servers.py' '${folder}' web parent ${
    publicNames ? "dns" : "dns-lan"
  }`;
  const child = new Deno.Command(UNSHARE[0]!, {
    args: [...UNSHARE.slice(1), "sh", "-c", script],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.getReader();
  try {
    const { value } = await reader.read();
    const pid = new TextDecoder().decode(value).trim();
    if (!/^\d+$/.test(pid)) throw new Error("the network was not made");
    const prefix = (folder: string) => [
      ...["nsenter", "-t", pid, "-n", "-m", `--wdns=${folder}`],
      ...root ? [] : ["-U", "--preserve-credentials"],
    ];
    await answers(prefix("/"));
    await body({ prefix });
  } finally {
    reader.releaseLock();
    await child.stdout.cancel();
    await child.stdin.close();
    await child.status;
  }
}

/** The name that the machine has. */
export function hostname(): string {
  return Deno.readTextFileSync("/proc/sys/kernel/hostname").trim();
}

/** Waits until the servers of the machine and of its neighbour answer. */
async function answers(prefix: readonly string[]): Promise<void> {
  const [program, ...args] = prefix;
  const ask =
    `i=0; until curl -sf -m 2 http://${NEIGHBOUR}:${WEB}/ >/dev/null &&
    curl -sf -m 2 http://${PUBLIC}:${WEB}/ >/dev/null && curl -sf -m 2 http://${OWN}:${WEB}/ >/dev/null &&
    curl -sf -m 2 -p -x ${PARENT} http://lan.example.org:${WEB}/ >/dev/null
    do sleep 0.1; i=$((i+1)); [ $i -lt 100 ] || exit 1; done`;
  const { success, stderr } = await new Deno.Command(program!, {
    args: [...args, "sh", "-c", ask],
  }).output();
  if (!success) {
    throw new Error(
      `the network does not answer: ${new TextDecoder().decode(stderr)}`,
    );
  }
}
