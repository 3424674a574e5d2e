// The helper for Node and Bun, on each version that is there: real programs, which connect in every way there is.
import { expect } from "expect";
import { connect, createServer, type Server, type Socket } from "node:net";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { installShims } from "../../../lib/host/run/shim_files.ts";
import { NODE_SHIM } from "../../../lib/run/shims/node_shim.ts";
import { missing, spawn, withScenario } from "../../support/scenario.ts";
import {
  type LocalApi,
  startLocalApi,
} from "../../support/servers/local_api.ts";

const NODES = [
  "AUTHSOME_TEST_NODE_TOO_OLD",
  "AUTHSOME_TEST_NODE_OLDEST",
  "AUTHSOME_TEST_NODE",
].map((variable) => {
  const node = Deno.env.get(variable);
  return {
    name: variable,
    node: node ?? "",
    skip: !node && `${variable} names no Node`,
  };
});
const BUN = Deno.env.get("AUTHSOME_TEST_BUN") ?? "bun";
const RUNTIMES = [
  ...NODES,
  { name: "Bun", node: BUN, skip: await missing(BUN) },
];

const KEY = `sk-${"o1".repeat(20)}`;
const SENT = "Bearer authsome-proxy-managed";
/** What a program starts with: `say(name, answer)` prints whose credential the API saw. */
const HEAD = `
const SENT = ${JSON.stringify(SENT)};
const URL_ = "https://api.openai.com/v1/models";
const headers = { authorization: SENT };
const https = require("https"), tls = require("tls"), net = require("net");
const say = (name, answer) => console.log(name, answer);
const get = (options) => new Promise((resolve, reject) => {
  https.get(options, (response) => {
    let text = "";
    response.on("data", (chunk) => text += chunk);
    response.on("end", () => resolve(text));
  }).on("error", reject);
});
const raw = (socket) => new Promise((resolve, reject) => {
  let text = "";
  socket.on("secureConnect", () => socket.write(
    "GET /v1/models HTTP/1.1\\r\\nHost: api.openai.com\\r\\nConnection: close\\r\\n" +
    "Authorization: " + SENT + "\\r\\n\\r\\n"));
  socket.on("data", (chunk) => text += chunk);
  socket.on("end", () => resolve(text.split("\\r\\n\\r\\n")[1]));
  socket.on("error", reject);
});
const main = (body) => body().catch((error) => {
  console.log("failed", error.code, error.message);
  process.exitCode = 1;
});
`;

/** Every way of connecting. Nothing ends the program: what stays open must not keep it. */
const EVERY_WAY = `${HEAD}
main(async () => {
  say("https", await get({ host: "api.openai.com", path: "/v1/models", headers }));
  const agent = new https.Agent({ keepAlive: true });
  for (const at of [1, 2]) {
    say("own agent " + at, await get({ host: "api.openai.com", path: "/", headers, agent }));
  }
  say("tls", await raw(tls.connect(443, "api.openai.com")));
  say("tls by options", await raw(tls.connect({ port: "443", host: "api.openai.com" })));
  const { connect } = await import("node:tls");
  say("tls as a module", await raw(connect({ port: 443, host: "api.openai.com" })));
  const session = require("http2").connect("https://api.openai.com");
  const stream = session.request({ ":path": "/v1/models", authorization: SENT });
  let text = "";
  for await (const chunk of stream) text += chunk;
  session.close();
  say("http2", text);
  say("fetch", await (await fetch(URL_, { headers })).text());
  const proxy = new URL(process.env.HTTPS_PROXY);
  const basic = "Basic " + Buffer.from(proxy.username + ":" + proxy.password).toString("base64");
  say("in the clear", await new Promise((resolve, reject) => {
    require("http").get({
      host: proxy.hostname, port: proxy.port, path: URL_,
      headers: { host: "api.openai.com", "Proxy-Authorization": basic, ...headers },
    }, async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      resolve(text);
    }).on("error", reject);
  }));
  say("own proxy", await new Promise((resolve, reject) => {
    const socket = net.connect(proxy.port, proxy.hostname, () => socket.write(
      "CONNECT api.openai.com:443 HTTP/1.1\\r\\nHost: api.openai.com:443\\r\\n" +
      "Proxy-Authorization: " + basic + "\\r\\n\\r\\n"));
    socket.once("data", () => raw(tls.connect({ socket, servername: "api.openai.com" })).then(resolve, reject));
  }));
});
`;
const WAYS =
  "https,own agent 1,own agent 2,tls,tls by options,tls as a module,http2,fetch,in the clear,own proxy"
    .split(",");

const HOSTS = ["api.openai.com", "other.example"];
const answer = (request: Request) =>
  new Response(
    request.headers.get("authorization") === `Bearer ${KEY}`
      ? "with the key"
      : "without it",
  );

for (const { name, node, skip } of RUNTIMES) {
  test(`every way of connecting comes through the proxy of the run (${name})`, {
    skip,
  }, async () => {
    await withScenario({ openai: KEY }, HOSTS, answer, async (scenario) => {
      const program = `${scenario.folder}/program.cjs`;
      await Deno.writeTextFile(program, EVERY_WAY);
      const { code, stdout } = await scenario.client([node, program]);
      expect(stdout).toBe(
        WAYS.map((way) => `${way} with the key\n`).join(""),
      );
      expect(code).toBe(0);
    });
  });
}

test("a WebSocket of Bun comes through the proxy of the run", {
  skip: await missing(BUN),
}, async () => {
  await withScenario({ openai: KEY }, HOSTS, answer, async (scenario) => {
    const file = `${scenario.folder}/program.cjs`;
    await Deno.writeTextFile(
      file,
      `${HEAD}
       for (const protocols of [{ headers }, { headers, protocols: ["a"] }]) {
         new WebSocket("wss://api.openai.com/v1/realtime", protocols).onerror = () => {};
       }`,
    );
    await scenario.client([BUN, file]);
    // The API does not know the protocol; what counts is what came to it.
    const arrived = scenario.api.requests.map(({ headers }) =>
      ["upgrade", "authorization"].map((name) => headers.get(name))
    );
    expect(arrived).toEqual(Array(2).fill(["websocket", `Bearer ${KEY}`]));
  });
});

const UNDICI = createRequire(import.meta.url).resolve("undici");
for (const { name, node, skip } of NODES.slice(1)) {
  test(`the agents of a package that has connections of its own do (${name})`, {
    skip,
  }, async () => {
    await withScenario({ openai: KEY }, HOSTS, answer, async (scenario) => {
      const file = `${scenario.folder}/program.cjs`;
      await Deno.writeTextFile(
        file,
        `${HEAD}
         const undici = require(${JSON.stringify(UNDICI)});
         const ask = async (name, dispatcher) => {
           const { body } = await undici.request(URL_, { headers, dispatcher });
           say(name, await body.text());
           await dispatcher.close();
         };
         main(async () => {
           await ask("agent", new undici.Agent());
           await ask("agent for HTTP/2", new undici.Agent({ allowH2: true }));
           await ask("pool", new undici.Pool("https://api.openai.com"));
           await ask("client", new undici.Client("https://api.openai.com"));
           undici.setGlobalDispatcher(new undici.Agent());
           say("fetch", await (await fetch(URL_, { headers })).text());
         });`,
      );
      const { stdout, code } = await scenario.client([node, file]);
      expect(stdout).toBe(
        ["agent", "agent for HTTP/2", "pool", "client", "fetch"]
          .map((way) => `${way} with the key\n`).join(""),
      );
      expect(code).toBe(0);
    });
  });
}

for (const { name, node, skip } of NODES.slice(0, 2)) {
  test(
    `programs that a program starts, and its threads, have it too (${name})`,
    { skip },
    async () => {
      const outer = await Deno.makeTempDir();
      const dir = `${outer}/a "b\\ c`;
      await Deno.mkdir(dir);
      try {
        await withScenario({ openai: KEY }, HOSTS, answer, async (scenario) => {
          const one = `${scenario.folder}/one.cjs`;
          const program = `${scenario.folder}/program.cjs`;
          const own = `${scenario.folder}/tmp/own.cjs`;
          await Deno.writeTextFile(
            one,
            `${HEAD} main(async () => say(global.own, await get({ host: "api.openai.com", headers, agent: new https.Agent() })));`,
          );
          await Deno.writeTextFile(own, "global.own = 'own';");
          await Deno.writeTextFile(
            program,
            `const file = ${JSON.stringify(one)};
           const { stdout } = require("child_process").spawnSync(process.execPath, [file]);
           process.stdout.write(stdout);
           new (require("worker_threads").Worker)(file);`,
          );
          const { stdout, code } = await scenario.client([node, program], {
            env: { NODE_OPTIONS: `--require ${JSON.stringify(own)}` },
          });
          expect(stdout).toBe("own with the key\nown with the key\n");
          expect(code).toBe(0);
        }, dir);
      } finally {
        await Deno.remove(outer, { recursive: true });
      }
    },
  );

  test(`it is read in the sandbox, and --no-shims leaves it out (${name})`, {
    skip: skip || await missing("bwrap"),
  }, async () => {
    await withScenario({ openai: KEY }, HOSTS, answer, async (scenario) => {
      const project = `${scenario.folder}/project`;
      await Deno.mkdir(project);
      const shows = [
        node,
        "-p",
        "Symbol.for('authsome.tunnel') in require('tls').connect",
      ];
      for (
        const [options, there] of [
          [["--sandbox"], "true\n"],
          [["--sandbox", "--no-shims"], "false\n"],
          [["--no-shims"], "false\n"],
        ] as const
      ) {
        const { stdout, stderr } = await scenario.authsome(
          ["run", ...options, "--", ...shows],
          { cwd: project },
        );
        expect([options, stdout || stderr]).toEqual([options, there]);
      }
    });
  });

  test(`what the proxy says is in the error (${name})`, { skip }, async () => {
    await withScenario({ openai: KEY }, HOSTS, answer, async (scenario) => {
      const program = `${scenario.folder}/program.cjs`;
      await Deno.writeTextFile(
        program,
        `${HEAD} main(() => get({ host: "elsewhere.example", agent: new https.Agent() }));`,
      );
      const { stdout, code } = await scenario.client([node, program], {
        options: ["--policy", "deny"],
      });
      expect(stdout).toContain("failed ERR_PROXY_TUNNEL ");
      expect(stdout).toContain(
        "elsewhere.example:443 is refused: no connection serves it; what to do: Connect a provider that serves it",
      );
      expect(code).toBe(1);
    });
  });
}

/** A home with the helper, an API, and a folder for programs: without a run, so that the proxy may be anything. */
let folder: string;
let api: LocalApi;
let variables: Record<string, string>;
before(async () => {
  folder = await Deno.makeTempDir({ prefix: "authsome-test-" });
  api = await startLocalApi(
    HOSTS,
    (request) => new Response(request.headers.get("authorization") ?? ""),
  );
  await Deno.writeTextFile(`${folder}/ca.pem`, api.caPem);
  installShims(folder);
  variables = {
    ...NODE_SHIM.variables({}, `${folder}/shims`),
    PATH: Deno.env.get("PATH")!,
    AUTHSOME_PROXY_MODE: "true",
    NODE_EXTRA_CA_CERTS: `${folder}/ca.pem`,
    NO_PROXY: "localhost,127.0.0.1,::1",
  };
});
after(async () => {
  await api.close();
  await Deno.remove(folder, { recursive: true });
});

/** Runs the body of a program behind the proxy at `port`. */
async function program(
  node: string,
  port: number,
  body: string,
  env: Record<string, string> = {},
) {
  const file = `${folder}/${crypto.randomUUID()}.cjs`;
  await Deno.writeTextFile(file, `${HEAD}main(async () => { ${body} });`);
  return await spawn([node, file], {
    ...variables,
    HTTPS_PROXY: `http://authsome:pass%20word@127.0.0.1:${port}`,
    ...env,
  });
}

/** A proxy that does what `serve` says. */
async function withProxy(
  serve: (client: Socket) => void,
  body: (port: number) => Promise<void>,
): Promise<void> {
  const open = new Set<Socket>();
  const server: Server = createServer((client) => {
    open.add(client);
    client.on("error", () => {});
    serve(client);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  try {
    await body(typeof address === "object" ? address!.port : 0);
  } finally {
    open.forEach((socket) => socket.destroy());
    await new Promise((resolve) => server.close(resolve));
  }
}

const THROUGH =
  `say("answer", await get({ host: "api.openai.com", headers, agent: new https.Agent() }));`;

for (const { name, node, skip } of RUNTIMES) {
  test(
    `what is no business of the proxy goes directly (${name})`,
    { skip },
    async () => {
      const ended = await withDirect(
        node,
        `
      const ca = require("fs").readFileSync(process.env.NODE_EXTRA_CA_CERTS);
      const there = { servername: "api.openai.com", ca, headers, port: API, agent: new https.Agent() };
      for (const host of ["127.0.0.1", "localhost", "LOCALHOST"]) {
        say(host, await get({ ...there, host }));
      }
      const lookup = (name, options, done) => options.all
        ? done(null, [{ address: "127.0.0.1", family: 4 }])
        : done(null, "127.0.0.1", 4);
      say("api.internal.example", await get({ ...there, host: "api.internal.example", lookup }));
      // One in a tunnel, even in one that leads here, has no address.
      for (const host of ["exempt.example", "a.exempt.example"]) {
        const addressed = await new Promise((resolve, reject) => {
          const request = https.get({ ...there, host, lookup }, (response) => response.resume());
          request.on("error", reject);
          request.on("socket", (socket) =>
            socket.once("secureConnect", () => resolve(socket.remoteAddress)));
        });
        say(host, addressed === "127.0.0.1" ? SENT : addressed);
      }
      const path = process.argv[1] + ".sock";
      const server = net.createServer((client) => {
        const upstream = net.connect(API, "127.0.0.1");
        // The side that still sends may find the other one gone.
        for (const side of [client, upstream]) side.on("error", () => {});
        client.pipe(upstream).pipe(client);
        client.on("close", () => upstream.destroy());
      }).listen(path);
      await new Promise((resolve) => server.once("listening", resolve));
      say("socket", await get({ ...there, host: "api.openai.com", port: 443, socketPath: path }));
      server.close();
    `,
      );
      expect(ended.stdout).toBe(
        [
          "127.0.0.1",
          "localhost",
          "LOCALHOST",
          "api.internal.example",
          "exempt.example",
          "a.exempt.example",
          "socket",
        ].map((way) => `${way} ${SENT}\n`).join(""),
      );
      expect([ended.code, ended.stderr]).toEqual([0, ""]);
    },
  );
}

/** Runs `body` behind a proxy that nobody may come to. */
async function withDirect(node: string, body: string) {
  let ended: Awaited<ReturnType<typeof program>> | undefined;
  const visits: string[] = [];
  await withProxy((client) => {
    client.once("data", (bytes) => {
      visits.push(new TextDecoder().decode(bytes));
      client.destroy();
    });
  }, async (port) => {
    ended = await program(node, port, body.replaceAll("API", `${api.port}`), {
      NO_PROXY: "localhost, .exempt.example",
    });
  });
  expect(visits).toEqual([]);
  return ended!;
}

for (const { name, node, skip } of NODES) {
  test(
    `an answer of the proxy may come in any pieces (${name})`,
    { skip },
    async () => {
      const heads: string[] = [];
      await withProxy((client) => {
        let head = "";
        const read = (bytes: Uint8Array) => {
          head += new TextDecoder().decode(bytes);
          if (!head.endsWith("\r\n\r\n")) return;
          client.removeListener("data", read);
          heads.push(head);
          const bytesOfAnswer = [
            ..."HTTP/1.1 200 Connection Established\r\nVia: x\r\n\r\n",
          ];
          const send = () => {
            const next = bytesOfAnswer.shift();
            if (next !== undefined) {
              client.write(next, () => setImmediate(send));
            } else lead(client);
          };
          send();
        };
        client.on("data", read);
      }, async (port) => {
        const { stdout } = await program(node, port, THROUGH);
        expect(stdout).toBe(`answer ${SENT}\n`);
      });
      expect(heads).toEqual([
        "CONNECT api.openai.com:443 HTTP/1.1\r\nHost: api.openai.com:443\r\n" +
        `Proxy-Authorization: Basic ${btoa("authsome:pass word")}\r\n\r\n`,
      ]);
    },
  );

  test(`a proxy that fails is an error, never a way around it (${name})`, {
    skip,
  }, async () => {
    for (
      const [serve, said] of [
        [
          (client: Socket) =>
            client.end(
              "HTTP/1.1 403 Forbidden\r\nX-Authsome-Reason: policy\r\n\r\n{}",
            ),
          "HTTP status 403",
        ],
        [
          (client: Socket) =>
            client.end(
              'HTTP/1.1 502 Bad Gateway\r\n\r\n{"message":"No way. Do this"}',
            ),
          "No way. Do this",
        ],
        [(client: Socket) => client.end(), "it closed the connection"],
        [
          (client: Socket) => client.end("SSH-2.0-x\r\n\r\n"),
          "it closed the connection",
        ],
        [
          (client: Socket) => client.write("x".repeat(100_000)),
          "it closed the connection",
        ],
      ] as const
    ) {
      await withProxy(
        (client) => client.once("data", () => serve(client)),
        async (port) => {
          const { stdout, code } = await program(node, port, THROUGH);
          expect(stdout).toBe(
            `failed ERR_PROXY_TUNNEL The proxy of authsome opened no tunnel to api.openai.com:443: ${said}\n`,
          );
          expect(code).toBe(1);
        },
      );
    }
    let gone = 0;
    await withProxy(() => {}, (port) => Promise.resolve(void (gone = port)));
    const { stdout } = await program(node, gone, THROUGH);
    expect(stdout).toContain(
      "failed ECONNREFUSED The run of authsome has ended, and its proxy with it: ",
    );
  });

  test(
    `time limits and cancelled requests hold while the proxy is silent, and nothing stays (${name})`,
    { skip },
    async () => {
      await withProxy(() => {}, async (port) => {
        const { stdout, code } = await program(
          node,
          port,
          `
        const agent = new https.Agent();
        await new Promise((resolve) => {
          const request = https.get({ host: "api.openai.com", timeout: 50, agent });
          request.on("timeout", () => request.destroy(new Error("too late")));
          request.on("error", (error) => resolve(say("request", error.message)));
        });
        await new Promise((resolve) => {
          const socket = tls.connect({ host: "api.openai.com", port: 443, timeout: 50 });
          socket.on("timeout", () => socket.destroy());
          socket.on("close", () => resolve(say("socket", "closed")));
        });
        await new Promise((resolve) => {
          const request = https.get({ host: "api.openai.com", agent });
          request.on("error", (error) => resolve(say("cancelled", error.code)));
          setImmediate(() => request.destroy());
        });
        const waiting = tls.connect({ host: "api.openai.com", port: 443 });
        waiting.on("error", () => {});
        waiting.unref();
      `,
        );
        expect(stdout).toBe(
          "request too late\nsocket closed\ncancelled ECONNRESET\n",
        );
        expect(code).toBe(0);
      });
    },
  );

  test(
    `a client with authorities of its own is bound to them, unless they are the public ones (${name})`,
    { skip },
    async () => {
      await withProxy(serveTunnel, async (port) => {
        const { stdout } = await program(
          node,
          port,
          `
        const { rootCertificates } = tls;
        for (const ca of [rootCertificates.slice(0, 3), rootCertificates[0], [...rootCertificates], rootCertificates.join("\\n")]) {
          await get({ host: "api.openai.com", headers, agent: new https.Agent({ ca }) })
            .then((text) => say("trusted", text), (error) => say("not trusted", error.code));
        }
        await get({ host: "wrong.other.example", agent: new https.Agent({ ca: [...rootCertificates] }) })
          .then((text) => say("trusted", text), (error) => say("not trusted", error.code));
      `,
        );
        expect(stdout).toBe(
          "not trusted UNABLE_TO_VERIFY_LEAF_SIGNATURE\n".repeat(2) +
            `trusted ${SENT}\n`.repeat(2) +
            "not trusted ERR_TLS_CERT_ALTNAME_INVALID\n",
        );
      });
    },
  );

  test(
    `a failing name server leads to the proxy, a program that refuses an address does not (${name})`,
    { skip },
    async () => {
      await withProxy(serveTunnel, async (port) => {
        const { stdout } = await program(
          node,
          port,
          `
        const failing = (code) => (host, options, done) => done(Object.assign(new Error(code), { code }));
        for (const code of ["ENOTFOUND", "EAI_AGAIN", "E_PRIVATE_ADDRESS"]) {
          await get({ host: "api.openai.com", headers, agent: new https.Agent(), lookup: failing(code) })
            .then((text) => say(code, text), (error) => say(code, "refused " + error.code));
        }
      `,
        );
        expect(stdout).toBe(
          `ENOTFOUND ${SENT}\nEAI_AGAIN ${SENT}\nE_PRIVATE_ADDRESS refused E_PRIVATE_ADDRESS\n`,
        );
      });
    },
  );

  test(`without a run, or with another proxy, it does nothing (${name})`, {
    skip,
  }, async () => {
    const show = `say("there", Symbol.for("authsome.tunnel") in tls.connect);`;
    for (
      const [env, there] of [
        [{}, true],
        [{ AUTHSOME_PROXY_MODE: "" }, false],
        [{ HTTPS_PROXY: "" }, false],
        [{ HTTPS_PROXY: "http://proxy.example:3128" }, false],
        [{ HTTPS_PROXY: "https://authsome:x@proxy.example:3128" }, false],
        [{ HTTPS_PROXY: "no URL" }, false],
      ] as const
    ) {
      const { stdout, stderr } = await program(node, 9, show, env);
      expect([env, stdout, stderr]).toEqual([env, `there ${there}\n`, ""]);
    }
  });
}

/** Leads a client on to the API, whatever it asked for. */
function serveTunnel(client: Socket): void {
  client.once("data", () => {
    client.write("HTTP/1.1 200 OK\r\n\r\n");
    lead(client);
  });
}

function lead(client: Socket): void {
  const upstream = connect(api.port, "127.0.0.1");
  upstream.on("error", () => client.destroy());
  client.on("close", () => upstream.destroy());
  client.pipe(upstream).pipe(client);
}
